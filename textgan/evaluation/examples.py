"""Real examples beside samples, in a model's space of codes: what maps and plots of codes are made of."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.measurements import spread
from textgan.pictures import Pixels
from textgan.pictures.maps import MapPicture, save_map
from textgan.sampling import Codes, ImageModel, SentenceModel, TrainedModel
from textgan.sampling.maps import principal_plane, sampled_codes
from textgan.scenes import sample as sample_scenes

_SEED = 1  # of built-in scenes: none of those of the training


class EncodedExamples(NamedTuple):
    """Real examples and their codes.

    Args:
        codes: without the one-hot label that those of a conditional model end with, (N, D).
        labels: of each; "" where it is not known; none where there are no labels.
        texts: of each; none of images.
        noun: what they are.
    """

    codes: Codes
    labels: Sequence[str] = ()
    texts: Sequence[str] = ()
    noun: str = "sentences"


def real_sentences(model: SentenceModel, n: int, split: str = "valid", data: str | None = None) -> EncodedExamples:
    """At most n held-out sentences of a model's data, or of other data, evenly spread over it; of pairs both sides.

    Raises:
        UserError: the model has no codes; the data is not there, or has no such split.
    """
    need_codes(model)
    config = model.config.data
    assert isinstance(config, DataConfig)
    if data is None and config.data == "scenes":  # at once, where the corpus would be drawn and tokenized
        scenes = sample_scenes(n, _SEED)
        return encoded_sentences(model, [scene.text for scene in scenes], [scene.label for scene in scenes])
    if data is not None:
        config = DataConfig(data=data, max_length=config.max_length, lowercase=config.lowercase)
    corpus = open_corpus(config, model.tokenizer)
    file = {"train": corpus.train, "valid": corpus.valid, "test": corpus.test}[split]
    if file is None:
        raise UserError(f"{config.data} has no {split} split; expected one, or --split valid")
    return sentences_of_file(model, file, n)


def sentences_of_file(model: SentenceModel, file: TokenFile, n: int) -> EncodedExamples:
    """At most n sentences of a split, evenly spread over it."""
    rows, names = spread(len(file), n), file.label_names
    found = np.full(len(rows), -1) if file.labels is None else np.asarray(file.labels)[rows]
    labels = [names[label] if label >= 0 else "" for label in found.tolist()] if (found >= 0).any() else []
    return encoded_sentences(model, [file.text(int(row)) for row in rows], labels)


def encoded_sentences(model: SentenceModel, texts: Sequence[str], labels: Sequence[str] = ()) -> EncodedExamples:
    """Sentences with their codes."""
    return EncodedExamples(without_label(model, model.encode(texts)), labels, texts)


def encoded_images(model: ImageModel, x: Pixels, labels: np.ndarray) -> EncodedExamples:
    """Images or points, (N, *shape), and their labels, -1 where it is not known, (N,), with their codes."""
    need_codes(model)
    names = [str(label) if label >= 0 else "" for label in labels.tolist()]
    noun = "images" if model.spec.is_image else "points"
    return EncodedExamples(without_label(model, model.encode(x, labels)), names if any(names) else [], (), noun)


def generated_codes(model: TrainedModel, n: int, seed: int = 0) -> Codes:
    """Codes of n samples, without the one-hot label that those of a conditional model end with, (n, D).

    Raises:
        UserError: the model has no codes.
    """
    return without_label(model, sampled_codes(model, n, seed))


MAP_NOTE = "In the plane in which real codes vary most. Blue without orange is what the model does not make."
"""How a map is read."""

TRAINING_MAP_SIZE = 500
"""Real examples, and samples, in the maps that are drawn during training: some tenths of a second on one core."""


def save_training_map(model: TrainedModel, real: EncodedExamples, folder: Path, number: int) -> None:
    """Write round-XXXXXXXX-map.png: the map after that round.

    Args:
        model: as it stands.
        real: some hundred held-out examples.
        folder: that exists.
        number: of the round.
    """
    if len(real.codes) < 3 or not np.isfinite(real.codes).all():
        return
    picture = codes_on_map(model, real._replace(labels=()), TRAINING_MAP_SIZE, texts=False)
    save_map(folder / f"round-{number:08d}-map.png", picture, f"Codes after round {number:,}", follow=False)


def codes_on_map(model: TrainedModel, real: EncodedExamples, n: int, seed: int = 0, texts: bool = True) -> MapPicture:
    """The map of real examples and of n samples; the plane is that of the real ones, so a collapse is seen as it is.

    Args:
        model: whose codes these are.
        real: three or more.
        n: samples.
        seed: of the samples.
        texts: whether some sentences are to be written out.

    Raises:
        UserError: too few examples, or codes of fewer than two dimensions.
    """
    plane = principal_plane(real.codes)
    first, second = plane.shares.tolist()
    points = plane.points_of(real.codes), plane.points_of(generated_codes(model, n, seed))
    return MapPicture(points[0], points[1], (first, second), real.labels, real.texts if texts else (), real.noun)


def need_codes(model: TrainedModel) -> None:
    """Refuse a model without codes.

    Raises:
        UserError: it is one.
    """
    sampled_codes(model, 0)


def without_label(model: TrainedModel, codes: Codes) -> Codes:
    """Codes without the one-hot label at the end of those of a conditional model: (N, D)."""
    return codes[:, : codes.shape[1] - model.network.classes]
