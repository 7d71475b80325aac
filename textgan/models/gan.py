"""What all GANs of images and points share: their networks, moving averages, and what a discriminator is given."""

import torch
from torch import Tensor, nn

from textgan.data.types import ImageSpec
from textgan.game import Average, Game, copy_of
from textgan.networks.dcgan import Decoder, Discriminator, Encoder
from textgan.networks.gradients import sample_pixels
from textgan.networks.mlp import MLP
from textgan.recipes.gans import GANConfig


def gan_code_dim(config: GANConfig, spec: ImageSpec) -> int:
    """D where no size is set: 32 for images, for points as many values as they have."""
    return config.code_dim or (32 if spec.is_image else spec.size)


def make_encoder(config: GANConfig, spec: ImageSpec, out_dim: int, extra_dim: int = 0, slope: float = 0.0) -> Encoder:
    """The encoder of images or points; see `Encoder` for the arguments."""
    hidden = () if spec.is_image else config.encoder_dims
    norm = config.norm if spec.is_image else config.point_norm
    return Encoder(spec.shape, config.channels, hidden, out_dim, extra_dim, norm, slope)


def make_generator(config: GANConfig, spec: ImageSpec, in_dim: int, slope: float = 0.0) -> nn.Module:
    """The generator of images by transposed convolutions, or of points by a perceptron with linear output.

    Args:
        config: sizes.
        spec: of the data.
        in_dim: size of the input.
        slope: of the leaky ReLU of images below zero.
    """
    if spec.is_image:
        return Decoder(in_dim, spec.shape, config.channels, config.norm, slope)
    return MLP(in_dim, config.decoder_dims, spec.shape[0], config.point_norm)


def make_discriminator(config: GANConfig, spec: ImageSpec) -> Discriminator:
    """A discriminator of images or points alone."""
    hidden = () if spec.is_image else config.discriminator_dims
    pieces, norm = config.maxout_pieces, config.discriminator_norm
    return Discriminator(spec.shape, config.channels, hidden, pieces=pieces, norm=norm)


def averaged_copy(network: nn.Module, decay: float) -> nn.Module | None:
    """The copy of a network that is used after training; None where nothing is averaged."""
    return copy_of(network) if decay else None


def make_average(copy: nn.Module | None, network: nn.Module, decay: float) -> Average | None:
    """How `averaged_copy` follows the network."""
    return None if copy is None else Average(copy, network, decay)


def sampled_pixels(game: Game, mean: Tensor) -> Tensor:
    """Binary pixels sampled with these means, the gradient going straight through; of other data the means."""
    return sample_pixels(mean, game.uniform(*mean.shape)) if game.spec.binary else mean


def discriminator_input(game: Game, mean: Tensor, discrete: str) -> Tensor:
    """Generated images (B, *shape) as `discrete` says: their probabilities, or pixels sampled with them."""
    return sampled_pixels(game, mean) if discrete == "straight_through" else mean


def discriminator_batch(game: Game, x: Tensor, fakes: Tensor, discrete: str, noise: float) -> Tensor:
    """Data and generated images as one batch, both with Gaussian noise if they are images: (B + F, *shape)."""
    both = torch.cat([x, discriminator_input(game, fakes, discrete)])
    return both + noise * game.normal(*both.shape) if game.spec.is_image and noise else both
