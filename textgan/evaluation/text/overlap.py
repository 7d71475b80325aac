"""N-grams that sentences share with each other, which is repetition, and with real ones, which is likeness.

All of these numbers change with the number of sentences, so compare equal numbers of them, and give the same of real
text beside them.
"""

from collections.abc import Sequence

import numpy as np

from textgan.data.tokenfile import TokenFile
from textgan.evaluation.measurements import Metrics
from textgan.evaluation.text.ngrams import Floats, Ints, NGrams, flatten_sentences, ngrams_of

_EPSILON = 0.1  # smoothing method 1 of Chen and Cherry 2014, the value of nltk


def self_bleu(text: TokenFile, orders: Sequence[int] = (2, 3, 4)) -> Metrics:
    """Mean over sentences of the BLEU of each with all others as references (Zhu et al. 2018): high is repetitive.

    BLEU-N is b (p_1 ... p_N)^{1/N}. p_n is the share of the sentence's n-grams that some other sentence has, as often
    as the one that has it most often; 0 matches count as 0.1, and too short a sentence has p_n = 0.1, so that even a
    repeated one is below 1 if it has fewer than N words. b = min(1, exp(1 - r / length)), r the length among the
    others that is nearest, the shorter of two. A sentence without a word in common with any other has 0. This is
    nltk's `sentence_bleu` with smoothing method 1 to rounding, and every other sentence is a reference, none is drawn.

    Empty sentences are left out, as sentences and as references: they would pass for variety.

    Args:
        text: sentences.
        orders: N, each at least 1.

    Returns:
        self_bleu_N in [0, 1]; 0 where fewer than two sentences have words.
    """
    text = text.subset(np.flatnonzero(text.lengths))
    if len(text) < 2:
        return {f"self_bleu_{n}": 0.0 for n in orders}
    product, metrics = np.ones(len(text)), {}
    for n, ngrams in enumerate(ngrams_of(flatten_sentences(text), max(orders)), start=1):
        matches = _matches(ngrams, len(text))
        if n == 1:
            weight = np.where(matches > 0, _brevity(text.lengths), 0.0)
        product *= np.where(matches > 0, matches, _EPSILON) / np.maximum(text.lengths - n + 1, 1)
        metrics[n] = float((weight * product ** (1 / n)).mean())
    return {f"self_bleu_{n}": metrics[n] for n in orders}


def distinct(text: TokenFile, orders: Sequence[int] = (1, 2, 3, 4)) -> Metrics:
    """Distinct n-grams over all n-grams (Li et al. 2016): low is repetitive.

    It falls as the number of sentences grows, whoever wrote them: n-grams run out.

    Args:
        text: sentences.
        orders: n, each at least 1.

    Returns:
        distinct_n in (0, 1]; 0 where no sentence has n words.
    """
    return _distinct(_counts(text, max(orders)), orders)


def ngram_entropy(text: TokenFile, orders: Sequence[int] = (1, 2, 3, 4)) -> Metrics:
    """Entropy -sum_g p(g) ln p(g) of the n-grams, p(g) the share of g (Zhang et al. 2018): low is repetitive.

    It grows with the number of sentences, to at most the logarithm of the number of n-grams.

    Args:
        text: sentences.
        orders: n, each at least 1.

    Returns:
        entropy_n in nats; 0 where no sentence has n words.
    """
    return _entropies(_counts(text, max(orders)), orders)


def variety(text: TokenFile, orders: Sequence[int] = (1, 2, 3, 4)) -> Metrics:
    """`distinct` and `ngram_entropy`, from one count of the n-grams."""
    counts = _counts(text, max(orders))
    return _distinct(counts, orders) | _entropies(counts, orders)


def ms_jaccard(text: TokenFile, real: TokenFile, orders: Sequence[int] = (2, 3, 4)) -> Metrics:
    """How much the multisets of n-grams of two texts overlap: quality and variety at once (Alihosseini et al. 2019).

    (J_1 ... J_N)^{1/N}, J_n = sum_g min(a_g, b_g) / sum_g max(a_g, b_g) over all n-grams g, a_g and b_g the occurrences
    of g per sentence on either side. It grows with the number of sentences, and real text does not reach 1.

    Args:
        text: sentences.
        real: real sentences over the same vocabulary.
        orders: N, each at least 1.

    Returns:
        ms_jaccard_N in [0, 1]: 1 for the same sentences in any order, 0 where an order has nothing in common. J_n is
        1 if neither side has an n-gram.
    """
    both = flatten_sentences(text, real)
    scores = [_jaccard(ngrams, len(text), len(real)) for ngrams in ngrams_of(both, max(orders))]
    return {f"ms_jaccard_{n}": float(np.prod(scores[:n]) ** (1 / n)) for n in orders}


def _matches(ngrams: NGrams, sentences: int) -> Floats:
    """n-grams of each sentence that another one has, at most as often as the one that has it most often, (S,)."""
    pairs, counts = np.unique(ngrams.ids * sentences + ngrams.sentence, return_counts=True)
    if not len(pairs):
        return np.zeros(sentences)
    id, sentence = np.divmod(pairs, sentences)
    begins = np.flatnonzero(np.diff(id, prepend=-1))
    top = np.maximum.reduceat(counts, begins)[id]
    # Whoever is alone in having it most often is held against the second; all others are held against the first.
    alone = (counts == top) & (np.add.reduceat(counts == top, begins, dtype=np.int64)[id] == 1)
    second = np.maximum.reduceat(np.where(counts == top, 0, counts), begins)[id]
    clipped = np.minimum(counts, np.where(alone, second, top))
    return np.bincount(sentence, weights=clipped, minlength=sentences).astype(np.float64, copy=False)


def _brevity(lengths: Ints) -> Floats:
    """BLEU's penalty of each of two or more sentences, none empty, with all others as references, (S,)."""
    values, which, counts = np.unique(lengths, return_inverse=True, return_counts=True)
    far = 2 * int(values[-1]) + 1
    below = values - np.concatenate([[-far], values[:-1]])
    above = np.concatenate([values[1:], [values[-1] + far]]) - values
    nearest = np.where(counts > 1, values, np.where(below <= above, values - below, values + above))
    return np.minimum(1, np.exp(1 - nearest / values))[which]


def _counts(text: TokenFile, most: int) -> dict[int, Ints]:
    """How often each n-gram occurs, in no order, n = 1 ... most."""
    return {n: np.bincount(ngrams.ids) for n, ngrams in enumerate(ngrams_of(flatten_sentences(text), most), start=1)}


def _distinct(counts: dict[int, Ints], orders: Sequence[int]) -> Metrics:
    return {f"distinct_{n}": len(counts[n]) / max(int(counts[n].sum()), 1) for n in orders}


def _entropies(counts: dict[int, Ints], orders: Sequence[int]) -> Metrics:
    return {f"entropy_{n}": _entropy(counts[n]) for n in orders}


def _entropy(counts: Ints) -> float:
    shares = counts / max(int(counts.sum()), 1)
    return abs(float((shares * np.log(shares)).sum()))


def _jaccard(ngrams: NGrams, sentences: int, real: int) -> float:
    """Of the first `sentences` sentences with the `real` ones after them."""
    mine = ngrams.sentence < sentences
    kinds = int(ngrams.ids.max(initial=-1)) + 1
    a = np.bincount(ngrams.ids[mine], minlength=kinds) / max(sentences, 1)
    b = np.bincount(ngrams.ids[~mine], minlength=kinds) / max(real, 1)
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum()) if kinds else 1.0
