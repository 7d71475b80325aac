"""Images as files: grids and scatter plots to look at, and pictures read for a model.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white), as everywhere; pictures are uint8.
"""

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.arrays import first_of, read_npy, read_npz
from textgan.errors import UserError
from textgan.files import whole_file
from textgan.shown import File, pixels_of

logger = logging.getLogger("textgan")

Pixels = npt.NDArray[np.float32]
Picture = npt.NDArray[np.uint8]

_READABLE = 64  # pixels: smaller images are enlarged by whole factors to at least this
_GAP, _GREY = 2, 128  # between images; neither black nor white, the backgrounds of most data
_OVERSHOOT = 0.5  # what a decoder without bounds may have made, which is cut off
_WRITTEN_OUT = 30  # classes: of more, the numbers in a confusion matrix could not be read


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


def scatter(
    path: Path,
    groups: Mapping[str, npt.ArrayLike],
    labels: Mapping[str, npt.NDArray[np.int64]] | None = None,
    alike: Collection[str] = (),
    follow: bool = True,
) -> None:
    """Write a PNG of points, a panel for each group.

    Args:
        path: of the PNG, which appears whole.
        groups: title of the panel -> points, (N, 2).
        labels: title -> class of each point, (N,), shown as color; groups without labels are of one color.
        alike: titles of panels of one scale.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(groups), 4.2), layout="constrained")
    first = None
    for place, (title, points) in enumerate(groups.items(), 1):
        like = first if title in alike else None
        x, axis = np.asarray(points), figure.add_subplot(1, len(groups), place, sharex=like, sharey=like)
        first = axis if first is None and title in alike else first
        colors = (labels or {}).get(title)
        axis.scatter(x[:, 0], x[:, 1], s=3, c=colors, cmap=None if colors is None else "tab20", linewidths=0)
        axis.set_title(title, fontsize=10)
        axis.set_aspect("equal", adjustable="box")
        axis.tick_params(labelsize=7)
    with whole_file(path, follow) as aside:
        FigureCanvasAgg(figure).print_png(str(aside))


def confusion(path: Path, counts: npt.NDArray[np.int64], names: Sequence[str]) -> None:
    """Write a PNG of a confusion matrix: rows are true classes, columns what was told, colors shares of the row.

    Args:
        path: of the PNG, which appears whole.
        counts: (K, K).
        names: of the K classes.

    Raises:
        UserError: nothing can be written there.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    k, shares = len(names), counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(1.6 + 0.55 * k, 1.2 + 0.5 * k), layout="constrained")
    axis = figure.add_subplot()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axis.set_xticks(range(k), names, rotation=45, ha="right", fontsize=8)
    axis.set_yticks(range(k), names, fontsize=8)
    axis.set_xlabel("told")
    axis.set_ylabel("true")
    if k <= _WRITTEN_OUT:
        for row, column in np.ndindex(k, k):
            color = "white" if shares[row, column] > 0.5 else "black"
            axis.text(column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=7, color=color)
    with whole_file(path) as aside:
        FigureCanvasAgg(figure).print_png(str(aside))


def read_image(path: Path, shape: tuple[int, ...]) -> Pixels:
    """A picture, scaled to a model's size, in grey or color as the model has it: float32 (C, H, W), from -1 to 1.

    Args:
        path: a file that Pillow reads, or an .npy or .npz: uint8 from 0 to 255, or floats from -1 to 1; (H, W),
            (C, H, W) or (H, W, C).
        shape: (C, H, W) of the model.

    Raises:
        UserError: the file is not there, or is no image.
    """
    if len(shape) != 3:
        raise UserError(f"{path} is an image, and this is a model of points; expected an .npy of shape (N, {shape[0]})")
    image = in_range(read_array(path), path) if path.suffix.lower() in (".npy", ".npz") else _decoded(path, shape[0])
    if image.ndim == 2:
        image = image[None]
    if image.ndim == 3 and image.shape[0] not in (1, 3, shape[0]) and image.shape[2] in (1, 3, shape[0]):
        image = image.transpose(2, 0, 1)
    if image.ndim != 3 or 0 in image.shape:
        raise UserError(f"{path} has shape {image.shape}; expected one image, (H, W), (C, H, W) or (H, W, C)")
    return _scaled(_recolored(image, shape[0], path), shape[1], shape[2])


