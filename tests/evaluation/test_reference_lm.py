"""Our own language model: it learns a toy language, is kept, and gives a sentence the same whatever is beside it."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from textgan.data.specials import EOS
from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.text.reference_lm import ReferenceLM, ReferenceLMConfig
from textgan.evaluation.text.train_lm import open_reference_lm, train_reference_lm
from textgan.evaluation.text.words import as_words, build_vocabulary
from textgan.settings import OptimizerConfig

QUICK = ReferenceLMConfig(
    embedding_dim=16,
    hidden_dim=16,
    dropout=0.1,
    steps=150,
    batch_size=32,
    optimizer=OptimizerConfig(lr=2e-2, clip_norm=5.0, decay_from=0.0),
)


def toy(n: int, seed: int) -> list[str]:
    """ "a b" or "c d", a random number of times, then the end: which of the two is drawn anew each time."""
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(["a b", "c d"], rng.integers(1, 4))) for _ in range(n)]


WORDS = build_vocabulary(toy(100, 0))
TRAIN, VALID = as_words(toy(600, 1), WORDS), as_words(toy(200, 2), WORDS)
MIXED = as_words(["c d", "", "a b c d a b", "a", "", "d b a zebra"], WORDS)


@pytest.fixture(scope="module")
def judge() -> ReferenceLM:
    return train_reference_lm(TRAIN, VALID, QUICK)


def test_it_learns_what_single_words_do_not_tell(judge):
    """Unigram entropy of the toy: four words, twice as many of them as of ends. The truth: a choice at every pair."""
    counts = np.bincount(np.concatenate([VALID.tokens, np.full(len(VALID), EOS)]), minlength=8)
    shares = counts[counts > 0] / counts.sum()
    unigram = float(-(shares * np.log(shares)).sum())
    nll = float(-judge.log_probs(VALID).mean())
    assert math.log(judge.perplexity) == pytest.approx(nll)
    assert nll < 0.6 * unigram
    second_of_a_pair = judge.log_probs(as_words(["a b"], WORDS))[1]
    assert second_of_a_pair > math.log(0.9)


def test_log_probs_are_of_each_word_and_then_of_the_end_in_order(judge):
    found = judge.log_probs(MIXED)
    assert found.dtype == np.float64
    assert len(found) == len(MIXED.tokens) + len(MIXED)
    alone = [judge.log_probs(MIXED.subset(np.array([i]))) for i in range(len(MIXED))]
    assert [len(x) for x in alone] == [3, 1, 7, 2, 1, 5]
    np.testing.assert_allclose(found, np.concatenate(alone), atol=1e-5)


def test_padding_and_the_order_of_sentences_do_not_change_log_probs_and_features(judge):
    order = np.array([4, 2, 0, 5, 1, 3])
    pieces = np.split(judge.log_probs(MIXED), np.cumsum(MIXED.lengths + 1)[:-1])
    shuffled = MIXED.subset(order)
    np.testing.assert_allclose(judge.log_probs(shuffled), np.concatenate([pieces[i] for i in order]), atol=1e-5)
    np.testing.assert_allclose(judge.features(shuffled), judge.features(MIXED)[order], atol=1e-5)
    alone = judge.features(MIXED.subset(np.array([0])))
    np.testing.assert_allclose(alone, judge.features(MIXED)[:1], atol=1e-5)


def test_probabilities_of_the_next_word_sum_to_one(judge):
    third = [judge.log_probs(as_words([f"a b {word}"], WORDS))[2] for word in (*WORDS.words[4:], "zebra")]
    end = judge.log_probs(as_words(["a b"], WORDS))[2]
    never_come = 1 - np.exp([*third, end]).sum()  # <pad> and <s>
    assert 0 <= never_come < 0.02


def test_features_are_means_of_states_of_mean_square_one(judge):
    features = judge.features(TRAIN)
    assert features.shape == (600, 16)
    assert features.dtype == np.float32
    assert np.square(features).mean() == pytest.approx(1, rel=1e-4)
    network = judge.network
    with torch.no_grad():
        states, _ = network.lstm(network.embedding(torch.tensor([[1, *WORDS.encode("a b")]])))
    expected = states[0].mean(0) / network.scale
    np.testing.assert_allclose(judge.features(as_words(["a b"], WORDS))[0], expected.numpy(), atol=1e-5)


def test_no_sentences_have_no_features(judge):
    nothing = as_words([], WORDS)
    assert judge.log_probs(nothing).shape == (0,)
    assert judge.features(nothing).shape == (0, 16)


def test_it_learns_from_empty_sentences():
    empty = as_words([""] * 5, WORDS)
    learned = train_reference_lm(empty, empty, dataclasses.replace(QUICK, epochs=60, batch_size=4))
    assert learned.perplexity < 1.5
    assert np.isfinite(learned.features(empty)).all()


def test_no_sentences_to_learn_from_are_refused():
    nothing = as_words([], WORDS)
    with pytest.raises(UserError, match="expected some of both"):
        train_reference_lm(nothing, VALID, QUICK)
    with pytest.raises(UserError, match="expected some of both"):
        train_reference_lm(TRAIN, nothing, QUICK)


def test_it_is_a_function_of_text_and_settings_and_leaves_global_random_numbers_alone():
    before = torch.get_rng_state()
    short = dataclasses.replace(QUICK, steps=5)
    first, again = (train_reference_lm(TRAIN, VALID, short) for _ in range(2))
    assert first.sha256 == again.sha256
    assert first.sha256 != train_reference_lm(TRAIN, VALID, dataclasses.replace(short, seed=1)).sha256
    assert torch.equal(before, torch.get_rng_state())


def test_the_state_that_foretells_valid_best_is_kept():
    """What is learned is another language than that of valid: more of it makes it worse."""
    other = as_words(["a a a a"] * 64, WORDS)
    fierce = dataclasses.replace(QUICK, optimizer=OptimizerConfig(lr=0.1))
    learned = train_reference_lm(other, VALID, dataclasses.replace(fierce, epochs=10))
    once = train_reference_lm(other, VALID, dataclasses.replace(fierce, epochs=1))
    assert learned.updates == 2
    assert learned.perplexity == once.perplexity
    assert math.log(learned.perplexity) == pytest.approx(-learned.log_probs(VALID).mean())


def test_it_is_trained_once_for_a_corpus_and_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path))
    short = dataclasses.replace(QUICK, steps=5)
    first = open_reference_lm(TRAIN, VALID, "toy", short)
    (kept,) = (tmp_path / "language_models").iterdir()
    written = (kept / "weights.safetensors").stat().st_mtime_ns
    again = open_reference_lm(TRAIN, VALID, "toy", short)
    assert (kept / "weights.safetensors").stat().st_mtime_ns == written
    assert first.note() == again.note() == train_reference_lm(TRAIN, VALID, short).note()
    np.testing.assert_array_equal(first.features(MIXED), again.features(MIXED))
    open_reference_lm(TRAIN, VALID, "another corpus", short)
    open_reference_lm(TRAIN, VALID, "toy", dataclasses.replace(short, seed=1))
    other = TokenFile(TRAIN.tokens, TRAIN.starts, TRAIN.ends, build_vocabulary(["d c b a x"]))
    open_reference_lm(other, VALID, "toy", short)
    assert len(list((tmp_path / "language_models").iterdir())) == 4


@pytest.mark.parametrize("file", ["weights.safetensors", "language_model.json"])
def test_one_that_was_spoilt_is_trained_again(tmp_path, monkeypatch, file):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path))
    short = dataclasses.replace(QUICK, steps=2)
    first = open_reference_lm(TRAIN, VALID, "toy", short)
    (kept,) = (tmp_path / "language_models").iterdir()
    (kept / file).write_bytes(b"{}")
    assert open_reference_lm(TRAIN, VALID, "toy", short).note() == first.note()
