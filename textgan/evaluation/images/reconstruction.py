"""How much of an image comes back from its code."""

import numpy as np
import torch
import torch.nn.functional as F

from textgan.data.types import ImageSpec
from textgan.evaluation.arrays import ArrayOrTensor, to_tensor
from textgan.evaluation.measurements import Metrics

_SURE = 1e-6  # probabilities stay this far from 0 and 1: one wrong pixel costs 14 nats, not infinity


def reconstruction(x: ArrayOrTensor, x_hat: ArrayOrTensor, spec: ImageSpec) -> Metrics:
    """All that is measured of reconstructions of this kind of data.

    Args:
        x: data, (N, *shape).
        x_hat: its reconstruction, mean pixels, (N, *shape).
        spec: kind of data.

    Returns:
        Binary images: reconstruction_nll, nats per image, and pixel_error, the share of wrong pixels. Other images:
        pixel_error and pixel_rmse, mean absolute error and root of the mean square, in grey levels of 0 to 255. Points:
        point_rmse, in units of the data. Of all: reconstruction_ratio.
    """
    metrics = {"reconstruction_ratio": reconstruction_ratio(x, x_hat)}
    if spec.binary:
        return {"reconstruction_nll": binary_nll(x, x_hat), "pixel_error": wrong_pixels(x, x_hat)} | metrics
    difference = (to_tensor(x) - to_tensor(x_hat)).double()
    rmse = float(difference.square().mean().sqrt())
    if not spec.is_image:
        return {"point_rmse": rmse} | metrics
    return {"pixel_error": 127.5 * float(difference.abs().mean()), "pixel_rmse": 127.5 * rmse} | metrics


def binary_nll(x: ArrayOrTensor, mean: ArrayOrTensor) -> float:
    """-sum over pixels of log p(x), averaged over images: nats per image.

    Args:
        x: pixels that are -1 or 1, (N, *shape).
        mean: 2p - 1 with p the probability that the pixel is 1, in [-1, 1], (N, *shape).
    """
    true, p = (to_tensor(x).double() + 1) / 2, (to_tensor(mean).double() + 1) / 2
    return float(F.binary_cross_entropy(p.clamp(_SURE, 1 - _SURE), true, reduction="sum")) / len(true)


def wrong_pixels(x: ArrayOrTensor, mean: ArrayOrTensor) -> float:
    """Share of pixels on the wrong side of one half, in [0, 1]; arguments as in `binary_nll`."""
    return float(((to_tensor(x) > 0) != (to_tensor(mean) > 0)).double().mean())


def reconstruction_ratio(x: ArrayOrTensor, x_hat: ArrayOrTensor) -> float:
    """mean_i ||x_i - x_hat_i|| over mean_i ||x_i - x_hat_j||, j a random other image.

    0: perfect; 1: reconstructions have nothing to do with their images, as at the start of training. Donahue et al.
    2017 (BiGAN) have 0.62 on MNIST; models that never reconstruct in training, such as ALI, stand and fall by it.
    """
    real, back = to_tensor(x).flatten(1).double(), to_tensor(x_hat).flatten(1).double()
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(real)))
    strangers = torch.empty_like(back)
    strangers[order] = back[order.roll(1)]
    return float((real - back).norm(dim=1).mean() / (real - strangers).norm(dim=1).mean().clamp_min(1e-12))
