"""Small convolutional networks of GANs (Radford et al. 2016, arXiv 1511.06434), and the same roles for points.

Each halves (or doubles) the image with 4x4 kernels of stride 2. At the full size, where such kernels leave a processor
idle, 2x2 pixels are folded into channels (or out of them) around a 3x3 convolution instead: 1.6 times as fast there,
with a receptive field of 6x6.
"""

import math
from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.distributed import mean_with_gradient, world_size
from textgan.networks.maxout import MaxoutMLP, Noise, dropout
from textgan.networks.mlp import Generator

Norm = Literal["none", "batch", "layer"]


class BatchNorm(nn.Module):
    """Batch normalization of maps with the statistics of the joined batch of all ranks (Ioffe and Szegedy 2015).

    Args:
        channels: C.
        momentum: weight of the present batch in the running moments.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, momentum: float = 0.1, eps: float = 1e-5) -> None:
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Normalize (B, C, H, W) by the batch's moments in training, by the running ones otherwise."""
        if not self.training:
            return self._scaled(x, self.running_mean, (self.running_var + self.eps).rsqrt())
        count = x.numel() // x.shape[1] * world_size()
        if world_size() > 1 or x.device.type != "cpu":
            mean = mean_with_gradient(x.float().mean((0, 2, 3)))
            var = mean_with_gradient((x.float() - mean[:, None, None]).square().mean((0, 2, 3)))
            y = self._scaled(x, mean, (var + self.eps).rsqrt())
        else:
            y, mean, var = self._as_groups(x)
        for running, now in ((self.running_mean, mean), (self.running_var, var * (count / max(count - 1, 1)))):
            running.lerp_(now.detach().float(), self.momentum)
        return y

    def _scaled(self, x: Tensor, mean: Tensor, factor: Tensor) -> Tensor:
        scale = factor * self.weight
        return (x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]).to(x.dtype)

    def _as_groups(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A channel of the batch as a group of one row: five times as fast on a CPU as torch's own BatchNorm."""
        rows, channels, *size = x.shape
        joined = x.transpose(0, 1).contiguous()
        weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
        sizes = (1, channels, joined[0].numel(), channels, self.eps)
        y, mean, factor = torch.native_group_norm(joined, weight, bias, *sizes)
        y = y.view(channels, rows, *size).transpose(0, 1).contiguous()
        return y, mean[0], factor[0].float() ** -2 - self.eps


def _norm(kind: Norm, channels: int) -> nn.Module:
    if kind == "batch":
        return BatchNorm(channels)
    return nn.GroupNorm(1, channels) if kind == "layer" else nn.Identity()


class ConvTrunk(nn.Module):
    """Features of images: each layer halves them; norm and leaky ReLU after each, no norm after the first if wanted.

    Args:
        shape: (C, H, W) of the images, H and W even.
        channels: of each layer's maps.
        norm: normalization.
        slope: of the leaky ReLU below zero; 0 is ReLU.
        dropout: chance that an input of a layer is dropped in training.
        drop_maps: whether whole channels are dropped, else single values.
        bare_first: no normalization after the first layer (of a discriminator, which must see contrast).
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        channels: Sequence[int],
        norm: Norm = "batch",
        slope: float = 0.0,
        dropout: float = 0.0,
        drop_maps: bool = True,
        bare_first: bool = False,
    ) -> None:
        super().__init__()
        self.slope, self.rate, self.drop_maps = slope, dropout, drop_maps
        widths = [4 * shape[0], *channels]
        kinds: list[Norm] = ["none" if bare_first and k == 0 else norm for k in range(len(channels))]
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, 3 if k == 0 else 4, 1 if k == 0 else 2, 1, bias=kinds[k] == "none")
            for k, (i, o) in enumerate(zip(widths, channels, strict=False))
        )
        self.norms = nn.ModuleList(_norm(kind, width) for kind, width in zip(kinds, channels, strict=True))
        self.size = channels[-1] * (shape[1] >> len(channels)) * (shape[2] >> len(channels))

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        """Images (B, C, H, W) -> features (B, F)."""
        return self.maps(x, noise)[-1].flatten(1)

    def maps(self, x: Tensor, noise: Noise | None = None) -> list[Tensor]:
        """Images (B, C, H, W) -> the feature maps of each layer, (B, channels, h, w)."""
        maps = [F.pixel_unshuffle(x, 2)]
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = layer(dropout(maps[-1], self.rate, noise, self.drop_maps))
            maps.append(F.leaky_relu(norm(x), self.slope))
        return maps[1:]


class Encoder(nn.Module):
    """Codes of images or of points: a trunk of convolutions for images, then a perceptron with BatchNorm.

    Args:
        shape: (C, H, W) of images, (D,) of points.
        channels: of the trunk.
        hidden_dims: hidden layers of the perceptron.
        out_dim: size of the output.
        extra_dim: size of what the perceptron sees besides (noise, labels).
        norm: normalization.
        slope: of the leaky ReLU of the trunk below zero; 0 is ReLU.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        channels: Sequence[int],
        hidden_dims: Sequence[int],
        out_dim: int,
        extra_dim: int = 0,
        norm: Norm = "batch",
        slope: float = 0.0,
    ) -> None:
        super().__init__()
        self.trunk = ConvTrunk(shape, channels, norm, slope) if len(shape) == 3 else None
        size = shape[0] if self.trunk is None else self.trunk.size
        self.head = Generator(size + extra_dim, hidden_dims, out_dim, norm)

    def forward(self, x: Tensor, *extra: Tensor) -> Tensor:
        """Images (B, C, H, W) or points (B, D), and more vectors (B, ...) -> (B, out_dim)."""
        features = x if self.trunk is None else self.trunk(x)
        z: Tensor = self.head(torch.cat([features.float(), *extra], 1))
        return z.float()

    def maps(self, x: Tensor) -> list[Tensor]:
        """The feature maps of the layers that images go through, each (B, channels, h, w); none for points."""
        return [] if self.trunk is None else self.trunk.maps(x)


