"""Pictures as inputs of a model.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white), as everywhere; pictures are uint8.
"""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.arrays import first_of, read_npy, read_npz
from textgan.errors import UserError
from textgan.image_files import EncodedImage, decode_image

logger = logging.getLogger("textgan")

Pixels = npt.NDArray[np.float32]

_OVERSHOOT = 0.5  # what a decoder without bounds may have made, which is cut off


def read_image(path: Path, shape: tuple[int, ...]) -> Pixels:
    """A picture, scaled to a model's size, in grey or color as the model has it: float32 (C, H, W), from -1 to 1.

    Args:
        path: a file that Pillow reads, or an .npy or .npz: uint8 from 0 to 255, or floats from -1 to 1; (H, W),
            (C, H, W) or (H, W, C).
        shape: (C, H, W) of the model.

    Raises:
        UserError: the file is not there, or is no image.
    """
    if len(shape) != 3:
        raise UserError(f"{path} is an image, and this is a model of points; expected an .npy of shape (N, {shape[0]})")
    image = in_range(read_array(path), path) if path.suffix.lower() in (".npy", ".npz") else _decoded(path, shape[0])
    if image.ndim == 2:
        image = image[None]
    if image.ndim == 3 and image.shape[0] not in (1, 3, shape[0]) and image.shape[2] in (1, 3, shape[0]):
        image = image.transpose(2, 0, 1)
    if image.ndim != 3 or 0 in image.shape:
        raise UserError(f"{path} has shape {image.shape}; expected one image, (H, W), (C, H, W) or (H, W, C)")
    return _scaled(_recolored(image, shape[0], path), shape[1], shape[2])


def read_array(path: Path) -> npt.NDArray[Any]:
    """The array of an .npy, or of an .npz the one named x, images or z, or the only one.

    Raises:
        UserError: the file is not there, or holds no such array of numbers.
    """
    found = first_of(read_npz(path), "x", "images") if path.suffix.lower() == ".npz" else read_npy(path)
    if found is None:
        raise UserError(f"{path} holds no array; expected one of numbers")
    if found.dtype.kind not in "fiub":
        raise UserError(f"{path} is an array of {found.dtype}; expected one of numbers")
    return found


def read_labels(path: Path) -> npt.NDArray[np.int64] | None:
    """The array y or labels of an .npz, see `textgan.data.images.npz.integer_labels`; None where it has neither.

    Raises:
        UserError: the file cannot be read, or they are no labels.
    """
    from textgan.data.images.npz import integer_labels

    arrays = read_npz(path)
    name = next((name for name in ("y", "labels") if name in arrays), None)
    return None if name is None else integer_labels(arrays[name], f"{path}: {name}")


def in_range(array: npt.NDArray[Any], path: Path) -> Pixels:
    """Pixels of an array as float32 from -1 to 1.

    Whole numbers go from 0 to 255, or are 0 and 1 for black and white, as truth values are; others are from -1 to 1.

    Raises:
        UserError: they are not.
    """
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if array.dtype.kind in "iub" and low >= 0 and high <= 255:
        return _from_bytes(array.astype(np.uint8) * np.uint8(255 if high <= 1 else 1))
    pixels = array.astype(np.float32)
    if not (abs(low) <= 1 + _OVERSHOOT and abs(high) <= 1 + _OVERSHOOT):  # so that NaN is refused as well
        raise UserError(f"{path} has values from {low:g} to {high:g}; expected uint8, or floats from -1 to 1")
    return pixels.clip(-1, 1)


def _from_bytes(array: npt.NDArray[Any]) -> Pixels:
    return array.astype(np.float32) / 127.5 - 1


def _decoded(path: Path, channels: int) -> Pixels:
    """(C, H, W), from -1 to 1; see `decode_image`."""
    pixels = decode_image(EncodedImage(path, str(path)), channels)
    if pixels.min() == pixels.max():
        logger.warning("%s: every pixel is %d; there is nothing to see", path, pixels.min())
    return _from_bytes(pixels.transpose(2, 0, 1))


def _recolored(image: Pixels, channels: int, path: Path) -> Pixels:
    """Grey as color, or color as grey, (C, H, W)."""
    if len(image) == channels:
        return image
    if len(image) == 1:
        return image.repeat(channels, axis=0)
    if channels == 1 and len(image) == 3:
        return np.tensordot(np.array([0.299, 0.587, 0.114], np.float32), image, axes=1)[None]  # as Pillow does it
    raise UserError(f"{path} has {len(image)} channels; expected {channels}")


def _scaled(image: Pixels, height: int, width: int) -> Pixels:
    """Bilinear, averaged where it shrinks."""
    import PIL.Image

    if image.shape[1:] == (height, width):
        return image
    bilinear = PIL.Image.Resampling.BILINEAR
    return np.stack([np.asarray(PIL.Image.fromarray(channel).resize((width, height), bilinear)) for channel in image])
