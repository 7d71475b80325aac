"""A corpus is tokenized once, whatever happens in between, and says what it kept."""

import gzip
import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textgan.data import corpus as corpus_module
from textgan.data.cache import build_once, cache_folder
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.specials import BOS, EOS, PAD
from textgan.data.tokenfile import ALONE, TokenFile, TokenWriter
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import TextSpec
from textgan.errors import UserError

TRAIN = ["a man runs", "the dog is in the park", "", "a b c d e f g", "the man sees a dog"]


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.txt").write_text("\n".join(TRAIN) + "\n")
    (folder / "valid.txt").write_text("a man sees a cat\n")
    return DataConfig(data=str(folder), max_length=6)


def texts(file: TokenFile) -> list[str]:
    return [file.text(i) for i in range(len(file))]


def no_build(*_: object) -> None:
    raise AssertionError("built again")


def test_sentences_come_back_as_text(config, tmp_path):
    corpus = open_corpus(config, cache=tmp_path)
    assert texts(corpus.train) == ["a man runs", "the dog is in the park", "the man sees a dog"]
    assert texts(corpus.valid) == ["a man sees a <unk>"]
    assert corpus.test is None
    assert corpus.train.lengths.tolist() == [3, 6, 5]
    assert corpus.spec == TextSpec(corpus.tokenizer.vocab_size, 6)


def test_rows_are_padded_between_begin_and_end(config, tmp_path):
    train = open_corpus(config, cache=tmp_path).train
    rows, lengths = train.rows([2, 0])
    encode = train.tokenizer.encode
    assert rows.tolist() == [
        [BOS, *encode("the man sees a dog"), EOS],
        [BOS, *encode("a man runs"), EOS, PAD, PAD],
    ]
    assert lengths.tolist() == [6, 4]
    assert rows.dtype == lengths.dtype == np.int64
    wider, _ = train.rows([2, 0], width=9)
    assert wider.shape == (2, 10)
    assert (wider[:, :7] == rows).all()
    assert (wider[:, 7:] == PAD).all()
    assert train.rows([])[0].shape == (0, 2)


def test_what_was_kept_is_said_in_the_log(config, tmp_path, caplog):
    with caplog.at_level(logging.INFO, "textgan"):
        corpus = open_corpus(config, cache=tmp_path)
    said = [record.message for record in caplog.records]
    assert set(corpus.summary) <= set(said)
    assert (
        "train: 3 sentences, 4.7 tokens each, 0.00 % unknown; 1 over 6 tokens dropped, 1 empty skipped"
        in corpus.summary
    )
    assert (
        "valid: 1 sentences, 5.0 tokens each, 20.00 % unknown; 0 over 6 tokens dropped, 0 empty skipped"
        in corpus.summary
    )


def test_a_valid_split_that_was_cut_off_is_said_with_its_size(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"sentence {i}\n" for i in range(100)))
    corpus = open_corpus(DataConfig(data=str(tmp_path / "a.txt"), valid_fraction=0.2), cache=tmp_path)
    assert len(corpus.train) + len(corpus.valid) == 100
    assert f"no valid split: {len(corpus.valid)} of 100 sentences cut off" in corpus.summary[-1]


def test_long_sentences_are_truncated_on_request(config, tmp_path):
    train = open_corpus(replace(config, long_sentences="truncate"), cache=tmp_path).train
    assert texts(train)[2] == "a b c d e f"
    assert len(train) == 4


def test_the_second_opening_only_opens(config, tmp_path, monkeypatch):
    first = open_corpus(config, cache=tmp_path)
    monkeypatch.setattr(corpus_module, "train_tokenizer", no_build)
    monkeypatch.setattr(corpus_module, "TokenWriter", no_build)
    second = open_corpus(config, cache=tmp_path)
    assert second.fingerprint == first.fingerprint
    assert second.summary == first.summary
    assert texts(second.train) == texts(first.train)


def test_a_run_that_brings_its_tokenizer_finds_the_same_cache(config, tmp_path, monkeypatch):
    first = open_corpus(config, cache=tmp_path)
    monkeypatch.setattr(corpus_module, "train_tokenizer", no_build)
    monkeypatch.setattr(corpus_module, "TokenWriter", no_build)
    assert open_corpus(config, first.tokenizer, cache=tmp_path).fingerprint == first.fingerprint
    # settings of the vocabulary are the tokenizer's business then
    assert open_corpus(replace(config, vocab_size=3), first.tokenizer, cache=tmp_path).fingerprint == first.fingerprint


