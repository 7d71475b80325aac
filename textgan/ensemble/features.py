"""What the views see of a text, or of a pair of texts, learned from all of them, labels or not."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from textgan.ensemble.pairs import paired
from textgan.ensemble.softmax_regression import Array
from textgan.ensemble.text import Vocabulary, char_ngrams, normalized, ppmi_vectors, split_words, word_ngrams

Matrices = dict[str, Any]
"""A matrix (n, D) by the name of the features: dense or sparse."""
Rows = Sequence[tuple[str, ...]]
"""Texts, or pairs of them: n tuples of one, or of two."""

NAMES = ("words", "chars", "common", "content", "has_ngrams", "has_chars")
"""words, chars: TF-IDF of words and pairs of words, and of runs of characters. common, content: mean vectors of the
words, as they are, and with frequent words made small. has_ngrams, has_chars: which of the units a text has."""

_FEWEST_WORDS, _FEWEST_CHARS, _MOST = 2, 3, 100_000
_DIM = 100
_FREQUENT = 1e-3  # share of the tokens at which a word weighs half, Arora et al. 2017, eq. 5
_MOST_WITH_VECTORS = 20_000  # words


class Features:
    """Vocabularies and vectors of words, which turn texts into matrices.

    Args:
        words: words and pairs of them.
        chars: runs of characters.
        vectors: of the words, in the order in which they stand in `words`, (S, D).
        share: of the tokens, of each of these words, (S,).
        centers: means and scales of the mean vectors of texts, by `common` and `content`, (2, D) each.
    """

    def __init__(
        self, words: Vocabulary, chars: Vocabulary, vectors: Array, share: Array, centers: dict[str, Array]
    ) -> None:
        self.words, self.chars, self.vectors, self.share, self.centers = words, chars, vectors, share, centers
        self.single = np.array([i for i, unit in enumerate(words.units) if " " not in unit], dtype=np.int64)

    @classmethod
    def learn(cls, rows: Rows) -> tuple[Self, Matrices]:
        """From texts or pairs; also their matrices."""
        cut = [split_words(text) for row in rows for text in row]
        words = Vocabulary.learn(map(word_ngrams, cut), _FEWEST_WORDS, _MOST)
        chars = Vocabulary.learn(map(char_ngrams, cut), _FEWEST_CHARS, _MOST)
        single = [unit for unit in words.units if " " not in unit]
        places = {unit: i for i, unit in enumerate(single[:_MOST_WITH_VECTORS])}
        vectors = np.zeros((len(single), _DIM))
        vectors[: len(places)] = ppmi_vectors(
            [[places[w] for w in row if w in places] for row in cut], len(places), _DIM
        )
        features = cls(words, chars, vectors, np.zeros(len(single)), {})
        counts = words.counts(map(word_ngrams, cut))
        share = np.asarray(counts[:, features.single].sum(axis=0)).ravel()
        features.share = share / max(share.sum(), 1)
        for name in features.word_weights():
            x = features.mean_vectors(name, counts[:, features.single])
            features.centers[name] = np.stack([x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6) * np.sqrt(_DIM)])
        return features, features._of_counts(counts, chars.counts(map(char_ngrams, cut)), len(rows[0]))

    def matrices(self, rows: Rows) -> Matrices:
        """Of new texts or pairs."""
        cut = [split_words(text) for row in rows for text in row]
        counts = (self.words.counts(map(word_ngrams, cut)), self.chars.counts(map(char_ngrams, cut)))
        return self._of_counts(*counts, len(rows[0]) if rows else 1)

    def mean_vectors(self, name: str, counts: Any) -> Array:
        """Sums of the vectors of words, of norm 1, (n, D)."""
        mean: Array = normalized(np.asarray(counts @ (self.vectors * self.word_weights()[name][:, None])))
        return mean

    def word_weights(self) -> dict[str, Array]:
        """How much each word with a vector counts, (S,), by `common` and `content`."""
        return {"common": np.ones(len(self.share)), "content": _FREQUENT / (_FREQUENT + self.share)}

    def _of_counts(self, words: Any, chars: Any, sides: int) -> Matrices:
        """Of texts, those of a pair one after the other."""
        single = words[:, self.single]
        found: Matrices = {"words": self.words.tfidf(words), "chars": self.chars.tfidf(chars)}
        for name, (mean, scale) in self.centers.items():
            found[name] = (self.mean_vectors(name, single) - mean) / scale
        found["has_ngrams"], found["has_chars"] = _present(words), _present(chars)
        return found if sides == 1 else {name: paired(name, x[0::2], x[1::2]) for name, x in found.items()}


def _present(counts: Any) -> Any:
    """1 where there is something, in float32."""
    x = counts.astype(np.float32)
    x.data[:] = 1
    return x


def as_rows(texts: Iterable[Any]) -> list[tuple[str, ...]]:
    """Texts or pairs as tuples."""
    return [(text,) if isinstance(text, str) else tuple(text) for text in texts]
