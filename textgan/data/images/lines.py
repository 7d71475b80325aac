"""ACAI's benchmark: a line from the centre of the picture, which has one degree of freedom, its angle."""

from typing import final

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.images.binarize import Binarizer
from textgan.data.images.hashing import uniform_of
from textgan.data.images.sets import ImageSet
from textgan.data.shuffle import Indices
from textgan.data.types import Images

SIZE = 32
"""Height and width."""

CLASSES = 10
"""Labels are tenths of the full turn."""

EPOCH = 60_000
"""Lines that count as an epoch; they never end."""

_CENTRE, _LENGTH, _WIDTH = SIZE / 2, SIZE / 2 - 1, 2.0
_CELLS = np.arange(SIZE, dtype=np.float64)


def draw_lines(angles: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Lines 15 pixels long and 2 wide, white on black, antialiased.

    A line is swept along the axis on which it is longer: each step there covers 2 pixels on the other axis, and a
    pixel is as white as the part of it that is covered. As in the released benchmark, only the beginning of the line,
    its end of lower coordinate, is faded by the part of the step that it fills; the other end is not.

    Args:
        angles: radians counterclockwise, 0 points right, (N,).

    Returns:
        (N, 1, 32, 32), from -1 (black) to 1 (white).

    Source: Berthelot et al., Understanding and Improving Interpolation in Autoencoders via an Adversarial Regularizer,
    2019; pixel for pixel as drawn by the authors' code.
    """
    angles = np.asarray(angles, dtype=np.float64)
    right, down = _CENTRE + _LENGTH * np.cos(-angles), _CENTRE + _LENGTH * np.sin(-angles)
    lying = np.abs(_CENTRE - down) < np.abs(_CENTRE - right)
    along, across = np.where(lying, right, down), np.where(lying, down, right)
    backwards = along < _CENTRE
    begin, end = np.where(backwards, along, _CENTRE), np.where(backwards, _CENTRE, along)
    left = np.where(backwards, across, _CENTRE) - _WIDTH / 2
    slope = (across - _CENTRE) / (along - _CENTRE)

    steps = _CELLS
    weight = np.clip(steps + 1 - begin[:, None], 0, 1) * (steps < end[:, None])
    low = left[:, None] + (steps - begin[:, None] - 0.5) * slope[:, None]
    image = np.minimum(_CELLS + 1, (low + _WIDTH)[:, :, None])
    image -= np.maximum(_CELLS, low[:, :, None])
    np.maximum(image, 0, out=image)
    image *= 2 * weight[:, :, None]
    image -= 1
    image[lying] = image[lying].transpose(0, 2, 1)
    return image[:, None].astype(np.float32)


@final
class LineSet(ImageSet):
    """Lines at random angles, one for each index.

    Args:
        key: of the angles.
        size: number of lines; None: without end.
        binarizer: what is made of the pixels.
    """

    def __init__(self, key: int, size: int | None = None, binarizer: Binarizer = Binarizer()):  # noqa: B008
        super().__init__(EPOCH if size is None else size, endless=size is None)
        self._key = key
        self.binarizer = binarizer

    def batch(self, indices: Indices, key: int = 0) -> Images:
        """See `ImageSet.batch`."""
        turns = uniform_of(indices, 1, self._key)[:, 0]
        lines = draw_lines(2 * np.pi * turns)
        if self.binarizer.mode == "none":
            x = torch.from_numpy(lines)
        else:
            x = self.binarizer(np.rint((lines + 1) * 127.5).astype(np.uint8), indices, key)
        return Images(x, torch.from_numpy((CLASSES * turns).astype(np.int64)))
