"""DCGAN (Radford, Metz, Chintala; ICLR 2016; arXiv 1511.06434), with an encoder learned from generated images."""

from collections.abc import Sequence

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
    sampled_pixels,
)
from textgan.networks.dcgan import init_weights
from textgan.recipes.gans import DCGANConfig
from textgan.settings import Decoding


class DCGAN(Game):
    """A GAN, and an encoder that regresses the code of a generated image.

        z ~ N(0, I) -> generator G -> G(z)       discriminator D: x or G(z)?       G(z) -> encoder -> z_hat

    With logits a:
        discriminator:  softplus(-a(x)) + softplus(a(G(z)))
        generator:      softplus(-a(G(z)))
        encoder:        mean (z - z_hat)^2

    The encoder never sees data in training, and the generator gets no gradient from it: this is the "GAN with a
    post-hoc encoder" that ALI is compared with. Generator and encoder are updated at once, on the same images. The
    discriminator sees real and generated images as one batch; the encoder sees binary pixels, as data have them.

    Differs from the paper: three layers instead of four, 3x3 kernels at the full size, codes from N(0, I), pixels
    through tanh(logit / 2); by default also sampled pixels and noise on all images for the discriminator, which has no
    BatchNorm, weights from N(0, 2 / fan_in), rates that fall to zero, and a moving average of the generator for use
    after training, which `--preset dcgan-2016` has not.
    """

    path = "slerp"

    def __init__(self, config: DCGANConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = gan_code_dim(config, spec)
        self.encoder = make_encoder(config, spec, self.code_dim)
        self.generator = make_generator(config, spec, self.code_dim)
        self.discriminator = make_discriminator(config, spec)
        init_weights(self, config.init_std)
        self.averaged_generator = averaged_copy(self.generator, config.average)

    def encode(self, batch: Images) -> Tensor:
        """Codes of data, (B, D)."""
        z: Tensor = self.encoder(batch.x)
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
        """The discriminator, the generator, and the encoder that follows it."""
        c = self.config
        averaged = make_average(self.averaged_generator, self.generator, c.average)
        return {
            "discriminator": Player.of(c.discriminator_optimizer, self.discriminator.parameters()),
            "generator": Player.of(c.generator_optimizer, self.generator.parameters(), average=averaged),
            "encoder": Player.of(c.encoder_optimizer, self.encoder.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """The discriminator, then generator and encoder at once."""
        return [
            Turn("discriminator", self.discriminator_loss),
            Turn(("generator", "encoder"), self.generator_and_encoder_loss),
        ]

    def discriminator_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """-log D(x) - log(1 - D(G(z)))."""
        real, fake = self._logits(batch.x, self.decode(self.prior(len(batch.x))))
        loss = F.softplus(-real).mean() + F.softplus(fake).mean()
        right = ((real > 0).float().mean() + (fake < 0).float().mean()) / 2
        return loss, {"discriminator": loss, "right": right}

    def generator_and_encoder_loss(self, batch: Images) -> tuple[dict[str, Tensor], Logs]:
        """-log D(G(z)), and the error of the code found in G(z)."""
        z = self.prior(len(batch.x))
        x_tilde = self.decode(z)
        generator = F.softplus(-self._logits(batch.x, x_tilde)[1]).mean()
        encoder = (self.encode(batch._replace(x=sampled_pixels(self, x_tilde))) - z).square().mean()
        return {"generator": generator, "encoder": encoder}, {"generator": generator, "code_error": encoder}

    def _logits(self, x: Tensor, x_tilde: Tensor) -> tuple[Tensor, ...]:
        """D's logits of data and of generated images, as one batch."""
        both = discriminator_batch(self, x, x_tilde, self.config.discrete, self.config.image_noise)
        logits: Tensor = self.discriminator(both)
        return logits.chunk(2)
