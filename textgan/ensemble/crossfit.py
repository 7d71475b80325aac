"""Members that learned from some of the labels, to be judged by the others and by each other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.ensemble.members import fit_members, member_log_probs
from textgan.ensemble.softmax_regression import Doubles

Ids = npt.NDArray[np.int64]

_FEW = 50  # labels; up to so many are halved five times, more are cut into five folds once
_HALVINGS, _FOLDS = 5, 5
_ENOUGH = 1_000  # examples that are predicted
_MOST_COMPARED = 1_000  # unlabeled texts


class FoldPredictions(NamedTuple):
    """What members predict that learned from the labels of other folds only.

    Args:
        examples: places of the labeled examples that were predicted; of few labels each several times, (M,).
        log_probs: of each member, of these, (M, K).
        halves: of few labels, for each halving what the members of either half say of the same unlabeled texts, (m, K).
        repeats: how often an example was predicted at most.
    """

    examples: Ids
    log_probs: dict[str, Doubles]
    halves: list[tuple[dict[str, Doubles], ...]]
    repeats: int


def crossfit(
    known: Mapping[str, Any],
    targets: Doubles,
    ids: Ids,
    unknown: Mapping[str, Any],
    empty: dict[str, Doubles],
    seed: int,
) -> FoldPredictions:
    """Learn from folds.

    Up to 50 labels are halved five times (Dietterich 1998, Neural Computation 10:1895): as many fits as of ten folds,
    no worse weights, and how often two halves agree says how good they are.

    Args:
        known: features of the labeled texts, (n, D) each.
        targets: weight of each class in each of them, (n, K).
        ids: their classes, (n,).
        unknown: features of the unlabeled texts.
        empty: log-probabilities (0, K) of each member.
        seed: of the folds.
    """
    few = len(ids) <= _FEW
    compared = {name: x[_spread(x.shape[0])] for name, x in unknown.items()} if few else {}
    examples: list[Ids] = [np.zeros(0, dtype=np.int64)]
    parts, halves = [empty], []
    for folds in _splits(ids, few, seed):
        predicted = []
        for fold, rows in _judged(folds, ids):
            rest = np.flatnonzero(folds != fold)
            some = fit_members({name: x[rest] for name, x in known.items()}, targets[rest], unknown)
            parts.append(member_log_probs(some, {name: x[rows] for name, x in known.items()}))
            examples.append(rows)
            predicted.append(member_log_probs(some, compared) if few else {})
            if sum(map(len, examples)) >= _ENOUGH:
                break
        if few and len(predicted) == 2:
            halves.append(tuple(predicted))
    log_probs = {name: np.concatenate([part[name] for part in parts]) for name in empty}
    return FoldPredictions(np.concatenate(examples), log_probs, halves, _HALVINGS if few else 1)


def _splits(ids: Ids, few: bool, seed: int) -> Iterator[Ids]:
    number = min(2 if few else _FOLDS, len(ids))
    return (folds_of(ids, number, seed + step) for step in range(_HALVINGS if few else 1))


def _judged(folds: Ids, ids: Ids) -> Iterator[tuple[int, Ids]]:
    """Folds, and which of their examples can be judged."""
    fair = learnable(ids, folds)
    for fold in range(int(folds.max()) + 1):
        rows = np.flatnonzero((folds == fold) & fair)
        if len(rows):
            yield fold, rows


def _spread(number: int) -> Ids:
    """At most 1,000 places below a number, evenly apart."""
    return np.unique(np.linspace(0, max(number - 1, 0), min(number, _MOST_COMPARED)).astype(np.int64))


def folds_of(labels: Ids, number: int, seed: int) -> Ids:
    """A fold of each example, (n,), so that each fold has its share of each class."""
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), dtype=np.int64)
    folds[order] = np.arange(len(labels)) % number
    return folds


def learnable(labels: Ids, folds: Sequence[int] | Ids) -> npt.NDArray[np.bool_]:
    """Whether another fold has an example of the class of each example, (n,)."""
    table = np.zeros((int(labels.max()) + 1, int(np.max(folds)) + 1), dtype=np.int64)
    np.add.at(table, (labels, np.asarray(folds)), 1)
    others: npt.NDArray[np.bool_] = table.sum(axis=1)[labels] > table[labels, np.asarray(folds)]
    return others
