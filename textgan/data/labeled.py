"""Which examples' labels a model is shown, when it is to learn from few of them."""

import numpy as np

from textgan.data.config import DataConfig
from textgan.data.shuffle import Indices, key_of, permute
from textgan.data.tokenfile import FIRST, TokenFile
from textgan.errors import UserError

_CHOICE = 7


def examples(sentences: TokenFile) -> Indices:
    """Rows that have a label: sentences, or, where there are pairs, their first sides, (n,)."""
    if sentences.labels is None:
        return np.zeros(0, dtype=np.int64)
    known = np.asarray(sentences.labels) >= 0
    return np.flatnonzero(known if sentences.sides is None else known & (np.asarray(sentences.sides) == FIRST))


def labeled_rows(train: TokenFile, config: DataConfig) -> Indices:
    """The examples whose label is shown, in the order of the file, (k,).

    Each class has its share of them, and at least one; the choice depends on label_seed alone, and of one seed fewer
    examples are among the more.

    Raises:
        UserError: the data has no labels, or only one; or there are fewer examples than are asked for, or fewer asked
            for than there are classes.
    """
    rows = examples(train)
    labels = np.asarray(train.labels)[rows] if train.labels is not None else rows
    classes = np.unique(labels)
    if len(classes) < 2:
        raise UserError(
            f"labels {config.labels!r} of {config.data}: train has {len(classes)} classes; expected two or more "
            "(-1, nan and nothing are no label)"
        )
    wanted = _wanted(len(rows), len(classes), config)
    if wanted == len(rows):
        return rows
    counts = _shares(np.array([(labels == c).sum() for c in classes]), wanted)
    keys = [key_of(_CHOICE, config.label_seed, int(c)) for c in classes]
    chosen = [_some(rows[labels == c], n, key) for c, n, key in zip(classes, counts, keys, strict=True)]
    return np.sort(np.concatenate(chosen))


def _wanted(n: int, classes: int, config: DataConfig) -> int:
    if config.labeled is not None and config.labeled_fraction is not None:
        raise UserError(
            f"labeled {config.labeled} and labeled_fraction {config.labeled_fraction} both say how many; give one"
        )
    if config.labeled_fraction is not None:
        if not 0 < config.labeled_fraction <= 1:
            raise UserError(f"labeled_fraction is {config.labeled_fraction}; expected a share above 0, at most 1")
        return max(classes, round(config.labeled_fraction * n))
    if config.labeled is None:
        return n
    if not classes <= config.labeled <= n:
        raise UserError(
            f"labeled is {config.labeled}; expected {classes} (one of each class) to {n:,}, the examples of train"
        )
    return config.labeled


def _shares(sizes: Indices, wanted: int) -> Indices:
    """How many of each class: one first, then one by one to the class that has fewest for its size (Webster's method).

    So more examples never take one from a class.
    """
    places = np.arange(1, wanted)  # a class of size s claims its 2nd, 3rd ... example with s / 3, s / 5 ...
    claims = [(-size / (2 * n + 1), c) for c, size in enumerate(sizes) for n in places[: min(wanted, size) - 1]]
    more = [c for _, c in sorted(claims)[: wanted - len(sizes)]]
    return 1 + np.bincount(more, minlength=len(sizes))


def _some(members: Indices, count: int, key: int) -> Indices:
    return members[permute(np.arange(len(members)), len(members), key) < count]
