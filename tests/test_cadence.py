"""When a run is looked at and saved, and how its end is foreseen; without a clock."""

import itertools
import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from textgan.device import Machine
from textgan.settings import OptimizerConfig, TrainConfig
from textgan.training.cadence import VALIDATIONS, Cadence, Pace
from textgan.training.callbacks import Validation
from textgan.training.loop import TrainingLoop
from textgan.training.resume import ResumeState
from textgan.training.run_folder import Run


def paced(*seconds: float) -> float:
    pace = Pace()
    for round_ in seconds:
        pace.played(round_)
    return pace.seconds


def looks(cadence: Cadence, rounds: range, round_: float = 1.0, look: float = 0.0) -> list[int]:
    """The rounds that are looked at when each round and each look takes so many seconds."""
    found, seconds = [], (rounds.start - 1) * round_
    for number in rounds:
        seconds += round_
        if cadence.due(number, seconds, round_).evaluate:
            found.append(number)
            cadence.validated(look)
            seconds += look
    return found


def saves(cadence: Cadence, seconds: range, cost: float = 0.0) -> list[int]:
    found = []
    for number in seconds:
        if cadence.due(number, number, 1.0).save:
            found.append(number)
            cadence.saved(number, cost)
    return found


def test_ten_looks_a_run_on_rounds_that_depend_on_its_length_alone():
    assert looks(Cadence(TrainConfig(rounds=2000), 0, 0.0), range(1, 2001)) == list(range(200, 2001, 200))
    assert looks(Cadence(TrainConfig(rounds=7), 0, 0.0), range(1, 8)) == list(range(1, 8))
    slow = looks(Cadence(TrainConfig(rounds=95), 0, 0.0), range(1, 96), look=1000.0)
    assert slow == looks(Cadence(TrainConfig(rounds=95), 0, 0.0), range(1, 96))
    assert len(slow) == VALIDATIONS


@pytest.mark.parametrize("stop", [1, 199, 200, 201, 1999])
@pytest.mark.parametrize("minutes", [None, 600.0])
def test_an_interrupted_run_is_looked_at_and_logged_on_the_same_rounds(stop, minutes):
    settings = TrainConfig(rounds=2000, minutes=minutes)

    def played(cadence: Cadence, rounds: range) -> list[tuple[int, bool, bool, bool]]:
        return [(n, *cadence.due(n, n / 10, 0.1)[:3]) for n in rounds]

    whole = played(Cadence(settings, 0, 0.0), range(1, 2001))
    first = played(Cadence(settings, 0, 0.0), range(1, stop + 1))
    assert first + played(Cadence(settings, stop, stop / 10), range(stop + 1, 2001)) == whole


def test_looks_by_the_clock_take_at_most_a_tenth_of_the_time():
    for cost in (0.1, 5.0, 17.0, 60.0):
        found = looks(Cadence(TrainConfig(minutes=10), 0, 0.0), range(1, 601), look=cost)
        assert cost * len(found) <= 60 + cost
        assert len(found) <= VALIDATIONS
    quick = looks(Cadence(TrainConfig(minutes=10), 0, 0.0), range(1, 5900), round_=0.1, look=0.1)
    assert len(quick) == VALIDATIONS - 1  # the last is the end's


def test_the_first_look_waits_until_its_likely_cost_is_little():
    (first, *_) = looks(Cadence(TrainConfig(minutes=3), 0, 0.0), range(1, 400), round_=0.45, look=8.0)
    assert 0.45 * first == pytest.approx(112.5, abs=1)  # a look is taken for 25 rounds: a tenth of 112 seconds


def test_numbers_that_are_given_are_kept_whatever_looks_cost():
    settings = TrainConfig(minutes=1, evaluate_every=30, sample_every=20, log_every=10, save_every=25)
    cadence = Cadence(settings, 0, 0.0)
    found = [cadence.due(n, n / 100, 0.01) for n in range(1, 101)]
    cadence.validated(1e6)
    for name, every in (("evaluate", 30), ("sample", 20), ("log", 10), ("save", 25)):
        assert [n for n, due in enumerate(found, 1) if getattr(due, name)] == list(range(every, 101, every))


def test_a_short_run_is_logged_a_hundred_times_and_a_long_one_every_hundred_rounds():
    for rounds, gap in ((400, 4), (60_000, 100)):
        cadence = Cadence(TrainConfig(rounds=rounds), 0, 0.0)
        lines = [n for n in range(1, rounds + 1) if cadence.due(n, n, 1.0).log]
        assert max(b - a for a, b in itertools.pairwise([0, *lines])) == gap


