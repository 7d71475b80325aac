"""Image captions from a written grammar: endless, labeled, and with exact probabilities.

    a young woman in a red dress is singing a song on stage .          music
    two boys are flying kites at the beach while their friends watch .  play

`sample` draws from the grammar, and `log_prob` gives the probability of any sentence under the same distribution, so
what a model writes can be checked: is it a sentence, and how likely. Sentences are in lower case, their tokens are
separated by single spaces, the full stop is a token, and none is longer than `MAX_TOKENS`: longer ones are drawn again,
and probabilities are divided by the exact share of those that are not longer.

`lexicon` and `activities` have the words, `phrases` and `rules` the English, `grammar` and `automaton` the
probabilities, `pairs` entailment and contradiction.
"""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from math import log
from typing import NamedTuple

from textgan.scenes import morphology, rules
from textgan.scenes.automaton import Automaton, uniforms
from textgan.scenes.grammar import length_distribution, terminals

MAX_TOKENS = 15
"""Longest sentence, the full stop counted."""

LABELS: tuple[str, ...] = tuple(rules.CATEGORIES)
"""Categories of activity."""

PAIR_LABELS = ("entailment", "neutral", "contradiction")


class Scene(NamedTuple):
    """A sentence and the category of the activity in it, one of `LABELS`."""

    text: str
    label: str


class Pair(NamedTuple):
    """Two sentences; the label, one of `PAIR_LABELS`, says what the hypothesis is when the premise is true."""

    premise: str
    hypothesis: str
    label: str


def sample(n: int, seed: int) -> list[Scene]:
    """Independent draws from the grammar, the same for a seed on every machine.

    >>> sample(1, seed=0)
    [Scene(text='there is a girl in a black sweater swinging on the rope at night .', label='play')]
    """
    return list(islice(scene_stream(seed), n))


def scene_stream(seed: int) -> Iterator[Scene]:
    """The draws of `sample` one after the other, without end."""
    automaton, source = _automaton(), uniforms(seed)
    while True:
        words, label = automaton.draw(source)
        if len(words) <= MAX_TOKENS:
            yield Scene(morphology.spell(words), label)


def sample_pairs(n: int, seed: int) -> list[Pair]:
    """Premises drawn from the grammar, with hypotheses made from how the premise came about; labels equally often.

    >>> sample_pairs(1, seed=0)[0].hypothesis
    'a person with glasses splashing in a puddle .'
    """
    from textgan.scenes import pairs

    source = uniforms(seed)
    return [Pair(*pairs.make(PAIR_LABELS[int(next(source) * 3)], source, MAX_TOKENS)) for _ in range(n)]


def log_prob(sentence: str) -> float:
    """Natural logarithm of the probability that one draw of `sample` is this sentence, whatever its label.

    Exact up to rounding: the sum over all derivations, divided by the share of sentences of at most `MAX_TOKENS`.
    Minus infinity for all that the grammar cannot say.

    >>> round(log_prob("a man is sleeping ."), 3)
    -9.373
    """
    words = morphology.unspell(sentence)
    if words is None or len(words) > MAX_TOKENS:
        return float("-inf")
    probability = _automaton().probability(words)
    return log(probability) - _log_share() if probability else float("-inf")


def is_valid(sentence: str) -> bool:
    """Whether the grammar can say this.

    >>> is_valid("two dogs are running ."), is_valid("two dogs is running .")
    (True, False)
    """
    return log_prob(sentence) > float("-inf")


@cache
def all_tokens() -> frozenset[str]:
    """Every token that can occur."""
    return terminals(rules.sentence()) | {"an"}


@cache
def count() -> int:
    """Number of distinct sentences of at most `MAX_TOKENS`, exactly; one with several derivations is counted once.

    >>> count()
    2088202986782
    """
    return _automaton().count(MAX_TOKENS)


@cache
def _automaton() -> Automaton:
    return Automaton(rules.sentence())


@cache
def _log_share() -> float:
    return log(sum(length_distribution(rules.sentence())[: MAX_TOKENS + 1]))
