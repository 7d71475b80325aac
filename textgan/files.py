"""Files that appear whole or not at all, and files to lock."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from textgan.errors import UserError


def open_lock(path: Path) -> IO[str]:
    """A file to lock, made if it is not there. A link is refused: it may lead to what nobody should write.

    Raises:
        OSError: it is a link, or cannot be opened for writing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    os.utime(descriptor)  # by which whoever sweeps up sees that it is in use
    return os.fdopen(descriptor, "r+")


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


def why_not_there(path: Path, folder: bool | None = False) -> str | None:
    """Why a file, a folder, or either of the two (None) cannot be read, such as "not found"; None: it can.

    A place that may not be looked at, a name that is too long and a link that leads nowhere are told apart.
    """
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        return "is a link that leads nowhere" if path.is_symlink() else "not found"
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if folder is not None and folder != is_folder:
        return "is not a folder" if folder else "is not a file"
    return None if os.access(path, os.R_OK) else "cannot be read: Permission denied"
