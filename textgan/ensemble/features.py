"""What the views see of a text, or of a pair of texts, learned from all of them, labels or not."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from scipy.sparse import hstack  # type: ignore[import-untyped]

from textgan.ensemble.alignment import aligned_units
from textgan.ensemble.softmax_regression import Doubles
from textgan.ensemble.text import Vocabulary, char_ngrams, normalized, ppmi_vectors, split_words, word_ngrams

Matrices = dict[str, Any]
"""A matrix (n, D) by the name of the features: dense or sparse."""
TextRows = Sequence[tuple[str, ...]]
"""Texts, or pairs of them: n tuples of one, or of two."""

FEATURE_NAMES = ("words", "chars", "common", "content", "aligned", "has_ngrams", "has_chars", "has_words")
"""words, chars: TF-IDF of words and pairs of words, and of runs of characters. common, content: mean vectors of the
words, as they are, and with frequent words made small. aligned, of pairs: TF-IDF of `aligned_units`. has_ngrams,
has_chars: which of the units a text has; has_words: which words, without pairs of them."""

DENSE = ("common", "content")

_FEWEST_WORDS, _FEWEST_CHARS, _MOST = 2, 3, 100_000
_FEW = 500  # texts; of fewer every unit is kept
_DIM = 100
_FREQUENT = 1e-3  # share of the tokens at which a word weighs half, Arora et al. 2017, eq. 5
_MOST_WITH_VECTORS = 20_000  # words


class TextFeatures:
    """Vocabularies and vectors of words, which turn texts into matrices.

    Args:
        words: words and pairs of them.
        chars: runs of characters.
        vectors: of the words, in the order in which they stand in `words`, (S, D).
        share: of the tokens, of each of these words, (S,).
        centers: means and scales of the mean vectors of texts, by `common` and `content`, (2, D) each.
        aligned: units of pairs, see `aligned_units`; None of single texts.
    """

    def __init__(
        self,
        words: Vocabulary,
        chars: Vocabulary,
        vectors: Doubles,
        share: Doubles,
        centers: dict[str, Doubles],
        aligned: Vocabulary | None = None,
    ) -> None:
        self.words, self.chars, self.vectors, self.share = words, chars, vectors, share
        self.centers, self.aligned, self.sides = centers, aligned, 1 if aligned is None else 2
        self.single = np.array([i for i, unit in enumerate(words.units) if " " not in unit], dtype=np.int64)
        self.places = {words.units[j]: i for i, j in enumerate(self.single)}

    @classmethod
    def learn(cls, rows: TextRows) -> tuple[Self, Matrices]:
        """From texts or pairs; also their matrices."""
        cut = [split_words(text) for row in rows for text in row]
        fewest = (_FEWEST_WORDS, _FEWEST_CHARS) if len(cut) >= _FEW else (1, 1)
        words = Vocabulary.learn(map(word_ngrams, cut), fewest[0], _MOST)
        chars = Vocabulary.learn(map(char_ngrams, cut), fewest[1], _MOST)
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
        for name in DENSE:
            x = features.mean_vectors(name, counts[:, features.single])
            features.centers[name] = np.stack([x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6) * np.sqrt(_DIM)])
        if len(rows[0]) == 2:
            features.aligned, features.sides = Vocabulary.learn(features._aligned(cut), fewest[0], _MOST), 2
        return features, features._of_counts(cut, counts, chars.counts(map(char_ngrams, cut)))

    def matrices(self, rows: TextRows) -> Matrices:
        """Of new texts or pairs."""
        cut = [split_words(text) for row in rows for text in row]
        counts = (self.words.counts(map(word_ngrams, cut)), self.chars.counts(map(char_ngrams, cut)))
        return self._of_counts(cut, *counts)

    def mean_vectors(self, name: str, counts: Any) -> Doubles:
        """Sums of the vectors of words, of norm 1, (n, D)."""
        mean: Doubles = normalized(np.asarray(counts @ (self.vectors * self.word_weights()[name][:, None])))
        return mean

    def word_weights(self) -> dict[str, Doubles]:
        """How much each word with a vector counts, (S,), by `common` and `content`."""
        return {"common": np.ones(len(self.share)), "content": _FREQUENT / (_FREQUENT + self.share)}

    def _aligned(self, cut: Sequence[list[str]]) -> Iterator[list[str]]:
        """Units of pairs, whose texts stand one after the other."""
        for first, second in zip(cut[0::2], cut[1::2], strict=True):
            yield aligned_units(first, second, self.places, self.vectors)

    def _of_counts(self, cut: Sequence[list[str]], words: Any, chars: Any) -> Matrices:
        """Of texts, those of a pair one after the other, as words and as counts of units."""
        single = words[:, self.single]
        found: Matrices = {"words": self.words.tfidf(words), "chars": self.chars.tfidf(chars)}
        for name, (mean, scale) in self.centers.items():
            found[name] = (self.mean_vectors(name, single) - mean) / scale
        found |= {"has_ngrams": _present(words), "has_chars": _present(chars), "has_words": _present(single)}
        if self.aligned is None:
            return found
        found = {name: paired(name, x[0::2], x[1::2]) for name, x in found.items()}
        return found | {"aligned": self.aligned.tfidf(self.aligned.counts(self._aligned(cut)))}


def _present(counts: Any) -> Any:
    """1 where there is something, in float32."""
    x = counts.astype(np.float32)
    x.data[:] = 1
    return x


def as_rows(texts: Iterable[Any]) -> list[tuple[str, ...]]:
    """Texts or pairs as tuples."""
    return [(text,) if isinstance(text, str) else tuple(text) for text in texts]


def paired(name: str, u: Any, v: Any) -> Any:
    """[u; v; u v; |u - v|] (Conneau et al. 2017, arXiv 1705.02364), (n, 4 D).

    Of what a text has or has not: u, v, both, and v alone.

    Args:
        name: of the features.
        u: of the first texts, (n, D).
        v: of the second, (n, D).
    """
    if not hasattr(u, "tocsr"):
        scale = np.sqrt(u.shape[1])  # entries are about 1 / sqrt(D)
        return np.concatenate([u, v, scale * u * v, np.abs(u - v)], axis=1) / 2
    both = u.multiply(v).tocsr()
    if name.startswith("has_"):
        return hstack([u, v, both, v - both], format="csr", dtype=np.float32)
    root = both.copy()
    root.data = np.sqrt(root.data)
    return hstack([u, v, root, abs(u - v)], format="csr") / 2
