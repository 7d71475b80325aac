"""y as people have it: numbers, strings, tables with gaps, tensors; and cross-validation where labels are missing."""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

import textgan
from tests.test_classifying import animals, small
from textgan.config import from_dict
from textgan.data.in_memory import classes_named, classes_of, plain_labels, type_of
from textgan.errors import UserError
from textgan.settings import OptimizerConfig
from textgan.training.checkpoint import read_model


@pytest.mark.parametrize(
    "y",
    [
        [0, 1, -1, 1],
        [0, 1, None, 1],
        [0.0, 1.0, float("nan"), 1.0],
        [0, 1.0, "-1", 1],
        np.array([0, 1, -1, 1], np.int8),
        np.array([0, 1, np.nan, 1]),
        np.array([0, 1, -1, 1], object),
        [np.int64(0), np.float32(1), np.float64("nan"), np.uint8(1)],
        torch.tensor([0, 1, -1, 1]),
        torch.tensor([0.0, 1.0, -1.0, 1.0], requires_grad=True),
        [torch.tensor(0), torch.tensor(1), torch.tensor(-1), torch.tensor(1)],
        pd.Series([0, 1, pd.NA, 1], dtype="Int64"),
        pd.Series([0, 1, None, 1], dtype="Float64"),
        pd.Series([0, 1, None, 1]),
        pd.Series([0, 1, pd.NA, 1], dtype=object),
        pd.Series([0, 1, -1, 1], dtype="category", index=[9, 8, 7, 6]),
    ],
    ids=str,
)
def test_numbers_are_the_same_labels_however_they_are_held(y):
    classes, ids = classes_of(y)
    assert (classes.tolist(), classes.dtype.kind) == ([0, 1], "i")
    assert ids.tolist() == [0, 1, -1, 1]


@pytest.mark.parametrize(
    "y",
    [
        ["a", "b", -1, "b"],
        ["a", "b ", "-1", "b"],
        ["a", "b", "", " b"],
        np.array(["a", "b", "-1", "b"]),
        np.array(["a", "b", np.nan, "b"], object),
        pd.Series(["a", "b", None, "b"]),
        pd.Series(["a", "b", pd.NA, "b"], dtype="string"),
        pd.Series(["a", "b", None, "b"], dtype="category"),
    ],
    ids=str,
)
def test_so_are_strings(y):
    classes, ids = classes_of(y)
    assert classes.tolist() == ["a", "b"]
    assert ids.tolist() == [0, 1, -1, 1]


@pytest.mark.parametrize("y", [[True, False, None], pd.Series([True, False, pd.NA], dtype="boolean")], ids=str)
def test_so_are_truth_values(y):
    classes, ids = classes_of(y)
    assert (classes.tolist(), classes.dtype.kind, ids.tolist()) == ([False, True], "b", [1, 0, -1])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([0, "a", 1], "strings and numbers, such as 'a' and 0"),
        (["1", 1, -1], "all labels of one type"),
        ([("a",), ("b",)], r"y has shape \(2, 1\)"),
        ([b"a", b"b"], "expected strings or numbers"),
        ([0, 1, float("inf")], "expected strings or numbers"),
        (np.zeros((3, 1)), r"y has shape \(3, 1\)"),
        ("ab", "expected one label a row"),
        (None, "expected one label a row"),
    ],
)
def test_labels_of_several_kinds_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        classes_of(y)


@pytest.mark.parametrize("classes", [["a", "b"], [0, 1, 20], [0.5, 1.5], [False, True]])
def test_classes_come_back_from_their_names(classes):
    array = np.array(classes)
    again = classes_named(tuple(map(str, classes)), type_of(array))
    assert (again.tolist(), again.dtype.kind) == (classes, array.dtype.kind)


@pytest.fixture(scope="module")
def with_numbers():
    """A classifier of the classes 3 and 20, whose third rows have no label."""
    sentences, y = animals(24)
    return small(rounds=1).fit(sentences, [(3, 20, -1)[2 if i % 3 == 2 else label] for i, label in enumerate(y)])


def test_numbers_survive_saving(with_numbers, tmp_path: Path):
    with_numbers.model_.save_pretrained(tmp_path / "saved")
    again = textgan.SentenceClassifier.from_pretrained(tmp_path / "saved", device="cpu")
    for classifier in (with_numbers, again, pickle.loads(pickle.dumps(with_numbers))):
        assert (classifier.classes_.tolist(), classifier.classes_.dtype.kind) == ([3, 20], "i")
        assert classifier.predict(["the dog runs"]).dtype.kind == "i"
    assert read_model(tmp_path / "saved").game.spec.labels == ("3", "20")


