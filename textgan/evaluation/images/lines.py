"""ACAI's benchmark of interpolation on lines: how far from a line, and how evenly they turn.

Berthelot et al. 2018, section 3.1; computed as in the released code, which says more than the paper.
"""

import functools
import math

import numpy as np
import torch
from torch import Tensor

from textgan.data.images.builtin import draw_lines
from textgan.evaluation.arrays import ArrayOrTensor, pieces, to_tensor
from textgan.evaluation.measurements import Metrics

REFERENCE_LINES = 10_000
"""Size of the set D of true lines, evenly spaced in angle."""

_TURN = 2 * math.pi
_STILL = 3.5 * _TURN / REFERENCE_LINES
"""Radians: rounding moves the nearest line by up to three places, so that no turn is known that is less."""
_ROWS = 4096


def line_scores(interpolations: ArrayOrTensor) -> Metrics:
    """Mean distance and smoothness of interpolations between lines.

    With q_n the line of D nearest to image n by cosine distance d, and theta_n = unwrap(angle(q_n)):

    mean_distance = mean over n of d(x_n, q_n): 0 for true lines, 6.3e-3 for blended pixels, 31e-3 for a blank image.

    smoothness = max_n |theta_{n+1} - theta_n| / |theta_N - theta_1| - 1 / (N - 1): 0 for even steps, 14/15 for one jump
    with N = 16, more on a path that turns back. It is NaN where the ends have the same angle, up to rounding.

    Args:
        interpolations: P paths of N images, both ends included, pixels in [-1, 1], (P, N, 1, 32, 32).

    Returns:
        mean_distance; smoothness, over the paths where it is a number; smoothness_as_released, the same sum over the
        number of all paths, as the authors' code has it (it flatters collapsed models); smoothness_nan, the number of
        paths left out.
    """
    x = to_tensor(interpolations)
    distance, angle = nearest_lines(x.flatten(0, 1))
    each = path_smoothness(angle.reshape(x.shape[:2]))
    known = each[~np.isnan(each)]
    return {
        "mean_distance": float(distance.mean()),
        "smoothness": float(known.mean()) if len(known) else math.nan,
        "smoothness_as_released": float(known.sum() / len(each)),
        "smoothness_nan": float(len(each) - len(known)),
    }


def nearest_lines(x: ArrayOrTensor) -> tuple[np.ndarray, np.ndarray]:
    """Cosine distance to the nearest reference line, (M,), and its angle in radians, (M,), of images (M, 1, 32, 32)."""
    similarity, index = [], []
    for part in pieces(_unit(to_tensor(x)), _ROWS):
        best = (part @ _reference().t()).max(dim=1)
        similarity.append(best.values)
        index.append(best.indices)
    # Rounded in float32, the cosine of a line with itself can pass 1 by 3e-7.
    return (1 - torch.cat(similarity).double()).clamp_min(0).numpy(), _angles()[torch.cat(index).numpy()]


def path_smoothness(angles: np.ndarray) -> np.ndarray:
    """Smoothness of each path, NaN where it turns by less than 0.0022: angles in radians (P, N) -> (P,)."""
    path = np.unwrap(angles, axis=1)
    whole = np.abs(path[:, -1] - path[:, 0])
    largest = np.abs(np.diff(path, axis=1)).max(axis=1)
    share = np.divide(largest, whole, out=np.full(len(path), np.nan), where=whole >= _STILL)
    return share - 1 / (path.shape[1] - 1)


def cross_fade(first: ArrayOrTensor, second: ArrayOrTensor, steps: int = 16) -> Tensor:
    """Interpolation of pixels, the natural control: images (P, *shape) twice -> (P, steps, *shape)."""
    a, b = to_tensor(first)[:, None], to_tensor(second)[:, None]
    weight = torch.linspace(0, 1, steps).reshape(1, -1, *[1] * (a.dim() - 2))
    return torch.lerp(a, b, weight)


def _angles() -> np.ndarray:
    return np.linspace(0, _TURN - _TURN / REFERENCE_LINES, REFERENCE_LINES)


@functools.cache
def _reference() -> Tensor:
    """The set D as unit vectors, (10000, 1024), 41 MB."""
    return _unit(to_tensor(draw_lines(_angles())))


def _unit(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x.flatten(1), dim=1)
