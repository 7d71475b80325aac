"""Normalization whose statistics do not depend on the number of processes."""

from typing import Literal

import torch
from torch import Tensor, nn

from textgan.distributed import mean_with_gradient, world_size

Norm = Literal["none", "batch", "layer"]


class BatchNorm(nn.Module):
    """Batch normalization by the moments of the joined batch of all ranks (Ioffe and Szegedy 2015).

    Written with a differentiable all-reduce: nn.SyncBatchNorm needs GPUs and has no double backward, which a gradient
    penalty takes.

    Args:
        channels: C, of feature maps; of vectors their size.
        momentum: weight of the present batch in the running moments.
        eps: added to variances.
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
        """Normalize vectors (B, C) or maps (B, C, H, W): in training by the batch's moments, else the running ones."""
        return self._vectors(x) if x.ndim == 2 else self._maps(x)

    def _vectors(self, x: Tensor) -> Tensor:
        x = x.float()  # moments of bf16 numbers would be too coarse
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean = mean_with_gradient(x.mean(0))
            var = mean_with_gradient((x - mean).square().mean(0))
            self._update(mean, var, len(x))
        return (x - mean) * (var + self.eps).rsqrt() * self.weight + self.bias

    def _maps(self, x: Tensor) -> Tensor:
        if not self.training:
            return self._scaled(x, self.running_mean, (self.running_var + self.eps).rsqrt())
        if world_size() > 1 or x.device.type != "cpu":
            mean = mean_with_gradient(x.float().mean((0, 2, 3)))
            var = mean_with_gradient((x.float() - mean[:, None, None]).square().mean((0, 2, 3)))
            y = self._scaled(x, mean, (var + self.eps).rsqrt())
        else:
            y, mean, var = self._as_groups(x)
        self._update(mean, var, x.numel() // x.shape[1])
        return y

    def _update(self, mean: Tensor, var: Tensor, count: int) -> None:
        """Move the running moments, those of `count` numbers on each rank; the variance is kept unbiased."""
        count *= world_size()
        for running, now in ((self.running_mean, mean), (self.running_var, var * (count / max(count - 1, 1)))):
            running.lerp_(now.detach().float(), self.momentum)

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


def vector_norm(norm: Norm, dim: int) -> nn.Module:
    """The normalization of vectors (B, dim)."""
    return {"none": nn.Identity, "batch": BatchNorm, "layer": nn.LayerNorm}[norm](dim)


def map_norm(norm: Norm, channels: int) -> nn.Module:
    """The normalization of feature maps (B, channels, H, W); layer: over all channels and places of a map."""
    if norm == "batch":
        return BatchNorm(channels)
    return nn.GroupNorm(1, channels) if norm == "layer" else nn.Identity()
