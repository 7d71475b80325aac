"""How far a run is: a bar on a terminal, a line now and then elsewhere; and the signals that end it early."""

import logging
import math
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from tqdm.auto import tqdm

logger = logging.getLogger("textgan")

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)
"""Ctrl-C, a request to end, a terminal that was closed, and the warning that SLURM sends before it ends a job."""

_SILENCE = 20.0  # seconds between two lines where there is no bar


class Progress:
    """The share of a run that is played, by whichever of rounds and time will end it first.

    Args:
        last_round: the run ends there; may be infinite.
        budget: seconds of the run; may be infinite.
        number: rounds played before this start.
        seconds: trained before this start.
        visible: whether to print at all (the main process does).
    """

    def __init__(self, last_round: float, budget: float, number: int, seconds: float, visible: bool) -> None:
        self.last_round, self.budget, self.visible = last_round, budget, visible
        self.start = (number, seconds)
        self.said = -math.inf
        self.bar = tqdm(
            total=1.0, initial=self._share(number, seconds), disable=not (visible and _is_watched() and _says()),
            smoothing=0, dynamic_ncols=True, bar_format="{percentage:3.0f}%|{bar}| {desc}{postfix}",
        )  # fmt: skip

    def advance(self, number: int, seconds: float) -> None:
        """Say that `number` rounds are played after `seconds` of the run."""
        if not self.bar.disable:
            left = self._minutes_left(number, seconds)
            self.bar.set_description_str(f"round {number:,}, {left:.1f} min left", refresh=False)
            self.bar.update(self._share(number, seconds) - self.bar.n)

    def show(self, number: int, seconds: float, metrics: Mapping[str, float]) -> None:
        """Say what was measured."""
        text = " ".join(f"{name.removeprefix('valid.')} {value:.3g}" for name, value in metrics.items())
        self.bar.set_postfix_str(text)
        validated = any(name.startswith("valid") for name in metrics)
        due = validated or time.monotonic() - self.said > _SILENCE or logger.isEnabledFor(logging.DEBUG)
        if self.visible and self.bar.disable and due:
            left = self._minutes_left(number, seconds)
            logger.info(
                "round %s  %s  (%.2f rounds/s, %.1f min left)", f"{number:,}", text, self._pace(number, seconds), left
            )
            self.said = time.monotonic()

    def _share(self, number: int, seconds: float) -> float:
        return min(1.0, max(number / max(self.last_round, 1), seconds / self.budget))

    def _pace(self, number: int, seconds: float) -> float:
        """Rounds a second since this start, pauses for evaluation and saving included."""
        return max(number - self.start[0], 1) / max(seconds - self.start[1], 1e-9)

    def _minutes_left(self, number: int, seconds: float) -> float:
        by_rounds = (self.last_round - number) / self._pace(number, seconds)
        return max(0.0, min(by_rounds, self.budget - seconds)) / 60

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()


def _says() -> bool:
    """Whether more is wanted than warnings."""
    return logger.isEnabledFor(logging.INFO)


def _is_watched() -> bool:
    """Whether standard error is a terminal, or the program a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Collect the signals of `STOPS`, to stop after the round; a second one acts at once."""
    received: list[int] = []
    # Who ignores a signal, as nohup does SIGHUP, does not want to stop at it.
    before = {s: handler for s in STOPS if (handler := signal.getsignal(s)) is not signal.SIG_IGN}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        restore()
        logger.info("stopping after this round; again to stop at once, without saving")

    try:
        for number in before:
            signal.signal(number, note)
    except ValueError:  # not the main thread: signals go elsewhere
        yield received
        return
    try:
        yield received
    finally:
        restore()
