"""What every model promises, checked for each model and preset."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch

from tests.tiny import (
    CPU,
    LABELED,
    PAIRS,
    PIXELS,
    POINTS,
    SPEC,
    Spec,
    tiny_batch,
    tiny_config,
    tiny_game,
    tiny_stream,
    tiny_trainer,
)
from textgan.data.specials import EOS, PAD
from textgan.data.types import Images, ImageSpec, Sentences, TextSpec
from textgan.describe import describe
from textgan.game import Game
from textgan.recipes import MODELS, PRESETS, ModelConfig
from textgan.sampling import inference
from textgan.settings import Decoding
from textgan.training.trainer import Trainer

GREY = ImageSpec((3, 8, 8), classes=3)
OF_POINTS = ("ali", "alphagan", "dcgan", "wgan_gp", "age")


class Case(NamedTuple):
    """A configuration, and the shape of data that it is built for."""

    name: str
    config: ModelConfig
    spec: Spec


def cases() -> Iterator[Case]:
    """Each model and preset, on each shape of data that it reads."""
    for model, settings in MODELS.items():
        for preset in (None, *PRESETS.get(model, {})):
            usual = next(iter(settings.defaults))
            for kind in settings.defaults if preset is None else [PRESETS[model][preset].modality or usual]:
                config = tiny_config(model, preset, kind)
                text = LABELED if model == "arae_transfer" else SPEC
                if kind == "text" and preset is None:
                    if model not in ("lm", "arae_transfer"):
                        yield Case(f"{model} labeled", config, LABELED)
                        yield Case(f"{model} pairs", config, PAIRS)
                    changes = {"autoencoder": "transformer", "heads": 2, "layers": 2, "word_dropout": 0.2}
                    yield Case(f"{model} transformer", tiny_config(model, preset, kind, **changes), text)
                specs = [text] if kind == "text" else [PIXELS, GREY, *([POINTS] if model in OF_POINTS else [])]
                for spec in specs if preset is None else specs[:1]:
                    size = "text" if isinstance(spec, TextSpec) else "x".join(map(str, spec.shape))
                    yield Case(f"{preset or model} {size}", config, spec)
    for spec in (PIXELS, POINTS):
        yield Case(f"ali conditional {len(spec.shape)}", tiny_config("ali", conditional=True), spec)
        yield Case(f"ali semi-supervised {len(spec.shape)}", tiny_config("ali", semi_supervised=True), spec)


@pytest.fixture(params=cases(), ids=lambda case: case.name)
def case(request: pytest.FixtureRequest):
    return request.param


def game_of(case: Case) -> Game:
    return tiny_game(case.config, spec=case.spec)


def trainer_of(case: Case) -> Trainer:
    return tiny_trainer(case.config, spec=case.spec)


def parameters(game: Game) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in game.named_parameters()}


def first_row(batch: Sentences | Images) -> Sentences | Images:
    if isinstance(batch, Images):
        return Images(batch.x[:1], batch.labels[:1])
    labels = None if batch.labels is None else batch.labels[:1]
    return Sentences(batch.tokens[:1], batch.lengths[:1], batch.token_count, labels)


def test_shapes_of_encode_decode_and_prior(case):
    with inference(game_of(case)) as game:
        z = game.encode(tiny_batch(case.spec))
        assert z.shape == (8, game.code_dim)
        assert game.prior(5).shape == (5, game.code_dim)
        made = game.decode(z)
        if isinstance(case.spec, ImageSpec):
            assert made.shape == (8, *case.spec.shape)
            assert made.isfinite().all()
            assert not case.spec.binary or made.abs().max() <= 1
            return
        assert made.shape == (8, SPEC.max_length + 1)
        for row in made.tolist():
            end = row.index(EOS)
            assert all(t == PAD for t in row[end + 1 :])
        assert game.decode(z, Decoding(temperature=1.0)).shape == made.shape


def test_every_turn_has_a_finite_loss(case):
    trainer = trainer_of(case)
    trainer.play_round()
    logs = trainer.read_logs()
    assert logs
    assert all(torch.tensor(value).isfinite() for value in logs.values())


def test_a_round_in_bf16_has_finite_losses_and_leaves_float32_weights(case):
    trainer = Trainer(game_of(case), tiny_stream(case.spec), CPU._replace(precision="bf16"), 0)
    for _ in range(2):
        trainer.play_round()
    trainer.check(weights=True)
    assert all(p.dtype == torch.float32 for p in trainer.game.state_dict().values())


def test_only_the_movers_parameters_change(case):
    trainer = trainer_of(case)
    for turn in trainer.game.turns(0):
        owned = {id(p) for name in turn.names for p in trainer.players[name].parameters}
        averages = [trainer.players[name].average for name in turn.names]
        owned |= {id(p) for average in averages if average for p in average.copy.parameters()}
        allowed = {name for name, p in trainer.game.named_parameters() if id(p) in owned}
        before = parameters(trainer.game)
        seen = tiny_batch(case.spec)
        seen = (seen, seen) if turn.batches == "uniform and labeled" else seen
        trainer.move(turn, 8 if turn.batches == "none" else turn.precompute(seen).detach() if turn.precompute else seen)
        moved = {name for name, p in trainer.game.named_parameters() if not torch.equal(p, before[name])}
        assert moved, turn.title
        assert moved <= allowed, turn.title


def test_every_player_moves_in_a_round(case):
    trainer = trainer_of(case)
    moved = {name for turn in trainer.game.turns(0) for name in turn.names}
    assert moved == set(trainer.players)


def test_every_parameter_has_an_owner_and_no_gradient_is_left(case):
    trainer = trainer_of(case)
    trainer.play_round()
    assert all(p.grad is None for p in trainer.game.parameters())


def test_turns_are_a_pure_function_of_the_step(case):
    def said(game: Game, step: int) -> list[object]:
        return [(t.title, t.repeat, t.batch_size, getattr(t.loss, "keywords", None)) for t in game.turns(step)]

    fresh, played = trainer_of(case).game, trainer_of(case)
    for _ in range(2):
        played.play_round()
    for step in (60_000, 0, 100, 1, 99):
        assert said(played.game, step) == said(fresh, step)


def test_the_game_describes_itself(case):
    text = describe(game_of(case))
    for name in game_of(case).make_players():
        assert name in text


@pytest.mark.parametrize("case", [case for case in cases() if case.spec == SPEC], ids=lambda case: case.name)
def test_padding_does_not_change_the_code(case):
    seen = tiny_batch(case.spec)
    with inference(game_of(case)) as game:
        wide = replace(seen, tokens=torch.nn.functional.pad(seen.tokens, (0, 5)))
        torch.testing.assert_close(game.encode(wide), game.encode(seen))


def test_the_prior_and_the_encoder_do_not_depend_on_the_batch_around_a_row(case):
    with inference(game_of(case)) as game:
        seen = tiny_batch(case.spec)
        alone = first_row(seen)
        for read in (game.encode, game.features):
            game.random.at(1)
            whole = read(seen)
            game.random.at(1)
            torch.testing.assert_close(read(alone), whole[:1], atol=1e-5, rtol=1e-4)


def test_a_trainer_that_goes_on_from_a_state_plays_as_the_one_that_saved_it(case):
    whole, first, second = trainer_of(case), trainer_of(case), trainer_of(case)
    for _ in range(3):
        whole.play_round()
    first.play_round()
    second.game.load_state_dict(first.game.state_dict())
    second.load_state(first.state())
    torch.manual_seed(123)
    for _ in range(2):
        second.play_round()
    for name, value in whole.game.state_dict().items():
        assert torch.equal(value, second.game.state_dict()[name]), name
