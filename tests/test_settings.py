"""No weight of any model is without effect: another value is another way to go, not only a longer one."""

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import torch

import textgan.training.trainer
from tests.tiny import LABELED, PIXELS, SPEC, Spec, tiny_config, tiny_trainer
from textgan.game import Player
from textgan.networks.conv import Convolution
from textgan.recipes import MODELS, PRESETS

ROUNDS = 3
SEEN = {"kl_warmup_rounds": 0, "free_bits": 0.0}
"""Settings under which a weight counts in the first rounds."""


class Weighed(NamedTuple):
    """A configuration, the data that it is for, and one of its weights."""

    config: Any
    spec: Spec
    weight: str

    def set_to(self, value: float) -> Any:
        """The configuration with another value."""
        return dataclasses.replace(self.config, **{self.weight: value})


def weights(config: Any, spec: Spec) -> Iterator[Weighed]:
    """All that are called so, but that of a penalty in whose place weights are clipped."""
    clipped = getattr(config, "weight_clip", None) is not None
    for field in dataclasses.fields(config):
        if field.name.endswith("_weight") and not (clipped and field.name == "penalty_weight"):
            yield Weighed(config, spec, field.name)


def all_weights() -> Iterator[Any]:
    """Of each model on each kind of data, and of each preset of ARAE."""
    for model, settings in MODELS.items():
        presets = [None, *PRESETS["arae"]] if model == "arae" else [None]
        for preset in presets:
            for kind in settings.defaults if preset is None else [PRESETS[model][preset].modality or "text"]:
                config = tiny_config(model, preset, kind)
                changes = {name: value for name, value in SEEN.items() if hasattr(config, name)}
                changes |= {"semi_supervised": True} if model == "ali" else {}
                text = LABELED if model == "arae_transfer" else SPEC
                for weighed in weights(dataclasses.replace(config, **changes), text if kind == "text" else PIXELS):
                    yield pytest.param(weighed, id=f"{preset or model} {kind} {weighed.weight}")


class Pull(NamedTuple):
    """What a player's gradient was in a turn, and whether its optimizer would go as far down a multiple of it."""

    gradient: torch.Tensor
    free_of_scale: bool


def pulls(config: Any, spec: Spec) -> list[Pull]:
    """Of each player in each turn of a few rounds."""
    trainer, taken, step = tiny_trainer(config, spec=spec), [], textgan.training.trainer._step
    with torch.no_grad():  # as they are drawn, they make pictures of nearly nothing, of which a critic says nothing
        for layer in trainer.game.modules():
            if isinstance(layer, Convolution):
                layer.weight.mul_(3)
    turns = [name for turn in trainer.game.turns(0) for name in turn.names]

    def watched(player: Player, gradients: list[torch.Tensor | None]) -> None:
        name = next(n for n, other in trainer.players.items() if other is player)
        alone = turns.count(name) == 1
        gradient = torch.cat([g.flatten() for g in gradients if g is not None])
        taken.append(Pull(gradient.clone(), alone and player.config.name == "adam"))
        step(player, gradients)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textgan.training.trainer, "_step", watched)
        for _ in range(ROUNDS):
            trainer.play_round()
    return taken


def effect(weighed: Weighed) -> tuple[float, bool]:
    """Of ten times a weight on the first gradient that feels it.

    Returns:
        The difference, relative to the longer, and whether its player then goes elsewhere, and not only farther by a
        factor that its optimizer takes out.
    """
    value = getattr(weighed.config, weighed.weight)
    assert value > 0
    for once, tenfold in zip(*(pulls(weighed.set_to(f * value), weighed.spec) for f in (1, 10)), strict=True):
        a, b = once.gradient, tenfold.gradient
        if not torch.equal(a, b):
            turned = (a / a.norm() - b / b.norm()).norm() > 1e-5
            return float((a - b).norm() / max(a.norm(), b.norm())), bool(turned) or not once.free_of_scale
    return 0.0, False


@pytest.mark.parametrize("weighed", [*all_weights()])
def test_a_weight_changes_where_its_player_goes(weighed):
    difference, elsewhere = effect(weighed)
    assert difference > 1e-5
    assert elsewhere


def test_a_weight_that_an_optimizer_takes_out_is_found():
    config = tiny_config("arae", encoder_turn="separate", match_gradients=False)
    difference, elsewhere = effect(Weighed(config, SPEC, "encoder_weight"))
    assert difference > 0.5
    assert not elsewhere