def read_array(path: Path) -> npt.NDArray[Any]:
    """The array of an .npy, or of an .npz the one named x, images or z, or the only one.

    Raises:
        UserError: the file is not there, or holds no such array of numbers.
    """
    found = first_of(read_npz(path), "x", "images") if path.suffix.lower() == ".npz" else read_npy(path)
    if found is None:
        raise UserError(f"{path} holds no array; expected one of numbers")
    if found.dtype.kind not in "fiub":
        raise UserError(f"{path} is an array of {found.dtype}; expected one of numbers")
    return found


def read_labels(path: Path) -> npt.NDArray[np.int64] | None:
    """The array y or labels of an .npz, see `textgan.data.images.npz.integer_labels`; None where it has neither.

    Raises:
        UserError: the file cannot be read, or they are no labels.
    """
    from textgan.data.images.npz import integer_labels

    arrays = read_npz(path)
    name = next((name for name in ("y", "labels") if name in arrays), None)
    return None if name is None else integer_labels(arrays[name], f"{path}: {name}")


def in_range(array: npt.NDArray[Any], path: Path) -> Pixels:
    """Pixels of an array as float32 from -1 to 1.

    Whole numbers go from 0 to 255, or are 0 and 1 for black and white, as truth values are; others are from -1 to 1.

    Raises:
        UserError: they are not.
    """
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if array.dtype.kind in "iub" and low >= 0 and high <= 255:
        return _from_bytes(array.astype(np.uint8) * np.uint8(255 if high <= 1 else 1))
    pixels = array.astype(np.float32)
    if not (abs(low) <= 1 + _OVERSHOOT and abs(high) <= 1 + _OVERSHOOT):  # so that NaN is refused as well
        raise UserError(f"{path} has values from {low:g} to {high:g}; expected uint8, or floats from -1 to 1")
    return pixels.clip(-1, 1)


def _from_bytes(array: npt.NDArray[Any]) -> Pixels:
    return array.astype(np.float32) / 127.5 - 1


def _bytes(x: Pixels) -> Picture:
    """[-1, 1] -> 0 ... 255; what is no number is grey."""
    return np.rint((np.nan_to_num(x, nan=0.0).clip(-1, 1) + 1) * 127.5).astype(np.uint8)


def _decoded(path: Path, channels: int) -> Pixels:
    """(C, H, W), from -1 to 1, as the file is shown."""
    pixels = pixels_of(File(path, str(path)), channels)
    if pixels.min() == pixels.max():
        logger.warning("%s: every pixel is %d; there is nothing to see", path, pixels.min())
    return _from_bytes(pixels.transpose(2, 0, 1))


def _recolored(image: Pixels, channels: int, path: Path) -> Pixels:
    """Grey as color, or color as grey, (C, H, W)."""
    if len(image) == channels:
        return image
    if len(image) == 1:
        return image.repeat(channels, axis=0)
    if channels == 1 and len(image) == 3:
        return np.tensordot(np.array([0.299, 0.587, 0.114], np.float32), image, axes=1)[None]  # as Pillow does it
    raise UserError(f"{path} has {len(image)} channels; expected {channels}")


def _scaled(image: Pixels, height: int, width: int) -> Pixels:
    """Bilinear, averaged where it shrinks."""
    import PIL.Image

    if image.shape[1:] == (height, width):
        return image
    bilinear = PIL.Image.Resampling.BILINEAR
    return np.stack([np.asarray(PIL.Image.fromarray(channel).resize((width, height), bilinear)) for channel in image])
