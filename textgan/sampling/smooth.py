"""Smooth gradients between two sentences: every line changes a little, and every line reads well.

A straight line through the codes jumps: most of its points decode into the same sentence, and then many words change at
once. Here many lines are proposed, and of them the sequence is chosen whose cost is least,

    sum over neighbors  (d(x_k, x_k+1) / e)^4      d: edit distance in words, e = max(1, d(a, b) / (steps - 1));
                                                   a line that repeats its neighbor costs as much as d = 2.3 e
                        + back, if x_k+1 is not nearer to b than x_k, where d(a, x) / (d(a, x) + d(x, b)) is measured
    + sum over lines    fluency * mean nats of the line's tokens + worst * nats of its unlikeliest token
                        + place * ((steps - 1) t(x_k) - k)^2        t: place on the way of the nearest point to its code
                        + straight * distance of its code from the way, in lengths of the way,

a shortest path through a graph whose layers are the lines, found by dynamic programming. Nats are -log p under the
line's own code: a sentence unlike those of the training does not find itself again. The sentences given may be unlike
them, and the first step away from them would be long if every line had to be a usual one. So what a token costs in the
first sentence is forgiven wherever a line holds it: next to the first sentence wholly, in the middle of the path not at
all, and likewise that of the last; of a token that stands after another one than there, 0.8 of it. Rare words fade, and
only what is odd beside them counts.

Proposed are decoded codes along the way; mixtures of the ends; and near each end its words without some of them, with
usual ones in place of rare ones, its beginnings as the model goes on from them, and mixtures of it and what the model
makes of it. When a path is chosen, more is proposed between its lines, and it is chosen again.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import final

import numpy as np

from textgan.capabilities import has_logits
from textgan.data.tokenizer import Tokenizer
from textgan.errors import UserError
from textgan.game import Game
from textgan.sampling.base import Codes, check_steps
from textgan.sampling.candidates import Candidates, Smoothing
from textgan.sampling.inference import check_seed, inference
from textgan.sampling.lines import TokenIds, decode_lines, encode_lines, noisy_copies
from textgan.sampling.proposals import alignment, continued, crossed, exchanged, known_words, mixtures, shortened
from textgan.sampling.spelling import Spelling, spelling_of
from textgan.settings import Decoding

MOST_SMOOTH_STEPS = 1000
"""Of a smooth path: its search keeps a table of lines by candidates."""

WAY_POINTS = 13
"""Codes on the way between the ends, as the search wants them, both included."""

_BETWEEN = 3  # points on the straight line between two neighbors
_AROUND, _AROUND_NOISE = 2, 0.3  # codes around that of an end, their noise
_LIKELY = 2  # words that are put in place of another
_LARGE = 2  # steps between which more is proposed


def check_smooth(game: Game, steps: int) -> None:
    """Refuse what has no smooth path.

    Raises:
        UserError: fewer than two steps, too many, or a model of sentences without `logits`.
    """
    check_steps(steps, MOST_SMOOTH_STEPS)
    if not has_logits(game):
        raise UserError(f"a smooth path needs logits, and {type(game).__name__} has none; leave smooth out")


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
        tokenizer: says which tokens are a word; None: each is one.
        smoothing: how much is proposed, and what a path costs.
    """

    def __init__(
        self,
        game: Game,
        first: Sequence[int],
        last: Sequence[int],
        way: Codes,
        decoding: Decoding = Decoding(),
        seed: int = 0,
        tokenizer: Tokenizer | None = None,
        smoothing: Smoothing = Smoothing(),
    ) -> None:
        self.game, self.first, self.last, self.way = game, tuple(first), tuple(last), way
        check_seed(seed)
        self.spelling = Spelling() if tokenizer is None else spelling_of(tokenizer)
        self.decoding, self.seed, self.smoothing = decoding, seed, smoothing
        self.rng = np.random.default_rng(seed)
        self.candidates = Candidates(game, self.first, self.last, way, self.spelling.words, smoothing)

    def path(self, steps: int) -> list[TokenIds]:
        """The lines of the path, `steps` of them, ends included."""
        if steps == 2 or self.first == self.last:
            return [self.first] * (steps - 1) + [self.last]
        with inference(self.game, self.seed):
            return self._search(steps)

    def _search(self, steps: int) -> list[TokenIds]:
        self.candidates.add(self._along_the_way())
        quarter = len(self.way) // 4
        self._vary(self.first, self.way[[0, quarter]])
        self._vary(self.last, self.way[[-1, -1 - quarter]])
        chosen = self.candidates.path(steps)
        for _ in range(self.smoothing.choices - 1):
            if not self.candidates.add(self._between(chosen)):
                break
            chosen = self.candidates.path(steps)
        return chosen

    def _along_the_way(self) -> list[TokenIds]:
        """Sentences of points on the way, with noise and without, and of mixtures of the ends."""
        s = self.smoothing
        noisy = noisy_copies(self.way, s.draws, s.noise, self.rng)
        mixed = encode_lines(self.game, self._mixed(self.first, self.last))
        return self._decode(np.concatenate([self.way, noisy, mixed]))

    def _vary(self, end: TokenIds, codes: Codes) -> None:
        """Propose lines near an end: fewer of its words, and more usual ones.

        Args:
            end: the first sentence or the last.
            codes: its code, and one farther on the way.
        """
        s = self.smoothing
        if not end:
            return
        words, joined = self.spelling.words, self.spelling.line
        line = known_words(self.game, words(end))
        around = np.concatenate([codes[:1], noisy_copies(codes[:1], _AROUND, _AROUND_NOISE, self.rng)])
        lines = [joined(line)]
        for other in dict.fromkeys(self._decode(around)):
            lines += self._mixed(lines[0], other)
        lines += map(joined, [*shortened(line), *exchanged(self.game, [line], _LIKELY)])
        beginnings = [joined(line[:i]) for i in range(1, len(line))]
        lines += continued(self.game, beginnings, codes, self.decoding, self.seed)
        best = [words(x) for x in self.candidates.likeliest(self.candidates.add(lines), s.varied)]
        varied = [*exchanged(self.game, best[: s.varied // 2], _LIKELY), *(x for y in best for x in shortened(y))]
        self.candidates.add(self._some(map(joined, varied)))

    def _between(self, chosen: Sequence[TokenIds]) -> list[TokenIds]:
        """Sentences of points between neighbors, mixtures of these, and more of the kind where steps are large."""
        pairs = [(a, b) for a, b in pairwise(chosen) if a != b]
        codes = encode_lines(self.game, [line for pair in pairs for line in pair])
        share = np.linspace(0, 1, _BETWEEN + 2, dtype=np.float32)[1:-1, None]
        points = [(1 - share) * a + share * b for a, b in zip(codes[::2], codes[1::2], strict=True)]
        mixed = [line for a, b in pairs for line in self._mixed(a, b)[: self.smoothing.mixtures // 2]]
        words = [(self.spelling.words(a), self.spelling.words(b)) for a, b in pairs]
        large = sorted(words, key=lambda pair: -sum(old != new for old, new in alignment(*pair)))[:_LARGE]
        more = [line for a, b in large for line in (*crossed(a, b), *shortened(a), *shortened(b))]
        return [*self._decode(np.concatenate(points)), *mixed, *self._some(map(self.spelling.line, more))]

    def _mixed(self, a: TokenIds, b: TokenIds) -> list[TokenIds]:
        first, last = self.spelling.words(a), self.spelling.words(b)
        return [self.spelling.line(line) for line in mixtures(first, last, self.smoothing.mixtures, self.rng)]

    def _some(self, lines: Iterable[TokenIds]) -> list[TokenIds]:
        """So many of those that are new, drawn at random."""
        new = [line for line in dict.fromkeys(lines) if line not in self.candidates.measured]
        return [new[i] for i in np.sort(self.rng.permutation(len(new))[: self.smoothing.variations])]

    def _decode(self, codes: Codes) -> list[TokenIds]:
        return decode_lines(self.game, codes, self.decoding, self.seed)
