"""Multinomial logistic regression on soft labels, which scikit-learn's does not take."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import log_softmax  # type: ignore[import-untyped]

Doubles = npt.NDArray[np.float64]


class SoftmaxRegression(NamedTuple):
    """log p(k | x) = log softmax(x W + b).

    Args:
        weights: W, (D, K).
        bias: b, (K,).
    """

    weights: Doubles
    bias: Doubles

    def log_probs(self, x: Any) -> Doubles:
        """Log-probabilities (n, K) of rows (n, D), dense or sparse."""
        logp: Doubles = log_softmax(x @ self.weights + self.bias, axis=1)
        return logp


def fit_softmax_regression(x: Any, targets: Doubles, l2: float, steps: int = 25) -> SoftmaxRegression:
    """The minimum of -sum_ik targets_ik log p(k | x_i) + l2 / 2 |W|^2, by L-BFGS.

    Args:
        x: features, (n, D), dense or sparse.
        targets: weight of each class in each row, (n, K); a row of label k and weight 1 has 1 at k.
        l2: the penalty; the bias bears none. 1 / C of scikit-learn.
        steps: of L-BFGS at most; more change no answer, of 77 classes they take most of the time.
    """
    sparse = hasattr(x, "tocsc")
    used = np.unique(x.indices) if sparse else np.arange(x.shape[1])
    some = x.tocsc()[:, used].tocsr() if sparse and len(used) < x.shape[1] else x
    transposed = some.T.tocsr() if sparse else some.T
    d, k = len(used), targets.shape[1]
    total = targets.sum(axis=1, keepdims=True)
    first = np.zeros((d + 1, k))
    first[d] = np.log(np.maximum(targets.sum(axis=0), 0.5))
    first[d] -= first[d].mean()

    def loss(flat: Doubles) -> tuple[float, Doubles]:
        w = flat.reshape(d + 1, k)
        logp = log_softmax(some @ w[:d] + w[d], axis=1)
        wrong = total * np.exp(logp) - targets
        gradient = np.empty_like(w)
        gradient[:d] = transposed @ wrong + l2 * w[:d]
        gradient[d] = wrong.sum(axis=0)
        return float(-(targets * logp).sum() + l2 / 2 * (w[:d] ** 2).sum()), gradient.ravel()

    options = {"maxiter": steps, "maxcor": 4, "ftol": 1e-5, "gtol": 1e-4}
    best = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options=options).x.reshape(d + 1, k)
    weights = np.zeros((x.shape[1], k))
    weights[used] = best[:d]
    return SoftmaxRegression(weights, best[d])