def test_checkpoints_come_by_the_clock_the_first_within_a_minute():
    assert saves(Cadence(TrainConfig(), 0, 0.0), range(1, 400)) == [30, 150, 270, 390]
    assert saves(Cadence(TrainConfig(save_minutes=0.25), 0, 0.0), range(1, 50)) == [15, 30, 45]
    assert saves(Cadence(TrainConfig(save_every=100), 0, 0.0), range(1, 260)) == [30, 100, 200]
    slow = saves(Cadence(TrainConfig(save_minutes=0.1), 0, 0.0), range(1, 1000), cost=10.0)
    assert slow == [6, 206, 406, 606, 806]  # a disk that takes ten seconds gets a twentieth of the time


def test_the_pace_is_not_that_of_the_first_round_or_of_a_pause():
    assert math.isnan(paced(5.0, 1.0, 1.0))
    assert paced(5.0, 1.0, 1.0, 1.0) == pytest.approx(1.0)
    assert paced(5.0, *[1.0] * 50, 3600.0) == pytest.approx(1.0, rel=0.15)
    assert paced(9.0, *[1.0, 2.0] * 20) == pytest.approx(1.5)


def test_waiting_for_a_device_is_time_of_the_rounds_that_were_sent_to_it():
    pace = Pace()
    for _ in range(11):
        pace.played(0.01)
    pace.waited(5.0)
    assert pace.seconds == pytest.approx(0.51)
    for _ in range(10):
        pace.played(0.01)
    pace.waited(7.0)
    assert pace.seconds == pytest.approx(0.61)
    pace.waited(0.0)
    assert pace.seconds == pytest.approx(0.61)


def test_looks_and_checkpoints_that_come_by_rounds_are_taken_off():
    settings = TrainConfig(minutes=10, evaluate_every=100, sample_every=50, save_every=200)
    cadence = Cadence(settings, 0, 0.0)
    cadence.validated(10.0)
    cadence.saved(0.0, 4.0)
    by_clock = 600 / 120 * 4
    left = cadence.rounds_left(0, 0.0, 0.5)
    assert left == pytest.approx((0.99 * 600 - by_clock) / (0.5 + 10 / 50 + 4 / 200))
    assert left * (0.5 + 10 / 50 + 4 / 200) + by_clock <= 600


