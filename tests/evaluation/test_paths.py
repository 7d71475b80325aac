"""Edit distances against nltk's, and paths whose shape is known."""

import itertools
import math
import re
from collections.abc import Sequence
from pathlib import Path

import nltk
import numpy as np
import pytest
import torch
from scipy.stats import spearmanr  # type: ignore[import-untyped]
from torch import Tensor

from tests.tiny import LABELED, PIXELS, SPEC, tiny_config, tiny_corpus, tiny_game
from textgan.data.specials import EOS
from textgan.data.types import Sentences as Data
from textgan.data.types import TextSpec
from textgan.errors import UserError
from textgan.evaluation.text.paths import distance_correlation, interpolation, interpolations, path_metrics
from textgan.game import Game, Player, Turn
from textgan.recipes import MODELS, recipe
from textgan.sampling import SentenceModel
from textgan.sampling.edit_distance import edit_distances, to_word_ids, word_edit_distances
from textgan.settings import Decoding

CORPUS = tiny_corpus(60)
TEXTS = [CORPUS.text(i) for i in range(len(CORPUS))]


class Memory(Game):
    """Its code is the sentence itself, place by place."""

    code_dim = SPEC.max_length + 1

    def __init__(self) -> None:
        super().__init__()
        self.spec = SPEC
        self.somewhere = torch.nn.Parameter(torch.zeros(()))

    def encode(self, batch: Data) -> Tensor:
        return torch.nn.functional.pad(batch.targets, (0, self.code_dim - batch.targets.shape[1])).float()

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        return torch.nn.functional.pad(z.round().long()[:, :-1], (0, 1), value=EOS)

    def prior(self, n: int) -> Tensor:
        return torch.zeros(n, self.code_dim)

    def make_players(self) -> dict[str, Player]:
        return {}

    def turns(self, step: int) -> Sequence[Turn]:
        return []


def model_of(game: Game) -> SentenceModel:
    return SentenceModel(game, CORPUS.tokenizer, recipe("arae"))


def two_a_word(sentences: Sequence[str]) -> tuple[list[float], list[int]]:
    """A judge to whom every word, and the end, is one of two."""
    tokens = [len(s.split()) + 1 for s in sentences]
    return [-math.log(2) * n for n in tokens], tokens


def test_edit_distances_are_those_of_nltk():
    rng = np.random.default_rng(0)
    sentences = [" ".join(rng.choice(list("abcde"), rng.integers(0, 12))) for _ in range(40)]
    pairs = list(itertools.product(sentences, sentences))
    expected = [nltk.edit_distance(a.split(), b.split()) for a, b in pairs]
    found = word_edit_distances([a for a, _ in pairs], [b for _, b in pairs])
    assert found.tolist() == expected


def test_edit_distances_of_long_and_of_empty_sentences():
    long = " ".join("w" * 40_000)
    assert word_edit_distances(["", "a b", "", long], ["", "", "a b c", ""]).tolist() == [0, 2, 3, 40_000]
    assert word_edit_distances([], []).tolist() == []
    assert edit_distances(to_word_ids(["a"], {}), to_word_ids(["b"], {})).tolist() == [0], (
        "ids of their own mean nothing"
    )


def test_more_pairs_than_fit_at_once_are_measured():
    first, second = ["a b c", "a"] * 10_000, ["a x c", "a b c d"] * 10_000
    assert word_edit_distances(first, second).tolist() == [1, 3] * 10_000


def test_an_even_straight_path_is_even_and_straight():
    path = ["a a a a", "b a a a", "b b a a", "b b b a", "b b b b"]
    metrics = path_metrics([path], two_a_word)
    assert metrics == pytest.approx(
        {
            "interpolation_distinct": 5,
            "interpolation_largest_step": 1 / 4,
            "interpolation_path_ratio": 1,
            "interpolation_midpoint_perplexity": 2,
            "interpolation_end_perplexity": 2,
        }
    )


def test_a_path_of_one_jump_and_a_path_of_a_detour():
    jump, detour = ["a b"] * 3 + ["c d"] * 2, ["a b", "a b", "x y", "a b", "a c"]
    assert path_metrics([jump], two_a_word)["interpolation_largest_step"] == 1
    metrics = path_metrics([detour], two_a_word)
    assert metrics["interpolation_path_ratio"] == 5
    assert metrics["interpolation_largest_step"] == pytest.approx(2 / 5)
    assert metrics["interpolation_distinct"] == 3


def test_paths_on_which_nothing_changes_are_not_rewarded():
    for still in (["a b"] * 7, [""] * 7):
        metrics = path_metrics([still] * 3, two_a_word)
        assert metrics["interpolation_largest_step"] == metrics["interpolation_distinct"] == 1
        assert metrics["interpolation_path_ratio"] == 1


def test_a_path_that_comes_back_says_nothing_of_straightness():
    straight, back = ["a", "b", "b"], ["a", "b", "a"]
    assert path_metrics([straight, back], two_a_word)["interpolation_path_ratio"] == 1


