"""Best of several: of the sentences sampled for one code, that which belongs to it most."""

import numpy as np
from torch import Tensor

from textgan.errors import UserError
from textgan.game import Game
from textgan.sampling.lines import TokenIds, line_nll, lines_of
from textgan.settings import Decoding

MOST_OF_EACH = 256
_OTHERS = 2  # codes whose mean stands for the prior
_MARGINAL = 0.5  # weight of the marginal likelihood: 0 keeps the most fluent sentences, 1 those of most information


def check_best_of(k: int, decoding: Decoding) -> None:
    """Refuse fewer than one, too many, or a decoding that draws the same sentence each time.

    Raises:
        UserError: it is so.
    """
    if not 1 <= k <= MOST_OF_EACH:
        raise UserError(f"best_of is {k}; expected 1 to {MOST_OF_EACH}")
    if k > 1 and not decoding.temperature:
        raise UserError(f"best_of is {k}, but temperature 0 writes one sentence for each code; set a temperature")


def best_of(game: Game, codes: Tensor, k: int, decoding: Decoding) -> list[TokenIds]:
    """Of k sentences sampled for each code (B, D), that of the largest log p(x | z) - w log p(x).

    The difference is the pointwise mutual information of sentence and code (Li et al. 2016, arXiv 1510.03055, equation
    9): the likelihood under the code alone would keep sentences that are likely under any, and take the rare ones out.
    p(x) is the mean likelihood under other codes of the batch.

    Args:
        game: the model, in inference.
        codes: of the sentences.
        k: sentences sampled for each.
        decoding: how they are sampled, with a temperature above 0.

    Raises:
        UserError: see `check_best_of`.
    """
    check_best_of(k, decoding)
    if k == 1:
        return lines_of(game.decode(codes, decoding))
    repeated = codes.repeat_interleave(k, 0)
    lines = lines_of(game.decode(repeated, decoding))
    z = repeated.float().cpu().numpy()
    tokens = np.array([len(line) + 1 for line in lines])
    likelihood = -tokens * line_nll(game, lines, z)
    others = range(1, min(_OTHERS, len(codes) - 1) + 1)
    apart = [-tokens * line_nll(game, lines, np.roll(z, shift * k, axis=0)) for shift in others]
    score = likelihood - (_MARGINAL * (np.logaddexp.reduce(apart) - np.log(len(apart))) if apart else 0.0)
    chosen = score.reshape(-1, k).argmax(axis=1) + k * np.arange(len(codes))
    return [lines[i] for i in chosen]
