"""The built-in corpus: its grammar draws, judges and counts by one and the same distribution."""

import random
from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import exp, inf, isclose, prod, sqrt
from statistics import fmean, stdev

import pytest

from textgan import scenes
from textgan.scenes import morphology
from textgan.scenes.automaton import Automaton, uniforms
from textgan.scenes.grammar import (
    Choice,
    Label,
    Node,
    Sequence,
    Slot,
    Word,
    choose,
    derive,
    in_slot,
    length_distribution,
    maybe,
    seq,
    silent_label,
    terminals,
)

SAMPLE = scenes.sample(20_000, seed=1)
PAIRS = scenes.sample_pairs(3_000, seed=1)

NOT_ENGLISH = """
a man are sleeping .
two men is sleeping .
two man are sleeping .
a men is sleeping .
a apple is sleeping .
a boy is eating a apple .
a boy is eating an sandwich .
an boy is sleeping .
a old man is sleeping .
a woman is playing his guitar .
a man is playing her guitar .
two girls are playing her guitars .
a dog is playing with her owner .
a girl is sleeping with his mother .
a man is playing a sandwich .
a woman is eating a guitar .
a man play soccer in the park .
two men plays soccer in the park .
a man is play soccer .
a man is is playing soccer .
there are a man playing soccer .
there is two men playing soccer .
there is the man playing soccer .
a man is cooking soup while she smiles .
two girls are singing loudly as she looks around .
a little girl is drinking beer .
a toddler is driving a car .
a boy with a beard is sleeping .
two women in a red shirt are singing loudly .
a man in red shirts is singing loudly .
a man is riding a sleeping .
a man is sleeping
a man is sleeping . .
a  man is sleeping .
A man is sleeping .
sleeping is a man .
a man is playing zither .
.
""".strip().split("\n")

ENGLISH = """
a man is sleeping .
two men are sleeping .
a boy is eating an apple .
an old man is sleeping .
an elderly woman in an orange dress is playing her guitar .
a person is playing their guitar .
two girls are playing their guitars .
a dog is playing with its owner .
a boy playing soccer in the park .
there are two children building a sandcastle .
a woman is making soup while she smiles .
in a kitchen , a woman is making soup .
a chef is making soup in a kitchen .
a man and his son are fixing a car .
a group of people are dancing .
a man in a uniform is playing a ukulele on stage .
two women in red shirts are sitting on a bench and reading books .
""".strip().split("\n")


