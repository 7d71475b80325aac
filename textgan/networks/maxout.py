"""Perceptrons that score a vector: of linear layers with leaky ReLU or maxout, with dropout on their inputs."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from textgan.networks.gradients import MaxPieces

Noise = Callable[..., Tensor]
"""Uniform numbers in [0, 1) for some rows: noise(rows, *shape) -> (rows, *shape)."""


def dropout(x: Tensor, rate: float, noise: Noise | None, maps: bool = True) -> Tensor:
    """x with a share `rate` of it zeroed and the rest scaled up to keep the mean; without noise, x.

    The chance comes from `noise` and not from torch's generator: a resumed run must drop the same.

    Args:
        x: vectors (B, D) or maps (B, C, H, W).
        rate: the share.
        noise: switches it on.
        maps: whether whole channels of maps are dropped (Tompson et al. 2015), since neighbours in a map say the same
            and a number for each would take a fifth of the training time; else single values.
    """
    if rate == 0 or noise is None:
        return x
    keep = noise(*(x.shape[:2] + (1,) * (x.ndim - 2) if maps else x.shape)) >= rate
    return x * (keep / (1 - rate)).to(x.dtype)


class Maxout(nn.Module):
    """The largest of several linear maps, value by value (Goodfellow et al. 2013).

    Args:
        in_dim: size of the input.
        out_dim: size of the output.
        pieces: maps; 1: one map, then leaky ReLU.
        slope: of the leaky ReLU below zero.
    """

    def __init__(self, in_dim: int, out_dim: int, pieces: int, slope: float = 0.2) -> None:
        super().__init__()
        self.linear, self.shape, self.slope = nn.Linear(in_dim, out_dim * pieces), (-1, pieces, out_dim), slope

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_dim) -> (B, out_dim)."""
        y: Tensor = self.linear(x)
        return MaxPieces.apply(y.view(self.shape)) if self.shape[1] > 1 else F.leaky_relu(y, self.slope)


class MaxoutMLP(nn.Module):
    """Unbounded scores of vectors: hidden layers, then a linear one.

    Args:
        in_dim: size of the input.
        hidden_dims: sizes of the hidden layers.
        out_dim: scores.
        pieces: linear maps of a maxout layer; 1: leaky ReLU.
        dropout: chance that an input of a layer is dropped in training.
        slope: of the leaky ReLU below zero.
    """

    def __init__(
        self,
        in_dim: int,
        hidden_dims: Sequence[int],
        out_dim: int = 1,
        pieces: int = 1,
        dropout: float = 0.0,
        slope: float = 0.2,
    ) -> None:
        super().__init__()
        dims = [in_dim, *hidden_dims]
        self.hidden = nn.ModuleList(Maxout(i, o, pieces, slope) for i, o in pairwise(dims))
        self.output, self.rate = nn.Linear(dims[-1], out_dim), dropout

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        """Vectors (B, in_dim) -> scores (B, out_dim); `noise` switches dropout on."""
        for layer in self.hidden:
            x = layer(dropout(x, self.rate, noise))
        y: Tensor = self.output(dropout(x, self.rate, noise))
        return y.float()
