"""Muon: steps of equal size in every direction of a matrix."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import Adam

NEWTON_SCHULZ_STEPS = 3
"""Newton-Schulz steps."""

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the polynomial that each of them applies, by Jordan et al."""

UPDATE_RMS = 0.4
"""Root mean square of a step's entries, in learning rates; those of a step of Adam have about 0.2."""


class Matrix(NamedTuple):
    """A weight that maps some inputs, side by side, to one output.

    Args:
        weight: a parameter, (out, in).
        widths: of the inputs, such as a word's embedding and a code: each has a map, which is orthogonalized alone.
    """

    weight: Tensor
    widths: tuple[int, ...]


class Muon(Adam):
    """Momentum whose steps are made orthogonal, for matrices (Jordan et al. 2024); Adam for all other parameters.

    The step of a matrix is lr * 0.4 * sqrt(longer side) * U V^T, where U S V^T is its momentum: all directions have the
    same length, as if each had its own learning rate. The entries of U V^T times 0.2 sqrt(longer side) are as large
    as those of a step of Adam (Liu et al. 2025, arXiv 2502.16982), so both share one rate; twice that learns faster
    here.

    Unlike torch.optim.Muon it computes in float32, for most processors multiply bfloat16 slowly; it iterates on the
    small Gram matrix, which takes a third of the time for the long matrices of an LSTM; and it updates the other
    parameters too, so that a player has one optimizer.

    Args:
        parameters: all of them.
        matrices: those among them that are updated so. Not embeddings and output layers, whose rows are words.
        lr: learning rate.
        betas: of Adam's two moments; the first is the momentum of matrices too.
        fused: Adam's fused kernel.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        matrices: Sequence[Matrix],
        lr: float,
        betas: tuple[float, float],
        fused: bool,
    ) -> None:
        matrix_ids = {id(m.weight) for m in matrices}
        others = [p for p in parameters if id(p) not in matrix_ids]
        super().__init__([{"params": others}, {"params": [m.weight for m in matrices]}], lr, betas, fused=fused)
        self._widths = [m.widths for m in matrices]

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Move all parameters that have a gradient."""
        assert closure is None
        group = self.param_groups[1]
        gradients = [p.grad for p in group["params"]]
        for p in group["params"]:
            p.grad = None
        super().step()
        for p, gradient, widths in zip(group["params"], gradients, self._widths, strict=True):
            if gradient is not None:
                self._move(p, gradient, widths, group["lr"], group["betas"][0])

    def _move(self, p: Tensor, gradient: Tensor, widths: tuple[int, ...], lr: float, decay: float) -> None:
        state = self.state[p]
        if not state:
            # Under Adam's names: its way to load a state looks for a step in each.
            state |= {"step": torch.zeros(()), "exp_avg": torch.zeros_like(p)}
        state["step"] += 1
        momentum = state["exp_avg"].lerp_(gradient, 1 - decay)
        ahead = gradient.lerp(momentum, decay)
        for part, where in zip(ahead.split(widths, 1), p.split(widths, 1), strict=True):
            where.add_(orthogonalized(part), alpha=-lr * UPDATE_RMS * max(part.shape) ** 0.5)


def orthogonalized(matrix: Tensor) -> Tensor:
    """About U V^T of U S V^T: a matrix of the same shape whose singular values are near 1, unless they were tiny.

    Newton-Schulz: X <- X (a + b X^T X + c (X^T X)^2), with the coefficients of Jordan et al., `NEWTON_SCHULZ_STEPS`
    times, on A = X^T X alone, for all factors commute.
    """
    tall = matrix.shape[0] >= matrix.shape[1]
    x = (matrix if tall else matrix.t()).float()
    gram = x.t() @ x
    size = gram.norm().clamp_min(1e-24)  # at least the square of the largest singular value
    gram /= size
    a, b, c = COEFFICIENTS
    product = None
    for number in range(NEWTON_SCHULZ_STEPS):
        factor = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        factor.diagonal().add_(a)
        product = factor if product is None else product @ factor
        if number + 1 < NEWTON_SCHULZ_STEPS:
            gram = factor @ gram @ factor
    assert product is not None
    x = x @ (product / size.sqrt())
    return (x if tall else x.t()).to(matrix.dtype)
