"""The training of a classifier on sentences that are held in memory."""

import sys
import time
from functools import partial
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from tqdm.auto import tqdm

from textgan.data.labeled import examples
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.types import TextSpec
from textgan.data.word_vectors import word_vectors
from textgan.device import prepare, process_restored
from textgan.errors import UserError
from textgan.game import Game
from textgan.models import build
from textgan.recipes import RunConfig
from textgan.sampling.text import class_probabilities
from textgan.training.checkpoint import Saved
from textgan.training.early_stopping import LOOK_EVERY, EarlyStopping
from textgan.training.trainer import Trainer

_HELD = 0.1  # share of the labels
_FEWEST_HELD = 100  # by fewer no two states of a model can be told apart
_MOST_HELD = 500
_FEWEST_OF_A_CLASS = 20


_parameters = Lock()
"""Drawn from PyTorch's one generator, which is put back after: by one thread at a time."""


class Fitted(NamedTuple):
    """A trained model.

    Args:
        game: the model, at rest.
        rounds: those that were played.
        seconds: that this took.
    """

    game: Game
    rounds: int
    seconds: float


def fit_game(
    config: RunConfig, spec: TextSpec, sentences: TokenFile, saved: Saved | None, stops: bool, bar: "tqdm[Any]"
) -> Fitted:
    """Train a model and its classifier; PyTorch's random numbers, threads and precision stay as they were.

    The C library goes on keeping freed memory, see `prepare`. Threads may train at once, each its own model.

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
        machine = prepare(config.training)
        with _parameters, torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.training.seed)
            game = build(config.settings, spec)
        shown, held = split_labels(sentences, config.training.seed) if stops else (examples(sentences), None)
        stream = SentenceStream(sentences, config.training.batch_size, config.training.seed, labeled=shown)
        known = saved is not None and _load(game, saved.game)
        game.init_from_data(None if known else partial(word_vectors, sentences, spec.vocab_size), stream.label_shares)
        trainer = Trainer(game, stream, machine, config.training.seed, config.training.last_round)
        _play(trainer, _early_stopping(trainer, sentences, held) if stops else None, bar)
        trainer.check(weights=True)
    return Fitted(trainer.game.eval(), trainer.round, time.perf_counter() - began)


def split_labels(sentences: TokenFile, seed: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64] | None]:
    """Rows whose labels are learned, and those by which the learning is judged, if there are labels enough for that.

    Of 1,000 labels or more, 20 or more of each class, a tenth is held out, though no more than 500.
    """
    labeled = examples(sentences)
    counts = np.bincount(np.asarray(sentences.labels)[labeled])
    number = min(_MOST_HELD, int(_HELD * len(labeled)))
    if number < _FEWEST_HELD or counts.min() < _FEWEST_OF_A_CLASS:
        return labeled, None
    order = np.random.default_rng(seed).permutation(len(labeled))
    return labeled[np.sort(order[number:])], labeled[np.sort(order[:number])]


def _play(trainer: Trainer, stopping: EarlyStopping | None, bar: "tqdm[Any]") -> None:
    """All rounds, or as many as are worth their time; the bar shows the losses' means since the last look."""
    began, losses = time.perf_counter(), dict[str, float]()
    with bar:
        while trainer.round < trainer.length:
            trainer.play_round()
            bar.update()
            if trainer.round < trainer.length and trainer.round % LOOK_EVERY:
                continue
            losses = trainer.read_logs()
            bar.set_postfix({name: f"{value:.3g}" for name, value in losses.items()})
            if stopping is not None:
                stopping.look(losses)
                bar.total = trainer.length
        if stopping is not None:
            stopping.restore_best()
        if bar.disable:
            return
        if stopping is not None and stopping.stopped_at:
            bar.write(stopping.reason, file=sys.stderr)
        shown = ", ".join(f"{name} {value:.3g}" for name, value in losses.items())
        bar.write(f"{trainer.round:,} rounds in {time.perf_counter() - began:.1f} s; {shown}", file=sys.stderr)


def _early_stopping(trainer: Trainer, sentences: TokenFile, held: npt.NDArray[np.int64] | None) -> EarlyStopping:
    """By accuracy on labels held out, or by what the classifier is sure of among sentences without labels."""
    if held is None:
        return EarlyStopping(trainer, _sureness, "the share of sure answers on which both views agree")
    truth = np.asarray(sentences.labels)[held]

    def accuracy(logs: dict[str, float]) -> float | None:
        if "classification" not in logs:  # of the rounds before the classifier learns it says nothing
            return None
        return float((class_probabilities(trainer.game, sentences, held).argmax(1) == truth).mean())

    return EarlyStopping(trainer, accuracy, "accuracy on the labels held out", keep_best=True)


def _sureness(logs: dict[str, float]) -> float | None:
    """Not known of a classifier that learns from labels alone: on these it is sure of anything."""
    if "sure" not in logs:
        return None
    return (logs["sure"] + logs.get("agreement", logs["sure"])) / 2


def _load(game: Game, trained: Game) -> bool:
    """The weights of a trained model, and of its classifier where labels are the same; whether these are.

    The classifier of other labels, or of a model that had none, stays as it was drawn.
    """
    same = (game.spec.labels, game.spec.pairs) == (trained.spec.labels, trained.spec.pairs)
    target, source = (game, trained) if same else (game.unwrapped, trained.unwrapped)
    fresh, weights = target.state_dict(), source.state_dict()
    misfits = [
        n for n in {**fresh, **weights} if n not in fresh or n not in weights or fresh[n].shape != weights[n].shape
    ]
    if misfits:
        raise UserError(f"the weights of the run do not fit the settings ({misfits[0]}); leave these settings out")
    target.load_state_dict(weights)
    game.sampling_temperature = trained.sampling_temperature
    return same
