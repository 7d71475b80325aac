"""Sets of images that need no download: digits, lines, and a mixture of Gaussians in the plane."""

from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.images.binarize import Binarizer
from textgan.data.images.sets import ImageSet
from textgan.data.images.source import ImageSource, Labeled, in_memory, resize
from textgan.data.shuffle import Indices, key_of, permute, uniform_integers, uniform_of
from textgan.data.types import Images

# Digits: scikit-learn's scans of handwritten digits ----------------------------------------------------------------

DIGIT_SPLITS = {"train": 1297, "valid": 200, "test": 300}
"""Images of each split."""

DIGIT_SIZE = 28
"""Height and width they are scaled to, those of MNIST; they were scanned at 8."""

_INK = 16  # the darkest of the scanner's levels
_SHUFFLE = key_of(0x646967697473)


def read_digits(image_size: int | None) -> ImageSource:
    """The scans, ink white as in MNIST, scaled bilinearly, in a fixed random order cut into splits.

    Args:
        image_size: height and width; None: 28.
    """
    from sklearn.datasets import load_digits

    scans = load_digits()
    order = permute(np.arange(len(scans.images)), len(scans.images), _SHUFFLE)
    size = DIGIT_SIZE if image_size is None else image_size
    images = resize(np.rint(scans.images * (255 / _INK)).astype(np.uint8)[:, None], size, size)[order]
    labels = scans.target.astype(np.int64)[order]
    ends = np.cumsum(list(DIGIT_SPLITS.values()))
    parts = zip(DIGIT_SPLITS, ends - list(DIGIT_SPLITS.values()), ends, strict=True)
    return in_memory("digits", {name: Labeled(images[begin:end], labels[begin:end]) for name, begin, end in parts})


# Lines: ACAI's benchmark, lines from the centre whose one degree of freedom is the angle ----------------------------

LINE_SIZE = 32
"""Height and width."""

LINE_CLASSES = 10
"""Labels are tenths of the full turn."""

LINES_PER_EPOCH = 60_000
"""Lines that count as an epoch; they never end."""

_CENTRE, _LENGTH, _WIDTH = LINE_SIZE / 2, LINE_SIZE / 2 - 1, 2.0
_CELLS = np.arange(LINE_SIZE, dtype=np.float64)


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
        super().__init__(LINES_PER_EPOCH if size is None else size, endless=size is None)
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
        return Images(x, torch.from_numpy((LINE_CLASSES * turns).astype(np.int64)))


# Mixture: ALI's toy data, 25 Gaussians on a grid in the plane -------------------------------------------------------

_AXIS = (-4.0, -2.0, 0.0, 2.0, 4.0)

MEANS = np.array([(x, y) for x in _AXIS for y in _AXIS], dtype=np.float32)
"""Centres of the components, (25, 2)."""

SIGMA = 0.05
"""Standard deviation of a component along each axis."""

_PRECISION = 1 << 53


class LabeledPoints(NamedTuple):
    """Points, (N, 2), and the component that each was drawn from, (N,)."""

    points: npt.NDArray[np.float32]
    labels: Indices


def sample_mixture(n: int, seed: int) -> LabeledPoints:
    """n points, each component with the same chance; the first points of a larger n are others.

    Source: Dumoulin et al., Adversarially Learned Inference, 2017.
    """
    labels = uniform_integers(n, len(MEANS), key_of(seed, 0))
    # Box and Muller: the radius from one uniform number in (0, 1], the direction from another.
    radius = np.sqrt(-2 * np.log((uniform_integers(n, _PRECISION, key_of(seed, 1)) + 1) / _PRECISION))
    turn = 2 * np.pi * uniform_integers(n, _PRECISION, key_of(seed, 2)) / _PRECISION
    noise = radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return LabeledPoints((MEANS[labels] + SIGMA * noise).astype(np.float32), labels)
