"""Quality against diversity over the decoder's temperature: the whole curve, and the temperature nearest to real text.

One temperature says little of a generator: a lower one makes any of them write better and less variously (Caccia et al.
2020, arXiv 1811.02549). A model is better than another where its curve lies nearer to the origin.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.statistics import diversity
from textgan.evaluation.text.words import as_words
from textgan.sampling import SentenceModel
from textgan.settings import Decoding

TEMPERATURES = (0.0, 0.3, 0.5, 0.7, 1.0)
"""Those that are tried; 0 is greedy."""

NATS_PER_TEMPERATURE = 1.25
"""What a temperature of 1 costs a model with codes, nats per word: sentences go wrong in ways that no n-gram shows. Of
scenes by a small model, as the grammar says, 86 % are right greedily, 67 % at 0.7 and 44 % at 1 (docs/results.md)."""


class SampleQuality(NamedTuple):
    """What was written at a temperature, as n-gram judges see it.

    Args:
        temperature: 0 is greedy.
        forward_perplexity: of the sentences, by a judge of real text.
        reverse_perplexity: of held-out real text, by a judge of the sentences.
    """

    temperature: float
    forward_perplexity: float
    reverse_perplexity: float

    def excess_nll(self, real: "SampleQuality") -> float:
        """log(max(f, f_real) / f_real) + log(r / r_real), nats per word.

        How much worse than real sentences these are foretold by real text, and real text by them; 0: like real text.
        To be likelier than real text gains nothing, since that is had by writing little but the likeliest.

        Args:
            real: the perplexities of real text, the reverse by a judge of as many real sentences.
        """
        forward = math.log(max(self.forward_perplexity, real.forward_perplexity) / real.forward_perplexity)
        return forward + math.log(self.reverse_perplexity / real.reverse_perplexity)


def best_temperature(
    write: Callable[[float], SampleQuality], candidates: Sequence[float], real: SampleQuality, has_codes: bool
) -> SampleQuality:
    """What is written at the temperature with the least cost, see `temperature_cost`.

    Args:
        write: sentences at a temperature, as the judges see them.
        candidates: temperatures.
        real: see `SampleQuality.excess_nll`.
        coded: see `temperature_cost`.
    """
    return min(map(write, candidates), key=lambda written: temperature_cost(written, real, has_codes))


def temperature_cost(written: SampleQuality, real: SampleQuality, has_codes: bool) -> float:
    """The excess, and for a model with codes what drawing words costs: nats per word.

    Codes differ, so what is read off them greedily should too, and reads best. Where it does not, since a model has
    learned little or decodes many codes alike, its excess says so, and drawing is worth its cost.

    Args:
        written: at a temperature.
        real: see `SampleQuality.excess_nll`.
        coded: whether the model has codes; without them all variety is drawn, which then costs nothing.
    """
    return written.excess_nll(real) + (NATS_PER_TEMPERATURE * written.temperature if has_codes else 0.0)


class SweepPoint(NamedTuple):
    """What a model writes at one temperature, as the n-gram judges see it.

    Args:
        temperature: 0 is greedy.
        forward_perplexity: of samples, by a judge of real text: quality.
        reverse_perplexity: of held-out real text, by a judge of samples: diversity too.
        unique: share of distinct sentences.
    """

    temperature: float
    forward_perplexity: float
    reverse_perplexity: float
    unique: float


def quality_diversity(
    case: TextEvaluation, model: SentenceModel, n: int, temperatures: Sequence[float]
) -> list[SweepPoint]:
    """A point of the curve for each temperature.

    Args:
        case: the judges.
        model: the model that writes.
        n: sentences for each point; a reverse perplexity depends on it.
        temperatures: of the decoder, whose other settings are the case's; a model without codes has no greedy point:
            it would write one sentence.
    """
    return [_point(case, model, n, t) for t in temperatures if t > 0 or model.code_dim]


def _point(case: TextEvaluation, model: SentenceModel, n: int, temperature: float) -> SweepPoint:
    drawn = dataclasses.replace(case.decoding, temperature=temperature or 1.0, beam_size=1)
    decoding = drawn if temperature else Decoding(temperature=0.0, allow_unknown=drawn.allow_unknown)
    sentences = model.sample(n, case.seed, decoding=decoding)
    text = as_words(sentences, case.tokenizer)
    forward = perplexity(case.real_ngram_model, text).perplexity
    reverse = perplexity(KneserNey(text), case.heldout).perplexity
    return SweepPoint(temperature, forward, reverse, diversity(sentences)["unique"])
