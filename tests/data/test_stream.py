"""Batches are pure functions of (seed, rank, index), every sentence comes once an epoch, and ranks join to one."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textgan.data.shuffle import key_of, permute, uniform_integers
from textgan.data.specials import EOS, PAD
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError

quick = settings(derandomize=True, deadline=None, max_examples=100)


def token_file(n: int) -> TokenFile:
    """Sentence i is the word w_i, repeated 1 to 15 times."""
    lengths = 1 + np.arange(n) * 7919 % 15
    ends = lengths.cumsum()
    words = np.repeat(np.arange(4, n + 4), lengths)
    return TokenFile(words, ends - lengths, ends, WordTokenizer([f"w{i}" for i in range(n)]))


def rows_of(batch) -> list[int]:
    return (batch.tokens[:, 1] - 4).tolist()


def epoch_of(stream: SentenceStream, epoch: int) -> list[list[int]]:
    per_epoch = stream.rounds_per_epoch
    return [rows_of(stream.bucketed(epoch * per_epoch + i)) for i in range(per_epoch)]


def same(a, b) -> bool:
    return torch.equal(a.tokens, b.tokens) and torch.equal(a.lengths, b.lengths) and a.token_count == b.token_count


@quick
@given(n=st.integers(1, 3000), key=st.integers(0, 2**64 - 1))
def test_a_permutation_meets_everything_once(n, key):
    assert sorted(permute(np.arange(n), n, key).tolist()) == list(range(n))


@pytest.mark.parametrize("n", range(1, 70))
def test_a_permutation_of_few_meets_everything_once(n):
    assert sorted(permute(np.arange(n), n, n).tolist()) == list(range(n))


@quick
@given(n=st.integers(10**6, 2**62), key=st.integers(0, 2**64 - 1), begin=st.integers(0, 10**6 - 1000))
def test_a_part_of_a_huge_permutation_can_be_had_alone(n, key, begin):
    whole = permute(np.arange(begin, begin + 1000), n, key)
    assert len(np.unique(whole)) == 1000
    assert 0 <= whole.min() <= whole.max() < n
    assert (permute(np.arange(begin + 500, begin + 510), n, key) == whole[500:510]).all()


@pytest.mark.parametrize("n", [4, 5, 100])
def test_permutations_send_everything_everywhere_alike(n):
    keys = 4000
    where = np.array([permute(np.arange(3), n, key_of(key)) for key in range(keys)])
    for column in where.T:
        expected = keys / n
        deviation = (np.bincount(column, minlength=n) - expected) / np.sqrt(expected)
        assert abs(deviation).max() < 5
    neighbours = np.bincount((where[:, 1] - where[:, 0]) % n, minlength=n)[1:]
    assert (abs(neighbours - keys / (n - 1)) / np.sqrt(keys / (n - 1))).max() < 5


def test_draws_are_uniform_and_unlike_for_unlike_keys():
    counts = np.bincount(uniform_integers(100_000, 50, key_of(1)), minlength=50)
    assert (abs(counts - 2000) / np.sqrt(2000)).max() < 5
    keys = [(), (0,), (0, 0), (1,), (0, 1), (1, 0), (-1,), (2**63,)]
    assert len({tuple(uniform_integers(8, 1000, key_of(*key))) for key in keys}) == len(keys)
    assert uniform_integers(1000, 1, key_of(3)).tolist() == [0] * 1000


def test_random_numbers_are_the_same_on_every_machine_and_version():
    assert key_of(1, 2) == 0xAFCD63F05FA5850D
    assert permute(np.arange(8), 1000, 7).tolist() == [154, 681, 506, 285, 192, 499, 769, 302]
    assert uniform_integers(5, 1000, 7).tolist() == [389, 16, 900, 582, 452]


@pytest.mark.parametrize(("n", "batch_size"), [(1000, 8), (999, 16), (64, 64), (65, 64), (6000, 16), (130, 2)])
def test_an_epoch_meets_every_sentence_once_but_for_the_remainder(n, batch_size):
    stream = SentenceStream(token_file(n), batch_size, seed=1)
    rows = list(itertools.chain(*epoch_of(stream, 0)))
    assert len(rows) == len(set(rows)) == n - n % batch_size
    assert stream.rounds_per_epoch == n // batch_size


def test_epochs_differ_and_so_does_what_they_leave_out():
    stream = SentenceStream(token_file(1003), 8, seed=1)
    epochs = [epoch_of(stream, i) for i in range(4)]
    left_out = [frozenset(range(1003)) - frozenset(itertools.chain(*epoch)) for epoch in epochs]
    assert len({str(epoch) for epoch in epochs}) == len(set(left_out)) == 4
    assert epoch_of(SentenceStream(token_file(1003), 8, seed=2), 0) != epochs[0]


def test_a_batch_has_sentences_of_nearly_equal_length():
    stream = SentenceStream(token_file(5000), 16, seed=1)
    batches = [stream.bucketed(i) for i in range(stream.rounds_per_epoch)]
    padding = [float((batch.targets == PAD).float().mean()) for batch in batches]
    assert np.mean(padding) < 0.04
    widths = [batch.targets.shape[1] for batch in batches]
    assert (np.diff(widths) < 0).sum() > 50  # visited in random order, not from short to long
    assert (np.diff(widths) > 0).sum() > 50


def test_batches_of_short_and_long_sentences_hold_all_words():
    for batch in map(SentenceStream(token_file(500), 16, seed=1).bucketed, range(40)):
        assert batch.targets.shape[1] == int(batch.lengths.max())
        assert batch.lengths.dtype == batch.tokens.dtype == torch.int64
        for tokens, length in zip(batch.targets, batch.lengths, strict=True):
            assert tokens[length - 1] == EOS
            assert (tokens[length:] == PAD).all()
            assert (tokens[: length - 1] == tokens[0]).all()
    uniform = SentenceStream(token_file(500), 16, seed=1).uniform(3)
    assert uniform.token_count == float(uniform.lengths.sum())


def test_a_word_weighs_the_same_in_batches_of_short_and_of_long_sentences():
    stream = SentenceStream(token_file(500), 16, seed=1)
    batches = [stream.bucketed(i) for i in range(stream.rounds_per_epoch)]
    assert len({float(batch.lengths.sum()) for batch in batches}) > 10
    (count,) = {batch.token_count for batch in batches}
    assert count == pytest.approx(16 * (stream.source.lengths.mean() + 1))


@quick
@given(n=st.integers(1, 400), batch_size=st.integers(1, 40), indices=st.lists(st.integers(0, 500), max_size=8))
def test_random_access_gives_the_batches_of_the_sequence(n, batch_size, indices):
    source = token_file(n)
    stream = SentenceStream(source, batch_size, seed=3)
    for index in indices:
        batch = stream.bucketed(index)
        assert same(batch, SentenceStream(source, batch_size, seed=3).bucketed(index))
        assert len(batch.tokens) == batch_size


@pytest.mark.parametrize("world_size", [2, 4])
def test_ranks_join_to_the_batch_of_one_process(world_size):
    source = token_file(500)
    alone = SentenceStream(source, 16, seed=1)
    ranks = [SentenceStream(source, 16, seed=1, rank=rank, world_size=world_size) for rank in range(world_size)]
    for index in (0, 7, 100):
        for call in (lambda s, i=index: s.bucketed(i), lambda s, i=index: s.uniform(i, 5, batch_size=32)):
            whole, parts = call(alone), [call(rank) for rank in ranks]
            joined = torch.stack([part.tokens for part in parts], 1).flatten(0, 1)
            assert torch.equal(joined, whole.tokens)
            assert torch.equal(torch.stack([part.lengths for part in parts], 1).flatten(), whole.lengths)
            assert {part.token_count for part in parts} == {whole.token_count / world_size}


def test_a_corpus_smaller_than_a_batch_is_repeated():
    stream = SentenceStream(token_file(3), 8, seed=1)
    assert stream.rounds_per_epoch == 1
    for index in range(5):
        counts = np.bincount(rows_of(stream.bucketed(index)), minlength=3)
        assert sorted(counts) == [2, 3, 3]


def test_uniform_draws_depend_on_seed_and_key_alone():
    source = token_file(300)
    stream = SentenceStream(source, 64, seed=1)
    first = stream.uniform(3, 1)
    stream.bucketed(5)
    assert same(stream.uniform(3, 1), first)
    others = [
        stream.uniform(3, 2),
        stream.uniform(3),
        stream.uniform(1, 3),
        SentenceStream(source, 64, 2).uniform(3, 1),
    ]
    assert not any(same(first, other) for other in others)
    assert stream.uniform(3, 1, batch_size=10).tokens.shape[0] == 10
    assert rows_of(stream.uniform(3, 1, batch_size=10)) == rows_of(first)[:10]


def test_uniform_draws_meet_all_sentences_alike():
    stream = SentenceStream(token_file(20), 50, seed=1)
    counts = np.bincount(list(itertools.chain(*(rows_of(stream.uniform(i)) for i in range(400)))), minlength=20)
    assert (abs(counts - 1000) / np.sqrt(1000)).max() < 5


def test_the_file_can_be_read_in_order():
    stream = SentenceStream(token_file(10), 4, seed=1, rank=1, world_size=2)
    batches = list(stream.sequential(4))
    assert [rows_of(batch) for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert [batch.token_count for batch in batches] == [float(batch.lengths.sum()) for batch in batches]


def test_sizes_that_cannot_be_shared_out_are_refused():
    with pytest.raises(UserError, match="batch_size 9 over 2 processes; expected a positive multiple of 2"):
        SentenceStream(token_file(10), 9, seed=1, world_size=2)
    with pytest.raises(UserError, match="batch_size 0 over 1"):
        SentenceStream(token_file(10), 0, seed=1)
    with pytest.raises(UserError, match="batch_size 3 over 2 processes"):
        SentenceStream(token_file(10), 8, seed=1, world_size=2).uniform(1, batch_size=3)
    with pytest.raises(UserError, match="over no sentences"):
        SentenceStream(token_file(10).subset(np.zeros(0, dtype=np.int64)), 8, seed=1)
