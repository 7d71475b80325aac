"""Moments of a batch of codes over all ranks."""

import torch
from torch import Tensor

from textgan.distributed import mean_with_gradient


def divergence(z: Tensor) -> Tensor:
    """KL(N(m, s^2) || N(0, 1)), mean over dimensions, where m and s are the moments of each dimension in the batch.

    Args:
        z: codes, (B, D).

    Returns:
        Scalar, nats per dimension; 0 if every dimension has mean 0 and variance 1.
    """
    mean = mean_with_gradient(z.mean(0))
    variance = mean_with_gradient((z - mean).square().mean(0))
    return 0.5 * (mean.square() + variance - torch.log(variance + 1e-8) - 1).mean()
