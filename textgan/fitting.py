"""The training of a classifier on sentences in memory."""

import sys
import time
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from textgan.data.labeled import examples
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.types import TextSpec
from textgan.data.word_vectors import word_vectors
from textgan.device import prepare_machine, process_restored
from textgan.game import Game
from textgan.recipes import RunConfig
from textgan.sampling.lines import class_probabilities
from textgan.training.checkpoint import Saved
from textgan.training.early_stopping import CHECK_EVERY, EarlyStopping
from textgan.training.start import load_trained, make_trainer
from textgan.training.trainer import Trainer

_HELDOUT_SHARE = 0.1  # of the labels
_MIN_HELDOUT = 100  # with fewer, accuracies hardly differ by more than chance
_MAX_HELDOUT = 500
_MIN_OF_A_CLASS = 20


class Fitted(NamedTuple):
    """A trained model.

    Args:
        game: the model, in evaluation mode.
        rounds: that were played.
        seconds: of training.
        heldout: rows whose labels were held out, to see when to end; none if there were too few.
    """

    game: Game
    rounds: int
    seconds: float
    heldout: npt.NDArray[np.int64] | None


def fit_game(
    config: RunConfig, spec: TextSpec, sentences: TokenFile, saved: Saved | None, stops: bool, bar: "tqdm[Any]"
) -> Fitted:
    """Train a model and its classifier; PyTorch's random numbers, threads and precision stay as they were.

    The C library goes on keeping freed memory, see `prepare_machine`. Threads may train at once, each its own model.

    Args:
        config: model and training.
        spec: of the sentences.
        sentences: with their labels.
        saved: model to go on from.
        stops: whether the training may end before its last round, see `split_labels`.
        bar: of the rounds.

    Raises:
        UserError: weights of `saved` that do not fit.
        NonFiniteLossError: it went astray.
    """
    began = time.perf_counter()
    with process_restored():
        labeled, heldout = split_labels(sentences, config.training.seed) if stops else (examples(sentences), None)
        stream = SentenceStream(sentences, config.training.batch_size, config.training.seed, labeled=labeled)

        def init(game: Game) -> None:
            same_labels = saved is not None and load_trained(game, saved.game)
            vectors = None if same_labels else partial(word_vectors, sentences, spec.vocab_size)
            game.init_from_data(vectors, stream.label_shares)

        trainer = make_trainer(config, spec, stream, prepare_machine(config.training), init)
        _play(trainer, _early_stopping(trainer, sentences, heldout) if stops else None, bar)
        trainer.check(weights=True)
    return Fitted(trainer.game.eval(), trainer.round, time.perf_counter() - began, heldout)


def split_labels(sentences: TokenFile, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64] | None]:
    """Rows whose labels are learned, and those whose labels validate, if there are enough labels for that.

    Of 1,000 labels or more, 20 or more of each class, a tenth is held out, though no more than 500.
    """
    labeled = examples(sentences)
    counts = np.bincount(np.asarray(sentences.labels)[labeled])
    number = min(_MAX_HELDOUT, int(_HELDOUT_SHARE * len(labeled)))
    if number < _MIN_HELDOUT or counts.min() < _MIN_OF_A_CLASS:
        return labeled, None
    order = np.random.default_rng(seed).permutation(len(labeled))
    return labeled[np.sort(order[number:])], labeled[np.sort(order[:number])]


def _play(trainer: Trainer, stopping: EarlyStopping | None, bar: "tqdm[Any]") -> None:
    """All rounds, or fewer if early stopping says so; the bar has the mean losses since its last update."""
    began, losses = time.perf_counter(), dict[str, float]()
    with bar:
        while trainer.round < trainer.length:
            trainer.play_round()
            bar.update()
            if trainer.round < trainer.length and trainer.round % CHECK_EVERY:
                continue
            losses = trainer.read_logs()
            bar.set_postfix({name: f"{value:.3g}" for name, value in losses.items()})
            if stopping is not None:
                stopping.update(losses)
                bar.total = trainer.length
        if stopping is not None:
            stopping.restore_best()
        if bar.disable:
            return
        if stopping is not None and stopping.stopped_at:
            bar.write(stopping.reason, file=sys.stderr)
        means = ", ".join(f"{name} {value:.3g}" for name, value in losses.items())
        bar.write(f"{trainer.round:,} rounds in {time.perf_counter() - began:.1f} s; {means}", file=sys.stderr)


def _early_stopping(trainer: Trainer, sentences: TokenFile, heldout: npt.NDArray[np.int64] | None) -> EarlyStopping:
    """By accuracy on labels held out, or by the share of unlabeled sentences with confident predictions."""
    if heldout is None:
        return EarlyStopping(trainer, _confidence, "the share of sure answers on which both views agree")
    truth = np.asarray(sentences.labels)[heldout]

    def accuracy(logs: dict[str, float]) -> float | None:
        if "classification" not in logs:  # before the classifier learns, accuracy means nothing
            return None
        return float((class_probabilities(trainer.game, sentences, heldout).argmax(1) == truth).mean())

    return EarlyStopping(trainer, accuracy, "accuracy on the labels held out", keep_best=True)


def _confidence(logs: dict[str, float]) -> float | None:
    """None for a classifier that learns from labels alone, of which it is always confident."""
    if "sure" not in logs:
        return None
    return (logs["sure"] + logs.get("agreement", logs["sure"])) / 2
