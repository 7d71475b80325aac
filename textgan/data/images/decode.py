"""Image files decoded once, into arrays that are mapped into memory."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data.cache import build_once, cache_folder
from textgan.data.images.binarize import Pixels
from textgan.data.images.source import Labeled, Source, content_hash, resize
from textgan.data.shuffle import Indices
from textgan.errors import UserError, reason_of

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger("textgan")

_FORMAT = 1
"""Raised whenever the same files would give other arrays: old cache folders are then left alone."""

_GREY = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L")
_DEEP = ("I", "I;16", "I;16B", "I;16L")  # 16 bits a pixel


class File(NamedTuple):
    """An encoded image and what it is called in messages."""

    content: Path | BytesIO
    where: str


class Files(NamedTuple):
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


def decoded(name: str, identity: object, splits: dict[str, Files], image_size: int | None) -> Source:
    """The files as arrays, from the cache if they were decoded before.

    Args:
        name: of the source, for messages.
        identity: what changes whenever the files do; its repr is a part of the cache's key.
        splits: train, valid and test, or some of them.
        image_size: height and width to scale to; None: that of the files, which must then agree.

    Raises:
        UserError: a split is empty, a file is no image, sizes differ and image_size is None, or the cache cannot be
            written.
    """
    for split, files in splits.items():
        if len(files.labels) == 0:
            raise UserError(f"{name}: the {split} split has no image; expected one or more; add some or leave it out")
    key = hashlib.blake2b(repr((_FORMAT, identity, image_size)).encode(), digest_size=16).hexdigest()
    place = cache_folder() / "images" / key

    def build(folder: Path) -> None:
        log.info("decoding %s images of %s", f"{sum(len(files.labels) for files in splits.values()):,}", name)
        shape = _common_shape(name, splits, image_size)
        stored = {split: _store(folder / f"{split}.npy", files, shape) for split, files in splits.items()}
        content = content_hash(*(array for split in sorted(stored) for array in stored[split]))
        (folder / "images.json").write_text(json.dumps({"content": content}) + "\n")

    build_once(place, lambda folder: _load(folder, splits) is not None, build)
    source = _load(place, splits)
    if source is None:
        raise UserError(f"the cache {place} changed while it was read; run the command again")
    return source


def _load(folder: Path, splits: dict[str, Files]) -> Source | None:
    try:
        content = json.loads((folder / "images.json").read_bytes())["content"]
        arrays = {split: np.load(folder / f"{split}.npy", mmap_mode="r") for split in splits}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if any(len(arrays[split]) != len(files.labels) for split, files in splits.items()):
        return None
    return Source({split: Labeled(arrays[split], files.labels) for split, files in splits.items()}, content)


def _common_shape(name: str, splits: dict[str, Files], image_size: int | None) -> _Shape:
    """What all images become: grey if all are, of one size. Only the heads of the files are read."""
    sizes: dict[tuple[int, int], str] = {}
    grey = True
    for files in splits.values():
        for file in files.open():
            with _open(file) as image:
                sizes.setdefault(image.size, file.where)
                grey = grey and image.mode in _GREY
    channels = 1 if grey else 3
    if image_size is not None:
        return _Shape(channels, image_size, image_size)
    if len(sizes) > 1:
        shown = " and ".join(f"{h} x {w} ({where})" for (w, h), where in list(sizes.items())[:2])
        raise UserError(f"{name} has images of {len(sizes)} sizes, such as {shown}; set image_size to scale all to one")
    ((width, height),) = sizes
    return _Shape(channels, height, width)


def _store(path: Path, files: Files, shape: _Shape) -> Labeled:
    count = len(files.labels)
    array = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(count, *shape))
    for i, file in enumerate(files.open()):
        array[i] = resize(_pixels(file, shape.channels), shape.height, shape.width)[0]
    array.flush()
    return Labeled(array, files.labels)


def _open(file: File) -> "Image":
    import PIL.Image

    try:
        return PIL.Image.open(file.content)
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise _no_image(file, error) from None


def _pixels(file: File, channels: int) -> Pixels:
    """(1, C, H, W), from 0 to 255; of a moving picture the first frame."""
    import PIL.Image

    try:
        with _open(file) as opened:
            deep = opened.mode in _DEEP
            image = PIL.Image.fromarray(_shallow(np.asarray(opened))) if deep else opened
            array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
        raise _no_image(file, error) from None
    return array.reshape(1, *array.shape[:2], channels).transpose(0, 3, 1, 2)


def _shallow(values: npt.NDArray[np.generic]) -> Pixels:
    """8 of 16 bits a pixel."""
    return (values.astype(np.int64).clip(0, 65_535) // 257).astype(np.uint8)


def _no_image(file: File, error: Exception) -> UserError:
    return UserError(f"{file.where} is no image that can be read ({reason_of(error)}); repair or remove it")
