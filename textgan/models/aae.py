"""Adversarial autoencoder (Makhzani, Shlens, Jaitly, Goodfellow, Frey; 2016; arXiv 1511.05644)."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor

from textgan.data.types import ImageSpec, TextSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.autoencoder import build_autoencoder
from textgan.networks.mlp import Critic
from textgan.recipes.autoencoders import AAEConfig
from textgan.settings import Decoding


class AAE(Game):
    """An autoencoder whose codes a discriminator cannot tell from N(0, I).

        x (with noise, or without some of its words) -> encoder -> z -> decoder -> x_hat
                                        z or noise -> discriminator: which of the two?

    autoencoder:    loss(x, x_hat) - adversarial_weight * log D(z)
    discriminator: -log D(noise) - log(1 - D(z))

    Both descend at once, as in the code of ACAI's authors. With words left out this is the denoising one of Shen et al.
    (2020, arXiv 1905.12777).
    """

    path = "slerp"

    def __init__(self, config: AAEConfig, spec: TextSpec | ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = build_autoencoder(config, spec)
        self.code_dim = self.autoencoder.code_dim
        self.discriminator = Critic(self.code_dim, config.discriminator_dims)

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
        """Standard normal codes, (n, D)."""
        return self.normal(n, self.code_dim)

    def make_players(self) -> dict[str, Player]:
        """The autoencoder and the discriminator of codes."""
        return {
            "autoencoder": self.autoencoder.make_player(),
            "discriminator": Player.of(self.config.discriminator_optimizer, self.discriminator.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """One simultaneous turn."""
        return [Turn(("autoencoder", "discriminator"), self.losses)]

    def losses(self, batch: Any) -> tuple[dict[str, Tensor], Logs]:
        """Both losses."""
        z = self.encode(self.autoencoder.corrupted(batch, self))
        reconstruction = self.autoencoder.loss(z, batch, self)
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
