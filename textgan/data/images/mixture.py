"""ALI's toy data: 25 Gaussians on a grid in the plane."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data import shuffle
from textgan.data.shuffle import Indices, key_of

_AXIS = (-4.0, -2.0, 0.0, 2.0, 4.0)

MEANS = np.array([(x, y) for x in _AXIS for y in _AXIS], dtype=np.float32)
"""Centres of the components, (25, 2)."""

SIGMA = 0.05
"""Standard deviation of a component along each axis."""

_PRECISION = 1 << 53


class Points(NamedTuple):
    """Points, (N, 2), and the component that each was drawn from, (N,)."""

    points: npt.NDArray[np.float32]
    labels: Indices


def draw(n: int, seed: int) -> Points:
    """n points, each component with the same chance; the first points of a larger n are others.

    Source: Dumoulin et al., Adversarially Learned Inference, 2017.
    """
    labels = shuffle.draw(n, len(MEANS), key_of(seed, 0))
    # Box and Muller: the radius from one uniform number in (0, 1], the direction from another.
    radius = np.sqrt(-2 * np.log((shuffle.draw(n, _PRECISION, key_of(seed, 1)) + 1) / _PRECISION))
    turn = 2 * np.pi * shuffle.draw(n, _PRECISION, key_of(seed, 2)) / _PRECISION
    noise = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return Points((MEANS[labels] + SIGMA * noise).astype(np.float32), labels)
