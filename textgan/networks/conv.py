"""Convolutional encoder and decoder of ACAI (Berthelot et al. 2019, appendix; arXiv 1807.07543).

Two pairs of linear maps between which nothing stands are computed as one each, with the same numbers up to rounding.
Maps are laid out with channels last, as convolutions read and write them without a copy.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SLOPE = 0.2


class Convolution(nn.Conv2d):
    """A convolution that keeps the size, weights from N(0, 1 / ((1 + 0.2^2) fan_in)), biases 0."""

    bias: nn.Parameter

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 3) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2)
        nn.init.normal_(self.weight, 0, 1 / math.sqrt((1 + _SLOPE**2) * in_channels * kernel**2))
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Maps (B, C, H, W) -> (B, C', H, W); where a 3x3 kernel covers the whole map, by one matrix.

        On a CPU that takes half the time, most of it spared in the gradient of the weights.
        """
        if self.kernel_size == (3, 3) and max(x.shape[2:]) <= 2 and x.device.type == "cpu":
            return self._as_matrix(x)
        return super().forward(x)

    def _as_matrix(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        taps = self.weight.permute(2, 3, 0, 1)
        parts = [taps[1 - i : 1 - i + height, 1 - j : 1 - j + width] for i in range(height) for j in range(width)]
        matrix = torch.cat([part.permute(2, 0, 1, 3).flatten(1) for part in parts])
        y = F.linear(x.permute(0, 2, 3, 1).flatten(1), matrix, self.bias.repeat(height * width))
        return y.view(-1, height, width, self.out_channels).permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    """The same maps (B, C, H, W), laid out as (B, H, W, C)."""
    return x.contiguous(memory_format=torch.channels_last)


def mixed_then(first: Convolution, then: Convolution, x: Tensor) -> Tensor:
    """`then(first(x))` of a 1x1 and a 3x3 convolution, as a 3x3 one of few channels instead of many.

    A channel of ones carries the bias of the first: it ends at the border, where the second is padded with zeros.
    """
    x = channels_last(torch.cat([x, torch.ones_like(x[:, :1])], 1))
    mix = torch.cat([first.weight[:, :, 0, 0], first.bias[:, None]], 1)
    return F.conv2d(x, torch.einsum("omhw,mc->ochw", then.weight, mix), then.bias, padding=1)


def doubled_then(then: Convolution, x: Tensor) -> Tensor:
    """`then` of maps doubled to their nearest neighbours, with 16 products for the 36 of 3x3 at the doubled size.

    A pixel stands for 2x2 equal ones, each of which adds the turned kernel: in sum a kernel of 4x4, stride 2.
    """
    turned = then.weight.transpose(0, 1).flip(2, 3)
    kernel = F.avg_pool2d(turned, 2, stride=1, padding=1, divisor_override=1)
    return F.conv_transpose2d(x, kernel, then.bias, stride=2, padding=1)


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
        self.first = Convolution(shape[0], depth, 1)
        widths = [depth, *(depth * 2**k for k in range(scales + 1))]
        self.layers = nn.ModuleList()
        for k in range(scales):
            self.layers.extend([Convolution(widths[k], widths[k + 1]), Convolution(widths[k + 1], widths[k + 1])])
        self.last = nn.Sequential(Convolution(widths[scales], widths[scales + 1]), nn.LeakyReLU(_SLOPE))
        self.code = Convolution(widths[scales + 1], latent)

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, C, H, W) -> feature maps (B, latent, h, w)."""
        convolutions = [*self.layers, self.last[0]]
        h = mixed_then(self.first, convolutions[0], F.pad(x, self.border, value=-1.0))
        for number, layer in enumerate(convolutions[1:], 1):
            h = F.leaky_relu(h, _SLOPE, inplace=True)
            h = layer(h if number % 2 else F.avg_pool2d(h, 2))
        z: Tensor = self.code(F.leaky_relu(h, _SLOPE, inplace=True))
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
            self.layers.extend([Convolution(widths[k], widths[k + 1]), Convolution(widths[k + 1], widths[k + 1])])
        self.last = nn.Sequential(Convolution(widths[-1], depth), nn.LeakyReLU(_SLOPE), Convolution(depth, shape[0]))

    def forward(self, z: Tensor) -> Tensor:
        """Maps (B, latent, h, w) -> images (B, C, H, W), unbounded."""
        z = channels_last(z)
        for number, layer in enumerate([*self.layers, self.last[0]]):
            z = layer(z) if number == 0 or number % 2 else doubled_then(layer, z)
            z = F.leaky_relu(z, _SLOPE, inplace=True)
        x: Tensor = self.last[2](z)
        left, _, top, _ = self.border
        return x[:, :, top : top + self.shape[1], left : left + self.shape[2]]


class ConvAutoencoder(nn.Module):
    """Encoder and decoder with a code that is a small map, flattened to a vector.

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
