"""Sampling under constraints, which are satisfied; best of several samples; distinct samples."""

import itertools
import logging
import re

import numpy as np
import pytest
import torch

import textgan
from tests.tiny import LABELED, SPEC, tiny_config, tiny_corpus, tiny_game
from textgan import scenes
from textgan.cli import main
from textgan.data.config import DataConfig
from textgan.data.specials import EOS
from textgan.data.tokenizer import train_tokenizer
from textgan.decoding import FREE, UNENDED, PlannedDecoding
from textgan.errors import UserError
from textgan.sampling import SentenceModel, inference
from textgan.sampling.lines import line_nll
from textgan.sampling.phrases import not_implied, word_pattern
from textgan.sampling.placement import Placement, choose_by_weight, some_orders
from textgan.sampling.ranking import best_of
from textgan.settings import Decoding


@pytest.fixture(scope="module")
def box() -> SentenceModel:
    model = textgan.load("scenes", device="cpu")
    assert isinstance(model, SentenceModel)
    return model


CONSTRAINTS = {
    "a common word": {"contains": ["dog"]},
    "a rare word": {"contains": ["sandwiches"]},
    "two words": {"contains": ["dog", "park"]},
    "a phrase": {"contains": ["in a park"], "avoid": ["man"]},
    "without articles": {"avoid": ["a", "the"]},
    "a beginning": {"prefix": "two young"},
    "long": {"length": (12, 14)},
    "short, with a word": {"contains": ["dog"], "length": (3, 6), "prefix": "a"},
}


