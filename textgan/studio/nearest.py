"""The training sentence nearest to each of some sentences: is it copied?"""

from collections.abc import Sequence
from typing import Any, NamedTuple, final

import numpy as np
import scipy.sparse  # type: ignore[import-untyped]

from textgan.sampling.edit_distance import word_edit_distances

_CANDIDATES = 50


class Neighbor(NamedTuple):
    """The nearest sentence, and how many words it takes to make one of the other; 0: it is a copy."""

    sentence: str
    distance: int


@final
class NearestSentences:
    """Finds the nearest of many sentences, by words inserted, deleted or replaced; case does not count.

    The distance is computed for the 50 that share most words, the rare ones counting more, in a sentence of about the
    same length: a copy is always found, of others now and then one that is a word further off than the nearest.

    Args:
        sentences: N of them.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        self.sentences = list(dict.fromkeys(sentences))
        self._folded = [_folded(text) for text in self.sentences]
        self._places: dict[str, int] = {}
        words = [list(dict.fromkeys(text.split())) for text in self._folded]
        ids = [self._places.setdefault(word, len(self._places)) for row in words for word in row]
        ends = np.cumsum([0, *map(len, words)])
        shape = len(words), max(len(self._places), 1)
        shares = np.bincount(ids, minlength=shape[1]) / max(len(words), 1) if ids else np.ones(1)
        self._weights = -np.log(np.maximum(shares, 1e-12)) + 0.1
        self._words: Any = scipy.sparse.csr_matrix((np.ones(len(ids), np.float32), ids, ends), shape=shape)
        self._sizes = self._words @ self._weights

    def nearest(self, texts: Sequence[str]) -> list[Neighbor | None]:
        """The nearest of each text; none where there are no sentences."""
        return [self._nearest(text) for text in texts]

    def _nearest(self, text: str) -> Neighbor | None:
        if not self.sentences:
            return None
        folded = _folded(text)
        query = np.zeros(self._words.shape[1])
        known = [self._places[word] for word in set(folded.split()) if word in self._places]
        query[known] = self._weights[known]
        # Weight of the words shared, over that of the words of either: Jaccard's index.
        shared = self._words @ query
        score = shared / np.maximum(self._sizes + query.sum() - shared, 1e-12)
        count = min(_CANDIDATES, len(self.sentences))
        rows = np.sort(np.argpartition(-score, count - 1)[:count])
        distances = word_edit_distances([folded] * count, [self._folded[row] for row in rows])
        best = int(distances.argmin())
        return Neighbor(self.sentences[rows[best]], int(distances[best]))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
