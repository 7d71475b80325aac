"""One classifier of many views: their log-probabilities, weighted by cross-validation around a prior."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar  # type: ignore[import-untyped]
from scipy.special import log_softmax  # type: ignore[import-untyped]

from textgan.ensemble.softmax_regression import Array

PRIOR = {"has_ngrams": 0.5, "has_chars": 0.5}
"""Weights of the views where no label says otherwise, of standardized logits; the others have 0."""

STRENGTH = 15.0
"""Of the prior: nats that a weight costs that is off by sqrt(2 / 15)."""

_COOLING = 4.0  # labels


def combine(logits: Mapping[str, Array], labels: npt.NDArray[np.int64]) -> dict[str, float]:
    """Weights of the views, 0 or more: p(k | x) = softmax(sum of weight times logits).

    The maximum a posteriori of the log-likelihood of labels that the views did not learn, around the prior: from few
    labels the weights stay near it, unless a view is much better; from many they go where the labels say. The sum of
    the weights is the inverse temperature; so that few labels do not make it too sure, it is multiplied by n / (n + 4).

    Args:
        logits: standardized logits of each view, of examples that it did not learn from, (n, K).
        labels: their classes, (n,).
    """
    names = list(logits)
    z = np.stack([logits[name] for name in names])
    prior = np.sqrt(z.shape[2]) * np.array([PRIOR.get(name, 0.0) for name in names])
    prior *= inverse_temperature(np.tensordot(prior, z, 1), labels)
    truth = np.arange(len(labels)), labels

    def loss(weights: Array) -> tuple[float, Array]:
        logp = log_softmax(np.tensordot(weights, z, 1), axis=1)
        wrong = np.exp(logp)
        wrong[truth] -= 1
        off = weights - prior
        value = float(-logp[truth].sum() + STRENGTH / 2 * (off**2).sum())
        return value, (z * wrong).sum(axis=(1, 2)) + STRENGTH * off

    best = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(names)).x
    best *= len(labels) / (len(labels) + _COOLING)
    return {name: float(weight) for name, weight in zip(names, best, strict=True)}


def inverse_temperature(logits: Array, labels: npt.NDArray[np.int64]) -> float:
    """What to multiply logits (n, K) by, so that labels (n,) are likely; Guo et al. 2017, around 1."""
    truth = np.arange(len(labels)), labels

    def loss(log_scale: float) -> float:
        return float(-log_softmax(np.exp(log_scale) * logits, axis=1)[truth].sum() + 2 * log_scale**2)

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))


def folds_of(labels: npt.NDArray[np.int64], number: int, seed: int) -> npt.NDArray[np.int64]:
    """A fold of each example, (n,), so that each fold has its share of each class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % number
    return folds


def learnable(labels: npt.NDArray[np.int64], folds: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Whether another fold has an example of the class of each example, (n,)."""
    table = np.zeros((int(labels.max()) + 1, int(np.max(folds)) + 1), dtype=np.int64)
    np.add.at(table, (labels, np.asarray(folds)), 1)
    others: npt.NDArray[np.bool_] = table.sum(axis=1)[labels] > table[labels, np.asarray(folds)]
    return others
