"""The n-gram judge: interpolated modified Kneser-Ney smoothing, over a fixed vocabulary.

Equal to KenLM's `lmplz --discount_fallback` (Heafield et al. 2013) on the same data and vocabulary, to five digits of a
perplexity, but for one thing: into the counts of counts of each order below the highest, `lmplz` enters the last n-gram
of its own order by how often it occurs, not by its adjusted count. Mostly both are 1; where every line was written four
times it made 0.02 % of a perplexity. Not followed here: discounts would depend on which word came last.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data.specials import BOS, EOS, UNK
from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.text.ngrams import Floats, Ints, find_unique

FALLBACK = (0.5, 1.0, 1.5)
"""Discounts where the counts of counts of a text do not give any, KenLM's."""


class MarkedWords(NamedTuple):
    """Sentences as <s> w_1 ... w_n </s>, end to end.

    Args:
        words: ids, (M,).
        places: of each in its sentence, 0 for <s>, (M,).
    """

    words: Ints
    places: Ints

    @property
    def predicted(self) -> npt.NDArray[np.bool_]:
        """Where a word or </s> is, (M,)."""
        return self.places > 0


@dataclass(frozen=True)
class Level:
    """The n-grams of one order.

    Args:
        keys: id of the first n - 1 words * V + the last, sorted, (K,); of words their ids.
        counts: how often each occurs, or, below the highest order and not at the beginning of a sentence, how many
            different words stand before it, (K,).
        discounts: subtracted from counts of 0, 1, 2, and 3 or more, (4,).
        totals: sum of the counts of the n-grams that go on from each context, (C,).
        left_over: share of it that discounting sets free, (C,).
    """

    keys: Ints
    counts: Ints
    discounts: Floats
    totals: Floats
    left_over: Floats

    @staticmethod
    def of(keys: Ints, counts: Ints, contexts: Ints, size: int) -> "Level":
        """From counts, and which of `size` contexts each n-gram goes on from, (K,)."""
        discounts = _discounts(counts)
        freed = np.minimum(discounts[np.minimum(counts, 3)], counts)
        totals = np.bincount(contexts, counts, minlength=size).astype(float)
        left_over = np.bincount(contexts, freed, minlength=size) / np.maximum(totals, 1)
        return Level(keys, counts, discounts, totals, left_over)

    def share(self, which: Ints, found: npt.NDArray[np.bool_], contexts: Ints) -> Floats:
        """Discounted share of n-grams `which` among those that go on from their contexts; 0 of those not found."""
        counts = np.where(found, self.counts[which], 0)
        kept = np.maximum(counts - self.discounts[np.minimum(counts, 3)], 0)
        share: Floats = kept / np.maximum(self.totals[contexts], 1)
        return share


class KneserNey:
    """p(w | h) = (a(h w) - D(a(h w))) / sum_v a(h v) + g(h) p(w | h'), h' the context h without its first word.

    Chen and Goodman (1999, section 3): three discounts for each order, a(.) as in `Level`, g(h) what they set free. The
    last p is uniform over the vocabulary, words, <unk> and </s>: so every word has a probability, seen or not.

    Args:
        text: what it learns from, over the fixed vocabulary of its tokenizer.
        order: words of the longest n-gram.

    Raises:
        UserError: no sentence, or an order below 1.
    """

    def __init__(self, text: TokenFile, order: int = 5) -> None:
        if len(text) == 0 or order < 1:
            raise UserError(f"an n-gram model of order {order} of {len(text)} sentences; expected 1 or more of both")
        self.order, self.tokenizer, self.vocab_size = order, text.tokenizer, text.tokenizer.vocab_size
        self.sentences, self.tokens = len(text), int(text.lengths.sum()) + len(text)
        self.levels = _count(_stream(text), self.vocab_size, order)

    @property
    def types(self) -> int:
        """What can be predicted: words, <unk> and </s>; of the specials <pad> and <s> never are."""
        return self.vocab_size - 2

    @cached_property
    def signature(self) -> str:
        """What perplexities by this model depend on."""
        discounts = "/".join(",".join(f"{d:.3f}" for d in level.discounts[1:]) for level in self.levels)
        return (
            f"modified_kneser_ney|order:{self.order}|types:{self.types}|sentences:{self.sentences}|"
            f"tokens:{self.tokens}|discounts:{discounts}"
        )

    def log_probs(self, text: TokenFile) -> Floats:
        """log p(w_t | h_t) in nats of every word and of </s> after each sentence's words, in order: (tokens + n,).

        Raises:
            UserError: another vocabulary, if only one word of it.
        """
        if text.tokenizer is not self.tokenizer and text.tokenizer.fingerprint != self.tokenizer.fingerprint:
            raise UserError(
                f"text over another vocabulary, of {text.tokenizer.vocab_size:,} ids, than the judge's of "
                f"{self.vocab_size:,}; expected one; cut both by the same tokenizer"
            )
        stream = _stream(text)
        return np.log(self._probabilities(stream)[stream.predicted])

    def sentence_log_probs(self, text: TokenFile) -> Floats:
        """log p of each sentence, nats, (n,)."""
        places = np.cumsum(text.lengths + 1) - text.lengths - 1
        sums: Floats = np.add.reduceat(self.log_probs(text), places) if len(text) else np.zeros(0)
        return sums

    def _probabilities(self, stream: MarkedWords) -> Floats:
        """p of each place, given up to order - 1 places before it, (M,)."""
        words, ids, first = stream.words, stream.words, self.levels[0]
        everywhere = np.zeros(len(words), dtype=np.int64)
        p = first.share(words, np.ones(len(words), dtype=bool), everywhere) + first.left_over[0] / self.types
        for n, level in enumerate(self.levels[1:], start=2):
            if len(level.keys) == 0:
                break  # no sentence was long enough
            before = _before(ids, stream, n)
            keys = before * self.vocab_size + words
            which = np.minimum(np.searchsorted(level.keys, keys), len(level.keys) - 1)
            found = (before >= 0) & (level.keys[which] == keys)
            contexts = np.maximum(before, 0)
            known = (before >= 0) & (level.totals[contexts] > 0)
            p = np.where(known, level.share(which, found, contexts) + level.left_over[contexts] * p, p)
            ids = np.where(found, which, -1)
        return p


