"""Sentences and labels that are held in memory, as scikit-learn hands them over: X and y."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.data.labels import is_missing, label_of
from textgan.data.tokenfile import FIRST, SECOND, TokenFile
from textgan.data.tokenizer import Tokenizer

UNLABELLED = -1
"""What stands in y for a row whose label is not known: scikit-learn's convention for semi-supervised learning."""


def texts_of(x: Any) -> list[tuple[str, ...]]:
    """Sentences, or pairs of them, as rows of one or two.

    Raises:
        ValueError: X is neither, or empty.
    """
    if isinstance(x, str) or not isinstance(x, Iterable):
        raise ValueError(f"X is {x!r:.40}; expected a list of sentences, or of pairs of them")
    table = getattr(x, "to_numpy", None)  # a DataFrame would be gone through by the names of its columns
    rows = [(row,) if isinstance(row, str) else row for row in (table() if table else x)]
    if not rows:
        raise ValueError("X has 0 rows; expected one sentence, or pair, or more")
    for row in rows:
        if not isinstance(row, Sequence | np.ndarray) or not all(isinstance(text, str) for text in row):
            raise ValueError(f"X holds {row!r:.40}; expected sentences (strings), or pairs of them")
    lengths = {len(row) for row in rows}
    if not lengths <= {1} and lengths != {2}:
        raise ValueError(f"rows of X have {sorted(lengths)} sentences; expected one each, or two each")
    return [tuple(map(str, row)) for row in rows]


def classes_of(y: Any) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The classes among labels, sorted, (K,), and the place of each label among them, -1 of those not known, (n,).

    Raises:
        ValueError: y is not one label a row, or hides -1 among strings.
    """
    if getattr(y, "dtype", np.dtype(object)).kind in "US" and str(UNLABELLED) in y:
        raise ValueError("y is an array of strings with '-1' among them; expected dtype=object, so that -1 is a number")
    labels = np.asarray(y, dtype=object)
    if labels.ndim != 1:
        raise ValueError(f"y has shape {labels.shape}; expected one label a row, (n,)")
    meant = [label_of(label, f"y[{i}]") if isinstance(label, str) else label for i, label in enumerate(labels)]
    labels = np.array([*meant, None], dtype=object)[:-1]
    known = np.array([not _is_unknown(label) for label in labels], dtype=bool)
    classes, places = np.unique(np.array([labels[i] for i in np.flatnonzero(known)]), return_inverse=True)
    ids = np.full(len(labels), -1)
    ids[known] = places
    return classes, ids


def _is_unknown(label: Any) -> bool:
    return not isinstance(label, str) and (is_missing(label) or label == UNLABELLED)


def token_file(
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
