"""Vectors of words from the text around them."""

import numpy as np
import pytest
import torch

from textgan.data import word_vectors as module
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.word_vectors import word_vectors

SPECIALS = 4


def sentences(rows) -> TokenFile:
    words = [f"w{i}" for i in range(12)]
    return TokenFile.of(rows, WordTokenizer(words, lowercase=False))


def grammar(count: int = 400) -> list[list[int]]:
    """Sentences of one of two topics: either words 4 to 7 or words 8 to 11, never two of the same next to another."""
    draws = np.random.default_rng(0)
    return [(4 + 4 * (i % 2) + draws.permutation(4)).tolist() for i in range(count)]


def test_words_of_like_use_have_like_vectors():
    vectors = torch.nn.functional.normalize(word_vectors(sentences(grammar()), 16, 2), dim=1)
    likeness = vectors @ vectors.T
    assert likeness[4:8, 4:8].min() > 0.9
    assert likeness[4:8, 8:12].max() < 0.1


def test_frequent_words_weigh_less_and_special_ones_little():
    vectors = word_vectors(sentences([[4, 5], [4, 6], [4, 7], [0, 1, 2, 3, 4]]), 16, 3)
    norms = vectors.norm(dim=1)
    assert 0 < norms[:4].min() <= norms[:4].max() < 0.3
    assert norms[8:].max() == 0  # they do not occur
    share = np.array([4, 1, 1, 1]) / 11
    np.testing.assert_allclose(norms[4:8], 1e-3 / (1e-3 + share), rtol=1e-4)


def test_a_sentence_ends_a_window():
    together = word_vectors(sentences([[4, 5], [6, 7]] * 50), 16, 4)
    unit = torch.nn.functional.normalize(together, dim=1)
    assert abs(float(unit[4] @ unit[6])) < 1e-3


def test_by_hand_it_is_the_positive_pointwise_mutual_information():
    vectors = word_vectors(sentences([[4, 5], [4, 5], [6, 7]]), 16, 12)
    near = np.zeros((16, 16))
    near[4, 5] = near[5, 4] = 2
    near[6, 7] = near[7, 6] = 1
    seen = near.sum(1)
    context = seen**0.75 / (seen**0.75).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        ppmi = np.nan_to_num(np.maximum(np.log(near / (seen[:, None] * context)), 0), posinf=0)
    left, values, _ = np.linalg.svd(ppmi)
    wanted = left * np.sqrt(values)
    unit = wanted[4:8] / np.linalg.norm(wanted[4:8], axis=1, keepdims=True)
    found = torch.nn.functional.normalize(vectors[4:8], dim=1).numpy()
    np.testing.assert_allclose(found @ found.T, unit @ unit.T, atol=1e-5)


@pytest.mark.parametrize("rows", [[[4], [5], [6]], [[], []], [[4, 4]]])
def test_text_without_anything_to_learn_gives_finite_vectors(rows):
    assert torch.isfinite(word_vectors(sentences(rows), 16, 5)).all()


def test_chunks_change_nothing_and_of_very_many_some_are_read(monkeypatch):
    source = sentences(grammar())
    whole = word_vectors(source, 16, 2)
    monkeypatch.setattr(module, "_CHUNK", 7)
    torch.testing.assert_close(word_vectors(source, 16, 2), whole)
    monkeypatch.setattr(module, "_MOST", 3)
    assert module._spread(400) == [(0, 7), (196, 203), (399, 400)]


def test_some_of_the_sentences_of_a_file():
    source = sentences([[4, 5], [8, 9], [6, 7]])
    torch.testing.assert_close(
        word_vectors(source.subset(np.array([0, 2])), 16, 2), word_vectors(sentences([[4, 5], [6, 7]]), 16, 2)
    )
