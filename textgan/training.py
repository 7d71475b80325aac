"""A run from start to end: the trainer's rounds, and what happens between them once in a while."""

import logging
import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import torch
from tqdm import tqdm

from textgan import distributed
from textgan.checkpoint import read_model, read_training_state, save_checkpoint
from textgan.config import TrainConfig
from textgan.data.tokenizer import Tokenizer
from textgan.errors import UserError
from textgan.game import Game
from textgan.log import RunLog
from textgan.run import Run
from textgan.trainer import Trainer

talk = logging.getLogger("textgan")


class Watch(NamedTuple):
    """What is looked at during training; the trainer knows neither metrics nor sentences.

    Args:
        evaluate: measurements of the model on validation data.
        sample: sentences that the model writes.
    """

    evaluate: Callable[[Game], dict[str, float]]
    sample: Callable[[Game], list[str]]


class Finish(NamedTuple):
    """How a run ended.

    Args:
        rounds: rounds played in all.
        stopped_by: the signal that ended it early, or None.
    """

    rounds: int
    stopped_by: int | None


def resume(trainer: Trainer, run_checkpoint: Path | None, fingerprint: str, minutes: float | None) -> float:
    """Load the last checkpoint into the trainer, if there is one; return the seconds trained so far.

    Raises:
        UserError: the checkpoint is damaged, or of another corpus.
    """
    if run_checkpoint is None:
        return 0.0
    saved = read_model(run_checkpoint)
    if saved.fingerprint != fingerprint:
        raise UserError(
            f"the corpus is not the one of {run_checkpoint}; expected the same files and settings: choose another --out"
        )
    state = read_training_state(run_checkpoint)
    trainer.game.load_state_dict(saved.game.state_dict())
    trainer.load_state(state)
    if state["minutes"] != minutes and minutes:
        trainer.length = math.inf  # another budget: the end is foreseen anew
    _warn_of_changes(state["machine"], _machine(trainer))
    talk.info("resuming at round %s", f"{trainer.round:,}")
    return float(state["seconds"])


def train(
    trainer: Trainer,
    run: Run | None,
    tokenizer: Tokenizer,
    fingerprint: str,
    watch: Watch,
    settings: TrainConfig,
    seconds: float,
) -> Finish:
    """Play until the rounds or the minutes of the run's settings are used up, or a signal comes.

    Args:
        trainer: at the round to go on from.
        run: the folder, on the main process; None on the others.
        tokenizer: saved with the model.
        fingerprint: of the corpus.
        watch: what to look at.
        settings: cadence and budget.
        seconds: trained before this start.
    """
    log = RunLog(run.folder, trainer.round, settings.tensorboard) if run else None
    budget = 60 * settings.minutes if settings.minutes else float("inf")
    started = time.monotonic() - seconds
    elapsed = lambda: time.monotonic() - started  # noqa: E731

    def save() -> None:
        trainer.check()
        if run:
            state = trainer.state() | {"seconds": elapsed(), "minutes": settings.minutes, "machine": _machine(trainer)}
            save_checkpoint(run.folder, trainer.round, trainer.game, tokenizer, run.config, fingerprint, state)

    def watch_now(last: bool) -> None:
        r = trainer.round
        metrics: dict[str, float] = {}
        if r % settings.log_every == 0 or last:
            metrics |= trainer.read_logs()
        if run and log and (r % settings.evaluate_every == 0 or last):
            metrics |= watch.evaluate(trainer.game)
        if run and log and (r % settings.sample_every == 0 or last):
            run.write_samples(r, watch.sample(trainer.game))
        if log and metrics:
            log.write(r, metrics | {"seconds": round(elapsed(), 2)})
            bar.show(r, metrics)
            if r % settings.evaluate_every == 0:
                log.draw()
        if last or r % settings.save_every == 0:
            save()

    with _signals() as received, _Progress(settings.last_round, budget, trainer.round, seconds, run is not None) as bar:
        done, began = False, (trainer.round, seconds)
        while not done:
            if budget < float("inf"):
                _plan(trainer, began, elapsed(), budget)
            trainer.play_round()
            late = distributed.agree(elapsed() >= budget)
            stop = distributed.any_rank(bool(received))
            done = trainer.round >= min(settings.last_round, trainer.length) or late
            bar.advance(trainer.round, elapsed())
            watch_now(done)
            if stop and not done:
                save()
                break
    if log:
        log.close()
    return Finish(trainer.round, received[0] if received else None)


