"""Losses as pure functions."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


def token_nll(logits: Tensor, targets: Tensor, token_count: float) -> Tensor:
    """Negative log-likelihood of the true tokens: their sum over `token_count`.

    Args:
        logits: unnormalized log-probabilities, (M, V).
        targets: token ids, (M,).
        token_count: M, or with many ranks the mean of M over ranks, so that the mean over ranks of this loss is the
            loss of the joined batch (a mean of per-rank means would be off where ranks hold different token counts).

    Returns:
        Scalar, nats per token.
    """
    return F.cross_entropy(logits, targets, reduction="sum") / token_count


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor, slope: float
) -> Tensor:
    """Penalty that drives the critic's slope to `slope` between real and fake (Gulrajani et al. 2017, eq. 3).

    mean over the batch of (||df/dz||_2 / slope - 1)^2 at z = mix * real + (1 - mix) * fake.

    The slope is taken per sample: gradients of the *sum* of scores. Code that differentiates the batch mean instead, as
    the ARAE authors' does, divides each gradient by B and so drives the slope to B; `slope = B` is exactly that.

    Args:
        critic: scores of codes, (B, D) -> (B,).
        real: codes, (B, D).
        fake: codes, (B, D).
        mix: place between them, uniform in [0, 1), (B, 1).
        slope: the norm wanted.

    Returns:
        Scalar, 0 where every norm is `slope`.
    """
    z = torch.lerp(fake, real, mix).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return (gradient.norm(dim=1) / slope - 1).square().mean()


def unit(z: Tensor) -> Tensor:
    """Rows divided by their l2 norm, in float32; a zero row stays zero. (B, D) -> (B, D)."""
    z = z.float()
    return z / z.norm(dim=1, keepdim=True).clamp_min(1e-12)


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
        ctx.record.copy_(gradients[0].norm(dim=1).mean())
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
        norm = gradients[0].norm(dim=1).mean().clamp_min(1e-12)
        return gradients[0] * (ctx.target / norm), None
