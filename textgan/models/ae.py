"""Autoencoders that only reconstruct: plain, with dropout on codes, denoising (Vincent et al. 2008)."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from textgan.data.types import ImageSpec, TextSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.autoencoder import build_autoencoder
from textgan.networks.moments import CodeMoments
from textgan.recipes.autoencoders import AEConfig
from textgan.settings import Decoding


class AE(Game):
    """The baselines of ARAE's and ACAI's papers.

        x (with noise, or without some of its words) -> encoder -> z (with dropout) -> decoder -> x_hat

    The loss is -log p(x | z) of sentences, nats per token; of images the mean squared error, or of binary ones the
    mean negative log-likelihood of a pixel.
    """

    def __init__(self, config: AEConfig, spec: TextSpec | ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = build_autoencoder(config, spec)
        self.code_dim = self.autoencoder.code_dim
        self.moments = CodeMoments(self.code_dim)

    def encode(self, batch: Any) -> Tensor:
        """Codes of data, (B, D)."""
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
        """Codes of the Gaussian fitted to those of the training data, (n, D)."""
        return self.moments.draw(self.normal(n, self.code_dim))

    def make_players(self) -> dict[str, Player]:
        """The autoencoder."""
        return {"autoencoder": self.autoencoder.make_player()}

    def turns(self, step: int) -> Sequence[Turn]:
        """One reconstruction."""
        return [Turn("autoencoder", self.reconstruction_loss, batches="epoch")]

    def reconstruction_loss(self, batch: Any) -> tuple[Tensor, Logs]:
        """The loss of reconstructing clean data from corrupted data and codes with dropout."""
        dropout = self.config.code_dropout
        z = self.encode(self.autoencoder.corrupted(batch, self))
        self.moments(z)
        if dropout > 0:
            z = z * (self.uniform(*z.shape) >= dropout) / (1 - dropout)
        loss = self.autoencoder.loss(z, batch, self)
        return loss, {"reconstruction": loss}
