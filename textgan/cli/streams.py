"""Standard streams as commands need them: UTF-8 as files are, whatever the locale; none that is closed or missing."""

import contextlib
import errno
import io
import os
import sys

from textgan.errors import UserError


class _Descriptor(io.RawIOBase):
    """A file descriptor that says in one line why it cannot be written."""

    def __init__(self, number: int) -> None:
        self._number = number

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def fileno(self) -> int:
        """Of the descriptor."""
        return self._number

    def isatty(self) -> bool:
        """Whether a person reads."""
        return os.isatty(self._number)

    def write(self, content: "io.ReadableBuffer") -> int:  # type: ignore[name-defined]
        """Write some of the bytes.

        Raises:
            UserError: the disk is full, or nobody holds the other end open.
            BrokenPipeError: who has read so far reads no more.
        """
        try:
            return os.write(self._number, content)
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = "it is closed" if error.errno == errno.EBADF else error.strerror
            raise UserError(
                f"standard output cannot be written ({reason}); expected a place for the output, or --output FILE"
            ) from error


def set_up() -> None:
    """Make the standard streams fit; those that a caller from Python has put in their place are left alone."""
    # A closed descriptor would be given to the next file that is opened, which prints would then write into.
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)))
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w", closefd=False)), write_through=True)
    if sys.stdout is sys.__stdout__:
        raw = io.BufferedWriter(_Descriptor(1))
        sys.stdout = io.TextIOWrapper(raw, "utf-8", "surrogateescape", line_buffering=raw.isatty())


def abandon_output() -> None:
    """Let what was not written yet go nowhere: at exit Python would try again, and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
