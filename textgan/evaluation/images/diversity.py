"""Whether samples differ: from each other (MS-SSIM), from training images (nearest neighbours), over modes of the data.

1 - MS-SSIM is taken over random pairs (Odena et al. 2017; Rosca et al. 2017). MS-SSIM with its usual five scales and a
window of 11 needs images over 160 pixels. Below that, here: from 28 pixels, three scales, the first three exponents
divided by their sum, and a Gaussian window of 7 (sigma 0.75); below 28, two. The number depends on this choice and on
the size: compare only at one size, and with real images.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from textgan.errors import UserError
from textgan.evaluation.arrays import ArrayOrTensor, flat, pieces, random_pairs, to_numpy, to_tensor
from textgan.evaluation.measurements import Metrics

_BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003
_SSIM_BATCH = 250  # pairs at a time
_ROWS, _COLUMNS = 1024, 8192  # samples and training images in a block of distances
_NEAR, _FAR = 3.0, 4.0  # standard deviations from a mode within which a point counts


def sample_diversity(x: ArrayOrTensor, pairs: int = 2000, seed: int = 0) -> float:
    """1 - mean MS-SSIM over random pairs of images: 0 where all are equal; to be read beside that of real images.

    Args:
        x: images, pixels in [-1, 1], (N, C, H, W).
        pairs: how many.
        seed: of the pairs.

    Raises:
        UserError: fewer than two images, or smaller than 8 pixels.
    """
    images = _unit_range(x)
    if len(images) < 2:
        raise UserError(f"diversity of {len(images)} images; expected at least 2")
    first, second = random_pairs(len(images), pairs, seed)
    return 1 - float(ms_ssim(images[first], images[second]).double().mean())


def within_class_diversity(x: ArrayOrTensor, labels: ArrayOrTensor, pairs: int = 2000, seed: int = 0) -> float:
    """The mean over classes of `sample_diversity` inside the class: what 1 - MS-SSIM was meant for.

    Args:
        x: images, (N, C, H, W).
        labels: class of each, by a classifier, (N,); a class of fewer than two images counts for nothing.
        pairs: over all classes.
        seed: of the pairs.

    Returns:
        NaN where no class has two images.
    """
    images, classes = to_tensor(x), to_numpy(labels)
    present = [k for k, n in zip(*np.unique(classes, return_counts=True), strict=True) if n > 1]
    share = max(pairs // max(len(present), 1), 1)
    values = [sample_diversity(images[torch.from_numpy(classes == k)], share, seed) for k in present]
    return float(np.mean(values)) if values else float("nan")


def ms_ssim(first: Tensor, second: Tensor) -> Tensor:
    """Multi-scale structural similarity of pairs of images in [0, 1], (N, C, H, W) twice -> (N,); see the module."""
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure as similarity

    scales, kernel_size, sigma = _settings(min(first.shape[2:]))
    betas = tuple(b / sum(_BETAS[:scales]) for b in _BETAS[:scales])
    score = partial(
        similarity,
        sigma=sigma,
        kernel_size=kernel_size,
        betas=betas,
        data_range=1.0,
        reduction="none",
        normalize="relu",  # a negative contrast term has no real power: it counts as 0
    )
    rows = zip(pieces(first, _SSIM_BATCH), pieces(second, _SSIM_BATCH), strict=True)
    return torch.cat([score(a, b).reshape(-1) for a, b in rows])


def _settings(side: int) -> tuple[int, int, float]:
    """(scales, window, sigma) for images of this side; torchmetrics has a window of 2 int(3.5 sigma + 0.5) + 1."""
    if side < 8:
        raise UserError(f"diversity of images of {side} pixels; expected at least 8")
    if side > 160:
        return 5, 11, 1.5
    return (3 if side >= 28 else 2), 7, 0.75


def _unit_range(x: ArrayOrTensor) -> Tensor:
    """[-1, 1] -> [0, 1]: the luminance term of SSIM compares means, which must not be negative."""
    return ((to_tensor(x) + 1) / 2).clamp(0, 1)


def nearest_neighbor_ratio(samples: ArrayOrTensor, test: ArrayOrTensor, train: ArrayOrTensor) -> Metrics:
    """median_i min_j ||samples_i - train_j|| over median_i min_j ||test_i - train_j||.

    1: samples are as new as unseen images are; 0: at least half of them are copies; above 1: they lie off the data.

    Args:
        samples: (N, *shape).
        test: real images that are not in train, (M, *shape).
        train: what the model was trained on, (T, *shape).

    Returns:
        nearest_neighbor_ratio; nearest_neighbor_distance and nearest_neighbor_distance_of_test, the two medians, in l2
        on values in [-1, 1].
    """
    of_samples, of_test = (float(nearest_distance(x, train).median()) for x in (samples, test))
    return {
        "nearest_neighbor_ratio": of_samples / max(of_test, 1e-12),
        "nearest_neighbor_distance": of_samples,
        "nearest_neighbor_distance_of_test": of_test,
    }


def nearest_distance(x: ArrayOrTensor, train: ArrayOrTensor) -> Tensor:
    """l2 distance of each row of x, (N, *shape), to the nearest row of train, (T, *shape): (N,)."""
    reference = flat(train)
    distances = []
    for part in pieces(flat(x), _ROWS):
        nearest = reference[_nearest(part, reference)]
        # The expanded square cancels where rows are nearly equal: just there the distance matters.
        distances.append((part - nearest).norm(dim=1))
    return torch.cat(distances)


def _nearest(x: Tensor, reference: Tensor) -> Tensor:
    """Index of the nearest row, (N,), by ||r||^2 - 2 x.r in blocks of columns, so that memory stays small."""
    best = torch.full((len(x),), torch.inf)
    index = torch.zeros(len(x), dtype=torch.int64)
    for start in range(0, len(reference), _COLUMNS):
        block = reference[start : start + _COLUMNS]
        value, place = torch.addmm(block.square().sum(1), x, block.t(), alpha=-2).min(dim=1)
        closer = value < best
        best, index = torch.where(closer, value, best), torch.where(closer, place + start, index)
    return index


def mode_coverage(labels: ArrayOrTensor, modes: int) -> Metrics:
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


def stacked_modes(channel_labels: ArrayOrTensor, classes: int = 10) -> np.ndarray:
    """The mode of an image made of stacked digits: (a, b, c) -> 100 a + 10 b + c; (N, C) -> (N,)."""
    labels = to_numpy(channel_labels)
    return labels @ classes ** np.arange(labels.shape[1])[::-1]


def mixture_modes(points: ArrayOrTensor, means: ArrayOrTensor, sigma: float) -> Metrics:
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
