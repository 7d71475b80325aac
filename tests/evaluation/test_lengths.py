"""Lengths and their distance where the values are known."""

import numpy as np
import pytest

from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.text.statistics import length_distance, length_statistics
from textgan.evaluation.text.words import as_words, build_vocabulary

TOKENIZER = build_vocabulary(["a"])


def of_lengths(*n: int) -> TokenFile:
    return as_words(["a " * k for k in n], TOKENIZER)


def test_lengths_have_their_mean_and_deviation():
    assert length_statistics(of_lengths(1, 3, 0, 4)) == pytest.approx({"mean_length": 2, "length_std": np.sqrt(2.5)})


def test_lengths_of_no_sentences_are_zero():
    assert length_statistics(of_lengths()) == {"mean_length": 0, "length_std": 0}


def test_distance_of_a_shift_is_the_shift():
    assert length_distance(of_lengths(3, 5, 9), of_lengths(5, 7, 11)) == pytest.approx(2)


def test_distance_is_zero_for_the_same_lengths_whatever_the_number_of_sentences():
    assert length_distance(of_lengths(1, 2), of_lengths(2, 2, 1, 1)) == 0


def test_distance_is_the_mean_difference_of_sorted_lengths():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 20, 30), rng.integers(0, 9, 30)
    expected = np.abs(np.sort(a) - np.sort(b)).mean()
    assert length_distance(of_lengths(*a), of_lengths(*b)) == pytest.approx(expected)
    assert length_distance(of_lengths(*b, *b), of_lengths(*a)) == pytest.approx(expected)


def test_distance_of_empty_sentences_is_the_mean_length():
    assert length_distance(of_lengths(0, 0), of_lengths(2, 4)) == pytest.approx(3)


def test_distance_from_no_sentences_is_refused():
    with pytest.raises(UserError, match="expected 1 or more of each"):
        length_distance(of_lengths(), of_lengths(1))
