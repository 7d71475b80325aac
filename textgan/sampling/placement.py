"""Sentences that contain given words, by sequential importance sampling: where would the model write them?

A model writes a rare word in few sentences, but it gives it a probability at every place of every sentence. So a place
is chosen among all places of many sampled sentences, in proportion to that probability; there the word is written, and
the model continues the sentence. With n sentences these are samples of the model given the word, exactly as n grows,
and for some n far better than the few that hold the word by chance. Several words come one after the other.

Whatever else is imposed (a prefix, words that are banned, an end that may not come yet) counts with its
probability in a weight (Doucet, de Freitas, Gordon 2001); weights are cut where a sentence would be chosen twice.
"""

import math
from collections.abc import Sequence
from itertools import permutations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.decoding import FREE, UNENDED, PlannedDecoding
from textgan.game import Game
from textgan.sampling.inference import INFERENCE_BATCH_SIZE
from textgan.sampling.lines import TokenIds, batch_of, lines_of
from textgan.settings import Decoding

Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]

_ALL_ORDERS = 3  # phrases of which every order is tried


class Drafts(NamedTuple):
    """Sentences on the way to hold all that is wanted.

    Args:
        codes: which they were written from, (N, D).
        lines: the sentences.
        starts: tokens of each, from its beginning, that stay as they are, (N,).
        log_weights: logarithm of the importance of each without `imposed`, (N,).
        imposed: log-probability of what was imposed at each place, (N, max_length + 1).
    """

    codes: Tensor
    lines: list[TokenIds]
    starts: _Ints
    log_weights: Floats
    imposed: Floats

    @property
    def importance(self) -> Floats:
        """Logarithm of the importance of each, (N,)."""
        total: Floats = self.log_weights + self.imposed.sum(axis=1)
        return total

    @staticmethod
    def join(parts: Sequence["Drafts"]) -> "Drafts":
        """All of them, one after the other."""
        codes, lines, *others = zip(*parts, strict=True)
        return Drafts(torch.cat(codes), [line for some in lines for line in some], *map(np.concatenate, others))


def free_drafts(codes: Tensor, lines: list[TokenIds], max_length: int) -> Drafts:
    """Sentences on which nothing was imposed, all of the same importance."""
    n = len(lines)
    return Drafts(codes, lines, np.zeros(n, dtype=np.int64), np.zeros(n), np.zeros((n, max_length + 1)))


