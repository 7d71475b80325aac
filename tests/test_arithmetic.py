"""Sentence arithmetic: vectors of attributes, the search for a word, match and precision, and `textgan edit`."""

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.tiny import LABELED, tiny_config, tiny_game
from textgan.data.specials import EOS, PAD, SPECIALS
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import Sentences, TextSpec
from textgan.errors import UserError
from textgan.game import Game, Player, Turn
from textgan.recipes import recipe
from textgan.sampling import SentenceModel
from textgan.sampling.arithmetic import (
    attribute_vector,
    draw_variants,
    edit,
    folded_words,
    holds,
    match,
    precision,
    shifted,
)
from textgan.sampling.search import Samples, Walk, codes_of, search, search_noise
from textgan.settings import Decoding

WORDS = ["a", "man", "dog", "sleeps", "runs"]
FIRST = len(SPECIALS)
ALL = list(itertools.product([0.0, 1.0], repeat=len(WORDS)))
N = 2 * len(ALL)
"""Samples of the hand-made game in which each combination of words stands twice."""


class Bag(Game):
    """A code has a 1 for each word that is there; it is decoded to the words above one half, in their order.

    Its prior goes through all combinations, so that means over samples are known: one half for every other word.
    """

    def __init__(self) -> None:
        super().__init__()
        self.code_dim, self.spec = len(WORDS), TextSpec(FIRST + len(WORDS), len(WORDS))
        self.somewhere = nn.Parameter(torch.zeros(()))

    def encode(self, batch: Sentences) -> Tensor:
        counts = nn.functional.one_hot(batch.targets, FIRST + len(WORDS)).sum(1)
        return counts[:, FIRST:].clamp_max(1).float()

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        rows = [[*(FIRST + k for k in range(len(WORDS)) if row[k] > 0.5), EOS] for row in z]
        return torch.tensor([row + [PAD] * (len(WORDS) + 1 - len(row)) for row in rows]).view(-1, len(WORDS) + 1)

    def prior(self, n: int) -> Tensor:
        return torch.tensor(list(itertools.islice(itertools.cycle(ALL), n)))

    def make_players(self) -> dict[str, Player]:
        return {}

    def turns(self, step: int) -> Sequence[Turn]:
        return []


@pytest.fixture
def bag() -> SentenceModel:
    return SentenceModel(Bag(), WordTokenizer(WORDS), recipe("arae"))


@pytest.fixture
def arae() -> SentenceModel:
    """An untrained ARAE whose weights are so large that its codes give different sentences."""
    game = tiny_game(tiny_config("arae"))
    with torch.no_grad():
        for name, parameter in game.named_parameters():
            parameter.mul_(30 if name.startswith("autoencoder") else 1)
            parameter.mul_(0.5 if name.startswith("generator") else 1)  # which is not its average
    return SentenceModel(game, WordTokenizer([f"w{i}" for i in range(16)]), recipe("arae"))


def some_word(samples: Samples) -> str:
    """A word that some samples hold, and some do not."""
    return min(samples.rows, key=lambda word: (abs(len(samples.rows[word]) - len(samples.sentences) / 2), word))


def test_the_vector_is_the_difference_of_the_mean_codes(bag):
    vector = attribute_vector(bag, ["a dog sleeps", "dog sleeps"], ["a man sleeps", "man sleeps", "man runs"])
    np.testing.assert_allclose(vector, [1 / 2 - 1 / 3, -1, 1, 1 - 2 / 3, -1 / 3], atol=1e-6)


def test_a_side_left_out_is_the_mean_of_the_prior(bag):
    prior = bag.prior_codes(10_000).mean(0)
    np.testing.assert_allclose(attribute_vector(bag, ["dog runs"]), [0, 0, 1, 0, 1] - prior, atol=1e-6)
    np.testing.assert_allclose(attribute_vector(bag, [], ["dog runs"]), prior - [0, 0, 1, 0, 1], atol=1e-6)


def test_an_edit_exchanges_what_the_vector_exchanges_and_nothing_else(bag):
    vector = attribute_vector(bag, ["dog"], ["man"])
    assert edit(bag, ["a man sleeps", "man runs"], vector) == ["a dog sleeps", "dog runs"]
    assert edit(bag, ["a man sleeps", "man runs"], vector, scale=0) == ["a man sleeps", "man runs"]
    assert edit(bag, ["a dog sleeps"], vector, scale=-1) == ["a man sleeps"]
    assert edit(bag, [], vector) == []


