"""Folders that are built once and then only read, by any number of processes.

A folder is built under a temporary name beside its place and appears there in one rename: a crash leaves no half of it,
and of two processes that build at once the slower one takes what the faster one made.
"""

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from textgan.errors import UserError

_LEFT_BEHIND = 86_400.0  # seconds after which an unfinished build counts as crashed
_ATTEMPTS = 20


def cache_folder() -> Path:
    """$TEXTGAN_CACHE, else $XDG_CACHE_HOME/textgan, else ~/.cache/textgan."""
    if chosen := os.environ.get("TEXTGAN_CACHE"):
        return Path(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "textgan"
    return Path.home() / ".cache" / "textgan"


def build_once(place: Path, complete: Callable[[Path], bool], build: Callable[[Path], object]) -> None:
    """Make sure that `place` is a folder that `complete` accepts, building it if it is not.

    Args:
        place: the folder.
        complete: whether a folder at `place` is whole; a folder that is not is replaced.
        build: fills an empty folder.

    Raises:
        UserError: the cache cannot be written.
    """
    if complete(place):
        return
    work = place.parent / f".{place.name}.{uuid.uuid4().hex}"
    try:
        _sweep(place.parent)
        work.mkdir(parents=True)
        build(work)
        _sync(work)
        _move(work, place, complete)
    except OSError as error:
        raise UserError(
            f"the cache {place.parent} cannot be written ({error.strerror or error}); "
            "free space or set TEXTGAN_CACHE to another folder"
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _move(work: Path, place: Path, complete: Callable[[Path], bool]) -> None:
    for _ in range(_ATTEMPTS):
        try:
            work.rename(place)
            return
        except OSError:
            if not place.exists():
                raise
        if complete(place):
            return
        # Renamed before it is removed, so that nobody meets a folder half removed.
        broken = place.parent / f".{place.name}.{uuid.uuid4().hex}"
        with contextlib.suppress(FileNotFoundError):
            place.rename(broken)
        if broken.is_dir():
            shutil.rmtree(broken, ignore_errors=True)
        else:
            broken.unlink(missing_ok=True)
    raise UserError(f"{place} is not whole and comes back when it is removed; remove it by hand")


def _sync(folder: Path) -> None:
    """To the disk before the rename, or a power cut could leave a whole folder of empty files."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sweep(parent: Path) -> None:
    """Remove what killed processes left unfinished."""
    for path in parent.glob(".*.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(path, ignore_errors=True)
