"""Losses as pure functions."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


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


def widened(logits: Tensor) -> Tensor:
    """Logits of bf16 in float32, in which a softmax is taken; others as they are."""
    return logits.float() if logits.dtype == torch.bfloat16 else logits


LOGITS = 7_500_000
"""Logits held at a time by `projected_nll`: 30 MB in float32, less than the C library returns to the system."""

ROUNDED, IGNORED = 32, -100
"""Pieces are padded to multiples of this, with targets that count for nothing: a kernel is made, and kept, for each
shape, which took gigabytes when every batch had its own."""


class _ProjectedNLL(torch.autograd.Function):
    """See `projected_nll`. The gradient, p - onehot, is taken in the forward pass, in the place of the logits."""

    @staticmethod
    def forward(
        ctx: Any, states: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, token_count: float, learn: bool
    ) -> Tensor:
        """The loss; its gradients are kept instead of the logits."""
        total = torch.zeros((), device=states.device, dtype=weight.dtype)
        w, b = weight.detach().to(states.dtype), None if bias is None else bias.detach().to(states.dtype)
        kept = [torch.zeros_like(t) for t in (weight, states) if learn]
        of_bias = torch.zeros_like(bias) if learn and bias is not None else None
        rows = max(1, LOGITS // len(weight) // ROUNDED) * ROUNDED
        for start in range(0, len(states), rows):
            part = slice(start, start + rows)
            padding = -len(targets[part]) % ROUNDED
            padded = F.pad(states[part].detach(), (0, 0, 0, padding))
            wanted = F.pad(targets[part], (0, padding), value=IGNORED)[:, None]
            logits = widened(F.linear(padded, w, b))
            ignored, wanted = wanted < 0, wanted.clamp_min(0)
            p = logits.softmax(1)
            # logsumexp from the largest: its probability is never too small for a logarithm.
            normalizer = logits.amax(1) - p.amax(1).log()
            total += (normalizer[:, None] - logits.gather(1, wanted)).masked_fill(ignored, 0).sum()
            if not learn:
                continue
            p.scatter_add_(1, wanted, p.new_full((), -1.0).expand_as(wanted)).masked_fill_(ignored, 0)
            p = p.to(padded.dtype)
            kept[0].addmm_(p.t(), padded) if p.dtype == weight.dtype else kept[0].add_(p.t() @ padded)
            kept[1][part] = (p @ w)[: len(states[part])]
            if of_bias is not None:
                of_bias += p.sum(0, dtype=of_bias.dtype)
        ctx.gradients, ctx.token_count = (kept[1], kept[0], of_bias) if learn else (None,) * 3, token_count
        return total / token_count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The kept gradients, which are scaled in their place and given away.

        Raises:
            RuntimeError: they were given away before.
        """
        if ctx.gradients is None:
            raise RuntimeError("projected_nll goes backward once only: compute the loss again for another gradient")
        kept, ctx.gradients = ctx.gradients, None
        scale = gradients[0] / ctx.token_count
        return (*(None if g is None else g.mul_(scale) for g in kept), None, None, None)


def projected_nll(states: Tensor, output: nn.Linear, targets: Tensor, token_count: float) -> Tensor:
    """`token_nll(output(states), targets, token_count)` without ever holding all logits.

    The logits of a batch are by far its largest tensors; in pieces of one size, memory is flat and no page is fetched
    from the system twice, and of each piece there is one tensor, which is by turns logits, probabilities and gradient.

    Args:
        states: hidden states, (M, H).
        output: the layer that makes logits of them, H -> V.
        targets: token ids, (M,); those below 0 count for nothing.
        token_count: as in `token_nll`.

    Returns:
        Scalar, nats per token. Its backward pass can be taken once, and not be differentiated: a second time raises
        RuntimeError.
    """
    learn = torch.is_grad_enabled()
    loss: Tensor = _ProjectedNLL.apply(states, output.weight, output.bias, targets, token_count, learn)
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
    return bernoulli_nlls(logits, x).mean()


def bernoulli_nlls(logits: Tensor, x: Tensor) -> Tensor:
    """The same of each image: nats, (B,)."""
    loss = F.binary_cross_entropy_with_logits(logits.float(), (x + 1) / 2, reduction="none")
    return loss.flatten(1).sum(1)
