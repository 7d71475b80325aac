"""A large corpus is tokenized by several processes, can be gone on with, and gives what a small one gives."""

import csv
import gzip
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from textgan.data import blocks, cache, content, corpus, tokenized
from textgan.data.blocks import RecordBlock, Split, blocks_of_file
from textgan.data.config import DataConfig
from textgan.data.content import file_hash
from textgan.data.corpus import open_corpus
from textgan.data.parts import Cutter, Reading
from textgan.data.readers import read_records
from textgan.data.records import Record
from textgan.data.tokenfile import FIRST, SECOND, TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.workers import Task, tokenize_blocks
from textgan.errors import UserError
from textgan.evaluation.text.words import build_vocabulary, corpus_vocabulary

ROOT = Path(__file__).parents[2]


def sentences(n: int) -> list[str]:
    nouns = ["man", "café", "dog's", "ice cream", "\u2581", "日本", "person"]
    return [f"The {nouns[i % 7]} sees {i * i % 97} things, or {i % 13} ." if i % 11 else " " for i in range(n)]


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of two kilobytes, and no corpus so small that it is read by one process."""
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 2000)
    monkeypatch.setattr(blocks, "_RECORDS", 50)
    monkeypatch.setattr(tokenized, "_SMALL", 0)


def write(folder: Path, suffix: str) -> Path:
    rows = [(text, ["no", "yes", ""][i % 3]) for i, text in enumerate(sentences(900))]
    path = folder / f"data{suffix}"
    kind = suffix.removesuffix(".gz")
    if kind == ".txt":
        text = "\ufeff" + "\r\n".join(text for text, _ in rows)
    elif kind == ".jsonl":
        text = "\n \n" + "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
    elif kind == ".tsv":
        text = "".join("\t".join(row) + "\n" for row in [("text", "label"), *rows])
    else:
        with path.open("w", newline="") as file:
            quoted = [(text.replace(" sees", '\nsees "me"'), label) for text, label in rows]
            csv.writer(file).writerows([("text", "label"), *quoted])
        return path
    data = text.encode()
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    return path


def content_of(cache: Path) -> dict[str, bytes]:
    places = [path for part in ("tokens", "tokenizers") for path in (cache / part).rglob("*") if path.is_file()]
    return {str(path.relative_to(cache)): path.read_bytes() for path in places}


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz", ".jsonl", ".jsonl.gz", ".csv", ".tsv"])
def test_blocks_hold_the_records_of_the_file(tmp_path, small_blocks, suffix):
    path, config = write(tmp_path, suffix), DataConfig()
    tally, whole = Counter[str](), Counter[str]()
    split = Split(lambda: blocks_of_file(path, config))
    assert list(split.open(tally)) == list(read_records(path, config, whole))
    assert tally == whole
    assert len(list(blocks_of_file(path, config))) > 10


@pytest.mark.parametrize("suffix", [".txt", ".jsonl", ".csv", ".tsv", ".txt.gz"])
def test_an_error_names_the_same_line_in_blocks(tmp_path, small_blocks, suffix):
    path = write(tmp_path, suffix)
    lines = (gzip.decompress(path.read_bytes()) if suffix.endswith(".gz") else path.read_bytes()).split(b"\n")
    lines[700] = b"a \xff"
    data = b"\n".join(lines)
    path.write_bytes(gzip.compress(data) if suffix.endswith(".gz") else data)
    with pytest.raises(UserError) as one:
        list(read_records(path, DataConfig()))
    with pytest.raises(UserError) as several:
        list(Split(lambda: blocks_of_file(path, DataConfig())))
    assert str(one.value) == str(several.value)


def test_a_broken_gzip_file_is_the_same_error_in_blocks(tmp_path, small_blocks):
    path = write(tmp_path, ".txt.gz")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(UserError) as one:
        list(read_records(path, DataConfig()))
    with pytest.raises(UserError, match="ends too early") as several:
        list(Split(lambda: blocks_of_file(path, DataConfig())))
    assert str(one.value) == str(several.value)


def test_a_head_is_found_after_blocks_of_empty_lines(tmp_path, small_blocks):
    path = tmp_path / "data.csv"
    path.write_text("\n" * 5000 + "label,text\n" + "".join(f"{i % 2},word {i}\n" for i in range(900)))
    split = Split(lambda: blocks_of_file(path, DataConfig()))
    assert list(split) == list(read_records(path, DataConfig()))


@pytest.mark.parametrize("tokenizer", ["word", "nltk", "unigram", "bpe"])
def test_two_processes_write_what_one_writes(tmp_path, monkeypatch, tokenizer):
    path = write(tmp_path, ".jsonl")
    config = DataConfig(
        data=str(path), tokenizer=tokenizer, vocab_size=400, lowercase=True, labels="label", max_length=25
    )
    open_corpus(config, cache=tmp_path / "small")
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 20_000)
    monkeypatch.setattr(tokenized, "_SMALL", 0)
    for processes in (1, 2):
        open_corpus(config, cache=tmp_path / str(processes), processes=processes)
        assert content_of(tmp_path / str(processes)) == content_of(tmp_path / "small")
        assert not list((tmp_path / str(processes) / "parts").glob("*.parts"))


def test_unlabeled_sentences_and_splits_are_the_same_from_two_processes(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    folder.mkdir()
    texts = sentences(600)
    for name, begin in (("train.yes", 0), ("train.no", 200), ("valid", 400), ("test", 500)):
        (folder / f"{name}.txt").write_text("\n".join(texts[begin : begin + 100]))
    more = tmp_path / "more.txt"
    more.write_text("\n".join(texts))
    config = DataConfig(data=str(folder), labels="label", unlabeled=str(more), tokenizer="word", max_length=8)
    alone = open_corpus(config, cache=tmp_path / "small")
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 1500)
    monkeypatch.setattr(tokenized, "_SMALL", 0)
    shared = open_corpus(config, cache=tmp_path / "two", processes=2)
    assert content_of(tmp_path / "two") == content_of(tmp_path / "small")
    assert shared.summary == alone.summary


def test_an_error_in_another_process_is_that_of_the_first_bad_line(tmp_path, small_blocks):
    path = tmp_path / "data.jsonl"
    rows = [json.dumps({"text": text}) for text in sentences(900)]
    rows[300] = rows[650] = "{"
    path.write_text("\n".join(rows))
    with pytest.raises(UserError, match=r"data\.jsonl:301: not JSON"):
        open_corpus(DataConfig(data=str(path)), cache=tmp_path, processes=2)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_killed_start_is_gone_on_with(tmp_path, small_blocks, caplog, processes):
    path = write(tmp_path, ".txt")
    config = DataConfig(data=str(path))
    code = (
        "import os, signal, sys; from pathlib import Path; from textgan.data import blocks, tokenized;"
        "from textgan.data.config import DataConfig; from textgan.data.corpus import open_corpus;"
        "blocks.BLOCK_SIZE = 2000; tokenized._SMALL = 0; there = Path.exists; seen = [];"
        # A file is looked for before its block is handed out: at the tenth the process dies.
        "Path.exists = lambda self: (self.suffix == '.npz' and (seen.append(0) or len(seen) == 10)"
        " and os.kill(os.getpid(), signal.SIGKILL)) or there(self);"
        "open_corpus(DataConfig(data=sys.argv[1]), cache=Path(sys.argv[2]), processes=int(sys.argv[3]))"
    )
    argv = [sys.executable, "-c", code, str(path), str(tmp_path / "cache"), str(processes)]
    assert subprocess.run(argv, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    wait_for_stillness(tmp_path / "cache" / "parts")
    assert len(list((tmp_path / "cache" / "parts").rglob("*.npz"))) in (8, 9)
    with caplog.at_level(logging.INFO, "textgan"):
        open_corpus(config, cache=tmp_path / "cache", processes=processes)
    assert "were tokenized before" in caplog.text
    open_corpus(config, cache=tmp_path / "whole", processes=1)
    assert content_of(tmp_path / "cache") == content_of(tmp_path / "whole")


def wait_for_stillness(folder: Path) -> None:
    """Until the processes whose parent was killed have written their last part."""
    while True:
        before = sorted(folder.rglob("*"))
        time.sleep(0.5)
        if sorted(folder.rglob("*")) == before:
            return


def test_a_process_that_is_killed_says_what_to_do(tmp_path, small_blocks, monkeypatch):
    from textgan.data import workers

    start = workers._start

    def dying() -> "subprocess.Popen[bytes]":
        process = start()
        os.kill(process.pid, signal.SIGKILL)
        return process

    monkeypatch.setattr(workers, "_start", dying)
    with pytest.raises(UserError, match=r"ended \(signal SIGKILL\).*fewer --threads"):
        open_corpus(DataConfig(data=str(write(tmp_path, ".txt"))), cache=tmp_path, processes=2)


def test_the_hash_of_a_large_file_is_remembered_until_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(content, "_LARGE", 0)
    path = tmp_path / "data.txt"
    path.write_text("one\n")
    first = file_hash(path, tmp_path)
    assert not (tmp_path / "content").exists(), "written just now: it could change without a sign"
    monkeypatch.setattr(content, "_SETTLED", -1.0)
    assert file_hash(path, tmp_path) == first
    monkeypatch.setattr(content.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    assert file_hash(path, tmp_path) == first
    monkeypatch.undo()
    monkeypatch.setattr(content, "_LARGE", 0)
    stat = path.stat()
    time.sleep(0.02)
    path.write_text("two\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # as a copy that keeps times
    assert file_hash(path, tmp_path) == file_hash(path, None) != first


def test_pieces_of_a_large_corpus_are_learned_from_all_over_it(tmp_path, small_blocks, monkeypatch, caplog):
    monkeypatch.setattr(tokenized, "LEARNED_BLOCKS", 4)
    path = tmp_path / "data.txt"
    path.write_text("".join(f"word number {i}\n" for i in range(3000)))
    config = DataConfig(data=str(path), tokenizer="unigram")
    source = corpus.open_source(config)
    with caplog.at_level(logging.INFO, "textgan"):
        learned = [
            int(text.split()[-1]) for text in tokenized.TokenizedBlocks(config, source, None, tmp_path, 1).texts()
        ]
    assert len(learned) < 1000
    assert learned[0] < 100
    assert learned[-1] > 2000
    assert learned == sorted(learned)
    assert "pieces are learned from one in 8 megabytes" in caplog.text


def test_some_sentences_are_spread_and_pairs_stay_whole():
    tokenizer = WordTokenizer(["a"])
    sides = np.array([0, 1, 2, 1, 2, 0, 1, 2, 0, 0], dtype=np.uint8)
    file = TokenFile.of([[4]] * 10, tokenizer, np.arange(10), tuple("0123456789"), sides)
    some = file.some(6)
    assert some.labels is not None
    assert some.labels.tolist() == [0, 3, 4, 6, 7]
    assert some.sides is not None
    assert some.sides.tolist() == [0, FIRST, SECOND, FIRST, SECOND]
    assert file.some(10) is file
    alone = TokenFile.of([[4]] * 10, tokenizer, np.arange(10)).some(3)
    assert alone.labels is not None
    assert alone.labels.tolist() == [0, 3, 6]


@pytest.mark.parametrize("tokenizer", ["word", "nltk", "unigram"])
def test_the_judges_words_from_counts_are_those_of_the_text(tmp_path, tokenizer):
    config = DataConfig(data=str(write(tmp_path, ".txt")), tokenizer=tokenizer, vocab_size=300, max_length=60)
    train = open_corpus(config, cache=tmp_path).train
    texts = [train.text(i) for i in range(len(train))]
    assert corpus_vocabulary(train, 30).words == build_vocabulary(texts, 30).words


def test_the_lock_of_the_cache_follows_no_link_and_is_seen_to_be_in_use(tmp_path):
    mine, lock = tmp_path / "mine.txt", tmp_path / ".place.lock"
    mine.write_text("of great worth")
    lock.symlink_to(mine)
    with pytest.raises(UserError, match="cannot be written"), cache.exclusively(tmp_path / "place"):
        pass
    assert mine.read_text() == "of great worth"
    lock.unlink()
    lock.touch()
    before = time.time() - 3600
    os.utime(lock, (before, before))
    with cache.exclusively(tmp_path / "place"):
        assert time.time() - lock.stat().st_mtime < 60


@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "flipped", "text"])
def test_a_part_that_a_power_cut_spoilt_is_made_again(tmp_path, damage):
    records = [Record((text,)) for text in sentences(200) if text.strip()]
    task = Task(tmp_path / "00000000.npz", Reading("train"), RecordBlock(records))
    tokenize_blocks(Cutter(DataConfig().settled(), None), [task], 1)
    good = task.file.read_bytes()
    at = good.index(b"tokens.npy") + 200
    flipped = bytes([*good[:at], good[at] ^ 255, *good[at + 1 :]])
    bad = {
        "empty": b"",
        "cut": good[: len(good) // 2],
        "zeros": bytes(len(good)),
        "flipped": flipped,
        "text": b"no zip",
    }
    task.file.write_bytes(bad[damage])
    tokenize_blocks(Cutter(DataConfig().settled(), None), [task], 1)
    assert task.file.read_bytes() == good
