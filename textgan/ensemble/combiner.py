"""One classifier of many views: their log-probabilities, weighted by cross-validation around a prior."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar  # type: ignore[import-untyped]
from scipy.special import log_softmax  # type: ignore[import-untyped]

from textgan.ensemble.softmax_regression import Doubles

_PRIOR = dict.fromkeys(("has_words", "has_ngrams", "has_chars"), 1 / 3)
"""Weights of the views where no label says otherwise, of standardized logits; the others have 0."""

_STRENGTH, _MORE_OF_FEW = 5.0, 200.0
"""Strength of the prior of n labels: 5 + 200 / n. A weight that is off by d costs d^2 / 2 times as many nats."""


def combine(
    logits: Mapping[str, Doubles], labels: npt.NDArray[np.int64], importance: Doubles | None = None
) -> dict[str, float]:
    """Weights of the views, 0 or more: p(k | x) = softmax(sum of weight times logits).

    The maximum a posteriori of the log-likelihood of labels that the views did not learn, around the prior: from few
    labels the weights stay near it, unless a view is much better; from many they go where the labels say.

    Args:
        logits: standardized logits of each view, of examples that it did not learn from, (n, K).
        labels: their classes, (n,).
        importance: of each example, (n,); none: 1.
    """
    importance = np.ones(len(labels)) if importance is None else importance
    names = list(logits)
    z = np.stack([logits[name] for name in names])
    prior = np.sqrt(z.shape[2]) * np.array([_PRIOR.get(name, 0.0) for name in names])
    prior *= inverse_temperature(np.tensordot(prior, z, 1), labels, importance)
    best = _posterior(z, labels, prior, importance)
    return {name: float(weight) for name, weight in zip(names, best, strict=True)}


class Blend(NamedTuple):
    """Ensemble and network together: logits are a sum.

    Args:
        ensemble: weight of the ensemble's logits.
        network: weight of the network's log-probabilities.
    """

    ensemble: float = 1.0
    network: float = 0.0

    def logits(self, of_ensemble: Doubles, of_network: Doubles) -> Doubles:
        """Of both, (n, K) each."""
        return self.ensemble * centered(of_ensemble) + self.network * centered(of_network)


def learn_blend(
    of_ensemble: Doubles, of_network: Doubles, labels: npt.NDArray[np.int64] | None = None, usual: float = 0.3
) -> Blend:
    """Weights of an ensemble and a network, whose logits are scaled to those of the ensemble.

    Args:
        of_ensemble: logits, (n, K).
        of_network: logits, (n, K).
        labels: of these examples, which neither learned, (n,); none: the network has its usual weight.
        usual: weight of the network, 0 to 1, around which labels weigh.
    """
    sizes = [root_mean_square(z) for z in (of_ensemble, of_network)]
    weights = np.array([1 - usual, usual])
    if labels is not None:
        z = np.stack([centered(of_ensemble), centered(of_network) * sizes[0] / sizes[1]])
        weights = _posterior(z, labels, weights * inverse_temperature(np.tensordot(weights, z, 1), labels))
    return Blend(float(weights[0]), float(weights[1] * sizes[0] / sizes[1]))


def centered(logits: Doubles) -> Doubles:
    """Logits (n, K) less their mean over the classes."""
    return logits - logits.mean(axis=1, keepdims=True)


def root_mean_square(logits: Doubles) -> float:
    """Of logits (n, K) less their means."""
    return max(float(np.sqrt((centered(logits) ** 2).mean())), 1e-6) if len(logits) else 1.0


def _posterior(z: Doubles, labels: npt.NDArray[np.int64], prior: Doubles, importance: Doubles | float = 1.0) -> Doubles:
    """Weights (V,), 0 or more, of logits (V, n, K): the most probable after labels (n,), around the prior."""
    truth = np.arange(len(labels)), labels
    strength = _STRENGTH + _MORE_OF_FEW / max(float(np.broadcast_to(importance, len(labels)).sum()), 1.0)

    def loss(weights: Doubles) -> tuple[float, Doubles]:
        logp = log_softmax(np.tensordot(weights, z, 1), axis=1)
        wrong = np.exp(logp)
        wrong[truth] -= 1
        wrong *= np.reshape(importance, (-1, 1))
        off = weights - prior
        value = float(-(importance * logp[truth]).sum() + strength / 2 * (off**2).sum())
        return value, (z * wrong).sum(axis=(1, 2)) + strength * off

    best: Doubles = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=[(0, None)] * len(prior)).x
    return best


def inverse_temperature(logits: Doubles, labels: npt.NDArray[np.int64], importance: Doubles | float = 1.0) -> float:
    """What to multiply logits (n, K) by, so that labels (n,) are likely; Guo et al. 2017, around 1."""
    truth = np.arange(len(labels)), labels

    def loss(log_scale: float) -> float:
        logp = log_softmax(np.exp(log_scale) * logits, axis=1)[truth]
        return float(-(importance * logp).sum() + 2 * log_scale**2)

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))
