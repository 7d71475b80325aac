"""Vectors of words from the words around them: words that are used alike have similar vectors. No label is needed."""

import logging
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.specials import SPECIALS
from textgan.data.tokenfile import TokenFile

logger = logging.getLogger("textgan")

_STEPS = range(1, 5)  # distances between a word and its context
_SMOOTHING = 0.75  # of the contexts' shares, Levy et al. 2015, section 3.2
_COMMON = 1e-3  # share of the tokens at which a word weighs half, Arora et al. 2017, eq. 5
_CHUNK = 1 << 15  # sentences read at a time
_MOST = 16  # chunks that are read


def word_vectors(sentences: TokenFile, vocab_size: int, dim: int) -> torch.Tensor:
    """Vectors whose sum over the words of a sentence says what it is about, (V, dim).

    The positive pointwise mutual information of words at most four apart (Levy et al. 2015, TACL 3:211), factorized:
    U sqrt(S), each row of norm 1, then times a / (a + share of the word), so that frequent words do not drown the
    others (Arora et al. 2017, "A simple but tough-to-beat baseline for sentence embeddings"). Words that do not occur
    have 0, special tokens short random vectors: a sentence without words is not nothing. Of more than half a million
    sentences as many from all over the corpus are read; 157,000 of them, 1.4 million words, take four seconds.

    Args:
        sentences: of any length; none of them is at the end of another's window.
        vocab_size: V.
        dim: size of the vectors; beyond what the words allow they are padded with zeros.
    """
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    near, counts = _neighbors(sentences, vocab_size)
    vectors = np.zeros((vocab_size, dim), dtype=np.float32)
    # Pointwise mutual information, log p(w, c) / (p(w) p(c)), where only counted pairs have an entry and only positive
    # values are kept. Shares of contexts are smoothed, or rare contexts would have the largest values.
    totals = np.bincount(near.row, near.data, minlength=vocab_size)
    context = totals**_SMOOTHING / max((totals**_SMOOTHING).sum(), 1)
    information = np.log(near.data / (totals[near.row] * context[near.col]))
    kept = information > 0
    if kept.any():
        ppmi = csr_matrix((information[kept], (near.row[kept], near.col[kept])), shape=(vocab_size, vocab_size))
        with threadpool_limits(torch.get_num_threads()):
            left, values, _ = randomized_svd(ppmi, min(dim, vocab_size - 1), random_state=0)
        vectors[:, : len(values)] = left * np.sqrt(values)
    norms = np.linalg.norm(vectors, axis=1)
    norms[norms < 1e-6] = np.inf  # words without neighbors, for which there is only rounding
    share = counts / max(counts.sum(), 1)
    vectors *= (_COMMON / (_COMMON + share) / norms)[:, None]
    vectors[: len(SPECIALS)] = 0.1 / np.sqrt(dim) * np.random.default_rng(0).standard_normal((len(SPECIALS), dim))
    return torch.from_numpy(vectors)


def _neighbors(sentences: TokenFile, vocab_size: int) -> tuple[Any, npt.NDArray[np.float64]]:
    """How often each word stands at most four words from each other, a sparse (V, V), and how often it occurs, (V,)."""
    from scipy.sparse import csr_matrix

    chunks = _spread(len(sentences))
    logger.info("vectors of words from %s sentences", f"{sum(end - begin for begin, end in chunks):,}")
    shape = (vocab_size, vocab_size)
    near, counts = csr_matrix(shape, dtype=np.float32), np.zeros(vocab_size)
    for begin, end in chunks:
        words, owner = _words(sentences, begin, end)
        counts += np.bincount(words, minlength=vocab_size)
        # For each distance, the places whose partner that far to the right is in the same sentence.
        ends = [np.flatnonzero(owner[step:] == owner[:-step]) for step in _STEPS]
        left, right = np.concatenate(ends), np.concatenate([at + step for at, step in zip(ends, _STEPS, strict=True)])
        # Pairs that come several times are several entries of one place, which csr_matrix adds up.
        near += csr_matrix((np.ones(len(left), dtype=np.float32), (words[left], words[right])), shape=shape)
    return (near + near.T).tocoo(copy=False), counts  # to the left as well as to the right


def _spread(count: int) -> list[tuple[int, int]]:
    """Chunks of rows, no more than so many, evenly spread."""
    edges = [*range(0, count, _CHUNK), count]
    chunks = list(pairwise(edges))
    some = np.linspace(0, len(chunks) - 1, min(_MOST, len(chunks))).round().astype(int)
    return [chunks[i] for i in some]


def _words(sentences: TokenFile, begin: int, end: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The words of some sentences, end to end, and which sentence each is of, (N,) both."""
    lengths = sentences.lengths_of(np.arange(begin, end))
    owner = np.repeat(np.arange(len(lengths)), lengths)
    first = np.asarray(sentences.starts[begin:end]) - (np.cumsum(lengths) - lengths)
    return np.asarray(sentences.tokens[first[owner] + np.arange(len(owner))], dtype=np.int64), owner
