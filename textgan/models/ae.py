"""Autoencoders that only reconstruct: plain, with dropout on codes, denoising (Vincent et al. 2008)."""

from collections.abc import Sequence

from torch import Tensor

from textgan.config import Decoding
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.losses import mean_pixels, pixel_loss
from textgan.networks.conv import CodeMoments, ConvAutoencoder
from textgan.recipes.autoencoders import AEConfig


class AE(Game):
    """The baselines of ACAI's paper.

        image x (+ noise) -> encoder -> z (with dropout) -> decoder -> x_hat

    loss(x, x_hat): the mean squared error, or of binary images the mean negative log-likelihood of a pixel.
    """

    def __init__(self, config: AEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
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

    def players(self) -> dict[str, Player]:
        """The autoencoder."""
        return {"autoencoder": player(self.config.autoencoder, self.autoencoder.parameters())}

    def turns(self, step: int) -> Sequence[Turn]:
        """One reconstruction."""
        return [Turn("autoencoder", self.reconstruction_loss)]

    def reconstruction_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """The loss of the clean image, seen through noise and dropout."""
        c, x = self.config, batch.x
        if c.input_noise > 0:
            x = x + c.input_noise * self.normal(batch.rows, *self.spec.shape)
        z = self.autoencoder.encode(x)
        self.moments(z)
        if c.code_dropout > 0:
            z = z * (self.uniform(*z.shape) >= c.code_dropout) / (1 - c.code_dropout)
        loss = pixel_loss(self.autoencoder.decode(z), batch.x, self.spec.binary)
        return loss, {"reconstruction": loss}
