"""The views of a text: linear models on different features of it, which learn from texts without labels too."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import softmax  # type: ignore[import-untyped]

from textgan.ensemble.combiner import centered, root_mean_square
from textgan.ensemble.naive_bayes import co_em
from textgan.ensemble.softmax_regression import Doubles, SoftmaxRegression, fit_softmax_regression

Members = dict[str, SoftmaxRegression]
"""A linear model by the name of the features that it is on."""

DISCRIMINATIVE = ("words", "chars", "common", "content", "aligned")
GENERATIVE = ("has_words", "has_ngrams", "has_chars")
_L2 = 0.1
_ALIGNMENTS = 10


def fit_members(labeled: Mapping[str, Any], targets: Doubles, unlabeled: Mapping[str, Any]) -> Members:
    """All members.

    Softmax regressions on TF-IDF and on mean vectors of words learn from the labels; their biases are then moved
    until the classes have their shares among the unlabeled texts. What these say together is where co-EM begins, see
    `co_em`.

    Args:
        labeled: features of the texts that have a label, (n, D) each; see `textgan.ensemble.features.FEATURE_NAMES`.
        targets: weight of each class in each of them, (n, K).
        unlabeled: features of the others, (m, D) each.
    """
    members: Members = {}
    shares = smoothed_shares(targets)
    answers = []
    for name in (name for name in DISCRIMINATIVE if name in labeled):
        member = fit_softmax_regression(labeled[name], targets, _L2)
        logits = unlabeled[name] @ member.weights + member.bias
        bias = aligning_bias(logits, shares)
        members[name] = SoftmaxRegression(member.weights, member.bias + bias)
        answers.append(standardized(logits + bias))
    classes = targets.shape[1]
    first = softmax(np.sqrt(classes / 2) * sum(answers) / len(answers), axis=1)
    some, others = ({name: part[name] for name in GENERATIVE} for part in (labeled, unlabeled))
    return members | co_em(some, targets, others, first)


def smoothed_shares(targets: Doubles) -> Doubles:
    """Shares of the classes, (K,), one example of each class added."""
    counts = targets.sum(axis=0) + 1
    shares: Doubles = counts / counts.sum()
    return shares


def aligning_bias(logits: Doubles, shares: Doubles) -> Doubles:
    """What to add to logits (m, K) so that the mean probabilities are nearly the shares, (K,)."""
    bias = np.zeros(len(shares))
    for _ in range(_ALIGNMENTS if len(logits) else 0):
        mean = softmax(logits + bias, axis=1).mean(axis=0)
        bias += np.log(shares) - np.log(np.maximum(mean, 1e-9))
    return bias


def standardized(logits: Doubles) -> Doubles:
    """Logits (m, K) of mean 0 in each row, and of mean square 1."""
    return centered(logits) / root_mean_square(logits)


def member_log_probs(members: Mapping[str, SoftmaxRegression], matrices: Mapping[str, Any]) -> dict[str, Doubles]:
    """Log-probabilities (n, K) of each member."""
    return {name: member.log_probs(matrices[name]) for name, member in members.items()}
