"""ARAE's own: codes that are kept, and the weight of the encoder's adversarial term."""

import pytest
import torch
import torch.nn.functional as F

from tests.tiny import LABELED, PIXELS, SPEC, tiny_batch, tiny_config, tiny_game, tiny_stream, tiny_trainer
from textgan import distributed
from textgan.data.types import ImageSpec, TextSpec
from textgan.errors import UserError
from textgan.models import build
from textgan.models.arae import ARAE
from textgan.networks.queue import CodeQueue
from textgan.randomness import Randomness
from textgan.recipes import Modality, recipe


def test_the_queue_holds_the_last_codes():
    queue = CodeQueue(5, 1)
    seen = []
    for number in range(4):
        queue.push(torch.full((3, 1), float(number)))
        seen.append(sorted(queue.draw(torch.arange(100) / 100).flatten().unique().tolist()))
    assert seen == [[0], [0, 1], [1, 2], [2, 3]]
    assert sorted(queue.codes.flatten().tolist()) == [2, 2, 3, 3, 3]


def test_all_codes_are_drawn_alike_and_none_that_was_not_pushed():
    queue = CodeQueue(100, 1)
    queue.push(torch.arange(1.0, 9.0)[:, None])
    drawn = queue.draw(torch.arange(8000) / 8000).flatten()
    assert drawn.unique(return_counts=True)[1].tolist() == [1000] * 8
    assert queue.draw(torch.tensor([1 - 2**-24])).item() == 8


def test_more_codes_than_fit_leave_the_last():
    queue = CodeQueue(4, 1)
    queue.push(torch.arange(10.0)[:, None])
    assert sorted(queue.codes.flatten().tolist()) == [6, 7, 8, 9]


def test_two_processes_keep_what_one_keeps(monkeypatch):
    rows = torch.arange(12.0).view(6, 2)

    def gather(parts, own):
        for rank, part in enumerate(parts):
            part.copy_(rows[rank::2])

    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    monkeypatch.setattr(distributed.dist, "all_gather", gather)
    assert torch.equal(distributed.joined(rows[0::2]), rows)


def test_kept_codes_belong_to_the_training_and_not_to_the_model():
    trainer = tiny_trainer(tiny_config())
    trainer.play_round()
    assert not any("queue" in name for name in trainer.game.state_dict())
    kept = trainer.state()["buffers"]
    assert int(kept["queue.pushed"]) == 8
    fresh = tiny_trainer(tiny_config())
    fresh.load_state(trainer.state())
    assert torch.equal(fresh.game.get_buffer("queue.codes"), kept["queue.codes"])


def test_no_turn_but_the_first_encodes_data():
    game = tiny_game(tiny_config())
    assert [turn.batches for turn in game.turns(0)] == ["epoch", "none", "none"]


CASES = [
    ("arae", None, SPEC),
    ("arae", None, PIXELS),
    ("arae_transfer", None, LABELED),
    ("arae", "arae-2018", SPEC),
    ("arae", "arae-2017", SPEC),
    ("arae", "arae-bmnist", PIXELS),
]


@pytest.mark.parametrize(("model", "preset", "spec"), CASES, ids=lambda value: str(value)[:12])
def test_the_weight_of_the_adversarial_term_moves_the_encoder_in_proportion(model, preset, spec):
    """With SGD: with Adam a turn of the encoder's own is free of any weight."""

    def pull(weight: float) -> torch.Tensor:
        kind: Modality = "text" if isinstance(spec, TextSpec) else "images"
        game = tiny_game(tiny_config(model, preset, kind, encoder_weight=weight), spec=spec).train()
        assert isinstance(game, ARAE)
        game.code_gradient_norm.fill_(0.1)
        batch = tiny_batch(spec)
        if game.config.encoder_turn == "reconstruction":
            loss = game.adversarial(game.latent(batch))
        elif game.config.encoder_turn in ("separate", "after_critic"):
            loss = game.encoder_loss(batch)[0]
        else:
            loss = game.critic_and_encoder_loss(batch)[0]["encoder"]
        parameters = list(game.autoencoder.encoder.parameters())
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        return torch.cat([g.flatten() for g in gradients if g is not None])

    once, twice, tenfold = pull(0.5), pull(1.0), pull(5.0)
    assert once.abs().max() > 0
    torch.testing.assert_close(twice, 2 * once)
    torch.testing.assert_close(tenfold, 10 * once)


