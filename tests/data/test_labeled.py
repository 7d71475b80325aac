import dataclasses
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.labeled import examples, labeled_rows
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import FIRST, SECOND, TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError

WORDS = WordTokenizer([f"w{i}" for i in range(1000)])


def sentences(labels: list[int], pairs: bool = False) -> TokenFile:
    """Sentence i is the word i alone; of pairs 2 i and 2 i + 1 have label i."""
    rows = [[4 + i] for i in range(len(labels) * (1 + pairs))]
    sides = np.tile([FIRST, SECOND], len(labels)) if pairs else None
    return TokenFile.of(rows, WORDS, np.repeat(labels, 1 + pairs), ("a", "b", "c"), sides)


def config(**changes: Any) -> DataConfig:
    return dataclasses.replace(DataConfig(labels="label"), **changes)


def test_all_labels_are_shown_unless_fewer_are_asked_for():
    train = sentences([0, 1, -1, 2, 1])
    assert examples(train).tolist() == [0, 1, 3, 4]
    assert labeled_rows(train, config()).tolist() == [0, 1, 3, 4]


def test_each_class_has_its_share_and_at_least_one():
    labels = [0] * 70 + [1] * 29 + [2]
    train = sentences(labels)
    for count in (3, 10, 40, 99):
        rows = labeled_rows(train, config(labeled=count))
        assert len(rows) == count == len(set(rows.tolist()))
        sizes = np.bincount(np.asarray(labels)[rows], minlength=3)
        assert sizes[2] == 1
        assert abs(sizes[0] - 0.7 * count) <= 1.5
    assert len(labeled_rows(train, config(labeled_fraction=0.1))) == 10
    assert len(labeled_rows(train, config(labeled_fraction=0.001))) == 3


def test_the_choice_depends_on_the_seed_and_few_are_among_many():
    train = sentences([i % 2 for i in range(200)])
    few, many, other = (
        set(labeled_rows(train, config(labeled=n, label_seed=seed)).tolist()) for n, seed in ((20, 1), (60, 1), (20, 2))
    )
    assert few < many
    assert few != other


def test_more_examples_never_take_one_from_a_class():
    labels = np.repeat(np.arange(3), [49, 57, 27])
    sizes = [np.bincount(labels[labeled_rows(sentences(labels.tolist()), config(labeled=n))]) for n in range(3, 134)]
    assert all((after >= before).all() for before, after in itertools.pairwise(sizes))


@pytest.mark.parametrize(
    ("changes", "labels", "message"),
    [
        ({"labeled": 2}, [0, 1, 2], r"labeled is 2; expected 3 \(one of each class\) to 3"),
        ({"labeled": 4}, [0, 1, 2], "labeled is 4; expected 3 .* to 3, the examples of train"),
        ({"labeled": 3, "labeled_fraction": 0.5}, [0, 1, 2], "both say how many; give one"),
        ({"labeled_fraction": 0.0}, [0, 1, 2], r"labeled_fraction is 0\.0; expected a share"),
        ({}, [1, 1, -1], "train has 1 classes; expected two or more"),
        ({}, [-1, -1], "train has 0 classes; expected two or more"),
    ],
)
def test_numbers_that_cannot_be_are_refused(changes, labels, message):
    with pytest.raises(UserError, match=message):
        labeled_rows(sentences(labels), config(**changes))


def test_only_labels_that_are_shown_reach_a_batch():
    train = sentences([0, 1] * 20)
    shown = labeled_rows(train, config(labeled=10))
    stream = SentenceStream(train, 40, 0, labeled=shown)
    for batch in (stream.bucketed(0), stream.uniform(0)):
        rows = batch.targets[:, 0].numpy() - 4
        assert batch.labels.tolist() == [row % 2 if row in shown else -1 for row in rows]
    drawn = stream.labeled(0, batch_size=64)
    rows = drawn.targets[:, 0].numpy() - 4
    assert set(rows.tolist()) == set(shown.tolist())
    assert drawn.labels.tolist() == [row % 2 for row in rows]
    assert SentenceStream(train, 40, 0).uniform(0).labels is None


