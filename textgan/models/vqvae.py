"""Autoencoder with discrete codes (van den Oord, Vinyals, Kavukcuoglu; NeurIPS 2017; arXiv 1711.00937)."""

from collections.abc import Sequence

from torch import Tensor, nn

from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.losses import mean_pixels, pixel_loss
from textgan.models.autoencoder import noisy
from textgan.networks.codebook import Codebook
from textgan.networks.conv import ConvAutoencoder
from textgan.networks.gradients import StraightThrough
from textgan.networks.moments import CodeMoments
from textgan.recipes.autoencoders import VQVAEConfig
from textgan.settings import Decoding


class VQVAE(Game):
    """An image stands for a few vectors of a codebook, as in the code of ACAI's authors.

        image x -> encoder -> z -> linear -> z_1 ... z_10, each replaced by its nearest in the codebook -> y
                                             y -> ReLU, 512, ReLU, D -> decoder -> x_hat

    loss(x, x_hat) + commitment_weight * |z_i - nearest(z_i)|^2; the codebook follows by moving averages. The code,
    which is interpolated and clustered, is the encoder's output z, of D values; the input of a classifier is that of
    the decoder.

    Differs from their code: the codebook begins where the first vectors are, each of its vectors weighing as if it had
    been used once, where theirs begins at random with no use and smooths the counts; codes may be free at first.
    """

    def __init__(self, config: VQVAEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
        self.code_dim = self.autoencoder.code_dim
        self.spread = nn.Linear(self.code_dim, config.latents * self.code_dim)
        dims = config.latents * self.code_dim, config.gather_dim, self.code_dim
        self.gather = nn.Sequential(nn.ReLU(), nn.Linear(*dims[:2]), nn.ReLU(), nn.Linear(*dims[1:]))
        self.codebook = Codebook(config.codebook_size, self.code_dim, config.codebook_decay)
        self.moments = CodeMoments(self.code_dim)

    def encode(self, batch: Images) -> Tensor:
        """Codes of images, (B, D)."""
        return self.autoencoder.encode(batch.x)

    def features(self, batch: Images) -> Tensor:
        """The decoder's input for images, (B, D)."""
        return self.decoder_input(self.encode(batch))

    def decoder_input(self, z: Tensor) -> Tensor:
        """The decoder's input for codes (B, D): their vectors, replaced by the codebook's, as D values again."""
        y: Tensor = self.gather(self.quantize(self.spread(z)))
        return y.float()

    def quantize(self, vectors: Tensor) -> Tensor:
        """Vectors, L side by side, (B, L D), each replaced by the nearest of the codebook."""
        nearest: Tensor = self.codebook(vectors.float().view(len(vectors), -1, self.code_dim))
        return nearest.view_as(vectors)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels of codes (B, D): (B, C, H, W)."""
        return mean_pixels(self.autoencoder.decode(self.decoder_input(z)), self.spec.binary)

    def prior(self, n: int) -> Tensor:
        """Codes of the Gaussian fitted to those of the training images, (n, D)."""
        return self.moments.draw(self.normal(n, self.code_dim))

    def make_players(self) -> dict[str, Player]:
        """All but the codebook, which is updated by moving averages."""
        return {"autoencoder": Player.of(self.config.autoencoder_optimizer, self.parameters())}

    def turns(self, step: int) -> Sequence[Turn]:
        """One reconstruction."""
        loss = self.reconstruction_loss if step >= self.config.free_rounds else self.free_loss
        return [Turn("autoencoder", loss)]

    def free_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """The loss of vectors that are not replaced yet."""
        z = self.encode(noisy(batch, self.config.input_noise, self))
        self.moments(z)
        loss = pixel_loss(self.autoencoder.decode(self.gather(self.spread(z)).float()), batch.x, self.spec.binary)
        return loss, {"reconstruction": loss}

    def reconstruction_loss(self, batch: Images) -> tuple[Tensor, Logs]:
        """Equation 3 of the paper, the codebook's term replaced by moving averages."""
        z = self.encode(noisy(batch, self.config.input_noise, self))
        self.moments(z)
        vectors = self.spread(z).float()
        nearest = self.quantize(vectors)
        commitment = (vectors - nearest).square().mean()
        y = self.gather(StraightThrough.apply(vectors, nearest)).float()
        reconstruction = pixel_loss(self.autoencoder.decode(y), batch.x, self.spec.binary)
        loss = reconstruction + self.config.commitment_weight * commitment
        return loss, {"reconstruction": reconstruction, "commitment": commitment}
