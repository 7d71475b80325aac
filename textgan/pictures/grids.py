"""Images side by side, as a picture: grids, reconstructions, interpolations.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white), as everywhere; pictures are uint8.
"""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textgan.errors import UserError
from textgan.files import whole_file
from textgan.image_files import Picture
from textgan.pictures.reading import Pixels

_READABLE = 64  # pixels: smaller images are enlarged by whole factors to at least this
_GAP, _GREY = 2, 128  # between images; neither black nor white, the backgrounds of most data


def grid(images: npt.ArrayLike, columns: int | None = None) -> Picture:
    """Images side by side, row by row, small ones enlarged.

    Args:
        images: (N, C, H, W), C 1 (grey) or 3 (color).
        columns: images in a row; default: about as many as rows.

    Returns:
        (H', W') or (H', W', 3).

    Raises:
        UserError: no image, or images that are neither grey nor color.
    """
    x = np.asarray(images, dtype=np.float32)
    if x.ndim != 4 or x.shape[1] not in (1, 3):
        raise UserError(f"a picture of an array of shape {x.shape}; expected (N, 1 or 3, H, W): save it as .npy")
    if len(x) == 0:
        raise UserError("a picture of no images; expected one or more")
    columns = min(columns or math.ceil(math.sqrt(len(x))), len(x))
    rows = math.ceil(len(x) / columns)
    factor = max(1, math.ceil(_READABLE / max(x.shape[2:])))
    tiles = _bytes(x).repeat(factor, axis=2).repeat(factor, axis=3)
    channels, height, width = tiles.shape[1:]
    sheet = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, channels), _GREY, dtype=np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * (height + _GAP), i % columns * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile.transpose(1, 2, 0)
    return sheet[:, :, 0] if channels == 1 else sheet


def reconstruction_rows(x: npt.ArrayLike, x_hat: npt.ArrayLike, columns: int = 16) -> Picture:
    """A row of images, below it the row of their reconstructions, and so on; both (N, C, H, W).

    Raises:
        UserError: see `grid`.
    """
    real, back = (np.asarray(a, dtype=np.float32) for a in (x, x_hat))
    columns = min(columns, max(len(real), 1))
    empty = np.full((-len(real) % columns, *real.shape[1:]), 0, dtype=np.float32)
    both = [np.concatenate([a, empty]).reshape(-1, columns, *real.shape[1:]) for a in (real, back)]
    return grid(np.stack(both, axis=1).reshape(-1, *real.shape[1:]), columns)


def interpolation_rows(paths: npt.ArrayLike) -> Picture:
    """A row for each path, (P, steps, C, H, W).

    Raises:
        UserError: see `grid`.
    """
    x = np.asarray(paths, dtype=np.float32)
    return grid(x.reshape(-1, *x.shape[2:]), columns=x.shape[1])


def save_png(path: Path, picture: Picture, follow: bool = True) -> None:
    """Write a picture, (H, W) or (H, W, 3), as a PNG that appears whole; `follow` a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    import PIL.Image

    with whole_file(path, follow) as aside:
        PIL.Image.fromarray(picture).save(aside, format="PNG")


def _bytes(x: Pixels) -> Picture:
    """[-1, 1] -> 0 ... 255; what is no number is grey."""
    return np.rint((np.nan_to_num(x, nan=0.0).clip(-1, 1) + 1) * 127.5).astype(np.uint8)
