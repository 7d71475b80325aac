"""How different samples are from each other: 1 - MS-SSIM over random pairs (Odena et al. 2017; Rosca et al. 2017).

MS-SSIM with its usual five scales and a window of 11 needs images over 160 pixels. Below that, here: from 28 pixels,
three scales, the first three exponents divided by their sum, and a Gaussian window of 7 (sigma 0.75); below 28, two.
The number depends on this choice and on the size: compare only at one size, and with real images.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from textgan.errors import UserError
from textgan.evaluation.images.arrays import Array, pieces, random_pairs, to_numpy, to_tensor

_BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. 2003
_ROWS = 250


def sample_diversity(x: Array, pairs: int = 2000, seed: int = 0) -> float:
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


def within_class_diversity(x: Array, labels: Array, pairs: int = 2000, seed: int = 0) -> float:
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
    rows = zip(pieces(first, _ROWS), pieces(second, _ROWS), strict=True)
    return torch.cat([score(a, b).reshape(-1) for a, b in rows])


def _settings(side: int) -> tuple[int, int, float]:
    """(scales, window, sigma) for images of this side; torchmetrics has a window of 2 int(3.5 sigma + 0.5) + 1."""
    if side < 8:
        raise UserError(f"diversity of images of {side} pixels; expected at least 8")
    if side > 160:
        return 5, 11, 1.5
    return (3 if side >= 28 else 2), 7, 0.75


def _unit_range(x: Array) -> Tensor:
    """[-1, 1] -> [0, 1]: the luminance term of SSIM compares means, which must not be negative."""
    return ((to_tensor(x) + 1) / 2).clamp(0, 1)
