"""Files that appear whole or not at all, and files to lock."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from textgan.errors import UserError, reason_of


def open_lock(path: Path) -> IO[str]:
    """A file to lock, made if it is not there. A link is refused: it may lead to what nobody should write.

    Raises:
        OSError: it is a link, or cannot be opened for writing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    os.utime(descriptor)  # by which whoever sweeps up sees that it is in use
    return os.fdopen(descriptor, "r+")


def check_is_file(path: Path, what: str) -> None:
    """Refuse what is no file: a folder in its place, a pipe on which a reader would wait for ever, or nothing.

    Args:
        path: where it should be.
        what: it should be, in words.

    Raises:
        UserError: it is not there, or no file.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = "not found" if isinstance(error, FileNotFoundError) else f"cannot be read ({reason_of(error)})"
        raise UserError(f"{path} {reason}; expected {what}") from error
    if not stat.S_ISREG(mode):
        raise UserError(f"{path} is {'a folder' if stat.S_ISDIR(mode) else 'no file'}; expected {what}")


def read_file(path: Path, what: str, most: int) -> bytes:
    """The bytes of a file that is small if it is what it should be.

    Args:
        path: of the file.
        what: it should be, in words.
        most: bytes.

    Raises:
        UserError: it is not there, no file, not readable, or larger.
    """
    check_is_file(path, what)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); expected {what}") from error
    if len(content) > most:
        raise UserError(f"{path} has more than {most:,} bytes; expected {what}")
    return content


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file to write beside `path`, which replaces it when all is written; a device or a pipe is written itself.

    Raises:
        UserError: nothing can be written there.
    """
    path = Path(os.path.realpath(path))
    special = path.exists() and not path.is_file() and not path.is_dir()
    aside = path if special else path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder; expected the name of a file to write")
        yield aside
        if not special:
            aside.replace(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written ({error.strerror}); expected a file in an existing folder"
        ) from error
    finally:
        if not special:
            aside.unlink(missing_ok=True)
