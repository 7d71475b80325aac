"""The weight of each term of a loss counts in what the optimizers do: none is a setting without effect."""

import dataclasses
from typing import Any

import pytest
import torch

from tests.tiny import LABELED, PIXELS, POINTS, SGD, SPEC, Spec, tiny_config, tiny_trainer
from textgan.data.types import TextSpec
from textgan.game import Turn
from textgan.models.arae import ARAE
from textgan.recipes import MODELS, PRESETS, Modality


def flat(parameters: Any) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in parameters])


def second_round(config: Any, spec: Spec) -> torch.Tensor:
    """How ARAE's encoder moves in it."""
    trainer = tiny_trainer(config, spec=spec)
    assert isinstance(trainer.game, ARAE)
    encoder = trainer.game.autoencoder.encoder
    trainer.play_round()
    before = flat(encoder.parameters())
    trainer.play_round()
    return flat(encoder.parameters()) - before


MOVED = {"arae": ("arae", SPEC), "images": ("arae", PIXELS), "transfer": ("arae_transfer", LABELED)}


@pytest.mark.parametrize(("model", "spec"), MOVED.values(), ids=MOVED)
def test_the_adversarial_weight_moves_the_encoder_in_proportion(model, spec):
    """In the first round the reconstruction's gradient, which the term is measured by, is not known: none moves."""

    def pull(weight: float) -> torch.Tensor:
        kind: Modality = "text" if isinstance(spec, TextSpec) else "images"
        return second_round(tiny_config(model, modality=kind, encoder_weight=weight, autoencoder_optimizer=SGD), spec)

    still = pull(0.0)
    once, twice, tenfold = (pull(weight) - still for weight in (0.5, 1.0, 5.0))
    assert once.norm() > 0.01 * still.norm()
    for times, other in ((2, twice), (10, tenfold)):
        torch.testing.assert_close(other, times * once, rtol=1e-3, atol=1e-3 * float(other.norm()))


def moves(config: Any, spec: Spec) -> list[torch.Tensor]:
    """What every move of two rounds does to the parameters of each player."""
    trainer, found = tiny_trainer(config, spec=spec), list[torch.Tensor]()
    move = trainer.move

    def watched(turn: Turn, batch: Any, number: int = 0) -> None:
        players = [trainer.players[name].parameters for name in turn.names]
        before = [flat(parameters) for parameters in players]
        move(turn, batch, number)
        found.extend(flat(after) - then for after, then in zip(players, before, strict=True))

    trainer.move = watched  # type: ignore[method-assign]
    for _ in range(2):
        trainer.play_round()
    return found


def test_in_bmnist_too_where_the_encoder_moves_after_the_critic_with_the_optimizer_of_the_autoencoder():
    def pull(weight: float) -> torch.Tensor:
        config = tiny_config("arae", "arae-bmnist", encoder_weight=weight, autoencoder_optimizer=SGD)
        _, _, of_encoder, *_ = moves(config, PIXELS)  # after the autoencoder's and the critic's
        return of_encoder

    once, twice, tenfold = pull(50.0), pull(100.0), pull(500.0)
    assert once.abs().max() > 0
    for times, other in ((2, twice), (10, tenfold)):
        torch.testing.assert_close(other, times * once, rtol=0.02, atol=0.01 * float(other.abs().max()))


CASES = [
    (model, preset, name)
    for model in MODELS
    for preset in (None, *PRESETS.get(model, {}))
    for name in (field.name for field in dataclasses.fields(MODELS[model]))
    if name.endswith("_weight")
]


@pytest.mark.parametrize(("model", "preset", "name"), CASES)
def test_every_weight_of_every_model_changes_what_its_optimizers_do(model, preset, name):
    """Ten thousand times the weight, as critics that have learned nothing say little, and a player moves otherwise."""
    config = tiny_config(model, preset)
    if name == "penalty_weight" and getattr(config, "weight_clip", None) is not None:
        config = dataclasses.replace(config, weight_clip=None)  # which stands in place of the penalty
    if getattr(config, "gan_init", "") == "normal":  # so small that batch normalization leaves a tiny critic no slope
        config = dataclasses.replace(config, gan_init="fan_in")
    if name == "label_weight":
        config = dataclasses.replace(config, semi_supervised=True)
    kind = (PRESETS[model][preset].modality if preset else None) or next(iter(MODELS[model].defaults))
    spec: Spec = {"arae_transfer": LABELED}.get(model, SPEC) if kind == "text" else PIXELS
    if preset is not None and "mixture" in preset:
        spec = POINTS
    usual, more = (moves(dataclasses.replace(config, **{name: n * getattr(config, name)}), spec) for n in (1, 10_000))
    changes = [float((b - a).norm() / a.norm().clamp_min(1e-12)) for a, b in zip(usual, more, strict=True)]
    assert max(changes) > 1e-3, f"{name} does nothing"