class Placement:
    """Writes sentences with words at places that the model finds likely.

    Args:
        game: the model, in inference.
        decoding: how sentences are written; without beams.
        prefix: how each begins.
        banned: tokens that none contains.
        shortest: fewest tokens.
        longest: most tokens.
        rng: of the choices.
    """

    def __init__(
        self,
        game: Game,
        decoding: Decoding,
        prefix: TokenIds,
        banned: TokenIds,
        shortest: int,
        longest: int,
        rng: np.random.Generator,
    ) -> None:
        self.game, self.decoding, self.rng = game, decoding, rng
        self.prefix, self.banned, self.shortest, self.longest = prefix, banned, shortest, longest
        self.temperature = decoding.temperature or 1.0

    @property
    def imposes(self) -> bool:
        """Whether sentences are not sampled as they are without."""
        return bool(self.prefix or self.banned or self.shortest or self.longest < self.game.spec.max_length)

    def begin(self, codes: Tensor) -> Drafts:
        """Sentences of codes (N, D), with the prefix."""
        n = len(codes)
        return self._written(codes, [self.prefix] * n, np.zeros(n, dtype=np.int64), np.zeros(n))

    def insert(self, drafts: Drafts, phrase: TokenIds, room: int, count: int) -> Drafts:
        """At most `count` sentences that go on with a phrase at some place.

        Args:
            drafts: sentences to start from.
            phrase: its tokens.
            room: tokens that are to be written after it.
            count: how many.
        """
        first = self._log_probs(drafts.codes, drafts.lines, (phrase[0],))[..., 0]
        places = np.arange(first.shape[1])
        before = np.cumsum(drafts.imposed, axis=1) - drafts.imposed
        weights = drafts.log_weights[:, None] + before + first
        weights[(places < drafts.starts[:, None]) | (places > self.longest - len(phrase) - room)] = -np.inf
        chosen, log_weights = choose_by_weight(weights.ravel(), count, self.rng)
        owners, starts = np.divmod(chosen, first.shape[1])
        given = [drafts.lines[i][:t] + phrase for i, t in zip(owners, starts, strict=True)]
        return self._written(drafts.codes[torch.from_numpy(owners)], given, starts + 1, log_weights)

    def _written(self, codes: Tensor, given: list[TokenIds], begun: _Ints, log_weights: Floats) -> Drafts:
        """Sentences that begin as given; what is imposed counts from places `begun` on."""
        width = self.game.spec.max_length + 1
        if not given:
            return Drafts(codes, [], begun, log_weights, np.zeros((0, width)))
        plan = np.full((len(given), width), FREE)
        plan[:, : self.shortest] = UNENDED
        for row, tokens in zip(plan, given, strict=True):
            row[: len(tokens)] = tokens
        plan[:, self.longest] = EOS
        decoding = PlannedDecoding(
            temperature=self.decoding.temperature,
            top_k=self.decoding.top_k,
            top_p=self.decoding.top_p,
            guidance=self.decoding.guidance,
            allow_unknown=self.decoding.allow_unknown,
            plan=torch.from_numpy(plan).to(codes.device),
            banned=self.banned,
        )
        lines = lines_of(self.game.decode(codes, decoding))
        starts = np.array([len(tokens) for tokens in given])
        imposed = self._imposed(codes, lines, begun, starts)
        return Drafts(codes, lines, starts, log_weights, imposed)

    def _imposed(self, codes: Tensor, lines: list[TokenIds], begun: _Ints, starts: _Ints) -> Floats:
        """Log-probability of what was imposed at each place, (N, max_length + 1)."""
        width = self.game.spec.max_length + 1
        if not (self.imposes or (starts > begun).any()):
            return np.zeros((len(lines), width))
        groups = None, self.banned, (*self.banned, EOS), (EOS,)
        written, banned, not_yet, end = np.moveaxis(self._log_probs(codes, lines, *groups), 2, 0)
        places = np.arange(width)
        free = (starts[:, None] <= places) & (places <= np.array([len(line) for line in lines])[:, None])
        imposed = np.where((begun[:, None] <= places) & (places < starts[:, None]), written, 0.0)
        for where, ruled_out in ((free, banned), (free & (places < self.shortest), not_yet)):
            imposed[where] = np.log1p(-np.minimum(np.exp(ruled_out[where]), 1 - 1e-9))
        if self.longest < width - 1:  # else the model's sentences end there too
            imposed[free[:, self.longest], self.longest] = end[free[:, self.longest], self.longest]
        return imposed

    def _log_probs(self, codes: Tensor, lines: Sequence[TokenIds], *groups: TokenIds | None) -> Floats:
        """Log-probability at each place that the next token is one of a group, or (None) the line's, (N, T, G)."""
        found = np.full((len(lines), self.game.spec.max_length + 1, len(groups)), -np.inf)
        order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
        for start in range(0, len(order), INFERENCE_BATCH_SIZE):
            rows = order[start : start + INFERENCE_BATCH_SIZE]
            batch = batch_of([lines[i] for i in rows]).to(self.game.device)
            logits = self.game.logits(codes[torch.tensor(rows)], batch).float() / self.temperature
            logits[:, [PAD, BOS]] = -torch.inf
            if not self.decoding.allow_unknown:
                logits[:, UNK] = -torch.inf
            total = logits.logsumexp(1)
            owners, places = np.array(rows)[batch.owners.cpu()], (batch.places % batch.targets.shape[1]).cpu().numpy()
            for k, group in enumerate(groups):
                chosen = logits.gather(1, batch.real_targets[:, None]) if group is None else logits[:, list(group)]
                found[owners, places, k] = (chosen.logsumexp(1) - total).double().cpu().numpy()
        return found


def some_orders(phrases: Sequence[TokenIds], rng: np.random.Generator) -> list[Sequence[TokenIds]]:
    """All orders of up to three phrases, six of more, drawn at random; of none the empty one."""
    if len(phrases) <= _ALL_ORDERS:
        return [*permutations(phrases)]
    return [[phrases[i] for i in rng.permutation(len(phrases))] for _ in range(math.factorial(_ALL_ORDERS))]


def choose_by_weight(log_weights: Floats, count: int, rng: np.random.Generator) -> tuple[_Ints, Floats]:
    """At most `count` of many, none twice, and what is left of their weights.

    Each is chosen with a probability in proportion to its weight, cut at 1, and its weight divided by that: so a sum of
    weights stays the same on average (Horvitz and Thompson 1952).

    Args:
        log_weights: logarithms of weights, -inf of those that cannot be chosen, (N,).
        count: how many.
        rng: of the choice.
    """
    there = np.flatnonzero(log_weights > -np.inf)
    weights = np.exp(log_weights[there] - log_weights[there].max(initial=-np.inf)) if len(there) else np.zeros(0)
    there, weights = there[weights > 0], weights[weights > 0]
    if len(there) <= count:
        return there, log_weights[there]
    # The largest k weights are certain; the others share what is left of the count in proportion.
    order = np.argsort(-weights, kind="stable")
    there, weights = there[order], weights[order]
    rest = weights[::-1].cumsum()[::-1]
    certain = int(np.argmax(np.append(weights[:count] * (count - np.arange(count)) <= rest[:count], True)))
    share = np.where(np.arange(len(weights)) < certain, 1.0, 0.0)
    if certain < count:
        share[certain:] = weights[certain:] * (count - certain) / rest[certain]
    chosen = np.flatnonzero(np.diff(np.floor(share.cumsum() + rng.random()), prepend=0.0) > 0)
    return there[chosen], log_weights[there[chosen]] - np.log(share[chosen])
