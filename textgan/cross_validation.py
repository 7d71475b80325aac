"""Cross-validation where not every row has a label: models train on all rows and are scored on those with a label."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.model_selection import BaseCrossValidator, StratifiedKFold

from textgan.data.in_memory import classes_of, plain_labels
from textgan.data.shuffle import Indices


class LabeledKFold(BaseCrossValidator):
    """Folds of the rows that have a label, each class in its share; the other rows are in every training set.

    >>> from textgan import LabeledKFold
    >>> y = [0, 0, 1, 1, -1, -1]
    >>> [(len(train), len(test)) for train, test in LabeledKFold(2).split(y, y)]
    [(4, 2), (4, 2)]

    `cross_val_score(SentenceClassifier(), sentences, y, cv=LabeledKFold(5), scoring="f1_macro")` uses it.

    Args:
        n_splits: how many folds.
        random_state: of the order of the rows.
    """

    def __init__(self, n_splits: int = 5, random_state: int | None = 0) -> None:
        self.n_splits, self.random_state = n_splits, random_state

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Indices, Indices]]:
        """Rows to train on and labeled rows to score on, fold by fold.

        Raises:
            ValueError: y is missing, or a class has fewer rows than there are folds.
        """
        if y is None:
            raise ValueError("y is missing; expected labels, -1 where there is none")
        _, ids = classes_of(y)
        labeled, others = np.flatnonzero(ids >= 0), np.flatnonzero(ids < 0)
        folds = StratifiedKFold(self.n_splits, shuffle=True, random_state=self.random_state)
        if len(labeled) == 0 or np.bincount(ids[labeled]).min() < self.n_splits:
            raise ValueError(f"n_splits is {self.n_splits}; expected at most the labeled rows of the rarest class")
        for train, test in folds.split(labeled, ids[labeled]):
            yield np.sort(np.concatenate([labeled[train], others])), labeled[test]

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many folds there are."""
        return self.n_splits


def labeled_scorer(scoring: str) -> Callable[[Any, Any, Any], float]:
    """A scorer of scikit-learn that leaves rows without a label out.

    Args:
        scoring: its name, such as f1_macro.
    """
    return _LabeledScorer(scoring)


class _LabeledScorer:
    """A class, so that other processes can be sent one."""

    def __init__(self, scoring: str) -> None:
        self.scorer = get_scorer(scoring)

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        labels = plain_labels(y)
        known = [i for i, label in enumerate(labels) if label is not None]
        if not known:
            raise ValueError("y holds no label; expected one or more to score by")
        rows = X.to_numpy() if hasattr(X, "to_numpy") else X
        return float(self.scorer(estimator, [rows[i] for i in known], np.array([labels[i] for i in known])))
