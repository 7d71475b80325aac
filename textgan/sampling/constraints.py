"""Sampling under constraints: a label, words that sentences contain or avoid, a prefix, a length.

Sentences are sampled as always and those that satisfy the constraints are kept, which samples from the model given the
constraints, exactly. Where too few are found, decoding is constrained: many codes are decoded with a plan that puts the
required words at random places and ends the sentence in time. The result is often no sentence; so it is encoded and
decoded again without a plan, with a little noise on the code, and of all that satisfy the constraints the one is kept
that is likeliest under its own code. Such sentences are less fluent than sampled ones, and less diverse.
"""

import dataclasses
import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.capabilities import as_conditional
from textgan.data.specials import EOS, UNK
from textgan.decoding import FREE, UNENDED, PlannedDecoding
from textgan.errors import UserError
from textgan.sampling.base import inference
from textgan.sampling.lines import TokenIds, encode_lines, line_nll, lines_of, noisy_copies
from textgan.sampling.ranking import best_of, check_best_of
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.sampling.text import SentenceModel

logger = logging.getLogger("textgan")

Floats = npt.NDArray[np.float64]

_LEAST_SAMPLED, _SAMPLED_FOR_EACH = 4096, 100  # sentences before decoding is constrained
_PLANS = 64  # for each sentence that is still missing
_REVISIONS, _REVISED, _NOISE = 4, 8, 0.3  # how often, how many of a sentence's best plans, with noise of their codes
_SHEET = 2048  # sentences at a time
_SURE = 0.9  # probability of a label, by the model's classifier
_SEEDS = 2**32
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


@dataclass(frozen=True)
class Constraints:
    """What sampled sentences must satisfy.

    Args:
        label: the class wanted, one of the model's labels.
        contains: words, or phrases of several, all of which they hold.
        avoid: words or phrases none of which they hold.
        prefix: how they begin.
        length: fewest and most tokens; None: any.
    """

    label: str | None = None
    contains: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    prefix: str = ""
    length: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return self != Constraints()


def as_phrases(name: str, phrases: Sequence[str]) -> tuple[str, ...]:
    """Words or phrases of a constraint.

    Raises:
        UserError: it is one string.
    """
    if isinstance(phrases, str):
        raise UserError(f"{name} is one string; expected a list of words: write [{phrases!r}]")
    return tuple(phrases)


