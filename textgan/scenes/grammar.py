"""Weighted grammars of finite languages.

A grammar is a graph of five types of node: `Word`, `Sequence`, `Choice`, and the silent `Slot` and `Label`. Equal
parts are one object, so a grammar with a feature (number, gender) is an ordinary Python function of it. The one graph
serves for all: `derive` walks it and reports or obeys the decisions taken in each slot, `length_distribution` gives the
probability of each length, and `automaton` samples its sentences, counts them and gives their probabilities.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, reduce
from itertools import accumulate, chain
from typing import NamedTuple


@dataclass(frozen=True, eq=False, slots=True)
class Word:
    """One token."""

    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Sequence:
    """One part after another; with no parts, silence."""

    parts: tuple["Node", ...]


class Option(NamedTuple):
    """One way to decide a choice; `key` names it and is the same in parallel grammars (play: plays, playing)."""

    key: str
    probability: float
    node: "Node"


@dataclass(frozen=True, eq=False)
class Choice:
    """Exactly one of the options, by their probabilities."""

    options: tuple[Option, ...]
    by_key: dict[str, "Node"] = field(init=False)
    ladder: list[float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {option.key: option.node for option in self.options})
        # Without its last rung no rounding error can make a draw fall off the top.
        object.__setattr__(self, "ladder", list(accumulate(option.probability for option in self.options))[:-1])
        assert len(self.by_key) == len(self.options), "two options with one key"


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    """A part of the meaning: the decisions taken inside, down to the next slot, are its value."""

    name: str
    node: "Node"


@dataclass(frozen=True, eq=False, slots=True)
class Label:
    """Says nothing, and names the sentence that contains it."""

    name: str


Node = Word | Sequence | Choice | Slot | Label


@cache
def _word(text: str) -> Word:
    return Word(text)


@cache
def _sequence(parts: tuple[Node, ...]) -> Node:
    return parts[0] if len(parts) == 1 else Sequence(parts)


@cache
def _choice(options: tuple[Option, ...]) -> Choice:
    return Choice(options)


@cache
def in_slot(name: str, node: Node) -> Slot:
    """The part, as a named part of the meaning."""
    return Slot(name, node)


@cache
def silent_label(name: str) -> Label:
    """A silent label."""
    return Label(name)


def seq(*parts: Node | str) -> Node:
    """The parts in order; a string stands for its space-separated words."""
    nodes = chain.from_iterable(map(_word, part.split()) if isinstance(part, str) else (part,) for part in parts)
    return _sequence(tuple(nodes))


def choose(options: Mapping[str, tuple[float, Node | str]]) -> Choice:
    """One of the options {key: (weight, part)}; weights need not sum to one, and weight 0 leaves an option out."""
    total = sum(weight for weight, _ in options.values())
    return _choice(tuple(Option(key, w / total, seq(part)) for key, (w, part) in options.items() if w > 0))


def maybe(probability: float, part: Node | str) -> Choice:
    """The part (key "yes") with the given probability, else silence (key "")."""
    return choose({"": (1 - probability, ""), "yes": (probability, part)})


def length_distribution(grammar: Node) -> list[float]:
    """Probability of each length of a sentence: entry k is that of k words."""
    known: dict[Node, list[float]] = {}

    def measure(node: Node) -> list[float]:
        if node not in known:
            match node:
                case Word():
                    known[node] = [0, 1]
                case Label():
                    known[node] = [1]
                case Slot():
                    known[node] = measure(node.node)
                case Sequence():
                    known[node] = reduce(_sum_of_lengths, map(measure, node.parts), [1])
                case Choice():
                    known[node] = _mixture([(option.probability, measure(option.node)) for option in node.options])
        return known[node]

    return measure(grammar)


def _sum_of_lengths(a: list[float], b: list[float]) -> list[float]:
    total = [0.0] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            total[i + j] += x * y
    return total


def _mixture(weighted: list[tuple[float, list[float]]]) -> list[float]:
    total = [0.0] * max(len(inner) for _, inner in weighted)
    for weight, inner in weighted:
        for length, probability in enumerate(inner):
            total[length] += weight * probability
    return total


def terminals(grammar: Node) -> frozenset[str]:
    """Every word that some sentence of the grammar has."""
    visited: set[Node] = set()
    pending = [grammar]
    while pending:
        node = pending.pop()
        if node in visited:
            continue
        visited.add(node)
        match node:
            case Sequence():
                pending += node.parts
            case Choice():
                pending += [option.node for option in node.options]
            case Slot():
                pending.append(node.node)
    return frozenset(node.text for node in visited if isinstance(node, Word))


Meaning = dict[str, tuple[str, ...]]
"""The decisions taken in each slot, as option keys."""


class Derivation(NamedTuple):
    """A sentence together with how it came about."""

    words: list[str]
    label: str
    meaning: Meaning


class _UnsayableError(Exception):
    """A given decision is not among the options."""


def derive(grammar: Node, source: Iterator[float], given: Meaning | None = None) -> Derivation | None:
    """Draw a sentence that has the given decisions.

    Args:
        grammar: the start node.
        source: numbers in [0, 1), one per free decision.
        given: decisions to obey in the slots it names, from the first on; where they run out, and in all other slots,
            decisions are free. Slots that the sentence turns out not to have are passed over.

    Returns:
        The derivation with all decisions, or None where an obeyed decision does not exist.
    """
    wanted = given or {}
    words: list[str] = []
    labels: list[str] = [""]
    meaning: Meaning = {}

    def visit(node: Node, taken: list[str], orders: Iterator[str]) -> None:
        match node:
            case Word():
                words.append(node.text)
            case Label():
                labels.append(node.name)
            case Sequence():
                for part in node.parts:
                    visit(part, taken, orders)
            case Slot():
                inside: list[str] = []
                visit(node.node, inside, iter(wanted.get(node.name, ())))
                meaning[node.name] = tuple(inside)
            case Choice():
                key = next(orders, None)
                if key is None:
                    key = node.options[bisect(node.ladder, next(source))].key
                elif key not in node.by_key:
                    raise _UnsayableError
                taken.append(key)
                visit(node.by_key[key], taken, orders)

    try:
        visit(grammar, [], iter(()))
    except _UnsayableError:
        return None
    return Derivation(words, labels[-1], meaning)
