"""Random numbers as pure functions of a key: nothing is held, any part can be had alone, on every machine the same.

numpy's own generators promise no fixed stream across versions, and a resumed run must see the same batches.
"""

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio, the step of SplitMix64
_MASK = (1 << 64) - 1
_ROUNDS = 12  # with 8, pairs of a set of five are visibly uneven


def key_of(*parts: int) -> int:
    """A 64-bit key from integers (mod 2**64); others, or another number or order of them, give an unrelated key."""
    key = len(parts)
    for part in parts:
        key = _mix(key ^ _mix((part + _GOLDEN) & _MASK))
    return key


def uniform_integers(count: int, n: int, key: int) -> Indices:
    """`count` independent uniform integers below `n`, (count,)."""
    bits = mix(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN) + np.uint64(key))
    return np.minimum((bits >> np.uint64(11)) * (n / 2.0**53), n - 1).astype(np.int64)


def permute(positions: Indices, n: int, key: int) -> Indices:
    """Where a pseudo-random permutation of 0 .. n - 1 sends `positions`, without holding the permutation.

    A Feistel network over pairs (x mod a, x div a) with a * a >= n, each half in turn shifted by a hash of the other.
    It permutes 0 .. a * b - 1 with a * b - n < a; results of n and more are sent through again until they fall below.

    Args:
        positions: integers in [0, n), any shape.
        n: size of the permuted set, below 2**62.
        key: chooses the permutation.

    Source: Black, Rogaway, Ciphers with arbitrary finite domains, 2002 (generalized Feistel, cycle walking).
    """
    a = int(np.ceil(np.sqrt(n)))
    b = -(-n // a)
    keys = [key_of(key, i) for i in range(_ROUNDS)]
    x = _feistel(positions.astype(np.uint64).ravel(), a, b, keys)
    outside = np.flatnonzero(x >= n)
    while outside.size:
        x[outside] = _feistel(x[outside], a, b, keys)
        outside = outside[x[outside] >= n]
    return x.astype(np.int64).reshape(positions.shape)


def _feistel(x: npt.NDArray[np.uint64], a: int, b: int, keys: list[int]) -> npt.NDArray[np.uint64]:
    size_a, size_b = np.uint64(a), np.uint64(b)
    high, low = np.divmod(x, size_a)
    for i in range(0, len(keys), 2):
        low = (low + mix(high ^ np.uint64(keys[i])) % size_a) % size_a
        high = (high + mix(low ^ np.uint64(keys[i + 1])) % size_b) % size_b
    return high * size_a + low


def _mix(x: int) -> int:
    """The finalizer of SplitMix64 (Steele et al., 2014)."""
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """64-bit hashes of 64-bit numbers, one to one (the finalizer of SplitMix64)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


# Numbers that belong to indices: image i has the same ones whenever, and beside whomever, it is asked for ---------


def random_words(indices: Indices, count: int, key: int) -> npt.NDArray[np.uint64]:
    """`count` random 64-bit words for each index, (N, count), a function of the index and the key."""
    rows = mix(indices.astype(np.uint64) * np.uint64(_GOLDEN) + np.uint64(key))
    return mix(rows[:, None] + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN))


def uniform_of(indices: Indices, count: int, key: int) -> npt.NDArray[np.float64]:
    """`count` random numbers in [0, 1) for each index, (N, count)."""
    return (random_words(indices, count, key) >> np.uint64(11)) / 2.0**53


def below_of(indices: Indices, count: int, n: int, key: int) -> Indices:
    """`count` random integers below `n` for each index, (N, count)."""
    return np.minimum(uniform_of(indices, count, key) * n, n - 1).astype(np.int64)
