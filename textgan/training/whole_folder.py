"""Folders that appear whole or not at all, and folders for the time of a block."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from textgan.errors import UserError
from textgan.files import reason_of_system, sweep_beside
from textgan.training.run_folder import is_folder


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the time of the block.

    Raises:
        UserError: there is no place for it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="textgan-") as place:
            yield Path(place)
    except OSError as error:
        where = error.filename or tempfile.gettempdir()
        raise UserError(
            f"{where} cannot be written ({reason_of_system(error)}); free space, or set TMPDIR to another folder"
        ) from error


@contextmanager
def replaced_at_once(final: Path, again: bool = False) -> Iterator[Path]:
    """A folder to fill, which then appears as `final` in a single rename, its files safe on disk.

    Args:
        final: is not there, or an empty folder.
        again: whether a folder that is there and not empty makes room, for that moment under another name.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    sweep_beside(final)
    aside, before = (final.parent / f".{kind}-{final.name}-{os.getpid()}" for kind in ("new", "new-old"))
    for left in (aside, before):
        shutil.rmtree(left, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        for path in [*(p for p in aside.rglob("*")), aside]:
            _fsync(path)
        if again and is_folder(final):
            final.rename(before)
        aside.rename(final)
        _fsync(final.parent)
    finally:
        if before.exists() and not final.exists():
            before.rename(final)
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