@pytest.mark.parametrize("constraints", CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_constraints_are_satisfied_and_samples_are_functions_of_the_seed(box, constraints):
    found = box.sample(5, seed=1, **constraints)
    assert len(found) == 5
    for sentence in found:
        words = f" {sentence} "
        assert all(f" {word} " in words for word in constraints.get("contains", ()))
        assert not any(f" {word} " in words for word in constraints.get("avoid", ()))
        assert sentence.startswith(constraints.get("prefix", ""))
        fewest, most = constraints.get("length", (0, 15))
        assert fewest <= len(sentence.split()) <= most
    assert sum(map(scenes.is_valid, found)) >= 2
    assert box.sample(5, seed=1, **constraints) == found
    assert box.sample(5, seed=2, **constraints) != found


def test_what_can_be_sampled_is_sampled_as_without_constraints(box):
    drawn = [sentence for sentence in box.sample(1000, seed=4) if " dog " in sentence]
    assert box.sample(len(drawn), seed=4, contains=["dog"])[:3] == drawn[:3]


def test_constraints_that_cannot_be_satisfied_give_a_warning(box, caplog):
    with caplog.at_level(logging.WARNING, logger="textgan"):
        few = box.sample(3, contains=["dog"], length=(1, 1), unique=True)
    assert few == ["dog"]
    assert "only 1 of 3 distinct sentences" in caplog.text


@pytest.mark.parametrize(
    ("constraints", "complaint"),
    [
        ({"contains": ["a xylophone"]}, "'xylophone' is not in the model's vocabulary"),
        ({"contains": ["dog"], "avoid": ["Dog"]}, "'Dog' is avoided, and required"),
        ({"contains": ["a dog"], "avoid": ["dog"]}, "'dog' is avoided, and stands in 'a dog'"),
        ({"prefix": "a dog", "avoid": ["dog"]}, "'dog' is avoided, and stands in 'a dog'"),
        ({"length": 6}, "length is 6; expected fewest and most"),
        ({"length": (0, 0)}, "length is 0:0"),
        ({"contains": [" "]}, "expected a word"),
        ({"contains": ["dog"], "seed": -1}, "seed is -1"),
        ({"unique": True, "seed": -1}, "seed is -1"),
        ({"contains": "dog"}, "expected a list of words"),
        ({"length": (6, 3)}, "length is 6:3"),
        ({"length": (1, 99)}, "1 to 15"),
        ({"contains": ["dog", "park"], "length": (1, 1)}, "are 2 tokens"),
        ({"label": "red"}, "label is 'red'"),
        ({"best_of": 0}, "best_of is 0"),
        ({"best_of": 2, "temperature": 0}, "set a temperature"),
    ],
    ids=str,
)
def test_impossible_constraints_are_refused(box, constraints, complaint):
    with pytest.raises(UserError, match=complaint):
        box.sample(2, **constraints)


def test_plans_are_followed(box):
    plan = torch.full((3, box.max_length + 1), FREE)
    dog = box.tokenizer.encode("dog")[0]
    plan[0, :3], plan[0, 3] = UNENDED, dog
    plan[1, 2] = EOS
    banned = tuple(box.tokenizer.encode("a the"))
    for temperature in (0.0, 1.0):
        with inference(box.network, 0) as game:
            decoding = PlannedDecoding(temperature=temperature, plan=plan, banned=banned)
            tokens = game.decode(game.prior(3), decoding)
        assert tokens[0, 3] == dog
        assert EOS not in tokens[0, :4]
        assert (tokens[1] == EOS).nonzero()[0] <= 2
        assert not set(tokens[2].tolist()) & set(banned)
    with pytest.raises(ValueError, match="beam_size 1"):
        box.network.decode(torch.zeros(3, box.code_dim), PlannedDecoding(beam_size=2, plan=plan))


def test_the_best_of_several_is_likelier_under_its_code_and_sentences_stay_different(box):
    drawn = Decoding(temperature=1.0)
    with inference(box.network, 0) as game:
        codes = game.prior(200)
        one, best = (best_of(game, codes, k, drawn) for k in (1, 8))
    z = codes.numpy()
    assert line_nll(box.network, best, z).mean() < 0.8 * line_nll(box.network, one, z).mean()
    assert len(set(best)) > 0.95 * len(set(one))
    assert len(box.sample(3, best_of=4, temperature=1.0)) == 3


def test_the_best_of_one_sentence_does_not_take_a_thousand(box, monkeypatch):
    asked = []
    prior = box.network.prior
    monkeypatch.setattr(box.network, "prior", lambda n: asked.append(n) or prior(n))
    assert len(box.sample(1, best_of=4, temperature=1.0)) == 1
    assert asked == [16]


def test_words_that_the_prefix_or_another_phrase_holds_are_not_put_in_again():
    assert not_implied("two wet dogs", ["dogs", "park"]) == ["park"]
    assert not_implied("", ["dog", "a dog", "dog"]) == ["a dog"]
    assert not_implied("", ["hot", "hotel"]) == ["hot", "hotel"]


def test_required_words_are_found_whatever_their_case_and_count_once(box):
    (line,) = box.sample(1, contains=["Dog"], prefix="a dog", length=(2, 9))
    assert line.startswith("a dog")


def test_unique_sentences_are(box):
    cold = Decoding(temperature=0.0)
    plain = box.sample(400, decoding=cold)
    assert len(set(plain)) < 400, "else there is nothing to test"
    found = box.sample(400, decoding=cold, unique=True)
    assert len(set(found)) == len(found) == 400
    assert found[:50] == list(dict.fromkeys(plain))[:50]


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("dog", "a dog .", True),
        ("dog", "hot dogs", False),
        ("dog", "hotdog", False),
        ("Hot  Dog", "a hot dog!", True),
        (".", "the end.", True),
        ("犬", "小犬が走る", True),
        ("собака", "это Собака", True),
        ("собак", "собака", False),
    ],
)
def test_words_are_found_as_words(phrase, text, there):
    assert bool(word_pattern(phrase).search(text.casefold())) == there


def test_a_label_is_kept_by_the_models_own_classifier(caplog):
    corpus = tiny_corpus(60)
    game = tiny_game(tiny_config("ae"), spec=LABELED)
    model = SentenceModel(game, corpus.tokenizer, textgan.load("scenes").config)
    probabilities = model.probabilities(model.sample(200))
    for label, probability in zip(LABELED.labels, probabilities.T, strict=True):
        caplog.clear()
        found = model.sample(4, label=label)
        if probability.max() < 0.5:
            assert not found, "no sentence has the label"
            assert "found only 0 of 4" in caplog.text
        elif probability.max() < 0.9:
            assert model.probabilities(found)[:, LABELED.labels.index(label)].min() >= 0.5
            assert f"{len(found)} sentences have the label '{label}' with a probability below 0.9" in caplog.text
        else:
            raise AssertionError("the classifier has learned nothing, and is sure")


