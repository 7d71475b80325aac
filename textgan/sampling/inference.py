"""A trained model as its users have it: evaluation mode, no gradients, one thread at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from weakref import WeakKeyDictionary

import torch

from textgan.config import SEED
from textgan.errors import UserError
from textgan.game import Game
from textgan.randomness import Randomness

INFERENCE_BATCH_SIZE = 256
"""Rows that are encoded or decoded at a time."""

_locks: "WeakKeyDictionary[Game, RLock]" = WeakKeyDictionary()
_new_lock = Lock()


def check_seed(seed: int) -> None:
    """Refuse what is no seed.

    Raises:
        UserError: it is negative, or too large.
    """
    good, expected = SEED
    if not good(seed):
        raise UserError(f"seed is {seed}; expected {expected}")


@contextmanager
def inference(game: Game, seed: int = 0) -> Iterator[Game]:
    """The model as a user sees it: evaluation mode, no gradients, float32, randomness from `seed` in one process.

    One thread at a time has a model so; others that ask for the same one wait.

    Raises:
        UserError: a seed that is negative, or too large.
    """
    check_seed(seed)
    with _new_lock:
        lock = _locks.setdefault(game.unwrapped, RLock())
    with lock:
        training, randomness = game.training, game.random
        nested = not training and torch.is_inference_mode_enabled()
        game.random = Randomness(seed)
        if not nested:  # to walk through all modules takes a millisecond, and a search comes here a hundred times
            game.eval()
        try:
            with torch.inference_mode(), torch.autocast(game.device.type, enabled=False):
                yield game
        finally:
            game.random = randomness
            if training:
                game.train()
