"""Quality against diversity: forward and reverse perplexity over temperatures (Caccia et al. 2020, arXiv 1811.02549).

One temperature says little of a generator: a lower one makes any of them write better and less variously. A model is
better than another where its curve lies nearer to the origin.
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

from textgan.evaluation.text.case import TextEvaluation
from textgan.evaluation.text.copying import diversity
from textgan.evaluation.text.ngram import KneserNey, perplexity
from textgan.evaluation.text.words import as_words
from textgan.sampling import SentenceModel
from textgan.settings import Decoding


class Point(NamedTuple):
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


def quality_diversity(case: TextEvaluation, model: SentenceModel, n: int, temperatures: Sequence[float]) -> list[Point]:
    """A point of the curve for each temperature.

    Args:
        case: the judges.
        model: the model that writes.
        n: sentences for each point; a reverse perplexity depends on it.
        temperatures: of the decoder, whose other settings are the case's; a model without codes has no greedy point:
            it would write one sentence.
    """
    return [_point(case, model, n, t) for t in temperatures if t > 0 or model.code_dim]


def _point(case: TextEvaluation, model: SentenceModel, n: int, temperature: float) -> Point:
    drawn = dataclasses.replace(case.decoding, temperature=temperature or 1.0, beam_size=1)
    decoding = drawn if temperature else Decoding(temperature=0.0, allow_unknown=drawn.allow_unknown)
    sentences = model.sample(n, case.seed, decoding=decoding)
    text = as_words(sentences, case.tokenizer)
    forward = perplexity(case.of_real, text).perplexity
    reverse = perplexity(KneserNey(text), case.held).perplexity
    return Point(temperature, forward, reverse, diversity(sentences)["unique"])