def test_midpoints_and_ends_are_judged_apart():
    def judge(sentences: Sequence[str]) -> tuple[list[float], list[int]]:
        return [-3.0 if s.startswith("mid") else -1.0 for s in sentences], [1] * len(sentences)

    for path in (["a", "mid", "b"], ["a", "mid", "mid b", "b"], ["a", "x", "mid", "x", "b"]):
        metrics = path_metrics([path, path], judge)
        assert metrics["interpolation_midpoint_perplexity"] == pytest.approx(math.exp(3))
        assert metrics["interpolation_end_perplexity"] == pytest.approx(math.e)


@pytest.mark.parametrize("paths", [[], [["a"]], [[]]])
def test_no_paths_are_refused(paths):
    with pytest.raises(UserError, match="expected 1 or more, each of 2"):
        path_metrics(paths, two_a_word)


def test_code_distance_follows_edit_distance_where_codes_count_words():
    counts = np.random.default_rng(0).integers(0, 30, 200)
    sentences = [" ".join(["a"] * n) for n in counts]
    codes = counts[:, None].astype(np.float32)
    assert distance_correlation(sentences, codes) == pytest.approx(1)
    assert abs(distance_correlation(sentences, np.random.default_rng(1).normal(size=(200, 8)))) < 0.1
    assert distance_correlation(sentences, np.zeros((200, 3), np.float32)) == 0
    assert distance_correlation(["a"], codes[:1]) == 0


def test_distance_correlation_is_that_of_scipy():
    codes = np.random.default_rng(0).normal(size=(2, 1)).repeat(30, axis=0) * np.arange(60)[:, None]
    first = np.random.default_rng(5)
    a = first.integers(60, size=500)
    b = (a + first.integers(1, 60, size=500)) % 60
    edits = [nltk.edit_distance(TEXTS[i].split(), TEXTS[j].split()) for i, j in zip(a, b, strict=True)]
    expected = spearmanr(edits, np.abs(codes[a] - codes[b])[:, 0]).statistic
    assert distance_correlation(TEXTS, codes, pairs=500, seed=5) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["arae", "vae"])
def test_paths_are_those_of_single_interpolations_on_the_models_own_way(name):
    model = model_of(tiny_game(tiny_config(name)))
    pairs = [(TEXTS[0], TEXTS[1]), (TEXTS[2], TEXTS[3])]
    paths = interpolations(model, pairs, steps=5)
    assert [len(path) for path in paths] == [5, 5]
    assert [[path[0], path[-1]] for path in paths] == [model.reconstruct(pair) for pair in pairs]
    assert paths == [model.interpolate(a, b, steps=5) for a, b in pairs]
    assert interpolations(model, []) == []


@pytest.mark.parametrize("path", ["linear", "slerp"])
def test_a_way_that_is_asked_for_is_taken_by_sampling_and_by_evaluation(path):
    model = model_of(tiny_game(tiny_config("vae")))
    first, last = model.prior_codes(2)
    straight = np.linspace(first, last, 5, dtype=np.float32)
    assert np.allclose(model.between(first, last, 5, path), straight, atol=1e-6) == (path == "linear")
    assert np.array_equal(model.between(first, last, 5), model.between(first, last, 5, "slerp")), "a VAE is Gaussian"
    between = model.between(*model.encode(TEXTS[:2]), 5, path)
    assert model.interpolate(*TEXTS[:2], steps=5, path=path) == model.decode(between)
    assert interpolations(model, [(TEXTS[0], TEXTS[1])], 5, path) == [model.decode(between)]


def test_the_docs_say_the_way_of_every_model():
    text = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    said = {name: way for way in ("linear", "slerp") for name in _named(text, f"| `{way}` |")}
    ways = {}
    for name in MODELS:
        spec = {"arae_transfer": LABELED, "lm": SPEC}.get(name, PIXELS)
        game = tiny_game(tiny_config(name, modality="text" if isinstance(spec, TextSpec) else "images"), spec=spec)
        ways |= {name: game.path} if game.code_dim else {}
    assert said == ways


def _named(text: str, row: str) -> list[str]:
    """The models in backquotes that the row of a table names."""
    (line,) = [line for line in text.splitlines() if line.startswith(row)]
    return re.findall(r"`(\w+)`", line.removeprefix(row))


def test_interpolation_measures_everything_and_is_a_function_of_its_seed():
    model = model_of(Memory())
    paths, metrics = interpolation(model, CORPUS, two_a_word, pairs=10, steps=4)
    assert (len(paths), {len(path) for path in paths}) == (10, {4})
    assert {path[0] for path in paths} | {path[-1] for path in paths} <= set(TEXTS)
    assert metrics["interpolation_distance_correlation"] > 0.2
    assert set(metrics) == set(path_metrics(paths, two_a_word)) | {"interpolation_distance_correlation"}
    assert all(map(math.isfinite, metrics.values()))
    assert interpolation(model, CORPUS, two_a_word, pairs=10, steps=4) == (paths, metrics)
    assert interpolation(model, CORPUS, two_a_word, pairs=10, steps=4, seed=1)[0] != paths


def test_interpolation_takes_what_there_is_and_refuses_a_single_sentence():
    model = model_of(Memory())
    paths, _ = interpolation(model, CORPUS.subset(np.arange(5)), two_a_word)
    assert len(paths) == 2
    with pytest.raises(UserError, match="1 different held-out sentences; expected 2"):
        interpolation(model, CORPUS.subset(np.zeros(9, np.int64)), two_a_word)
