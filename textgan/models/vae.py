"""Variational autoencoder (Kingma, Welling; ICLR 2014; arXiv 1312.6114)."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from torch import Tensor, nn

from textgan.data.types import ImageSpec, TextSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.autoencoder import build_autoencoder
from textgan.networks.moments import batch_mean
from textgan.recipes.autoencoders import VAEConfig
from textgan.settings import Decoding


def divergence(mu: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)) of each dimension, nats, of the shape of mu."""
    return 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance)


class VAE(Game):
    """An autoencoder whose codes are sampled from Gaussians near the prior N(0, I).

        x -> encoder -> mu, sigma;  z = mu + sigma noise -> decoder -> p(x | z)

    -log p(x | z) + kl_weight * KL(N(mu, sigma^2) || N(0, I)), nats per image, or of sentences nats per token; pixels
    are Bernoulli, gray ones in their share. Sentences need two aids, else the decoder ignores the code (Bowman et al.
    2016): kl_weight rises slowly, and dimensions have free_bits. A code is mu here; ACAI's authors interpolate between
    samples. Their classifier's input is the encoder's last feature map, and so is `features`.
    """

    path = "slerp"

    def __init__(self, config: VAEConfig, spec: TextSpec | ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = build_autoencoder(config, spec, bernoulli=True)
        self.code_dim = self.autoencoder.code_dim
        self.mean, self.log_variance = (nn.Linear(self.code_dim, self.code_dim) for _ in range(2))

    def encode(self, batch: Any) -> Tensor:
        """Means of the codes of data, (B, D)."""
        z: Tensor = self.mean(self.features(batch))
        return z.float()

    def features(self, batch: Any) -> Tensor:
        """The encoder's last layer, (B, D)."""
        return self.autoencoder.encode(batch)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Data of codes (B, D)."""
        return self.autoencoder.decode(z, decoding, self)

    def logits(self, z: Tensor, batch: Any) -> Tensor:
        """Next-token logits of sentences, (M, V)."""
        return self.autoencoder.logits(z, batch)

    def token_nlls(self, z: Tensor, batch: Any) -> Tensor:
        """-log p of real tokens, nats, (M,)."""
        return self.autoencoder.token_nlls(z, batch)

    def prior(self, n: int) -> Tensor:
        """Standard normal codes, (n, D)."""
        return self.normal(n, self.code_dim)

    def make_players(self) -> dict[str, Player]:
        """The whole model."""
        return {"autoencoder": self.autoencoder.make_player(*self.mean.parameters(), *self.log_variance.parameters())}

    def turns(self, step: int) -> Sequence[Turn]:
        """One step down the negative evidence lower bound."""
        warmup = self.config.kl_warmup_rounds
        weight = self.config.kl_weight * (min(1.0, (step + 1) / warmup) if warmup else 1.0)
        return [Turn("autoencoder", partial(self.negative_elbo, kl_weight=weight), batches="epoch")]

    def posterior(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), both (B, D)."""
        h = self.features(batch)
        return self.mean(h).float(), self.log_variance(h).float().clamp(-20, 20)

    def nlls(self, z: Tensor, batch: Any) -> Tensor:
        """-log p(x | z) of each sentence or image, nats, (B,)."""
        return self.autoencoder.nlls(z, batch)

    def negative_elbo(self, batch: Any, kl_weight: float) -> tuple[Tensor, Logs]:
        """Equation 10 of the paper with one sample, nats per image or per token."""
        mu, log_variance = self.posterior(self.autoencoder.corrupted(batch, self))
        z = mu + (log_variance / 2).exp() * self.normal(*mu.shape)
        nll = self.autoencoder.loss(z, batch, self)
        of_dimensions = batch_mean(divergence(mu, log_variance))
        kl = of_dimensions.sum()
        paid = of_dimensions.clamp_min(self.config.free_bits).sum() / self.autoencoder.units(batch)
        return nll + kl_weight * paid, {"reconstruction": nll, "kl": kl}
