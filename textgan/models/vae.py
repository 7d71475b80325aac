"""Variational autoencoder (Kingma, Welling; ICLR 2014; arXiv 1312.6114)."""

from collections.abc import Sequence

from torch import Tensor, nn

from textgan.config import Decoding
from textgan.data.types import Images, ImageSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.losses import bernoulli_nll, mean_pixels
from textgan.networks.conv import ConvAutoencoder
from textgan.recipes.autoencoders import VAEConfig


class VAE(Game):
    """An autoencoder whose codes are drawn from Gaussians near the prior N(0, I).

        image x -> encoder -> mu, sigma;  z = mu + sigma noise -> decoder -> p(x | z)

    -log p(x | z) + kl_weight * KL(N(mu, sigma^2) || N(0, I)), nats per image; pixels are Bernoulli, grey ones in their
    share. A code is mu here; ACAI's authors interpolate between samples. Their classifier reads the encoder's last
    feature map, and so does `features`.
    """

    path = "slerp"

    def __init__(self, config: VAEConfig, spec: ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = ConvAutoencoder(spec.shape, config.depth, config.code_width, config.code_channels)
        self.code_dim = self.autoencoder.code_dim
        self.mean, self.log_variance = (nn.Linear(self.code_dim, self.code_dim) for _ in range(2))

    def encode(self, batch: Images) -> Tensor:
        """Means of the codes of images, (B, D)."""
        z: Tensor = self.mean(self.features(batch))
        return z.float()

    def features(self, batch: Images) -> Tensor:
        """The encoder's last feature map, (B, D)."""
        return self.autoencoder.encode(batch.x)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Mean pixels of codes (B, D): (B, C, H, W)."""
        return mean_pixels(self.autoencoder.decode(z), binary=True)

    def prior(self, n: int) -> Tensor:
        """Standard normal codes, (n, D)."""
        return self.normal(n, self.code_dim)

    def players(self) -> dict[str, Player]:
        """The whole model."""
        return {"autoencoder": player(self.config.autoencoder, self.parameters())}

    def turns(self, step: int) -> Sequence[Turn]:
        """One step down the negative evidence lower bound."""
        return [Turn("autoencoder", self.negative_elbo)]

    def negative_elbo(self, batch: Images) -> tuple[Tensor, Logs]:
        """Equation 10 of the paper with one sample, nats per image."""
        h = self.features(batch)
        mu, log_variance = self.mean(h).float(), self.log_variance(h).float().clamp(-20, 20)
        z = mu + (log_variance / 2).exp() * self.normal(*mu.shape)
        nll = bernoulli_nll(self.autoencoder.decode(z), batch.x)
        kl = 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance).sum(1).mean()
        return nll + self.config.kl_weight * kl, {"reconstruction": nll, "kl": kl}
