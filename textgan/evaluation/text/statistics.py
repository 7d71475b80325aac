"""What sentences are like without any model: how various, how new, how long, how grammatical."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics
from textgan.evaluation.text.ngrams import Ints, extend, flatten_sentences, sentence_keys


def diversity(sentences: Sequence[str]) -> Metrics:
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


def novelty(text: TokenFile, train: TokenFile) -> Metrics:
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
    known, mine = set(sentence_keys(train)), sentence_keys(text)
    spans, some = copied_spans(text, train), text.lengths > 0
    words = max(int(some.sum()), 1)
    return {
        "novelty": sum(key not in known for key in mine) / max(len(mine), 1),
        "longest_copied_span": float(spans.sum() / words),
        "copied_span_share": float((spans[some] / text.lengths[some]).sum() / words),
    }


def copied_spans(text: TokenFile, train: TokenFile) -> Ints:
    """Words in the longest run of each sentence that is a run of one train sentence too, (S,)."""
    words = flatten_sentences(text, train)
    spans = np.zeros(len(text), dtype=np.int64)
    at = np.arange(len(words.ids))
    ids = extend(np.zeros_like(at), words.ids)
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
        ids = extend(ids, words.ids[at + n])
    return spans


def length_statistics(text: TokenFile) -> Metrics:
    """Mean and standard deviation of the lengths, empty sentences counted.

    Returns:
        mean_length, length_std (over n, not n - 1), in words, the end not counted; 0 of no sentences.
    """
    n = text.lengths
    mean, std = (float(n.mean()), float(n.std())) if len(n) else (0.0, 0.0)
    return {"mean_length": mean, "length_std": std}


def length_distance(text: TokenFile, real: TokenFile) -> float:
    """1-Wasserstein distance sum_l |F(l) - G(l)| of the lengths, F(l) and G(l) the shares of at most l words.

    How many words the average sentence must gain or lose for the lengths to be distributed alike. At least the
    difference of the mean lengths. It is above 0 for two samples of one distribution: give that of real text with it.

    Args:
        text: sentences.
        real: real sentences, cut into words likewise.

    Returns:
        In words, 0 or more.

    Raises:
        UserError: no sentences on a side.
    """
    if not len(text) or not len(real):
        raise UserError(f"lengths of {len(text)} sentences against {len(real)} real ones; expected 1 or more of each")
    most = max(int(text.lengths.max()), int(real.lengths.max())) + 1
    below, wanted = (np.cumsum(np.bincount(side.lengths, minlength=most)) / len(side) for side in (text, real))
    return float(np.abs(below - wanted).sum())


def grammaticality(sentences: Sequence[str]) -> Metrics:
    """What the grammar of the built-in corpus says.

    Returns:
        grammatical: share that the grammar derives; grammar_log_likelihood: their mean exact log-probability, nats per
        sentence.
    """
    from textgan import scenes

    scores = np.array([scenes.log_prob(s) for s in sentences])
    finite = scores[np.isfinite(scores)]
    return {
        "grammatical": len(finite) / max(len(scores), 1),
        "grammar_log_likelihood": float(finite.mean()) if len(finite) else -np.inf,
    }
