"""Smooth gradients between two sentences: every line changes a little, and every line reads well.

A straight line through the codes jumps: most of its points decode into the same sentence, and then many words change at
once. Here many sentences are proposed along the way, and of them the sequence is chosen whose cost is least,

    sum over neighbours  (d(x_k, x_k+1) / e)^4      d: edit distance in tokens, e = max(1, d(a, b) / (steps - 1));
                                                    a line that repeats its neighbour costs as much as d = 1.8 e
    + sum over lines     fluency * nll(x_k)         nats per token of the line under its own code: a sentence unlike
                                                    those of the training does not find itself again
                       + place * ((steps - 1) t(x_k) - k)^2        t: place on the way of the nearest point to its code
                       + straight * distance of its code from the way, in lengths of the way,

a shortest path through a graph whose layers are the lines, found exactly by dynamic programming (Viterbi 1967). Then
sentences between the neighbours that were chosen are proposed as well, and it is chosen again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
import numpy.typing as npt

from textgan.capabilities import has_logits
from textgan.errors import UserError
from textgan.game import Game
from textgan.sampling.base import Codes, check_steps
from textgan.sampling.edit_distance import edit_distances, pad_ids
from textgan.sampling.lines import TokenIds, decode_lines, encode_lines, line_nll, noisy_copies
from textgan.settings import Decoding

Costs = npt.NDArray[np.float64]
MOST_SMOOTH_STEPS = 1000
"""Of a smooth path: its search keeps a table of lines by candidates."""

_BETWEEN = 5  # points on the straight line between two neighbours


def check_smooth(game: Game, steps: int) -> None:
    """Refuse what has no smooth path.

    Raises:
        UserError: fewer than two steps, too many, or a model of sentences without `logits`.
    """
    check_steps(steps, MOST_SMOOTH_STEPS)
    if not has_logits(game):
        raise UserError(f"a smooth path needs logits, and {type(game).__name__} has none; leave smooth out")


@dataclass(frozen=True)
class Smoothing:
    """How much is proposed, and what a path costs; chosen on scenes, and the same for other text (docs/results.md).

    Args:
        points: on the way, both ends included.
        draws: of each point, with noise on its code.
        noise: its standard deviation, in units of the code's root mean square.
        mixtures: sentences that hold some of the edits from the first sentence to the last; these are encoded and
            decoded, so that the model makes sentences of them.
        between: the same of each pair of neighbours, when it is chosen again.
        choices: how often it is chosen.
        fluency: cost of a nat per token.
        place: cost of the squared distance from the line's even place, in lines.
        straight: cost of a code as far from the way as the way is long.
        repeat: cost of a line that repeats its neighbour.
    """

    points: int = 33
    draws: int = 12
    noise: float = 0.8
    mixtures: int = 120
    between: int = 24
    choices: int = 4
    fluency: float = 40.0
    place: float = 0.25
    straight: float = 0.5
    repeat: float = 10.0


@final
class PathSearch:
    """The search for the smoothest path between two sentences.

    Args:
        game: a model of sentences with codes.
        first: the sentence that the path begins with.
        last: that which it ends with.
        way: codes on the way between those of the two, (P, D).
        decoding: how sentences are read off codes.
        seed: of noise, mixtures and drawn words.
        smoothing: see `Smoothing`.
    """

    def __init__(
        self,
        game: Game,
        first: Sequence[int],
        last: Sequence[int],
        way: Codes,
        decoding: Decoding = Decoding(),
        seed: int = 0,
        smoothing: Smoothing = Smoothing(),
    ) -> None:
        self.game, self.first, self.last, self.way = game, tuple(first), tuple(last), way
        self.decoding, self.seed, self.smoothing = decoding, seed, smoothing
        self.rng = np.random.default_rng(seed)
        self.proposals: dict[TokenIds, tuple[float, float]] = {}
        """Cost of each line, wherever it stands, and its place on the way, from 0 to 1."""

    def path(self, steps: int) -> list[TokenIds]:
        """The lines of the path, `steps` of them, ends included."""
        self._propose(self._along_the_way())
        chosen = self._choose(steps)
        for _ in range(self.smoothing.choices - 1):
            known = len(self.proposals)
            self._propose([line for a, b in pairwise(chosen) if a != b for line in self._between(a, b)])
            if len(self.proposals) == known:
                break
            chosen = self._choose(steps)
        return chosen

    def _along_the_way(self) -> list[TokenIds]:
        """Sentences of points on the way, with noise and without, and of mixtures of the ends."""
        s = self.smoothing
        noisy = noisy_copies(self.way, s.draws, s.noise, self.rng)
        mixed = encode_lines(self.game, mixtures(self.first, self.last, s.mixtures, self.rng))
        return self._decode(np.concatenate([self.way, noisy, mixed]))

    def _between(self, a: TokenIds, b: TokenIds) -> list[TokenIds]:
        """Sentences of points between two neighbours, and of their mixtures."""
        codes = encode_lines(self.game, [a, b, *mixtures(a, b, self.smoothing.between, self.rng)])
        share = np.linspace(0, 1, _BETWEEN + 2, dtype=np.float32)[1:-1, None]
        return self._decode(np.concatenate([(1 - share) * codes[0] + share * codes[1], codes[2:]]))

    def _decode(self, codes: Codes) -> list[TokenIds]:
        return decode_lines(self.game, codes, self.decoding, self.seed)

    def _propose(self, lines: Sequence[TokenIds]) -> None:
        """Measure those that are new."""
        ends = {self.first, self.last, ()}
        new = [line for line in dict.fromkeys(lines) if line not in self.proposals and line not in ends]
        if not new:
            return
        s, codes = self.smoothing, encode_lines(self.game, new)
        apart = np.sqrt(np.square(codes[:, None] - self.way[None]).sum(axis=2))
        places = apart.argmin(axis=1) / max(len(self.way) - 1, 1)
        length = max(float(np.linalg.norm(self.way[-1] - self.way[0])), 1e-9)
        costs = s.fluency * line_nll(self.game, new, codes) + s.straight * apart.min(axis=1) / length
        self.proposals |= {line: (float(c), float(p)) for line, c, p in zip(new, costs, places, strict=True)}

    def _choose(self, steps: int) -> list[TokenIds]:
        """The cheapest path through what is proposed, see `cheapest`."""
        s, lines = self.smoothing, list(self.proposals)
        if steps == 2 or not lines:
            return [self.first] * (steps - 1) + [self.last]
        words = pad_ids([self.first, *lines, self.last])
        above, below = np.triu_indices(len(lines) + 2, 1)
        distances = np.zeros((len(lines) + 2,) * 2)
        distances[above, below] = edit_distances(words.take(above), words.take(below))
        distances += distances.T
        even = max(1.0, distances[0, -1] / (steps - 1))
        transitions = np.where(distances == 0, s.repeat, (distances / even) ** 4)
        costs, places = np.array(list(self.proposals.values())).T
        layers = np.arange(1, steps - 1)[:, None]
        stands = costs + s.place * ((steps - 1) * places - layers) ** 2
        return [self.first, *(lines[i] for i in cheapest(transitions, stands)), self.last]


def cheapest(transitions: Costs, stands: Costs) -> list[int]:
    """The path of least cost through L layers of the same N nodes, by dynamic programming.

    Args:
        transitions: cost from one node to another, (N + 2, N + 2); the first stands for the start, the last for the
            end of the path.
        stands: cost of each node in each layer, (L, N), L at least 1.

    Returns:
        A node, from 0 to N - 1, of each layer.
    """
    between = transitions[1:-1, 1:-1]
    best, came_from = transitions[0, 1:-1] + stands[0], []
    for layer in stands[1:]:
        total = best[:, None] + between
        came_from.append(total.argmin(axis=0))
        best = total.min(axis=0) + layer
    path = [int((best + transitions[1:-1, -1]).argmin())]
    for parents in reversed(came_from):
        path.append(int(parents[path[-1]]))
    return path[::-1]


def mixtures(a: TokenIds, b: TokenIds, n: int, rng: np.random.Generator) -> list[TokenIds]:
    """Lines that hold some of the edits that make a of b: each on its own, or those of the beginning, or of the end.

    Args:
        a: a line.
        b: another.
        n: how many are drawn; of those that come twice one is kept.
        rng: of the drawing.
    """
    edits = alignment(a, b)
    changes = [k for k, (old, new) in enumerate(edits) if old != new]
    found: dict[TokenIds, None] = {}
    for _ in range(n):
        share, way = rng.random(), rng.integers(3)
        number = round(share * len(changes))
        if way == 0:
            taken = {k for k in changes if rng.random() < share}
        else:
            taken = set(changes[:number] if way == 1 else changes[len(changes) - number :])
        line = tuple(t for k, (old, new) in enumerate(edits) for t in (new if k in taken else old))
        if line:
            found[line] = None
    return list(found)


def alignment(a: TokenIds, b: TokenIds) -> list[tuple[TokenIds, TokenIds]]:
    """The fewest edits from a to b: a token kept or replaced is ((x,), (y,)), deleted ((x,), ()), new ((), (y,))."""
    costs = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    costs[:, 0], costs[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = costs[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            costs[i, j] = min(replaced, costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    edits, i, j = [], len(a), len(b)
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            edits.append((a[i : i + 1], b[j : j + 1]))
        elif i and costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
            edits.append((a[i : i + 1], ()))
        else:
            j -= 1
            edits.append(((), b[j : j + 1]))
    return edits[::-1]
