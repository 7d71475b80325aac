"""Sampling under constraints: a label, words that sentences contain or avoid, a prefix, a length.

Sentences are sampled as always and those that satisfy the constraints are kept, which samples from the model given the
constraints, exactly. Where too few are found, words are put where the model finds them likely
(`textgan.sampling.placement`). If the model has codes, the results are encoded and decoded again, with a little noise
on the code, so that the model makes sentences of them; those that still satisfy the constraints come first.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from textgan.capabilities import as_conditional
from textgan.data.specials import UNK
from textgan.errors import UserError
from textgan.sampling.inference import check_seed, inference
from textgan.sampling.lines import TokenIds, encode_lines, line_nll, lines_of, noisy_copies
from textgan.sampling.phrases import Constraints, check_agreement, not_implied, phrase_ids, word_pattern
from textgan.sampling.placement import Drafts, Floats, Placement, choose_by_weight, free_drafts, some_orders
from textgan.sampling.ranking import best_of, check_best_of
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.sampling.text import SentenceModel

logger = logging.getLogger("textgan")


_LEAST_SAMPLED, _SAMPLED_FOR_EACH = 1024, 100  # sentences before decoding is constrained
_FIRST_FOR_EACH = 64  # sentences before it may be constrained, as too few would be found
_OUT_OF_REACH = 2  # fewer than one in so many of the wanted sentences would be found: decoding is constrained at once
_SHEET, _LEAST_SHEET = 2048, 64  # sentences at a time
_FEWEST_CODES = 16  # at a time: a sentence's own is compared with others
_DRAFTS = 4096  # most sentences among whose places some are chosen
_LEAST_PLACED, _PLACED_FOR_EACH = 256, 8  # sentences continued, to choose from
_TURNS = 2  # how often, where too few satisfy the constraints
_NOISES = (0.3, 0.5, 0.5, 0.5, 0.5)  # on codes, in units of their root mean square, one generation after the other
_SPARE = 2  # sentences rewritten for each that is wanted, of which the likeliest are kept
_REWRITTEN_FOR_EACH, _MOST_COPIES = 3, 64  # sentences written from noisy codes, and most of one sentence
_SURE, _LIKELY = 0.9, 0.5  # probability of a label, by the model's classifier: that wanted, and the least
_LAST = 100.0  # taken from the log-importance of sentences that are chosen only where there are no others
_SEEDS = 2**32


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
        check_seed(seed)
        self.rng = np.random.default_rng(seed)
        words, prefix = model.tokenizer, constraints.prefix
        contains = {text: phrase_ids(words, text, "contains") for text in constraints.contains}
        self.contains = [contains[text] for text in not_implied(prefix, constraints.contains)]
        self.avoid = [phrase_ids(words, text, "avoid", known=False) for text in constraints.avoid]
        self.prefix = phrase_ids(words, prefix.strip(), "prefix", inner=False) if prefix.strip() else ()
        self.shortest, self.longest = self._lengths()
        self.required = [word_pattern(phrase) for phrase in constraints.contains]
        self.forbidden = [word_pattern(phrase) for phrase in constraints.avoid]
        self.sampled, self.unsure = list[Drafts](), dict[str, float]()
        self._check()

    def draw(self, n: int, unique: bool = False) -> list[str]:
        """n sentences that satisfy the constraints; fewer, with a warning, where they are not found.

        Args:
            n: how many.
            unique: none twice.
        """
        most = max(_LEAST_SAMPLED, _SAMPLED_FOR_EACH * n)
        found = list(islice(_distinct(self._kept(n, most)) if unique else self._kept(n, most), n))
        sampled = len(found)
        if sampled < n and self.constraints:
            made, put_in = self._made(n - sampled, found)
            found = [*dict.fromkeys([*found, *made])] if unique else [*found, *made]
            self._say(sampled, len(found) - sampled, put_in)
        if doubtful := sum(text in self.unsure for text in found):
            label = f"label {self.constraints.label!r} with a probability below {_SURE}"
            logger.warning("%d sentences have the %s by the model's own classifier: read them", doubtful, label)
        if len(found) < n:
            advice = "relax the constraints" if self.constraints else "raise --temperature"
            what = "distinct sentences" if unique else "sentences"
            logger.warning("found only %d of %d %s; %s", len(found), n, what, advice)
        return found

    def _kept(self, n: int, most: int) -> Iterator[str]:
        """The sentences among so many samples that satisfy the constraints; not all, where n are out of reach."""
        first, kept = self._first(n), 0
        sheet = max(_LEAST_SHEET, min(_SHEET, first) // self.best_of)
        if not self.constraints:
            sheet = max(_FEWEST_CODES, min(_SHEET // self.best_of, n))
        with inference(self.model.network, self.seed) as game:
            for start in range(0, most, sheet):
                if start >= first and self.constraints and _OUT_OF_REACH * kept * most < n * start:
                    return
                codes = self._prior(min(sheet, most - start))
                lines = best_of(game, codes, self.best_of, self.decoding)
                if self.constraints and len(self.sampled) * sheet < first:
                    self.sampled.append(free_drafts(codes, lines, self.model.max_length))
                texts = [*map(self._text, lines)]
                right = [i for i, line in enumerate(lines) if self._satisfies(line, texts[i])]
                sure = self._sureness([texts[i] for i in right])
                found = [texts[i] for i, p in zip(right, sure, strict=True) if p >= _SURE]
                kept += len(found)
                yield from found

    def _say(self, sampled: int, made: int, put_in: int) -> None:
        """How the sentences were found."""
        if not made:
            return
        logger.info("%d sentences sampled, %d more by constrained decoding", sampled, made)
        if put_in and self.contains and self.model.network.code_dim:
            logger.warning("%d of them have words put in that the model would not write so: read them", put_in)
        if self.best_of > 1:
            logger.info("best_of chose among those sampled only")

    def _made(self, n: int, known: Collection[str]) -> tuple[list[str], int]:
        """At most so many sentences by placement, those first that the model writes from their codes too.

        Args:
            n: how many.
            known: sentences that are left out.

        Returns:
            The sentences, and how many of them the model did not write again.
        """
        with inference(self.model.network, (self.seed + 1) % _SEEDS) as game:
            placed: dict[TokenIds, float] = {}
            banned = tuple(tokens[0] for tokens in self.avoid if len(tokens) == 1 and UNK not in tokens)
            placement = Placement(game, self.decoding, self.prefix, banned, self.shortest, self.longest, self.rng)
            for _ in range(_TURNS):
                anew = placement.imposes  # else those that were sampled already will do
                drafts = placement.begin(self._prior(self._first(n))) if anew else Drafts.join(self.sampled)
                placed |= self._weighted(self._placed(placement, drafts, max(_LEAST_PLACED, _PLACED_FOR_EACH * n)))
                if len(placed) >= n:
                    break
            written = self._rewritten([*placed], _SPARE * n) if game.code_dim else []
            costs = line_nll(game, written, encode_lines(game, written))
        texts = {line: self._text(line) for line in [*written, *placed]}
        new = [written[i] for i in costs.argsort(kind="stable") if texts[written[i]] not in known]
        chosen = dict.fromkeys(new[:n])
        likely = [line for line in placed if self.unsure.get(texts[line], 1.0) >= _LIKELY]
        others = [line for line in likely if line not in chosen and texts[line] not in known]
        rest, _ = choose_by_weight(np.array([placed[line] for line in others]), n - len(chosen), self.rng)
        return [texts[line] for line in [*chosen, *(others[i] for i in rest)]], len(rest)

    def _rewritten(self, lines: list[TokenIds], n: int) -> list[TokenIds]:
        """What the model writes from codes of these sentences, with noise, and satisfies the constraints too.

        A sentence with a word put into it may be none. From its code the model writes one, often with the word in it.
        """
        game, found = self.model.network, dict[TokenIds, float]()
        for noise in _NOISES:
            parents = [*found] or lines
            if not parents or len(found) >= n:
                break
            copies = min(-(-_REWRITTEN_FOR_EACH * max(len(lines), n) // len(parents)), _MOST_COPIES)
            z = torch.from_numpy(noisy_copies(encode_lines(game, parents), copies, noise, self.rng))
            z = z.to(game.device)
            weighted = self._weighted([free_drafts(z, lines_of(game.decode(z, self.decoding)), game.spec.max_length)])
            found |= {line: weight for line, weight in weighted.items() if weight >= 0}  # those of the label, surely
        return [*found]

    @staticmethod
    def _first(n: int) -> int:
        """Sentences sampled before decoding is constrained, and among whose places some are chosen."""
        return min(_DRAFTS, max(_LEAST_SAMPLED, _FIRST_FOR_EACH * n))

    def _placed(self, placement: Placement, drafts: Drafts, count: int) -> list[Drafts]:
        """Sentences with the required words, in each of some orders of them."""
        orders = some_orders(self.contains, self.rng)
        placed = []
        for order in orders:
            current = drafts
            for i, phrase in enumerate(order):
                room = sum(map(len, order[i + 1 :]))
                current = placement.insert(current, phrase, room, count // len(orders))
            placed.append(current)
        return placed

    def _weighted(self, placed: Sequence[Drafts]) -> dict[TokenIds, float]:
        """The sentences that satisfy the constraints, with the logarithm of their importance."""
        found: dict[TokenIds, float] = {}
        for drafts in placed:
            texts = [*map(self._text, drafts.lines)]
            right = [i for i, line in enumerate(drafts.lines) if self._satisfies(line, texts[i])]
            sure = self._sureness([texts[i] for i in right])
            self.unsure |= {texts[i]: p for i, p in zip(right, sure, strict=True) if p < _SURE}
            weights = drafts.importance[right] + np.where(sure >= _SURE, 0.0, _LAST * np.log(np.maximum(sure, 1e-12)))
            most = max(self.longest, self.shortest + 1)
            weights -= [_LAST * (len(drafts.lines[i]) >= most) for i in right]  # mostly they were cut there
            for i, weight in zip(right, weights, strict=True):
                line = drafts.lines[i]
                found[line] = float(np.logaddexp(found.get(line, -np.inf), weight))
        return found

    def _prior(self, n: int) -> Tensor:
        """n codes, of the label that is wanted where the model is conditional."""
        game, conditional = self.model.network, as_conditional(self.model.network)
        if self.constraints.label is None or conditional is None:
            return game.prior(n)
        label = self.model.labels.index(self.constraints.label)
        return conditional.prior_of(torch.full((n,), label, device=game.device))

    def _text(self, line: TokenIds) -> str:
        return self.model.tokenizer.decode(line).strip()

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

    def _lengths(self) -> tuple[int, int]:
        """Fewest and most tokens of a sentence.

        Raises:
            UserError: they are none that the model can write.
        """
        wanted, most = self.constraints.length, self.model.max_length
        if wanted is None:
            return 0, most
        if not (isinstance(wanted, tuple | list) and len(wanted) == 2):
            raise UserError(f"length is {wanted}; expected fewest and most tokens, such as (6, 12)")
        fewest, longest = wanted
        if not (0 <= fewest <= longest <= most and longest >= 1):
            raise UserError(f"length is {fewest}:{longest}; expected fewest:most tokens, 1 to {most}")
        return fewest, longest

    def _check(self) -> None:
        """Refuse what cannot be."""
        check_best_of(self.best_of, self.decoding)
        if self.best_of > 1 and not self.model.code_dim:
            raise UserError(f"best_of compares codes, and {self.model.config.model} has none; leave it out")
        constraints = self.constraints
        check_agreement(constraints.prefix, constraints.contains, constraints.avoid)
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
