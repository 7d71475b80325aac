"""Arrays as the measurements take them: of numpy or of torch, in rows."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

ArrayOrTensor = np.ndarray | Tensor
"""Rows of numbers, on the CPU."""

"""Metric -> value."""


def to_tensor(x: ArrayOrTensor) -> Tensor:
    """The same numbers as a float32 tensor on the CPU."""
    return (x.detach().cpu() if isinstance(x, Tensor) else torch.from_numpy(np.require(x, requirements="W"))).float()


def to_numpy(x: ArrayOrTensor) -> np.ndarray:
    """The same numbers as an array of the same type."""
    return x.detach().cpu().numpy() if isinstance(x, Tensor) else np.asarray(x)


def flat(x: ArrayOrTensor) -> Tensor:
    """Rows as vectors, (N, ...) -> (N, D), float32."""
    return to_tensor(x).flatten(1)


def seeded_generator(*key: int) -> torch.Generator:
    """Random numbers that are a pure function of `key`."""
    words = np.random.SeedSequence([len(key), *key]).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(words[0]) << 31 ^ int(words[1]))


def pieces(x: Tensor, rows: int) -> Iterator[Tensor]:
    """`x` in pieces of at most `rows` rows."""
    for start in range(0, len(x), rows):
        yield x[start : start + rows]


def random_pairs(n: int, pairs: int, seed: int) -> tuple[Tensor, Tensor]:
    """Indices of `pairs` random pairs of different rows out of n, (pairs,) twice; for n of 1 the row and itself."""
    draw = seeded_generator(seed)
    first = torch.randint(n, (pairs,), generator=draw)
    second = (first + 1 + torch.randint(max(n - 1, 1), (pairs,), generator=draw)) % n
    return first, second
