"""A folder of image files."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.images.decode import File, Files, decoded
from textgan.data.images.source import Source
from textgan.data.kind import IMAGE_SUFFIXES
from textgan.data.sources import SPLIT_NAMES
from textgan.errors import UserError


class _Found(NamedTuple):
    path: Path
    label: str | None


def read_folder(folder: Path, config: ImageConfig) -> Source:
    """Image files of a folder, decoded once.

    Folders train, valid (or val, dev, validation) and test in it are its splits; otherwise everything is train. A
    folder in a split is a label, and all images below it have it; images beside such folders have none.

    Raises:
        UserError: there is no image, no train split, or see `decode.decoded`.
    """
    found = {split: _images(place) for split, place in _split_folders(folder).items()}
    names = label_names({item.label for items in found.values() for item in items})
    ids = {name: i for i, name in enumerate(names)}
    splits = {
        split: Files(
            np.array([ids.get(item.label or "", -1) for item in items], dtype=np.int64), partial(_files, items)
        )
        for split, items in found.items()
    }
    source = decoded(str(folder), _identity(folder, found), splits, config.image_size)
    return source._replace(notes=label_notes(names))


def label_names(names: set[str | None]) -> list[str]:
    """Names of labels in the order of their numbers: that of the alphabet, or of the numbers if all are numbers."""
    known = sorted(name for name in names if name is not None)
    return sorted(known, key=int) if all(name.isdecimal() for name in known) else known


def label_notes(names: list[str]) -> tuple[str, ...]:
    """A line that says which label is which."""
    if not names:
        return ()
    return (f"labels from 0: {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}",)


def _split_folders(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for split, names in SPLIT_NAMES.items():
        places = [folder / name for name in names if (folder / name).is_dir()]
        if len(places) > 1:
            raise UserError(f"{folder} has both {' and '.join(p.name for p in places)}, which mean the same; keep one")
        if places:
            found[split] = places[0]
    if not found:
        return {"train": folder}
    if "train" not in found:
        raise UserError(f"{folder} has {', '.join(p.name for p in found.values())} but no train; add a folder train")
    return found


def _images(place: Path) -> list[_Found]:
    """Images at any depth, in the order of their names."""
    try:
        paths = [path for path in sorted(place.rglob("*")) if _is_image(path.relative_to(place)) and path.is_file()]
    except OSError as error:
        raise UserError(f"{place} cannot be read: {error.strerror or error}") from None
    if not paths:
        raise UserError(
            f"{place} has no image; expected files such as 1.png (also {', '.join(IMAGE_SUFFIXES[1:])}), in folders "
            "named by their labels if they have such, or the IDX file train-images-idx3-ubyte.gz"
        )
    parts = [path.relative_to(place).parts for path in paths]
    return [_Found(path, part[0] if len(part) > 1 else None) for path, part in zip(paths, parts, strict=True)]


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _files(items: list[_Found]) -> Iterator[File]:
    return (File(item.path, str(item.path)) for item in items)


def _identity(folder: Path, found: dict[str, list[_Found]]) -> object:
    """Names, sizes and times: to hash all bytes of a large folder at each start would take minutes."""
    stats = {split: [(item.path, item.path.stat()) for item in items] for split, items in found.items()}
    return str(folder.resolve()), {
        split: [(str(path.relative_to(folder)), s.st_size, s.st_mtime_ns) for path, s in items]
        for split, items in stats.items()
    }
