"""What a batch is, and what a model must know of the data before it sees any."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.data.specials import PAD
from textgan.device import moved


class TextSpec(NamedTuple):
    """Shape of a corpus.

    Args:
        vocab_size: V, specials included.
        max_length: most tokens in a sentence, the end token not counted.
        labels: names of the classes that the model is to tell; none where it learns no labels.
        pairs: whether the labels are those of pairs of sentences.
        label_type: what the names stand for in Python, see `LABEL_TYPES`.
    """

    vocab_size: int
    max_length: int
    labels: tuple[str, ...] = ()
    pairs: bool = False
    label_type: str = "str"


LABEL_TYPES: dict[str, Callable[[str], str | int | float]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": {"False": False, "True": True}.__getitem__,
}
"""Types of labels, each with what makes a label of its name; files hold strings, y of an estimator any of them."""


class _Real(NamedTuple):
    """Where a batch has real targets, on the device of its tokens: see `Sentences`."""

    places: Tensor
    owners: Tensor
    lengths: Tensor


@dataclass(frozen=True, eq=False)
class Sentences:
    """A batch of B sentences, M predicted tokens in all.

    Where they are is computed from the lengths on the host, which knows them: to find them on a device, the host would
    have to wait for it, as it does where a tensor is indexed by a mask.

    Args:
        tokens: <s> w_1 ... w_n </s> <pad> ..., (B, 1 + T), int64.
        lengths: predicted tokens in each row, n + 1 with the end token, (B,), int64, on the CPU.
        token_count: predicted tokens of the *global* batch, or of an average one where batches are sorted by length,
            over the number of ranks. A loss that divides its local sum by it, averaged over ranks, is the loss of one
            process on the joined batch.
        labels: class of each, -1 where it is not known, (B,), int64; None where nobody asks for labels.
    """

    tokens: Tensor
    lengths: Tensor
    token_count: float
    labels: Tensor | None = None

    @property
    def batch_size(self) -> int:
        """B."""
        return len(self.tokens)

    @property
    def inputs(self) -> Tensor:
        """What is read: <s> w_1 ... w_n, (B, T)."""
        return self.tokens[:, :-1]

    @property
    def targets(self) -> Tensor:
        """What is predicted: w_1 ... w_n </s>, (B, T)."""
        return self.tokens[:, 1:]

    @property
    def mask(self) -> Tensor:
        """True at real targets, false at padding, (B, T): to multiply by; to choose by, take `places`."""
        positions = torch.arange(self.tokens.shape[1] - 1, device=self.tokens.device)
        return positions < self.counts[:, None]

    @property
    def places(self) -> Tensor:
        """Places of the real targets in a flat (B, T), row by row, (M,), int64, on the device of the tokens."""
        return self._real.places

    @property
    def owners(self) -> Tensor:
        """The row that each real target is of, (M,), int64, on the device of the tokens."""
        return self._real.owners

    @property
    def counts(self) -> Tensor:
        """The lengths on the device of the tokens, (B,), int64."""
        return self._real.lengths

    @property
    def real_targets(self) -> Tensor:
        """The predicted tokens without padding, row by row, (M,)."""
        return self.targets.flatten().index_select(0, self.places)

    @cached_property
    def _real(self) -> _Real:
        # Kept for training too, wherever a batch is first read; what is made in inference mode could not be.
        with torch.inference_mode(False):
            owners = torch.repeat_interleave(self.lengths)
            begins = torch.arange(self.batch_size) * (self.tokens.shape[1] - 1) - self.lengths.cumsum(0) + self.lengths
            parts = [torch.arange(len(owners)) + begins[owners], owners, self.lengths]
            found = moved(torch.cat(parts), self.tokens.device)
            return _Real(*found.split([len(part) for part in parts]))

    def to(self, device: torch.device) -> "Sentences":
        """The same batch with tokens and labels on `device`; lengths stay on the CPU too, where packing needs them."""
        labels = None if self.labels is None else moved(self.labels, device)
        return replace(self, tokens=moved(self.tokens, device), labels=labels)

    @staticmethod
    def of(tokens: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]) -> "Sentences":
        """A batch by itself, without labels, of the rows of a `TokenFile`."""
        return Sentences(torch.from_numpy(tokens), torch.from_numpy(lengths), float(lengths.sum()))

    @staticmethod
    def join(batches: Sequence["Sentences"]) -> "Sentences":
        """Several batches as one, padded to the longest."""
        width = max(b.tokens.shape[1] for b in batches)
        tokens = [torch.nn.functional.pad(b.tokens, (0, width - b.tokens.shape[1]), value=PAD) for b in batches]
        labels = [b.labels for b in batches if b.labels is not None]
        return Sentences(
            torch.cat(tokens),
            torch.cat([b.lengths for b in batches]),
            sum(b.token_count for b in batches),
            torch.cat(labels) if len(labels) == len(batches) else None,
        )


class ImageSpec(NamedTuple):
    """Shape of a set of images, or of points.

    Args:
        shape: (C, H, W) of images; (D,) of points.
        binary: every value is -1 or 1 (binarized images): a model gives a probability for each pixel.
        classes: K, number of labels; 0 where there are none.
    """

    shape: tuple[int, ...]
    binary: bool = False
    classes: int = 0

    @property
    def size(self) -> int:
        """Values in an image."""
        return math.prod(self.shape)

    @property
    def is_image(self) -> bool:
        """Whether these are images rather than points."""
        return len(self.shape) == 3


class Images(NamedTuple):
    """A batch of B images, or of B points.

    Args:
        x: pixels from -1 (black) to 1 (white), (B, C, H, W); points, (B, D); float32.
        labels: class of each, -1 where it is not known, (B,), int64.
    """

    x: Tensor
    labels: Tensor

    @property
    def batch_size(self) -> int:
        """B."""
        return len(self.x)

    def to(self, device: torch.device) -> "Images":
        """The same batch on `device`."""
        return Images(moved(self.x, device), moved(self.labels, device))

    @staticmethod
    def join(batches: Sequence["Images"]) -> "Images":
        """Several batches as one."""
        return Images(torch.cat([b.x for b in batches]), torch.cat([b.labels for b in batches]))
