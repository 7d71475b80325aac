"""Adversarially constrained autoencoder interpolation (Berthelot, Raffel, Roy, Goodfellow; ICLR 2019)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from textgan.config import Decoding
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.losses import mean_pixels, pixel_loss
from textgan.networks.conv import CodeMoments, ConvAutoencoder, ConvEncoder
from textgan.recipes.autoencoders import ACAIConfig


class ACAI(Game):
    """An autoencoder whose interpolations a critic cannot tell from reconstructions (arXiv 1807.07543).

        x1 -> encoder -> z1 \\
                              alpha z1 + (1 - alpha) z2 -> decoder -> x_mix -> critic: what was alpha?
        x2 -> encoder -> z2 /

    autoencoder:  loss(x, x_hat) + interpolation_weight * critic(x_mix)^2
    critic:       (critic(x_mix) - alpha)^2 + critic(x_hat + blend (x - x_hat))^2,   alpha uniform in [0, 1/2]

    Both descend at once on one forward pass, as in the authors' code. The loss is the mean squared error, of binary
    images the mean negative log-likelihood of a pixel, and the critic then sees probabilities.
    """

    def __init__(self, config: ACAIConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
        scales = self.autoencoder.scales
        self.critic = ConvEncoder(spec.shape, config.depth, scales, config.code_channels)
        self.code_dim = self.autoencoder.code_dim
        self.moments = CodeMoments(self.code_dim)

    def encode(self, batch: Images) -> Tensor:
        """Codes of images, (B, D)."""
        return self.autoencoder.encode(batch.x)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels of codes (B, D): (B, C, H, W)."""
        return mean_pixels(self.autoencoder.decode(z), self.spec.binary)

    def prior(self, n: int) -> Tensor:
        """Codes of the Gaussian fitted to those of the training images, (n, D)."""
        return self.moments.draw(self.normal(n, self.code_dim))

    def answer(self, x: Tensor) -> Tensor:
        """The critic's guess of alpha for images (B, C, H, W): the mean of its last feature map, (B,)."""
        features: Tensor = self.critic(x)
        return features.float().flatten(1).mean(1)

    def players(self) -> dict[str, Player]:
        """The autoencoder and the critic."""
        return {
            "autoencoder": player(self.config.autoencoder, self.autoencoder.parameters()),
            "critic": player(self.config.critic, self.critic.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """One simultaneous turn."""
        return [Turn(("autoencoder", "critic"), self.losses)]

    def losses(self, batch: Images) -> tuple[dict[str, Tensor], Logs]:
        """Both losses; the partner of an image is half a batch away.

        The authors' is the mirror place; half a batch away is on the same rank, however many there are.
        """
        c, x = self.config, batch.x
        z = self.encode(batch)
        self.moments(z)
        alpha = 0.5 - (self.uniform(batch.rows) - 0.5).abs()
        mix = torch.lerp(z.roll(len(z) // 2, 0), z, alpha[:, None])
        output, of_mix = self.autoencoder.decode(torch.cat([z, mix])).chunk(2)
        x_hat, x_mix = mean_pixels(output, self.spec.binary), mean_pixels(of_mix, self.spec.binary)
        of_mix, of_blend = self.answer(torch.cat([x_mix, torch.lerp(x_hat, x, c.blend)])).chunk(2)
        reconstruction = pixel_loss(output, x, self.spec.binary)
        fooled = of_mix.square().mean()
        found = (of_mix - alpha).square().mean()
        return (
            {
                "autoencoder": reconstruction + c.interpolation_weight * fooled,
                "critic": found + of_blend.square().mean(),
            },
            {"reconstruction": reconstruction, "fooled": fooled, "critic": found},
        )
