"""Smooth paths between sentences: the cheapest of all paths, even, of sentences that the model writes."""

import itertools

import numpy as np
import pytest

import textgan
from textgan import scenes
from textgan.errors import UserError
from textgan.sampling.edit_distance import word_edit_distances
from textgan.sampling.lines import decode_lines, encode_lines, line_nll
from textgan.sampling.smooth import TokenIds, alignment, cheapest, mixtures

A, B = "a man is sleeping .", "two dogs are running in the park ."


@pytest.fixture(scope="module")
def box() -> textgan.SentenceModel:
    model = textgan.load("scenes", device="cpu")
    assert isinstance(model, textgan.SentenceModel)
    return model


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
    first, last = tuple(map(ord, a)), tuple(map(ord, b))
    edits = alignment(first, last)
    assert tuple(t for old, _ in edits for t in old) == first
    assert tuple(t for _, new in edits for t in new) == last
    distance = int(word_edit_distances([" ".join(a)], [" ".join(b)])[0])
    assert sum(old != new for old, new in edits) == distance


def test_mixtures_lie_between_both_sentences():
    a, b = (1, 2, 3, 4, 5), (1, 9, 3, 8, 7, 5)

    def distance(x: TokenIds, y: TokenIds) -> int:
        return sum(old != new for old, new in alignment(x, y))

    found = mixtures(a, b, 100, np.random.default_rng(0))
    assert len(found) == len(set(found)) > 5
    assert all(distance(a, line) + distance(line, b) == distance(a, b) for line in found)
    assert mixtures(a, a, 10, np.random.default_rng(0)) == [a]


def test_the_likelihood_of_lines_is_that_of_each_alone(box):
    lines = [tuple(box.tokenizer.encode(text)) for text in (A, B, "a man is sleeping .")]
    codes = encode_lines(box.game, lines)
    together = line_nll(box.game, lines, codes)
    alone = [line_nll(box.game, [line], codes[[i]])[0] for i, line in enumerate(lines)]
    np.testing.assert_allclose(together, alone, rtol=1e-4)
    assert line_nll(box.game, lines[:1], codes[1:2])[0] > together[0] + 1, "another sentence's code"
    assert [box.tokenizer.decode(list(line)) for line in decode_lines(box.game, codes)] == box.reconstruct([A, B, A])


def test_a_smooth_path_is_even_valid_and_a_function_of_its_seed(box):
    pairs = [(A, B), ("two young girls are sitting on a bench .", "a man in a hat plays the guitar on the street .")]
    for a, b in pairs:
        path = box.interpolate(a, b, steps=7, smooth=True)
        assert (path[0], path[-1], len(path)) == (a, b, 7)
        edits = word_edit_distances(path[:-1], path[1:])
        straight = box.interpolate(a, b, steps=7)
        before = word_edit_distances(straight[:-1], straight[1:])
        assert edits.max() / edits.sum() < before.max() / before.sum()
        assert len(set(path)) >= max(6, len(set(straight)))
        assert sum(map(scenes.is_valid, path)) >= 6
        assert box.interpolate(a, b, steps=7, smooth=True) == path


def test_ends_are_given_reconstructed_or_drawn(box):
    strange = "a man is xylophoning ."
    assert box.interpolate(strange, B, steps=3, smooth=True)[0] == strange
    path = box.interpolate(strange, B, steps=3, smooth=True, reconstruct_ends=True)
    assert [path[0], path[-1]] == box.reconstruct([strange, B])
    drawn = box.interpolate(steps=4, smooth=True, seed=3)
    assert [drawn[0], drawn[-1]] == [box.interpolate(steps=4, seed=3)[i] for i in (0, -1)]


@pytest.mark.parametrize("settings", [{"path": "slerp"}, {"space": "noise"}], ids=str)
def test_any_way_can_be_smooth(box, settings):
    path = box.interpolate(A, B, steps=5, smooth=True, **settings)
    assert (path[0], path[-1], len(path)) == (A, B, 5)


@pytest.mark.parametrize("ends", [(A, A), ("", A), ("", "")], ids=str)
def test_ends_that_are_equal_or_empty_have_a_path(box, ends):
    path = box.interpolate(*ends, steps=5, smooth=True)
    assert (path[0], path[-1], len(path)) == (*ends, 5)


@pytest.mark.parametrize("steps", [-1, 0, 1, 10**6])
def test_too_few_or_too_many_lines_are_refused(box, steps):
    with pytest.raises(UserError, match=r"steps is .*; expected 2 to 1,000"):
        box.interpolate(A, B, steps=steps, smooth=True)


def test_two_lines_are_the_ends(box):
    assert box.interpolate(A, B, steps=2, smooth=True) == [A, B]


def test_ends_of_a_straight_path_are_always_reconstructed(box):
    with pytest.raises(UserError, match="reconstruct_ends needs smooth"):
        box.interpolate(A, B, reconstruct_ends=True)
