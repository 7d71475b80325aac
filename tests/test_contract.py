"""What every model promises, checked for each model and preset."""

import pytest
import torch

from tests.tiny import CPU, SPEC, tiny_config, tiny_corpus, tiny_game, tiny_trainer
from textgan.config import Decoding
from textgan.data.specials import EOS, PAD
from textgan.data.stream import SentenceStream
from textgan.game import Game, describe
from textgan.recipes import MODELS, PRESETS
from textgan.sampling import at_rest
from textgan.trainer import Trainer

CASES = [(model, preset) for model in MODELS for preset in (None, *PRESETS.get(model, {}))]


@pytest.fixture(params=CASES, ids=lambda case: case[1] or case[0])
def config(request: pytest.FixtureRequest):
    return tiny_config(*request.param)


def batch(rows: int = 8):
    return SentenceStream(tiny_corpus(), rows, seed=1).uniform(0)


def parameters(game: Game) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in game.named_parameters()}


def test_shapes_of_encode_decode_and_prior(config):
    with at_rest(tiny_game(config)) as game:
        z = game.encode(batch())
        assert z.shape == (8, game.code_dim)
        assert game.prior(5).shape == (5, game.code_dim)
        tokens = game.decode(z)
        assert tokens.shape == (8, SPEC.max_length + 1)
        for row in tokens.tolist():
            end = row.index(EOS)
            assert all(t == PAD for t in row[end + 1 :])
        assert game.decode(z, Decoding(temperature=1.0)).shape == tokens.shape


def test_every_turn_has_a_finite_loss(config):
    trainer = tiny_trainer(config)
    trainer.play_round()
    logs = trainer.read_logs()
    assert logs
    assert all(torch.tensor(value).isfinite() for value in logs.values())


def test_a_round_in_bf16_has_finite_losses_and_leaves_float32_weights(config):
    trainer = Trainer(tiny_game(config), SentenceStream(tiny_corpus(), 8, 0), CPU._replace(precision="bf16"), 0)
    for _ in range(2):
        trainer.play_round()
    trainer.check(weights=True)
    assert all(p.dtype == torch.float32 for p in trainer.game.state_dict().values())


def test_only_the_movers_parameters_change(config):
    trainer = tiny_trainer(config)
    for turn in trainer.game.turns(0):
        owned = {id(p) for name in turn.names for p in trainer.players[name].parameters}
        averages = [trainer.players[name].average for name in turn.names]
        owned |= {id(p) for average in averages if average for p in average.copy.parameters()}
        allowed = {name for name, p in trainer.game.named_parameters() if id(p) in owned}
        before = parameters(trainer.game)
        seen = batch()
        trainer.move(turn, trainer.game.encode(seen).detach() if turn.view else seen)
        moved = {name for name, p in trainer.game.named_parameters() if not torch.equal(p, before[name])}
        assert moved, turn.title
        assert moved <= allowed, turn.title


def test_every_player_moves_in_a_round(config):
    trainer = tiny_trainer(config)
    moved = {name for turn in trainer.game.turns(0) for name in turn.names}
    assert moved == set(trainer.players)


def test_every_parameter_has_an_owner_and_no_gradient_is_left(config):
    trainer = tiny_trainer(config)
    trainer.play_round()
    assert all(p.grad is None for p in trainer.game.parameters())


def test_turns_are_a_pure_function_of_the_step(config):
    def said(game: Game, step: int) -> list[object]:
        return [(t.title, t.repeat, t.rows, getattr(t.loss, "keywords", None)) for t in game.turns(step)]

    fresh, played = tiny_trainer(config).game, tiny_trainer(config)
    for _ in range(2):
        played.play_round()
    for step in (60_000, 0, 100, 1, 99):
        assert said(played.game, step) == said(fresh, step)


def test_the_game_describes_itself(config):
    text = describe(tiny_game(config))
    for name in tiny_game(config).players():
        assert name in text


def test_padding_does_not_change_the_code(config):
    with at_rest(tiny_game(config)) as game:
        seen = batch()
        wide = seen._replace(tokens=torch.nn.functional.pad(seen.tokens, (0, 5)))
        torch.testing.assert_close(game.encode(wide), game.encode(seen))


def test_the_prior_and_the_encoder_do_not_depend_on_the_batch_around_a_row(config):
    with at_rest(tiny_game(config)) as game:
        seen = batch()
        alone = seen._replace(tokens=seen.tokens[:1], lengths=seen.lengths[:1])
        torch.testing.assert_close(game.encode(alone), game.encode(seen)[:1])
