"""The temperature at which a model's samples are nearest to real text."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

TEMPERATURES = (0.0, 0.3, 0.5, 0.7, 0.85, 1.0)
"""Those that are tried; 0 is greedy."""


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


def best_temperature(write: Callable[[float], Written], candidates: Sequence[float], real: Written) -> Written:
    """What is written at the temperature with the least excess, as a walk downhill from the middle finds it.

    The excess falls with the temperature as the variety grows, and rises again where words no longer fit, so three or
    four of six temperatures are enough (table in docs/results.md). Its minimum is where samples are about as likely as
    real sentences: a lower temperature would write the same few sentences again and again, a higher one nonsense.

    Args:
        write: sentences at a temperature, as the judges see them.
        candidates: temperatures, rising.
        real: see `Written.excess_nll`.
    """
    at = len(candidates) // 2 - (len(candidates) % 2 == 0)
    best = write(candidates[at])
    for step in (1, -1):
        start = at
        while 0 <= at + step < len(candidates):
            tried = write(candidates[at + step])
            if not tried.excess_nll(real) < best.excess_nll(real):
                break
            at, best = at + step, tried
        if at != start:
            break
    return best
