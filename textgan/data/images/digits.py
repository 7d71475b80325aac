"""scikit-learn's scans of handwritten digits: 1,797 real ones that need no download."""

import numpy as np

from textgan.data.images.source import Labeled, Source, in_memory, resize
from textgan.data.shuffle import key_of, permute

SIZES = {"train": 1297, "valid": 200, "test": 300}
"""Images of each split."""

DEFAULT_SIZE = 28
"""Height and width they are scaled to, those of MNIST; they were scanned at 8."""

_INK = 16  # the darkest of the scanner's levels
_SHUFFLE = key_of(0x646967697473)


def read_digits(image_size: int | None) -> Source:
    """The scans, ink white as in MNIST, scaled bilinearly, in a fixed random order cut into splits.

    Args:
        image_size: height and width; None: 28.
    """
    from sklearn.datasets import load_digits

    scans = load_digits()
    order = permute(np.arange(len(scans.images)), len(scans.images), _SHUFFLE)
    size = DEFAULT_SIZE if image_size is None else image_size
    images = resize(np.rint(scans.images * (255 / _INK)).astype(np.uint8)[:, None], size, size)[order]
    labels = scans.target.astype(np.int64)[order]
    ends = np.cumsum(list(SIZES.values()))
    parts = zip(SIZES, ends - list(SIZES.values()), ends, strict=True)
    return in_memory("digits", {name: Labeled(images[begin:end], labels[begin:end]) for name, begin, end in parts})
