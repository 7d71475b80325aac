"""Adversarial autoencoder (Makhzani, Shlens, Jaitly, Goodfellow, Frey; 2016; arXiv 1511.05644)."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

from textgan.config import Decoding
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.losses import mean_pixels, pixel_loss
from textgan.networks.conv import ConvAutoencoder
from textgan.networks.mlp import Critic
from textgan.recipes.autoencoders import AAEConfig


class AAE(Game):
    """An autoencoder whose codes a discriminator cannot tell from N(0, I).

        image x -> encoder -> z -> decoder -> x_hat
                     z or noise -> discriminator: which of the two?

    autoencoder:    loss(x, x_hat) - adversarial_weight * log D(z)
    discriminator: -log D(noise) - log(1 - D(z))

    Both descend at once, as in the code of ACAI's authors.
    """

    path = "slerp"

    def __init__(self, config: AAEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
        self.code_dim = self.autoencoder.code_dim
        self.discriminator = Critic(self.code_dim, config.discriminator_dims)

    def encode(self, batch: Images) -> Tensor:
        """Codes of images, (B, D)."""
        return self.autoencoder.encode(batch.x)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels of codes (B, D): (B, C, H, W)."""
        return mean_pixels(self.autoencoder.decode(z), self.spec.binary)

    def prior(self, n: int) -> Tensor:
        """Standard normal codes, (n, D)."""
        return self.normal(n, self.code_dim)

    def players(self) -> dict[str, Player]:
        """The autoencoder and the discriminator of codes."""
        return {
            "autoencoder": player(self.config.autoencoder, self.autoencoder.parameters()),
            "discriminator": player(self.config.discriminator, self.discriminator.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """One simultaneous turn."""
        return [Turn(("autoencoder", "discriminator"), self.losses)]

    def losses(self, batch: Images) -> tuple[dict[str, Tensor], Logs]:
        """Both losses."""
        z = self.encode(batch)
        reconstruction = pixel_loss(self.autoencoder.decode(z), batch.x, self.spec.binary)
        of_code = self.discriminator(z).float()
        of_noise = self.discriminator(self.normal(*z.shape)).float()
        adversarial = F.softplus(-of_code).mean()
        discriminator = F.softplus(-of_noise).mean() + F.softplus(of_code).mean()
        return (
            {
                "autoencoder": reconstruction + self.config.adversarial_weight * adversarial,
                "discriminator": discriminator,
            },
            {"reconstruction": reconstruction, "adversarial": adversarial, "discriminator": discriminator},
        )
