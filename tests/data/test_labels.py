"""Labels go by what they mean, wherever they come from, and only those of what is kept are classes."""

import json
import math

import numpy as np
import pytest

from textgan.data.config import DataConfig
from textgan.data.corpus import Corpus, open_corpus
from textgan.data.in_memory import classes_of
from textgan.data.labels import label_of
from textgan.errors import UserError


def corpus_of(folder, **settings) -> Corpus:
    return open_corpus(DataConfig(data=str(folder), **settings), cache=folder / "cache")


def labels_of(corpus: Corpus, split: str = "train") -> list[str | None]:
    part = getattr(corpus, split)
    if part.labels is None:
        return [None] * len(part)
    return [None if id < 0 else part.label_names[id] for id in part.labels.tolist()]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        *((value, "1") for value in (1, 1.0, "1", "1.0", " 1", "1.", "+1.0", "1.00", "1\u200b")),
        *((value, "0") for value in (0, 0.0, -0.0, "-0.0", "0.")),
        *(
            (value, None)
            for value in (None, math.nan, -1, -1.0, "-1", "-1.0", "", "  ", "nan", "NaN", "<NA>", "\u00a0")
        ),
        *((value, "pos") for value in ("pos", "pos ", "\tpos", "\ufeffpos")),
        ("very  good", "very good"),
        ("cafe\u0301", "caf\u00e9"),
        ("1.5", "1.5"),
        (True, "True"),
        ("Pos", "Pos"),
    ],
)
def test_a_label_is_what_it_means(value, meant):
    assert label_of(value, "here") == meant


def test_missing_labels_of_pandas_are_none():
    pandas = pytest.importorskip("pandas")
    assert label_of(pandas.NA, "here") is label_of(pandas.NaT, "here") is None


@pytest.mark.parametrize("value", ["a\ud800", ["a"], {"a": 1}, b"a"])
def test_what_is_no_label_is_refused_in_a_line(value):
    with pytest.raises(UserError, match=r"^f:3: 'label'"):
        label_of(value, "f:3: 'label'")
    with pytest.raises(UserError, match="thousands of digits"):
        label_of(10**5000, "here")


def test_a_column_with_gaps_has_the_classes_of_one_without(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\na,0.0\nb,1.0\nc,\nd,pos\ne,pos \nf,-1\n")
    (tmp_path / "valid.jsonl").write_text(
        "".join(f'{{"text": "a", "label": {label}}}\n' for label in ("0", "1", "NaN", "null", '"1.0"', '" pos"'))
    )
    corpus = corpus_of(tmp_path)
    assert labels_of(corpus) == ["0", "1", None, "pos", "pos", None]
    assert labels_of(corpus, "valid") == ["0", "1", None, None, "1", "pos"]
    assert corpus.train.label_names == ("0", "1", "pos")


def test_labels_in_the_names_of_files_follow_the_rule(tmp_path):
    for name in ("train.0.0.txt", "train.1.txt", "valid.0.txt", "valid.1.0.txt"):
        (tmp_path / name).write_text(f"{name}\n")
    corpus = corpus_of(tmp_path)
    assert corpus.train.label_names == ("0", "1")
    (tmp_path / "train.0.txt").write_text("again\n")
    with pytest.raises(UserError, match="several files for train"):
        corpus_of(tmp_path)


def test_labels_of_dropped_sentences_are_no_classes(tmp_path):
    rows = [("a b", "x"), ("a b c d", "long"), ("", "empty"), ("b", "y"), (" ", "blank")]
    for split in ("train", "valid"):
        lines = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
        (tmp_path / f"{split}.jsonl").write_text(lines)
    corpus = corpus_of(tmp_path, max_length=2, labels="label")
    assert corpus.train.label_names == corpus.spec.labels == ("x", "y")
    assert "2 labels: x, y" in corpus.summary


def test_a_pair_that_lost_a_side_lost_its_label(tmp_path):
    for split in ("train", "valid"):
        (tmp_path / f"{split}.tsv").write_text("sentence1\tsentence2\tlabel\na\tb\tx\na\tb c d\tlong\n")
    assert labels_of(corpus_of(tmp_path, max_length=2)) == ["x", "x", None]


def test_labels_that_nothing_can_be_learned_of_are_named(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\na,x\nb,y\nc,\nd,X\n")
    (tmp_path / "valid.csv").write_text("text,label\na,x\nb,other\n")
    (tmp_path / "test.csv").write_text("text,label\na,x\nb,third\n")
    summary = corpus_of(tmp_path, labels="label").summary
    assert "labels that valid has and train has not, so that no model can learn them: other" in summary
    assert "labels that test has and train has not, so that no model can learn them: third" in summary
    assert "labels that differ in their case alone are different classes: X and x" in summary
    assert "3 of 3 sentences of train keep their labels; 1 have none" in summary


@pytest.mark.parametrize("label", ['"\\ud800"', '"a\\udc00b"'])
def test_half_a_surrogate_in_a_label_is_named_with_its_line(tmp_path, label):
    (tmp_path / "train.jsonl").write_text(f'{{"text": "a", "label": "x"}}\n{{"text": "b", "label": {label}}}\n')
    with pytest.raises(UserError, match=r"train.jsonl:2: 'label' holds half a surrogate pair"):
        corpus_of(tmp_path)


def test_the_estimator_has_the_same_rule():
    y = np.array(["pos", "pos ", "nan", "", None, math.nan, "-1", -1, "neg"], dtype=object)
    classes, ids = classes_of(y)
    assert (classes.tolist(), ids.tolist()) == (["neg", "pos"], [1, 1, -1, -1, -1, -1, -1, -1, 0])
    classes, ids = classes_of([0, 1.0, 0.0, math.nan, -1])
    assert (classes.tolist(), ids.tolist()) == ([0, 1], [0, 1, 0, -1, -1])
