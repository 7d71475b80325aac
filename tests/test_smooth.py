"""Smooth paths between sentences: the cheapest of all paths, even, of sentences that the model writes."""

import itertools

import numpy as np
import pytest
import torch

import textgan
from tests.tiny import LABELED, SPEC, tiny_config, tiny_game
from textgan import scenes
from textgan.data.config import DataConfig
from textgan.data.specials import UNK
from textgan.data.tokenizer import train_tokenizer
from textgan.errors import UserError
from textgan.sampling.base import line
from textgan.sampling.candidates import Candidates, Smoothing, cheapest
from textgan.sampling.edit_distance import word_edit_distances
from textgan.sampling.lines import batch_of, decode_lines, encode_lines, line_nll, line_token_nlls
from textgan.sampling.proposals import (
    alignment,
    continued,
    crossed,
    exchanged,
    known_words,
    mixtures,
    shortened,
)
from textgan.sampling.smooth import PathSearch
from textgan.sampling.spelling import LineWords, flattened, spelling_of, tokens_apart
from textgan.settings import Decoding

A, B = "a man is sleeping .", "two dogs are running in the park ."


@pytest.fixture(scope="module")
def box() -> textgan.SentenceModel:
    model = textgan.load("scenes", device="cpu")
    assert isinstance(model, textgan.SentenceModel)
    return model


def words(letters: str) -> LineWords:
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

    def distance(x: LineWords, y: LineWords) -> int:
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
    for each in [*mixtures(a, b, 50, np.random.default_rng(0)), *shortened(a), *crossed(a, b)]:
        assert set(each) <= {*a, *b}
        assert flattened(each) == tuple(token for word in each for token in word)


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
    codes = encode_lines(box.network, [flattened(line)])
    on = continued(box.network, [flattened(line[:i]) for i in range(1, len(line))], codes, Decoding(), 0)
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


def test_distances_that_are_kept_are_those_between_the_lines(box):
    texts = [scene.text for scene in scenes.sample(12, seed=5)]
    first, last, *lines = (tuple(box.tokenizer.encode(text)) for text in texts)
    way = box.between(*encode_lines(box.network, [first, last]), 5)
    candidates = Candidates(box.network, first, last, way, tokens_apart, Smoothing())
    for some in (lines[:4], lines[4:]):
        candidates.add(some)
        assert len(candidates.path(4)) == 4
    rows, columns = np.nonzero(candidates.distances >= 0)
    assert len(rows) == 12**2
    told = word_edit_distances([texts[i] for i in rows], [texts[i] for i in columns])
    np.testing.assert_array_equal(candidates.distances[rows, columns], told)


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
        assert sum(map(scenes.is_valid, path)) >= 5
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


MODELS_WITH_CODES = ("arae", "arae_transfer", "ae", "dropout_ae", "denoising_ae", "vae", "aae", "daae", "acai")


@pytest.mark.parametrize("autoencoder", ["lstm", "transformer"])
@pytest.mark.parametrize("name", MODELS_WITH_CODES)
def test_every_model_with_codes_has_smooth_paths(name, autoencoder):
    spec = LABELED if name == "arae_transfer" else SPEC
    game = tiny_game(tiny_config(name, None, "text", autoencoder=autoencoder), spec=spec)
    first, last = (4, 5, 6, 7), (8, 5, 9, 10, 11)
    codes = encode_lines(game, [first, last])
    way = line(*codes, 13, game.path, game.classes)
    paths = [PathSearch(game, first, last, way, seed=seed).path(5) for seed in (0, 0)]
    assert paths[0] == paths[1]
    assert (paths[0][0], paths[0][-1], len(paths[0])) == (first, last, 5)
    assert all(UNK not in words and 0 < len(words) <= spec.max_length for words in paths[0])
    exact = torch.cat([torch.from_numpy(nlls) for nlls in line_token_nlls(game, [first, last], codes)])
    batch = batch_of([first, last])
    with torch.no_grad():
        logits = game.eval().logits(torch.from_numpy(codes), batch)
    torch.testing.assert_close(exact, torch.nn.functional.cross_entropy(logits, batch.real_targets, reduction="none"))


def test_pieces_are_cut_into_words_where_there_are_spaces():
    texts = [" ".join(s) for s in itertools.product(("walking", "talking"), ("dogs", "cats"), ("slowly", "there"))]
    pieces = train_tokenizer(DataConfig(tokenizer="unigram", vocab_size=300), texts * 5)
    ids = tuple(pieces.encode("walking cats slowly"))
    assert flattened(pieces.words_of(ids)) == ids
    spelling = spelling_of(pieces)
    words = spelling.words(ids)
    assert [pieces.decode(word).strip() for word in words] == ["walking", "cats", "slowly"]
    assert spelling.line(words) == ids
    assert spelling.line(words[1:]) == tuple(pieces.encode("cats slowly")), "the first word loses its space"
    assert spelling.words(tuple(pieces.encode("cats walking")))[::-1] == words[:2], "a word is the same anywhere"
    assert len(spelling.words(tuple(pieces.encode("catsdogscats")))) == 1
    assert spelling.words(()) == ()


def test_scripts_without_spaces_are_cut_into_pieces_even_where_a_line_has_one():
    texts = ["".join(s) for s in itertools.product("今天昨天", "天气", "很好坏")]
    pieces = train_tokenizer(DataConfig(tokenizer="unigram", vocab_size=300), texts * 5)
    spelling = spelling_of(pieces)
    line = tuple(pieces.encode("今天天气很好 今天很坏"))
    words = spelling.words(line)
    assert flattened(words) == spelling.line(words) == line
    assert words == tokens_apart(line)