def _plan(trainer: Trainer, began: tuple[int, float], elapsed: float, budget: float) -> None:
    """Foresee the last round of a run that is limited by time, until learning rates begin to fall: then it stands.

    Learning rates decay towards the run's end, which must be a round, not a moment, if they are to be the same after a
    resume.
    """
    played = trainer.round - began[0]
    decay_from = min(player.config.decay_from for player in trainer.players.values())
    if played < 10 or (decay_from < 1 and trainer.round >= decay_from * trainer.length):
        return
    pace = (elapsed - began[1]) / played
    length = trainer.round + max(1.0, 0.99 * (budget - elapsed) / pace)
    trainer.length = distributed.agree_on(math.ceil(length)) if decay_from < 1 else math.inf


def _machine(trainer: Trainer) -> dict[str, str | int]:
    """What must be equal for a resumed run to be the same bit for bit."""
    m = trainer.machine
    return {
        "device": m.device.type,
        "precision": m.precision,
        "threads": m.threads,
        "world_size": distributed.world_size(),
        "torch": str(torch.__version__),  # its own class is not loaded with weights_only
    }


def _warn_of_changes(old: dict[str, str | int], new: dict[str, str | int]) -> None:
    for name, value in new.items():
        if old.get(name) != value:
            talk.warning("%s was %s and is %s: the run goes on, but not bit for bit", name, old.get(name), value)


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM, to stop after the round; a second one acts at once."""
    received: list[int] = []
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {s: signal.getsignal(s) for s in wanted}

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        for s in wanted:
            signal.signal(s, before[s])
        talk.info("stopping after this round; again to stop at once, without saving")

    try:
        for s in wanted:
            signal.signal(s, note)
    except ValueError:  # not the main thread: signals go elsewhere
        yield received
        return
    try:
        yield received
    finally:
        for s in wanted:
            signal.signal(s, before[s])


class _Progress:
    """A bar on a terminal, a line now and then elsewhere; counts what ends the run: rounds, or seconds of budget."""

    def __init__(self, last_round: float, budget: float, number: int, seconds: float, visible: bool) -> None:
        self.by_time = budget != float("inf")
        self.last_round, self.budget, self.visible = last_round, budget, visible
        self.begin = (time.monotonic(), number, seconds)
        total, start, unit = (budget, seconds, "s") if self.by_time else (last_round, number, "round")
        terminal = visible and sys.stderr.isatty()
        self.bar = tqdm(
            total=total, initial=start, unit=unit, disable=not terminal, smoothing=0, dynamic_ncols=True,
            bar_format="{percentage:3.0f}%|{bar}| {desc} [{elapsed}<{remaining}]{postfix}",
        )  # fmt: skip
        self.said = 0.0

    def advance(self, number: int, seconds: float) -> None:
        self.bar.set_description_str(f"round {number:,}", refresh=False)
        self.bar.update((seconds if self.by_time else number) - self.bar.n if not self.bar.disable else 0)

    def show(self, number: int, metrics: dict[str, float]) -> None:
        text = " ".join(f"{k.removeprefix('valid.')} {v:.3g}" for k, v in metrics.items())
        self.bar.set_postfix_str(text)
        began, first, _ = self.begin
        now = time.monotonic()
        if self.visible and self.bar.disable and (now - self.said > 20 or any(k.startswith("valid") for k in metrics)):
            rate = (number - first) / max(now - began, 1e-9)
            left = min((self.last_round - number) / max(rate, 1e-9), self.budget - (self.begin[2] + now - began))
            talk.info("round %s  %s  (%.2f rounds/s, %.1f min left)", f"{number:,}", text, rate, max(left, 0) / 60)
            self.said = now

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.close()
