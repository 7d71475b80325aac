"""Smooth paths between sentences: the cheapest of all paths, even, of sentences that the model writes."""

import itertools

import numpy as np
import pytest

import textgan
from textgan import scenes
from textgan.data.specials import UNK
from textgan.errors import UserError
from textgan.sampling.candidates import Candidates, Smoothing, cheapest
from textgan.sampling.edit_distance import word_edit_distances
from textgan.sampling.lines import decode_lines, encode_lines, line_nll, line_token_nlls
from textgan.sampling.proposals import (
    Words,
    alignment,
    continued,
    crossed,
    exchanged,
    joined,
    known_words,
    mixtures,
    shortened,
)
from textgan.sampling.smooth import tokens_apart
from textgan.settings import Decoding

A, B = "a man is sleeping .", "two dogs are running in the park ."


@pytest.fixture(scope="module")
def box() -> textgan.SentenceModel:
    model = textgan.load("scenes", device="cpu")
    assert isinstance(model, textgan.SentenceModel)
    return model


def words(letters: str) -> Words:
    return tokens_apart(tuple(map(ord, letters)))


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_no_path_through_the_layers_is_cheaper(layers):
    rng = np.random.default_rng(layers)
    for nodes in (1, 2, 5):
        moves, stands = rng.random((nodes + 2, nodes + 2)), rng.random((layers, nodes))

        def cost(path: tuple[int, ...], moves: np.ndarray = moves, stands: np.ndarray = stands) -> float:
            whole = [0, *(node + 1 for node in path), len(moves) - 1]
            return float(sum(moves[a, b] for a, b in itertools.pairwise(whole)) + stands[range(layers), path].sum())

        best = min(itertools.product(range(nodes), repeat=layers), key=cost)
        assert cost(tuple(cheapest(moves, stands))) == pytest.approx(cost(best))


@pytest.mark.parametrize(("a", "b"), [("abcd", "axcd"), ("", "abc"), ("abc", ""), ("kitten", "sitting"), ("ab", "ba")])
def test_an_alignment_has_as_many_changes_as_the_edit_distance_and_gives_both_sentences_back(a, b):
    first, last = words(a), words(b)
    edits = alignment(first, last)
    assert tuple(t for old, _ in edits for t in old) == first
    assert tuple(t for _, new in edits for t in new) == last
    distance = int(word_edit_distances([" ".join(a)], [" ".join(b)])[0])
    assert sum(old != new for old, new in edits) == distance


def test_mixtures_lie_between_both_sentences():
    a, b = words("abcde"), words("axchge")

    def distance(x: Words, y: Words) -> int:
        return sum(old != new for old, new in alignment(x, y))

    found = mixtures(a, b, 100, np.random.default_rng(0))
    assert len(found) == len(set(found)) > 5
    assert all(distance(a, line) + distance(line, b) == distance(a, b) for line in found)
    assert mixtures(a, a, 10, np.random.default_rng(0)) == [a]


def test_lines_are_shortened_by_one_part_and_crossed_where_they_agree():
    assert set(shortened(words("abc"))) == {words(x) for x in ("bc", "ac", "ab", "c", "a")}
    assert shortened(words("a")) == shortened(()) == []
    assert set(crossed(words("abc"), words("xby"))) == {words("aby"), words("xbc")}
    assert crossed(words("abc"), words("xyz")) == crossed(words("ab"), words("ab")) == []


def test_pieces_of_a_word_stay_together():
    a, b = ((1, 2), (3,), (4, 5)), ((1, 2), (6, 7))
    for line in [*mixtures(a, b, 50, np.random.default_rng(0)), *shortened(a), *crossed(a, b)]:
        assert set(line) <= {*a, *b}
        assert joined(line) == tuple(token for word in line for token in word)


def test_words_are_exchanged_for_likely_ones_and_lines_continued(box):
    line = tokens_apart(tuple(box.tokenizer.encode("a man is sleeping .")))
    assert (UNK,) not in line
    found = exchanged(box.network, [line, line[:2]], 2)
    assert len(found) >= len(line)
    assert all(sum(x != y for x, y in zip(new, old, strict=True)) == 1 for new in found for old in [line[: len(new)]])
    strange = tokens_apart(tuple(box.tokenizer.encode("a man is xylophoning .")))
    assert [x == y for x, y in zip(strange, known_words(box.network, strange), strict=True)] == [True] * 3 + [
        False,
        True,
    ]
    assert (UNK,) not in known_words(box.network, strange)
    codes = encode_lines(box.network, [joined(line)])
    on = continued(box.network, line, codes, Decoding(), 0)
    assert [tokens_apart(new)[:i] for i, new in enumerate(on, 1)] == [line[:i] for i in range(1, len(line))]
    assert scenes.is_valid(box.tokenizer.decode(on[0]))


