"""Ids of n-grams are equal where the n-grams are, and nowhere else."""

import numpy as np
import pytest

from textgan.data.tokenfile import TokenFile
from textgan.evaluation.text.ngrams import find_unique, flatten_sentences, ngrams_of, sentence_keys
from textgan.evaluation.text.words import as_words, build_vocabulary

TOKENIZER = build_vocabulary(["a b c d"])


def windows(sentences: list[str], n: int) -> list[tuple[int, tuple[str, ...]]]:
    split = [sentence.split() for sentence in sentences]
    return [(i, tuple(words[k : k + n])) for i, words in enumerate(split) for k in range(len(words) - n + 1)]


def random_sentences(seed: int, count: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(list("abcd"), rng.integers(0, 7))) for _ in range(count)]


def expect(files: list[TokenFile], sentences: list[str], most: int) -> None:
    orders = list(ngrams_of(flatten_sentences(*files), most))
    assert len(orders) == most
    for n, ngrams in enumerate(orders, start=1):
        wanted = windows(sentences, n)
        assert ngrams.sentence.tolist() == [sentence for sentence, _ in wanted]
        pairs = set(zip(ngrams.ids.tolist(), (gram for _, gram in wanted), strict=True))
        kinds = len({gram for _, gram in wanted})
        assert len(pairs) == kinds
        assert sorted(id for id, _ in pairs) == list(range(kinds))


@pytest.mark.parametrize("seed", range(5))
def test_ids_are_equal_where_ngrams_are_and_have_no_gaps(seed):
    sentences = random_sentences(seed, 12)
    expect([as_words(sentences, TOKENIZER)], sentences, 8)


def test_two_files_share_their_ids_and_number_their_sentences_on():
    first, second = random_sentences(1, 6), random_sentences(2, 9)
    expect([as_words(first, TOKENIZER), as_words(second, TOKENIZER)], first + second, 5)


def test_some_sentences_in_another_order_are_read_where_they_are():
    sentences = random_sentences(3, 10)
    chosen = [7, 2, 2, 9]
    expect([as_words(sentences, TOKENIZER).subset(np.array(chosen))], [sentences[i] for i in chosen], 4)


def test_words_are_counted_to_the_end_of_their_sentence():
    words = flatten_sentences(as_words(["a b c", "", "d"], TOKENIZER))
    assert words.left.tolist() == [3, 2, 1, 1]
    assert words.sentence.tolist() == [0, 0, 0, 2]


def test_ids_of_narrow_tokens_do_not_overflow():
    text = as_words(random_sentences(4, 10), TOKENIZER)
    narrow = TokenFile(text.tokens.astype(np.uint16) + 60_000, text.starts, text.ends, TOKENIZER)
    for mine, theirs in zip(
        ngrams_of(flatten_sentences(text), 4), ngrams_of(flatten_sentences(narrow), 4), strict=True
    ):
        assert mine.ids.tolist() == theirs.ids.tolist()


@pytest.mark.parametrize("sentences", [[], [""], ["", ""]])
def test_no_words_have_no_ngrams(sentences):
    expect([as_words(sentences, TOKENIZER)], sentences, 3)


@pytest.mark.parametrize("top", [1, 7, 10**6, 2**50, 2**62])
@pytest.mark.parametrize("count", [0, 1, 2, 3000])
def test_kinds_of_numbers_are_those_of_numpy_however_large_the_numbers(top, count):
    rng = np.random.default_rng(count)
    numbers = rng.integers(0, top, count) // rng.integers(1, 5, count)
    wanted = np.unique(numbers, return_index=True, return_inverse=True, return_counts=True)
    for found, part in zip(find_unique(numbers), wanted, strict=True):
        assert found.dtype == np.int64
        np.testing.assert_array_equal(found, part)


def test_keys_of_sentences_are_equal_where_their_words_are():
    texts = ["a b", "b a", "", "a b", "a", "a b c", ""]
    file = as_words(texts, TOKENIZER)
    narrow = TokenFile(file.tokens.astype(np.uint16), file.starts, file.ends, TOKENIZER)
    assert sentence_keys(narrow) == sentence_keys(file)
    assert [sentence_keys(file).index(key) for key in sentence_keys(file)] == [texts.index(text) for text in texts]
