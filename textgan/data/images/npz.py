"""Images in a NumPy archive."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textgan.data.images.binarize import Pixels
from textgan.data.images.source import Labeled, Source, check_lengths, in_memory
from textgan.data.sources import SPLIT_NAMES
from textgan.errors import UserError

_IMAGES, _LABELS = ("x", "images"), ("y", "labels")
_CHANNELS = (1, 3)


def read_npz(path: Path) -> Source:
    """Arrays x or images (or arr_0) and y or labels, or x_train, y_train, x_valid, y_valid, x_test and y_test.

    Images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, uint8, or floats from 0 to 1; labels are
    integers from 0, -1 where there is none.

    Raises:
        UserError: the file is no archive of such arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{path} cannot be read ({reason}); expected an .npz that numpy.savez wrote") from None
    keys = _image_keys(arrays)
    if "train" not in keys:
        raise UserError(
            f"{path} holds {', '.join(arrays) or 'nothing'}; expected an array x, images or x_train (and y, labels or "
            "y_train for labels)"
        )
    return in_memory({split: _split(f"{path} {key}", arrays, key) for split, key in keys.items()})


def _image_keys(arrays: Mapping[str, npt.NDArray[np.generic]]) -> dict[str, str]:
    """The array of images of each split."""
    keys = {}
    for split, names in SPLIT_NAMES.items():
        wanted = [f"{x}_{name}" for x in _IMAGES for name in names]
        if split == "train":
            wanted += [*_IMAGES, "arr_0"]
        if found := next((key for key in wanted if key in arrays), None):
            keys[split] = found
    return keys


def _split(where: str, arrays: Mapping[str, npt.NDArray[np.generic]], key: str) -> Labeled:
    images = _pixels(arrays[key], where)
    _, _, split = key.partition("_")
    wanted = ["arr_1"] if key == "arr_0" else [f"{y}_{split}" if split else y for y in _LABELS]
    found = next((name for name in wanted if name in arrays), None)
    if found is None:
        return Labeled(images, np.full(len(images), -1, dtype=np.int64))
    labels = arrays[found]
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min(initial=0) < -1:
        raise UserError(f"{where}: {found} is {_what(labels)}; expected a row of integers from 0, or -1 for no label")
    check_lengths(where, len(images), len(labels))
    return Labeled(images, labels.astype(np.int64))


def _pixels(array: npt.NDArray[np.generic], where: str) -> Pixels:
    """(N, C, H, W), from 0 to 255."""
    if array.ndim == 3:
        array = array[:, None]
    elif array.ndim == 4 and array.shape[3] in _CHANNELS:
        array = array.transpose(0, 3, 1, 2)
    if array.ndim != 4 or array.shape[1] not in _CHANNELS or 0 in array.shape:
        raise UserError(f"{where} is {_what(array)}; expected (N, H, W), (N, H, W, C) or (N, C, H, W), with C 1 or 3")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind not in "fb":
        raise UserError(f"{where} is {_what(array)}; expected uint8, or floats from 0 to 1; convert it with astype")
    values = array.astype(np.float32)
    if not (values.min() >= 0 and values.max() <= 1):  # so that NaN is refused as well
        raise UserError(f"{where} has values from {values.min():g} to {values.max():g}; expected floats from 0 to 1")
    return np.ascontiguousarray(np.rint(values * 255).astype(np.uint8))


def _what(array: npt.NDArray[np.generic]) -> str:
    return f"{array.dtype} of shape {tuple(array.shape)}"