def test_another_tokenizer_gives_other_ids_without_a_training_pass(config, tmp_path, monkeypatch):
    first = open_corpus(config, cache=tmp_path)
    monkeypatch.setattr(corpus_module, "train_tokenizer", no_build)
    other = open_corpus(config, WordTokenizer(["man", "a"]), cache=tmp_path)
    assert texts(other.train)[0] == "a man <unk>"
    assert other.fingerprint != first.fingerprint
    assert other.spec.vocab_size == 6


def test_what_decides_the_ids_decides_the_fingerprint(config, tmp_path):
    options: list[dict[str, Any]] = [
        {},
        {"max_length": 5},
        {"long_sentences": "truncate"},
        {"vocab_size": 4},
        {"lowercase": True},
    ]
    prints = [open_corpus(replace(config, **change), cache=tmp_path).fingerprint for change in options]
    (Path(config.data) / "valid.txt").write_text("a man sees a dog\n")
    prints.append(open_corpus(config, cache=tmp_path).fingerprint)
    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize("kind", ["word", "nltk", "unigram", "bpe"])
def test_every_tokenizer_fills_a_corpus(config, tmp_path, kind):
    corpus = open_corpus(replace(config, tokenizer=kind, max_length=60), cache=tmp_path)
    assert texts(corpus.train) == [text for text in TRAIN if text]


def test_labels_are_numbered_by_name(tmp_path):
    rows = [("b", "pos"), ("a", "neg"), ("c", ""), ("d", "neg")]
    (tmp_path / "train.csv").write_text("text,label\n" + "".join(f"{t},{label}\n" for t, label in rows))
    (tmp_path / "valid.csv").write_text("text,label\na,other\n")
    corpus = open_corpus(DataConfig(data=str(tmp_path)), cache=tmp_path / "cache")
    assert corpus.train.label_names == corpus.valid.label_names == ("neg", "other", "pos")
    assert corpus.train.labels is not None
    assert corpus.valid.labels is not None
    assert corpus.train.labels.tolist() == [2, 0, -1, 0]
    assert corpus.valid.labels.tolist() == [1]
    negative = corpus.train.subset(np.flatnonzero(corpus.train.labels == 0))
    assert texts(negative) == ["a", "d"]
    assert negative.rows([1])[0].tolist() == corpus.train.rows([3])[0].tolist()


def test_a_corpus_without_labels_or_pairs_says_so(config, tmp_path):
    train = open_corpus(config, cache=tmp_path).train
    assert (train.labels, train.label_names, train.sides) == (None, (), None)
    assert train.pairs().tolist() == []


def test_both_sides_of_a_pair_are_sentences_and_stay_together(tmp_path):
    rows = ["a b\tc", "a b c\td", "e\ta b c", "f\tg"]
    for split in ("train", "valid"):
        (tmp_path / f"{split}.tsv").write_text("sentence1\tsentence2\n" + "".join(f"{row}\n" for row in rows))
    train = open_corpus(DataConfig(data=str(tmp_path), max_length=2), cache=tmp_path / "cache").train
    assert texts(train) == ["a b", "c", "d", "e", "f", "g"]
    assert train.pairs().tolist() == [0, 4]


@pytest.mark.parametrize("split", ["train", "valid"])
def test_a_split_without_sentences_is_refused(config, tmp_path, split):
    (Path(config.data) / f"{split}.txt").write_text("\na b c d e f g\n")
    with pytest.raises(UserError, match=f"has no sentence to keep in {split}: 1 empty, 1 over max_length 6"):
        open_corpus(config, WordTokenizer(["a"]), cache=tmp_path)
    assert not list(tmp_path.glob("tokens/*"))


def test_a_file_of_one_line_cannot_be_cut(tmp_path):
    (tmp_path / "a.txt").write_text("a man\n")
    with pytest.raises(UserError, match="give more sentences, a folder with a valid file, or another valid_fraction"):
        open_corpus(DataConfig(data=str(tmp_path / "a.txt")), cache=tmp_path)


@pytest.mark.parametrize("name", ["vocab_size", "min_count", "max_length"])
def test_sizes_below_one_are_refused(config, tmp_path, name):
    with pytest.raises(UserError, match=f"{name} 0; expected 1 or more"):
        open_corpus(replace(config, **{name: 0}), cache=tmp_path)


