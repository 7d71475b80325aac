"""Image files decoded once, into arrays that are mapped into memory."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from textgan.data.cache import build_once, cache_folder
from textgan.data.images.source import (
    ImageSource,
    Labeled,
    PixelRange,
    check_ranges,
    hash_of_arrays,
    range_of_pixels,
    resize,
)
from textgan.data.shuffle import Indices
from textgan.errors import UserError
from textgan.shown import File, depth_of, look_at, pixels_of

logger = logging.getLogger("textgan")

_FORMAT = 2
"""Raised whenever the same files would give other arrays: old cache folders are then left alone."""


class SplitFiles(NamedTuple):
    """A split.

    Args:
        labels: (N,), -1 where there is none.
        open: starts a pass over the N files.
    """

    labels: Indices
    open: Callable[[], Iterator[File]]


class _Shape(NamedTuple):
    channels: int
    height: int
    width: int
    most: float | None  # largest value of images of more than 8 bits


def decode_files(name: str, identity: object, splits: dict[str, SplitFiles], image_size: int | None) -> ImageSource:
    """The files as arrays, from the cache if they were decoded before.

    Args:
        name: of the source, for messages.
        identity: what changes whenever the files do; its repr is a part of the cache's key.
        splits: train, valid and test, or some of them.
        image_size: height and width to scale to; None: that of the files, which must then agree.

    Raises:
        UserError: a split is empty, a file is no image, sizes differ and image_size is None, there is nothing to see
            in the images, or the cache cannot be written.
    """
    for split, files in splits.items():
        if len(files.labels) == 0:
            raise UserError(f"{name}: the {split} split has no image; expected one or more; add some or leave it out")
    key = hashlib.blake2b(repr((_FORMAT, identity, image_size)).encode(), digest_size=16).hexdigest()
    place = cache_folder() / "images" / key

    def build(folder: Path) -> None:
        logger.info("decoding %s images of %s", f"{sum(len(files.labels) for files in splits.values()):,}", name)
        shape = _common_shape(name, splits, image_size)
        ranges = {split: _store(folder / f"{split}.npy", files, shape) for split, files in splits.items()}
        factor, notes = check_ranges(name, ranges)
        if factor > 1:
            for split, files in splits.items():
                _store(folder / f"{split}.npy", files, shape, factor)
        if shape.most is not None:
            depth = f"values of more than 8 bits reach {shape.most:,.0f}: read as of {depth_of(shape.most)} bits"
            notes = (depth, *notes)
        stored = {split: np.load(folder / f"{split}.npy", mmap_mode="r") for split in splits}
        content = hash_of_arrays(
            *(array for split in sorted(stored) for array in (stored[split], splits[split].labels))
        )
        (folder / "images.json").write_text(json.dumps({"content": content, "notes": notes}) + "\n")

    build_once(place, lambda folder: _load(folder, splits) is not None, build)
    source = _load(place, splits)
    if source is None:
        raise UserError(f"the cache {place} changed while it was read; run the command again")
    return source


def _load(folder: Path, splits: dict[str, SplitFiles]) -> ImageSource | None:
    try:
        about = json.loads((folder / "images.json").read_bytes())
        content, notes = str(about["content"]), tuple(map(str, about["notes"]))
        arrays = {split: np.load(folder / f"{split}.npy", mmap_mode="r") for split in splits}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if any(len(arrays[split]) != len(files.labels) for split, files in splits.items()):
        return None
    return ImageSource({split: Labeled(arrays[split], files.labels) for split, files in splits.items()}, content, notes)


def _common_shape(name: str, splits: dict[str, SplitFiles], image_size: int | None) -> _Shape:
    """What all images become: grey if all are, of one size, deep ones as deep as the largest value of all."""
    sizes: dict[tuple[int, int], str] = {}
    grey, most = True, None
    for files in splits.values():
        for file in files.open():
            found = look_at(file)
            sizes.setdefault(found.size, file.where)
            grey = grey and found.grey
            most = most if found.most is None else max(found.most, most or 0)
    channels = 1 if grey else 3
    if image_size is not None:
        return _Shape(channels, image_size, image_size, most)
    if len(sizes) > 1:
        such = " and ".join(f"{h} x {w} ({where})" for (w, h), where in list(sizes.items())[:2])
        raise UserError(f"{name} has images of {len(sizes)} sizes, such as {such}; set image_size to scale all to one")
    ((width, height),) = sizes
    return _Shape(channels, height, width, most)


def _store(path: Path, files: SplitFiles, shape: _Shape, factor: int = 1) -> PixelRange:
    """Decode, multiply and scale images into a file; what was seen in them before that."""
    count = len(files.labels)
    size = (shape.channels, shape.height, shape.width)
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, *size))
    found = PixelRange(255, 0, 0, 0)
    for i, file in enumerate(files.open()):
        pixels = pixels_of(file, shape.channels, shape.most).transpose(2, 0, 1)[None]
        found = found.with_those(range_of_pixels(pixels))
        array[i] = resize(pixels * np.uint8(factor), shape.height, shape.width)[0]
    array.flush()
    return found
