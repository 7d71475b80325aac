"""Texts as counts: words, pairs of neighbouring words, and runs of characters within words."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags_array  # type: ignore[import-untyped]

from textgan.ensemble.softmax_regression import Doubles

_WORD = re.compile(r"\w+|[^\w\s]")
_BEGIN, _END = "<s>", "</s>"
_CHARS = (2, 3, 4, 5)
_LONGEST = 40  # characters of a word


def split_words(text: str) -> list[str]:
    """A text as lower-case words, punctuation apart."""
    return _WORD.findall(text.lower())


def word_ngrams(words: Sequence[str]) -> list[str]:
    """Words, and pairs of neighbours; begin and end of the text are neighbours too."""
    return [*words, *map(" ".join, pairwise([_BEGIN, *words, _END]))]


def char_ngrams(words: Sequence[str]) -> list[str]:
    """Runs of two to five characters within words, whose ends count as characters."""
    return [run for word in words for run in runs_of(word)]


@lru_cache(1 << 16)
def runs_of(word: str) -> tuple[str, ...]:
    """Runs of characters of one word."""
    padded = f" {word[:_LONGEST]} "
    return tuple(padded[i : i + n] for n in _CHARS for i in range(len(padded) - n + 1))


class Vocabulary:
    """Places of units, and how rare each is.

    Args:
        units: the most frequent first, (V,).
        idf: log((1 + texts) / (1 + texts that have it)) + 1, (V,).
    """

    def __init__(self, units: Sequence[str], idf: Doubles) -> None:
        self.units, self.idf = list(units), np.asarray(idf, dtype=np.float64)
        self.places = {unit: i for i, unit in enumerate(units)}

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], fewest: int, most: int) -> "Vocabulary":
        """The units that stand in `fewest` texts or more, the `most` most frequent."""
        texts_with: Counter[str] = Counter()
        number = 0
        for number, units in enumerate(texts, 1):  # noqa: B007
            texts_with.update(set(units))
        ranked = sorted((-n, unit) for unit, n in texts_with.items() if n >= fewest)[:most]
        idf = np.log((1 + number) / (1 + np.array([-n for n, _ in ranked], dtype=np.float64))) + 1
        return cls([unit for _, unit in ranked], idf)

    def counts(self, texts: Iterable[Sequence[str]]) -> Any:
        """How often each text has each unit, (n, V), sparse."""
        places = self.places
        columns, ends = array("i"), [0]
        for units in texts:
            columns.extend([places[unit] for unit in units if unit in places])
            ends.append(len(columns))
        shape = (len(ends) - 1, len(self.units))
        matrix = csr_matrix(
            (np.ones(len(columns)), np.frombuffer(columns, dtype=np.int32) if columns else np.zeros(0, np.int32), ends),
            shape=shape,
        )
        matrix.sum_duplicates()
        return matrix

    def tfidf(self, counts: Any) -> Any:
        """(1 + log count) idf, rows of norm 1."""
        x = counts.copy()
        x.data = (1 + np.log(x.data)) * self.idf[x.indices]
        return normalized(x)


def normalized(x: Any) -> Any:
    """TextRows of norm 1, dense or sparse; rows of zeros stay."""
    if not hasattr(x, "tocsr"):
        return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    norms = np.sqrt(np.asarray(x.multiply(x).sum(axis=1)).ravel())
    return (diags_array(1 / np.maximum(norms, 1e-12)) @ x).tocsr()


def ppmi_vectors(counts_of: Sequence[Sequence[int]], size: int, dim: int, window: int = 4) -> Doubles:
    """Vectors of words by what stands around them, (V, dim), rows of norm 1; words without neighbours have 0.

    Positive pointwise mutual information, contexts smoothed by 0.75, factorized: U sqrt(S). Levy et al. 2015, TACL
    3:211.

    Args:
        counts_of: places of the words of each text.
        size: V.
        dim: of a vector.
        window: how far a neighbour may be.
    """
    from sklearn.utils.extmath import randomized_svd

    if size < 2:
        return np.zeros((size, dim))
    flat = np.array([i for row in counts_of for i in row], dtype=np.int64)
    owner = np.repeat(np.arange(len(counts_of)), [len(row) for row in counts_of])
    near = csr_matrix((size, size))
    for step in range(1, window + 1):
        at = np.flatnonzero(owner[step:] == owner[:-step])
        near = near + csr_matrix((np.ones(len(at)), (flat[at], flat[at + step])), shape=(size, size))
    near = (near + near.T).tocoo()
    vectors = np.zeros((size, dim))
    total = np.bincount(near.row, near.data, minlength=size)
    context = total**0.75 / max((total**0.75).sum(), 1)
    information = np.log(near.data / (total[near.row] * context[near.col]))
    kept = information > 0
    if not kept.any():
        return vectors
    ppmi = csr_matrix((information[kept], (near.row[kept], near.col[kept])), shape=(size, size))
    left, values, _ = randomized_svd(ppmi, min(dim, size - 1), random_state=0)
    vectors[:, : len(values)] = left * np.sqrt(values)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms < 1e-6, np.inf, norms)
