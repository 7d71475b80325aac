"""Which image files a folder holds: of which split, with which label, and what else there is."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from textgan.data.labels import label_of
from textgan.data.modality import IMAGE_SUFFIXES
from textgan.data.split_names import hinted_split, split_of, splits_among
from textgan.errors import UserError

_MOST_LISTED = 5


class ImageFile(NamedTuple):
    """An image file, and the folder in its split that it is in."""

    path: Path
    label: str | None


class Folder(NamedTuple):
    """What a folder of images holds.

    Args:
        splits: images of train and, where there are such, valid and test, in the order of their names.
        left_out: what else there is, a line, or none.
    """

    splits: dict[str, list[ImageFile]]
    left_out: tuple[str, ...]


class _Others:
    """What is left out of a folder, and why."""

    def __init__(self) -> None:
        self.by_reason: dict[str, list[Path]] = {}

    def add(self, reason: str, path: Path) -> None:
        self.by_reason.setdefault(reason, []).append(path)

    def line(self, folder: Path) -> str:
        parts = [f"{reason}: {len(paths):,} ({_listed(paths, folder)})" for reason, paths in self.by_reason.items()]
        return f"left out of {folder}: {'; '.join(parts)}"


def scan_folder(folder: Path) -> Folder:
    """The image files of a folder. Hidden files are passed over; links to folders are not followed.

    Folders that are named like splits are the splits; where there are none, everything is train. A folder in a split
    is a label, and all images below it have it; images beside such folders have none.

    Raises:
        UserError: there is no image or no train split, or folders that are splits stand beside or below others.
    """
    others = _Others()
    places = _split_folders(folder, others)
    splits = {split: list(_images(place, others)) for split, place in places.items()}
    for split, place in places.items():
        if not splits[split]:
            raise UserError(
                f"{place} has no image; expected files such as 1.png (also {', '.join(IMAGE_SUFFIXES[1:])}), in "
                "folders named by their labels if they have such, or the IDX file train-images-idx3-ubyte.gz"
                + (f"; {others.line(folder)}" if others.by_reason else "")
            )
    return Folder(splits, (others.line(folder),) if others.by_reason else ())


def _split_folders(folder: Path, others: _Others) -> dict[str, Path]:
    entries = _entries(folder)
    folders = [path for path in entries if path.is_dir()]
    found = splits_among((path.name for path in folders), str(folder))
    if not found:
        _refuse_hidden_splits(folder, folders)
        return {"train": folder}
    no_splits = [path for path in folders if path.name not in found.values() and _holds_image(path)]
    if no_splits:
        raise UserError(
            f"{folder} has the split{'s' * (len(found) > 1)} {', '.join(found.values())} beside other folders of "
            f"images ({_listed(no_splits, folder)}); move them away, or, if all are labels, put all in a folder train"
        )
    for name in found.values():
        inner = [path for path in _entries(folder / name) if path.is_dir() and _holds_image(path)]
        if len(inner) == 1 and split_of(inner[0].name):
            raise UserError(f"{inner[0]} is a split in a split and would be read as a label; move what it holds up")
    if "train" not in found:
        raise UserError(f"{folder} has {', '.join(found.values())} but no train; add a folder train")
    for path in entries:
        if path.name not in found.values():
            others.add("beside the splits", path)
    return {split: folder / name for split, name in found.items()}


def _refuse_hidden_splits(folder: Path, folders: list[Path]) -> None:
    """Refuse splits that stand deeper (data/train, cat/test) or have longer names (seg_train, seg_test).

    Raises:
        UserError: with their names.
    """
    hinted = {hinted_split(path.name): path for path in folders if _holds_image(path)}
    deeper = {split_of(path.name): path for place in folders for path in _folders(place)}
    for places in (hinted, deeper):
        named = [path for split, path in places.items() if split is not None]
        if len(named) > 1:
            raise UserError(
                f"{folder} has {_listed(named, folder)}, which look like splits and would be read as labels; expected "
                f"folders train, valid and test in the folder that is given, or images without such names"
            )


def _images(place: Path, others: _Others) -> Iterator[ImageFile]:
    """Images at any depth, in the order of their names."""
    for path in sorted(_files(place, others)):
        first, *rest = path.relative_to(place).parts
        yield ImageFile(path, label_of(first, str(path)) if rest else None)


def _files(place: Path, others: _Others) -> Iterator[Path]:
    entries = _entries(place)
    if not entries:
        others.add("empty folders", place)
    for path in entries:
        if path.is_symlink() and not path.exists():
            others.add("links that lead nowhere", path)
        elif path.is_dir():
            if path.is_symlink():
                others.add("links to folders", path)
            else:
                yield from _files(path, others)
        elif path.suffix.lower() not in IMAGE_SUFFIXES:
            others.add("files of other kinds", path)
        elif path.is_file():
            yield path
        else:
            others.add("pipes or devices", path)


def _entries(place: Path) -> list[Path]:
    """What is in a folder, hidden files aside."""
    try:
        return sorted(path for path in place.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise UserError(f"{place} cannot be read: {error.strerror or error}") from None


def _folders(place: Path) -> Iterator[Path]:
    for here, names, _ in os.walk(place):
        yield from (Path(here) / name for name in names)


def _holds_image(place: Path) -> bool:
    return any(name.lower().endswith(IMAGE_SUFFIXES) for _, _, names in os.walk(place) for name in names)


def _listed(paths: Iterable[Path], folder: Path) -> str:
    names = [str(path.relative_to(folder)) for path in paths]
    return ", ".join(names[:_MOST_LISTED]) + (", ..." if len(names) > _MOST_LISTED else "")
