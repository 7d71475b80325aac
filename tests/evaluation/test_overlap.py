"""Overlap of n-grams against nltk, against counts by hand, and where the values are known."""

import math
from collections import Counter

import numpy as np
import pytest
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

from textgan.data.tokenfile import TokenFile
from textgan.evaluation.text.overlap import distinct, ms_jaccard, ngram_entropy, self_bleu, variety
from textgan.evaluation.text.words import as_words, build_vocabulary

TOKENIZER = build_vocabulary(["a b c d e f g h"])


def file_of(*sentences: str) -> TokenFile:
    return as_words(sentences, TOKENIZER)


def random_sentences(seed: int, count: int = 15, shortest: int = 1, words: str = "abcd") -> list[str]:
    rng = np.random.default_rng(seed)
    found = [" ".join(rng.choice(list(words), rng.integers(shortest, 9))) for _ in range(count)]
    return found + found[:2] + found[:1]


def bleu_of_nltk(sentences: list[str], order: int) -> float:
    split, smoothing = [s.split() for s in sentences if s], SmoothingFunction().method1
    return float(
        np.mean(
            [
                sentence_bleu(
                    split[:i] + split[i + 1 :], split[i], weights=(1 / order,) * order, smoothing_function=smoothing
                )
                for i in range(len(split))
            ]
        )
    )


def grams(sentences: list[str], n: int) -> Counter[tuple[str, ...]]:
    split = [s.split() for s in sentences]
    return Counter(tuple(words[k : k + n]) for words in split for k in range(len(words) - n + 1))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("words", ["ab", "abcd", "abcdefgh"])
def test_self_bleu_is_that_of_nltk(seed, words):
    sentences = random_sentences(seed, 3 + seed, words=words)
    scores = self_bleu(file_of(*sentences), (1, 2, 3, 4, 5))
    for n in range(1, 6):
        assert scores[f"self_bleu_{n}"] == pytest.approx(bleu_of_nltk(sentences, n), abs=1e-12)


@pytest.mark.parametrize(
    "sentences",
    [
        ["a", "a"],
        ["a", "b"],
        ["a b", "a b c d e"],
        ["a a a b", "a a", "a b b b"],
        ["a b c", "a b c d e", "d e f g h a b"],
        ["a", "a b c", "d e f g", "a b c d e f g h"],
    ],
)
def test_self_bleu_of_short_and_unlike_sentences_is_that_of_nltk(sentences):
    scores = self_bleu(file_of(*sentences))
    for n in (2, 3, 4):
        assert scores[f"self_bleu_{n}"] == pytest.approx(bleu_of_nltk(sentences, n), abs=1e-12)


def test_self_bleu_of_one_long_sentence_again_and_again_is_one():
    assert self_bleu(file_of(*["a b c d"] * 5)) == {"self_bleu_2": 1, "self_bleu_3": 1, "self_bleu_4": 1}


def test_self_bleu_of_sentences_without_a_common_word_is_zero():
    assert set(self_bleu(file_of("a b c d", "e f g h")).values()) == {0}


def test_self_bleu_does_not_see_empty_sentences():
    sentences = random_sentences(0)
    assert self_bleu(file_of("", *sentences, "")) == self_bleu(file_of(*sentences))


@pytest.mark.parametrize("sentences", [[], ["a b c d"], ["", ""], ["a b", ""]])
def test_self_bleu_of_fewer_than_two_sentences_with_words_is_zero(sentences):
    assert set(self_bleu(file_of(*sentences)).values()) == {0}


def test_numbers_do_not_depend_on_the_order_of_sentences_or_on_where_they_are_kept():
    text = file_of(*random_sentences(3, 30, shortest=0))
    mixed = text.subset(np.random.default_rng(0).permutation(len(text)))
    for measure in (self_bleu, distinct, ngram_entropy):
        assert measure(mixed) == pytest.approx(measure(text), abs=1e-12)
    assert ms_jaccard(mixed, text) == pytest.approx({f"ms_jaccard_{n}": 1 for n in (2, 3, 4)})


