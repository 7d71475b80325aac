"""From what the user asked for to sets of images."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.hub import HUB_PREFIX
from textgan.data.images import builtin, hub, idx, npz, pictures
from textgan.data.images.binarize import Binarizer
from textgan.data.images.sets import ArraySet, ImageSet, PointSet, StackedSet
from textgan.data.images.source import ImageSource, resize
from textgan.data.images.splits import SplitRows, count_classes, keep_labels, parts_of
from textgan.data.modality import BUILT_IN_IMAGES
from textgan.data.shuffle import key_of
from textgan.data.types import ImageSpec
from textgan.errors import UserError
from textgan.files import why_not_there

logger = logging.getLogger("textgan")

_FORMAT = 1
"""Raised whenever the same input would give other images."""

_SPLITS = ("train", "valid", "test")
_BINARIZE, _STACK, _LINES, _MIXTURE = range(4)
_COLUMNS = ("image_column", "image_label_column")  # what they hold is in the hash of the content
_HELD_OUT_LINES = 5000
_POINTS = {"train": 100_000, "valid": 10_000, "test": 10_000}


@dataclass(frozen=True)
class ImageData:
    """Images to learn from and to judge by.

    Args:
        name: what the user called them.
        train: images to learn from.
        valid: images to judge by while learning.
        test: images to judge by at the end; None where the source has none.
        spec: shape of an image.
        fingerprint: hash of the images and of what was made of them.
        summary: what there is and what was done, a line per fact.
    """

    name: str
    train: ImageSet
    valid: ImageSet
    test: ImageSet | None
    spec: ImageSpec
    fingerprint: str
    summary: tuple[str, ...]


def open_images(config: ImageConfig) -> ImageData:
    """The images that `config.data` names. What there is and what was done is said in the log.

    A built-in name comes first (a folder of that name is "./NAME"), then `hf:`, then the path of a file or folder.
    A source without valid split has valid_fraction of its train images cut off.

    Raises:
        UserError: nothing goes by that name, it is not what its name says, or a setting does not fit it.
    """
    _check(config)
    if config.data == "lines":
        data = _open_lines(config)
    elif config.data == "mixture":
        data = _open_mixture(config)
    else:
        data = _open_arrays(config, _read(config))
    for line in data.summary:
        logger.info(line)
    return data


def _check(config: ImageConfig) -> None:
    size, made = config.image_size, config.data in ("lines", "mixture")
    if size is not None and size < 1:
        raise UserError(f"image_size {size}; expected 1 or more, such as 32")
    if not 0 < config.valid_fraction < 1:
        raise UserError(f"valid_fraction {config.valid_fraction}; expected a share between 0 and 1, such as 0.1")
    if config.labeled is not None and (config.color_digits or config.data == "lines"):
        what = "color_digits" if config.color_digits else "lines"
        raise UserError(f"labeled {config.labeled} with {what}, which are drawn without end; leave labeled out")
    if config.color_digits and made:
        raise UserError(
            f"color_digits with {config.data}; expected grey images, such as digits or a folder of IDX files"
        )
    if size is not None and made and (config.data, size) != ("lines", builtin.LINE_SIZE):
        raise UserError(f"image_size {size} with {config.data}, whose size is fixed; leave image_size out")
    if config.data == "mixture" and config.binarize != "none":
        raise UserError(f"binarize {config.binarize} with mixture, which are points; leave binarize at none")


def _read(config: ImageConfig) -> ImageSource:
    if config.data == "digits":
        return builtin.read_digits(config.image_size)
    if config.data.startswith(HUB_PREFIX):
        return hub.read_dataset(config)
    path = Path(config.data)
    why = why_not_there(path, None)
    if why not in (None, "not found"):
        raise UserError(f"{path} {why}; expected images")
    if path.is_dir():
        folder = idx.find_idx_folder(path)
        return pictures.read_folder(path, config) if folder is None else idx.read_idx_folder(folder)
    if path.suffix.lower() == ".npz" and path.is_file():
        return npz.read_image_archive(path)
    raise UserError(
        f"no images {config.data!r}; expected {', '.join(BUILT_IN_IMAGES)}, a folder of IDX files (MNIST) or of image "
        f"files, an .npz file, or {HUB_PREFIX}OWNER/NAME for a Hugging Face dataset"
    )


def _open_arrays(config: ImageConfig, source: ImageSource) -> ImageData:
    splits = source.splits
    if config.image_size is not None:
        size = config.image_size
        splits = {name: part._replace(images=resize(part.images, size, size)) for name, part in splits.items()}
    parts = parts_of(splits, config.valid_fraction, config.image_seed)
    classes, shape = count_classes(splits), splits["train"].images.shape[1:]
    if config.labeled is not None:
        images, rows = parts["train"]
        labels = keep_labels(images.labels, rows, config.labeled, classes, config.image_seed)
        parts["train"] = SplitRows(images._replace(labels=labels), rows)
    sets: dict[str, ArraySet] = {}
    for name, (images, rows) in parts.items():
        sets[name] = ArraySet(images.images, images.labels, _binarizer(config, name), rows)
    summary = [*_summary(config, parts, "valid" not in splits), *source.notes]
    spec = ImageSpec(shape, config.binarize != "none", classes)
    if not config.color_digits:
        return _data(config, dict(sets), spec, source.content, summary)
    if shape[0] != 1:
        raise UserError(f"color_digits with {config.data}, whose images have {shape[0]} channels; expected grey images")
    stacked: dict[str, ImageSet] = {}
    for name, part in sets.items():
        key = key_of(_STACK, config.image_seed, _SPLITS.index(name))
        stacked[name] = StackedSet(part, classes, key, part.binarizer)
    spec = spec._replace(shape=(3, *shape[1:]), classes=classes**3)
    stacking = f"three random images of a split stacked as channels, without end; {spec.classes:,} classes"
    return _data(config, stacked, spec, source.content, [*summary, stacking])


def _binarizer(config: ImageConfig, split: str) -> Binarizer:
    """What is held out looks the same each time: a number measured on it has no noise of its own."""
    mode = config.binarize if split == "train" or config.binarize != "dynamic" else "once"
    return Binarizer(mode, key_of(_BINARIZE, config.image_seed, _SPLITS.index(split)))


def _open_lines(config: ImageConfig) -> ImageData:
    count = {"train": None, "valid": _HELD_OUT_LINES, "test": _HELD_OUT_LINES}
    sets: dict[str, ImageSet] = {
        name: builtin.LineSet(key_of(_LINES, i), count[name], _binarizer(config, name))
        for i, name in enumerate(_SPLITS)
    }
    spec = ImageSpec((1, builtin.LINE_SIZE, builtin.LINE_SIZE), config.binarize != "none", builtin.LINE_CLASSES)
    summary = [
        f"lines: drawn without end to learn from, {_HELD_OUT_LINES:,} valid and {_HELD_OUT_LINES:,} test, 1 x 32 x 32; "
        f"{builtin.LINE_CLASSES} labels, tenths of the full turn",
        *_binarizing(config),
    ]
    return _data(config, sets, spec, "lines", summary)


def _open_mixture(config: ImageConfig) -> ImageData:
    sampled = {name: builtin.sample_mixture(n, key_of(_MIXTURE, i)) for i, (name, n) in enumerate(_POINTS.items())}
    classes = len(builtin.MEANS)
    counts = ", ".join(f"{n:,} {name}" for name, n in _POINTS.items())
    summary = [f"mixture: {counts} points in the plane from {classes} Gaussians of sigma {builtin.SIGMA}"]
    if config.labeled is not None:
        points, labels = sampled["train"]
        kept = keep_labels(labels, np.arange(len(labels)), config.labeled, classes, config.image_seed)
        sampled["train"] = builtin.LabeledPoints(points, kept)
        summary.append(_keeping(config.labeled, len(labels)))
    sets: dict[str, ImageSet] = {name: PointSet(*part) for name, part in sampled.items()}
    return _data(config, sets, ImageSpec((2,), False, classes), "mixture", summary)


def _data(
    config: ImageConfig, sets: dict[str, ImageSet], spec: ImageSpec, content: str, summary: list[str]
) -> ImageData:
    settings = {name: value for name, value in asdict(config).items() if name not in ("data", *_COLUMNS)}
    parts = json.dumps([_FORMAT, content, settings], sort_keys=True)
    fingerprint = hashlib.blake2b(parts.encode(), digest_size=16).hexdigest()
    return ImageData(config.data, sets["train"], sets["valid"], sets.get("test"), spec, fingerprint, tuple(summary))


def _summary(config: ImageConfig, parts: dict[str, SplitRows], valid_is_cut: bool) -> Iterator[str]:
    images = parts["train"].images
    counts = ", ".join(f"{len(parts[name].rows):,} {name}" for name in _SPLITS if name in parts)
    classes = count_classes({name: part.images for name, part in parts.items()})
    shape = " x ".join(map(str, images.images.shape[1:]))
    yield f"{config.data}: {counts} images of {shape}, {f'{classes} classes' if classes else 'no labels'}"
    if valid_is_cut:
        yield (
            f"{config.data} has no valid split: {len(parts['valid'].rows):,} of {len(images.labels):,} train images "
            f"cut off at random (valid_fraction {config.valid_fraction}, image_seed {config.image_seed})"
        )
    if config.labeled is not None:
        yield _keeping(config.labeled, len(parts["train"].rows))
    yield from _binarizing(config)


def _keeping(kept: int, of: int) -> str:
    return f"labels of {kept:,} of the {of:,} train images are known to the model, as many of each class"


def _binarizing(config: ImageConfig) -> Iterator[str]:
    if config.binarize != "none":
        how = {
            "threshold": "128 of 255 and more are white",
            "once": f"white with the probability of its brightness, drawn once (image_seed {config.image_seed})",
            "dynamic": "white with the probability of its brightness, drawn anew at each sight (valid and test: once)",
        }
        yield f"pixels are black or white: {how[config.binarize]}"