def test_labeled_pairs_come_first_sides_first():
    train = sentences([0, 1, 2, -1, 1], pairs=True)
    shown = labeled_rows(train, config())
    assert shown.tolist() == [0, 2, 4, 8]
    stream = SentenceStream(train, 4, 0, labeled=shown)
    batch = stream.labeled(3, batch_size=16)
    first, second = (batch.targets[part, 0].numpy() - 4 for part in (slice(16), slice(16, 32)))
    assert (second == first + 1).all()
    assert set(first.tolist()) == set(shown.tolist())
    assert batch.labels[:16].tolist() == batch.labels[16:].tolist() == [[0, 1, 2, -1, 1][row // 2] for row in first]


@pytest.mark.parametrize("pairs", [False, True])
def test_labeled_draws_of_ranks_join_to_that_of_one_process(pairs):
    train = sentences([0, 1, 2] * 10, pairs)
    shown = labeled_rows(train, config())
    whole = SentenceStream(train, 8, 0, labeled=shown).labeled(1, 2, batch_size=8)
    parts = [SentenceStream(train, 8, 0, rank, 2, labeled=shown).labeled(1, 2, batch_size=8) for rank in range(2)]
    for side in range(1 + pairs):
        joined = np.stack([part.tokens.numpy()[4 * side : 4 * side + 4] for part in parts], 1).reshape(8, -1)
        assert (joined == whole.tokens.numpy()[8 * side : 8 * side + 8]).all()


def test_a_stream_without_labels_says_so():
    with pytest.raises(UserError, match="expected --labels"):
        SentenceStream(sentences([0, 1]), 2, 0).labeled(0)


def write(folder: Path, name: str, rows: list[dict[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"sentence1": f"A man {i}.", "sentence2": f"a dog {i}.", "label": "ab"[i % 2]} for i in range(40)]
    write(tmp_path / "pairs", "train.jsonl", rows[:30])
    write(tmp_path / "pairs", "valid.jsonl", rows[30:])
    return tmp_path


def test_more_sentences_without_labels_but_none_to_judge_by(folder):
    more = folder / "more.txt"
    more.write_text("a man 35 !\na bird sings .\na cat sleeps .\nA DOG 31.\n", encoding="utf-8")
    corpus = open_corpus(config(data=str(folder / "pairs"), unlabeled=str(more), tokenizer="nltk", lowercase=True))
    texts = [corpus.train.text(i) for i in range(len(corpus.train))]
    assert len(texts) == 62
    assert "!" not in corpus.tokenizer.words  # only a sentence to judge by has it
    assert sorted(texts[60:]) == ["a bird sings.", "a cat sleeps."]
    assert corpus.spec.labels == ("a", "b")
    assert corpus.spec.pairs
    assert corpus.labeled is not None
    assert len(corpus.labeled) == 30
    said = "\n".join(corpus.summary)
    assert f"of train, 2 sentences are from {more}, without labels; 2 more stand in valid or test" in said
    assert "30 of 30 pairs of train keep their labels" in said


def test_the_content_of_unlabeled_files_is_part_of_the_fingerprint(folder):
    more = folder / "more.txt"
    prints = []
    for text in ("a bird .\n", "a fish .\n"):
        more.write_text(text, encoding="utf-8")
        prints.append(open_corpus(config(data=str(folder / "pairs"), unlabeled=str(more))).fingerprint)
    assert prints[0] != prints[1]


def test_without_being_asked_no_label_is_learned(folder):
    corpus = open_corpus(DataConfig(data=str(folder / "pairs")))
    assert corpus.labeled is None
    assert corpus.spec.labels == ()
    assert corpus.train.label_names == ("a", "b")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": "color"}, "no column 'color'"),
        ({"data": "scenes", "labels": "topic"}, "labels 'topic' of the built-in scenes; expected label"),
        ({"unlabeled": "nowhere.txt"}, "no data 'nowhere.txt'"),
        ({"labels": None, "labeled": 10}, "labeled 10 without labels; expected --labels"),
    ],
)
def test_labels_that_are_not_there_are_refused(folder, changes, message):
    with pytest.raises(UserError, match=message):
        open_corpus(config(**({"data": str(folder / "pairs")} | changes)))
