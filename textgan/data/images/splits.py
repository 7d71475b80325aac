"""Which images belong to a split, and which of them show their label."""

from typing import NamedTuple

import numpy as np

from textgan.data.images.source import Labeled
from textgan.data.shuffle import Indices, key_of, permute
from textgan.errors import UserError

_CUT, _LABELS = range(2)


class SplitRows(NamedTuple):
    """A split: the rows of an array of images that belong to it."""

    images: Labeled
    rows: Indices


def parts_of(splits: dict[str, Labeled], valid_fraction: float, seed: int) -> dict[str, SplitRows]:
    """Train, valid and, where there is one, test; valid is cut off from train at random where there is none.

    Raises:
        UserError: a split has no image, or train has too few to cut.
    """
    for name, images in splits.items():
        if len(images.labels) == 0:
            raise UserError(f"the {name} split has no image; expected one or more; add some or leave the split out")
    parts = {name: SplitRows(images, np.arange(len(images.labels))) for name, images in splits.items()}
    if "valid" in parts:
        return parts
    train = splits["train"]
    count = len(train.labels)
    if count < 2:
        raise UserError("1 train image and no valid split; expected two or more, of which one is cut off; add images")
    n_valid = min(count - 1, max(1, round(valid_fraction * count)))
    inside = permute(np.arange(count), count, key_of(_CUT, seed)) < n_valid
    return {
        **parts,
        "train": SplitRows(train, np.flatnonzero(~inside)),
        "valid": SplitRows(train, np.flatnonzero(inside)),
    }


def count_classes(splits: dict[str, Labeled]) -> int:
    """K, one more than the largest label; 0 where there is none."""
    return max(int(images.labels.max(initial=-1)) for images in splits.values()) + 1


def keep_labels(labels: Indices, rows: Indices, count: int, classes: int, seed: int) -> Indices:
    """Labels of which `count` are left among `rows`, as many of each class (the first ones have one more); others -1.

    Args:
        labels: (N,).
        rows: of the train images, (n,).
        count: labels that stay.
        classes: K.
        seed: of the choice.

    Raises:
        UserError: there are no classes, more than `count`, or one with too few images.
    """
    if classes == 0:
        raise UserError(f"labeled {count} of images without labels; leave labeled out, or give labels")
    if count < classes:
        raise UserError(f"labeled {count} with {classes} classes; expected {classes} or more, one of each class")
    kept = np.full_like(labels, -1)
    for c in range(classes):
        members = rows[labels[rows] == c]
        wanted = count // classes + (c < count % classes)
        if wanted > len(members):
            raise UserError(f"labeled {count} needs {wanted} of class {c}, which has {len(members)}; lower labeled")
        order = permute(np.arange(len(members)), len(members), key_of(_LABELS, seed, c)) if wanted else members
        kept[members[order < wanted]] = c
    return kept