def test_the_score_leaves_rows_without_a_label_out(with_numbers):
    sentences, _ = animals(24)
    right = with_numbers.predict(sentences)
    gaps = [label if i % 2 else None for i, label in enumerate(right.tolist())]
    assert with_numbers.score(sentences, right) == 1
    assert with_numbers.score(sentences, gaps) == 1
    assert with_numbers.score(sentences, torch.tensor(right)) == 1
    assert with_numbers.score(sentences[:2], [right[0], 77], sample_weight=[3, 1]) == 0.75
    assert textgan.labeled_scorer("accuracy")(with_numbers, sentences, gaps) == 1
    assert pickle.loads(pickle.dumps(textgan.labeled_scorer("f1_macro")))(with_numbers, sentences, right) == 1
    with pytest.raises(ValueError, match=r"sample_weight has shape \(1,\); expected a weight of each of 24 rows"):
        with_numbers.score(sentences, right, sample_weight=[1])
    with pytest.raises(ValueError, match=r"reject_below is .0\.9.; expected a probability"):
        with_numbers.predict(sentences, reject_below="0.9")
    with pytest.raises(ValueError, match="0 labels; expected"):
        with_numbers.score(sentences, [-1] * 24)
    with pytest.raises(ValueError, match=r"y holds '3' and the classes are \[3, 20\]"):
        with_numbers.score(sentences, ["3", "20"] * 12)


def test_folds_hold_labeled_rows_and_all_others_are_learned_from():
    y = np.array([0, 1, -1, 1, 0, -1] * 4)
    folds = list(textgan.LabeledKFold(4).split(None, y))
    assert len(folds) == 4
    assert sorted(np.concatenate([test for _, test in folds])) == np.flatnonzero(y >= 0).tolist()
    for train, test in folds:
        assert set(np.flatnonzero(y < 0)) <= set(train)
        assert not set(train) & set(test)
        assert sorted(y[test]) == [0, 0, 1, 1]
    for bad in ([0, 0, 1, -1], [-1] * 4):
        with pytest.raises(ValueError, match="n_splits is 3"):
            list(textgan.LabeledKFold(3).split(None, bad))


def test_cross_validation_and_a_grid_over_settings_work_with_gaps():
    sentences, y = animals(16)
    y = np.where(np.arange(16) % 4 == 3, -1, y)
    texts = np.array(sentences, object)
    for scoring in (None, "f1_macro", "roc_auc"):
        scores = cross_val_score(small(rounds=1), texts, y, cv=textgan.LabeledKFold(2), scoring=scoring)
        assert np.isfinite(scores).all()
    grid = GridSearchCV(small(rounds=np.int64(1)), {"settings__hidden_dim": np.array([12, 14])}, cv=2)
    grid.fit(texts, animals(16)[1])
    assert set(grid.cv_results_["param_settings__hidden_dim"]) == {12, 14}
    assert grid.best_estimator_.model_.config.settings.hidden_dim == grid.best_params_["settings__hidden_dim"]


def test_settings_are_set_one_by_one_and_the_rest_stays():
    given = {"hidden_dim": 8, "classifier": {"dropout": 0.1}}
    classifier = textgan.SentenceClassifier(settings=given)
    changed = clone(classifier).set_params(settings__classifier__dropout=0.5, rounds=3)
    assert changed.settings == {"hidden_dim": 8, "classifier": {"dropout": 0.5}}
    assert changed.rounds == 3
    assert given == {"hidden_dim": 8, "classifier": {"dropout": 0.1}}
    assert classifier.get_params()["settings__classifier__dropout"] == 0.1
    assert "settings__hidden_dim" not in classifier.get_params(deep=False)
    assert textgan.SentenceClassifier().set_params(settings__hidden_dim=4).settings == {"hidden_dim": 4}
    with pytest.raises(ValueError, match="Invalid parameter"):
        classifier.set_params(nonsense=1)


def test_numbers_of_numpy_are_settings():
    betas = np.array([0.5, 0.9], np.float64)
    config = from_dict(OptimizerConfig, {"lr": np.float32(0.5), "betas": betas, "warmup_rounds": np.int32(3)})
    assert config == OptimizerConfig(lr=0.5, betas=(0.5, 0.9), warmup_rounds=3)
    assert type(config.warmup_rounds) is int
    with pytest.raises(UserError, match="warmup_rounds"):
        from_dict(OptimizerConfig, {"warmup_rounds": np.float64(2.5)})


def test_a_seed_of_numpy_is_the_same_seed():
    sentences, y = animals(8)
    seeds = [
        small(rounds=1, random_state=seed).fit(sentences, y).model_.config.training.seed for seed in (3, np.int64(3))
    ]
    assert seeds == [3, 3]


def test_labels_of_nothing_are_nothing():
    assert plain_labels([]) == []