@pytest.mark.parametrize(("model", "preset", "spec"), CASES, ids=lambda value: str(value)[:12])
def test_an_encoder_that_no_longer_learns_stands_still_while_the_others_go_on(model, preset, spec):
    kind: Modality = "text" if isinstance(spec, TextSpec) else "images"
    config = tiny_config(model, preset, kind, encoder_until=0.5)
    trainer = tiny_trainer(config, length=8, spec=spec)
    game = trainer.game
    assert isinstance(game, ARAE)
    encoder = list(game.autoencoder.encoder.parameters())
    decoder = [p for p in game.autoencoder.parameters() if not any(p is q for q in encoder)]
    groups = {"encoder": encoder, "decoder": decoder}
    groups |= {name: list(network.parameters()) for name, network in (("critic", game.critic), ("G", game.generator))}
    moved = []
    for _ in ("learns", "stands"):
        before = {name: [p.clone() for p in group] for name, group in groups.items()}
        for _ in range(4):
            trainer.play_round()
        moved.append({name for name, group in groups.items() if not all(map(torch.equal, group, before[name]))})
    assert moved[0] >= {"encoder", "decoder", "critic"}
    assert moved[1] == moved[0] - {"encoder"}


def test_an_encoder_that_stopped_stands_though_the_end_is_foreseen_later_and_after_a_resume():
    config = tiny_config(encoder_until=0.5)
    trainer = tiny_trainer(config, length=4)
    for _ in range(3):
        trainer.play_round()
    state = trainer.state()
    again = tiny_trainer(config)
    again.load_state(state)
    again.game.load_state_dict(trainer.game.state_dict())
    for later in (trainer, again):
        later.length = 100
        assert isinstance(later.game, ARAE)
        before = [p.clone() for p in later.game.autoencoder.encoder.parameters()]
        later.play_round()
        assert all(map(torch.equal, later.game.autoencoder.encoder.parameters(), before))
        assert later.progress == 0.5


def test_the_end_of_a_timed_run_is_foreseen_at_the_pace_of_the_cheaper_rounds():
    assert tiny_game(tiny_config()).steady_from == 0
    assert tiny_game(tiny_config(encoder_until=0.5), spec=LABELED).steady_from == 0.55


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_the_encoder_learns_for_a_share_of_the_run(share):
    with pytest.raises(UserError, match=r"encoder_until is .*expected a share above 0 and at most 1"):
        tiny_config(encoder_until=share)


def test_the_term_is_so_large_as_its_weight_says_beside_the_reconstruction():
    game = tiny_game(tiny_config(encoder_weight=0.3, code_noise=0.0)).train()
    assert isinstance(game, ARAE)
    batch = tiny_batch(SPEC)
    for _ in range(2):
        z = game.latent(batch)
        reconstruction = game.autoencoder.loss(game.decoder_input(game.recorded(z)), batch, game)
        pulls = [torch.autograd.grad(part, z, retain_graph=True)[0] for part in (reconstruction, game.adversarial(z))]
    norms = [float(pull.norm(dim=1).mean()) for pull in pulls]
    assert norms[1] == pytest.approx(0.3 * norms[0])


