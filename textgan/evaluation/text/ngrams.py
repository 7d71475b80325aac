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
Floats = npt.NDArray[np.float64]


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


class Unique(NamedTuple):
    """The different ones among M numbers.

    Args:
        values: sorted, (K,).
        first: where each comes first, (K,).
        which: rank of every number among `values`, (M,).
        counts: how often each comes, (K,).
    """

    values: Ints
    first: Ints
    which: Ints
    counts: Ints


def flatten_sentences(*files: TokenFile) -> FlatWords:
    """The words of files over one vocabulary, whose sentences are numbered on from one file to the next."""
    tokens, lengths = zip(*((_tokens(file), file.lengths) for file in files), strict=True)
    n = np.concatenate(lengths)
    places = np.arange(n.sum())
    return FlatWords(np.concatenate(tokens), np.repeat(np.arange(len(n)), n), np.repeat(np.cumsum(n), n) - places)


def ngrams_of(words: FlatWords, most: int) -> Iterator[NGrams]:
    """The n-grams of `flatten_sentences` for n = 1, ..., `most` in turn; there may be none of an order."""
    ids, at = np.zeros(len(words.ids), dtype=np.int64), np.arange(len(words.ids))
    for n in range(1, most + 1):
        long = words.left[at] >= n
        at = at[long]
        ids = extend(ids[long], words.ids[at + n - 1])
        yield NGrams(ids, words.sentence[at])


def extend(ids: Ints, following: Ints) -> Ints:
    """Ids of n-grams with a word more: ranks of the pairs (id, word), (M,), without gaps."""
    return find_unique(ids * (following.max(initial=0) + 1) + following).which


def find_unique(numbers: Ints) -> Unique:
    """Which numbers there are, and where: `numpy.unique`, in a third to an eighth of its time.

    A number and its place are sorted as one integer, which takes no table of places beside it; where both together need
    more than 63 bits, `numpy.unique` does it.

    Args:
        numbers: 0 or more, (M,).
    """
    places = max(len(numbers) - 1, 0).bit_length()
    if int(numbers.max(initial=0)).bit_length() + places > 63:
        return Unique(*np.unique(numbers, return_index=True, return_inverse=True, return_counts=True))
    packed = (numbers << places) | np.arange(len(numbers))
    packed.sort()
    order, packed = packed & ((1 << places) - 1), packed >> places
    new = np.diff(packed, prepend=-1) > 0
    which = np.empty(len(numbers), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    begins = np.flatnonzero(new)
    return Unique(packed[begins], order[begins], which, np.diff(begins, append=len(numbers)))


def sentence_keys(text: TokenFile) -> list[bytes]:
    """A value for each sentence: the same for two sentences of one vocabulary if and only if they are."""
    tokens, width = np.ascontiguousarray(text.tokens, dtype=np.int32), np.dtype(np.int32).itemsize
    content = tokens.tobytes()
    places = zip((text.starts * width).tolist(), (text.ends * width).tolist(), strict=True)
    return [content[a:b] for a, b in places]


def _tokens(file: TokenFile) -> Ints:
    """The tokens of the sentences of a file, which may be some of those in `file.tokens` and in any order, (N,)."""
    n = file.lengths
    first = np.cumsum(n) - n
    places = np.arange(n.sum()) + np.repeat(np.asarray(file.starts, dtype=np.int64) - first, n)
    return np.asarray(file.tokens[places], dtype=np.int64)
