"""What every trained model can do: codes in and out, saved and loaded."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.config import SEED
from textgan.data.config import DataConfig
from textgan.data.tokenizer import Tokenizer
from textgan.device import find_device
from textgan.errors import UserError, reason_of
from textgan.files import expanded, is_empty
from textgan.game import Game, Randomness
from textgan.recipes import RunConfig
from textgan.sampling.places import find_model
from textgan.training.checkpoint import Saved, last_checkpoint, read_model, replaced_at_once, write_model

_MOST_STEPS = 10**6
MOST = 10**8
"""Samples at once; their memory is that of the results."""

INFERENCE_BATCH_SIZE = 256
"""Rows that are encoded or decoded at a time."""

Codes = npt.NDArray[np.float32]


_locks: "WeakKeyDictionary[Game, RLock]" = WeakKeyDictionary()
_new_lock = Lock()


@contextmanager
def inference(game: Game, seed: int = 0) -> Iterator[Game]:
    """The model as a user sees it: evaluation mode, no gradients, float32, randomness from `seed` in one process.

    One thread at a time has a model so; others that ask for the same one wait.

    Raises:
        UserError: a seed that is negative, or too large.
    """
    good, expected = SEED
    if not good(seed):
        raise UserError(f"seed is {seed}; expected {expected}")
    with _new_lock:
        lock = _locks.setdefault(game, RLock())
    with lock:
        training, randomness = game.training, game.random
        game.random = Randomness(seed)
        game.eval()
        try:
            with torch.inference_mode(), torch.autocast(game.device.type, enabled=False):
                yield game
        finally:
            game.random = randomness
            game.train(training)


class TrainedModel(ABC):
    """Data <-> points of a continuous space.

    Args:
        game: the trained model.
        config: how it was trained.
        tokenizer: of sentences; None for images.
    """

    def __init__(self, game: Game, config: RunConfig, tokenizer: Tokenizer | None = None) -> None:
        self.game, self.config = game, config
        self._tokenizer = tokenizer

    def __repr__(self) -> str:
        config, size = self.config, sum(p.numel() for p in self.game.parameters())
        about = [f"{size:,} parameters", f"codes of {self.code_dim}", *self._about()]
        return f"<{type(self).__name__} {config.model} of {config.data.data}: {', '.join(about)}>"

    @abstractmethod
    def _about(self) -> list[str]:
        """What is worth knowing of a model besides its size, a few words each."""

    @property
    def code_dim(self) -> int:
        """D, the size of a code."""
        return self.game.code_dim

    @classmethod
    @abstractmethod
    def of(cls, saved: Saved) -> Self:
        """The model that was read from disk.

        Raises:
            UserError: it makes something else.
        """

    @abstractmethod
    def card(self, config: RunConfig, dtype: str = "float32") -> str:
        """The README.md that goes with the model when it is shared, its weights stored as `dtype`."""

    def checked_codes(self, codes: npt.ArrayLike | Tensor) -> Tensor:
        """Codes from a user as a tensor (N, D).

        Raises:
            UserError: codes of another shape, or not finite.
        """
        try:
            z = torch.as_tensor(codes if isinstance(codes, Tensor) else np.asarray(codes, np.float32)).float()
        except (TypeError, ValueError) as error:
            raise UserError(f"codes are no array of numbers ({error}); expected (N, {self.code_dim})") from error
        if z.ndim != 2 or z.shape[1] != self.code_dim:
            raise UserError(f"codes have shape {tuple(z.shape)}; expected (N, {self.code_dim})")
        if not z.isfinite().all():
            raise UserError("codes hold values that are not finite; expected numbers")
        return z

    def prior_codes(self, n: int, seed: int = 0) -> Codes:
        """n codes drawn from the prior, (n, D).

        Raises:
            UserError: a negative n, or one without end.
        """
        check_number(n)
        with inference(self.game, seed) as game:
            return game.prior(n).float().cpu().numpy()

    def between(self, first: Codes, last: Codes, steps: int, path: str | None = None) -> Codes:
        """`steps` codes on the way from first to last, both (D,), ends included: (steps, D).

        The one definition of interpolation: of sentences and images, in sampling, evaluation and pictures.

        Args:
            first: where it begins.
            last: where it ends.
            steps: codes on the way.
            path: linear or slerp, see `line`; default: the model's own, `Game.path`.

        Raises:
            UserError: see `line`.
        """
        return line(first, last, steps, self.game.path if path is None else path, self.game.classes)

    def save_pretrained(self, folder: str | Path, dtype: str = "float32") -> None:
        """Write config.json, model.safetensors, for sentences tokenizer/, and a model card README.md to a new folder.

        Args:
            folder: new, or empty.
            dtype: how weights are stored: float32, float16 (half the size) or int8 (a quarter, see `textgan.weights`).
                What is read back computes in float32, and differs a little from this model where it was compact.

        Raises:
            UserError: the folder is there and not empty, or cannot be written; or no such dtype.
        """
        folder = expanded(folder)
        config = _without_place(self.config)
        try:
            if folder.exists() and not (folder.is_dir() and is_empty(folder)):
                raise UserError(f"{folder} exists and is not empty; expected a new folder")
            with replaced_at_once(folder) as aside:
                write_model(aside, self.game, self._tokenizer, config, dtype=dtype)
                # The card shows what those write who load it.
                stored = self if dtype == "float32" else type(self).of(read_model(aside))
                (aside / "README.md").write_text(stored.card(config, dtype), encoding="utf-8", errors="replace")
                if folder.exists():
                    for clutter in list(folder.iterdir()):
                        clutter.rename(aside / clutter.name)
                    folder.rmdir()
        except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
            raise UserError(f"{str(folder)!r} cannot be written ({reason_of(error)}); expected a new folder") from error

    @classmethod
    def from_pretrained(cls, name: str | Path, device: str = "auto", revision: str | None = None) -> Self:
        """The model in a folder that `save_pretrained` wrote, in a run folder, in the box, or on the Hugging Face hub.

        Args:
            name: folder, a model that comes with textgan such as scenes, or owner/name on the hub; see `find_model`.
            device: auto, cpu or cuda.
            revision: of a model on the hub.

        Raises:
            UserError: nothing loadable there.
        """
        return cls.of(read_saved(name, device, revision))


def read_saved(name: str | Path, device: str = "auto", revision: str | None = None) -> Saved:
    """The newest model of that name, on its device; see `TrainedModel.from_pretrained`."""
    place = find_model(name, revision)
    try:
        saved = read_model(place)
    except UserError:
        newer = last_checkpoint(expanded(name))
        if newer in (None, place):
            raise
        saved = read_model(newer)  # a run that is being trained replaced its checkpoint in between
    saved.game.to(find_device(device))
    saved.game.eval()
    return saved


def check_number(n: int) -> None:
    """Refuse numbers of samples that nobody could make.

    Raises:
        UserError: a negative one, or one without end.
    """
    if not 0 <= n <= MOST:
        raise UserError(f"n is {n}; expected 0 to {MOST:,}")


def line(
    first: npt.NDArray[np.float32], last: npt.NDArray[np.float32], steps: int, path: str = "linear", classes: int = 0
) -> Codes:
    """`steps` codes from first to last, both (D,), ends included: (steps, D).

    Args:
        first: where it begins.
        last: where it ends.
        steps: codes on the way.
        path: linear, or slerp: along the great circle, the norm changing evenly (White 2016, arXiv 1609.04468).
        classes: values at the end of a code that are a one-hot label: they change evenly on either path.

    Raises:
        UserError: fewer than two steps, steps without end, or another path.
    """
    if not 2 <= steps <= _MOST_STEPS:
        raise UserError(f"steps is {steps}; expected 2 to {_MOST_STEPS:,}: the ends are counted")
    share = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    straight: Codes = (1 - share) * first + share * last
    if path == "linear":
        return straight
    if path != "slerp":
        raise UserError(f"path is {path!r}; expected linear or slerp")
    dim = len(first) - classes
    lengths = np.maximum(np.linalg.norm([first[:dim], last[:dim]], axis=1), 1e-12)
    a, b = first[:dim] / lengths[0], last[:dim] / lengths[1]
    angle = np.arccos(np.clip(a @ b, -1, 1))
    if np.sin(angle) < 1e-4:  # parallel, or opposite: no great circle is nearer than another
        return straight
    direction = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    straight[:, :dim] = ((1 - share) * lengths[0] + share * lengths[1]) * direction
    return straight


def _without_place(config: RunConfig) -> RunConfig:
    """The settings without the folders that lead to the data, which are nobody's business."""
    data = dataclasses.replace(config.data, data=_names(config.data.data))
    if isinstance(data, DataConfig) and data.unlabeled is not None:
        data = dataclasses.replace(data, unlabeled=_names(data.unlabeled))
    return dataclasses.replace(config, data=data)


def _names(places: str) -> str:
    """The last names of paths, with commas between them; what the hub holds is no path."""
    parts = (part.strip() for part in places.split(","))
    return ",".join(part if part.startswith("hf:") else Path(part).name or "data" for part in parts)
