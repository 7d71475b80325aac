"""Grey pixels made black or white."""

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.data.shuffle import Indices, key_of, random_words
from textgan.image_files import Picture

BinarizeMode = Literal["none", "threshold", "once", "dynamic"]

_DRAWS = 4  # 16-bit numbers in a 64-bit word


class Binarizer(NamedTuple):
    """From stored pixels to what a model sees.

    Args:
        mode: `none` keeps the grey levels; `threshold` makes 128 and more white; `once` makes a pixel white with
            probability pixel / 255, by `seed` and the index of the image; `dynamic` by the key of the batch as well.
        seed: of `once`.
    """

    mode: BinarizeMode = "none"
    seed: int = 0

    def __call__(self, pixels: Picture, indices: Indices, key: int) -> Tensor:
        """Values in [-1, 1], or -1 and 1 when binarized, float32, shaped as `pixels`.

        Args:
            pixels: (N, C, H, W), from 0 to 255.
            indices: of the images, (N,).
            key: of the batch.
        """
        if self.mode == "none":
            return torch.from_numpy(pixels).float().div_(127.5).sub_(1)
        if self.mode == "threshold":
            white = pixels >= 128
        else:
            size = pixels[0].size if len(pixels) else 0
            noise = _levels(indices, size, self.seed if self.mode == "once" else key_of(self.seed, key))
            white = pixels > noise.reshape(pixels.shape)
        return torch.from_numpy(white).float().mul_(2).sub_(1)


def _levels(indices: Indices, size: int, key: int) -> npt.NDArray[np.uint8]:
    """Random grey levels 0 .. 254, (N, size), each with the same chance to 1 in 65,536."""
    words = random_words(indices, -(-size // _DRAWS), key).astype("<u8", copy=False)
    numbers = words.view("<u2")[:, :size]
    return ((numbers.astype(np.uint32) * np.uint32(255)) >> np.uint32(16)).astype(np.uint8)
