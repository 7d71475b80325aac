"""Convolutional encoder and decoder of ACAI (Berthelot et al. 2019, appendix; arXiv 1807.07543)."""

import math

import torch.nn.functional as F
from torch import Tensor, nn

_SLOPE = 0.2


def conv(in_channels: int, out_channels: int, kernel: int = 3) -> nn.Conv2d:
    """A convolution that keeps the size, weights from N(0, 1 / ((1 + 0.2^2) fan_in)), biases 0."""
    layer = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
    nn.init.normal_(layer.weight, 0, 1 / math.sqrt((1 + _SLOPE**2) * in_channels * kernel**2))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def halved(x: Tensor) -> Tensor:
    """2x2 average pooling as sums of slices: avg_pool2d takes more than twice as long on a CPU, its backward most."""
    x = x[..., ::2] + x[..., 1::2]
    return (x[:, :, ::2] + x[:, :, 1::2]) / 4


def pixels_around(shape: tuple[int, ...], scales: int) -> tuple[int, int, int, int]:
    """Left, right, top and bottom border with which height and width can be halved `scales` times."""
    _, height, width = shape
    extra_height, extra_width = -height % 2**scales, -width % 2**scales
    return extra_width // 2, extra_width - extra_width // 2, extra_height // 2, extra_height - extra_height // 2


class ConvEncoder(nn.Module):
    """Two 3x3 convolutions and an average pool per scale, channels doubling; then one more pair without pool.

    Args:
        shape: (C, H, W) of the images; black borders are added until H and W divide by 2^scales.
        depth: channels of the first scale.
        scales: how often the size is halved.
        latent: channels of the last feature map.
    """

    def __init__(self, shape: tuple[int, ...], depth: int, scales: int, latent: int) -> None:
        super().__init__()
        self.border = pixels_around(shape, scales)
        self.first = conv(shape[0], depth, 1)
        widths = [depth, *(depth * 2**k for k in range(scales + 1))]
        self.layers = nn.ModuleList()
        for k in range(scales):
            self.layers.extend([conv(widths[k], widths[k + 1]), conv(widths[k + 1], widths[k + 1])])
        self.last = nn.Sequential(conv(widths[scales], widths[scales + 1]), nn.LeakyReLU(_SLOPE))
        self.code = conv(widths[scales + 1], latent)

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> feature maps (B, latent, h, w)."""
        h = self.first(F.pad(x, self.border, value=-1.0))
        for number, layer in enumerate(self.layers):
            h = F.leaky_relu(layer(h), _SLOPE)
            if number % 2:
                h = halved(h)
        z: Tensor = self.code(self.last(h))
        return z


class ConvDecoder(nn.Module):
    """The encoder mirrored: two 3x3 convolutions and a nearest-neighbour doubling per scale, then one more pair.

    Args:
        shape: (C, H, W) of the images.
        depth: channels of the last scale.
        scales: how often the size is doubled.
        latent: channels of the code's map.
    """

    def __init__(self, shape: tuple[int, ...], depth: int, scales: int, latent: int) -> None:
        super().__init__()
        self.shape, self.border = shape, pixels_around(shape, scales)
        widths = [latent, *(depth * 2**k for k in reversed(range(scales)))]
        self.layers = nn.ModuleList()
        for k in range(scales):
            self.layers.extend([conv(widths[k], widths[k + 1]), conv(widths[k + 1], widths[k + 1])])
        self.last = nn.Sequential(conv(depth, depth), nn.LeakyReLU(_SLOPE), conv(depth, shape[0]))

    def forward(self, z: Tensor) -> Tensor:
        """Maps (B, latent, h, w) -> images (B, C, H, W), unbounded."""
        for number, layer in enumerate(self.layers):
            z = F.leaky_relu(layer(z), _SLOPE)
            if number % 2:
                z = F.interpolate(z, scale_factor=2.0, mode="nearest")
        x: Tensor = self.last(z)
        left, _, top, _ = self.border
        return x[:, :, top : top + self.shape[1], left : left + self.shape[2]]


class ConvAutoencoder(nn.Module):
    """Encoder and decoder with a code that is a small map, seen from outside as a vector.

    Args:
        shape: (C, H, W) of the images.
        depth: channels of the first scale.
        code_width: the larger side of the code's map: images are halved until they are as small.
        code_channels: channels of the map; D = code_channels * h * w.
    """

    def __init__(self, shape: tuple[int, ...], depth: int, code_width: int, code_channels: int) -> None:
        super().__init__()
        scales = max(0, math.ceil(math.log2(max(shape[1:]) / code_width)))
        self.scales = scales
        self.code_shape = (code_channels, -(-shape[1] // 2**scales), -(-shape[2] // 2**scales))
        self.code_dim = math.prod(self.code_shape)
        self.encoder = ConvEncoder(shape, depth, scales, code_channels)
        self.decoder = ConvDecoder(shape, depth, scales, code_channels)

    def encode(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> codes (B, D)."""
        z: Tensor = self.encoder(x)
        return z.flatten(1).float()

    def decode(self, z: Tensor) -> Tensor:
        """Codes (B, D) -> unbounded outputs (B, C, H, W): pixels, or logits of binary ones."""
        x: Tensor = self.decoder(z.view(-1, *self.code_shape))
        return x.float()