def test_what_an_end_costs_is_forgiven_beside_it_alone(box):
    first, last, line = (tuple(box.tokenizer.encode(text)) for text in ("a man swims dog .", B, "a woman swims dog ."))
    way = box.between(*encode_lines(box.network, [first, last]), 5)
    candidates = Candidates(box.network, first, last, way, tokens_apart, Smoothing(place=0))
    assert candidates.add([line, line, first, (), (UNK,), line * 9]) == [line]
    stands = candidates._stands(7)[:, 0]
    by_first, by_last = candidates.measured[line].forgiven
    assert by_first > max(by_last, 1)
    np.testing.assert_allclose(
        candidates.measured[line].cost - stands[:3], by_first * np.array([2 / 3, 1 / 3, 0]), atol=1e-6
    )


def test_the_likelihood_of_lines_is_that_of_each_alone(box):
    lines = [tuple(box.tokenizer.encode(text)) for text in (A, B, "a man is sleeping .")]
    codes = encode_lines(box.network, lines)
    together = line_nll(box.network, lines, codes)
    alone = [line_nll(box.network, [line], codes[[i]])[0] for i, line in enumerate(lines)]
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    assert line_nll(box.network, lines[:1], codes[1:2])[0] > together[0] + 1, "another sentence's code"
    assert [len(nlls) for nlls in line_token_nlls(box.network, lines, codes)] == [len(line) + 1 for line in lines]
    assert [box.tokenizer.decode(list(line)) for line in decode_lines(box.network, codes)] == box.reconstruct([A, B, A])


def test_a_smooth_path_is_even_valid_and_a_function_of_its_seed(box):
    pairs = [(A, B), ("two young girls are sitting on a bench .", "a man in a hat plays the guitar on the street .")]
    for a, b in pairs:
        path = box.interpolate(a, b, steps=7, smooth=True)
        assert (path[0], path[-1], len(path)) == (a, b, 7)
        edits = word_edit_distances(path[:-1], path[1:])
        straight = box.interpolate(a, b, steps=7)
        before = word_edit_distances(straight[:-1], straight[1:])
        assert edits.max() / edits.sum() < before.max() / before.sum()
        assert len(set(path)) == 7
        assert sum(map(scenes.is_valid, path)) >= 6
        assert box.interpolate(a, b, steps=7, smooth=True) == path


def test_ends_are_given_reconstructed_or_drawn(box):
    strange = "a man is xylophoning ."
    path = box.interpolate(strange, B, steps=5, smooth=True)
    assert path[0] == strange
    assert not any("<unk>" in line or "xylophoning" in line for line in path[1:])
    path = box.interpolate(strange, B, steps=3, smooth=True, reconstruct_ends=True)
    assert [path[0], path[-1]] == box.reconstruct([strange, B])
    drawn = box.interpolate(steps=4, smooth=True, seed=3)
    assert [drawn[0], drawn[-1]] == [box.interpolate(steps=4, seed=3)[i] for i in (0, -1)]


@pytest.mark.parametrize("settings", [{"path": "slerp"}, {"space": "noise"}], ids=str)
def test_any_way_can_be_smooth(box, settings):
    path = box.interpolate(A, B, steps=5, smooth=True, **settings)
    assert (path[0], path[-1], len(path)) == (A, B, 5)


@pytest.mark.parametrize("ends", [("", A), (A, ""), (".", "a"), (A + " " + B, A), (A, "zzz zzz")], ids=str)
def test_ends_that_are_empty_short_long_or_unknown_have_a_path(box, ends):
    path = box.interpolate(*ends, steps=5, smooth=True)
    assert (path[0], path[-1], len(path)) == (*ends, 5)


@pytest.mark.parametrize("text", [A, "", "zzz"])
def test_between_equal_ends_nothing_changes(box, text):
    assert box.interpolate(text, text, steps=4, smooth=True) == [text] * 4


@pytest.mark.parametrize("steps", [3, 30])
def test_a_path_has_as_many_lines_as_are_wanted(box, steps):
    path = box.interpolate(A, B, steps=steps, smooth=True)
    assert (path[0], path[-1], len(path)) == (A, B, steps)
    assert len(set(path)) >= min(steps, 10)


@pytest.mark.parametrize("steps", [-1, 0, 1, 10**6])
def test_too_few_or_too_many_lines_are_refused(box, steps):
    with pytest.raises(UserError, match=r"steps is .*; expected 2 to 1,000"):
        box.interpolate(A, B, steps=steps, smooth=True)


def test_two_lines_are_the_ends(box):
    assert box.interpolate(A, B, steps=2, smooth=True) == [A, B]


def test_ends_of_a_straight_path_are_always_reconstructed(box):
    with pytest.raises(UserError, match="reconstruct_ends needs smooth"):
        box.interpolate(A, B, reconstruct_ends=True)
