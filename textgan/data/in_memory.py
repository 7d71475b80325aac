"""Sentences and labels in memory, as scikit-learn hands them over: X and y."""

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.data.labels import is_missing, label_of
from textgan.data.tokenfile import FIRST, SECOND, TokenFile
from textgan.data.tokenizer import Tokenizer
from textgan.data.types import LABEL_TYPES

UNLABELED = -1
"""What stands in y for a row whose label is not known: scikit-learn's convention for semi-supervised learning."""


def texts_of(x: Any) -> list[tuple[str, ...]]:
    """Sentences, or pairs of them, as rows of one or two.

    Raises:
        ValueError: X is neither, or empty.
    """
    if isinstance(x, str | Mapping | Set) or not isinstance(x, Iterable):  # sets and dictionaries have no rows
        raise ValueError(f"X is {x!r:.40}; expected a list of sentences, or of pairs of them")
    table = getattr(x, "to_numpy", None)  # a DataFrame would be gone through by the names of its columns
    rows = [(row,) if isinstance(row, str) else row for row in (table() if table else x)]
    if not rows:
        raise ValueError("X has 0 rows; expected one sentence, or pair, or more")
    for number, row in enumerate(rows):
        if not isinstance(row, Sequence | np.ndarray) or not all(isinstance(text, str) for text in row):
            raise ValueError(f"X holds {row!r:.40} in row {number}; expected sentences (strings), or pairs of them")
    lengths = {len(row) for row in rows}
    if not lengths <= {1} and lengths != {2}:
        raise ValueError(f"rows of X have {sorted(lengths)} sentences; expected one each, or two each")
    return [tuple(map(str, row)) for row in rows]


def classes_of(y: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The classes among labels, sorted, (K,), and the place of each label among them, -1 of those not known, (n,).

    No label: -1, as a number or a string, None, NaN and pandas' NA. Whole floats are integers, as pandas writes these
    where some are missing.

    Raises:
        ValueError: y is not one label a row, or labels are not all strings, or all numbers.
    """
    labels = plain_labels(y)
    known = np.array([label is not None for label in labels], dtype=bool)
    classes, places = np.unique(np.array([label for label in labels if label is not None]), return_inverse=True)
    ids = np.full(len(labels), -1)
    ids[known] = places
    return classes, ids


def type_of(classes: npt.NDArray[Any]) -> str:
    """The type of classes, one of `LABEL_TYPES`."""
    return {"U": "str", "b": "bool", "f": "float"}.get(classes.dtype.kind, "int")


def classes_named(names: Sequence[str], label_type: str) -> npt.NDArray[Any]:
    """Classes, (K,), of the names by which a model knows them; the reverse of str."""
    return np.array([LABEL_TYPES[label_type](name) for name in names])


def plain_labels(y: Any) -> list[Any]:
    """Labels as strings, or as Python's numbers, None where there is none; see `classes_of`.

    Args:
        y: list, array, tensor on any device, or column of a table.

    Raises:
        ValueError: see `classes_of`.
    """
    if isinstance(y, str | Mapping | Set) or not isinstance(y, Iterable):
        raise ValueError(f"y is {y!r:.40}; expected one label a row, (n,)")
    y = y.detach().cpu().numpy() if hasattr(y, "detach") else y
    y = y if hasattr(y, "__array__") else list(y)
    shape = np.shape(y) if hasattr(y, "__array__") else (len(y), *(np.shape(y[0]) if y else ()))
    if len(shape) != 1:
        raise ValueError(f"y has shape {shape}; expected one label a row, (n,)")
    labels = [_plain(label) for label in y]
    types = {str if isinstance(label, str) else float for label in labels if label is not None}
    if len(types) > 1:
        examples = [next(x for x in labels if x is not None and isinstance(x, str) == text) for text in (True, False)]
        raise ValueError(
            "y holds strings and numbers, such as {!r} and {!r}; expected all labels of one type".format(*examples)
        )
    numbers = [label for label in labels if isinstance(label, float)]
    if not all(map(float.is_integer, numbers)):
        return labels
    return [int(label) if isinstance(label, float) else label for label in labels]


def _plain(label: Any) -> Any:
    """A label without the types of NumPy and PyTorch; None where there is none.

    Raises:
        ValueError: it is neither a string nor a number.
    """
    if np.ndim(label):
        raise ValueError(f"y holds {label!r:.40}; expected one label a row, (n,)")
    label = label.item() if hasattr(label, "item") else label
    if is_missing(label) or isinstance(label, str):
        return label_of(label, "y")
    if not isinstance(label, int | float) or abs(label) == math.inf:
        raise ValueError(f"y holds {label!r:.40}; expected strings or numbers")
    return None if label == UNLABELED else label


def tokenize_rows(
    rows: Sequence[tuple[str, ...]],
    tokenizer: Tokenizer,
    longest: int,
    labels: npt.NDArray[np.int64] | None = None,
    names: tuple[str, ...] = (),
) -> TokenFile:
    """Sentences, or pairs, the two of a pair one after the other; each cut to so many tokens.

    Args:
        rows: n of one or two sentences.
        tokenizer: cuts them.
        longest: most tokens of a sentence.
        labels: places among `names`, -1 of those not known, (n,).
        names: of the classes.
    """
    size = len(rows[0]) if rows else 1
    ids = [tokenizer.encode(text)[:longest] for row in rows for text in row]
    sides = None if size == 1 else np.tile(np.array([FIRST, SECOND], dtype=np.uint8), len(rows))
    return TokenFile.of(ids, tokenizer, None if labels is None else np.repeat(labels, size), names, sides)
