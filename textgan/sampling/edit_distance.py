"""Edit distances between sentences, word by word, for many pairs at once: a million short ones in a second."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_PAIRS = 8192
"""Pairs at a time: their tables stay in the cache of a core."""


class WordIds(NamedTuple):
    """N sentences as ids of words.

    Args:
        ids: of the words, padded at the end with anything, (N, T).
        lengths: words in each sentence, (N,).
    """

    ids: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int64]

    def take(self, rows: npt.NDArray[np.integer]) -> "WordIds":
        """Some of the sentences, as wide as they need."""
        lengths = self.lengths[rows]
        return WordIds(self.ids[rows, : lengths.max(initial=0)], lengths)


def to_word_ids(sentences: Sequence[str], ids: dict[str, int]) -> WordIds:
    """Sentences cut at white space.

    Args:
        sentences: N of them.
        ids: word -> id, to which new words are added: sentences can be compared that were given the same one.
    """
    return pad_ids([[ids.setdefault(word, len(ids)) for word in sentence.split()] for sentence in sentences])


def pad_ids(rows: Sequence[Sequence[int]]) -> WordIds:
    """Sentences that are ids already."""
    lengths = np.asarray([len(row) for row in rows], dtype=np.int64)
    padded = np.full((len(rows), int(lengths.max(initial=0))), -1, dtype=np.int32)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = [id for row in rows for id in row]
    return WordIds(padded, lengths)


def edit_distances(first: WordIds, second: WordIds) -> npt.NDArray[np.int64]:
    """Fewest words inserted, deleted or replaced that make one sentence the other (Levenshtein 1966), (N,).

    Args:
        first: N sentences.
        second: N sentences, compared with those of `first` row by row.
    """
    distances = np.zeros(len(first.lengths), dtype=np.int64)
    order = np.argsort(first.lengths * second.lengths, kind="stable")  # pairs of one size side by side: less padding
    for start in range(0, len(order), _PAIRS):
        rows = order[start : start + _PAIRS]
        distances[rows] = _table(first.take(rows), second.take(rows))
    return distances


def word_edit_distances(first: Sequence[str], second: Sequence[str]) -> npt.NDArray[np.int64]:
    """As `edit_distances`, of sentences: (N,)."""
    ids: dict[str, int] = {}
    return edit_distances(to_word_ids(first, ids), to_word_ids(second, ids))


def _table(first: WordIds, second: WordIds) -> npt.NDArray[np.integer]:
    """The recurrence, a row of the table at a time for all pairs: d[i, j] = min(d[i-1, j] + 1, d[i, j-1] + 1,
    d[i-1, j-1] + [a_i != b_j]). A pair's distance is read off when the row of its last word is done.
    """
    a, b = np.ascontiguousarray(first.ids.T), np.ascontiguousarray(second.ids.T)
    width, pairs = b.shape
    kind = np.int16 if len(a) + width < 1 << 15 else np.int32
    row = np.repeat(np.arange(width + 1, dtype=kind)[:, None], pairs, axis=1)
    distances = np.where(first.lengths == 0, second.lengths, 0)
    for i, words in enumerate(a, 1):
        best = np.minimum(row[1:] + kind(1), row[:-1] + (b != words))
        row[0] = i
        for j in range(width):
            np.minimum(best[j], row[j] + kind(1), out=row[j + 1])
        done = np.flatnonzero(first.lengths == i)
        distances[done] = row[second.lengths[done], done]
    return distances
