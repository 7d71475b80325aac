"""Folders that are built once and then only read, by any number of processes.

A folder is built under a temporary name beside its place and appears there in one rename: a crash leaves no half of it,
and of two processes that build at once the slower one takes what the faster one made.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from textgan.errors import UserError
from textgan.files import expanded, open_lock

logger = logging.getLogger("textgan")

_LEFT_BEHIND = 86_400.0  # seconds after which an unfinished build counts as crashed
_PARTS_LEFT_BEHIND = 7 * 86_400.0  # what can be gone on with is kept for longer
_ATTEMPTS = 20


def cache_folder() -> Path:
    """$TEXTGAN_CACHE, else $XDG_CACHE_HOME/textgan, else ~/.cache/textgan, or for who has no home one of /tmp."""
    if chosen := os.environ.get("TEXTGAN_CACHE"):
        return expanded(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return expanded(base) / "textgan"
    home = expanded("~")
    if home.is_absolute():
        return home / ".cache" / "textgan"
    place = Path(tempfile.gettempdir()) / f"textgan-{os.getuid()}"
    logger.warning("no home folder: the cache is %s; $TEXTGAN_CACHE names another", place)
    return place


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
        sweep(place.parent)
        work.mkdir(parents=True)
        build(work)
        _sync(work)
        _move(work, place, complete)
    except OSError as error:
        raise cannot_be_written(place.parent, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def exclusively(place: Path) -> Iterator[None]:
    """Let one process at a time work at `place`, a folder of the cache; the others wait here.

    A killed process keeps no one waiting. On file systems without locks nobody waits, and work may be done twice.

    Raises:
        UserError: the cache cannot be written.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent, _PARTS_LEFT_BEHIND)
        lock = open_lock(place.parent / f".{place.name}.lock")
    except OSError as error:
        raise cannot_be_written(place.parent, error) from error
    with lock:
        try:
            _lock(lock.fileno())
        except OSError:
            logger.debug("%s: no locks here", place.parent)
        yield


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        logger.info("another process reads the same data; waiting for it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def cannot_be_written(folder: Path, error: OSError) -> UserError:
    """What to say where the cache cannot be written."""
    return UserError(
        f"the cache {folder} cannot be written ({error.strerror or error}); "
        "free space or set TEXTGAN_CACHE to another folder"
    )


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


def sweep(parent: Path, seconds: float = _LEFT_BEHIND) -> None:
    """Remove what killed processes left unfinished and nobody has touched for so long."""
    for path in parent.glob(".*.*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > seconds:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
