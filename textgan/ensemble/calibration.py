"""How sure to be: as sure, on average, as labels and agreement say that answers are right."""

import numpy as np
import numpy.typing as npt
from scipy.special import softmax  # type: ignore[import-untyped]

from textgan.ensemble.softmax_regression import Doubles

_USUAL = 0.45  # accuracy above chance where nothing says otherwise
_PRIOR_LABELS = 5.0  # how much that weighs
_AGREEMENT = 0.6  # weight of agreement, beside hits
_TWO_CLASSES = 0.7  # of two classes halves share their errors, and agreement promises too much
_RARE = 0.25
_LARGEST = 3.0  # log of a scale


def class_bias(logits: Doubles) -> Doubles:
    """What to add to logits so that rare classes get a little more, (K,).

    A quarter of minus the log of the mean probability: without it a class of a tenth that is hard to see is never
    answered. Bringing the means to the shares of the labels is worse: these are no surer than what the members say.

    Args:
        logits: of texts without labels, (m, K).
    """
    bias = -_RARE * np.log(np.maximum(softmax(logits, axis=1).mean(axis=0), 1e-6))
    centered: Doubles = bias - bias.mean()
    return centered


def expected_accuracy(hits: float, labels: float, classes: int, agreement: float | None = None) -> float:
    """What share of the answers is right, by labels and by how often answers of two halves of the labels agree.

    All in accuracy above chance, k = (share - 1 / K) / (1 - 1 / K): two classifiers whose errors are independent agree
    above chance as the product of their k (Platanios et al. 2014, UAI; here both are alike, so k is a root). Few
    labels say little: of twenty, the deviation of their hits is a tenth, as much as between data sets.

    Args:
        hits: share of labels that was predicted by members that did not learn them.
        labels: how many were.
        classes: K.
        agreement: how often two halves agree; none: unknown.
    """
    chance = 1 / classes
    found = (hits - chance) / (1 - chance)
    if agreement is not None:
        agreed = np.sqrt(max((agreement - chance) / (1 - chance), 0.0))
        found = (1 - _AGREEMENT) * found + _AGREEMENT * agreed * (_TWO_CLASSES if classes == 2 else 1.0)
    found = (labels * found + _PRIOR_LABELS * _USUAL) / (labels + _PRIOR_LABELS)
    return float(chance + (1 - chance) * np.clip(found, 0.02, 0.99))


def scale_to_confidence(logits: Doubles, confidence: float) -> float:
    """What to multiply logits (m, K) by so that the mean of the largest probability is `confidence`."""
    low, high = -_LARGEST, _LARGEST
    for _ in range(30):
        middle = (low + high) / 2
        below = softmax(np.exp(middle) * logits, axis=1).max(axis=1).mean() < confidence
        low, high = (middle, high) if below else (low, middle)
    return float(np.exp((low + high) / 2))


def agreement_of(pairs: list[tuple[npt.NDArray[np.int64], ...]]) -> float | None:
    """How often two answers to the same text are the same, mean over pairs of answers (m,); none: unknown."""
    found = [float((first == second).mean()) for first, second in pairs if len(first)]
    return float(np.mean(found)) if found else None
