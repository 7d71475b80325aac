"""Sources: files, folders, local Hugging Face datasets and the built-in corpora give the same kind of splits."""

import gzip
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from textgan.data import builtin
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.images import open_images
from textgan.data.modality import modality_of_data
from textgan.data.records import Record
from textgan.data.sources import open_source
from textgan.errors import UserError

REAL = Path(__file__).parents[3] / "shared" / "data"
real_data = pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not on this machine")


def write(path: Path, content: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    return path


def numbered(n: int, folder: Path) -> Path:
    return write(folder / "a.txt", "".join(f"sentence {i}\n" for i in range(n)))


def texts(split) -> list[str]:
    return [text for record in split for text in record.texts]


def source_of(data: object, **options):
    return open_source(DataConfig(data=str(data), **options))


def test_a_file_is_cut_into_train_and_valid(tmp_path):
    path = numbered(2000, tmp_path)
    source = source_of(path, valid_fraction=0.1)
    train, valid = texts(source.train), texts(source.valid)
    assert sorted(train + valid) == sorted(path.read_text().splitlines())
    assert 150 < len(valid) < 250
    assert source.valid_is_cut
    assert source.test is None


def test_splits_can_be_read_again(tmp_path):
    source = source_of(numbered(50, tmp_path))
    assert texts(source.train) == texts(source.train) != []


def test_a_sentence_and_its_repetitions_are_on_one_side_of_the_cut(tmp_path):
    lines = [text for i in range(200) for text in (f"Sentence {i}", f"sentence  {i}", f"Sentence {i} ")]
    source = source_of(write(tmp_path / "a.txt", "\n".join(lines)), valid_fraction=0.3)
    folded = [{" ".join(text.lower().split()) for text in texts(split)} for split in (source.train, source.valid)]
    assert not folded[0] & folded[1]
    assert len(texts(source.valid)) == 3 * len(folded[1]) > 0


def test_a_sentence_stays_on_its_side_when_others_are_added(tmp_path):
    few, many = (source_of(numbered(n, tmp_path / str(n)), valid_fraction=0.2) for n in (100, 300))
    assert set(texts(few.valid)) <= set(texts(many.valid))
    assert set(texts(few.train)) <= set(texts(many.train))


def test_both_sentences_of_a_pair_follow_the_first(tmp_path):
    rows = "".join(f"premise {i // 3}\thypothesis {i}\n" for i in range(300))
    source = source_of(write(tmp_path / "a.tsv", f"sentence1\tsentence2\n{rows}"), valid_fraction=0.3)
    premises = [{record.texts[0] for record in split} for split in (source.train, source.valid)]
    assert not premises[0] & premises[1]


def test_empty_lines_of_a_cut_file_are_counted_once(tmp_path):
    source = source_of(write(tmp_path / "a.txt", "a\n\n\nb\nc\n"), valid_fraction=0.5)
    train: Counter[str] = Counter()
    valid: Counter[str] = Counter()
    assert len([*source.train.open(train), *source.valid.open(valid)]) == 3
    assert train["empty"] + valid["empty"] == 2


@pytest.mark.parametrize("name", ["valid", "dev", "validation", "val", "eval", "VAL", "Validation", "valid_set"])
def test_a_folder_holds_its_splits_under_the_usual_names(tmp_path, name):
    write(tmp_path / "train.txt.gz", "a\n")
    write(tmp_path / f"{name}.jsonl", '{"text": "b"}\n')
    write(tmp_path / "Testing.csv", "text,label\nc,1\n")
    source = source_of(tmp_path)
    assert (list(source.train), list(source.valid)) == ([Record(("a",))], [Record(("b",))])
    assert source.test is not None
    assert list(source.test) == [Record(("c",), "1")]
    assert not source.valid_is_cut


def test_labels_come_from_the_names_of_files(tmp_path):
    for split in ("train", "dev"):
        write(tmp_path / f"{split}.0.txt", f"{split} bad\n")
        write(tmp_path / f"{split}.very.Good.txt.gz", f"{split} good\n")
    source = source_of(tmp_path)
    assert list(source.train) == [Record(("train bad",), "0"), Record(("train good",), "very.Good")]
    assert list(source.valid) == [Record(("dev bad",), "0"), Record(("dev good",), "very.Good")]


def test_other_files_of_a_folder_are_said_not_to_be_read(tmp_path, caplog):
    for name in ("notes.md", "classes.txt", "README.txt", "b.jsonl"):
        write(tmp_path / name, "x\n")
    (tmp_path / "test.txt").symlink_to(tmp_path / "gone.txt")
    write(tmp_path / "train.txt", "a\nb\n")
    with caplog.at_level(logging.INFO, "textgan"):
        source = source_of(tmp_path, valid_fraction=0.5)
    for name in ("notes.md", "classes.txt", "README.txt", "b.jsonl"):
        assert f"{name} is not read: its name is not that of" in caplog.text
    assert "test.txt is not read: it is a link that leads nowhere" in caplog.text
    assert sorted(texts(source.train) + texts(source.valid)) == ["a", "b"]


def test_the_fingerprint_is_of_the_content(tmp_path):
    first = source_of(write(tmp_path / "one" / "a.txt", "a\nb\n")).fingerprint
    assert source_of(write(tmp_path / "two" / "b.txt", "a\nb\n")).fingerprint == first
    assert source_of(write(tmp_path / "two" / "b.txt", "a\nc\n")).fingerprint != first
    assert source_of(write(tmp_path / "two" / "b.jsonl", "a\nb\n")).fingerprint != first
    labeled = [write(tmp_path / label / f"train.{label}.txt", "a\n").parent for label in "01"]
    assert source_of(labeled[0]).fingerprint != source_of(labeled[1]).fingerprint


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "has no train split, only nothing"),
        (["valid.txt", "test.txt"], "has no train split, only test, valid"),
        (["data.txt"], "has no train split"),
        (["train.txt", "train.jsonl"], r"several files for train: train\.jsonl, train\.txt; expected one"),
        (["train.txt", "train.0.txt"], "several files for train"),
        (["train.0.txt", "train.0.txt.gz"], "several files for train"),
        (["train.txt", "dev.txt", "valid.txt"], "both valid and dev, which mean the same split"),
        (["train.txt", "EVAL.txt", "val.txt"], "both eval and val, which mean the same split"),
        (
            ["train.txt", "Holdout.txt"],
            "and Holdout.txt, whose name means no split",
        ),
        (["train.csv", "yelp_test.csv"], "yelp_test.csv, whose name means no split"),
        (["train.txt", "test/a.txt"], "test is a folder; expected text files"),
    ],
)
def test_a_folder_whose_splits_are_unclear_is_refused(tmp_path, names, message):
    for name in names:
        write(tmp_path / name, "a\n")
    with pytest.raises(UserError, match=message):
        source_of(tmp_path)