def test_the_command_takes_constraints(capsys):
    flags = ["--contains", "dog", "--avoid", "the,man", "--length", "4:9"]
    with pytest.raises(SystemExit, match="0"):
        main(["sample", "scenes", "-n", "2", *flags])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert all(" dog " in line and not re.search(r"\b(the|man)\b", line) for line in lines)
    with pytest.raises(SystemExit, match="2"):
        main(["sample", "scenes", "--length", "a:b"])
    assert "--length is a:b; expected fewest:most" in capsys.readouterr().err


@pytest.mark.parametrize("count", [0, 1, 2, 3, 6, 7, 9])
def test_a_choice_by_weight_keeps_sums_and_chooses_none_twice(count):
    weights = np.array([5.0, 1.0, 0.0, 1.0, 1.0, 0.5, 0.5, 1e-4])
    rng = np.random.default_rng(0)
    with np.errstate(divide="ignore"):
        logs = np.log(weights)
    sums = np.zeros(len(weights))
    for _ in range(400):
        chosen, left = choose_by_weight(logs, count, rng)
        assert len(set(chosen)) == len(chosen) == min(count, 7)
        np.add.at(sums, chosen, np.exp(left) / 400)
    if count:
        assert sums.sum() == pytest.approx(weights.sum(), rel=1e-9)
        assert sums[:6] == pytest.approx(weights[:6], abs=0.5 + (count < 3))


def test_words_are_put_where_the_model_finds_them_likely(box):
    dog = box.tokenizer.encode("dog")[0]
    with inference(box.network, 0) as game:
        placement = Placement(game, Decoding(temperature=1.0), (), (), 0, 15, np.random.default_rng(0))
        drafts = placement.begin(game.prior(1000))
        placed = placement.insert(drafts, (dog,), 0, 50)
    texts = [box.tokenizer.decode(list(line)) for line in placed.lines]
    assert len(texts) == 50
    assert all(line[start - 1] == dog for line, start in zip(placed.lines, placed.starts, strict=True))
    # The importance estimates the share of sentences that hold the word.
    share = np.mean([dog in line for line in drafts.lines])
    assert np.exp(placed.importance).sum() / 1000 == pytest.approx(share, abs=0.03)
    assert share > 0.04
    assert sum(map(scenes.is_valid, texts)) >= 25


@pytest.mark.parametrize(("name", "network"), [("lm", "lstm"), ("vae", "lstm"), ("arae", "transformer")])
def test_every_model_of_sentences_writes_words(name, network):
    tokenizer = tiny_corpus(60).tokenizer
    config = tiny_config(name, autoencoder=network, heads=2)
    model = SentenceModel(tiny_game(config), tokenizer, textgan.load("scenes").config)
    words = [tokenizer.decode([id]) for id in (7, 12)]
    found = model.sample(20, temperature=1.0, contains=words, length=(3, 5))
    assert len(found) == 20
    assert all(set(words) <= set(sentence.split()) and 3 <= len(sentence.split()) <= 5 for sentence in found)


def test_words_are_put_within_sentences_of_pieces():
    texts = [" ".join(s) for s in itertools.product(("walking", "talking"), ("dogs", "cats"), ("slowly", "there"))]
    pieces = train_tokenizer(DataConfig(tokenizer="unigram", vocab_size=300), texts * 5)
    spec = SPEC._replace(vocab_size=pieces.vocab_size, max_length=12)
    model = SentenceModel(tiny_game(tiny_config("ae"), spec=spec), pieces, textgan.load("scenes").config)
    found = model.sample(20, temperature=1.0, contains=["dogs"])
    assert len(found) == 20
    assert all(re.search(r"(?<!\w)dogs(?!\w)", sentence) for sentence in found)
    assert sum(sentence.startswith("dogs") for sentence in found) < 10, "at any place"
    assert all(sentence == sentence.strip() for sentence in found)


def test_of_many_words_some_orders_are_tried_and_no_word_is_always_first():
    three, many = ([(i,) for i in range(n)] for n in (3, 5))
    rng = np.random.default_rng(0)
    assert len({*map(tuple, some_orders(three, rng))}) == 6
    assert some_orders([], rng) == [()]
    drawn = some_orders(many, rng)
    assert all(sorted(order) == many for order in drawn)
    assert len({order[0] for order in drawn}) > 2
