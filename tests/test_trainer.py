"""The trainer against loops written by hand, and what it refuses."""

import copy
import dataclasses
import math
from functools import partial
from typing import cast

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.tiny import CPU, PIXELS, SGD, tiny_config, tiny_corpus, tiny_game, tiny_trainer
from textgan.data.stream import SentenceStream
from textgan.game import Player, Turn
from textgan.models.arae import ARAE
from textgan.randomness import Randomness
from textgan.settings import OptimizerConfig
from textgan.training.trainer import NonFiniteLossError, Trainer


def penalty_by_hand(critic, real, fake, mix):
    z = (fake + mix * (real - fake)).requires_grad_()
    (g,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return ((g.norm(dim=1) - 1) ** 2).mean()


def play_by_hand(game, stream, rounds: int, seed: int) -> None:
    """ARAE's default game as a researcher writes it: backward, detach, no_grad, zero_grad, step."""
    c = game.config
    scale = math.sqrt(game.code_dim) if c.scale_codes else 1.0
    encoder, decoder = game.autoencoder.encoder, game.autoencoder.decoder
    generator, critic = game.generator, game.critic
    autoencoder = [*encoder.parameters(), *decoder.parameters()]
    optimizers = {
        name: torch.optim.Adam(p, lr=o.lr, betas=o.betas, fused=True)
        for name, p, o in (
            ("ae", autoencoder, c.autoencoder_optimizer),
            ("crit", critic.parameters(), c.critic_optimizer),
            ("gen", generator.parameters(), c.generator_optimizer),
        )
    }
    random = Randomness(seed)

    def code(batch):
        h = encoder(batch.inputs, batch.lengths)
        return h / h.norm(dim=1, keepdim=True).clamp_min(1e-12)

    def fake(n):
        z = generator(random.normal(n, c.noise_dim))
        return z / z.norm(dim=1, keepdim=True).clamp_min(1e-12) if c.unit_generator else z

    kept = torch.zeros(0, game.code_dim)
    gradient_norm = torch.zeros(())
    for r in range(rounds):
        game.zero_grad(set_to_none=True)
        batch = stream.bucketed(r)
        random.at(r, 0, 0)
        z = code(batch)
        kept = torch.cat([kept, z.detach()])
        assert len(kept) <= c.code_queue
        read = z.view_as(z)
        read.retain_grad()
        noisy = read + c.code_noise * random.normal(len(z), game.code_dim)
        states = decoder.states(noisy, batch.inputs, batch.places)
        nll = decoder.output.nll(states, batch.real_targets, batch.token_count)
        apart = z.detach().requires_grad_()
        (pull,) = torch.autograd.grad(critic(apart * scale).mean(), apart)
        pull = pull * (c.encoder_weight * gradient_norm / pull.norm(dim=1).mean())
        (nll + (z * pull).sum()).backward()
        gradient_norm = read.grad.norm(dim=1).mean()
        nn.utils.clip_grad_norm_(autoencoder, c.autoencoder_optimizer.clip_norm)
        optimizers["ae"].step()

        if r % c.gan_every:
            continue
        for k in range(c.critic_steps):
            game.zero_grad(set_to_none=True)
            random.at(r, 1, k)
            real = kept[(random.uniform(c.gan_batch_size).double() * len(kept)).long()]
            z_fake = fake(len(real)).detach()
            difference = critic(real * scale).mean() - critic(z_fake * scale).mean()
            mix = random.uniform(len(real), 1)
            (c.penalty_weight * penalty_by_hand(critic, scale * real, scale * z_fake, mix) - difference).backward()
            optimizers["crit"].step()

        game.zero_grad(set_to_none=True)
        random.at(r, 2, 0)
        (-critic(fake(c.gan_batch_size) * scale).mean()).backward()
        optimizers["gen"].step()
        if c.generator_average:
            decay = min(c.generator_average, (1 + r) / (10 + r))
            with torch.no_grad():
                for slow, now in zip(game.averaged_generator.parameters(), generator.parameters(), strict=True):
                    slow.lerp_(now, 1 - decay)


def test_the_trainer_equals_a_loop_written_by_hand_bit_for_bit():
    config = tiny_config(autoencoder_optimizer=OptimizerConfig(lr=1e-2, clip_norm=0.1), encoder_weight=0.5)
    trainer = tiny_trainer(config)
    for _ in range(5):
        trainer.play_round()
    game = tiny_game(config)
    play_by_hand(game, SentenceStream(tiny_corpus(), 8, 0), rounds=5, seed=0)
    for (name, a), b in zip(trainer.game.named_parameters(), game.parameters(), strict=True):
        assert torch.equal(a, b), name


def test_one_encoder_move_lowers_the_separation_that_the_critic_sees():
    trainer = tiny_trainer(
        tiny_config(encoder_turn="separate", encoder_optimizer=OptimizerConfig("sgd", lr=0.01), match_gradients=False)
    )
    game, batch = trainer.game, trainer.stream.uniform(0)
    turn = next(t for t in game.turns(0) if t.players == "encoder")
    z_fake = game.prior(8)

    def separation() -> float:
        with torch.no_grad():
            return float(game.score(game.encode(batch)).mean() - game.score(z_fake).mean())

    before = separation()
    trainer.move(turn, batch)
    assert separation() < before


def test_one_critic_move_raises_the_separation():
    config = tiny_config(critic_optimizer=OptimizerConfig("sgd", lr=0.01), penalty_weight=0.0, code_queue=0)
    trainer = tiny_trainer(config)
    game = trainer.game
    z = game.encode(trainer.stream.uniform(0)).detach()
    turn = next(t for t in game.turns(0) if t.players == "critic")

    def separation() -> float:
        game.random.at(9)
        with torch.no_grad():
            return float(game.score(z).mean() - game.score(game.prior(8)).mean())

    before = separation()
    game.random.at(9)
    trainer.move(turn, z)
    assert separation() > before


def test_a_turn_sees_the_same_numbers_in_one_process_or_two():
    whole = Randomness(3)
    parts = [Randomness(3, rank, 2) for rank in (0, 1)]
    whole.at(5, 1)
    joined = whole.normal(6, 2)
    for rank, part in enumerate(parts):
        part.at(5, 1)
        assert torch.equal(part.normal(3, 2), joined[rank::2])


def test_the_same_key_gives_the_same_numbers_and_another_key_others():
    a = Randomness(0)
    a.at(1, 2)
    first = a.normal(4)
    a.at(2, 1)
    other = a.normal(4)
    a.at(1, 2)
    assert torch.equal(a.normal(4), first)
    assert not torch.equal(first, other)


def test_a_loss_that_misses_its_player_is_refused():
    trainer = tiny_trainer(tiny_config())
    game = trainer.game
    turn = Turn("critic", lambda batch: (game.encode(batch).sum(), {}))
    with pytest.raises(ValueError, match="does not depend on any parameter of player 'critic'"):
        trainer.move(turn, trainer.stream.uniform(0))


def test_a_parameter_that_no_player_owns_is_refused():
    config = tiny_config()
    game = tiny_game(config)
    game.orphan = nn.Parameter(torch.zeros(3))
    with pytest.raises(ValueError, match="orphan"):
        Trainer(game, SentenceStream(tiny_corpus(), 8, 0), CPU, 0)


def test_a_loss_that_is_not_finite_names_turn_and_round():
    trainer = tiny_trainer(tiny_config(gan_every=1))
    for _ in range(3):
        trainer.play_round()
    with torch.no_grad():
        next(trainer.game.generator.parameters()).fill_(math.nan)
    trainer.play_round()
    with pytest.raises(NonFiniteLossError, match=r"turn 2 \(critic down critic_loss_of_queue\) in round 3"):
        trainer.check()


def test_a_turn_is_named_whatever_its_number_and_the_first_that_failed():
    trainer = tiny_trainer(tiny_config("ae"))
    game = trainer.game
    turns = [Turn("autoencoder", game.reconstruction_loss) for _ in range(300)]

    def failing(batch):
        loss, logs = game.reconstruction_loss(batch)
        return loss * math.nan, logs

    turns[290] = turns[295] = Turn("autoencoder", failing)
    game.turns = lambda step: turns
    trainer.play_round()
    trainer.play_round()
    with pytest.raises(NonFiniteLossError, match=r"turn 291 \(autoencoder down failing\) in round 0 is"):
        trainer.check()


def test_an_unused_parameter_is_not_moved_by_old_momentum():
    trainer = tiny_trainer(tiny_config())
    for _ in range(3):
        trainer.play_round()
    game, batch = trainer.game, trainer.stream.uniform(0)
    before = copy.deepcopy(game.autoencoder.decoder.state_dict())
    z = game.encode(batch)
    turn = Turn("autoencoder", lambda b: (game.encode(b).square().sum() * 2 + z.detach().sum(), {}))
    trainer.move(turn, batch)
    assert all(torch.equal(before[k], v) for k, v in game.autoencoder.decoder.state_dict().items())


def test_a_gradient_that_memory_holds_in_another_order_moves_the_weights_that_it_is_of():
    trainer = tiny_trainer(tiny_config("ae", modality="images"), spec=PIXELS)
    layer = cast(nn.Conv2d, trainer.game.autoencoder.networks.encoder.layers[1])
    x = torch.randn(2, 4, 4, 4, generator=torch.Generator().manual_seed(0)).contiguous(
        memory_format=torch.channels_last
    )
    turn = Turn("autoencoder", lambda _: (F.conv2d(x, layer.weight, padding=1).square().sum(), {}))
    (gradient,) = torch.autograd.grad(cast(torch.Tensor, turn.loss(None)[0]), layer.weight)
    assert gradient.stride() != layer.weight.stride()
    before = layer.weight.detach().clone()
    trainer.move(turn, None)
    assert torch.equal((before - layer.weight).sign(), gradient.sign())  # Adam's first step goes by the sign


def test_simultaneous_players_move_from_the_same_state():
    config = tiny_config(preset="arae-2017", critic_optimizer=SGD, encoder_optimizer=SGD)
    config = dataclasses.replace(config, match_gradients=False, weight_clip=None, critic_norm="none")
    together, apart = tiny_trainer(config), tiny_trainer(config)
    turn = together.game.turns(0)[1]
    assert turn.players == ("critic", "encoder")
    batch = together.stream.uniform(0)
    together.move(turn, batch)
    # By hand: both gradients at the first state, then both steps.
    game = apart.game
    losses, _ = game.turns(0)[1].loss(batch)
    moves = []
    for name in turn.names:
        own = apart.players[name].parameters
        moves.append((own, torch.autograd.grad(losses[name], own, retain_graph=True)))
    with torch.no_grad():
        for own, gradients in moves:
            for p, g in zip(own, gradients, strict=True):
                p -= 0.1 * g
    for a, b in zip(together.game.parameters(), game.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_weights_are_clamped_before_the_move():
    config = tiny_config(preset="arae-2017")
    trainer = tiny_trainer(dataclasses.replace(config, critic_optimizer=OptimizerConfig(lr=0.0)))
    trainer.play_round()
    assert max(float(p.detach().abs().max()) for p in trainer.game.critic.parameters()) <= 0.01


def test_the_code_game_may_rest_in_some_rounds():
    game = tiny_game(tiny_config(gan_every=3))
    assert [len(game.turns(step)) for step in range(7)] == [3, 1, 1, 3, 1, 1, 3]


def test_the_published_schedule_grows_the_number_of_gan_turns():
    game = tiny_game(tiny_config(preset="arae-2017"))
    assert [len(game.turns(step)) for step in (0, 10_240, 30_720, 51_200)] == [3, 5, 7, 9]


def test_the_code_noise_anneals():
    game = tiny_game(tiny_config(preset="arae-2018"))
    noise = [cast(partial, game.turns(step)[0].loss).keywords["noise_std"] for step in (0, 99, 100, 1000)]
    assert noise == [0.05, 0.05, 0.05 * 0.9995, 0.05 * 0.9995**10]


def test_learning_rates_fall_linearly_to_zero_at_the_end_of_the_run():
    config = tiny_config(
        autoencoder_optimizer=OptimizerConfig(lr=1.0, decay_from=0.5), critic_optimizer=OptimizerConfig(lr=1.0)
    )
    trainer = tiny_trainer(config, length=8)
    rates = []
    for _ in range(8):
        trainer.play_round()
        rates.append(
            (
                trainer.players["autoencoder"].optimizer.param_groups[0]["lr"],
                trainer.players["critic"].optimizer.param_groups[0]["lr"],
            )
        )
    assert [a for a, _ in rates] == [1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert all(b == 1 for _, b in rates)


def test_learning_rates_rise_to_their_value_in_the_warm_up():
    config = OptimizerConfig(lr=1.0, warmup_rounds=4)
    assert [config.rate(r, float("inf")) for r in range(6)] == [0.25, 0.5, 0.75, 1, 1, 1]


def test_the_average_follows_the_generator():
    trainer = tiny_trainer(tiny_config(generator_average=0.5))
    game = trainer.game
    assert isinstance(game, ARAE)
    assert game.averaged_generator is not None
    slow = copy.deepcopy(game.averaged_generator)
    trainer.play_round()
    for before, after, now in zip(
        slow.parameters(), game.averaged_generator.parameters(), game.generator.parameters(), strict=True
    ):
        torch.testing.assert_close(after, 0.1 * before + 0.9 * now)


def test_log_means_are_over_all_moves_since_the_last_reading():
    trainer = tiny_trainer(tiny_config())
    values = iter([1.0, 2.0, 6.0])

    def loss(batch):
        return trainer.game.encode(batch).sum(), {"seen": torch.tensor(next(values))}

    for _ in range(3):
        trainer.move(Turn("autoencoder", loss), trainer.stream.uniform(0))
    assert trainer.read_logs() == {"seen": 3.0}
    assert trainer.read_logs() == {}


def test_sgd_players_keep_no_momentum():
    made = Player.of(SGD, nn.Linear(2, 2).parameters())
    assert made.optimizer.defaults["momentum"] == 0


def test_what_is_saved_of_the_log_is_of_all_ranks(monkeypatch):
    trainer = tiny_trainer(tiny_config())
    trainer.play_round()
    own = trainer.state()["totals"]["reconstruction"]
    monkeypatch.setattr("textgan.distributed.mean", lambda value: value + 1)
    torch.testing.assert_close(trainer.state()["totals"]["reconstruction"], own + 1)
