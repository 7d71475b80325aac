"""The exceptions that a user is meant to see as a single line."""

import difflib
from collections.abc import Iterable

_LONGEST = 2_000  # characters


class UserError(ValueError):
    """Bad input: the message says what came, what was expected and what to do.

    The command line prints it on one line and exits with code 2; in Python it is a ValueError. Of a message that quotes
    something endless the middle is left out.
    """

    def __init__(self, message: str) -> None:
        if len(message) > _LONGEST:
            message = f"{message[: _LONGEST // 2]} ... {message[-_LONGEST // 2 :]}"
        super().__init__(message)


class SaidElsewhereError(UserError):
    """The main process says what is wrong, this one of many need not."""


class NonFiniteLossError(Exception):
    """A loss became infinite or not a number; the run stops before anything is saved."""


def reason_of(error: Exception) -> str:
    """The beginning of an exception's message on one line, or its name where it has none."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def did_you_mean(name: str, known: Iterable[str], before: str = "") -> str:
    """A question after the nearest of the known names, with what stands before it; nothing where none is near."""
    close = difflib.get_close_matches(name, [*known], 1, 0.7)
    return f" (did you mean {before}{close[0]}?)" if close else ""