def test_distinct_and_entropy_are_those_of_the_counts():
    sentences = random_sentences(5, 30, shortest=0)
    shares, entropies = distinct(file_of(*sentences)), ngram_entropy(file_of(*sentences))
    for n in range(1, 5):
        counts = grams(sentences, n)
        p = np.array(list(counts.values())) / counts.total()
        assert shares[f"distinct_{n}"] == len(counts) / counts.total()
        assert entropies[f"entropy_{n}"] == pytest.approx(-(p * np.log(p)).sum(), abs=1e-12)


def test_distinct_and_entropy_of_equal_shares_are_known():
    text = file_of("a b", "c d")
    assert distinct(text, (1, 2)) == {"distinct_1": 1, "distinct_2": 1}
    assert ngram_entropy(text, (1, 2)) == pytest.approx({"entropy_1": math.log(4), "entropy_2": math.log(2)})


@pytest.mark.parametrize("sentences", [[], [""], ["", ""]])
def test_distinct_and_entropy_of_no_words_are_zero(sentences):
    assert set(distinct(file_of(*sentences)).values()) == {0}
    assert set(ngram_entropy(file_of(*sentences)).values()) == {0}


def test_orders_that_no_sentence_reaches_are_zero():
    assert distinct(file_of("a b", "a"), (3,)) == {"distinct_3": 0}
    assert ngram_entropy(file_of("a b", "a"), (3,)) == {"entropy_3": 0}


@pytest.mark.parametrize("seed", range(5))
def test_ms_jaccard_is_the_mean_of_jaccards_of_counts_per_sentence(seed):
    text, real = random_sentences(seed, 20, shortest=0), random_sentences(seed + 100, 35, shortest=0)
    scores = ms_jaccard(file_of(*text), file_of(*real), (1, 2, 3, 4))
    product = 1.0
    for n in range(1, 5):
        a, b = grams(text, n), grams(real, n)
        pairs = np.array([(a[g] / len(text), b[g] / len(real)) for g in a.keys() | b.keys()])
        product *= pairs.min(axis=1).sum() / pairs.max(axis=1).sum()
        assert scores[f"ms_jaccard_{n}"] == pytest.approx(product ** (1 / n), abs=1e-12)
    assert ms_jaccard(file_of(*real), file_of(*text), (1, 2, 3, 4)) == pytest.approx(scores)


def test_ms_jaccard_by_hand():
    """Of words a: 1 and 1, b: 1 and 1/2, c: 0 and 1/2 for each sentence; of pairs a b: 1 and 1/2, a c: 0 and 1/2."""
    scores = ms_jaccard(file_of("a b"), file_of("a b", "a c"), (1, 2))
    assert scores == pytest.approx({"ms_jaccard_1": 1.5 / 2.5, "ms_jaccard_2": math.sqrt(1.5 / 2.5 * 0.5 / 1.5)})


def test_ms_jaccard_of_a_text_said_twice_is_one():
    sentences = random_sentences(1)
    assert ms_jaccard(file_of(*sentences, *sentences), file_of(*sentences))["ms_jaccard_4"] == pytest.approx(1)


def test_ms_jaccard_is_lower_for_repetition_and_none_for_nonsense():
    real, other = random_sentences(1, 40), random_sentences(2, 40)
    assert set(ms_jaccard(file_of("e f g", "h h h"), file_of(*real)).values()) == {0}
    repeated, alike = (ms_jaccard(file_of(*text), file_of(*real)) for text in ([other[0]] * 40, other))
    assert all(repeated[name] < alike[name] for name in alike)


@pytest.mark.parametrize("sentences", [[], [""]])
def test_ms_jaccard_of_no_words_is_finite(sentences):
    empty, real = file_of(*sentences), file_of("a b c d e")
    assert set(ms_jaccard(empty, real).values()) == {0}
    assert set(ms_jaccard(real, empty).values()) == {0}
    assert set(ms_jaccard(empty, empty).values()) == {1}


def test_variety_is_distinct_and_entropy_to_the_last_digit():
    text = file_of(*random_sentences(5, 50), "")
    assert variety(text) == distinct(text) | ngram_entropy(text)
    assert variety(text, (2, 5)) == distinct(text, (2, 5)) | ngram_entropy(text, (2, 5))
