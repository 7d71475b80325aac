"""Repetition, copies and longest copied spans, against a search by hand."""

import numpy as np
import pytest

from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.evaluation.text.statistics import copied_spans, diversity, novelty
from textgan.evaluation.text.words import as_words, build_vocabulary

TOKENIZER = build_vocabulary(["a b c d e f g h"])


def file_of(*sentences: str) -> TokenFile:
    return as_words(sentences, TOKENIZER)


def random_sentences(seed: int, count: int, words: str = "abcd") -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(list(words), rng.integers(0, 10))) for _ in range(count)]


def runs(sentence: str) -> set[tuple[str, ...]]:
    words = sentence.split()
    return {tuple(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}


def test_diversity_is_counted():
    metrics = diversity(["a b", "a b", "c", " "])
    assert metrics == {"unique": 0.75, "duplicates": 0.25, "most_common": 0.5, "empty": 0.25}
    assert diversity(["a", "a"]) == {"unique": 0.5, "duplicates": 0.5, "most_common": 1.0, "empty": 0.0}


def test_diversity_of_no_sentences_is_zero():
    assert set(diversity([]).values()) == {0}


def test_spaces_do_not_make_sentences_distinct_but_rare_words_do():
    assert diversity(["a  b", " a b\t", "a b"])["unique"] == pytest.approx(1 / 3)
    assert diversity(["a zebra", "a yak"])["unique"] == 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("words", ["ab", "abcd", "abcdefgh"])
def test_copied_spans_are_those_of_a_search_through_all_runs(seed, words):
    train, text = random_sentences(seed, 12, words), random_sentences(seed + 100, 15, words)
    known = set().union(*(runs(sentence) for sentence in train))
    expected = [max((len(run) for run in runs(sentence) & known), default=0) for sentence in text]
    assert copied_spans(file_of(*text), file_of(*train)).tolist() == expected


def test_a_span_does_not_reach_over_the_end_of_a_train_sentence():
    assert copied_spans(file_of("a b c d"), file_of("a b", "c d")).tolist() == [2]


def test_a_span_is_copied_from_train_and_not_from_the_text_itself():
    assert copied_spans(file_of("a b c", "a b c"), file_of("a d", "d b")).tolist() == [1, 1]


def test_novelty_is_the_share_that_was_not_read():
    train = file_of("a b c", "d e", "d e")
    assert novelty(file_of("a b c", "d e", "d f", "a b"), train)["novelty"] == 0.5
    assert novelty(file_of("b c a", "e d", ""), train)["novelty"] == 1


def test_copies_are_copied_over_their_whole_length():
    train = file_of(*random_sentences(0, 30), "a b c", "")
    copies = train.subset(np.arange(len(train))[::-1])
    metrics = novelty(copies, train)
    assert metrics["novelty"] == 0
    assert metrics["copied_span_share"] == 1
    assert metrics["longest_copied_span"] == pytest.approx(train.lengths[train.lengths > 0].mean())


def test_a_part_of_a_train_sentence_is_novel_and_copied():
    metrics = novelty(file_of("b c"), file_of("a b c d"))
    assert metrics == {"novelty": 1, "longest_copied_span": 2, "copied_span_share": 1}


def test_spans_are_means_over_sentences_that_have_words():
    metrics = novelty(file_of("a b e f", "", "h"), file_of("a b c d"))
    assert metrics == {"novelty": 1, "longest_copied_span": 1, "copied_span_share": 0.25}


def test_words_that_the_vocabulary_lacks_are_one_word():
    assert novelty(file_of("a zebra"), file_of("a yak"))["novelty"] == 0


def test_text_without_spaces_is_measured_by_its_characters():
    characters = build_vocabulary(["我是好人", "我好"])
    assert characters.words[4:] == ["好", "我", "人", "是"]
    assert as_words(["我是好人", "我 a", ""], characters).lengths.tolist() == [4, 2, 0]
    words = WordTokenizer(["你好", "世界"])
    assert as_words(["你好 世界"], words).tokens.tolist() == [4, 5], "text that was cut into words stays so"


def test_novelty_does_not_depend_on_the_type_of_token_ids():
    train, text = file_of("a b c", "d e"), file_of("a b c", "d a")
    narrow = TokenFile(train.tokens.astype(np.uint16), train.starts, train.ends, TOKENIZER)
    assert novelty(text, narrow) == novelty(text, train)


@pytest.mark.parametrize(("text", "train", "novel"), [([], [], 0), ([], ["a b"], 0), ([""], ["a"], 1), (["a"], [], 1)])
def test_novelty_where_there_are_no_words_is_finite(text, train, novel):
    metrics = novelty(file_of(*text), file_of(*train))
    assert metrics == {"novelty": novel, "longest_copied_span": 0, "copied_span_share": 0}
