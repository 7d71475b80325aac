"""Hashes of the content of files, of large ones remembered as long as the file system says that they did not change."""

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path

from textgan.errors import UserError
from textgan.files import whole_file

_LARGE = 1 << 24  # bytes; below, reading is as quick as asking
_SETTLED = 2.0  # seconds: a file may change twice within one tick of its clock


def file_hash(path: Path, cache: Path | None) -> str:
    """Hash of the bytes of a file.

    A large file is read once; after that its hash is taken from the cache, if its size, inode and times are still
    those of when it was read, and it had not been changed just before.

    Args:
        path: the file.
        cache: where hashes are remembered; None: nowhere.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            state = _state(file.fileno())
            if cache is None or state["size"] < _LARGE:
                return hashlib.file_digest(file, hashlib.blake2b).hexdigest()
            place = cache / "content" / hashlib.blake2b(os.fsencode(path.resolve()), digest_size=16).hexdigest()
            known = _remembered(place, state)
            if known is not None:
                return known
            content = hashlib.file_digest(file, hashlib.blake2b).hexdigest()
            settled = time.time_ns() - max(state["mtime"], state["ctime"]) > _SETTLED * 1e9
            if settled and _state(file.fileno()) == state:
                _remember(place, state, content)
            return content
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def _state(descriptor: int) -> dict[str, int]:
    found = os.fstat(descriptor)
    return {
        "size": found.st_size,
        "inode": found.st_ino,
        "mtime": found.st_mtime_ns,
        "ctime": found.st_ctime_ns,  # cannot be set back, as a copy sets back mtime
    }


def _remembered(place: Path, state: dict[str, int]) -> str | None:
    try:
        saved = json.loads(place.read_bytes())
        return str(saved["hash"]) if saved["state"] == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(place: Path, state: dict[str, int], content: str) -> None:
    with contextlib.suppress(OSError, UserError):  # a cache that is only read costs time, no more
        place.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(place) as file:
            file.write_text(json.dumps({"state": state, "hash": content}))
