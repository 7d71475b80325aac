"""All n-grams of sentences as integers, so that counting them is sorting them.

An n-gram lies inside one sentence: none reaches over an end, and the ends themselves are no words. Its id is the rank
of the pair (id of its first n - 1 words, last word), so two n-grams share an id if and only if they are equal, in
whichever file they stand. <unk> is a word like any other.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data.tokenfile import TokenFile

Ints = npt.NDArray[np.int64]


class FlatWords(NamedTuple):
    """The words of sentences, end to end.

    Args:
        ids: of the words, (N,).
        sentence: which sentence each word is in, (N,), never falling.
        left: words from this one to the end of its sentence, itself counted, (N,).
    """

    ids: Ints
    sentence: Ints
    left: Ints


class NGrams(NamedTuple):
    """The n-grams of one order in the order of the text.

    Args:
        ids: 0 ... K - 1, each of which occurs, equal where the n-grams are, (M,).
        sentence: which sentence each is in, (M,), never falling.
    """

    ids: Ints
    sentence: Ints


def flat_words(*files: TokenFile) -> FlatWords:
    """The words of files over one vocabulary, whose sentences are numbered on from one file to the next."""
    tokens, lengths = zip(*((_tokens(file), file.lengths) for file in files), strict=True)
    n = np.concatenate(lengths)
    places = np.arange(n.sum())
    return FlatWords(np.concatenate(tokens), np.repeat(np.arange(len(n)), n), np.repeat(np.cumsum(n), n) - places)


def ngrams_of(words: FlatWords, most: int) -> Iterator[NGrams]:
    """The n-grams of `flat_words` for n = 1, ..., `most` in turn; there may be none of an order."""
    ids, at = np.zeros(len(words.ids), dtype=np.int64), np.arange(len(words.ids))
    for n in range(1, most + 1):
        long = words.left[at] >= n
        at = at[long]
        ids = joined(ids[long], words.ids[at + n - 1])
        yield NGrams(ids, words.sentence[at])


def joined(ids: Ints, following: Ints) -> Ints:
    """Ids of n-grams with a word more: ranks of the pairs (id, word), (M,), without gaps."""
    pairs = ids * (following.max(initial=0) + 1) + following
    return np.unique(pairs, return_inverse=True)[1].astype(np.int64, copy=False)


def _tokens(file: TokenFile) -> Ints:
    """The tokens of the sentences of a file, which may be some of those in `file.tokens` and in any order, (N,)."""
    n = file.lengths
    first = np.cumsum(n) - n
    places = np.arange(n.sum()) + np.repeat(np.asarray(file.starts, dtype=np.int64) - first, n)
    return np.asarray(file.tokens[places], dtype=np.int64)