def readings(node: Node) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every derivation of a small grammar, by brute force."""
    match node:
        case Word():
            yield (node.text,), 1.0
        case Label():
            yield (), 1.0
        case Slot():
            yield from readings(node.node)
        case Sequence():
            for parts in product(*map(readings, node.parts)):
                yield sum((words for words, _ in parts), ()), prod(probability for _, probability in parts)
        case Choice():
            for option in node.options:
                for words, probability in readings(option.node):
                    yield words, option.probability * probability


def small_grammar() -> Node:
    """An ambiguous one: "b", "a b", "b a" and "a b a" have several derivations."""
    head, tail = choose({"a": (3, "a"), "ab": (1, "a b"), "": (2, "")}), choose({"b": (1, "b"), "ba": (4, "b a")})
    return seq(silent_label("x"), head, maybe(0.25, in_slot("c", choose({"c": (1, "c"), "b": (2, "b")}))), tail)


def test_a_small_grammar_is_judged_and_counted_as_by_enumeration() -> None:
    truth: Counter[tuple[str, ...]] = Counter()
    for words, probability in readings(small_grammar()):
        truth[words] += probability  # type: ignore[assignment]
    automaton = Automaton(small_grammar())
    judged = {words: automaton.probability(list(words)) for words in truth}

    assert len(truth) < sum(1 for _ in readings(small_grammar())), "the grammar is meant to be ambiguous"
    assert isclose(sum(judged.values()), 1.0, abs_tol=1e-12)
    assert all(isclose(judged[words], truth[words], abs_tol=1e-15) for words in truth)
    assert automaton.count(10) == len(truth)
    assert automaton.count(2) == sum(len(words) <= 2 for words in truth)
    by_length = length_distribution(small_grammar())
    assert all(
        isclose(by_length[n], sum(p for words, p in truth.items() if len(words) == n)) for n in range(len(by_length))
    )


def test_a_small_grammar_is_drawn_as_it_is_judged() -> None:
    automaton, source, n = Automaton(small_grammar()), uniforms(0), 40_000
    drawn = Counter(tuple(automaton.draw(source)[0]) for _ in range(n))
    derived = Counter(tuple(derivation.words) for _ in range(n) if (derivation := derive(small_grammar(), source)))
    for words in {words for words, _ in readings(small_grammar())}:
        p = automaton.probability(list(words))
        assert abs(drawn[words] / n - p) < 5 * sqrt(p * (1 - p) / n)
        assert abs(derived[words] / n - p) < 5 * sqrt(p * (1 - p) / n)


def test_a_derivation_obeys_what_it_is_given_or_does_not_come_about() -> None:
    source = uniforms(0)
    derivation = derive(small_grammar(), source, {"c": ("c",)})
    while derivation is None or "c" not in derivation.meaning:
        derivation = derive(small_grammar(), source, {"c": ("c",)})
    assert "c" in derivation.words
    assert derivation.label == "x"
    assert not any(d and "c" in d.meaning for d in (derive(small_grammar(), source, {"c": ("z",)}) for _ in range(50)))


def test_frequent_sentences_come_as_often_as_their_probability_says() -> None:
    n = 100_000
    drawn = Counter(scene.text for scene in scenes.sample(n, seed=2))
    candidates = {scene.text for scene in SAMPLE if len(scene.text.split()) <= 6}
    frequent = sorted(candidates, key=scenes.log_prob, reverse=True)[:40]
    for text in frequent:
        expected = n * exp(scenes.log_prob(text))
        assert abs(drawn[text] - expected) < 5 * sqrt(expected), text
    expected = n * sum(exp(scenes.log_prob(text)) for text in candidates)
    assert abs(sum(drawn[text] for text in candidates) - expected) < 4 * sqrt(expected)


def test_every_sample_is_valid_short_and_in_the_vocabulary() -> None:
    vocabulary = scenes.all_tokens()
    for text, kind in SAMPLE[:6000]:
        tokens = text.split(" ")
        assert -inf < scenes.log_prob(text) < 0, text
        assert tokens[-1] == "."
        assert len(tokens) <= scenes.MAX_TOKENS
        assert vocabulary.issuperset(tokens)
        assert kind in scenes.LABELS


@pytest.mark.parametrize("text", ENGLISH)
def test_good_english_is_valid(text: str) -> None:
    assert scenes.is_valid(text)


@pytest.mark.parametrize("text", NOT_ENGLISH)
def test_disagreement_and_nonsense_are_invalid(text: str) -> None:
    assert not scenes.is_valid(text)
    assert scenes.log_prob(text) == -inf


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "a man is sleeping .\n", "a\tman is sleeping .", " a man is sleeping ."]
)
def test_odd_white_space_is_invalid(text: str) -> None:
    assert not scenes.is_valid(text)


def test_shuffled_words_are_hardly_ever_a_sentence() -> None:
    rng = random.Random(0)
    shuffled = []
    for text, _ in SAMPLE[:1000]:
        words = text.split()[:-1]
        rng.shuffle(words)
        shuffled.append(" ".join([*words, "."]))
    assert fmean(map(scenes.is_valid, shuffled)) < 0.03


def test_sentences_longer_than_allowed_have_no_probability() -> None:
    text = "an old man in a red shirt is playing a guitar on the street with his friend ."
    assert not scenes.is_valid(text)
    assert scenes.is_valid(text.replace(" in a red shirt", ""))


def test_the_corpus_is_rich() -> None:
    types = Counter(word for text, _ in SAMPLE for word in text.split())
    assert len(types) > 500
    assert types.keys() <= scenes.all_tokens()
    assert 9 < fmean(len(text.split()) for text, _ in SAMPLE) < 10.5
    assert any(len(text.split()) <= 5 for text, _ in SAMPLE)
    assert scenes.count() > 10**9
    assert {kind for _, kind in SAMPLE} == set(scenes.LABELS)


def test_labels_say_what_kind_of_activity_it_is() -> None:
    cues = {"soccer": "sport", "guitar": "music", "sandwich": "food", "kite": "play", "canoe": "travel", "poem": "art"}
    for text, kind in SAMPLE:
        for cue in cues.keys() & set(text.split()):
            assert kind == cues[cue], text


def test_a_seed_says_it_all() -> None:
    assert scenes.sample(200, seed=5) == scenes.sample(200, seed=5)
    assert scenes.sample(200, seed=5) != scenes.sample(200, seed=6)
    assert scenes.sample(50, seed=5) == scenes.sample(200, seed=5)[:50]
    assert scenes.sample_pairs(50, seed=5) == scenes.sample_pairs(50, seed=5)
    assert scenes.sample(0, seed=5) == scenes.sample_pairs(0, seed=5) == []


def test_two_seeds_agree_on_the_entropy() -> None:
    halves = [[-scenes.log_prob(text) for text, _ in scenes.sample(4000, seed)] for seed in (11, 12)]
    means = [fmean(half) for half in halves]
    errors = [stdev(half) / sqrt(len(half)) for half in halves]
    print(f"nats per sentence: {means[0]:.2f} +- {errors[0]:.2f}, {means[1]:.2f} +- {errors[1]:.2f}")
    assert abs(means[0] - means[1]) < 4 * sqrt(errors[0] ** 2 + errors[1] ** 2)


def test_both_sentences_of_a_pair_are_valid_and_differ() -> None:
    for pair in PAIRS:
        assert scenes.is_valid(pair.premise), pair
        assert scenes.is_valid(pair.hypothesis), pair
        assert pair.premise != pair.hypothesis


def test_pair_labels_are_balanced() -> None:
    counts = Counter(pair.label for pair in PAIRS)
    assert set(counts) == set(scenes.PAIR_LABELS)
    assert all(abs(n / len(PAIRS) - 1 / 3) < 0.05 for n in counts.values())


def test_no_frequent_word_of_the_hypothesis_gives_the_label_away() -> None:
    seen: dict[str, Counter[str]] = {}
    for pair in PAIRS:
        for word in set(pair.hypothesis.split()):
            seen.setdefault(word, Counter())[pair.label] += 1
    shares = [max(c.values()) / c.total() for c in seen.values() if c.total() > 100]
    assert max(shares) < 0.85


def test_entailed_sentences_name_no_new_detail() -> None:
    details = {"red", "blue", "old", "young", "kitchen", "park", "soccer", "guitar", "wearing", "while", "night"}
    for pair in PAIRS:
        if pair.label == "entailment":
            assert details & set(pair.hypothesis.split()) <= set(pair.premise.split()), pair


def test_neutral_sentences_say_something_new() -> None:
    for pair in PAIRS:
        if pair.label == "neutral":
            assert set(pair.hypothesis.split()) - set(pair.premise.split()), pair


@pytest.mark.parametrize("word", ["play", "ride", "run", "watch", "carry", "lie", "fix", "swim", "do"])
def test_verbs_are_inflected(word: str) -> None:
    forms = {
        "play": "plays playing", "ride": "rides riding", "run": "runs running", "watch": "watches watching",
        "carry": "carries carrying", "lie": "lies lying", "fix": "fixes fixing", "swim": "swims swimming",
        "do": "does doing",
    }  # fmt: skip
    assert f"{morphology.third_person(word)} {morphology.participle(word)}" == forms[word]


def test_every_word_is_spelled_with_letters() -> None:
    assert all(word.isalpha() or word in {".", ","} for word in terminals(scenes.rules.sentence()))