def test_bmnist_has_the_authors_networks():
    game = build(recipe("arae", "arae-bmnist").settings, ImageSpec((1, 28, 28), binary=True))
    assert isinstance(game, ARAE)

    def sizes(network: torch.nn.Module) -> list[int]:
        return [layer.out_features for layer in network.modules() if isinstance(layer, torch.nn.Linear)]

    assert sizes(game.autoencoder.networks.encoder) == [800, 400, 100]
    assert sizes(game.autoencoder.networks.decoder) == [400, 800, 1000, 784]
    assert sizes(game.generator) == [64, 100, 150, 100]
    assert sizes(game.critic) == [100, 60, 20, 1]
    for network in (game.generator, game.critic):
        weights = torch.cat([p.flatten() for name, p in network.named_parameters() if name.endswith("weight")])
        assert float(weights.detach().std()) == pytest.approx(0.02, rel=0.05)
        assert not any(p.any() for name, p in network.named_parameters() if name.endswith("bias"))
    z = game.eval().generated_from(1e3 * torch.randn(64, 32, generator=torch.Generator().manual_seed(0)))
    assert z.abs().max() <= 1


def test_in_bmnist_the_encoder_moves_after_each_move_of_the_critic_on_its_batch_with_the_autoencoders_moments():
    trainer = tiny_trainer(tiny_config("arae", "arae-bmnist", critic_steps=3), spec=PIXELS)
    turns = trainer.game.turns(0)
    assert [turn.players for turn in turns] == ["autoencoder", *["critic", "autoencoder"] * 3, "generator"]
    assert set(trainer.players) == {"autoencoder", "critic", "generator"}
    drawn = [next(iter(trainer._batches(turn, number))) for number, turn in enumerate(turns[:7])]
    game = trainer.game
    assert isinstance(game, ARAE)
    for codes, batch in zip(drawn[1::2], drawn[2::2], strict=True):
        torch.testing.assert_close(codes, game.latent(batch))
    assert not torch.equal(drawn[2].x, drawn[4].x)
    trainer.play_round()
    moments = trainer.players["autoencoder"].optimizer.state
    first = next(game.autoencoder.networks.encoder.parameters())
    assert int(moments[first]["step"]) == 4


def test_a_round_of_bmnist_is_that_of_the_authors_loop():
    config = tiny_config("arae", "arae-bmnist", critic_steps=2)
    trainer, game, stream = (
        tiny_trainer(config, spec=PIXELS),
        tiny_game(config, spec=PIXELS).train(),
        tiny_stream(PIXELS),
    )
    trainer.play_round()
    encode, decode = game.autoencoder.networks.encode, game.autoencoder.networks.decode
    rates = {"autoencoder": 5e-4, "critic": 5e-5, "generator": 5e-4}
    adam = {name: torch.optim.Adam(getattr(game, name).parameters(), lr=rate) for name, rate in rates.items()}
    random = Randomness(0)

    def step(name: str, loss: torch.Tensor) -> None:
        game.zero_grad(set_to_none=True)
        loss.backward()
        adam[name].step()

    x = stream.bucketed(0).x
    random.at(0, 0, 0)
    z = F.normalize(encode(x))
    p = torch.distributions.Bernoulli(logits=decode(z + 0.4 * random.normal(*z.shape)))
    step("autoencoder", -p.log_prob((x + 1) / 2).flatten(1).sum(1).mean())
    for number in (1, 3):
        x = stream.uniform(0, number, 0).x
        with torch.no_grad():
            codes = F.normalize(encode(x))
            for weight in game.critic.parameters():
                weight.clamp_(-0.05, 0.05)
        random.at(0, number, 0)
        fake = game.generator(random.normal(8, 4)).tanh()
        step("critic", game.critic(fake.detach()).mean() - game.critic(codes).mean())
        step("autoencoder", 0.2 * 28 * 28 * game.critic(F.normalize(encode(x))).mean())
    random.at(0, 5, 0)
    step("generator", -game.critic(game.generator(random.normal(8, 4)).tanh()).mean())
    expected = dict(game.named_parameters())
    for name, value in trainer.game.named_parameters():
        if not name.endswith("linear.bias"):  # before BatchNorm a bias has a gradient of nothing, which Adam scales up
            torch.testing.assert_close(value, expected[name], atol=2e-6, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}")
