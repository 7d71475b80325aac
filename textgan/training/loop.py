"""A run from start to end: the trainer's rounds, and what happens between them once in a while."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from textgan import distributed
from textgan.data.tokenizer import Tokenizer
from textgan.device import return_memory
from textgan.errors import UserError
from textgan.game import Game
from textgan.settings import TrainConfig
from textgan.training.cadence import Cadence, Due, Pace
from textgan.training.callbacks import Callback
from textgan.training.checkpoint import read_model, read_training_state, save_checkpoint
from textgan.training.log import RunLog
from textgan.training.model_info import Measurements, ModelInfo
from textgan.training.progress import Progress, stop_signals
from textgan.training.run_folder import Run
from textgan.training.state import check_past
from textgan.training.thinning import thin_samples
from textgan.training.trainer import Trainer

logger = logging.getLogger("textgan")

_ROUGH = 0.05  # share of the time that a start must have trained for before its pace is known well


class Validation(NamedTuple):
    """What is looked at during training; the trainer knows neither metrics nor sentences nor images.

    Args:
        evaluate: measurements of the model on validation data.
        sample: writes what the model makes into a folder, as files named after the round.
        best_by: the measurement, lower is better, whose best model is kept; None: none is.
        best_from: the round before which no model counts, such as one whose classifier has not learned yet.
        findings: what these measurements, after so many rounds, say is wrong with the model, a line each.
        real: the same measurements of real data, as far as they say something.
    """

    evaluate: Callable[[], dict[str, float]]
    sample: Callable[[Path, int], None]
    best_by: str | None = None
    best_from: int = 0
    findings: Callable[[Mapping[str, float], int], list[str]] = lambda metrics, number: []
    real: Callable[[], Mapping[str, float]] = dict


class Best(NamedTuple):
    """The best look so far.

    Args:
        value: of the measurement.
        stale: looks since then.
    """

    value: float = math.inf
    stale: int = 0

    def after(self, value: float) -> "Best":
        """After another look."""
        return Best(value, 0) if value < self.value else Best(self.value, self.stale + 1)


class Outcome(NamedTuple):
    """How a run ended.

    Args:
        rounds: rounds played in all.
        stopped_by: the signal that ended it early, or None.
    """

    rounds: int
    stopped_by: int | None


class ResumeState(NamedTuple):
    """What earlier starts of a run leave behind besides the trainer's state.

    Args:
        seconds: trained so far.
        best: the best look so far.
        info: what is known of the model.
    """

    seconds: float = 0.0
    best: Best = Best()
    info: ModelInfo = ModelInfo()


def resume(trainer: Trainer, checkpoint: Path | None, fingerprint: str, settings: TrainConfig) -> ResumeState:
    """Load a run's last checkpoint into the trainer, if there is one.

    Raises:
        UserError: the checkpoint is damaged, or of other data.
    """
    if checkpoint is None:
        return ResumeState()
    saved = read_model(checkpoint)
    if saved.fingerprint != fingerprint:
        raise UserError(
            f"the data is not that of {checkpoint}; expected the same files and settings: choose another --out"
        )
    if _shapes(saved.game) != _shapes(trainer.game):
        raise UserError(
            f"{checkpoint} is of another model than config.yaml of its run; restore it, or choose another --out"
        )
    state = read_training_state(checkpoint)
    check_past(state)
    trainer.load_state(state)
    trainer.game.load_state_dict(saved.game.state_dict())
    trainer.game.sampling_temperature, trainer.game.findings = saved.game.sampling_temperature, saved.game.findings
    if (state["rounds"], state["minutes"]) != (settings.rounds, settings.minutes):
        trainer.length = settings.last_round if settings.minutes is None else math.inf  # another end: foreseen anew
    _warn_of_changes(state["machine"], _machine(trainer))
    logger.info("resuming at round %s", f"{trainer.round:,}")
    return ResumeState(float(state["seconds"]), Best(*state["best"]), saved.info)


def _shapes(game: Game) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in game.state_dict().items()}


class TrainingLoop:
    """One start of a run.

    Args:
        trainer: at the round to go on from.
        run: the folder, on the main process; None on the others.
        tokenizer: saved with the model; None of images.
        fingerprint: of the data.
        watch: what to look at.
        settings: cadence and budget.
        past: of earlier starts.
        info: what is known of the model: its data, and what earlier starts measured.
        callbacks: what else is to hear of it.
    """

    def __init__(
        self,
        trainer: Trainer,
        run: Run | None,
        tokenizer: Tokenizer | None,
        fingerprint: str,
        watch: Validation,
        settings: TrainConfig,
        past: ResumeState,
        info: ModelInfo = ModelInfo(),
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.trainer, self.run, self.watch, self.settings = trainer, run, watch, settings
        self.tokenizer, self.fingerprint, self._info = tokenizer, fingerprint, info
        self.callbacks = callbacks if run is not None else ()
        self.budget = 60 * settings.minutes if settings.minutes else math.inf
        self.first_seconds = past.seconds
        self.started, self.best = time.monotonic() - past.seconds, past.best
        self.cadence, self.pace = Cadence(settings, trainer.round, past.seconds), Pace()
        self.log = RunLog(run.folder, trainer.round, settings.tensorboard) if run else None
        self._end_stands = self._rates_fall and past.seconds >= _ROUGH * self.budget

    @property
    def seconds(self) -> float:
        """Trained so far, over all starts."""
        return time.monotonic() - self.started

    @property
    def info(self) -> ModelInfo:
        """What is known of the model now."""
        return self._info._replace(rounds=self.trainer.round, seconds=self.seconds)

    def play(self) -> Outcome:
        """Play until rounds or minutes are used up, or a signal comes; at least one round."""
        trainer, settings, stopped_by = self.trainer, self.settings, 0
        progress = Progress(settings.last_round, self.budget, trainer.round, self.first_seconds, self.run is not None)
        with stop_signals() as received, progress:
            done = False
            while not (done or stopped_by):
                self._foresee_end()
                began = self.seconds
                trainer.play_round()
                self.pace.played(self.seconds - began)
                late, signal, due = self._agreed(received[0] if received else 0)
                done = late or trainer.round >= min(settings.last_round, trainer.length)
                stopped_by = 0 if done else signal
                progress.advance(trainer.round, self.seconds)
                for callback in self.callbacks:
                    callback.on_round(trainer.round)
                self._look(progress, Due(True, True, True, True) if done else due)
                done = done or self._out_of_patience()
                if done or stopped_by or due.save:
                    self._save()
        if self.log:
            self.log.close()
        return Outcome(trainer.round, stopped_by or None)

    def _agreed(self, signal: int) -> tuple[bool, int, Due]:
        """Whether the time is up, which signal came and what is due: the same on all ranks, whose clocks differ."""
        seconds = self.seconds
        due = self.cadence.due(self.trainer.round, seconds, self.pace.seconds)
        own = due if self.run is not None else Due(False, False, False, False)
        late, signal, *due_anywhere = distributed.maxima([seconds >= self.budget, signal, *own])
        return bool(late), signal, Due(*map(bool, due_anywhere))

    def _look(self, progress: Progress, due: Due) -> None:
        """Log, evaluate and sample, as far as they are due."""
        number, metrics = self.trainer.round, dict[str, float]()
        if due.log:
            began = self.seconds
            metrics |= self.trainer.read_logs()
            self.pace.waited(self.seconds - began)
        if due.evaluate or due.sample:
            self.trainer.check()  # on all ranks: a model that is not finite is not worth a look
        if self.run is None or self.log is None:
            return
        began = self.seconds
        if due.evaluate:
            measured = self.watch.evaluate()
            metrics |= measured
            self._info = self._info._replace(validation=Measurements.of(number, measured, self.watch.real()))
            self.trainer.game.findings = tuple(self.watch.findings(metrics, number))
            self._keep_best(metrics)
        if due.sample:
            self.watch.sample(self.run.samples, number)
            thin_samples(self.run.samples)
        if metrics:
            findings = self.trainer.game.findings if due.evaluate else ()
            self.log.write(number, metrics | {"seconds": round(self.seconds, 2)}, findings)
            progress.show(number, self.seconds, metrics)
            for callback in self.callbacks:
                callback.on_metrics(number, metrics)
        if due.evaluate:
            self.log.draw()
        if due.evaluate or due.sample:
            return_memory()
            self.cadence.looked(self.seconds - began)

    def _keep_best(self, metrics: dict[str, float]) -> None:
        if self.watch.best_by is None or self.run is None or self.trainer.round <= self.watch.best_from:
            return
        self.best = self.best.after(metrics[self.watch.best_by])
        if self.best.stale == 0 and self._info.validation is not None:
            run, trainer = self.run, self.trainer
            self._info = self._info._replace(best=self._info.validation._replace(by=self.watch.best_by))
            run.check_there()
            saved = trainer.game, self.tokenizer, run.config, self.fingerprint
            save_checkpoint(run.best, trainer.round, *saved, None, self.info)

    def _out_of_patience(self) -> bool:
        """On all ranks at once: only the main process looks."""
        patience = self.settings.patience
        return patience is not None and bool(distributed.maximum(self.best.stale >= patience))

    def _save(self) -> None:
        self.trainer.check(weights=True)
        began, state = self.seconds, self.trainer.state()
        if self.run is None:
            return
        self.run.check_there()
        state |= {
            "seconds": self.seconds,
            "best": list(self.best),
            "rounds": self.settings.rounds,
            "minutes": self.settings.minutes,
            "machine": _machine(self.trainer),
        }
        save_checkpoint(
            self.run.folder,
            self.trainer.round,
            self.trainer.game,
            self.tokenizer,
            self.run.config,
            self.fingerprint,
            state,
            self.info,
        )
        self.cadence.saved(self.seconds, self.seconds - began)
        for callback in self.callbacks:
            callback.on_checkpoint(self.trainer.round, self.run.folder)

    def _foresee_end(self) -> None:
        """Foresee the last round of a run that is limited by time, until learning rates begin to fall: then it stands.

        Learning rates decay towards the run's end, which must be a round, not a moment, if they are to be the same
        after a resume; and they rise in a share of the run, so its end is foreseen from the first rounds on.
        """
        if self.budget == math.inf:
            return
        trainer, seconds, pace, foreseen = self.trainer, self.seconds, self.pace.seconds, 0
        # The pace of a start's first moments is too rough to stand for a recipe whose rates fall at once.
        if self._rates_fall and seconds - self.first_seconds >= _ROUGH * self.budget:
            self._end_stands = True
        if self.run is not None and not self._end_stands and not math.isnan(pace):
            foreseen = trainer.round + math.ceil(self.cadence.rounds_left(trainer.round, seconds, pace))
        foreseen = distributed.maximum(foreseen)  # by the clock of the main process, which alone looks and saves
        if foreseen:
            trainer.length = min(self.settings.last_round, foreseen)

    @property
    def _rates_fall(self) -> bool:
        """Whether learning rates have begun to fall towards the end that is foreseen."""
        decay_from = min(player.config.decay_from for player in self.trainer.players.values())
        return decay_from < 1 and self.trainer.round >= decay_from * self.trainer.length


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
            logger.warning("%s was %s and is %s: the run goes on, but not bit for bit", name, old.get(name), value)
