"""Data that a program holds in memory, as files of the cache that are read as any others are."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from textgan.data.cache import build_once, cache_folder
from textgan.data.labels import is_missing
from textgan.errors import UserError

TEXT_COLUMN, LABEL_COLUMN = "text", "label"
"""Columns of sentences that came without names."""


class StoredData(NamedTuple):
    """Where data is.

    Args:
        data: what the setting of this name is to be.
        labeled: whether sentences came in pairs with labels, which then stand in column `LABEL_COLUMN`.
    """

    data: str
    labeled: bool = False


def store(data: Any) -> StoredData:
    """Data of a program as a place that `open_corpus` or `open_images` reads; the same data gives the same place.

    Args:
        data: a path or name, as it is on the command line. Or sentences: a list of strings, of (text, label), or of
            dictionaries, a pandas Series or DataFrame, a `datasets.Dataset`. Or images: an array (N, H, W),
            (N, H, W, C) or (N, C, H, W), uint8 or floats from 0 to 1, or a pair of it and labels (N,). Or a dictionary
            of these by split: train, valid, test.

    Raises:
        UserError: it is nothing of this, or empty; says which row.
    """
    if isinstance(data, str | os.PathLike):
        return StoredData(os.fspath(data))
    splits = dict(data) if isinstance(data, Mapping) else {"train": data}
    if any(_is_images(split) for split in splits.values()):
        return StoredData(_write({"images.npz": _archive(splits)}))
    given = {name: _listed(split, name) for name, split in splits.items()}
    rows = {name: [_row(row, number, name) for number, row in enumerate(split)] for name, split in given.items()}
    empty = [name for name, of_split in rows.items() if not of_split]
    if empty or not rows:
        raise UserError(f"data holds no sentences{f' in {empty[0]}' if empty else ''}; expected a list of strings")
    labeled = any(not isinstance(row, str | Mapping) for split in given.values() for row in split)
    lines = {f"{name}.jsonl": "".join(_line(row) for row in of_split).encode() for name, of_split in rows.items()}
    return StoredData(_write(lines), labeled)


def _is_images(data: Any) -> bool:
    first = data[0] if isinstance(data, tuple) and len(data) == 2 else data
    return hasattr(first, "ndim") and first.ndim in (3, 4)


def _archive(splits: Mapping[str, Any]) -> bytes:
    """Arrays x_train, y_train ... as `numpy.savez` writes them, but without the time of writing."""
    from io import BytesIO

    arrays = {}
    for name, split in splits.items():
        images, labels = split if isinstance(split, tuple) else (split, None)
        arrays[f"x_{name}"] = np.asarray(images)
        if labels is not None:
            arrays[f"y_{name}"] = np.asarray(labels)
    file = BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy dates all entries 1980
    return file.getvalue()


def _listed(data: Any, split: str) -> list[Any]:
    """The rows of a split, as they came."""
    if hasattr(data, "to_dict") and hasattr(data, "columns"):  # a DataFrame
        data = data.to_dict("records")
    if isinstance(data, str | bytes) or not isinstance(data, Iterable):
        raise UserError(f"data of {split} is {type(data).__name__}; expected a list of strings, or of (text, label)")
    return list(data)


def _row(row: Any, number: int, split: str) -> dict[str, Any]:
    """A sentence with what belongs to it, by column."""
    if isinstance(row, str):
        return {TEXT_COLUMN: row}
    if isinstance(row, Mapping):
        return dict(row)
    if isinstance(row, tuple | list) and len(row) == 2 and isinstance(row[0], str):
        return {TEXT_COLUMN: row[0], LABEL_COLUMN: _label(row[1])}
    raise UserError(
        f"row {number} of {split} is {row!r:.80}; expected a string, (text, label) or a dictionary of columns"
    )


def _label(value: Any) -> Any:
    """None where there is none, as pandas writes it."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if not isinstance(value, np.ndarray) and is_missing(value) else value


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps({str(name): _label(value) for name, value in row.items()}, ensure_ascii=False, default=str) + "\n"


def _write(files: Mapping[str, bytes]) -> str:
    """A folder of these files, or the only one's own path."""
    digest = hashlib.blake2b(digest_size=16)
    for name, content in files.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    place = cache_folder() / "memory" / digest.hexdigest()

    def complete(folder: Path) -> bool:
        return all((folder / name).is_file() for name in files)

    def build(folder: Path) -> None:
        for name, content in files.items():
            (folder / name).write_bytes(content)

    build_once(place, complete, build)
    return str(place / next(iter(files)) if len(files) == 1 else place)
