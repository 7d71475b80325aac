"""What a source of images gives, before anything is made of it."""

import hashlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import interpolate

from textgan.data.images.binarize import Pixels
from textgan.data.shuffle import Indices
from textgan.errors import UserError

_AT_ONCE = 4096  # images scaled together
_HASHED_AT_ONCE = 1 << 24  # bytes


class Labeled(NamedTuple):
    """Images of a split.

    Args:
        images: (N, C, H, W), from 0 to 255, in memory or mapped from a file.
        labels: (N,), from 0; -1 where there is none.
    """

    images: Pixels
    labels: Indices


class Source(NamedTuple):
    """Splits under the names train, valid and test, and what the user should know of them.

    Args:
        splits: train and, where there are such, valid and test.
        content: hash of the images and labels.
        notes: lines for the summary.
    """

    splits: dict[str, Labeled]
    content: str
    notes: tuple[str, ...] = ()


def in_memory(splits: dict[str, Labeled]) -> Source:
    """A source whose content is hashed here."""
    arrays = [array for name in sorted(splits) for array in splits[name]]
    return Source(splits, content_hash(*arrays))


def resize(images: Pixels, height: int, width: int) -> Pixels:
    """Images scaled bilinearly (averaged where they shrink), (N, C, H, W), from 0 to 255."""
    if images.shape[2:] == (height, width):
        return images
    scaled = np.empty((*images.shape[:2], height, width), dtype=np.uint8)
    for begin in range(0, len(images), _AT_ONCE):
        part = torch.tensor(images[begin : begin + _AT_ONCE], dtype=torch.float32)
        part = interpolate(part, (height, width), mode="bilinear", align_corners=False, antialias=True)
        scaled[begin : begin + _AT_ONCE] = part.round_().clamp_(0, 255).byte().numpy()
    return scaled


def content_hash(*arrays: npt.NDArray[np.generic]) -> str:
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
