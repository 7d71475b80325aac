"""Losses as pure functions."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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


LOGITS = 7_500_000
"""Logits held at a time by `projected_nll`: 30 MB in float32, less than the C library returns to the system."""

ROUNDED, IGNORED = 128, -100
"""Pieces are padded to multiples of this, with targets that count for nothing: a kernel is made, and kept, for each
shape, which took gigabytes when every batch had its own."""


class _ProjectedNLL(torch.autograd.Function):
    """See `projected_nll`. The gradient is taken in the forward pass, chunk by chunk, while the logits are there."""

    @staticmethod
    def forward(ctx: Any, states: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, token_count: float) -> Tensor:
        """The loss; its gradients are kept instead of the logits."""
        total = torch.zeros((), device=states.device)
        ctx.gradients = [torch.empty_like(states), torch.zeros_like(weight), torch.zeros_like(bias)]
        rows = max(1, LOGITS // len(weight) // ROUNDED) * ROUNDED
        projection = [t.detach().to(states.dtype).requires_grad_() for t in (weight, bias)]
        for start in range(0, len(states), rows):
            part = slice(start, start + rows)
            padding = -len(targets[part]) % ROUNDED
            inputs = [states[part].detach().requires_grad_(), *projection]
            with torch.enable_grad():
                logits = F.linear(F.pad(inputs[0], (0, 0, 0, padding)), *inputs[1:])
                loss = token_nll(logits, F.pad(targets[part], (0, padding), value=IGNORED), token_count)
            of_states, of_weight, of_bias = torch.autograd.grad(loss, inputs)
            total += loss.detach()
            ctx.gradients[0][part] = of_states
            ctx.gradients[1] += of_weight
            ctx.gradients[2] += of_bias
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The kept gradients."""
        return (*(g * gradients[0] for g in ctx.gradients), None, None)


def projected_nll(states: Tensor, output: nn.Linear, targets: Tensor, token_count: float) -> Tensor:
    """`token_nll(output(states), targets, token_count)` without ever holding all logits.

    The logits of a batch are by far its largest tensors; in pieces of one size, memory is flat and no page is fetched
    from the system twice: a round takes three quarters of the time.

    Args:
        states: hidden states, (M, H).
        output: the layer that makes logits of them, H -> V.
        targets: token ids, (M,).
        token_count: as in `token_nll`.

    Returns:
        Scalar, nats per token.
    """
    loss: Tensor = _ProjectedNLL.apply(states, output.weight, output.bias, targets, token_count)
    return loss


def gradient_penalty(
    critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, mix: Tensor, slope: float
) -> Tensor:
    """Penalty that drives the critic's slope to `slope` between real and fake (Gulrajani et al. 2017, eq. 3).

    mean over the batch of (||df/dz||_2 / slope - 1)^2 at z = mix * real + (1 - mix) * fake.

    The slope is taken per sample: gradients of the *sum* of scores. Code that differentiates the batch mean instead, as
    the ARAE authors' does, divides each gradient by B and so drives the slope to B; `slope = B` is exactly that.

    Args:
        critic: scores of codes or images, (B, ...) -> (B,).
        real: codes, (B, D), or images, (B, C, H, W).
        fake: of the same shape.
        mix: place between them, uniform in [0, 1), (B, 1) or (B, 1, 1, 1).
        slope: the norm wanted.

    Returns:
        Scalar, 0 where every norm is `slope`.
    """
    z = torch.lerp(fake, real, mix).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) / slope - 1).square().mean()


def unit(z: Tensor) -> Tensor:
    """Rows divided by their l2 norm, in float32; a zero row stays zero. (B, D) -> (B, D)."""
    z = z.float()
    return z / z.norm(dim=1, keepdim=True).clamp_min(1e-12)


def mean_pixels(output: Tensor, binary: bool) -> Tensor:
    """The mean of the pixels that a decoder's output stands for: of binary ones 2p - 1 from logits, else itself."""
    return torch.tanh(output / 2) if binary else output


def pixel_loss(output: Tensor, x: Tensor, binary: bool) -> Tensor:
    """Mean over pixels and batch of -log p(x), nats, for binary pixels; of the squared error for others.

    Args:
        output: of the decoder, logits of binary pixels, (B, ...).
        x: pixels, -1 or 1 if they are binary, of the same shape.
        binary: which of the two.
    """
    output = output.float()
    return F.softplus(-x * output).mean() if binary else (output - x).square().mean()


def bernoulli_nll(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) of pixels in [-1, 1] whose probability of white is sigmoid(logits): nats per image, mean over B.

    Grey pixels count as white in their share (x + 1) / 2, as is usual for real-valued MNIST.
    """
    loss = F.binary_cross_entropy_with_logits(logits.float(), (x + 1) / 2, reduction="none")
    return loss.flatten(1).sum(1).mean()