@pytest.mark.parametrize("name", ["scnes", "none/such.txt", ""])
def test_an_unknown_name_is_answered_with_the_known_ones(monkeypatch, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        source_of(name or tmp_path / "empty")
    assert "built-in corpus (scenes, scenes-pairs)" in str(caught.value)
    assert ".txt, .jsonl, .csv, .tsv" in str(caught.value)
    assert "hf:NAME" in str(caught.value)


def test_a_file_of_unknown_format_is_refused_before_it_is_read(tmp_path):
    with pytest.raises(UserError, match="no known format"):
        source_of(write(tmp_path / "a.parquet", "a"))


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused_where_it_is_needed(tmp_path, fraction):
    with pytest.raises(UserError, match="expected a share between 0 and 1"):
        source_of(numbered(10, tmp_path / "flat"), valid_fraction=fraction)
    write(tmp_path / "train.txt", "a")
    write(tmp_path / "valid.txt", "b")
    assert texts(source_of(tmp_path, valid_fraction=fraction).valid) == ["b"]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A local Hugging Face dataset, with the library's cache in a temporary folder."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = [("a b", 0), ("c d", 1), ("", 1), (None, 0), ("e f", -1)]
    features = datasets.Features(
        {"sentence": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    table = datasets.Dataset.from_dict({"sentence": [r[0] for r in rows], "label": [r[1] for r in rows]}, features)
    for split in ("train", "validation"):
        (tmp_path / "dataset").mkdir(exist_ok=True)
        table.to_parquet(tmp_path / "dataset" / f"{split}.parquet")
    return DataConfig(data=f"hf:{tmp_path / 'dataset'}")


@pytest.mark.parametrize("streaming", [False, True])
def test_a_hugging_face_dataset_is_read_with_the_names_of_its_classes(hub, streaming):
    source = open_source(replace(hub, streaming=streaming))
    tally: Counter[str] = Counter()
    expected = [Record(("a b",), "bad"), Record(("c d",), "good"), Record(("e f",), None)]
    assert list(source.train.open(tally)) == expected == list(source.train) == list(source.valid)
    assert tally["empty"] == 2
    assert source.test is None
    assert source.fingerprint == open_source(replace(hub, streaming=streaming)).fingerprint


def test_a_column_that_a_hugging_face_dataset_does_not_have_is_named(hub):
    with pytest.raises(UserError, match="no column 'body'; the columns are 'sentence', 'label'"):
        list(open_source(replace(hub, text_column="body")).train)
    with pytest.raises(UserError, match=r"train row 1: 'label' is 0, of type int; expected a string"):
        list(open_source(replace(hub, text_column="label")).train)


def test_a_hugging_face_dataset_that_is_not_there_is_one_line(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for name in ("nobody-at-all/nothing-at-all", f"{tmp_path}/none"):
        with pytest.raises(UserError, match=f"hf:{name} cannot be opened .* check the name and the network") as caught:
            source_of(f"hf:{name}")
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["scenes", "scenes-pairs"])
def test_built_in_corpora_hold_nothing_out_that_is_in_train(monkeypatch, name):
    monkeypatch.setattr(builtin, "SPLIT_SIZES", {"train": 2000, "valid": 300, "test": 300})
    source = source_of(name)
    assert source.test is not None
    splits = [[record.texts for record in split] for split in (source.train, source.valid, source.test)]
    assert len(splits[0]) == 2000
    for held_out in splits[1:]:
        assert 100 < len(held_out) <= 300
        assert not set(held_out) & set(splits[0])
    assert splits[1] != splits[2]
    assert {len(record.texts) for record in source.train} == {2 if name == "scenes-pairs" else 1}
    assert all(record.label for record in source.train)
    assert source.fingerprint != source_of("scenes" if name == "scenes-pairs" else "scenes-pairs").fingerprint


@real_data
@pytest.mark.parametrize(
    ("name", "options", "rows", "labels"),
    [
        ("snli_text", {}, 12_662, {None}),
        ("yelp", {}, 9_446, {"0", "1"}),
        ("snli", {}, 9_842, {"entailment", "neutral", "contradiction"}),
        ("sst2", {"text_column": "2", "labels": "1"}, 872, {"0", "1"}),
    ],
)
def test_real_data_sets_are_read_whole(name, options, rows, labels):
    records = list(source_of(REAL / name, **options).valid)
    assert len(records) == rows
    assert {record.label for record in records} == labels
    assert {len(record.texts) for record in records} == {2 if name == "snli" else 1}


@real_data
def test_a_real_file_without_header_is_refused_with_the_way_out():
    with pytest.raises(UserError, match=r"train\.tsv\.gz:1: the columns are '1', .*text_column 2, labels 1"):
        list(source_of(REAL / "sst2").train)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 300, "cannot be read: File name too long"),
        ("loop", "cannot be read: Too many levels of symbolic links"),
        ("gone", "is a link that leads nowhere"),
        ("a.txt/b", "cannot be read: Not a directory"),
        ("zero\0", "cannot be read: embedded null"),
    ],
)
@pytest.mark.parametrize("images", [False, True])
def test_data_that_cannot_be_reached_is_not_called_missing(tmp_path, name, said, images):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    write(tmp_path / "a.txt", "a\n")
    data = f"{tmp_path}/{name}"
    assert modality_of_data(data) is None
    with pytest.raises(UserError, match=said):
        open_images(ImageConfig(data=data)) if images else source_of(data)
