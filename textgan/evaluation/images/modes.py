"""How many of the known modes of the data a model draws, and how evenly."""

import numpy as np

from textgan.evaluation.images.arrays import Array, to_numpy
from textgan.evaluation.report import Numbers

_NEAR, _FAR = 3.0, 4.0  # standard deviations within which a point counts as drawn well


def mode_coverage(labels: Array, modes: int) -> Numbers:
    """Modes that occur in N samples, and how unevenly: KL(histogram || uniform) = sum_k h_k ln(h_k M), in nats.

    For M equally likely modes, samples of the data itself have a KL of about (M - 1) / 2N and, at N = 10,000 and
    M = 1,000, 999.95 modes: compare with real images, and at one N.

    Args:
        labels: mode of each sample, from 0 to M - 1, (N,).
        modes: M.

    Returns:
        modes; mode_kl.
    """
    share = np.bincount(to_numpy(labels), minlength=modes) / len(labels)
    seen = share[share > 0]
    return {"modes": float(len(seen)), "mode_kl": float((seen * np.log(seen * modes)).sum())}


def stacked_modes(channel_labels: Array, classes: int = 10) -> np.ndarray:
    """The mode of an image made of stacked digits: (a, b, c) -> 100 a + 10 b + c; (N, C) -> (N,)."""
    labels = to_numpy(channel_labels)
    return labels @ classes ** np.arange(labels.shape[1])[::-1]


def mixture_modes(points: Array, means: Array, sigma: float) -> Numbers:
    """Modes of a mixture of equal, round, equally likely Gaussians that occur in samples.

    Args:
        points: samples, 10,000 in the protocol of ALI (Dumoulin et al. 2017), (N, D).
        means: of the components, (M, D).
        sigma: standard deviation of each coordinate.

    Returns:
        modes: components with the greatest responsibility for at least one sample, however far away (ALI's count).
        modes_high_quality: components with a sample within 3 sigma.
        high_quality, high_quality_4_sigma: share of samples within 3 and 4 sigma of a mean; the data itself has, in the
        plane, 1 - exp(-9/2) = 0.989 and 1 - exp(-8) = 0.9997.
        mode_kl: KL(histogram of ALI's count || uniform), nats.
    """
    x, centres = to_numpy(points).astype(np.float64), to_numpy(means).astype(np.float64)
    distance = np.sqrt(np.square(x[:, None] - centres).sum(axis=2))
    nearest, closest = distance.argmin(axis=1), distance.min(axis=1)
    good = closest <= _NEAR * sigma
    return mode_coverage(nearest, len(centres)) | {
        "modes_high_quality": float(len(np.unique(nearest[good]))),
        "high_quality": float(good.mean()),
        "high_quality_4_sigma": float((closest <= _FAR * sigma).mean()),
    }