class PerplexityScores(NamedTuple):
    """Perplexity of a text by a language model.

    Args:
        perplexity: exp of the mean negative log-probability of words in the vocabulary and of </s>.
        with_unknown: the same with the words that the vocabulary lacks, each as <unk>.
        tokens: words and ends that count in `perplexity`.
        unknown: share of words that the vocabulary lacks.
    """

    perplexity: float
    with_unknown: float
    tokens: int
    unknown: float


def perplexity_of(log_probs: Floats, text: TokenFile) -> PerplexityScores:
    """Perplexity from the log-probabilities of a text's tokens, each sentence's </s> after its words, (tokens + n,).

    Raises:
        UserError: no sentence.
    """
    if len(text) == 0:
        raise UserError("perplexity of no sentences; expected one or more")
    stream = _stream(text)
    words = stream.words[stream.predicted]
    known = words != UNK
    of_words = words[words != EOS] == UNK
    return PerplexityScores(
        float(np.exp(-log_probs[known].mean())),
        float(np.exp(-log_probs.mean())),
        int(known.sum()),
        float(of_words.mean()) if len(of_words) else 0.0,
    )


def perplexity(model: KneserNey, text: TokenFile) -> PerplexityScores:
    """Perplexity of a text by an n-gram model; see `PerplexityScores`."""
    return perplexity_of(model.log_probs(text), text)


def _stream(text: TokenFile) -> MarkedWords:
    lengths = text.lengths
    wide = lengths + 2
    begin = np.cumsum(wide) - wide
    places = np.arange(int(wide.sum())) - np.repeat(begin, wide)
    words = np.full(len(places), EOS, dtype=np.int64)
    inner = (places > 0) & (places <= np.repeat(lengths, wide))
    words[inner] = text.tokens[(np.repeat(np.asarray(text.starts, dtype=np.int64), wide) + places - 1)[inner]]
    words[begin] = BOS
    return MarkedWords(words, places)


def _before(ids: Ints, stream: MarkedWords, n: int) -> Ints:
    """The id of the n - 1 words before each place, -1 where it is not known or the sentence has not so many, (M,)."""
    before = np.concatenate([[-1], ids[:-1]])
    return np.where(stream.places >= n - 1, before, -1)


def _count(stream: MarkedWords, vocab_size: int, order: int) -> list[Level]:
    """The levels from words to `order`, which need the counts of the next one each."""
    words, places = stream
    ids, keys, opening = words, np.arange(vocab_size), np.arange(vocab_size) == BOS
    counts = np.bincount(words, minlength=vocab_size)
    levels: list[Level] = []
    for n in range(2, order + 2):
        before = _before(ids, stream, n)
        there = np.flatnonzero(before >= 0)
        more, first, which, often = find_unique(before[there] * vocab_size + words[there])
        if n <= order:
            # What stands before an n-gram is counted once a kind: the distinct longer ones of which it is the end.
            kinds = np.bincount(ids[there[first]], minlength=len(keys))
            counts = np.where(opening, counts, kinds)
        if n == 2:
            counts[BOS] = 0  # never predicted
        contexts = keys // vocab_size if levels else np.zeros(len(keys), dtype=np.int64)
        levels.append(Level.of(keys, counts, contexts, len(levels[-1].keys) if levels else 1))
        ids = np.full(len(words), -1, dtype=np.int64)
        ids[there] = which
        keys, counts, opening = more, often, places[there[first]] == n - 1
    return levels


def _discounts(counts: Ints) -> Floats:
    """Of counts 0, 1, 2, and 3 or more (Chen and Goodman 1999, equation 26).

    That no count is 4 is no obstacle, to KenLM neither. A discount of 0 is: where all that goes on from a context has
    that count, nothing would be left over for other words.
    """
    n = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    fallback = np.array([0, *FALLBACK])
    if not n[:3].all():
        return fallback
    y = n[0] / (n[0] + 2 * n[1])
    found = np.array([0] + [i - (i + 1) * y * n[i] / n[i - 1] for i in (1, 2, 3)])
    return found if ((found[1:] > 0) & (found[1:] <= [1, 2, 3])).all() else fallback
