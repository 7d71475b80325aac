"""Quality against diversity over the decoder's temperature: the whole curve, and the temperature nearest to real text.

One temperature says little of a generator: a lower one makes samples of any of them better and less diverse (Caccia
et al. 2020, arXiv 1811.02549). A model is better than another where its curve lies nearer to the origin.
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
"""Candidates of a model with codes; 0 is greedy."""

WITHOUT_CODES = (0.5, 0.7, 0.8, 0.9, 1.0)
"""Candidates of a model without codes, all of whose variety is drawn. Its samples cost least where they are about as
likely as real text, between 0.8 and 1: with nothing between 0.7 and 1 that cost rose as the model of Yelp learned, and
`best/` was one of half the training."""

NATS_PER_TEMPERATURE = 1.25
"""What a temperature of 1 costs a model with codes, nats per word: errors of sampling that no n-gram model detects. Of
scenes by a small model 86 % are grammatical at 0, 67 % at 0.7 and 44 % at 1 (docs/results.md)."""


class SampleQuality(NamedTuple):
    """Perplexities of samples at a temperature, by n-gram models.

    Args:
        temperature: 0 is greedy.
        forward_perplexity: of the samples, by a model of real text.
        reverse_perplexity: of held-out real text, by a model of the samples.
    """

    temperature: float
    forward_perplexity: float
    reverse_perplexity: float

    def excess_nll(self, real: "SampleQuality") -> float:
        """log(max(f, f_real) / f_real) + log(r / r_real), nats per word.

        How much worse than real sentences a model of real text predicts these, and a model of these real text; 0: as
        good as real text. To be likelier than real text gains nothing: a few likely sentences would be.

        Args:
            real: the perplexities of real text, the reverse by a model of as many real sentences.
        """
        forward = math.log(max(self.forward_perplexity, real.forward_perplexity) / real.forward_perplexity)
        return forward + math.log(self.reverse_perplexity / real.reverse_perplexity)


def best_temperature(
    sample: Callable[[float], SampleQuality], candidates: Sequence[float], real: SampleQuality, has_codes: bool
) -> SampleQuality:
    """The samples at the temperature of least cost, see `temperature_cost`.

    Args:
        sample: samples at a temperature, and gives their perplexities.
        candidates: temperatures.
        real: see `SampleQuality.excess_nll`.
        has_codes: see `temperature_cost`.
    """
    return min(map(sample, candidates), key=lambda quality: temperature_cost(quality, real, has_codes))


def temperature_cost(quality: SampleQuality, real: SampleQuality, has_codes: bool) -> float:
    """`SampleQuality.excess_nll`, and for a model with codes the cost of sampling words: nats per word.

    Codes differ, so their greedy decodings should too, and these are the most fluent. Where they do not differ, since a
    model is not trained enough or decodes many codes alike, the excess is large, and sampling is worth its cost.

    Args:
        quality: at a temperature.
        real: see `SampleQuality.excess_nll`.
        has_codes: whether the model has codes; without them all diversity comes from sampling, which costs nothing.
    """
    return quality.excess_nll(real) + (NATS_PER_TEMPERATURE * quality.temperature if has_codes else 0.0)


class SweepPoint(NamedTuple):
    """Samples of a model at one temperature, by n-gram models.

    Args:
        temperature: 0 is greedy.
        forward_perplexity: of samples, by a model of real text: quality.
        reverse_perplexity: of held-out real text, by a model of samples: diversity too.
        unique: share of distinct sentences.
    """

    temperature: float
    forward_perplexity: float
    reverse_perplexity: float
    unique: float


def quality_diversity(
    case: TextEvaluation, model: SentenceModel, n: int, temperatures: Sequence[float], best_of: int = 1
) -> list[SweepPoint]:
    """A point of the curve for each temperature.

    Args:
        case: real text and its n-gram model.
        model: to sample from.
        n: sentences for each point; a reverse perplexity depends on it.
        temperatures: of the decoder, whose other settings are the case's; a model without codes has no greedy point:
            it would always give one sentence.
        best_of: sentences sampled for each code, of which one is kept, see `textgan.sampling.ranking`; without codes
            one is sampled.

    Raises:
        UserError: several for each code at temperature 0, which gives one.
    """
    each = best_of if model.code_dim else 1
    return [_point(case, model, n, t, each) for t in temperatures if t > 0 or model.code_dim]


def _point(case: TextEvaluation, model: SentenceModel, n: int, temperature: float, best_of: int) -> SweepPoint:
    sampling = dataclasses.replace(case.decoding, temperature=temperature or 1.0, beam_size=1)
    decoding = (
        sampling
        if temperature
        else Decoding(temperature=0.0, allow_unknown=sampling.allow_unknown, guidance=sampling.guidance)
    )
    sentences = model.sample(n, case.seed, decoding=decoding, best_of=best_of)
    text = as_words(sentences, case.tokenizer)
    forward = perplexity(case.real_ngram_model, text).perplexity
    reverse = perplexity(KneserNey(text), case.heldout).perplexity
    return SweepPoint(temperature, forward, reverse, diversity(sentences)["unique"])
