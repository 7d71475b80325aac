"""Images that can be asked for by index."""

from abc import ABC, abstractmethod
from typing import final

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.images.binarize import Binarizer
from textgan.data.shuffle import Indices, below_of
from textgan.data.types import Images
from textgan.image_files import Picture

ENDLESS = 1 << 62
"""Indices of a set that is drawn without end."""


class ImageSet(ABC):
    """Images, or points, in a fixed order.

    Args:
        size: their number; of a set without end the images that count as an epoch.
        endless: any index from 0 to 2**62 - 1 gives an image, not only those below `size`.
    """

    def __init__(self, size: int, endless: bool = False):
        self._size = size
        self.endless = endless

    def __len__(self) -> int:
        return self._size

    @property
    def population(self) -> int:
        """Number of indices that give an image."""
        return ENDLESS if self.endless else len(self)

    @property
    def known(self) -> Indices | None:
        """Indices of the images whose label is known, (k,); None: all of them."""
        return None

    @property
    def labels(self) -> Indices | None:
        """Labels of all images, -1 where there is none, (N,); None of a set that is drawn without end."""
        return None

    @abstractmethod
    def batch(self, indices: Indices, key: int = 0) -> Images:
        """The images with these indices, on the CPU; a function of its arguments.

        Args:
            indices: (B,), in [0, `population`).
            key: a 64-bit number: where pixels are drawn anew each time an image is used, image i of another key has
                other pixels.
        """

    def first(self, n: int) -> Images:
        """The first n images, or all if there are fewer; n from a set without end."""
        return self.batch(np.arange(min(n, self.population)))


@final
class ArraySet(ImageSet):
    """Images that lie in an array, in memory or mapped from a file.

    Args:
        images: (N, C, H, W), from 0 to 255.
        labels: (N,), -1 where there is none.
        binarizer: what is made of the pixels.
        rows: the images that belong to the set; default: all.
    """

    def __init__(
        self,
        images: Picture,
        labels: Indices,
        binarizer: Binarizer = Binarizer(),  # noqa: B008  a NamedTuple cannot change
        rows: Indices | None = None,
    ):
        self._rows = np.arange(len(images)) if rows is None else rows
        super().__init__(len(self._rows))
        self._images = images
        self._labels = labels
        self.binarizer = binarizer

    @property
    def labels(self) -> Indices:
        """See `ImageSet.labels`."""
        return self._labels[self._rows]

    @property
    def known(self) -> Indices:
        """See `ImageSet.known`."""
        return np.flatnonzero(self.labels >= 0)

    def pixels(self, indices: Indices) -> Picture:
        """As they are stored, (B, C, H, W), from 0 to 255."""
        return self._images[self._rows[indices]]

    def batch(self, indices: Indices, key: int = 0) -> Images:
        """See `ImageSet.batch`."""
        rows = self._rows[indices]
        x = self.binarizer(self._images[rows], rows, key)
        return Images(x, torch.from_numpy(self._labels[rows]))


@final
class PointSet(ImageSet):
    """Points that lie in an array.

    Args:
        points: (N, D), float32.
        labels: (N,), -1 where there is none.
    """

    def __init__(self, points: npt.NDArray[np.float32], labels: Indices):
        super().__init__(len(points))
        self._points = points
        self._labels = labels

    @property
    def labels(self) -> Indices:
        """See `ImageSet.labels`."""
        return self._labels

    @property
    def known(self) -> Indices:
        """See `ImageSet.known`."""
        return np.flatnonzero(self._labels >= 0)

    def batch(self, indices: Indices, key: int = 0) -> Images:
        """See `ImageSet.batch`; `key` changes nothing."""
        return Images(torch.from_numpy(self._points[indices]), torch.from_numpy(self._labels[indices]))


@final
class StackedSet(ImageSet):
    """Three random grey images of a set as the channels of one, without end (ColorMNIST).

    The label of (a, b, c) is a K^2 + b K + c: of three digits the number that they spell; -1 if one has none.

    Args:
        source: images of one channel.
        classes: K, of the source; 0: none.
        key: of the choice of images.
        binarizer: what is made of the pixels.

    Source: Srivastava et al., VEEGAN, 2017 (stacked MNIST, after Metz et al., Unrolled GAN, 2017).
    """

    def __init__(self, source: ArraySet, classes: int, key: int, binarizer: Binarizer):
        super().__init__(len(source), endless=True)
        self._source = source
        self._labels = source.labels
        self._places = np.array([classes**2, classes, 1])
        self._key = key
        self.binarizer = binarizer

    @property
    def known(self) -> Indices | None:
        """See `ImageSet.known`; none counts as known where some of the images that are stacked have no label."""
        return np.zeros(0, dtype=np.int64) if (self._labels < 0).any() else None

    def batch(self, indices: Indices, key: int = 0) -> Images:
        """See `ImageSet.batch`."""
        picks = below_of(indices, 3, len(self._source), self._key)
        pixels = self._source.pixels(picks.ravel())
        # Binarized once, a digit is the same in all stacks; drawn anew, twice in a batch it does not.
        noise_indices = picks if self.binarizer.mode == "once" else 3 * indices[:, None] + np.arange(3)
        x = self.binarizer(pixels, noise_indices.ravel(), key)
        parts = self._labels[picks]
        labels = np.where((parts < 0).any(axis=1), -1, parts @ self._places)
        return Images(x.reshape(len(indices), 3, *x.shape[2:]), torch.from_numpy(labels))
