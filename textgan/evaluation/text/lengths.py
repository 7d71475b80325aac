"""How long sentences are, and how unlike real ones in that."""

import numpy as np

from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.report import Numbers


def lengths(text: TokenFile) -> Numbers:
    """Mean and standard deviation of the lengths, empty sentences counted.

    Returns:
        mean_length, length_std (over n, not n - 1), in words, the end not counted; 0 of no sentences.
    """
    n = text.lengths
    mean, std = (float(n.mean()), float(n.std())) if len(n) else (0.0, 0.0)
    return {"mean_length": mean, "length_std": std}


def length_distance(text: TokenFile, real: TokenFile) -> float:
    """1-Wasserstein distance sum_l |F(l) - G(l)| of the lengths, F(l) and G(l) the shares of at most l words.

    How many words the average sentence must gain or lose for the lengths to be distributed alike. At least the
    difference of the mean lengths. It is above 0 for two samples of one distribution: give that of real text with it.

    Args:
        text: sentences.
        real: real sentences, cut into words likewise.

    Returns:
        In words, 0 or more.

    Raises:
        UserError: no sentences on a side.
    """
    if not len(text) or not len(real):
        raise UserError(f"lengths of {len(text)} sentences against {len(real)} real ones; expected 1 or more of each")
    most = max(int(text.lengths.max()), int(real.lengths.max())) + 1
    below, wanted = (np.cumsum(np.bincount(side.lengths, minlength=most)) / len(side) for side in (text, real))
    return float(np.abs(below - wanted).sum())
