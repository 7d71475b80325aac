"""Names of files as people write them, files that appear whole or not at all, and files to lock."""

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from textgan.errors import UserError

CLUTTER = re.compile(
    r"\.DS_Store|\._.*|\.(git)?keep|\.gitignore|\.nfs.*|\.directory|Thumbs\.db|desktop\.ini", re.IGNORECASE
)
"""Names of files that systems and version control leave in folders that are empty to their owner."""


def expanded(name: str | Path) -> Path:
    """The path of a name in which a leading ~ is a home folder; of nobody's home the name itself.

    A shell writes it out in `--out ~/runs`, but not in `--out=~/runs`, in files of settings, and in Python.
    """
    return Path(os.path.expanduser(name))


def expanded_names(text: str) -> str:
    """The same of a name that may stand behind hf:, and of several that commas separate; see `expanded`."""
    return ",".join(
        re.sub(r"^( *(?:hf:)?)(~.*)", lambda m: m[1] + os.path.expanduser(m[2]), t) for t in text.split(",")
    )


def is_empty(folder: Path, but: Collection[str] = ()) -> bool:
    """Whether a folder holds nothing but what `CLUTTER` and `but` name."""
    return all(path.name in but or CLUTTER.fullmatch(path.name) for path in folder.iterdir())


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
    path = Path(os.path.realpath(expanded(path)))
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
