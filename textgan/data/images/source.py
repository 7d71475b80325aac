"""What a source of images gives, before anything is made of it."""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

from textgan.data.shuffle import Indices
from textgan.errors import UserError
from textgan.image_files import Picture

_AT_ONCE = 4096  # images scaled together
_LEAST_RANGE = 26  # a tenth of black to white
_HASHED_AT_ONCE = 1 << 24  # bytes


class Labeled(NamedTuple):
    """Images of a split.

    Args:
        images: (N, C, H, W), from 0 to 255, in memory or mapped from a file.
        labels: (N,), from 0; -1 where there is none.
    """

    images: Picture
    labels: Indices


class ImageSource(NamedTuple):
    """Splits under the names train, valid and test, and what the user should know of them.

    Args:
        splits: train and, where there are such, valid and test.
        content: hash of the images and labels.
        notes: lines for the summary.
    """

    splits: dict[str, Labeled]
    content: str
    notes: tuple[str, ...] = ()


def in_memory(name: str, splits: dict[str, Labeled]) -> ImageSource:
    """A source whose content is looked at and hashed here.

    Raises:
        UserError: see `check_ranges`.
    """
    factor, notes = check_ranges(
        name, {split: range_of_pixels(part.images) for split, part in splits.items() if part.images.size}
    )
    if factor > 1:
        splits = {split: part._replace(images=part.images * np.uint8(factor)) for split, part in splits.items()}
    arrays = [array for split in sorted(splits) for array in splits[split]]
    return ImageSource(splits, hash_of_arrays(*arrays), notes)


class PixelRange(NamedTuple):
    """Smallest and largest pixel of images, how many are of one value, and how many there are."""

    low: int
    high: int
    blank: int
    images: int

    def with_those(self, of: "PixelRange") -> "PixelRange":
        """The range of the images of both."""
        counts = (self.blank + of.blank, self.images + of.images)
        return PixelRange(min(self.low, of.low), max(self.high, of.high), *counts)


def range_of_pixels(images: Picture) -> PixelRange:
    """What is seen in one image or more, (N, C, H, W)."""
    parts = np.array_split(images, -(-len(images) // _AT_ONCE))
    lows, highs = (
        np.concatenate([best(part.reshape(len(part), -1), axis=1) for part in parts]) for best in (np.min, np.max)
    )
    blank = int((lows == highs).sum()) if images[0].size > 1 else 0
    return PixelRange(int(lows.min()), int(highs.max()), blank, len(images))


def check_ranges(name: str, ranges: dict[str, PixelRange]) -> tuple[int, tuple[str, ...]]:
    """What decoded pixels are to be multiplied by, and lines for the summary.

    Pixels of 0 and 1 alone are black and white.

    Args:
        name: of the source, for messages.
        ranges: of the pixels of each split.

    Raises:
        UserError: the pixels of a split are of one value, or between few: there is nothing to see.
    """
    factor = 255 if max((found.high for found in ranges.values()), default=0) == 1 else 1
    for split, found in ranges.items():
        low, high = found.low * factor, found.high * factor
        if low == high:
            raise UserError(
                f"{name}: every pixel of {split} is {low}; expected images; is the drawing in the transparent part "
                "(which is laid on white), or are these masks?"
            )
        if high - low < _LEAST_RANGE:
            raise UserError(
                f"{name}: pixels of {split} go from {low} to {high}; expected a good part of 0 (black) to 255 (white); "
                f"scale them up, as by {255 // max(high, 1)}"
            )
    blanks = ((split, found) for split, found in ranges.items() if found.blank)
    notes = [f"{found.blank:,} of {found.images:,} images of {split} are of one value" for split, found in blanks]
    if factor > 1:
        notes.append("pixels are 0 and 1, which are read as black and white")
    return factor, tuple(notes)


def resize(images: Picture, height: int, width: int) -> Picture:
    """Images scaled bilinearly (averaged where they shrink), (N, C, H, W), from 0 to 255."""
    if images.shape[2:] == (height, width):
        return images
    scaled = np.empty((*images.shape[:2], height, width), dtype=np.uint8)
    for begin in range(0, len(images), _AT_ONCE):
        part = torch.tensor(images[begin : begin + _AT_ONCE], dtype=torch.float32)
        part = interpolate(part, (height, width), mode="bilinear", align_corners=False, antialias=True)
        scaled[begin : begin + _AT_ONCE] = part.round_().clamp_(0, 255).byte().numpy()
    return scaled


def hash_of_arrays(*arrays: npt.NDArray[np.generic]) -> str:
    """Hash of shapes, types and values."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(repr((array.shape, array.dtype.str)).encode())
        rows = max(1, _HASHED_AT_ONCE // max(1, array[:1].nbytes))
        for begin in range(0, len(array), rows):
            digest.update(np.ascontiguousarray(array[begin : begin + rows]).data)
    return digest.hexdigest()


def check_lengths(name: str, images: int, labels: int) -> None:
    """Raise UserError unless every image has a label."""
    if images != labels:
        raise UserError(f"{name}: {images:,} images and {labels:,} labels; expected one label for each image")
