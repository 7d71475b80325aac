"""What a run learns from, text or images alike: batches, their shape, and validation."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from textgan import distributed
from textgan.capabilities import learns_labels
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.tokenizer import Tokenizer
from textgan.data.types import ImageSpec, TextSpec
from textgan.errors import UserError
from textgan.files import whole_file
from textgan.game import Game
from textgan.limits import available_cores
from textgan.recipes import RunConfig
from textgan.recipes.sentences import SentenceConfig
from textgan.training.callbacks import Validation
from textgan.training.model_info import ModelInfo
from textgan.training.trainer import Stream


class RunData(NamedTuple):
    """The data of a run.

    Args:
        spec: its shape, for the model.
        stream: batches of this rank.
        fingerprint: of the content.
        tokenizer: of sentences.
        init_from_data: initializes a model from the data before its first round.
        validation: how this model is validated while it is trained.
        advice: what to write after `textgan sample RUN`.
        info: what a model that learns from it is to say of it.
    """

    spec: TextSpec | ImageSpec
    stream: Stream
    fingerprint: str
    tokenizer: Tokenizer | None
    init_from_data: Callable[[Game], None]
    validation: Callable[[Game], Validation]
    advice: str
    info: ModelInfo = ModelInfo()


def open_data(config: RunConfig) -> RunData:
    """Open the data that the configuration names.

    Raises:
        UserError: see `open_corpus` and `open_images`.
    """
    return _images(config, config.data) if isinstance(config.data, ImageConfig) else _sentences(config, config.data)


def _sentences(config: RunConfig, data: DataConfig) -> RunData:
    from textgan.data.corpus import open_corpus
    from textgan.data.labeled import examples
    from textgan.data.stream import SentenceStream
    from textgan.data.word_vectors import word_vectors
    from textgan.evaluation.examples import TRAINING_MAP_SIZE, save_training_map, sentences_of_file
    from textgan.evaluation.text.validation import BEST_BY, BEST_CLASSIFIER_BY, TextValidation
    from textgan.sampling import SentenceModel

    corpus = open_corpus(data, processes=_processes(config))

    def validation(game: Game) -> Validation:
        model = SentenceModel(game, corpus.tokenizer, config)

        def sample(folder: Path, number: int) -> None:
            lines = "".join(s + "\n" for s in model.sample(20, seed=0))
            with whole_file(folder / f"round-{number:08d}.txt", follow=False) as aside:
                aside.write_text(lines, encoding="utf-8", errors="replace")
            if model.code_dim > 1 and not _supervised(config):
                real = sentences_of_file(model, corpus.valid, TRAINING_MAP_SIZE)
                save_training_map(model, real, folder, number)

        learns = _pretraining(config) if learns_labels(game) else None
        validates_labels = learns is not None and len(examples(corpus.valid)) > 0
        validate = TextValidation(
            model, corpus.train, corpus.valid, generates=not (validates_labels and _supervised(config))
        )

        def findings(metrics: Mapping[str, float], number: int) -> list[str]:
            return validate.findings(metrics, number, number * config.training.batch_size / len(corpus.train), learns)

        if not validates_labels:
            return Validation(validate, sample, BEST_BY, findings=findings, real=validate.reference)
        return Validation(validate, sample, BEST_CLASSIFIER_BY, learns or 0, findings, validate.reference)

    stream = SentenceStream(corpus.train, *_place(config), corpus.labeled)

    vectors = partial(word_vectors, corpus.train, corpus.tokenizer.vocab_size)

    def init_from_data(game: Game) -> None:
        if corpus.labeled is not None:
            game.init_from_data(lambda dim: distributed.from_main(partial(vectors, dim)), stream.label_shares)

    advice, counts = "-n 10 writes sentences", {}
    if corpus.labeled is not None:
        counts = label_counts(np.asarray(corpus.train.labels)[corpus.labeled], corpus.spec.labels)
    info = ModelInfo(examples=len(corpus.train), label_counts=counts)
    return RunData(corpus.spec, stream, corpus.fingerprint, corpus.tokenizer, init_from_data, validation, advice, info)


def _supervised(config: RunConfig) -> bool:
    """Whether a model that classifies learns from labels alone."""
    return isinstance(config.settings, SentenceConfig) and config.settings.classifier.schedule == "only"


def _processes(config: RunConfig) -> int:
    """Processes that may tokenize: as many as this machine's ranks have threads, since the others wait."""
    threads = config.training.threads
    return min(threads * distributed.local_world_size(), available_cores()) if threads else available_cores()


def _pretraining(config: RunConfig) -> int:
    """Rounds in which the classifier does not learn.

    Raises:
        UserError: those are all.
    """
    settings, last = config.settings, config.training.last_round
    if not isinstance(settings, SentenceConfig) or _supervised(config):
        return 0
    rounds = settings.classifier.pretrain_rounds
    if rounds >= last:
        raise UserError(f"classifier.pretrain_rounds is {rounds} of {last:g}; expected fewer, so that it learns")
    return rounds


def _images(config: RunConfig, data: ImageConfig) -> RunData:
    from textgan.data.images import ImageStream, open_images
    from textgan.evaluation.images.validation import encodable_images, findings, save_pictures, validate
    from textgan.sampling import ImageModel

    if config.training.patience is not None:
        raise UserError(
            f"patience is {config.training.patience}, but no measurement says which of two models of images is better; "
            "expected none: leave it out and set rounds or minutes"
        )
    images = open_images(data)

    def validation(game: Game) -> Validation:
        model = ImageModel(game, config)
        encodable_images(
            model, images.valid, 1
        )  # to refuse a conditional model without labels there before it is trained
        return Validation(
            lambda: validate(model, images),
            lambda folder, number: save_pictures(model, images, folder, number),
            findings=lambda metrics, number: findings(metrics),
        )

    stream = ImageStream(images.train, *_place(config))
    advice = "-n 64 --output grid.png draws images"
    counts = label_counts(images.train.labels, tuple(map(str, range(images.spec.classes))))
    info = ModelInfo(examples=len(images.train), label_counts=counts)
    return RunData(images.spec, stream, images.fingerprint, None, lambda game: None, validation, advice, info)


def label_counts(labels: npt.NDArray[np.int64] | None, names: Sequence[str]) -> dict[str, int]:
    """How many examples have each label, those left out that none has.

    Args:
        labels: of the examples, -1 where it is not known, (n,); None where examples are generated without end.
        names: of the labels.
    """
    if labels is None:
        return {}
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True) if count}


def _place(config: RunConfig) -> tuple[int, int, int, int]:
    """Batch size and seed, this rank and their number."""
    return config.training.batch_size, config.training.seed, distributed.rank(), distributed.world_size()
