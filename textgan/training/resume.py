"""A run that is resumed: what its last checkpoint says, loaded into a trainer."""

import logging
import math
from pathlib import Path
from typing import NamedTuple

import torch

from textgan import distributed
from textgan.errors import UserError
from textgan.game import Game
from textgan.settings import TrainConfig
from textgan.training.checkpoint import read_model, read_training_state
from textgan.training.model_info import ModelInfo
from textgan.training.state import check_past
from textgan.training.trainer import Trainer

logger = logging.getLogger("textgan")


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
    _warn_of_changes(state["machine"], machine_settings(trainer))
    logger.info("resuming at round %s", f"{trainer.round:,}")
    return ResumeState(float(state["seconds"]), Best(*state["best"]), saved.info)


def _shapes(game: Game) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in game.state_dict().items()}


def machine_settings(trainer: Trainer) -> dict[str, str | int]:
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
