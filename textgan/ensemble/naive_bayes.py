"""Naive Bayes of what a text has or has not, learned from texts without labels too, in several views at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax  # type: ignore[import-untyped]

from textgan.ensemble.softmax_regression import Doubles, SoftmaxRegression

_SMOOTHING = 0.02
_UNLABELED_WEIGHT = 0.1
_ROUNDS = 5


def fit_naive_bayes(counts: Doubles, shares: Doubles, smoothing: float = _SMOOTHING) -> SoftmaxRegression:
    """log p(k | text) = log p(k) + sum over its units u of log p(u | k) + constant: linear in x.

    Args:
        counts: in how many texts of each class each unit stands, (V, K).
        shares: how many texts each class has, (K,).
        smoothing: what is added to each count.
    """
    smooth = counts + smoothing
    return SoftmaxRegression(np.log(smooth / smooth.sum(axis=0)), np.log((shares + 1) / (shares.sum() + len(shares))))


def co_em(
    labeled: Mapping[str, Any], targets: Doubles, unlabeled: Mapping[str, Any], start: Doubles, rounds: int = _ROUNDS
) -> dict[str, SoftmaxRegression]:
    """Naive Bayes in several views, which teach each other on texts without labels.

    Expectation maximization (Nigam et al. 2000, Machine Learning 39:103) with one change, co-EM (Nigam and Ghani
    2000): the expected class of an unlabeled text is what all views together say, the mean of their log-
    probabilities, and the first is given. From few labels naive Bayes alone finds another grouping of the texts than
    the one that is asked for.

    Args:
        labeled: which units each text has, (n, V) of each view, sparse.
        targets: weight of each class in each labeled text, (n, K).
        unlabeled: as labeled, (m, V).
        start: first probabilities of the classes of the unlabeled texts, (m, K).
        rounds: of expectation maximization.
    """
    counts = {name: np.asarray(x.T @ targets) for name, x in labeled.items()}
    transposed = {name: x.T.tocsr() for name, x in unlabeled.items()}
    answers = start.astype(np.float32)
    models: dict[str, SoftmaxRegression] = {}
    for step in range(rounds):
        weighted = _UNLABELED_WEIGHT * answers
        shares = targets.sum(axis=0) + weighted.sum(axis=0)
        models = {name: fit_naive_bayes(counts[name] + transposed[name] @ weighted, shares) for name in counts}
        if step + 1 < rounds:
            answers = softmax(_mean_logits(models, unlabeled), axis=1)
    return models


def _mean_logits(models: Mapping[str, SoftmaxRegression], matrices: Mapping[str, Any]) -> npt.NDArray[np.float32]:
    """Up to a constant of each row, the mean of the log-probabilities."""
    logits: npt.NDArray[np.float32] = np.zeros((), dtype=np.float32)
    for name, model in models.items():
        logits = logits + matrices[name] @ model.weights.astype(np.float32) + model.bias.astype(np.float32)
    return logits / np.float32(len(models))
