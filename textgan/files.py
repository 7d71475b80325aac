"""Names of files as people write them, files and folders that appear whole or not at all, and files to lock."""

import itertools
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from textgan.errors import UserError, did_you_mean, reason_of

CLUTTER = re.compile(
    r"\.DS_Store|\._.*|\.(git)?keep|\.gitignore|\.nfs.*|\.directory|Thumbs\.db|desktop\.ini", re.IGNORECASE
)
"""Names of files that systems and version control leave in folders that are empty to their owner."""

_MOST_BESIDE = 1_000  # names of a folder that are looked at for the one that was meant


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


def is_clutter(name: str) -> bool:
    """Whether a file is one of `CLUTTER`."""
    return CLUTTER.fullmatch(name) is not None


def is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing but clutter."""
    return all(is_clutter(path.name) for path in folder.iterdir())


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
    if problem := problem_of(path, pipes=False):
        raise UserError(f"{path} {problem}; expected {what}")


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


def refuse_links(*paths: Path) -> None:
    """Refuse links among what a run writes, files and folders: they may lead to what nobody should write.

    Raises:
        UserError: names the first.
    """
    for path in paths:
        if path.is_symlink():
            raise UserError(f"{path} is a link; expected what a run writes to be in its folder: remove it")


def open_to_append(path: Path) -> IO[str]:
    """A file of a run to write on, made if it is not there, and no link.

    Raises:
        OSError: it is a link, or cannot be opened for writing.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    return os.fdopen(descriptor, "a", encoding="utf-8")


@contextmanager
def whole_file(path: Path, follow: bool = True) -> Iterator[Path]:
    """A file to write beside `path`, which replaces it when all is written; a device or a pipe is written itself.

    Args:
        path: of the file.
        follow: whether, where it is a link, what it leads to is written, as a user means who names it; a run replaces
            the link.

    Raises:
        UserError: nothing can be written there.
    """
    path = Path(os.path.realpath(expanded(path))) if follow else path
    special = follow and path.exists() and not path.is_file() and not path.is_dir()
    aside = path if special else path.with_name(f".{path.name[:_SHORT]}.new-{os.getpid()}")
    try:
        if path.is_dir() and not path.is_symlink():
            raise UserError(f"{path} is a folder; expected the name of a file to write")
        if not special:
            sweep_beside(path)
            aside.unlink(missing_ok=True)
        yield aside
        if not special:
            aside.replace(path)
    except OSError as error:
        raise UserError(f"{path} cannot be written ({reason_of_system(error)}); {_ADVICE}") from error
    finally:
        if not special:
            with suppress(OSError):  # of a file system that cannot be written, which was said
                aside.unlink(missing_ok=True)


def sweep_beside(path: Path) -> None:
    """Remove what processes that were killed left of the same file or folder, and did not touch for an hour."""
    name = re.escape(path.name[:_SHORT])
    unfinished = re.compile(rf"\.{name}\.new-\d+|\.new-(old-)?{name}-\d+")
    for left in path.parent.iterdir():
        with suppress(OSError):
            if unfinished.fullmatch(left.name) and time.time() - left.lstat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


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
    aside, before = (final.parent / f".{prefix}-{final.name}-{os.getpid()}" for prefix in ("new", "new-old"))
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


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which then appears at once; clutter of an empty one stays in it.

    If the block fails, nothing appears, and an empty folder stays as it was.

    Args:
        folder: is not there, or an empty folder.

    Raises:
        UserError: it holds something, is the working folder, or cannot be written.
    """
    try:
        final = Path(os.path.abspath(folder))
        if final.exists() and not (final.is_dir() and is_empty(final)):
            raise UserError(f"{folder} exists and is not empty; expected a new folder")
        if final == Path.cwd():
            raise UserError(f"{str(folder)!r} is the working folder; expected a new folder")
        with replaced_at_once(final) as aside:
            yield aside
            if final.exists():
                for clutter in list(final.iterdir()):
                    clutter.rename(aside / clutter.name)
                final.rmdir()
    except UserError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte
        raise UserError(f"{str(folder)!r} cannot be written ({reason_of(error)}); expected a new folder") from error


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reason_of_system(error: OSError) -> str:
    """What the operating system, or a library that passes it on, says is wrong."""
    return error.strerror or reason_of(error)


def did_you_mean_beside(path: Path) -> str:
    """A question after the file or folder beside a missing one whose name is nearest; nothing where none is near."""
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in itertools.islice(entries, _MOST_BESIDE)]
    except (OSError, ValueError):  # ValueError: a zero byte
        return ""
    return did_you_mean(path.name, names, "" if path.parent == Path() else os.path.join(path.parent, ""))


def problem_of(path: Path, folder: bool | None = False, pipes: bool = True) -> str | None:
    """Why a file, a folder, or either of the two (None) cannot be read, such as "not found"; None: it can.

    A place without permission, a name that is too long and a link that leads nowhere each have a message of their own.

    Args:
        path: where it should be.
        folder: what it should be.
        pipes: whether a pipe or a device counts as a file.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "is a link that leads nowhere" if path.is_symlink() else "not found"
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        return f"cannot be read: {getattr(error, 'strerror', None) or error}"
    if folder is True and not stat.S_ISDIR(mode):
        return "is not a folder"
    if folder is False and (stat.S_ISDIR(mode) or not (pipes or stat.S_ISREG(mode))):
        return "is not a file"
    return None if os.access(path, os.R_OK) else "cannot be read: Permission denied"


_ADVICE = "expected a file in an existing folder that has room for it"
_SHORT = 100  # characters of a name, of which file systems allow 255 bytes
_LEFT_BEHIND = 3_600.0  # seconds
