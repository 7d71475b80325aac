"""How a training starts: parameters from the seed, then statistics of the data or the weights of an earlier model."""

from collections.abc import Callable
from threading import Lock

import torch

from textgan.data.types import ImageSpec, TextSpec
from textgan.device import Machine
from textgan.errors import UserError
from textgan.game import Game
from textgan.models import build
from textgan.recipes import RunConfig
from textgan.training.trainer import Stream, Trainer

_global_generator = Lock()
"""Initial parameters come from PyTorch's global generator, which is then restored: one thread at a time."""


def make_trainer(
    config: RunConfig,
    spec: TextSpec | ImageSpec,
    stream: Stream,
    machine: Machine,
    init: Callable[[Game], object] | None = None,
) -> Trainer:
    """The trainer of a new model at round 0; PyTorch's random numbers stay as they were.

    Args:
        config: model and training.
        spec: of the data.
        stream: the batches.
        machine: device, precision, threads.
        init: initializes the model further, from data or from weights; none: the parameters are those of the seed.

    Raises:
        UserError: data that the model cannot learn.
    """
    training = config.training
    with _global_generator, torch.random.fork_rng(devices=[]):
        torch.manual_seed(training.seed)
        game = build(config.settings, spec)
    if init is not None:
        init(game)
    return Trainer(game, stream, machine, training.seed, training.last_round)


def load_trained(game: Game, trained: Game) -> bool:
    """Load the weights of a trained model, and of its classifier if labels are the same; return whether they are.

    The classifier of other labels, or of a model that had none, stays as it was initialized.

    Raises:
        UserError: the weights are of other settings.
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
