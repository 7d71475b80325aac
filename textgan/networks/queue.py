"""Codes of the last rounds, so that no sentence is encoded again for whoever compares distributions of codes."""

import torch
from torch import Tensor, nn

from textgan.distributed import joined


class CodeQueue(nn.Module):
    """The last codes that training has made; all ranks hold the same ones.

    As the queue of momentum contrast (He et al. 2020, arXiv 1911.05722): a few dozen rounds old at most, from batches
    of all lengths. It belongs to the training, not to the model: its buffers are saved with the trainer's state.

    Args:
        size: codes that are kept.
        dim: D.
    """

    codes: Tensor
    pushed: Tensor

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(size, dim), persistent=False)
        self.register_buffer("pushed", torch.zeros((), dtype=torch.long), persistent=False)

    @torch.no_grad()
    def push(self, z: Tensor) -> None:
        """Keep codes of this rank, (B, D), and those of the others, in place of the oldest."""
        new = joined(z.float())[-len(self.codes) :]
        places = (self.pushed + torch.arange(len(new), device=z.device)) % len(self.codes)
        self.codes.index_copy_(0, places, new)
        self.pushed += len(new)

    def draw(self, uniform: Tensor) -> Tensor:
        """Codes sampled with replacement by numbers in [0, 1), (B,): (B, D). Something must have been pushed."""
        filled = self.pushed.clamp_max(len(self.codes))
        places = (uniform.double() * filled).long().clamp_max(len(self.codes) - 1)
        return self.codes.index_select(0, places)
