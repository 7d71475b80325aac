"""DCGAN (Radford, Metz, Chintala; ICLR 2016; arXiv 1511.06434), and an encoder learned from what it draws."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from textgan.data.types import Images, ImageSpec
from textgan.game import Average, Game, Logs, Player, Turn, copy_of, player
from textgan.models.discrete import drawn, shown_together
from textgan.networks.dcgan import Discriminator, Encoder, decoder, draw_weights
from textgan.recipes.gans import DCGANConfig
from textgan.settings import Decoding


class DCGAN(Game):
    """A GAN, and an encoder that regresses the code of a generated image.

        z ~ N(0, I) -> generator G -> G(z)       discriminator D: x or G(z)?       G(z) -> encoder -> z_hat

    With logits a:
        discriminator:  softplus(-a(x)) + softplus(a(G(z)))
        generator:      softplus(-a(G(z)))
        encoder:        mean (z - z_hat)^2

    The encoder never sees data in training, and the generator does not feel it: this is the "GAN with a post-hoc
    encoder" that ALI is compared with. Generator and encoder move at once, on the same images. The discriminator sees
    real and generated images as one batch; the encoder sees binary pixels, as data have them.

    Differs from the paper: three layers instead of four, 3x3 kernels at the full size, codes from N(0, I), pixels
    through tanh(logit / 2); by default also drawn pixels and noise on all images for the discriminator, which has no
    BatchNorm, weights from N(0, 2 / fan_in), rates that fall to zero, and a moving average of the generator for use
    after training, which `--preset dcgan-2016` has not.
    """

    path = "slerp"

    def __init__(self, config: DCGANConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = config.code_dim or (32 if spec.is_image else spec.size)
        hidden = () if spec.is_image else config.encoder_dims
        norm = config.norm if spec.is_image else config.point_norm
        self.encoder = Encoder(spec.shape, config.channels, hidden, self.code_dim, norm=norm)
        self.generator = decoder(self.code_dim, spec.shape, config.channels, config.decoder_dims, norm)
        self.discriminator = Discriminator(
            spec.shape,
            config.channels,
            () if spec.is_image else config.discriminator_dims,
            pieces=config.maxout_pieces,
            norm=config.discriminator_norm,
        )
        draw_weights(self, config.init_std)
        self.averaged_generator = copy_of(self.generator) if config.average else None

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
        slow = self.averaged_generator
        average = None if slow is None else Average(slow, self.generator, c.average)
        return {
            "discriminator": player(c.discriminator_optimizer, self.discriminator.parameters()),
            "generator": player(c.generator_optimizer, self.generator.parameters(), average=average),
            "encoder": player(c.encoder_optimizer, self.encoder.parameters()),
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
        encoder = (self.encode(batch._replace(x=drawn(self, x_tilde))) - z).square().mean()
        return {"generator": generator, "encoder": encoder}, {"generator": generator, "code_error": encoder}

    def _logits(self, x: Tensor, x_tilde: Tensor) -> tuple[Tensor, ...]:
        """D's logits of data and of generated images, as one batch."""
        seen = shown_together(self, x, x_tilde, self.config.discrete, self.config.image_noise)
        logits: Tensor = self.discriminator(seen)
        return logits.chunk(2)
