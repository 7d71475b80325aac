"""Lines that a smooth path may go through, what each costs, and the cheapest path: see `textgan.sampling.smooth`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt

from textgan.data.specials import BOS, EOS, UNK
from textgan.game import Game
from textgan.sampling.base import Codes
from textgan.sampling.edit_distance import WordIds, edit_distances, pad_ids
from textgan.sampling.lines import TokenIds, encode_lines, line_token_nlls
from textgan.sampling.spelling import LineWords

Costs = npt.NDArray[np.float64]
FloatRow = npt.NDArray[np.floating]

_OUT_OF_ORDER = 0.8  # of what a token costs in an end, forgiven where another token is before it
_POWER = 4  # of a step's edits: with squares large steps are too cheap


@dataclass(frozen=True)
class Smoothing:
    """How much is proposed, and what a path costs; the same for all models and text (docs/log.md, Smooth gradients).

    Args:
        draws: of each point on the way, with noise on its code.
        noise: its standard deviation, in units of the code's root mean square.
        mixtures: lines that hold some of the edits from the first sentence to the last, or from an end to what the
            model makes of it, or from a line to its neighbor, for each such pair.
        varied: lines near an end, the likeliest, that are shortened and whose words are exchanged once more.
        variations: the most that these become, and the most that large steps become each time.
        choices: how often the path is chosen.
        nodes: lines among which it is.
        fluency: cost of a nat per token.
        worst: cost of a nat of the unlikeliest token.
        fade: how soon an end's words are forgiven no more, in halves of the path.
        place: cost of the squared distance from the line's even place, in lines.
        straight: cost of a code as far from the way as the way is long.
        back: cost of a step back towards the first sentence, by edit distances.
        repeat: cost of a line that repeats its neighbor.
    """

    draws: int = 14
    noise: float = 0.8
    mixtures: int = 16
    varied: int = 8
    variations: int = 80
    choices: int = 4
    nodes: int = 300
    fluency: float = 50.0
    worst: float = 6.0
    fade: float = 1.0
    place: float = 0.25
    straight: float = 0.5
    back: float = 15.0
    repeat: float = 30.0


class Measured(NamedTuple):
    """What a line costs wherever it stands.

    Args:
        cost: of its tokens and of its distance from the way.
        forgiven: what of it is forgiven beside the first sentence, and beside the last.
        place: that of its code on the way, from 0 to 1.
    """

    cost: float
    forgiven: tuple[float, float]
    place: float


@final
class Prices:
    """What the tokens of an end cost in it.

    Args:
        line: the end.
        nlls: nats of its tokens, the end token's last.
    """

    def __init__(self, line: TokenIds, nlls: FloatRow) -> None:
        nats_of: dict[int, float] = {}
        for token, nats in zip((*line, EOS), nlls.tolist(), strict=True):
            nats_of[token] = max(nats_of.get(token, 0.0), nats)
        self.in_order = {pair: nats_of[pair[1]] for pair in pairwise((BOS, *line, EOS))}
        self.out_of_order = {token: _OUT_OF_ORDER * nats for token, nats in nats_of.items()}

    def forgiven(self, line: TokenIds) -> list[float]:
        """Nats forgiven each token of a line and its end: fewer after a token that it does not follow there."""
        pairs = pairwise((BOS, *line, EOS))
        return [self.in_order.get(pair, self.out_of_order.get(pair[1], 0.0)) for pair in pairs]


@final
class Candidates:
    """Lines measured, among which the cheapest path is chosen.

    Args:
        game: a model of sentences with codes.
        first: the sentence that the path begins with.
        last: that which it ends with.
        way: codes on the way between those of the two, (P, D).
        cut: a line's words.
        smoothing: the costs.
    """

    def __init__(
        self,
        game: Game,
        first: TokenIds,
        last: TokenIds,
        way: Codes,
        cut: Callable[[TokenIds], LineWords],
        smoothing: Smoothing,
    ) -> None:
        self.game, self.first, self.last, self.way = game, first, last, way
        self.cut, self.smoothing = cut, smoothing
        self.measured: dict[TokenIds, Measured] = {}
        self.word_ids: dict[TokenIds, int] = {}
        self.words = [self._ids_of(first), self._ids_of(last)]
        self.distances = np.zeros((0, 0), dtype=np.int64)

    def add(self, lines: Sequence[TokenIds]) -> list[TokenIds]:
        """Measure what is new, and can be a line of the path: without unknown words, and no longer than the model's.

        Returns:
            These lines.
        """
        known = {self.first, self.last, (), *self.measured}
        longest = self.game.spec.max_length
        new = [line for line in dict.fromkeys(lines) if not (line in known or UNK in line or len(line) > longest)]
        if not new:
            return []
        codes = encode_lines(self.game, new)
        apart = np.sqrt(np.square(codes[:, None] - self.way[None]).sum(axis=2))
        places = apart.argmin(axis=1) / max(len(self.way) - 1, 1)
        length = max(float(np.linalg.norm(self.way[-1] - self.way[0])), 1e-9)
        far = self.smoothing.straight * apart.min(axis=1) / length
        nlls = line_token_nlls(self.game, new, codes)
        whole = self._unlikeliness(nlls)
        by_first, by_last = (whole - self._unlikeliness(nlls, [*map(end.forgiven, new)]) for end in self._prices)
        columns = (column.tolist() for column in (whole + far, by_first, by_last, places))
        for line, cost, first, last, place in zip(new, *columns, strict=True):
            self.measured[line] = Measured(cost, (first, last), place)
        self.words += map(self._ids_of, new)
        return new

    def likeliest(self, lines: Sequence[TokenIds], n: int) -> list[TokenIds]:
        """The n of these measured lines that cost least beside an end."""
        return sorted(lines, key=lambda line: self.measured[line].cost - max(self.measured[line].forgiven))[:n]

    def path(self, steps: int) -> list[TokenIds]:
        """The cheapest path of so many lines, three or more, ends included."""
        s, lines = self.smoothing, list(self.measured)
        if not lines:
            return [self.first] * (steps - 1) + [self.last]
        words, inner = pad_ids(self.words), np.arange(2, len(self.words))
        behind, ahead = (edit_distances(words.take(np.full(len(lines), end)), words.take(inner)) for end in (0, 1))
        whole = edit_distances(words.take(np.array([0])), words.take(np.array([1])))
        even = max(1.0, whole[0] / (steps - 1))
        stands, layers = self._stands(steps), np.arange(1, steps - 1)[:, None]
        # No path through a line in its layer can cost less: even steps from the first sentence to it, and from it on.
        least = stands + _even_steps(behind / even, layers) + _even_steps(ahead / even, steps - 1 - layers)
        kept = np.sort(least.min(axis=0).argsort(kind="stable")[: s.nodes])
        transitions = self._transitions(words, np.concatenate([[0], kept + 2, [1]]), even)
        progress = np.concatenate([[0], (behind / np.maximum(behind + ahead, 1))[kept], [1]])
        changes = ~np.eye(len(progress), dtype=bool)
        transitions += s.back * ((progress[:, None] >= progress) & changes)
        return [self.first, *(lines[kept[i]] for i in cheapest(transitions, stands[:, kept])), self.last]

    def _ids_of(self, line: TokenIds) -> list[int]:
        """A line as ids of words."""
        return [self.word_ids.setdefault(word, len(self.word_ids)) for word in self.cut(line)]

    def _stands(self, steps: int) -> Costs:
        """Cost of each measured line in each layer, (steps - 2, N)."""
        s, layers = self.smoothing, np.arange(1, steps - 1)[:, None]
        costs, places = (np.array([getattr(m, name) for m in self.measured.values()]) for name in ("cost", "place"))
        by_first, by_last = np.array([m.forgiven for m in self.measured.values()]).T
        share = layers / (steps - 1)
        first, last = np.maximum(0, 1 - 2 * share / s.fade), np.maximum(0, 1 - 2 * (1 - share) / s.fade)
        stands: Costs = costs - first * by_first - last * by_last + s.place * ((steps - 1) * places - layers) ** 2
        return stands

    def _transitions(self, words: WordIds, rows: npt.NDArray[np.int64], even: float) -> Costs:
        """Cost of a step from each of some lines to each; distances that were measured once are kept."""
        known = len(self.distances)
        if known < len(words.lengths):
            self.distances = np.pad(self.distances, (0, len(words.lengths) - known), constant_values=-1)
        distances = self.distances[np.ix_(rows, rows)]
        above, below = (rows[side] for side in np.nonzero(np.triu(distances < 0)))
        self.distances[above, below] = edit_distances(words.take(above), words.take(below))
        self.distances[below, above] = self.distances[above, below]
        distances = self.distances[np.ix_(rows, rows)]
        return np.where(distances == 0, self.smoothing.repeat, (distances / even) ** _POWER)

    def _unlikeliness(self, nlls: Sequence[FloatRow], forgiven: Sequence[Sequence[float]] = ()) -> Costs:
        """Cost of the tokens of N lines, nats each, but for what is forgiven them: (N,)."""
        lengths = np.array([*map(len, nlls)])
        is_token = np.arange(lengths.max()) < lengths[:, None]
        nats = np.zeros(is_token.shape)
        nats[is_token] = np.concatenate(nlls)
        if forgiven:
            nats[is_token] = np.maximum(nats[is_token] - [*chain.from_iterable(forgiven)], 0)
        costs: Costs = self.smoothing.fluency * nats.sum(axis=1) / lengths + self.smoothing.worst * nats.max(axis=1)
        return costs

    @cached_property
    def _prices(self) -> tuple[Prices, Prices]:
        """Of the first sentence, and of the last."""
        first, last = (
            Prices(end, line_token_nlls(self.game, [end], code)[0])
            for end, code in ((self.first, self.way[:1]), (self.last, self.way[-1:]))
        )
        return first, last


def _even_steps(distance: Costs, steps: npt.NDArray[np.int64]) -> Costs:
    """Least cost of going a distance in so many steps."""
    costs: Costs = steps * (distance / steps) ** _POWER
    return costs


def cheapest(transitions: Costs, stands: Costs) -> list[int]:
    """The path of least cost through L layers of the same N nodes, by dynamic programming (Viterbi 1967).

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
