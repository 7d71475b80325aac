"""The temperature at which a model's samples are nearest to real text."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

TEMPERATURES = (0.0, 0.3, 0.5, 0.7, 1.0)
"""Those that are tried; 0 is greedy."""

NATS_OF_DRAWING = 1.25
"""What a temperature of 1 costs a model with codes, nats per word: sentences go wrong in ways that no n-gram shows. Of
scenes by a small model, as the grammar says, 86 % are right greedily, 67 % at 0.7 and 44 % at 1 (docs/results.md)."""


class Written(NamedTuple):
    """What was written at a temperature, as n-gram judges see it.

    Args:
        temperature: 0 is greedy.
        forward_perplexity: of the sentences, by a judge of real text.
        reverse_perplexity: of held-out real text, by a judge of the sentences.
    """

    temperature: float
    forward_perplexity: float
    reverse_perplexity: float

    def excess_nll(self, real: "Written") -> float:
        """log(max(f, f_real) / f_real) + log(r / r_real), nats per word.

        How much worse than real sentences these are foretold by real text, and real text by them; 0: like real text.
        To be likelier than real text gains nothing, since that is had by writing little but the likeliest.

        Args:
            real: the perplexities of real text, the reverse by a judge of as many real sentences.
        """
        forward = math.log(max(self.forward_perplexity, real.forward_perplexity) / real.forward_perplexity)
        return forward + math.log(self.reverse_perplexity / real.reverse_perplexity)


def best_temperature(
    write: Callable[[float], Written], candidates: Sequence[float], real: Written, coded: bool
) -> Written:
    """What is written at the temperature with the least cost, see `cost`.

    Args:
        write: sentences at a temperature, as the judges see them.
        candidates: temperatures.
        real: see `Written.excess_nll`.
        coded: see `cost`.
    """
    return min(map(write, candidates), key=lambda written: cost(written, real, coded))


def cost(written: Written, real: Written, coded: bool) -> float:
    """The excess, and for a model with codes what drawing words costs: nats per word.

    Codes differ, so what is read off them greedily should too, and reads best. Where it does not, since a model has
    learned little or decodes many codes alike, its excess says so, and drawing is worth its cost.

    Args:
        written: at a temperature.
        real: see `Written.excess_nll`.
        coded: whether the model has codes; without them all variety is drawn, which then costs nothing.
    """
    return written.excess_nll(real) + (NATS_OF_DRAWING * written.temperature if coded else 0.0)