@pytest.mark.parametrize("damage", ["cut", "missing", "half", "note", "notes", "splits", "file"])
def test_a_damaged_cache_is_built_again(config, tmp_path, damage):
    first = texts(open_corpus(config, cache=tmp_path).train)
    (place,) = (tmp_path / "tokens").iterdir()
    if damage == "cut":
        os.truncate(place / "train" / "tokens.bin", 4)
    elif damage == "missing":
        (place / "valid" / "offsets.bin").unlink()
    elif damage == "half":
        shutil.rmtree(place / "valid")
    elif damage == "note":
        (place / "corpus.json").write_text("")
    elif damage == "notes":
        (place / "train" / "split.json").write_text('{"bytes": {}}')
    elif damage == "splits":
        (place / "corpus.json").write_text('{"tallies": {}, "labels": []}')
    else:
        shutil.rmtree(place)
        place.write_text("not a folder")
    for folder in (tmp_path / "tokenizers").iterdir():
        (folder / "vocab.txt").write_text("")
    assert texts(open_corpus(config, cache=tmp_path).train) == first
    assert [path.name for path in (tmp_path / "tokens").iterdir()] == [place.name]


def test_a_build_that_fails_leaves_nothing(tmp_path):
    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_once(tmp_path / "place", Path.exists, fail)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_later(tmp_path):
    for name, age in ((".old.1", 1e6), (".new.1", 10.0)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (os.stat(tmp_path).st_mtime - age,) * 2)
    build_once(tmp_path / "place", Path.is_dir, lambda folder: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new.1", "place"]


def test_the_slower_of_two_builders_takes_the_faster_ones_folder(tmp_path):
    place = tmp_path / "place"

    def complete(folder: Path) -> bool:
        return (folder / "by").exists()

    def overtaken(folder: Path) -> None:
        (folder / "by").write_text("slower")
        build_once(place, complete, lambda other: (other / "by").write_text("faster"))

    build_once(place, complete, overtaken)
    assert (place / "by").read_text() == "faster"
    assert [path.name for path in tmp_path.iterdir()] == ["place"]


def test_processes_that_build_at_once_agree(config, tmp_path):
    (Path(config.data) / "train.txt").write_text("".join(f"sentence {i % 100} {i}\n" for i in range(20_000)))
    code = (
        "import sys; from pathlib import Path; from textgan.data.config import DataConfig;"
        "from textgan.data.corpus import open_corpus;"
        "c = open_corpus(DataConfig(data=sys.argv[1], tokenizer='word'), cache=Path(sys.argv[2]));"
        "print(c.fingerprint, len(c.train), c.train.text(19_999), 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, config.data, str(tmp_path / "cache")]
    root = str(Path(__file__).parents[2])
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) for _ in range(3)]
    said = {process.communicate(timeout=60)[0].decode() for process in running}
    assert len(said) == 1
    assert said.pop().endswith(" 20000 sentence 99 <unk> False\n")
    assert len(list((tmp_path / "cache" / "tokens").iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_named(config, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written .* set TEXTGAN_CACHE"):
        open_corpus(config, cache=tmp_path / "file" / "cache")


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.delenv("TEXTGAN_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "textgan"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "textgan"
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


def test_large_vocabularies_take_four_bytes(tmp_path):
    tokenizer = WordTokenizer([str(i) for i in range(70_000)])
    writer = TokenWriter(tmp_path / "split", tokenizer.vocab_size)
    writer.extend(np.array(tokenizer.encode("69999 5")), np.array([2]), np.array([-1]), np.array([ALONE]))
    writer.close([], pairs=False)
    file = TokenFile.open(tmp_path / "split", tokenizer)
    assert file.text(0) == "69999 5"
    assert file.tokens.dtype == np.uint32


def test_memory_does_not_grow_with_the_corpus(tmp_path):
    """Measured in a process of its own: the peak for 20 times the sentences is at most a third higher."""
    code = (
        "import resource, sys; from pathlib import Path; from textgan.data.config import DataConfig;"
        "from textgan.data.corpus import open_corpus;"
        "open_corpus(DataConfig(data=sys.argv[1]), cache=Path(sys.argv[1] + '.cache'));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for n in (10_000, 200_000):
        path = tmp_path / f"{n}.txt.gz"
        path.write_bytes(gzip.compress("".join(f"the {i % 999} {i % 7} men\n" for i in range(n)).encode(), 1))
        run = [sys.executable, "-c", code, str(path)]
        peaks.append(int(subprocess.check_output(run, cwd=str(Path(__file__).parents[2]))))
    assert peaks[1] < 1.33 * peaks[0]


@pytest.mark.parametrize("width", [None, 1, 4])
def test_sentences_that_are_all_empty_have_rows_of_any_width(width):
    rows, lengths = TokenFile.of([[], []], WordTokenizer(["a"])).rows([0, 1, 0], width)
    assert lengths.tolist() == [1, 1, 1]
    assert rows.tolist() == [[BOS, EOS, *[PAD] * ((width or 1) - 1)]] * 3
