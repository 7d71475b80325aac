"""WGAN with gradient penalty (Gulrajani, Ahmed, Arjovsky, Dumoulin, Courville; NeurIPS 2017; arXiv 1704.00028)."""

from collections.abc import Sequence

from torch import Tensor

from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.losses import gradient_penalty
from textgan.models.gan import (
    averaged_copy,
    discriminator_input,
    gan_code_dim,
    make_average,
    make_discriminator,
    make_encoder,
    make_generator,
    sampled_pixels,
)
from textgan.networks.dcgan import init_weights
from textgan.recipes.gans import WGANGPConfig
from textgan.settings import Decoding


class WGANGP(Game):
    """A Wasserstein GAN, and an encoder that regresses the code of a generated image.

        z ~ N(0, I) -> generator G -> G(z)       critic f: x or G(z)?       G(z) -> encoder -> z_hat

    With f of slope 1 between data and generated images:
        critic:     E f(G(z)) - E f(x) + penalty_weight * E (||df/dx|| - 1)^2
        generator:  -E f(G(z))
        encoder:    mean (z - z_hat)^2

    The encoder never sees data in training, and the generator gets no gradient from it. The critic has no BatchNorm,
    which would couple the images whose slopes are taken one by one.

    Differs from the paper: small networks with strided convolutions in place of residual ones, 3x3 kernels at the full
    size, codes of 32 values, an encoder, a moving average of the generator for use after training.
    """

    path = "slerp"

    def __init__(self, config: WGANGPConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.code_dim = gan_code_dim(config, spec)
        self.encoder = make_encoder(config, spec, self.code_dim)
        self.generator = make_generator(config, spec, self.code_dim)
        self.critic = make_discriminator(config, spec)
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
        """The critic, the generator, and the encoder that follows it."""
        c = self.config
        averaged = make_average(self.averaged_generator, self.generator, c.average)
        return {
            "critic": Player.of(c.critic_optimizer, self.critic.parameters()),
            "generator": Player.of(c.generator_optimizer, self.generator.parameters(), average=averaged),
            "encoder": Player.of(c.encoder_optimizer, self.encoder.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """Several updates of the critic, then generator and encoder at once."""
        return [
            Turn("critic", self.critic_loss, self.config.critic_steps, full_precision=True),
            Turn(("generator", "encoder"), self.generator_and_encoder_loss),
        ]

    def critic_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """E f(G(z)) - E f(x), plus the penalty on f's slope."""
        x, x_tilde = batch.x, discriminator_input(self, self.decode(self.prior(len(batch.x))), self.config.discrete)
        wasserstein = self.score(x).mean() - self.score(x_tilde).mean()
        mix = self.uniform(len(x), *[1] * (x.ndim - 1))
        penalty = gradient_penalty(self.score, x, x_tilde, mix, slope=1.0)
        logs = {"wasserstein": wasserstein, "penalty": penalty}
        return self.config.penalty_weight * penalty - wasserstein, logs

    def generator_and_encoder_loss(self, batch: Images) -> tuple[dict[str, Tensor], Logs]:
        """-E f(G(z)), and the error of the code found in G(z)."""
        z = self.prior(len(batch.x))
        x_tilde = self.decode(z)
        generator = -self.score(discriminator_input(self, x_tilde, self.config.discrete)).mean()
        encoder = (self.encode(batch._replace(x=sampled_pixels(self, x_tilde))) - z).square().mean()
        return {"generator": generator, "encoder": encoder}, {"code_error": encoder}

    def score(self, x: Tensor) -> Tensor:
        """The critic's score of images (B, *shape): (B,)."""
        scores: Tensor = self.critic(x)
        return scores.squeeze(1)
