"""Images in a NumPy archive."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textgan.arrays import read_npz as arrays_of
from textgan.data.images.source import ImageSource, Labeled, check_lengths, in_memory
from textgan.data.split_names import SPLIT_NAMES, split_of
from textgan.errors import UserError
from textgan.image_files import Picture

_ROLES = {"images": ("x", "images", "image"), "labels": ("y", "labels", "label", "targets")}
_BY_PLACE = {"arr_0": ("images", "train"), "arr_1": ("labels", "train")}  # as numpy.savez calls arrays without a name
_CHANNELS = (1, 3)
_TWICE = 1.001 / 255


def read_image_archive(path: Path) -> ImageSource:
    """Arrays x or images (or arr_0) and y or labels, or x_train, y_train, x_valid, y_valid, x_test and y_test.

    Names are read in any case, with the split before or behind (train_images), under any of `SPLIT_NAMES`.

    Images are (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels, uint8, or floats from 0 to 1; labels are
    integers from 0, -1 where there is none.

    Raises:
        UserError: the file is no archive of such arrays.
    """
    arrays = arrays_of(path)
    keys = _keys(arrays, path)
    images = {split: key for (role, split), key in keys.items() if role == "images"}
    if "train" not in images:
        raise UserError(
            f"{path} holds {', '.join(arrays) or 'nothing'}; expected an array x, images or x_train (and y, labels or "
            "y_train for labels)"
        )
    splits = {
        split: _split(f"{path} {images[split]}", arrays, images[split], keys.get(("labels", split)))
        for split in SPLIT_NAMES
        if split in images
    }
    unread = [name for name in arrays if name not in keys.values()]
    notes = (f"not read: {', '.join(unread)} of {path}",) if unread else ()
    source = in_memory(str(path), splits)
    return source._replace(notes=(*notes, *source.notes))


def _keys(names: Iterable[str], path: Path) -> dict[tuple[str, str], str]:
    """(images or labels, split) -> the name of the array: x, X_train, train_images, y_val, labels_test ...

    Raises:
        UserError: two names mean the same.
    """
    found: dict[tuple[str, str], str] = {}
    for name in names:
        meaning = _BY_PLACE.get(name) or _meaning(name)
        if meaning is not None and found.setdefault(meaning, name) != name:
            raise UserError(f"{path} has both {found[meaning]} and {name}, which mean the same; keep one")
    return found


def _meaning(name: str) -> tuple[str, str] | None:
    words = name.casefold().split("_")
    roles = [role for role, known in _ROLES.items() for word in words if word in known]
    rest = "_".join(word for word in words if not any(word in known for known in _ROLES.values()))
    split = split_of(rest) if rest else "train"
    return (roles[0], split) if len(roles) == 1 and split else None


def _split(where: str, arrays: Mapping[str, npt.NDArray[np.generic]], key: str, found: str | None) -> Labeled:
    images = _pixels(arrays[key], where)
    if found is None:
        return Labeled(images, np.full(len(images), -1, dtype=np.int64))
    labels = integer_labels(arrays[found], f"{where}: {found}")
    check_lengths(where, len(images), len(labels))
    return Labeled(images, labels)


def integer_labels(labels: npt.NDArray[np.generic], what: str) -> npt.NDArray[np.int64]:
    """Labels as integers from 0, -1 where there is none, (N,).

    Args:
        labels: integers, or as a column with gaps is stored: whole numbers, and NaN where there is no label; (N,) or
            (N, 1).
        what: they are called in messages.

    Raises:
        UserError: they are something else.
    """
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind == "f":
        numbers = np.where(np.isnan(labels), -1, labels)
        if (numbers == np.rint(numbers)).all() and np.abs(numbers).max(initial=0) < 1 << 31:
            labels = numbers.astype(np.int64)
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min(initial=0) < -1:
        raise UserError(f"{what} is {_what(labels)}; expected a row of integers from 0, or -1 for no label")
    return labels.astype(np.int64)


def _pixels(array: npt.NDArray[np.generic], where: str) -> Picture:
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
    if 0 < values.max() <= _TWICE:
        raise UserError(
            f"{where} has values from 0 to {values.max():g}; were they divided by 255 twice? Multiply by 255"
        )
    return np.ascontiguousarray(np.rint(values * 255).astype(np.uint8))


def _what(array: npt.NDArray[np.generic]) -> str:
    return f"{array.dtype} of shape {tuple(array.shape)}"
