"""DCGAN, WGAN-GP and AGE, and the networks that all GANs share."""

import math

import pytest
import torch
from torch import nn

from tests.tiny import CPU, PIXELS, POINTS, tiny_batch, tiny_config, tiny_game, tiny_stream
from textgan.data.types import ImageSpec
from textgan.game import Game
from textgan.networks.dcgan import ConvTrunk, Decoder
from textgan.networks.gradients import sample_pixels
from textgan.networks.moments import divergence
from textgan.networks.norm import BatchNorm
from textgan.recipes.gans import GANConfig
from textgan.training.trainer import Trainer

KINDS = pytest.mark.parametrize("spec", [PIXELS, POINTS])


def gan(name: str, spec: ImageSpec = PIXELS, **changes) -> Game:
    return tiny_game(tiny_config(name, **changes), 0, spec).train()


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 64, 32), (2, 20, 12)])
def test_networks_fit_every_even_size(shape):
    x = torch.zeros(2, *shape)
    trunk, decoder = ConvTrunk(shape, (4, 6, 8)), Decoder(5, shape, (4, 6, 8))
    assert trunk(x).shape == (2, trunk.size)
    assert decoder(torch.zeros(2, 5)).shape == x.shape


def test_batchnorm_is_pytorchs_in_training_and_after():
    torch.manual_seed(0)
    mine, theirs, x = BatchNorm(4), nn.BatchNorm2d(4), torch.randn(6, 4, 3, 5) * 3 + 1
    for norm in (mine, theirs):
        nn.init.normal_(norm.weight, generator=torch.Generator().manual_seed(1))
    for _ in range(2):
        torch.testing.assert_close(mine(x), theirs(x), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(mine.running_mean, theirs.running_mean)
    torch.testing.assert_close(mine.running_var, theirs.running_var)
    torch.testing.assert_close(mine.eval()(x), theirs.eval()(x), atol=1e-5, rtol=1e-5)


def test_batchnorm_has_pytorchs_gradient():
    torch.manual_seed(0)
    x, weights = torch.randn(6, 4, 3, 5, requires_grad=True), torch.randn(6, 4, 3, 5)
    mine, theirs = ((norm(x) * weights).sum() for norm in (BatchNorm(4), nn.BatchNorm2d(4)))
    torch.testing.assert_close(*(torch.autograd.grad(y, x)[0] for y in (mine, theirs)), atol=1e-5, rtol=1e-4)


def test_straight_through_draws_pixels_with_their_means_and_keeps_the_gradient():
    mean = torch.full((10_000,), 0.4, requires_grad=True)
    x = sample_pixels(mean, torch.rand(10_000, generator=torch.Generator().manual_seed(0)))
    assert set(x.tolist()) == {-1.0, 1.0}
    assert x.mean().item() == pytest.approx(0.4, abs=0.03)
    assert torch.equal(torch.autograd.grad((3 * x).sum(), mean)[0], torch.full_like(mean, 3.0))


@pytest.mark.parametrize("name", ["ali", "alphagan", "dcgan", "wgan_gp"])
@pytest.mark.parametrize("discrete", ["probabilities", "straight_through"])
def test_the_discriminator_sees_drawn_pixels_where_that_is_wanted(name, discrete):
    quiet = {} if name == "wgan_gp" else {"image_noise": 0.0}
    game, seen = gan(name, discrete=discrete, **quiet), []
    network = game.get_submodule("critic" if name == "wgan_gp" else "discriminator")
    network.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    turn, batch = game.turns(0)[0 if name == "ali" else 1], tiny_batch(PIXELS)
    turn.loss(batch)
    drawn = [bool((x.abs() == 1).all()) for x in seen]
    assert drawn == [discrete == "straight_through"] * len(drawn)
    assert drawn


def generator_moves(game: Game) -> list[torch.Tensor]:
    return [p.detach().clone() for name, p in game.named_parameters() if name.startswith("generator.")]


@KINDS
@pytest.mark.parametrize("name", ["dcgan", "wgan_gp"])
def test_the_generator_does_not_feel_the_encoder(name, spec):
    moved = []
    for factor in (1.0, 10.0):
        game = gan(name, spec)
        with torch.no_grad():
            for p in game.get_submodule("encoder").parameters():
                p.mul_(factor)
        Trainer(game, tiny_stream(spec), CPU, seed=0).play_round()
        moved.append(generator_moves(game))
    assert all(torch.equal(a, b) for a, b in zip(*moved, strict=True))


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp"])
def test_the_encoder_learns_the_codes_of_generated_images(name):
    game = gan(name, POINTS, init_std=None)
    trainer = Trainer(game, tiny_stream(POINTS), CPU, seed=0)
    errors = []
    for _ in range(2):
        for _ in range(60):
            trainer.play_round()
        errors.append(trainer.read_logs()["code_error"])
    assert errors[1] < errors[0]


def test_the_dcgan_losses_are_the_non_saturating_ones():
    game, batch = gan("dcgan", discrete="probabilities", image_noise=0.0), tiny_batch(PIXELS)
    game.random.at(1)
    loss, _ = game.discriminator_loss(batch)
    game.random.at(1)
    z = game.normal(batch.batch_size, game.code_dim)
    real, fake = torch.sigmoid(game.discriminator(torch.cat([batch.x, game.generator(z)]))).chunk(2)
    torch.testing.assert_close(loss, -(real.log() + (1 - fake).log()).mean())
    game.random.at(1)
    losses, _ = game.generator_and_encoder_loss(batch)
    torch.testing.assert_close(losses["generator"], -fake.log().mean())


def test_the_critics_penalty_is_zero_weight_free_of_the_wasserstein_estimate():
    batch, values = tiny_batch(PIXELS), []
    for weight in (0.0, 10.0):
        game = gan("wgan_gp", penalty_weight=weight)
        game.random.at(1)
        loss, logs = game.critic_loss(batch)
        values.append((loss, logs))
    torch.testing.assert_close(values[0][0], -values[0][1]["wasserstein"])
    torch.testing.assert_close(values[1][0], 10 * values[1][1]["penalty"] - values[1][1]["wasserstein"])


def test_the_divergence_of_moments_is_zero_at_the_prior_and_as_by_hand_elsewhere():
    z = torch.tensor([[1.0, 3.0], [-1.0, 7.0]])  # moments (0, 1) and (5, 4)
    by_hand = 0.5 * (25 + 4 - math.log(4) - 1) / 2
    assert divergence(z).item() == pytest.approx(by_hand, rel=1e-5)
    assert divergence(z[:, :1]).item() == pytest.approx(0, abs=1e-6)


@KINDS
def test_codes_of_age_have_the_norm_of_its_prior(spec):
    game = gan("age", spec)
    for z in (game.prior(5), game.encode(tiny_batch(spec))):
        torch.testing.assert_close(z.norm(dim=1), torch.full((len(z),), math.sqrt(game.code_dim)))


def test_the_losses_of_age_are_those_of_the_paper():
    game, batch = gan("age", image_weight=3.0, code_weight=5.0, discrete="probabilities"), tiny_batch(PIXELS)
    game.random.at(1)
    encoder, logs = game.encoder_loss(batch)
    expected = logs["real_divergence"] - logs["fake_divergence"] + 3 * logs["pixel_error"]
    torch.testing.assert_close(encoder, expected)
    game.random.at(1)
    generator, again = game.generator_loss(batch)
    torch.testing.assert_close(generator, logs["fake_divergence"] + 5 * again["code_error"])


def test_images_that_cannot_be_halved_are_refused():
    from textgan.errors import UserError

    with pytest.raises(UserError, match="image_size"):
        GANConfig().check_spec(ImageSpec((1, 27, 27)))


PUBLISHED = [("ali", "ali-2016"), ("ali", "ali-2016-mixture"), ("alphagan", "alphagan-2017"), ("dcgan", "dcgan-2016")]


@pytest.mark.parametrize(("name", "preset"), [*PUBLISHED, ("age", "age-2018")])
def test_biases_start_at_0_in_published_settings(name, preset):
    spec = POINTS if preset.endswith("mixture") else PIXELS
    game = tiny_game(tiny_config(name, preset), spec=spec)
    biases = [p for key, p in game.named_parameters() if key.endswith("bias")]
    assert biases
    assert not any(p.any() for p in biases)
