"""When a run is logged, looked at and saved, and how many rounds it has time for."""

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from textgan.settings import TrainConfig

VALIDATIONS, LOG_LINES = 10, 100
"""In a run, where the settings leave it open."""

_MOST_LOOKING = 0.1  # share of the time of a run that minutes limit
_FIRST_LOOK = 25  # rounds that a look is taken to cost before one was measured
_FIRST_SAVE = 30.0  # seconds: whoever stops early loses little
_MOST_SAVING = 0.05  # share of the time, however slow the disk
_KNOWN_FROM = 3  # rounds, without the first of a start: with cold caches that may take many times the usual
_OUTLIER = 4.0  # medians: more is no round's work but a pause of the machine


class Pace:
    """Seconds that a round takes, by those of this start that were played last; the time between rounds is left out."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=200)
        self._first, self._unwaited = True, 0

    def played(self, seconds: float) -> None:
        """Another round took so long."""
        if not self._first:
            self._seconds.append(seconds)
            self._unwaited += 1
        self._first = False

    def waited(self, seconds: float) -> None:
        """The device was waited for: the work of all rounds since the last time, which a GPU is only sent off to do."""
        number = min(self._unwaited, len(self._seconds))
        for place in range(1, number + 1):
            self._seconds[-place] += seconds / self._unwaited
        self._unwaited = 0

    @property
    def seconds(self) -> float:
        """A round; nan before a few are played.

        The mean, of which a pause of the machine makes no more than an unusually long round.
        """
        if len(self._seconds) < _KNOWN_FROM:
            return math.nan
        rounds = np.array(self._seconds)
        return float(np.minimum(rounds, _OUTLIER * np.median(rounds)).mean())


class Due(NamedTuple):
    """What is to be done after a round."""

    log: bool
    evaluate: bool
    sample: bool
    save: bool


class Cadence:
    """When a run is logged, looked at and saved.

    Numbers that are given are rounds. Where they are not: looks fall on the tenths of the run, log lines on its
    hundredths and on every 100th round. The share of the run is that of its rounds, so that looks fall on the same
    rounds whether or not the run was interrupted; or of its minutes, where these end it sooner. Then looks become
    fewer where they would take more than a tenth of the time. Checkpoints are made by the clock too.

    Args:
        settings: of the run.
        number: rounds played before this start.
        seconds: trained before this start.
    """

    def __init__(self, settings: TrainConfig, number: int, seconds: float) -> None:
        self.settings, self.start = settings, seconds
        self.budget = 60 * settings.minutes if settings.minutes else math.inf
        self._tenth, self._hundredth = (self._part(n, number, seconds) for n in (VALIDATIONS, LOG_LINES))
        self._looking, self._last_look = 0.0, math.nan
        self._saved_at, self._last_save, self._saves = seconds, 0.0, 0

    def due(self, number: int, seconds: float, pace: float) -> Due:
        """What is due after round `number`, `seconds` into the run, where a round takes `pace` seconds."""
        s = self.settings
        line, look = self._part(LOG_LINES, number, seconds), self._look_is_due(number, seconds, pace)
        due = Due(
            log=number % s.log_every == 0 if s.log_every else number % 100 == 0 or line > self._hundredth,
            evaluate=number % s.evaluate_every == 0 if s.evaluate_every else look,
            sample=number % s.sample_every == 0 if s.sample_every else look,
            save=bool(s.save_every and number % s.save_every == 0) or seconds - self._saved_at >= self._between_saves,
        )
        self._hundredth = max(self._hundredth, line)
        if look:
            self._tenth = self._part(VALIDATIONS, number, seconds)
        return due

    def looked(self, seconds: float) -> None:
        """A look took so long."""
        self._looking, self._last_look = self._looking + seconds, seconds

    def saved(self, at: float, seconds: float) -> None:
        """A checkpoint was made, `at` seconds into the run, and took so long."""
        self._saved_at, self._last_save, self._saves = at, seconds, self._saves + 1

    def rounds_left(self, number: int, seconds: float, pace: float) -> float:
        """Rounds that there is time for, looks and checkpoints to come taken off; infinite without a limit."""
        left = max(0.0, self.budget - seconds)
        if left == math.inf:
            return math.inf
        s, look, save = self.settings, self._look_cost(pace), self._last_save
        between = (0.99 * left) - left / self._between_saves * save
        if s.evaluate_every is None or s.sample_every is None:
            between -= min((VALIDATIONS - 1 - self._tenth) * look, _MOST_LOOKING * left)
        looks = [every for every in (s.evaluate_every, s.sample_every) if every]
        a_round = pace + (look / min(looks) if looks else 0) + (save / s.save_every if s.save_every else 0)
        return max(1.0, between / a_round)

    def _part(self, parts: int, number: int, seconds: float) -> int:
        """Which of so many parts of the run this is in."""
        # Multiplied first: divided first, 29 of 100 would be the 28th hundredth.
        return int(max(parts * number / max(self.settings.last_round, 1), parts * seconds / self.budget))

    def _look_is_due(self, number: int, seconds: float, pace: float) -> bool:
        if self._part(VALIDATIONS, number, seconds) <= self._tenth:
            return False
        timed = seconds / self.budget > number / max(self.settings.last_round, 1)
        return not timed or self._looking + self._look_cost(pace) <= _MOST_LOOKING * (seconds - self.start)

    def _look_cost(self, pace: float) -> float:
        return _FIRST_LOOK * pace if math.isnan(self._last_look) else self._last_look

    @property
    def _between_saves(self) -> float:
        usual = 60 * self.settings.save_minutes
        return max(usual if self._saves else min(usual, _FIRST_SAVE), self._last_save / _MOST_SAVING)
