"""Random numbers that belong to indices: image i has the same ones whenever, and beside whomever, it is asked for."""

import numpy as np
import numpy.typing as npt

from textgan.data.shuffle import Indices, mix

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def words_of(indices: Indices, count: int, key: int) -> npt.NDArray[np.uint64]:
    """`count` random 64-bit words for each index, (N, count), a function of the index and the key."""
    rows = mix(indices.astype(np.uint64) * _GOLDEN + np.uint64(key))
    return mix(rows[:, None] + np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN)


def uniform_of(indices: Indices, count: int, key: int) -> npt.NDArray[np.float64]:
    """`count` random numbers in [0, 1) for each index, (N, count)."""
    return (words_of(indices, count, key) >> np.uint64(11)) / 2.0**53


def below_of(indices: Indices, count: int, n: int, key: int) -> Indices:
    """`count` random integers below `n` for each index, (N, count)."""
    return np.minimum(uniform_of(indices, count, key) * n, n - 1).astype(np.int64)
