"""alpha-GAN (Rosca, Lakshminarayanan, Warde-Farley, Mohamed; 2017; arXiv 1706.04987)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.gan import (
    averaged_copy,
    discriminator_batch,
    gan_code_dim,
    make_average,
    make_discriminator,
    make_encoder,
    make_generator,
)
from textgan.networks.dcgan import init_weights
from textgan.networks.maxout import MaxoutMLP
from textgan.recipes.gans import AlphaGANConfig
from textgan.settings import Decoding


class AlphaGAN(Game):
    """A variational autoencoder whose likelihood and KL divergence are in part estimated by discriminators.

        data x -> encoder E -> z_hat -> generator G -> x_hat      discriminator D: x, or x_hat or G(z)?
                              z ~ N(0, I) -> generator G          code discriminator C: z or z_hat?

    With a the logits of D and c those of C, and R_D = -log D + log(1 - D) = -a, R_C = -c:
        E:  lambda |x - x_hat| + R_C(z_hat)
        G:  lambda |x - x_hat| + R_D(x_hat) + R_D(G(z))
        D:  2 softplus(-a(x)) + softplus(a(x_hat)) + softplus(a(G(z)))      (one real for two fakes)
        C:  softplus(-c(z)) + softplus(c(z_hat))                           (the prior is "real")

    The players take turns, 2 : 2 : 1 : 1, each on fresh data. The encoder gets no gradient from D. The code
    discriminator has no BatchNorm, with which the game breaks. The first version of the paper swaps the labels in C's
    loss; this does not. D sees all three kinds of images as one batch, so that BatchNorm cannot tell them apart.

    Differs from the paper by default: networks of three layers, codes of 32 values, no BatchNorm in D, which sees
    sampled pixels and noise on all images, weights from N(0, 2 / fan_in), rates of 3e-4 to 1e-3 that fall to zero,
    moving averages for use after training; `--preset alphagan-2017` has its settings but for the networks.
    """

    path = "slerp"

    def __init__(self, config: AlphaGANConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = gan_code_dim(config, spec)
        self.encoder = make_encoder(config, spec, self.code_dim)
        self.generator = make_generator(config, spec, self.code_dim)
        self.discriminator = make_discriminator(config, spec)
        self.code_discriminator = MaxoutMLP(self.code_dim, config.code_discriminator_dims)
        init_weights(self, config.init_std)
        self.averaged_encoder = averaged_copy(self.encoder, config.average)
        self.averaged_generator = averaged_copy(self.generator, config.average)

    def encode(self, batch: Images) -> Tensor:
        """Codes of data, (B, D)."""
        encoder = self.encoder if self.training else self.averaged_encoder or self.encoder
        z: Tensor = encoder(batch.x)
        return z

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels in [-1, 1], or points, of codes (B, D): (B, *shape)."""
        generator = self.generator if self.training else self.averaged_generator or self.generator
        x: Tensor = generator(z)
        return x.float()

    def prior(self, n: int) -> Tensor:
        """n codes of N(0, I), (n, D)."""
        return self.normal(n, self.code_dim)

    def make_players(self) -> dict[str, Player]:
        """Encoder, generator, and a discriminator against each."""
        c = self.config
        encoder_average = make_average(self.averaged_encoder, self.encoder, c.average)
        generator_average = make_average(self.averaged_generator, self.generator, c.average)
        return {
            "encoder": Player.of(c.encoder_optimizer, self.encoder.parameters(), average=encoder_average),
            "generator": Player.of(c.generator_optimizer, self.generator.parameters(), average=generator_average),
            "discriminator": Player.of(c.discriminator_optimizer, self.discriminator.parameters()),
            "code_discriminator": Player.of(c.code_discriminator_optimizer, self.code_discriminator.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """Algorithm 1, with two updates of encoder and generator for one of each discriminator."""
        steps = self.config.generator_steps
        return [
            Turn("encoder", self.encoder_loss, steps),
            Turn("generator", self.generator_loss, steps),
            Turn("discriminator", self.discriminator_loss),
            Turn("code_discriminator", self.code_discriminator_loss),
        ]

    def encoder_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """lambda |x - G(E(x))| + R_C(E(x))."""
        z_hat = self.encode(batch)
        error = (batch.x - self.decode(z_hat)).abs().mean()
        code_ratio = self._ratio(self.code_discriminator(z_hat))
        logs = {"pixel_error": error, "code_ratio": code_ratio}
        return self.config.reconstruction_weight * error + code_ratio, logs

    def generator_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """lambda |x - G(E(x))| + R_D(G(E(x))) + R_D(G(z))."""
        x_hat = self.decode(self.encode(batch))
        error = (batch.x - x_hat).abs().mean()
        _, reconstructed, generated = self._logits(batch.x, x_hat)
        ratio = self._ratio(reconstructed) + self._ratio(generated)
        return self.config.reconstruction_weight * error + ratio, {"ratio": ratio}

    def discriminator_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """-2 log D(x) - log(1 - D(G(E(x)))) - log(1 - D(G(z)))."""
        real, reconstructed, generated = self._logits(batch.x, self.decode(self.encode(batch)))
        fakes = F.softplus(reconstructed).mean() + F.softplus(generated).mean()
        loss = self.config.real_weight * F.softplus(-real).mean() + fakes
        return loss, {"discriminator": loss}

    def code_discriminator_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """-log C(z) - log(1 - C(E(x)))."""
        prior, coded = self.code_discriminator(torch.cat([self.prior(len(batch.x)), self.encode(batch)])).chunk(2)
        loss = F.softplus(-prior).mean() + F.softplus(coded).mean()
        return loss, {"code_discriminator": loss}

    def _logits(self, x: Tensor, x_hat: Tensor) -> tuple[Tensor, ...]:
        """D's logits of data, of reconstructions and of samples, as one batch."""
        fakes = torch.cat([x_hat, self.decode(self.prior(len(x)))])
        images = discriminator_batch(self, x, fakes, self.config.discrete, self.config.image_noise)
        logits: Tensor = self.discriminator(images)
        return logits.chunk(3)

    def _ratio(self, logits: Tensor) -> Tensor:
        """Estimate of the log density ratio, -log D + log(1 - D), or its part -log D alone."""
        return -logits.mean() if self.config.ratio == "logit" else F.softplus(-logits).mean()