def test_codes_of_arae_keep_norm_1_and_those_of_others_are_only_moved(arae, bag):
    codes = arae.prior_codes(5)
    vector = np.linspace(-1, 1, arae.code_dim, dtype=np.float32)
    moved = shifted(arae, codes, vector, 0.7)
    wanted = codes + 0.7 * vector
    np.testing.assert_allclose(moved, wanted / np.linalg.norm(wanted, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(shifted(bag, np.zeros((1, 5), np.float32), np.arange(5), 2), [[0, 2, 4, 6, 8]])


def test_with_an_attribute_in_the_code_only_the_rest_has_norm_1():
    game = tiny_game(tiny_config("arae_transfer"), spec=LABELED)
    transfer = SentenceModel(game, WordTokenizer([f"w{i}" for i in range(16)]), recipe("arae_transfer"))
    codes = transfer.prior_codes(4)
    vector = np.ones(transfer.code_dim, np.float32)
    moved = shifted(transfer, codes, vector)
    np.testing.assert_allclose(np.linalg.norm(moved[:, :-3], axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(moved[:, -3:], codes[:, -3:] + 1)
    samples = Samples(transfer, 6)
    np.testing.assert_array_equal(samples.noise, samples.codes)


def test_samples_are_those_of_the_prior_and_their_words_are_found(arae, bag):
    samples = Samples(arae, 30, seed=3)
    np.testing.assert_allclose(samples.codes, arae.prior_codes(30, seed=3), atol=1e-6)
    assert samples.sentences == arae.sample(30, seed=3)
    assert samples.noise.shape == (30, arae.network.config.noise_dim)
    found = Samples(bag, N).with_words(["dog", "Man"])
    assert len(found) == N * 3 // 4
    assert all(holds(sentence, ["dog", "man"]) for sentence in found)


def test_the_search_walks_by_the_papers_formula(bag):
    found = search(Samples(bag, N), ["man sleeps"], ["dog"])
    # A step is 1/2 for dog and -1/4 for man and for sleeps, 0.8 of it taken; after two of them dog is above one half.
    np.testing.assert_allclose(found.codes, [[0, 0.64, 0.72, 0.64, 0]], atol=1e-6)
    assert found.sentences == ["man dog sleeps"]
    assert found.hits == [True]


def test_an_unwanted_word_is_the_one_to_go(bag):
    found = search(Samples(bag, N), ["man sleeps"], ["dog"], ["man"])
    np.testing.assert_allclose(found.codes, [[0, 0.28, 0.72, 1, 0]], atol=1e-6)
    assert found.sentences == ["dog sleeps"]
    absent = search(Samples(bag, N), ["man sleeps"], ["dog"], ["runs"])
    assert absent.sentences == ["man dog sleeps"]


def test_the_search_stops_where_it_is_told_to_and_says_that_nothing_was_found(bag):
    found = search(Samples(bag, N), ["man sleeps", "a dog"], ["dog"], walk=Walk(steps=1))
    assert found.sentences == ["man sleeps", "a dog"]
    assert found.hits == [False, True]
    np.testing.assert_allclose(found.codes[1], [1, 0, 1, 0, 0])  # what holds the word already is left alone


def test_of_a_model_without_a_generator_noise_and_codes_are_one(bag):
    samples = Samples(bag, N)
    before, found = search_noise(samples, bag.encode(["man sleeps"]), ["dog"])
    assert before == ["man sleeps"]
    np.testing.assert_allclose(found.codes, search(samples, before, ["dog"]).codes)


def test_the_search_of_arae_walks_in_noise(arae):
    samples = Samples(arae, 60)
    noise = np.random.default_rng(0).normal(size=(20, arae.network.config.noise_dim)).astype(np.float32)
    word = some_word(samples)
    before, found = search_noise(samples, noise, [word], walk=Walk(scale=0.1, steps=1))
    has_word = samples.noise[samples.rows[word]].mean(0)
    walked = [i for i, sentence in enumerate(before) if not holds(sentence, [word])]
    assert 0 < len(walked) < len(before)
    for i in range(len(before)):
        end = noise[i]
        if i in walked:
            there = [w for w in dict.fromkeys(folded_words(before[i])) if len(samples.rows.get(w, [])) >= 20]
            present = np.mean([samples.noise[samples.rows[w]].mean(0) for w in there], axis=0)
            end = 0.8 * (noise[i] + 0.1 * (has_word - present)) + 0.2 * noise[i]
        np.testing.assert_allclose(found.codes[i : i + 1], codes_of(arae, end[None]), atol=1e-5)
    after = arae.decode(found.codes)
    assert found.sentences == [after[i] if i in walked else before[i] for i in range(len(before))]
    np.testing.assert_allclose(np.linalg.norm(found.codes, axis=1), 1, atol=1e-6)


def test_the_search_between_codes_of_arae_stays_at_norm_1(arae):
    samples = Samples(arae, 60)
    found = search(samples, ["w1 w2", "w3"], [some_word(samples)], walk=Walk(scale=3))
    np.testing.assert_allclose(np.linalg.norm(found.codes, axis=1), 1, atol=1e-6)


def test_a_search_is_the_same_twice(arae):
    first, second = (search_noise(Samples(arae, 40), Samples(arae, 8, 1).noise, ["w8"])[1] for _ in range(2))
    assert first.sentences == second.sentences


def test_match_counts_sentences_with_at_least_one_hit():
    drawn = [["a man", "a dog runs"], ["a man", "a hotdog"], ["Dog.", "dog"], ["two men"]]
    assert match(drawn, ["dog"]) == 0.5
    assert match(drawn, ["dog", "men"]) == 0.75
    assert match(drawn, []) == 0
    assert math.isnan(match([], ["dog"]))


def test_precision_is_the_share_of_the_outputs_words_that_the_original_holds():
    assert precision(["a man sleeps ."], ["a dog sleeps ."]) == 0.75
    assert precision(["a man"], ["a a a man"]) == 0.5  # the original's one "a" counts once
    assert precision(["a man sleeps", "a dog"], ["a man", "two cats"]) == 0.5
    assert precision(["a man"], [""]) == 0
    assert math.isnan(precision([], []))
    with pytest.raises(UserError, match="1 outputs for 2 originals"):
        precision(["a", "b"], ["a"])


def test_words_are_cut_alike_for_every_tokenizer():
    assert folded_words('A man, "asleep" in a T-shirt .') == ["a", "man", "asleep", "in", "a", "t-shirt", "."]
    assert folded_words("") == []


def test_variants_are_drawn_anew_for_each_code_and_by_the_seed(arae):
    codes = arae.prior_codes(2)
    drawn = draw_variants(arae, codes, 30, seed=1, decoding=Decoding(temperature=5.0))
    assert [len(v) for v in drawn] == [30, 30]
    assert all(len(set(v)) > 5 for v in drawn)
    assert drawn == draw_variants(arae, codes, 30, seed=1, decoding=Decoding(temperature=5.0))
    assert drawn != draw_variants(arae, codes, 30, seed=2, decoding=Decoding(temperature=5.0))
    assert drawn != draw_variants(arae, codes, 30, seed=1)
    first, again = draw_variants(arae, codes[[0, 0]], 30, decoding=Decoding(temperature=5.0))
    assert first != again
    assert draw_variants(arae, codes, 3, decoding=Decoding(beam_size=3)) == draw_variants(arae, codes, 3)


def test_bad_values_are_said(bag, arae):
    samples = Samples(bag, N)
    with pytest.raises(UserError, match="nothing to add and nothing to subtract"):
        attribute_vector(bag, [], None)
    with pytest.raises(UserError, match=r"shape \(3,\); expected \(5,\)"):
        edit(bag, ["a man"], np.zeros(3))
    with pytest.raises(UserError, match="not finite"):
        edit(bag, ["a man"], np.zeros(5), scale=math.nan)
    with pytest.raises(UserError, match="none of 64 samples holds 'cat'"):
        search(samples, ["a man"], ["cat"])
    with pytest.raises(UserError, match="1 or more samples"):
        Samples(bag, 0)
    with pytest.raises(UserError, match="leads nowhere"):
        search(samples, ["a man"], ["dog"], walk=Walk(steps=0))
    with pytest.raises(UserError, match="1 or more variants"):
        draw_variants(bag, bag.encode(["a man"]), 0)
    with pytest.raises(UserError, match=r"noise has shape \(1, 3\); expected \(N, 4\)"):
        codes_of(arae, np.zeros((1, 3), np.float32))


@pytest.fixture
def places(tmp_path, model, run_folder) -> dict[str, Path | str]:
    """Files for the command, one of them a word that the model writes."""
    samples = Samples(model, 200)
    contents = {
        "src": "a man sleeps .\ntwo dogs plays football in the park .\n",
        "dogs": "two dogs sleeps\ntwo dogs is eating .\n",
        "men": "a man sleeps\n",
        "word": some_word(samples) + "\n",
        "strange": "zebra\n",
        "empty": "\n",
    }
    files = {name: tmp_path / f"{name}.txt" for name in contents}
    for name, text in contents.items():
        files[name].write_text(text)
    return {"run": run_folder, "tmp": tmp_path} | files


def test_the_command_writes_what_the_library_does(command, places, model):
    outcome = command("edit", places["run"], places["src"], "--add", places["dogs"], "--subtract", places["men"])
    assert outcome.code == 0, outcome.err
    sources = places["src"].read_text().splitlines()
    vector = attribute_vector(model, places["dogs"].read_text().splitlines(), places["men"].read_text().splitlines())
    assert outcome.out.splitlines() == edit(model, sources, vector)
    several = command(
        "edit", places["run"], places["src"], "--add", places["dogs"], "--subtract", places["men"], "--scale=-1,2",
        "--pairs", "--output", places["tmp"] / "out.tsv",
    )  # fmt: skip
    assert (several.code, several.out) == (0, "")
    columns = [edit(model, sources, vector, scale) for scale in (-1, 2)]
    rows = [line.split("\t") for line in (places["tmp"] / "out.tsv").read_text().splitlines()]
    assert rows == [list(row) for row in zip(sources, *columns, strict=True)]


@pytest.mark.parametrize(
    "source", ["{src} --add {word}", "{src} --search --add {word}", "--from-samples 3 --search --add {word}"]
)
def test_words_stand_for_samples_and_match_and_precision_are_reported(command, places, source):
    flags = "--samples 200 --variants 4 --scale 0.5,1 --json {tmp}/m.json"
    outcome = command(*f"edit {{run}} {source} {flags}".format(**places).split())
    assert outcome.code == 0, outcome.err
    about = json.loads((places["tmp"] / "m.json").read_text())
    assert about["sentences"] == len(outcome.out.splitlines()) == (3 if "--from-samples" in source else 2)
    assert about["wanted"] == [places["word"].read_text().strip()]
    assert [row["scale"] for row in about["scales"]] == [0.5, 1]
    for row in about["scales"]:
        assert all(0 <= row[name] <= 1 for name in ("match", "written", "precision"))
    assert about["search"] == ("--search" in source)


def test_a_file_of_words_to_look_for_is_the_measure_of_sentences_too(command, places):
    flags = "--add {dogs} --match {strange} --variants 2 --json {tmp}/m.json"
    assert command(*f"edit {{run}} {{src}} {flags}".format(**places).split()).code == 0
    about = json.loads((places["tmp"] / "m.json").read_text())
    assert (about["wanted"], about["scales"][0]["match"]) == (["zebra"], 0)
    nothing = "edit {run} {empty} --add {dogs} --json {tmp}/m.json"
    assert "holds no sentence" in command(*nothing.format(**places).split()).complaint
    twice = "edit {run} - --add -"
    assert "standard input is given twice" in command(*twice.format(**places).split()).complaint


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("{src}", "neither --add nor --subtract"),
        ("{src} --add {empty}", "holds no sentence"),
        ("{src} --add {tmp}/none", "none"),
        ("{tmp}/none --add {dogs}", "none"),
        ("{src} --add {dogs} --scale 1,far", "--scale is 1,far"),
        ("{src} --add {dogs} --scale inf", "--scale is inf"),
        ("{src} --add {dogs} --search", "expected --add FILE with one word a line"),
        ("{src} --subtract {word} --search", "expected --add FILE with one word a line"),
        ("{src} --add {word} --subtract {dogs} --search", "expected --subtract FILE with one word a line"),
        ("{src} --add {dogs} --match {men}", "expected words"),
        ("{src} --add {strange} --samples 50", "none of 50 samples holds 'zebra'"),
        ("{src} --add {strange} --samples 0", "--samples is 0"),
        ("{src} --add {word} --from-samples 3 --search", "both --from-samples and the file"),
        ("--add {word} --from-samples 3", "--from-samples is for --search"),
        ("{src} --add {dogs} --seed=-1", "seed is -1"),
        ("{src} --add {dogs} --json {tmp}/no/m.json --output {tmp}/out.txt", "cannot be written"),
        ("{src} --add {dogs} --json {tmp}/m.json --output {tmp}/no/out.txt", "cannot be written"),
    ],
)
def test_bad_input_earns_one_line_and_nothing_is_written(command, places, arguments, part):
    before = sorted(places["tmp"].iterdir())
    assert part in command("edit", places["run"], *arguments.format(**places).split()).complaint
    assert sorted(places["tmp"].iterdir()) == before