class ConstrainedSampler:
    """Samples sentences that satisfy constraints.

    Args:
        model: the model.
        constraints: what they must satisfy.
        best_of: sentences sampled for each code, of which one is kept.
        decoding: how they are read off codes.
        seed: of all random numbers.

    Raises:
        UserError: words that the vocabulary does not hold, words both wanted and avoided, a label that the model did
            not learn, lengths that it cannot write.
    """

    def __init__(
        self, model: "SentenceModel", constraints: Constraints, best_of: int, decoding: Decoding, seed: int = 0
    ) -> None:
        self.model, self.constraints, self.best_of = model, constraints, best_of
        self.decoding, self.seed = decoding, seed
        self.rng = np.random.default_rng(seed)
        self.contains = [self._tokens(text, "contains") for text in constraints.contains]
        self.avoid = [self._tokens(text, "avoid", known=False) for text in constraints.avoid]
        self.prefix = self._tokens(constraints.prefix, "prefix") if constraints.prefix.strip() else ()
        self.shortest, self.longest = constraints.length or (0, model.max_length)
        self.required = [word_pattern(phrase) for phrase in constraints.contains]
        self.forbidden = [word_pattern(phrase) for phrase in constraints.avoid]
        self.near: list[TokenIds] = []
        self.most_matches = 0
        self._check()

    def draw(self, n: int, unique: bool = False) -> list[str]:
        """n sentences that satisfy the constraints; fewer, with a warning, where they are not found.

        Args:
            n: how many.
            unique: none twice.
        """
        most = max(_LEAST_SAMPLED, _SAMPLED_FOR_EACH * n)
        found = list(islice(_distinct(self._kept(most)) if unique else self._kept(most), n))
        sampled = len(found)
        if sampled < n and self.constraints:
            made = self._made(n - sampled)
            found = [*dict.fromkeys([*found, *made])] if unique else [*found, *made]
            logger.info("%d sentences sampled, %d more by constrained decoding", sampled, len(found) - sampled)
        if len(found) < n:
            advice = "relax the constraints" if self.constraints else "raise --temperature"
            what = "distinct sentences" if unique else "sentences"
            logger.warning("found only %d of %d %s; %s", len(found), n, what, advice)
        return found

    def _kept(self, most: int) -> Iterator[str]:
        """The sentences among so many samples that satisfy the constraints."""
        sheet = max(_PLANS, _SHEET // self.best_of)
        with inference(self.model.network, self.seed) as game:
            for start in range(0, most, sheet):
                codes = self._prior(min(sheet, most - start))
                lines = best_of(game, codes, self.best_of, self.decoding)
                texts = [self.model.tokenizer.decode(list(line)) for line in lines]
                right = [i for i, line in enumerate(lines) if self._satisfies(line, texts[i])]
                self._remember(lines, texts)
                sure = self._sureness([texts[i] for i in right])
                yield from (texts[i] for i, p in zip(right, sure, strict=True) if p >= _SURE)

    def _remember(self, lines: Sequence[TokenIds], texts: Sequence[str]) -> None:
        """Keep the sentences that contain most of several required words: their codes are nearer than others."""
        if len(self.contains) < 2:
            return
        for line, text in zip(lines, texts, strict=True):
            matches = sum(pattern.search(text.casefold()) is not None for pattern in self.required)
            if matches > self.most_matches:
                self.most_matches, self.near = matches, []
            if matches == self.most_matches > 0 and len(self.near) < _SHEET:
                self.near.append(line)

    def _made(self, n: int) -> list[str]:
        """So many sentences by constrained decoding; fewer where no plan works."""
        with inference(self.model.network, (self.seed + 1) % _SEEDS):
            found = (self._make() for _ in range(n))
            return [text for text in found if text is not None]

    def _make(self) -> str | None:
        """One sentence; None, if no plan works."""
        game, codes = self.model.network, self._prior(_PLANS)
        if self.near and game.code_dim:
            chosen = self.rng.choice(len(self.near), min(len(self.near), _PLANS // 2), replace=False)
            codes[: len(chosen)] = torch.from_numpy(encode_lines(game, [self.near[i] for i in chosen]))
        plan = torch.from_numpy(np.stack([self._plan() for _ in range(len(codes))])).to(codes.device)
        lines = lines_of(game.decode(codes, self._planned(plan)))
        costs = self._costs(lines)
        for _ in range(_REVISIONS if game.code_dim else 0):
            best = sorted(costs, key=costs.__getitem__)[:_REVISED]
            if not best:
                return None
            z = noisy_copies(encode_lines(game, best), _PLANS // _REVISED, _NOISE, self.rng)
            costs |= self._costs(lines_of(game.decode(torch.from_numpy(z).to(game.device), self._planned(None))))
        likeliest = min(costs.items(), key=lambda item: item[1])[0] if costs else None
        return None if likeliest is None else self.model.tokenizer.decode(list(likeliest))

    def _planned(self, plan: Tensor | None) -> Decoding:
        """The decoding with what is avoided ruled out, and a plan."""
        settings = {field.name: getattr(self.decoding, field.name) for field in dataclasses.fields(Decoding)}
        banned = tuple(tokens[0] for tokens in self.avoid if len(tokens) == 1)
        return PlannedDecoding(**settings | {"beam_size": 1}, plan=plan, banned=banned)

    def _costs(self, lines: Sequence[TokenIds]) -> dict[TokenIds, float]:
        """Nats per token under their own codes, and those of the label, of the lines that satisfy the constraints."""
        texts = {line: self.model.tokenizer.decode(list(line)) for line in lines}
        right = [line for line, text in texts.items() if self._satisfies(line, text)]
        if not right:
            return {}
        sure = self._sureness([texts[line] for line in right])
        costs = line_nll(self.model.network, right, encode_lines(self.model.network, right))
        return dict(zip(right, costs - np.log(np.maximum(sure, 1e-12)), strict=True))

    def _prior(self, n: int) -> Tensor:
        """n codes, of the label that is wanted where the model is conditional."""
        game, conditional = self.model.network, as_conditional(self.model.network)
        if self.constraints.label is None or conditional is None:
            return game.prior(n)
        label = self.model.labels.index(self.constraints.label)
        return conditional.prior_of(torch.full((n,), label, device=game.device))

    def _satisfies(self, line: TokenIds, text: str) -> bool:
        """Whether all constraints but the label are satisfied; words are compared as text, not as tokens."""
        folded = text.casefold()
        return (
            self.shortest <= len(line) <= self.longest
            and line[: len(self.prefix)] == self.prefix
            and all(pattern.search(folded) for pattern in self.required)
            and not any(pattern.search(folded) for pattern in self.forbidden)
        )

    def _sureness(self, texts: Sequence[str]) -> Floats:
        """Probability of the wanted label, (N,); 1 where none is wanted."""
        if self.constraints.label is None or not texts:
            return np.ones(len(texts))
        return self.model.probabilities(texts)[:, self.model.labels.index(self.constraints.label)]

    def _plan(self) -> npt.NDArray[np.int64]:
        """The required words at random places after the prefix, and the latest end."""
        plan = np.full(self.model.max_length + 1, FREE)
        plan[: len(self.prefix)] = self.prefix
        phrases = [self.contains[i] for i in self.rng.permutation(len(self.contains))]
        room = self.longest - len(self.prefix) - sum(map(len, phrases))
        gaps = np.sort(self.rng.integers(room + 1, size=len(phrases)))
        place, last = len(self.prefix), 0
        for phrase, gap in zip(phrases, gaps, strict=True):
            place, last = place + int(gap) - last, int(gap)
            plan[place : place + len(phrase)] = phrase
            place += len(phrase)
        unended = max(place, self.shortest)
        plan[:unended][plan[:unended] == FREE] = UNENDED
        plan[self.longest] = EOS
        return plan

    def _tokens(self, text: str, name: str, known: bool = True) -> TokenIds:
        """Token ids of words."""
        tokens = tuple(self.model.tokenizer.encode(text))
        if not tokens:
            raise UserError(f"{name} is {text!r}; expected a word")
        if known and UNK in tokens:
            raise UserError(
                f"{name} is {text!r}, which the model's vocabulary does not hold; expected words of its text"
            )
        return tokens

    def _check(self) -> None:
        """Refuse what cannot be."""
        check_best_of(self.best_of, self.decoding)
        constraints, most = self.constraints, self.model.max_length
        if not 0 <= self.shortest <= self.longest <= most:
            raise UserError(f"length is {self.shortest}:{self.longest}; expected fewest:most tokens, at most {most}")
        both = {*map(str.casefold, constraints.contains)} & {*map(str.casefold, constraints.avoid)}
        if both:
            raise UserError(f"{min(both)!r} is both required and avoided; expected one of them")
        needed = len(self.prefix) + sum(map(len, self.contains))
        if needed > self.longest:
            raise UserError(f"the required words are {needed} tokens, of at most {self.longest}; expected fewer")
        if constraints.label is not None and constraints.label not in self.model.labels:
            known = ", ".join(self.model.labels) or "none: the model was trained without --labels"
            raise UserError(f"label is {constraints.label!r}; expected one of {known}")
        if constraints.label is not None and self.model.network.spec.pairs:
            raise UserError("the model has labels of pairs of sentences, and writes single ones; leave label out")


def _distinct(texts: Iterable[str]) -> Iterator[str]:
    """Each once, in the order in which they come first."""
    known: set[str] = set()
    for text in texts:
        if text not in known:
            known.add(text)
            yield text


def word_pattern(phrase: str) -> re.Pattern[str]:
    """Finds a word or phrase, in folded text, that is no part of a longer word; in scripts without spaces anywhere."""
    words = r"\s+".join(re.escape(word) for word in phrase.casefold().split())
    before, after = (r"(?<!\w)", r"(?!\w)")
    first, last = phrase.strip()[:1], phrase.strip()[-1:]
    return re.compile(before * _is_spaced(first) + words + after * _is_spaced(last))


def _is_spaced(character: str) -> bool:
    """Whether it is of a word that spaces set apart."""
    name = unicodedata.name(character, "") if character else ""
    return re.match(r"\w", character) is not None and not name.startswith(_UNSPACED)