class Clockwork:
    """A trainer whose rounds take as long as they are told, by a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, number: int, length: float) -> None:
        self.now, self.round, self.length = 1000.0, number, length
        self.players = {"a": SimpleNamespace(config=OptimizerConfig(lr=1.0, decay_from=0.3))}
        self.game = SimpleNamespace(findings=(), steady_from=0.0)
        monkeypatch.setattr("textgan.training.loop.time.monotonic", lambda: self.now)
        monkeypatch.setattr("textgan.training.loop.save_checkpoint", lambda *_: None)
        self.machine = Machine(torch.device("cpu"), "float32", 1)
        self.cold = [40.0, 2.0, 2.0, 2.0]  # a start on a machine that has other things to do

    def play_round(self) -> None:
        self.round += 1
        self.now += self.cold.pop(0) if self.cold else 0.5

    def check(self, weights: bool = False) -> None: ...

    def read_logs(self) -> dict[str, float]:
        return {}

    def state(self) -> dict[str, Any]:
        return {}


def test_a_run_by_the_clock_that_goes_on_is_foreseen_by_the_pace_it_has_and_not_by_its_first_rounds(
    monkeypatch, tmp_path
):
    settings = TrainConfig(minutes=20)
    for number, length, seconds in ((0, math.inf, 0.0), (300, math.inf, 300.0)):
        trainer = Clockwork(monkeypatch, number, length)
        run = cast(Run, SimpleNamespace(folder=tmp_path, samples=tmp_path, config=None, check_there=lambda: None))
        watch = Validation(dict, lambda folder, n: None)
        finish = TrainingLoop(cast(Any, trainer), run, None, "", watch, settings, ResumeState(seconds)).play()
        left = (20 * 60 - seconds - 46) / 0.5
        assert finish.rounds - number == pytest.approx(left, rel=0.02)


def test_a_run_by_the_clock_uses_the_time_that_cheaper_rounds_save(monkeypatch, tmp_path):
    trainer = Clockwork(monkeypatch, 0, math.inf)
    trainer.cold, trainer.game.steady_from = [], 0.55
    play = trainer.play_round

    def play_cheaper_rounds_from_the_middle_on() -> None:
        trainer.now += 0.5 if trainer.round < 0.5 * trainer.length or trainer.round < 10 else 0.0
        play()

    trainer.play_round = play_cheaper_rounds_from_the_middle_on
    run = cast(Run, SimpleNamespace(folder=tmp_path, samples=tmp_path, config=None, check_there=lambda: None))
    began, watch = trainer.now, Validation(dict, lambda folder, n: None)
    loop = TrainingLoop(cast(Any, trainer), run, None, "", watch, TrainConfig(minutes=20), ResumeState(0.0))
    rounds = loop.play().rounds
    assert 0.95 * 1200 < trainer.now - began <= 1200
    assert rounds == trainer.length


def test_an_end_that_stood_stands_after_a_resume(monkeypatch, tmp_path):
    trainer = Clockwork(monkeypatch, 300, 400.0)
    run = cast(Run, SimpleNamespace(folder=tmp_path, samples=tmp_path, config=None, check_there=lambda: None))
    watch = Validation(dict, lambda folder, n: None)
    past = ResumeState(400.0)
    finish = TrainingLoop(cast(Any, trainer), run, None, "", watch, TrainConfig(minutes=20), past).play()
    assert finish.rounds == 400


def test_the_end_is_foreseen_with_looks_and_checkpoints_taken_off():
    cadence = Cadence(TrainConfig(minutes=10), 0, 0.0)
    assert cadence.rounds_left(0, 0.0, 0.5) == pytest.approx((0.99 * 600 - 60) / 0.5)  # looks: as many as may be
    assert cadence.rounds_left(900, 1000.0, 0.5) == 1
    for number in range(1, 121):
        cadence.due(number, number / 2, 0.5)
    cadence.validated(3.0)
    cadence.saved(60.0, 2.0)
    assert cadence.rounds_left(120, 60.0, 0.5) == pytest.approx((0.99 * 540 - 9 * 3 - 540 / 120 * 2) / 0.5)
    assert Cadence(TrainConfig(rounds=10), 0, 0.0).rounds_left(0, 0.0, 1.0) == math.inf


def test_a_run_by_the_clock_ends_where_it_was_foreseen():
    settings, pace = TrainConfig(minutes=3), Pace()
    cadence, seconds, number, foreseen = Cadence(settings, 0, 0.0), 0.0, 0, []
    while seconds < 180:
        round_ = 4.0 if number == 0 else 0.4 + 0.1 * (number % 3)
        number, seconds = number + 1, seconds + round_
        pace.played(round_)
        if cadence.due(number, seconds, pace.seconds).evaluate:
            cadence.validated(6.0)
            seconds += 6.0
        foreseen.append(math.nan if number < 4 else number + cadence.rounds_left(number, seconds, pace.seconds))
    assert foreseen[3] == pytest.approx(number, rel=0.3)  # four rounds in, the first of which took ten times as long
    assert foreseen[10:] == pytest.approx([number] * len(foreseen[10:]), rel=0.25)
    assert foreseen[number * 3 // 10 :] == pytest.approx([number] * len(foreseen[number * 3 // 10 :]), rel=0.06)


def test_a_short_run_warms_up_in_a_share_of_it_only():
    config = OptimizerConfig(lr=1.0, warmup_rounds=200, warmup_share=0.1)
    assert [config.rate(n, 400) for n in (0, 19, 39, 40)] == pytest.approx([1 / 40, 0.5, 1, 1])
    assert [config.rate(n, 5000) for n in (0, 99, 199)] == pytest.approx([1 / 200, 0.5, 1])
    assert config.rate(99, math.inf) == 0.5
    assert config.rate(0, 1) == 1
    assert OptimizerConfig(lr=1.0).rate(0, math.inf) == 1


def test_the_rate_rises_with_the_round_and_moves_little_when_the_end_is_foreseen_anew():
    config = OptimizerConfig(lr=1.0, warmup_rounds=200, warmup_share=0.1)
    for length in (30, 400, 2300, 20_000, math.inf):
        rates = [config.rate(n, length) for n in range(300)]
        assert rates == sorted(rates)
    for number in range(300):
        assert config.rate(number, 400) == pytest.approx(config.rate(number, 440), rel=0.11)
