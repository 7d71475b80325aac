"""Data of a program becomes files that are read as any others are."""

import json
from pathlib import Path

import numpy as np
import pytest

from textgan.data.memory import store
from textgan.errors import UserError


def lines(place: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in Path(place).read_text(encoding="utf-8").splitlines()]


def test_a_path_or_name_stays_what_it_is(tmp_path):
    assert store("scenes") == ("scenes", False)
    assert store(tmp_path / "a.txt") == (str(tmp_path / "a.txt"), False)


def test_sentences_are_kept_whole_and_in_order():
    texts = ["one\nline", 'a "quoted" word', "überall"]
    place = store(texts)
    assert [row["text"] for row in lines(place.data)] == texts
    assert store(list(texts)).data == place.data
    assert store(texts[::-1]).data != place.data


def test_labels_stand_beside_sentences_and_missing_ones_are_null():
    place = store([("good", 1), ("bad", np.int64(0)), ("who knows", None), ("nor this", float("nan"))])
    assert place.labeled
    assert [row["label"] for row in lines(place.data)] == [1, 0, None, None]


def test_frames_series_and_datasets_are_read_by_row():
    pandas, datasets = pytest.importorskip("pandas"), pytest.importorskip("datasets")
    frame = pandas.DataFrame({"review": ["fine", "poor"], "stars": [5, 1]})
    gaps = pandas.DataFrame({"text": ["a", "b"], "label": pandas.array([1, None], dtype="Int64")})
    assert [row["label"] for row in lines(store(gaps).data)] == [1, None]
    assert not store([{"text": "a", "label": 1}]).labeled  # only kept, as of a file
    wanted = [{"review": "fine", "stars": 5}, {"review": "poor", "stars": 1}]
    assert lines(store(frame).data) == wanted
    assert lines(store(datasets.Dataset.from_pandas(frame)).data) == wanted
    assert lines(store(frame["review"]).data) == [{"text": "fine"}, {"text": "poor"}]


def test_splits_become_files_of_a_folder():
    place = Path(store({"train": ["a", "b"], "valid": ["c"]}).data)
    assert sorted(path.name for path in place.iterdir()) == ["train.jsonl", "valid.jsonl"]


def test_images_become_an_archive_with_their_labels():
    images, labels = np.arange(32, dtype=np.uint8).reshape(2, 4, 4), np.array([3, 7])
    with np.load(store((images, labels)).data) as archive:
        np.testing.assert_array_equal(archive["x_train"], images)
        np.testing.assert_array_equal(archive["y_train"], labels)
    assert store(images).data == store(images.copy()).data


@pytest.mark.parametrize("data", [[], {"train": []}, [3], 7, b"text", {"train": ["a"], "valid": []}])
def test_what_is_no_data_is_refused(data):
    with pytest.raises(UserError, match="expected"):
        store(data)
