"""What this machine offers: its cores, and how much is read of a file, so that a small one cannot fill the memory."""

import os

from textgan.errors import UserError

LIMITS = {
    "TEXTGAN_MAX_LINE": 1 << 24,
    "TEXTGAN_MAX_PIXELS": 1 << 26,
    "TEXTGAN_MAX_ARRAY": 1 << 33,
}
"""By the name of the variable of the environment that changes it: bytes of a line or a field of text, pixels of an
image file, bytes of an array that is read whole; none of them more than half of the machine's memory allows."""


def limit(name: str) -> int:
    """The limit of this name.

    Raises:
        UserError: the environment gives it another value than a whole number above 0.
    """
    given = os.environ.get(name)
    if given is None:
        return min(LIMITS[name], os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)
    if not (given.isascii() and given.isdecimal() and int(given[:18]) > 0):
        raise UserError(f"{name} is {given[:40]!r}; expected a whole number above 0, such as {LIMITS[name]}")
    return int(given[:18])


def within(name: str, size: int, what: str) -> None:
    """Refuse what is larger than the limit.

    Args:
        name: of the limit.
        size: what came.
        what: it is, for the message: "a.png is of 13,000 x 13,000 pixels".

    Raises:
        UserError: it is larger.
    """
    most = limit(name)
    if size > most:
        raise UserError(f"{what}; expected at most {most:,}; where that is right, set {name} to more")


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
