"""alpha-GAN: the table of losses by hand, and their signs."""

import pytest
import torch

from tests.tiny import CPU, PIXELS, POINTS, tiny_batch, tiny_config, tiny_game, tiny_stream
from textgan.data.types import ImageSpec
from textgan.models.alphagan import AlphaGAN
from textgan.networks.norm import BatchNorm
from textgan.training.trainer import Trainer


def alphagan(spec: ImageSpec = PIXELS, **changes) -> AlphaGAN:
    game = tiny_game(
        tiny_config("alphagan", **{"init_std": None, "discrete": "probabilities", "image_noise": 0.0} | changes),
        0,
        spec,
    )
    assert isinstance(game, AlphaGAN)
    return game.train()


def parts(game: AlphaGAN, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """D of data, reconstructions and samples, C of codes, the pixel error: all probabilities."""
    z_hat = game.encoder(x)
    x_hat = game.generator(z_hat)
    game.random.at(1)
    fake = game.generator(game.normal(len(x), game.code_dim))
    d = torch.sigmoid(game.discriminator(torch.cat([x, x_hat, fake])))
    c = torch.sigmoid(game.code_discriminator(z_hat))
    return (*d.chunk(3), c, (x - x_hat).abs().mean())


def value(game: AlphaGAN, loss, batch) -> torch.Tensor:
    game.random.at(1)
    return loss(batch)[0]


@pytest.mark.parametrize("spec", [PIXELS, POINTS])
def test_the_losses_are_those_of_the_table(spec):
    game, batch = alphagan(spec, reconstruction_weight=7.0), tiny_batch(spec)
    d_x, d_hat, d_fake, c_hat, error = parts(game, batch.x)

    def ratio(p: torch.Tensor) -> torch.Tensor:
        return (-p.log() + (1 - p).log()).mean()

    torch.testing.assert_close(value(game, game.encoder_loss, batch), 7 * error + ratio(c_hat))
    torch.testing.assert_close(value(game, game.generator_loss, batch), 7 * error + ratio(d_hat) + ratio(d_fake))
    expected = -2 * d_x.log().mean() - (1 - d_hat).log().mean() - (1 - d_fake).log().mean()
    torch.testing.assert_close(value(game, game.discriminator_loss, batch), expected)
    game.random.at(1)
    c_prior = torch.sigmoid(game.code_discriminator(game.normal(batch.batch_size, game.code_dim)))
    expected = -c_prior.log().mean() - (1 - torch.sigmoid(game.code_discriminator(game.encoder(batch.x)))).log().mean()
    torch.testing.assert_close(value(game, game.code_discriminator_loss, batch), expected)


def test_the_bounded_ratio_is_minus_log_d():
    game, batch = alphagan(ratio="non_saturating", reconstruction_weight=0.0), tiny_batch(PIXELS)
    *_, c_hat, _ = parts(game, batch.x)
    torch.testing.assert_close(value(game, game.encoder_loss, batch), -c_hat.log().mean())


def test_a_move_of_the_encoder_makes_its_codes_look_more_like_the_prior():
    game, batch = alphagan(reconstruction_weight=0.0), tiny_batch(PIXELS)
    trainer = Trainer(game, tiny_stream(PIXELS), CPU, seed=0)

    def chance_of_prior() -> float:
        return torch.sigmoid(game.code_discriminator(game.encoder(batch.x))).mean().item()

    before = chance_of_prior()
    trainer.move(game.turns(0)[0], batch)
    assert chance_of_prior() > before


def test_a_move_of_the_code_discriminator_separates_prior_and_codes():
    game, batch = alphagan(), tiny_batch(PIXELS)
    trainer = Trainer(game, tiny_stream(PIXELS), CPU, seed=0)
    before = value(game, game.code_discriminator_loss, batch)
    game.random.at(1)
    trainer.move(game.turns(0)[3], batch)
    assert value(game, game.code_discriminator_loss, batch) < before


def test_the_encoder_does_not_feel_the_discriminator_of_data():
    game, batch = alphagan(), tiny_batch(PIXELS)
    loss, _ = game.encoder_loss(batch)
    gradients = torch.autograd.grad(loss, list(game.discriminator.parameters()), allow_unused=True)
    assert all(g is None for g in gradients)


def test_the_code_discriminator_has_no_batchnorm():
    assert not any(isinstance(m, BatchNorm) for m in alphagan().code_discriminator.modules())


def test_turns_are_two_two_one_one():
    said = [(turn.players, turn.repeat) for turn in alphagan().turns(0)]
    assert said == [("encoder", 2), ("generator", 2), ("discriminator", 1), ("code_discriminator", 1)]
