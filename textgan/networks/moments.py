"""Moments over all ranks: of a batch, and of the training so far."""

import torch
from torch import Tensor, nn

from textgan.distributed import mean as distributed_mean
from textgan.distributed import mean_with_gradient


def batch_mean(values: Tensor) -> Tensor:
    """Mean over the rows of all ranks, (B, ...) -> (...), for what is no sum over rows."""
    return mean_with_gradient(values.mean(0))


def moment_kl(z: Tensor) -> Tensor:
    """KL(N(m, s^2) || N(0, 1)), mean over dimensions, where m and s are the moments of each dimension in the batch.

    Args:
        z: codes, (B, D).

    Returns:
        Scalar, nats per dimension; 0 if every dimension has mean 0 and variance 1.
    """
    mean = batch_mean(z)
    variance = batch_mean((z - mean).square())
    return 0.5 * (mean.square() + variance - torch.log(variance + 1e-8) - 1).mean()


class CodeMoments(nn.Module):
    """Mean and covariance of the codes of the training, as moving averages: the Gaussian from which codes are sampled.

    Args:
        dim: D.
        decay: share of the old moments that is kept in an update.
    """

    mean: Tensor
    covariance: Tensor
    updates: Tensor

    def __init__(self, dim: int, decay: float = 0.995) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("mean", torch.zeros(dim))
        self.register_buffer("covariance", torch.eye(dim))
        self.register_buffer("updates", torch.zeros(()))

    def forward(self, z: Tensor) -> None:
        """Update the moments with codes (B, D) of training data."""
        if not self.training:
            return
        z = z.detach().double()  # moments of bf16 products would lose what they are about
        mean = distributed_mean(z.mean(0)).float()
        square = distributed_mean(z.T @ z / len(z)).float()
        self.updates += 1
        share = (1 / self.updates).clamp_min(1 - self.decay)
        old = self.covariance + torch.outer(self.mean, self.mean)
        self.mean.lerp_(mean, share)
        self.covariance.copy_(torch.lerp(old, square, share) - torch.outer(self.mean, self.mean))

    def draw(self, noise: Tensor) -> Tensor:
        """Codes of the Gaussian from standard normal noise, both (B, D)."""
        values, vectors = torch.linalg.eigh(self.covariance.double())
        root = (vectors * values.clamp_min(0).sqrt()).float()
        return self.mean + noise @ root.T
