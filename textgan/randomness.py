"""Random numbers that depend on seed, round and turn alone, not on the number of processes."""

import numpy as np
import torch
from torch import Tensor


class Randomness:
    """Random numbers as a pure function of (seed, key), sampled for the global batch and sliced for this rank.

    So a run does not depend on the number of processes, and to resume it needs no generator state. They are sampled on
    the CPU: the same for every device.

    Args:
        seed: seed of the run.
        rank: number of this process.
        world_size: number of processes.
    """

    def __init__(self, seed: int = 0, rank: int = 0, world_size: int = 1) -> None:
        self.seed, self.rank, self.world_size = seed, rank, world_size
        self.generator = torch.Generator()
        self.at(0)

    def at(self, *key: int) -> None:
        """Go to the start of the stream of numbers named by `key`, such as (round, turn, repeat)."""
        # The length keeps (r, t) apart from (r, t, 0): SeedSequence fills up with zeros.
        words = np.random.SeedSequence([self.seed, len(key), *key]).generate_state(2, np.uint32)
        self.generator.manual_seed(int(words[0]) << 31 ^ int(words[1]))

    def normal(self, batch_size: int, *shape: int) -> Tensor:
        """Standard normal numbers for this rank, (batch_size, *shape).

        Args:
            batch_size: rows of this rank.
            shape: of a row.
        """
        sampled = torch.randn(batch_size * self.world_size, *shape, generator=self.generator)
        return sampled[self.rank :: self.world_size]

    def uniform(self, batch_size: int, *shape: int) -> Tensor:
        """Uniform numbers in [0, 1) for this rank, (batch_size, *shape).

        Args:
            batch_size: rows of this rank.
            shape: of a row.
        """
        sampled = torch.rand(batch_size * self.world_size, *shape, generator=self.generator)
        return sampled[self.rank :: self.world_size]
