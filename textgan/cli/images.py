"""What the commands share for models of images: arguments that are pictures or arrays, and outputs of either kind."""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from textgan.capabilities import as_conditional
from textgan.data.config import ImageConfig
from textgan.data.images.source import check_lengths
from textgan.errors import UserError
from textgan.files import whole_file
from textgan.pictures import Picture, Pixels, grid, in_range, read_array, read_image, read_labels, save_png, scatter

if TYPE_CHECKING:
    from textgan.data.images import ImageData
    from textgan.sampling import ImageModel

logger = logging.getLogger("textgan")

ARRAYS = (".npy", ".npz")
DEFAULT_LIMIT = 64
"""Images of its run that a model reconstructs where none are given."""


def output_of(output: str | None, suffixes: Sequence[str] = (".png", *ARRAYS)) -> Path:
    """The file that an image command writes.

    Raises:
        UserError: none is named, or one of another kind.
    """
    if output is None or Path(output).suffix.lower() not in suffixes:
        came = "--output is missing" if output is None else f"--output is {output}"
        *some, last = suffixes
        raise UserError(f"{came}; expected a file to write images to, a name in {', '.join(some)} or {last}")
    return Path(output)


def write_images(x: Pixels, output: Path, draw: Callable[[Pixels], Picture] = grid) -> None:
    """Images (N, C, H, W), or points (N, D), as a picture, or as float32 arrays (of an .npz: x), by the file's name.

    Args:
        x: images or points.
        output: ends in .png, .npy or .npz.
        draw: the picture of images; of points it is a scatter plot of the first two dimensions.
    """
    if output.suffix.lower() in ARRAYS:
        write_arrays(output, x=x)
    elif x.ndim == 2:
        scatter(output, {f"{len(x):,} points": x[:, :2]})
    else:
        save_png(output, draw(x))


def write_arrays(output: Path, **arrays: np.ndarray) -> None:
    """The first array as .npy, or all of them as .npz, in a file that appears whole."""
    with whole_file(output) as aside, aside.open("wb") as file:
        if output.suffix.lower() == ".npz":
            np.savez(file, **arrays)  # type: ignore[arg-type]
        else:
            np.save(file, next(iter(arrays.values())))


class Given(NamedTuple):
    """Images of files, (N, *shape), and their classes, -1 where nothing says, (N,)."""

    x: Pixels
    labels: np.ndarray


def read_images(model: "ImageModel", files: Sequence[str], label: int | None = None) -> Given:
    """What a model reads of files: each a picture, or an .npy or .npz of one image or many.

    Of a model of binary images, pixels from the middle on are white and the others black. Of a conditional model, the
    classes are those of an .npz (its array y or labels), unless one is given for all.

    Raises:
        UserError: a file that is not there, or holds something else; a label of a model that takes none.
    """
    model.check_label(label)
    parts = [_read(Path(file), model.spec.shape, model.spec.is_image) for file in files]
    conditional = as_conditional(model.network) is not None
    of_files = [_labels(Path(file), len(x), conditional) for file, x in zip(files, parts, strict=True)]
    labels = np.concatenate(of_files)
    return Given(model.discrete(np.concatenate(parts)), labels if label is None else np.full_like(labels, label))


def one_image(model: "ImageModel", file: str, label: int | None = None) -> Given:
    """What a model reads of a file that holds one image: N is 1.

    Raises:
        UserError: see `read_images`; it holds several.
    """
    given = read_images(model, [file], label)
    if len(given.x) != 1:
        raise UserError(f"{file} holds {len(given.x):,}; expected one image")
    return given


def model_data(model: "ImageModel", data: str | None = None) -> "ImageData":
    """The images that a model was trained on, or others that it can read.

    Raises:
        UserError: they are not here, or of another shape.
    """
    from textgan.data.images import open_images

    config = model.config.data
    assert isinstance(config, ImageConfig)
    config = config if data is None else dataclasses.replace(config, data=data)
    images = open_images(config)
    if images.spec.shape != model.spec.shape:
        shapes = (" x ".join(map(str, spec.shape)) for spec in (images.spec, model.spec))
        raise UserError("{} is of {}, the model of {}; expected data of its shape".format(config.data, *shapes))
    return images


def heldout_images(model: "ImageModel", split: str, limit: int | None, data: str | None = None) -> Given:
    """Images of a split of the model's own data, or of other data, at most `limit`, evenly spread.

    Raises:
        UserError: there is no such split, or a conditional model finds no label there.
    """
    from textgan.evaluation.images.validation import encodable_images

    images = model_data(model, data)
    part = {"train": images.train, "valid": images.valid, "test": images.test}[split]
    if part is None:
        raise UserError(f"{images.name} has no {split} split; expected one, or --split valid")
    if as_conditional(model.network) is not None and part.known is not None and 0 < len(part.known) < len(part):
        logger.warning("%s images of %s have no label and are left out", f"{len(part) - len(part.known):,}", split)
    return Given(*encodable_images(model, part, limit))


def _labels(path: Path, n: int, wanted: bool) -> np.ndarray:
    """The labels of the n images of a file, -1 where it has none or none are wanted, (n,)."""
    labels = read_labels(path) if wanted and path.suffix.lower() == ".npz" else None
    if labels is None:
        return np.full(n, -1, dtype=np.int64)
    check_lengths(str(path), n, len(labels))
    return labels


def _read(path: Path, shape: tuple[int, ...], is_image: bool) -> Pixels:
    if path.suffix.lower() not in ARRAYS:
        return read_image(path, shape)[None]
    array = read_array(path)
    if is_image and array.ndim < 4:
        return read_image(path, shape)[None]
    x = in_range(array, path) if is_image else np.atleast_2d(array).astype(np.float32)
    if x.shape[1:] != shape:
        raise UserError(f"{path} has shape {array.shape}; expected (N, {', '.join(map(str, shape))})")
    return x
