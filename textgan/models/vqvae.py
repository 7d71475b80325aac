"""Autoencoder with discrete codes (van den Oord, Vinyals, Kavukcuoglu; NeurIPS 2017; arXiv 1711.00937)."""

from collections.abc import Sequence

from torch import Tensor, nn

from textgan.config import Decoding
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.losses import mean_pixels, pixel_loss
from textgan.networks.codebook import Codebook
from textgan.networks.conv import ConvAutoencoder
from textgan.networks.gradients import StraightThrough
from textgan.networks.moments import CodeMoments
from textgan.recipes.autoencoders import VQVAEConfig


class VQVAE(Game):
    """An image stands for a few vectors of a codebook, as in ACAI's paper.

        image x -> encoder -> z_1 ... z_10, each replaced by its nearest in the codebook -> decoder -> x_hat

    loss(x, x_hat) + commitment_weight * |z - nearest(z)|^2; the codebook follows by moving averages. The code, which
    is interpolated, is z before the replacement, D = latents * size of the map; a classifier reads the replaced one.
    """

    def __init__(self, config: VQVAEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
        self.latent_dim = self.autoencoder.code_dim
        self.code_dim = config.latents * self.latent_dim
        self.spread = nn.Linear(self.latent_dim, self.code_dim)
        self.gather = nn.Linear(self.code_dim, self.latent_dim)
        self.codebook = Codebook(config.codebook_size, self.latent_dim, config.codebook_decay)
        self.moments = CodeMoments(self.code_dim)

    def encode(self, batch: Images) -> Tensor:
        """Codes of images before they are replaced, (B, D)."""
        z: Tensor = self.spread(self.autoencoder.encode(batch.x))
        return z.float()

    def features(self, batch: Images) -> Tensor:
        """The codebook's vectors that stand for images, (B, D)."""
        return self.quantize(self.encode(batch))

    def quantize(self, z: Tensor) -> Tensor:
        """Codes (B, D) with each of their vectors replaced by the nearest of the codebook."""
        vectors: Tensor = self.codebook(z.view(len(z), -1, self.latent_dim))
        return vectors.view_as(z)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels of codes (B, D), which are replaced first: (B, C, H, W)."""
        return mean_pixels(self.autoencoder.decode(self.gather(self.quantize(z))), self.spec.binary)

    def prior(self, n: int) -> Tensor:
        """Codes of the Gaussian fitted to those of the training images, (n, D)."""
        return self.moments.draw(self.normal(n, self.code_dim))

    def players(self) -> dict[str, Player]:
        """All but the codebook, which follows by itself."""
        return {"autoencoder": player(self.config.autoencoder_optimizer, self.parameters())}

    def turns(self, step: int) -> Sequence[Turn]:
        """One reconstruction."""
        loss = self.reconstruction_loss if step >= self.config.free_rounds else self.free_loss
        return [Turn("autoencoder", loss)]

    def free_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """The loss of codes that are not replaced yet."""
        z = self.encode(batch)
        self.moments(z)
        loss = pixel_loss(self.autoencoder.decode(self.gather(z)), batch.x, self.spec.binary)
        return loss, {"reconstruction": loss}

    def reconstruction_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """Equation 3 of the paper, the codebook's term replaced by moving averages."""
        z = self.encode(batch)
        self.moments(z)
        nearest = self.quantize(z)
        commitment = (z - nearest).square().mean()
        output = self.autoencoder.decode(self.gather(StraightThrough.apply(z, nearest)))
        reconstruction = pixel_loss(output, batch.x, self.spec.binary)
        loss = reconstruction + self.config.commitment_weight * commitment
        return loss, {"reconstruction": reconstruction, "commitment": commitment}
