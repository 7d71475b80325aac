"""A grammar as an automaton: it samples sentences, gives their probabilities, and counts them.

Reading from left to right, what is still to be said is a stack of nodes. The stacks are numbered as they are met; since
nothing recurs they are finitely many, and a sentence is a path through them:

- `draw` walks one path, one table lookup per word;
- `probability` is the forward algorithm: it keeps every stack to which a prefix may have led, and so **sums over all
  derivations** of an ambiguous sentence;
- `count` follows all words at once, with such sets of stacks as its states, and so counts an ambiguous sentence once.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from textgan.scenes.grammar import Choice, Label, Node, Sequence, Slot, Word


def uniforms(seed: int) -> Iterator[float]:
    """An endless stream of numbers in [0, 1), the same for a seed on every machine."""
    import numpy as np  # here, since probabilities do without and should not wait for it

    rng = np.random.default_rng(seed)
    while True:
        yield from rng.random(4096).tolist()


class Arc(NamedTuple):
    """Say `word`, go to `state`; `label` is what was named on the way, or ""."""

    word: str
    state: int
    label: str


class Automaton:
    """A grammar as states and arcs, worked out as far as it has been walked.

    Args:
        grammar: the start node; each of its sentences has at least one word.
    """

    END = 0

    def __init__(self, grammar: Node) -> None:
        self._stacks: list[tuple[Node, int]] = [(Sequence(()), self.END)]
        self._numbers: dict[tuple[Node, int], int] = {}
        self._ladders: dict[int, tuple[list[float], list[Arc]]] = {}
        self._readings: dict[int, dict[str, list[tuple[int, float]]]] = {self.END: {}}
        self.start = self._push(grammar, self.END)

    def _push(self, node: Node, rest: int) -> int:
        number = self._numbers.setdefault((node, rest), len(self._stacks))
        if number == len(self._stacks):
            self._stacks.append((node, rest))
        return number

    def _arcs(self, state: int) -> dict[Arc, float]:
        """The next words from a state, with their probabilities."""
        arcs: dict[Arc, float] = {}

        def follow(node: Node, rest: int, probability: float, label: str) -> None:
            match node:
                case Word():
                    arc = Arc(node.text, rest, label)
                    arcs[arc] = arcs.get(arc, 0.0) + probability
                case Choice():
                    for option in node.options:
                        follow(option.node, rest, probability * option.probability, label)
                case Slot():
                    follow(node.node, rest, probability, label)
                case Sequence() if node.parts:
                    for part in reversed(node.parts[1:]):
                        rest = self._push(part, rest)
                    follow(node.parts[0], rest, probability, label)
                case _:
                    follow(*self._stacks[rest], probability, node.name if isinstance(node, Label) else label)

        follow(*self._stacks[state], 1.0, "")
        return arcs

    def _ladder(self, state: int) -> tuple[list[float], list[Arc]]:
        arcs = self._arcs(state)
        return list(accumulate(arcs.values()))[:-1], list(arcs)

    def _reading(self, state: int) -> dict[str, list[tuple[int, float]]]:
        if state not in self._readings:
            reading = self._readings[state] = {}
            for arc, probability in self._arcs(state).items():
                reading.setdefault(arc.word, []).append((arc.state, probability))
        return self._readings[state]

    def draw(self, source: Iterator[float]) -> tuple[list[str], str]:
        """One sentence and its label, one number of `source` per word."""
        words, label, state, ladders = [], "", self.start, self._ladders
        while state:
            if state not in ladders:
                ladders[state] = self._ladder(state)
            ladder, arcs = ladders[state]
            word, state, named = arcs[bisect(ladder, next(source))]
            words.append(word)
            label = named or label
        return words, label

    def probability(self, words: list[str]) -> float:
        """Probability of the sentence, summed over all its derivations; 0 when there is none."""
        beliefs = {self.start: 1.0}
        for word in words:
            ahead: dict[int, float] = {}
            for state, belief in beliefs.items():
                for following, probability in self._reading(state).get(word, ()):
                    ahead[following] = ahead.get(following, 0.0) + belief * probability
            if not ahead:
                return 0.0
            beliefs = ahead
        return beliefs.get(self.END, 0.0)

    def count(self, max_words: int) -> int:
        """Number of distinct sentences of at most that many words, exactly."""
        known: dict[tuple[frozenset[int], int], int] = {}

        def endings(states: frozenset[int], words_left: int) -> int:
            if (states, words_left) not in known:
                total = int(self.END in states)
                for following, words in self._next(states).items() if words_left else ():
                    total += words * endings(following, words_left - 1)
                known[states, words_left] = total
            return known[states, words_left]

        return endings(frozenset([self.start]), max_words)

    def _next(self, states: frozenset[int]) -> dict[frozenset[int], int]:
        """Where one more word leads, and how many words lead there."""
        reached: dict[str, set[int]] = {}
        for state in states:
            for word, arcs in self._reading(state).items():
                reached.setdefault(word, set()).update(following for following, _ in arcs)
        return Counter(map(frozenset, reached.values()))