class Decoder(nn.Module):
    """Images of codes, by transposed convolutions: mean pixels tanh(logit / 2), which is 2p - 1 of binary ones.

    Args:
        in_dim: size of the input.
        shape: (C, H, W) of the images, H and W even.
        channels: of the encoder's layers, used backwards.
        norm: normalization.
        slope: of the leaky ReLU below zero; 0 is ReLU.
    """

    def __init__(
        self, in_dim: int, shape: tuple[int, ...], channels: Sequence[int], norm: Norm = "batch", slope: float = 0.0
    ) -> None:
        super().__init__()
        count, self.slope = len(channels), slope
        self.start = (channels[-1], shape[1] >> count, shape[2] >> count)
        self.first = nn.Linear(in_dim, self.start[0] * self.start[1] * self.start[2])
        self.layers = nn.ModuleList()
        for k in range(count - 1, 0, -1):
            odd = ((shape[1] >> k) % 2, (shape[2] >> k) % 2)
            self.layers.append(nn.ConvTranspose2d(channels[k], channels[k - 1], 4, 2, 1, odd, bias=norm == "none"))
        self.norms = nn.ModuleList(_norm(norm, width) for width in reversed(channels))
        self.last = nn.Conv2d(channels[0], 4 * shape[0], 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """Codes (B, in_dim) -> mean pixels in [-1, 1], (B, C, H, W)."""
        x = self.first(z).view(-1, *self.start)
        x = F.leaky_relu(self.norms[0](x), self.slope)
        for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
            x = F.leaky_relu(norm(layer(x)), self.slope)
        return torch.tanh(F.pixel_shuffle(self.last(x), 2).float() / 2)


def decoder(
    in_dim: int,
    shape: tuple[int, ...],
    channels: Sequence[int],
    hidden_dims: Sequence[int],
    norm: Norm = "batch",
    slope: float = 0.0,
) -> nn.Module:
    """The decoder of images, or of points: then a perceptron with these hidden layers and a linear output."""
    if len(shape) == 3:
        return Decoder(in_dim, shape, channels, norm, slope)
    return Generator(in_dim, hidden_dims, shape[0], norm)


class Discriminator(nn.Module):
    """Scores of images or points, of codes with them, or of whatever vectors come with them.

    Args:
        shape: (C, H, W) of images, (D,) of points.
        channels: of the trunk of images.
        hidden_dims: hidden layers that see features, or points, and all other vectors.
        extra_dim: size of the other vectors.
        extra_dims: hidden layers that see the other vectors first.
        out_dim: scores.
        pieces: linear maps of a maxout layer in `hidden_dims`; 1: leaky ReLU.
        dropout: chance that an input of a layer is dropped in training.
        drop_maps: whether whole channels of images are dropped, else single values.
        norm: normalization of the trunk, the first layer's aside.
        slope: of the leaky ReLU below zero.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        channels: Sequence[int],
        hidden_dims: Sequence[int] = (),
        *,
        extra_dim: int = 0,
        extra_dims: Sequence[int] = (),
        out_dim: int = 1,
        pieces: int = 1,
        dropout: float = 0.0,
        drop_maps: bool = True,
        norm: Norm = "batch",
        slope: float = 0.2,
    ) -> None:
        super().__init__()
        self.slope, is_image = slope, len(shape) == 3
        self.trunk = ConvTrunk(shape, channels, norm, slope, dropout, drop_maps, bare_first=True) if is_image else None
        size = shape[0] if self.trunk is None else self.trunk.size
        # Its output layer mixes the vectors once more before they meet the features.
        self.extra = MaxoutMLP(extra_dim, extra_dims[:-1], extra_dims[-1], 1, dropout, slope) if extra_dims else None
        size += extra_dims[-1] if extra_dims else extra_dim
        self.joint = MaxoutMLP(size, hidden_dims, out_dim, pieces, dropout, slope)

    def forward(self, x: Tensor, *extra: Tensor, noise: Noise | None = None) -> Tensor:
        """Images (B, C, H, W) or points (B, D), and vectors (B, ...) -> scores (B, out_dim).

        Args:
            x: images or points.
            extra: vectors.
            noise: switches dropout on.
        """
        parts = [x if self.trunk is None else self.trunk(x, noise).float()]
        if extra:
            z = torch.cat(extra, 1)
            parts.append(z if self.extra is None else F.leaky_relu(self.extra(z, noise), self.slope))
        scores: Tensor = self.joint(torch.cat(parts, 1), noise)
        return scores


def draw_weights(network: nn.Module, std: float | None) -> None:
    """Weights of convolutions and linear layers from N(0, std^2), biases 0; or, without std, weights from N(0, 2 /
    fan_in) (He et al. 2015) and biases as PyTorch draws them.

    With the latter, signals keep their size from layer to layer where no normalization sees to it.
    """
    for layer in network.modules():
        if not isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            continue
        nn.init.normal_(layer.weight, 0, std or math.sqrt(2 / _seen(layer)))
        if std is not None and layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _seen(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    """Values of the input that one of the output is made of."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    seen = layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1]
    # Of a transposed convolution an output pixel sees every stride-th row and column.
    return seen // (layer.stride[0] * layer.stride[1]) if isinstance(layer, nn.ConvTranspose2d) else seen
