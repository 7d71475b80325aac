"""How far apart two distributions are, real and generated, by features of their samples: Frechet distance and MAUVE.

The features are those of networks trained here, on the data itself: values agree with published ones, which use
Inception or a large language model, in their order at best. Give the same number of real against real data, at one size
of sample, with each.
"""

import numpy as np
from torch import nn

from textgan.errors import UserError
from textgan.evaluation.arrays import ArrayOrTensor, to_tensor
from textgan.evaluation.measurements import Metrics

_VARIANCE = 0.9  # share that the principal components keep
_ROWS_PER_BIN, _MOST_BINS = 10, 500  # Pillutla et al. 2021, section 4: 500 bins for 5,000 samples
_SMOOTHING = 0.5  # added to every count (Krichevsky and Trofimov), as Pillutla et al. 2023 recommend
_ITERATIONS = 50


def mauve(
    real: np.ndarray, fake: np.ndarray, seed: int = 0, scale: float = 5.0, bins: int | None = None, limit: int = 20_000
) -> Metrics:
    """Divergence frontier of two sets of features (Pillutla et al. 2021), 1 for equal distributions, near 0 for others.

    Rows of length 1 are reduced to the principal components of 90 % of their variance and put into the bins of one
    k-means over both sets. Counts, each with 1/2 added, make histograms p of real and q of samples. Both sets are cut
    to one size, since the numbers depend on it. Neither the order of rows nor, of sets of one size, which is called
    real matters.

    Args:
        real: features of real sentences, (N, F), finite.
        fake: features of samples, (M, F).
        seed: of k-means, and of the rows taken where there are more than `limit`.
        scale: c of `frontier_area`.
        bins: K; default: a tenth of the rows of each set, at least 2, at most 500.
        limit: most rows used of each set: time is proportional to them.

    Returns:
        mauve, see `frontier_area`; frontier_integral, see there.

    Raises:
        UserError: no rows on a side, or sets of different width.
    """
    if min(len(real), len(fake)) < 1 or real.shape[1] != fake.shape[1]:
        raise UserError(f"mauve of features {real.shape} and {fake.shape}; expected rows (N, F), (M, F) on both sides")
    n = min(len(real), len(fake), limit)
    both = np.concatenate([_rows(real, n, seed), _rows(fake, n, seed)])
    bin_of = _bins(both, bins or min(max(n // _ROWS_PER_BIN, 2), _MOST_BINS), seed)
    p, q = (_histogram(part, int(bin_of.max()) + 1) for part in (bin_of[:n], bin_of[n:]))
    return {"mauve": frontier_area(p, q, scale), "frontier_integral": frontier_integral(p, q)}


def frontier_area(p: np.ndarray, q: np.ndarray, scale: float = 5.0, points: int = 1001) -> float:
    """Area under the curve {(exp(-c KL(q|r)), exp(-c KL(p|r))) : r = a p + (1 - a) q, 0 <= a <= 1}, with its ends.

    The first axis falls with what samples have and real text lacks, the second with what real text has and they lack.

    Args:
        p: probabilities, (K,), of sum 1.
        q: likewise, (K,).
        scale: c; the area falls with it.
        points: places on the curve, evenly in a.

    Returns:
        In [0, 1]: 1 if p = q, 0 at disjoint supports for c -> infinity. Disjoint, the curve is x^{1/c} + y^{1/c} = 1,
        of area Gamma(c + 1)^2 / Gamma(2 c + 1): 1 / 252 at c = 5.
    """
    share = np.linspace(0, 1, points)[:, None]
    mixed = share * p + (1 - share) * q
    x, y = (np.exp(-scale * _kl(side, mixed)) for side in (q, p))
    # From (0, 1) down to (1, 0): up to the first place on the curve the height is 1, after the last one it drops.
    x, y = np.concatenate([[0], x[::-1], [1]]), np.concatenate([[1], y[::-1], [0]])
    return float(np.clip(np.trapezoid(y, x), 0, 1))


def frontier_integral(p: np.ndarray, q: np.ndarray) -> float:
    """2 int_0^1 a KL(p|r) + (1 - a) KL(q|r) da, r = a p + (1 - a) q: 0 if p = q, 1 at disjoint supports.

    In closed form the sum of (p + q) / 2 - p q log(p / q) / (p - q) over bins where they differ (Liu et al. 2021).

    Args:
        p: probabilities, (K,), of sum 1.
        q: likewise, (K,).
    """
    gap = np.where(p == q, 1, p - q)
    both = (p > 0) & (q > 0)
    slope = np.log(np.where(both, p, 1) / np.where(both, q, 1)) / gap
    return float(np.clip(np.where(p == q, 0, (p + q) / 2 - p * q * slope).sum(), 0, 1))


def _kl(p: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """KL(p|r) in nats for each row r of `mixed`, (A, K): (A,); infinite where r lacks what p has."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / mixed), 0.0)
    return np.maximum(terms.sum(axis=1), 0)


def _histogram(bin_of: np.ndarray, bins: int) -> np.ndarray:
    counts = np.bincount(bin_of, minlength=bins) + _SMOOTHING
    return counts / counts.sum()


def _rows(x: np.ndarray, n: int, seed: int) -> np.ndarray:
    """n rows at random, whatever their order, of length 1."""
    x = np.ascontiguousarray(x, dtype=np.float32)
    x = x[np.argsort(_whole(x), kind="stable")]
    if n < len(x):
        x = x[np.random.default_rng(seed).permutation(len(x))[:n]]
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def _bins(rows: np.ndarray, bins: int, seed: int) -> np.ndarray:
    """The cluster of each row, (R,), by k-means on principal components; equal rows share one."""
    from sklearn.cluster import KMeans

    # Sorted and told apart: k-means cannot make more clusters than there are points, and draws its first ones by place.
    _, first, which = np.unique(_whole(rows), return_index=True, return_inverse=True)
    if len(first) == 1:
        return np.zeros(len(rows), dtype=np.int64)
    weights = np.bincount(which).astype(np.float64)
    points = _principal(rows[first], weights)
    kmeans = KMeans(min(bins, len(first)), n_init=1, max_iter=_ITERATIONS, random_state=seed)
    labels: np.ndarray = kmeans.fit(points, sample_weight=weights).labels_
    return labels[which].astype(np.int64)


def _principal(points: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The fewest principal components that hold 90 % of the variance, (R, F) -> (R, D), float32."""
    centred = points - np.average(points, axis=0, weights=weights)
    variances, directions = np.linalg.eigh((centred * weights[:, None]).T @ centred)
    held = np.cumsum(variances[::-1]) / variances.sum()
    kept = int(np.searchsorted(held, _VARIANCE)) + 1
    return np.ascontiguousarray(centred @ directions[:, ::-1][:, :kept], dtype=np.float32)


def _whole(x: np.ndarray) -> np.ndarray:
    """Rows as one value each, to be sorted and told apart by their bytes, (R, F) -> (R,)."""
    return np.ascontiguousarray(x).view(np.dtype((np.void, x.dtype.itemsize * x.shape[1])))[:, 0]


def frechet_distance(real: ArrayOrTensor, fake: ArrayOrTensor) -> float:
    """||m - m'||^2 + tr(S + S' - 2 (S S')^{1/2}) of the moments of features (Heusel et al. 2017); 0 for equal sets.

    Args:
        real: features of real images or sentences, (N, F).
        fake: features of samples, (M, F); the distance shrinks with M: compare at one M.

    Raises:
        UserError: fewer than two rows.
    """
    from torchmetrics.image.fid import FrechetInceptionDistance

    if min(len(real), len(fake)) < 2:
        raise UserError(
            f"Frechet distance of {len(real)} real samples and {len(fake)} others; expected at least 2 of each"
        )
    identity = nn.Identity()
    identity.num_features = real.shape[1]  # type: ignore[assignment]
    metric = FrechetInceptionDistance(feature=identity)
    metric.update(to_tensor(real).double(), real=True)
    metric.update(to_tensor(fake).double(), real=False)
    return max(float(metric.compute()), 0.0)
