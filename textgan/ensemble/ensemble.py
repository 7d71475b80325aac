"""Classification of texts with few labels in seconds: views, and their weights."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax  # type: ignore[import-untyped]

from textgan.ensemble.combiner import combine, folds_of, learnable
from textgan.ensemble.features import TextFeatures, as_rows
from textgan.ensemble.members import Members, fit_members, member_log_probs, root_mean_square
from textgan.ensemble.softmax_regression import Doubles, SoftmaxRegression

_MOST_UNLABELED = 20_000
_MANY_FOLDS, _FOLDS, _FEW = 10, 5, 50  # folds of up to so many labels, and of more
_ENOUGH = 1_000  # labels of other folds that are judged by
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

        Of more than 20,000 texts without a label as many are drawn.

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
        features, matrices = TextFeatures.learn(as_rows(texts[i] for i in np.concatenate([labeled, others])))
        known, unknown = (
            {name: x[rows] for name, x in matrices.items()} for rows in (slice(len(labeled)), slice(len(labeled), None))
        )
        del matrices
        ids = labels[labeled]
        targets = np.eye(classes)[ids] * (1.0 if class_weights is None else class_weights)
        members = fit_members(known, targets, unknown)
        scales = {
            name: root_mean_square(z)
            for name, z in member_log_probs(members, unknown if len(others) else known).items()
        }
        out, judged = _of_other_folds(known, targets, ids, unknown, members, seed)
        fair = {name: (z - z.mean(axis=1, keepdims=True)) / scales[name] for name, z in out.items()}
        importance = targets[judged].sum(axis=1)
        weights = combine(fair, ids[judged], importance / importance.mean() if len(judged) else importance)
        used = [name for name in members if weights[name]] or list(members)
        models = {name: _scaled(members[name], weights[name] / scales[name]) for name in used}
        return cls(features, models, weights)


def _of_other_folds(
    known: Mapping[str, Any],
    targets: Doubles,
    ids: npt.NDArray[np.int64],
    unknown: Mapping[str, Any],
    members: Members,
    seed: int,
) -> tuple[dict[str, Doubles], npt.NDArray[np.int64]]:
    """Log-probabilities of labeled examples by views that did not learn from them, and which examples these are."""
    number = min(_MANY_FOLDS if len(ids) <= _FEW else _FOLDS, len(ids))
    folds = folds_of(ids, number, seed)
    fair = learnable(ids, folds)
    found: list[dict[str, Doubles]] = []
    judged: list[npt.NDArray[np.int64]] = []
    for fold in range(number):
        rest, rows = np.flatnonzero(folds != fold), np.flatnonzero((folds == fold) & fair)
        if not len(rows):
            continue
        some = fit_members({name: x[rest] for name, x in known.items()}, targets[rest], unknown)
        found.append(member_log_probs(some, {name: x[rows] for name, x in known.items()}))
        judged.append(rows)
        if sum(map(len, judged)) >= _ENOUGH:
            break
    if not found:
        return member_log_probs(members, {name: x[:0] for name, x in known.items()}), np.zeros(0, dtype=np.int64)
    return {name: np.concatenate([part[name] for part in found]) for name in members}, np.concatenate(judged)


def _scaled(member: SoftmaxRegression, scale: float) -> SoftmaxRegression:
    """A model whose logits are scaled, and of mean 0 over the classes."""
    weights, bias = (scale * (x - x.mean(axis=-1, keepdims=True)) for x in member)
    return SoftmaxRegression(weights, bias)
