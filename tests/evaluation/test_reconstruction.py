"""Reconstruction measures in closed form."""

import math

import numpy as np
import pytest
import torch

from tests.tiny import tiny_config, tiny_corpus, tiny_game
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import ImageSpec
from textgan.evaluation.images.reconstruction import binary_nll, reconstruction, reconstruction_ratio, wrong_pixels
from textgan.evaluation.text import reconstruction as of_text
from textgan.evaluation.text.reconstruction import BATCH_LOGITS, sentence_batches, teacher_forced
from textgan.sampling import INFERENCE_BATCH_SIZE

SHAPE = (1, 4, 4)
X = np.where(np.random.default_rng(0).random((10, *SHAPE)) < 0.5, -1.0, 1.0).astype(np.float32)


def test_an_undecided_pixel_costs_ln_2():
    assert binary_nll(X, np.zeros_like(X)) == pytest.approx(16 * math.log(2))


def test_nats_are_those_of_the_bernoulli_distribution():
    logits = torch.randn(10, *SHAPE, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.softplus(-torch.from_numpy(X) * logits).sum() / 10
    assert binary_nll(X, torch.tanh(logits / 2)) == pytest.approx(float(expected), rel=1e-5)


def test_a_wrong_pixel_that_is_sure_costs_a_million_to_one():
    assert binary_nll(X[:1], -X[:1]) == pytest.approx(16 * math.log(1e6), rel=1e-6)


def test_wrong_pixels_are_a_share():
    x_hat = 0.1 * X
    x_hat[:, :, 0] *= -1
    assert wrong_pixels(X, x_hat) == 0.25


def test_perfect_reconstructions_have_ratio_zero_and_a_constant_has_one():
    assert reconstruction_ratio(X, X) == 0
    assert reconstruction_ratio(X, np.zeros_like(X)) == pytest.approx(1)


def test_each_kind_of_data_has_its_measures():
    binary = reconstruction(X, X, ImageSpec(SHAPE, binary=True))
    assert binary == {"reconstruction_nll": pytest.approx(0, abs=1e-3), "pixel_error": 0, "reconstruction_ratio": 0}
    grey = reconstruction(np.zeros_like(X), np.full_like(X, 0.5), ImageSpec(SHAPE))
    assert grey["pixel_error"] == grey["pixel_rmse"] == pytest.approx(63.75)
    points = reconstruction(np.zeros((5, 2)), np.full((5, 2), 3.0), ImageSpec((2,)))
    assert points["point_rmse"] == pytest.approx(3)


def test_no_batch_has_more_logits_than_fit():
    """Of 256 sentences of 30 words in a vocabulary of 50,000 they took 1.6 GB at every look."""
    tokenizer = WordTokenizer([f"w{i}" for i in range(50_000)])
    lengths = np.random.default_rng(0).integers(0, 31, 700)
    ends = lengths.cumsum()
    text = TokenFile(np.full(ends[-1], 5), ends - lengths, ends, tokenizer)
    seen = []
    for indices, batch in sentence_batches(text, 600):
        assert batch.targets.numel() * tokenizer.vocab_size <= BATCH_LOGITS
        assert batch.lengths.tolist() == (lengths[indices] + 1).tolist()
        seen += indices.tolist()
    assert sorted(seen) == sorted(set(seen))
    assert len(seen) == 600
    assert max(batch.batch_size for _, batch in sentence_batches(tiny_corpus(600))) == INFERENCE_BATCH_SIZE, (
        "of a small vocabulary none is cut"
    )


def test_what_is_measured_in_pieces_is_what_is_measured_at_once(monkeypatch):
    game, corpus = tiny_game(tiny_config()), tiny_corpus(60)
    whole = teacher_forced(game, corpus)
    monkeypatch.setattr(of_text, "BATCH_LOGITS", 1)
    assert all(batch.batch_size == 1 for _, batch in sentence_batches(corpus))
    assert teacher_forced(game, corpus) == pytest.approx(whole, rel=1e-5)
