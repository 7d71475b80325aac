"""A folder of image files."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.images.decode import SplitFiles, decode_files
from textgan.data.images.folders import ImageFile, scan_folder
from textgan.data.images.source import ImageSource
from textgan.shown import File


def read_folder(folder: Path, config: ImageConfig) -> ImageSource:
    """Image files of a folder, decoded once.

    Raises:
        UserError: see `folders.scan_folder` and `decode.decode_files`.
    """
    found, left_out = scan_folder(folder)
    names = label_names({item.label for items in found.values() for item in items})
    ids = {name: i for i, name in enumerate(names)}
    splits = {
        split: SplitFiles(
            np.array([ids.get(item.label or "", -1) for item in items], dtype=np.int64), partial(_files, items)
        )
        for split, items in found.items()
    }
    bare = sum(item.label is None for items in found.values() for item in items)
    if names and bare:
        left_out = (*left_out, f"{bare:,} images have no label")
    source = decode_files(str(folder), _identity(folder, found), splits, config.image_size)
    return source._replace(notes=(*label_notes(names), *left_out, *source.notes))


def label_names(names: set[str | None]) -> list[str]:
    """Names of labels in the order of their numbers: that of the alphabet, or of the numbers if all are numbers."""
    known = sorted(name for name in names if name is not None)
    return sorted(known, key=int) if all(name.isdecimal() for name in known) else known


def label_notes(names: list[str]) -> tuple[str, ...]:
    """A line that says which label is which."""
    if not names:
        return ()
    return (f"labels from 0: {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}",)


def _files(items: list[ImageFile]) -> Iterator[File]:
    return (File(item.path, str(item.path)) for item in items)


def _identity(folder: Path, found: dict[str, list[ImageFile]]) -> object:
    """Names, sizes and times: to hash all bytes of a large folder at each start would take minutes."""
    stats = {split: [(item.path, item.path.stat()) for item in items] for split, items in found.items()}
    return str(folder.resolve()), {
        split: [(str(path.relative_to(folder)), s.st_size, s.st_mtime_ns) for path, s in items]
        for split, items in stats.items()
    }
