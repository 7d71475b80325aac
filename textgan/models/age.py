"""Adversarial generator-encoder networks (Ulyanov, Vedaldi, Lempitsky; AAAI 2018; arXiv 1704.02304)."""

import math
from collections.abc import Sequence

from torch import Tensor

from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.losses import unit
from textgan.models.gan import (
    averaged_copy,
    discriminator_input,
    gan_code_dim,
    make_average,
    make_encoder,
    make_generator,
)
from textgan.networks.dcgan import init_weights
from textgan.networks.moments import moment_kl
from textgan.recipes.gans import AGEConfig
from textgan.settings import Decoding


class AGE(Game):
    """A game of encoder and generator alone: the encoder discriminates data and samples by their codes.

        data x -> encoder E -> codes like the prior?      z on the sphere -> generator G -> E -> codes unlike it?

    With KL the divergence of a batch's codes from the prior, from its moments:
        encoder:    KL(E(x)) - KL(E(G(z))) + mu |x - G(E(x))|
        generator:  KL(E(G(z))) + lambda |z - E(G(z))|^2

    Codes are of norm sqrt(D), a unit sphere scaled so that the prior has variance 1 in each dimension; the paper's have
    norm 1. So its lambda of 1,000 on the mean square over 64 dimensions is 1,000 / 64 = 16 here.

    Differs from the paper by default: networks of three layers with LayerNorm, D = 32, weights from N(0, 2 / fan_in),
    rates of 1e-3 that fall to zero, and a moving average of both for use after training; `--preset age-2018` has its
    settings but for the networks.
    """

    path = "slerp"

    def __init__(self, config: AGEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = gan_code_dim(config, spec)
        self.encoder = make_encoder(config, spec, self.code_dim)
        self.generator = make_generator(config, spec, self.code_dim)
        init_weights(self, config.init_std)
        self.averaged_encoder = averaged_copy(self.encoder, config.average)
        self.averaged_generator = averaged_copy(self.generator, config.average)

    def encode(self, batch: Images) -> Tensor:
        """Codes of data, of norm sqrt(D): (B, D)."""
        return self._code(batch.x)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels in [-1, 1], or points, of codes (B, D): (B, *shape)."""
        generator = self.generator if self.training else self.averaged_generator or self.generator
        x: Tensor = generator(z)
        return x.float()

    def prior(self, n: int) -> Tensor:
        """n codes, uniform on the sphere of radius sqrt(D): (n, D)."""
        return math.sqrt(self.code_dim) * unit(self.normal(n, self.code_dim))

    def make_players(self) -> dict[str, Player]:
        """Encoder and generator."""
        c = self.config
        encoder_average = make_average(self.averaged_encoder, self.encoder, c.average)
        generator_average = make_average(self.averaged_generator, self.generator, c.average)
        return {
            "encoder": Player.of(c.encoder_optimizer, self.encoder.parameters(), average=encoder_average),
            "generator": Player.of(c.generator_optimizer, self.generator.parameters(), average=generator_average),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """The encoder, then several updates of the generator."""
        return [
            Turn("encoder", self.encoder_loss),
            Turn("generator", self.generator_loss, self.config.generator_steps),
        ]

    def encoder_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """KL(E(x)) - KL(E(G(z))) + mu |x - G(E(x))|."""
        z_hat = self.encode(batch)
        error = (batch.x - self.decode(z_hat)).abs().mean()
        real = moment_kl(z_hat)
        x_tilde = discriminator_input(self, self.decode(self.prior(len(z_hat))), self.config.discrete)
        fake = moment_kl(self._code(x_tilde))
        loss = real - fake + self.config.image_weight * error
        return loss, {"pixel_error": error, "real_divergence": real, "fake_divergence": fake}

    def generator_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """KL(E(G(z))) + lambda |z - E(G(z))|^2."""
        z = self.prior(len(batch.x))
        z_hat = self._code(discriminator_input(self, self.decode(z), self.config.discrete))
        error = (z - z_hat).square().mean()
        return moment_kl(z_hat) + self.config.code_weight * error, {"code_error": error}

    def _code(self, x: Tensor) -> Tensor:
        encoder = self.encoder if self.training else self.averaged_encoder or self.encoder
        return math.sqrt(self.code_dim) * unit(encoder(x))
