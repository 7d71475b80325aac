"""Sentences that repeat each other, and sentences that repeat what was learned."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from textgan.data.tokenfile import TokenFile
from textgan.evaluation.report import Numbers
from textgan.evaluation.text.ngrams_of import Ints, flat_words, joined, keys


def diversity(sentences: Sequence[str]) -> Numbers:
    """How many sentences say the same, word for word.

    Args:
        sentences: as text and not as ids of a vocabulary, where all words that it lacks are one. Two are the same if
            their words between spaces are.

    Returns:
        unique: distinct sentences over all; it falls as the number of sentences grows.
        duplicates: share of sentences that repeat an earlier one, 1 - unique.
        most_common: share of the commonest.
        empty: share without a word.
        All are 0 of no sentences.
    """
    counts = Counter(" ".join(sentence.split()) for sentence in sentences)
    n = max(len(sentences), 1)
    return {
        "unique": len(counts) / n,
        "duplicates": (len(sentences) - len(counts)) / n,
        "most_common": max(counts.values(), default=0) / n,
        "empty": counts[""] / n,
    }


def novelty(text: TokenFile, train: TokenFile) -> Numbers:
    """How much of the sentences stands word for word in those that were learned from.

    A word that the vocabulary lacks is <unk>, and equals any other such: where there are many, copies are too. Both
    texts need one vocabulary. A larger train text holds more of any sentence, so give the same of real held-out text.

    Args:
        text: sentences.
        train: what their author learned from.

    Returns:
        novelty: share of sentences that are no sentence of train.
        longest_copied_span: words in the longest run of a sentence that is a run of one train sentence too, mean over
            sentences that have words.
        copied_span_share: that over the sentence's length, mean over the same, in [0, 1].
        All are 0 of no sentences.
    """
    known, mine = set(keys(train)), keys(text)
    spans, some = copied_spans(text, train), text.lengths > 0
    words = max(int(some.sum()), 1)
    return {
        "novelty": sum(key not in known for key in mine) / max(len(mine), 1),
        "longest_copied_span": float(spans.sum() / words),
        "copied_span_share": float((spans[some] / text.lengths[some]).sum() / words),
    }


def copied_spans(text: TokenFile, train: TokenFile) -> Ints:
    """Words in the longest run of each sentence that is a run of one train sentence too, (S,)."""
    words = flat_words(text, train)
    spans = np.zeros(len(text), dtype=np.int64)
    at = np.arange(len(words.ids))
    ids = joined(np.zeros_like(at), words.ids)
    for n in range(1, int(words.left.max(initial=0)) + 1):
        mine = words.sentence[at] < len(text)
        here, there = np.zeros((2, len(at)), dtype=bool)
        here[ids[mine]] = there[ids[~mine]] = True
        # A run of n + 1 words on both sides begins with one of n words on both: all others are done with.
        kept = (here & there)[ids]
        spans[words.sentence[at[kept & mine]]] = n
        kept &= words.left[at] > n
        at, ids = at[kept], ids[kept]
        if not len(at):
            break
        ids = joined(ids, words.ids[at + n])
    return spans
