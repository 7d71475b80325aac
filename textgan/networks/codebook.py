"""Vector quantization with a codebook that follows its users (van den Oord et al. 2017, appendix A.1)."""

import torch
from torch import Tensor, nn

from textgan.distributed import mean as distributed_mean
from textgan.distributed import rank, world_size


class Codebook(nn.Module):
    """K vectors; each is the moving average of the vectors that it stood for, and they begin where the first are.

    Args:
        size: K.
        dim: of the vectors.
        decay: of the moving averages.
    """

    vectors: Tensor
    uses: Tensor
    sums: Tensor
    updates: Tensor

    def __init__(self, size: int, dim: int, decay: float) -> None:
        super().__init__()
        self.decay = decay
        vectors = torch.randn(size, dim)
        self.register_buffer("vectors", vectors)
        self.register_buffer("uses", torch.ones(size))
        self.register_buffer("updates", torch.zeros(()))
        self.register_buffer("sums", vectors.clone())

    def nearest(self, z: Tensor) -> Tensor:
        """Place in the codebook of the vector nearest to each of z, (M, dim) -> (M,)."""
        return torch.cdist(z.detach().float(), self.vectors).argmin(1)

    def forward(self, z: Tensor) -> Tensor:
        """The nearest vectors, (B, L, dim) -> (B, L, dim); in training the codebook is updated afterwards."""
        if self.training:
            self._begin(z.detach().float())
        flat = z.detach().float().flatten(0, 1)
        places = self.nearest(flat)
        quantized = self.vectors[places].view_as(z)
        if self.training:
            self._follow(flat, places)
        return quantized

    def _begin(self, z: Tensor) -> None:
        """Begin at the first vectors, each in many copies with some noise: far away, one would stand for all.

        Whether these are the first is decided on the device, since the host would otherwise wait for it in every round.
        """
        joined = z.new_zeros(len(z) * world_size(), *z.shape[1:])
        joined[rank() :: world_size()] = world_size() * z
        first_vectors = distributed_mean(joined).flatten(0, 1)
        copies = first_vectors[torch.arange(len(self.vectors), device=z.device) % len(first_vectors)]
        first = self.updates == 0
        self.vectors.copy_(torch.where(first, copies + 0.1 * first_vectors.std() * self.vectors, self.vectors))
        self.sums.copy_(torch.where(first, self.vectors, self.sums))

    def _follow(self, z: Tensor, places: Tensor) -> None:
        self.updates += 1
        uses = torch.zeros_like(self.uses).index_add_(0, places, torch.ones_like(z[:, 0]))
        sums = torch.zeros_like(self.sums).index_add_(0, places, z)
        # Their sum over ranks, not their mean: it is weighed against the one use that each vector begins with.
        self.uses.lerp_(world_size() * distributed_mean(uses), 1 - self.decay)
        self.sums.lerp_(world_size() * distributed_mean(sums), 1 - self.decay)
        self.vectors.copy_(self.sums / self.uses.clamp_min(1e-5)[:, None])
