"""Classification of texts with few labels in seconds: views, and their weights."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax  # type: ignore[import-untyped]

from textgan.ensemble.calibration import agreement_of, class_bias, expected_accuracy, scale_to_confidence
from textgan.ensemble.combiner import centered, combine, root_mean_square
from textgan.ensemble.crossfit import FoldPredictions, crossfit
from textgan.ensemble.features import TextFeatures, as_rows
from textgan.ensemble.members import Members, fit_members, member_log_probs
from textgan.ensemble.softmax_regression import Doubles, SoftmaxRegression

_MOST_UNLABELED = 20_000
_ONE_NEW_OF, _MOST_NEW = 10, 1_000  # texts without labels that no member learns
_CHUNK = 4_096  # texts


class Ensemble(NamedTuple):
    """A classifier of texts: linear models on several features, summed.

    Args:
        features: of texts.
        models: of the members, their weights times the member's weight in the sum; over the classes they sum to 0.
        weights: of each member, on standardized logits.
    """

    features: TextFeatures
    models: Members
    weights: dict[str, float]

    def logits(self, texts: Sequence[Any]) -> Doubles:
        """Of the classes, (n, K)."""
        parts = []
        for begin in range(0, len(texts), _CHUNK):
            matrices = self.features.matrices(as_rows(texts[begin : begin + _CHUNK]))
            parts.append(sum(matrices[name] @ m.weights + m.bias for name, m in self.models.items()))
        return np.concatenate(parts)

    def log_probs(self, texts: Sequence[Any]) -> Doubles:
        """Log-probabilities of the classes, (n, K)."""
        logp: Doubles = log_softmax(self.logits(texts), axis=1)
        return logp

    @classmethod
    def fit(
        cls,
        texts: Sequence[Any],
        labels: npt.NDArray[np.int64],
        classes: int,
        seed: int = 0,
        class_weights: Doubles | None = None,
    ) -> Self:
        """Learn.

        Of more than 20,000 texts without a label as many are drawn. A tenth of them, at most 1,000, no member learns:
        on those that it learned it is more sure than on new ones.

        Args:
            texts: n texts.
            labels: places of their classes, -1 where there is none, (n,).
            classes: K.
            seed: of the folds.
            class_weights: of an example of each class, (K,); none: 1.
        """
        labeled, others = np.flatnonzero(labels >= 0), np.flatnonzero(labels < 0)
        if len(others) > _MOST_UNLABELED:
            others = np.sort(np.random.default_rng(seed).choice(others, _MOST_UNLABELED, replace=False))
        new = np.zeros(len(others), dtype=bool)
        new[:: max(_ONE_NEW_OF, len(others) // _MOST_NEW)] = len(others) >= _ONE_NEW_OF
        order = np.concatenate([labeled, others[~new], others[new]])
        features, matrices = TextFeatures.learn(as_rows(texts[i] for i in order))
        ends = np.cumsum([0, len(labeled), (~new).sum(), new.sum()])
        known, unknown, unlearned = (
            {name: x[begin:end] for name, x in matrices.items()} for begin, end in pairwise(ends)
        )
        del matrices
        ids = labels[labeled]
        targets = np.eye(classes)[ids] * (1.0 if class_weights is None else class_weights)
        members = fit_members(known, targets, unknown)
        answers = member_log_probs(members, unknown if len(others) else known)
        of_new = member_log_probs(members, unlearned)
        scales = {name: root_mean_square(z) for name, z in answers.items()}
        found = crossfit(known, targets, ids, unknown, {name: z[:0] for name, z in answers.items()}, seed)
        importance = targets.sum(axis=1)[found.examples]
        importance = importance / (importance.mean() if len(importance) else 1.0)
        fair = {name: centered(z) / scales[name] for name, z in found.log_probs.items()}
        weights = combine(fair, ids[found.examples], importance / found.repeats)
        bias, scale = _calibrated(found, answers, of_new, scales, weights, ids, importance)
        used = [name for name in members if weights[name]] or list(members)
        models = {name: _scaled(members[name], scale * weights[name] / scales[name]) for name in used}
        models[used[0]] = models[used[0]]._replace(bias=models[used[0]].bias + scale * bias)
        return cls(features, models, weights)


def _calibrated(
    found: FoldPredictions,
    answers: Mapping[str, Doubles],
    of_new: Mapping[str, Doubles],
    scales: Mapping[str, float],
    weights: Mapping[str, float],
    ids: npt.NDArray[np.int64],
    importance: Doubles,
) -> tuple[Doubles, float]:
    """What to add to the summed logits, (K,), and what then to multiply them by."""

    def summed(log_probs: Mapping[str, Doubles]) -> Doubles:
        return np.sum([weights[name] / scales[name] * centered(z) for name, z in log_probs.items()], axis=0)

    logits, of_others = summed(answers), summed(found.log_probs)
    bias = class_bias(logits)
    pairs = [tuple((summed(half) + bias).argmax(axis=1) for half in halves) for halves in found.halves]
    right = (of_others + bias).argmax(axis=1) == ids[found.examples]
    hits = float(np.average(right, weights=importance)) if len(right) else 0.0
    number = len(np.unique(found.examples))
    accuracy = expected_accuracy(hits, number, logits.shape[1], agreement_of(pairs))
    population = next((z for z in (summed(of_new), of_others) if len(z)), logits)
    return bias, scale_to_confidence(population + bias, accuracy)


def _scaled(member: SoftmaxRegression, scale: float) -> SoftmaxRegression:
    """A model whose logits are scaled, and of mean 0 over the classes."""
    weights, bias = (scale * (x - x.mean(axis=-1, keepdims=True)) for x in member)
    return SoftmaxRegression(weights, bias)
