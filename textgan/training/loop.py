"""A run from start to end: the trainer's rounds, and what happens between them once in a while."""

import logging
import math
import time
from collections.abc import Sequence
from typing import NamedTuple

from textgan import distributed
from textgan.data.tokenizer import Tokenizer
from textgan.device import return_memory
from textgan.settings import TrainConfig
from textgan.training.cadence import Cadence, Due, Pace
from textgan.training.callbacks import Callback, Validation
from textgan.training.checkpoint import save_checkpoint
from textgan.training.log import RunLog, thin_samples
from textgan.training.model_info import Measurements, ModelInfo
from textgan.training.progress import Progress, stop_signals
from textgan.training.resume import ResumeState, machine_settings
from textgan.training.run_folder import Run
from textgan.training.trainer import Trainer

logger = logging.getLogger("textgan")

_ROUGH = 0.05  # share of the time that a start must have trained for before its pace is known well


class Outcome(NamedTuple):
    """How a run ended.

    Args:
        rounds: rounds played in all.
        stopped_by: the signal that ended it early, or None.
    """

    rounds: int
    stopped_by: int | None


class TrainingLoop:
    """One start of a run.

    Args:
        trainer: at the round to go on from.
        run: the folder, on the main process; None on the others.
        tokenizer: saved with the model; None of images.
        fingerprint: of the data.
        validation: measurements, samples and which model is the best.
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
        validation: Validation,
        settings: TrainConfig,
        past: ResumeState,
        info: ModelInfo = ModelInfo(),
        callbacks: Sequence[Callback] = (),
    ) -> None:
        self.trainer, self.run, self.validation, self.settings = trainer, run, validation, settings
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
                self._validate(progress, Due(True, True, True, True) if done else due)
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
        mine = due if self.run is not None else Due(False, False, False, False)
        late, signal, *due_anywhere = distributed.maxima([seconds >= self.budget, signal, *mine])
        return bool(late), signal, Due(*map(bool, due_anywhere))

    def _validate(self, progress: Progress, due: Due) -> None:
        """Log, evaluate and sample, as far as they are due."""
        number, metrics = self.trainer.round, dict[str, float]()
        if due.log:
            began = self.seconds
            metrics |= self.trainer.read_logs()
            self.pace.waited(self.seconds - began)
        if due.evaluate or due.sample:
            self.trainer.check()  # on all ranks: a model that is not finite is not validated
        if self.run is None or self.log is None:
            return
        began = self.seconds
        if due.evaluate:
            measured = self.validation.evaluate()
            metrics |= measured
            self._info = self._info._replace(validation=Measurements.of(number, measured, self.validation.real()))
            self.trainer.game.findings = tuple(self.validation.findings(metrics, number))
            self._keep_best(metrics)
        if due.sample:
            self.validation.sample(self.run.samples, number)
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
            self.cadence.validated(self.seconds - began)

    def _keep_best(self, metrics: dict[str, float]) -> None:
        if self.validation.best_by is None or self.run is None or self.trainer.round <= self.validation.best_from:
            return
        self.best = self.best.after(metrics[self.validation.best_by])
        if self.best.stale == 0 and self._info.validation is not None:
            run, trainer = self.run, self.trainer
            self._info = self._info._replace(best=self._info.validation._replace(by=self.validation.best_by))
            run.check_there()
            saved = trainer.game, self.tokenizer, run.config, self.fingerprint
            save_checkpoint(run.best, trainer.round, *saved, None, self.info)

    def _out_of_patience(self) -> bool:
        """On all ranks at once: only the main process validates."""
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
            "machine": machine_settings(self.trainer),
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

        Where rounds get cheaper later than that, until they did. Learning rates decay towards the run's end, which must
        be a round, not a moment, if they are to be the same after a resume; and they rise in a share of the run, so its
        end is foreseen from the first rounds on.
        """
        if self.budget == math.inf:
            return
        trainer, seconds, pace, foreseen = self.trainer, self.seconds, self.pace.seconds, 0
        # The pace of a start's first moments is too rough to stand for a recipe whose rates fall at once.
        if self._rates_fall and seconds - self.first_seconds >= _ROUGH * self.budget:
            self._end_stands = True
        if self.run is not None and not self._end_stands and not math.isnan(pace):
            foreseen = trainer.round + math.ceil(self.cadence.rounds_left(trainer.round, seconds, pace))
        foreseen = distributed.maximum(foreseen)  # by the clock of the main process, which alone validates and saves
        if foreseen:
            trainer.length = min(self.settings.last_round, foreseen)

    @property
    def _rates_fall(self) -> bool:
        """Whether learning rates have begun to fall towards the end that is foreseen, at the pace that stays."""
        decay_from = min(player.config.decay_from for player in self.trainer.players.values())
        falls_from = max(decay_from, self.trainer.game.steady_from)
        return decay_from < 1 and self.trainer.round >= falls_from * self.trainer.length
