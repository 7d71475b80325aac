"""Adversarially constrained autoencoder interpolation (Berthelot, Raffel, Roy, Goodfellow; ICLR 2019)."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from textgan.data.specials import BOS, PAD
from textgan.data.types import Images, ImageSpec, Sentences, TextSpec
from textgan.distributed import mirrored
from textgan.game import Game, Logs, Player, Turn
from textgan.losses import mean_pixels, pixel_loss
from textgan.models.autoencoder import ImageAutoencoder, SentenceAutoencoder, build_autoencoder
from textgan.networks.conv import ConvAutoencoder, ConvEncoder
from textgan.networks.mlp import Critic, SetCritic
from textgan.networks.moments import CodeMoments
from textgan.recipes.autoencoders import ACAIConfig
from textgan.settings import Decoding


class ACAI(Game):
    """An autoencoder whose interpolations a critic cannot tell from reconstructions (arXiv 1807.07543).

        x1 -> encoder -> z1 \\
                              alpha z1 + (1 - alpha) z2 -> decoder -> x_mix -> critic: what was alpha?
        x2 -> encoder -> z2 /

    autoencoder:  loss(x, x_hat) + interpolation_weight * critic(x_mix)^2
    critic:       (critic(x_mix) - alpha)^2 + critic(x_hat + blend (x - x_hat))^2,   alpha uniform in [0, 1/2]

    Both descend at once on one forward pass, as in the authors' code. The loss is the mean squared error, of binary
    images the mean negative log-likelihood of a pixel; then the critic gets probabilities.

    Words have no gradient. For sentences the critic's input is the decoder's states on the sentences that the decoder
    generated, as in professor forcing (Lamb et al. 2016, arXiv 1610.09038), where a share `blend` of the
    reconstructions is replaced by the sentences themselves; or, as `critic_input` says, the codes.
    """

    def __init__(self, config: ACAIConfig, spec: TextSpec | ImageSpec) -> None:
        super().__init__()
        self.config, self.spec = config, spec
        self.autoencoder = build_autoencoder(config, spec)
        self.code_dim = self.autoencoder.code_dim
        self.critic = _critic(config, spec, self.autoencoder)
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

    def answer(self, x: Tensor) -> Tensor:
        """The critic's guess of alpha for images (B, C, H, W): the mean of its last feature map, (B,)."""
        features: Tensor = self.critic(x)
        return features.float().flatten(1).mean(1)

    def make_players(self) -> dict[str, Player]:
        """The autoencoder and the critic."""
        return {
            "autoencoder": self.autoencoder.make_player(),
            "critic": Player.of(self.config.critic_optimizer, self.critic.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """One simultaneous turn."""
        return [Turn(("autoencoder", "critic"), self.losses)]

    def losses(self, batch: Any) -> tuple[dict[str, Tensor], Logs]:
        """Both losses; the partner of a row is the one in the mirror place of the batch, as in the authors' code."""
        z = self.encode(self.autoencoder.corrupted(batch, self))
        self.moments(z)
        alpha = 0.5 - (self.uniform(batch.batch_size) - 0.5).abs()
        mix = torch.lerp(mirrored(z), z, alpha[:, None])
        parts = self._image_losses if isinstance(batch, Images) else self._sentence_losses
        reconstruction, of_mix, of_blend = parts(z, mix, batch)
        fooled = of_mix.square().mean()
        found = (of_mix - alpha).square().mean()
        return (
            {
                "autoencoder": reconstruction + self.config.interpolation_weight * fooled,
                "critic": found + of_blend.square().mean(),
            },
            {"reconstruction": reconstruction, "fooled": fooled, "critic": found},
        )

    def _image_losses(self, z: Tensor, mix: Tensor, batch: Images) -> tuple[Tensor, Tensor, Tensor]:
        """The reconstruction loss, and the critic's outputs for mixtures and for blends."""
        assert isinstance(self.autoencoder, ImageAutoencoder)
        output, of_mix = self.autoencoder.networks.decode(torch.cat([z, mix])).chunk(2)
        x_hat, x_mix = mean_pixels(output, self.spec.binary), mean_pixels(of_mix, self.spec.binary)
        of_mix, of_blend = self.answer(x_mix), self.answer(torch.lerp(x_hat, batch.x, self.config.blend))
        return pixel_loss(output, batch.x, self.spec.binary), of_mix, of_blend

    def _sentence_losses(self, z: Tensor, mix: Tensor, batch: Sentences) -> tuple[Tensor, Tensor, Tensor]:
        assert isinstance(self.autoencoder, SentenceAutoencoder)
        reconstruction = self.autoencoder.loss(z, batch, self)
        if self.config.critic_input == "codes":
            of_mix, of_codes = self.critic(torch.cat([mix, z])).float().chunk(2)
            return reconstruction, of_mix, of_codes
        both = torch.cat([mix, z])
        real = torch.cat([torch.ones_like(mix[:, 0]), self.uniform(batch.batch_size)]) < self.config.blend
        targets, mask = _blended(self.decode(both, Decoding(temperature=0.0)), batch, real)
        inputs = torch.cat([torch.full_like(targets[:, :1], BOS), targets[:, :-1]], dim=1)
        # At all places: which are padding is known on the device alone.
        states = self.autoencoder.decoder.states(both, inputs, torch.arange(inputs.numel(), device=inputs.device))
        of_mix, of_blend = self.critic(states.view(*inputs.shape, -1), mask).float().chunk(2)
        return reconstruction, of_mix, of_blend


def _blended(generated: Tensor, batch: Sentences, real: Tensor) -> tuple[Tensor, Tensor]:
    """Target tokens of the critic's input, and the mask of those that are not padding, both (2 B, T).

    Args:
        generated: tokens that end in </s> and <pad>, of mixtures, then of reconstructions, (2 B, T).
        batch: the sentences that are reconstructed.
        real: rows to be replaced by those sentences, (2 B,).
    """
    width = generated.shape[1] - batch.targets.shape[1]
    true = torch.nn.functional.pad(batch.targets, (0, width), value=PAD).repeat(2, 1)
    targets = torch.where(real[:, None], true, generated)
    return targets, targets != PAD


def _critic(config: ACAIConfig, spec: TextSpec | ImageSpec, networks: nn.Module) -> nn.Module:
    if isinstance(networks, SentenceAutoencoder):
        network = Critic if config.critic_input == "codes" else SetCritic
        return network(networks.code_dim if config.critic_input == "codes" else config.hidden_dim, config.critic_dims)
    assert isinstance(spec, ImageSpec)
    assert isinstance(networks, ImageAutoencoder)
    assert isinstance(networks.networks, ConvAutoencoder)
    return ConvEncoder(spec.shape, config.depth, networks.networks.scales, config.code_channels)
