"""What a discriminator, a critic or an encoder is shown of generated images, for all GANs alike."""

import torch
from torch import Tensor

from textgan.game import Game
from textgan.networks.gradients import draw_pixels


def drawn(game: Game, mean: Tensor) -> Tensor:
    """Binary pixels drawn with these means, the gradient going straight through; others as they are."""
    return draw_pixels(mean, game.uniform(*mean.shape)) if game.spec.binary else mean


def shown(game: Game, mean: Tensor, discrete: str) -> Tensor:
    """Generated images (B, *shape) as `discrete` says: their probabilities, or pixels drawn with them."""
    return drawn(game, mean) if discrete == "straight_through" else mean


def shown_together(game: Game, x: Tensor, fakes: Tensor, discrete: str, noise: float) -> Tensor:
    """Data and generated images as one batch, both with Gaussian noise if they are images: (B + F, *shape)."""
    seen = torch.cat([x, shown(game, fakes, discrete)])
    return seen + noise * game.normal(*seen.shape) if game.spec.is_image and noise else seen
