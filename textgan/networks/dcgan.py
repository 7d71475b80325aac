"""Small convolutional networks of GANs (Radford et al. 2016, arXiv 1511.06434), and the same roles for points.

Each halves (or doubles) the image with 4x4 kernels of stride 2. At the full size, where such kernels leave a processor
idle, 2x2 pixels are folded into channels (or out of them) around a 3x3 convolution instead: 1.6 times as fast there,
with a receptive field of 6x6.
"""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.networks.maxout import MaxoutMLP, Noise, dropout
from textgan.networks.mlp import MLP
from textgan.networks.norm import Norm, map_norm


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
        norms: list[Norm] = ["none" if bare_first and k == 0 else norm for k in range(len(channels))]
        self.layers = nn.ModuleList(
            nn.Conv2d(i, o, 3 if k == 0 else 4, 1 if k == 0 else 2, 1, bias=norms[k] == "none")
            for k, (i, o) in enumerate(zip(widths, channels, strict=False))
        )
        self.norms = nn.ModuleList(map_norm(n, width) for n, width in zip(norms, channels, strict=True))
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
        self.head = MLP(size + extra_dim, hidden_dims, out_dim, norm)

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
        self.norms = nn.ModuleList(map_norm(norm, width) for width in reversed(channels))
        self.last = nn.Conv2d(channels[0], 4 * shape[0], 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        """Codes (B, in_dim) -> mean pixels in [-1, 1], (B, C, H, W)."""
        x = self.first(z).view(-1, *self.start)
        x = F.leaky_relu(self.norms[0](x), self.slope)
        for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
            x = F.leaky_relu(norm(layer(x)), self.slope)
        return torch.tanh(F.pixel_shuffle(self.last(x), 2).float() / 2)


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


def init_weights(network: nn.Module, std: float | None) -> None:
    """Weights of convolutions and linear layers from N(0, std^2), biases 0; or, without std, weights from N(0, 2 /
    fan_in) (He et al. 2015) and biases as PyTorch draws them.

    With the latter, signals keep their size from layer to layer where no normalization sees to it.
    """
    for layer in network.modules():
        if not isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            continue
        nn.init.normal_(layer.weight, 0, std or math.sqrt(2 / _fan_in(layer)))
        if std is not None and layer.bias is not None:
            nn.init.zeros_(layer.bias)


def _fan_in(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> int:
    """Values of the input that one value of the output is made of."""
    if isinstance(layer, nn.Linear):
        return layer.in_features
    inputs = layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1]
    # An output pixel of a transposed convolution depends on every stride-th row and column.
    return inputs // (layer.stride[0] * layer.stride[1]) if isinstance(layer, nn.ConvTranspose2d) else inputs
