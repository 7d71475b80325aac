"""Identities whose backward pass looks at the gradient, or scales it (the 2017 code of ARAE).

Norms are those of one process on the joined batch: the local loss of one of n ranks is n times its share of the whole,
and so is its gradient, until the average over ranks.
"""

from typing import Any

import torch
from torch import Tensor

from textgan import distributed


def _mean_row_norm(gradient: Tensor) -> Tensor:
    """Batch mean of the l2 norms of rows (B, D), over all ranks; never zero."""
    return distributed.mean(gradient.norm(dim=1).mean()).clamp_min(1e-12) / distributed.world_size()


class RecordRowNorm(torch.autograd.Function):
    """Identity whose backward pass stores the batch mean of the gradient's row norms in `record`."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, record: Tensor) -> Tensor:
        """Pass z, (B, D), through; `record` is a scalar buffer that backward fills."""
        ctx.record = record
        return z.view_as(z)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Store the norm, pass the gradient through."""
        ctx.record.copy_(_mean_row_norm(gradients[0]))
        return gradients[0], None


class RescaleRowNorm(torch.autograd.Function):
    """Identity whose backward pass scales the gradient so that the batch mean of its row norms is `target`."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, target: Tensor) -> Tensor:
        """Pass z, (B, D), through; `target` is a scalar."""
        ctx.target = target
        return z.view_as(z)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Scale the gradient."""
        return gradients[0] * (ctx.target / _mean_row_norm(gradients[0])), None


class StraightThrough(torch.autograd.Function):
    """What is discrete forward, the gradient of what it was made of backward (Bengio et al. 2013, arXiv 1308.3432)."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, discrete: Tensor) -> Tensor:
        """`discrete`, of the shape of z."""
        return discrete.view_as(discrete)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """As if z had been passed on."""
        return gradients[0], None


def sample_pixels(mean: Tensor, uniform: Tensor) -> Tensor:
    """Binary pixels sampled with their means, with the gradient of the means.

    Args:
        mean: in [-1, 1].
        uniform: numbers in [0, 1), of the same shape.

    Returns:
        1 with chance (1 + mean) / 2, else -1.
    """
    pixels: Tensor = StraightThrough.apply(mean, torch.where(2 * uniform - 1 < mean, 1.0, -1.0))
    return pixels


class MaxPieces(torch.autograd.Function):
    """The largest of several values, (B, pieces, H) -> (B, H): `amax(1)` with a backward pass of a third of the time.

    PyTorch's counts equal ones to share the gradient among them; here each has it, and in practice there are none.
    """

    @staticmethod
    def forward(ctx: Any, y: Tensor) -> Tensor:
        """Take the largest."""
        largest = y.amax(1)
        ctx.save_for_backward(y, largest)
        return largest

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        """Give it the gradient."""
        y, largest = ctx.saved_tensors
        return (y == largest[:, None]).to(y.dtype) * gradients[0][:, None]  # torch.where takes four times as long
