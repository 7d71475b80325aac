"""Tables as users have them: other delimiters, headers that stand again, huge cells; and lines that are too long."""

import csv
import gzip
import io
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from textgan.data import blocks
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.readers import read_records
from textgan.data.records import Record
from textgan.data.sources import open_source
from textgan.errors import UserError


def records(path: Path, content: str | bytes, **settings: Any) -> list[Record]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_records(path, DataConfig(**settings)))


def complaint(path: Path, content: str | bytes, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        records(path, content, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


TWO = [Record(("a film, and good",), "1"), Record(("bad; really",), "0")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("begin", ["", "\n\n", "sep={}\n"])
def test_columns_may_be_separated_in_other_ways(tmp_path, delimiter, quoting, begin):
    out = io.StringIO(begin.format(delimiter))
    out.seek(0, io.SEEK_END)
    rows = [["id", "review", "label"], ["1", "a film, and good", "1"], ["2", "bad; really", "0"]]
    csv.writer(out, delimiter=delimiter, quoting=quoting).writerows(rows)
    assert records(tmp_path / "a.csv", out.getvalue(), text_column="review") == TWO
    named = out.getvalue().replace("review", "Text").replace("label", " Label ")
    assert records(tmp_path / "a.csv", named) == TWO
    headless = "".join(line for line in out.getvalue().splitlines(keepends=True) if "review" not in line)
    assert records(tmp_path / "a.csv", headless, text_column="2", labels="3") == TWO


def test_a_semicolon_in_a_sentence_separates_nothing(tmp_path):
    assert records(tmp_path / "a.csv", "text\na; b\n") == [Record(("a; b",))]
    assert records(tmp_path / "a.csv", "text,label\na; b,1\n") == [Record(("a; b",), "1")]


def test_columns_are_found_in_another_case(tmp_path):
    for text, label in (("Review", "LABEL"), ("review", "Label")):
        found = records(tmp_path / "a.tsv", f"{text}\t{label}\na\t1\n", text_column="review", labels="label")
        assert found == [Record(("a",), "1")]
    said = complaint(tmp_path / "a.tsv", "text,label\na,1\n")
    assert "are columns separated by ','? Name such a file .csv" in said


def test_columns_that_are_not_there_are_named_by_the_likeliest_delimiter(tmp_path):
    assert "the columns are 'id', 'review'" in complaint(tmp_path / "a.csv", "id;review\n1;a\n")


def test_a_header_that_stands_again_is_no_sentence(tmp_path):
    table = "text,label\na,1\ntext,label\nb,0\n Text,label\n"
    tally: Counter[str] = Counter()
    (tmp_path / "a.csv").write_text(table)
    found = list(read_records(tmp_path / "a.csv", DataConfig(), tally))
    assert found == [Record(("a",), "1"), Record(("b",), "0"), Record((" Text",), "label")]
    assert tally == {"headers": 1}
    kept = list(read_records(tmp_path / "a.csv", DataConfig(), tally, keep_empty=True))
    assert kept == found


def test_headers_that_stand_again_are_counted_once_in_a_corpus(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 40)
    rows = "text,label\n" * 3 + "".join(f"word {i},{i % 2}\n" for i in range(20)) + "text,label\n"
    for split in ("train", "valid"):
        (tmp_path / f"{split}.csv").write_text(rows)
    corpus = open_corpus(DataConfig(data=str(tmp_path)), cache=tmp_path / "cache")
    assert len(corpus.train) == 20
    assert corpus.train.label_names == ("0", "1")
    assert "train: 3 lines repeat the header of their file and are skipped" in corpus.summary


def test_a_column_that_stands_twice_is_refused(tmp_path):
    said = complaint(tmp_path / "a.csv", "text,label,text\na,1,b\n")
    assert "column 'text' stands twice in the header" in said
    assert records(tmp_path / "a.csv", "text,x,x\na,1,b\n") == [Record(("a",))]


def test_a_huge_cell_in_another_column_is_read(tmp_path):
    huge = "x" * 300_000
    assert records(tmp_path / "a.csv", f'id,text\n"{huge}",a\n') == [Record(("a",))]


def test_an_open_quote_is_told_as_the_cause_of_a_huge_cell(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_MAX_LINE", "1000")
    said = complaint(tmp_path / "a.csv", 'text\n"a\n' + "b c d e f\n" * 300)
    assert "a field of more than 1,000 characters; does a quote stand open before it?" in said


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.jsonl", "a.csv", "a.tsv.gz"])
def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch, name):
    monkeypatch.setenv("TEXTGAN_MAX_LINE", "5000")
    monkeypatch.setattr(blocks, "BLOCK_SIZE", 10)
    content = (b'{"text": "a"}\n' if "jsonl" in name else b"text\n") + b"a " * 10_000
    content = gzip.compress(content) if name.endswith(".gz") else content
    said = f"{name}:2: a line of more than 5,000 bytes; expected a sentence"
    assert said in complaint(tmp_path / name, content)
    source = open_source(DataConfig(data=str(tmp_path / name)))
    with pytest.raises(UserError, match=r"a line of more than 5,000 bytes; .* set TEXTGAN_MAX_LINE to more"):
        list(source.train)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            gzip.compress(b"a sentence\n" * 50, mtime=0),
            "it is packed by gzip; unpack it, or let the name of the file end in .gz",
        ),
        (b"PK\x03\x04\x14\x00\x08\x08\x08\n\x00\xc3\xff", "it is a zip archive or an Excel workbook"),
        ("a sentence\n".encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        (b"caf\xe9\n", "byte 0xe9 is not UTF-8; convert it to UTF-8"),
        (b"PAR1\x15\xff", "it is Parquet"),
    ],
)
def test_a_file_of_another_kind_is_named_by_its_kind(tmp_path, content, said):
    assert said in complaint(tmp_path / "a.txt", content)
    source = open_source(DataConfig(data=str(tmp_path / "a.txt")))
    with pytest.raises(UserError, match=said.split(";")[0]):
        list(source.train)


def test_a_file_that_is_not_packed_is_told_to_lose_its_gz(tmp_path):
    assert "if it is not packed, rename it without .gz" in complaint(tmp_path / "a.txt.gz", b"plain\n")


def test_why_a_file_cannot_be_read_is_told_apart(tmp_path):
    (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "folder.txt").mkdir()
    for name, said in {
        "gone.txt": "not found",
        "link.txt": "is a link that leads nowhere",
        "loop.txt": "cannot be read: Too many levels of symbolic links",
        "folder.txt": "is not a file",
        f"{'x' * 300}.txt": "cannot be read: File name too long",
        "zero\0.txt": "cannot be read: embedded null",
    }.items():
        with pytest.raises(UserError, match=said):
            read_records(tmp_path / name, DataConfig())


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("a b c\na b c d\n", "0 empty, 2 over max_length 2; raise --max-length, or cut them with --long-sentences"),
        ("\n \n", "all 2 are empty; is text_column the right one"),
        ("", "there is none; give more sentences"),
    ],
)
def test_a_split_without_sentences_says_why(tmp_path, lines, said):
    (tmp_path / "a.txt").write_text(lines)
    with pytest.raises(UserError, match=said):
        open_corpus(DataConfig(data=str(tmp_path / "a.txt"), max_length=2), cache=tmp_path / "cache")


def test_the_vocabulary_is_that_of_what_is_kept_and_as_large_as_is_asked_for(tmp_path):
    long = " ".join(f"rare{i}" for i in range(30))
    for split in ("train", "valid"):
        (tmp_path / f"{split}.txt").write_text(f"{long}\n" * 3 + "a b\nb c\nc d e\n")
    config = DataConfig(data=str(tmp_path), vocab_size=5, max_length=3)
    corpus = open_corpus(config, cache=tmp_path / "cache")
    assert corpus.tokenizer.vocab_size == 4 + 5
    assert corpus.train.token_counts()[4:].min() > 0


def test_a_vocabulary_that_misses_many_words_says_what_to_do(tmp_path, caplog):
    (tmp_path / "train.txt").write_text("a b c d e\n" * 3)
    (tmp_path / "valid.txt").write_text("a b A, x\n")
    with caplog.at_level(logging.INFO, "textgan"):
        open_corpus(DataConfig(data=str(tmp_path), vocab_size=3), cache=tmp_path / "cache")
    assert "the vocabulary misses 50 % of the words of valid, which become <unk>: --vocab-size above 3" in caplog.text
    assert "unigram or bpe, which know no unknown words" in caplog.text


def test_the_cache_holds_no_names_of_files(tmp_path):
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    for path in (one, two):
        path.write_text("".join(f"word {i}\n" for i in range(50)))
    corpora = [open_corpus(DataConfig(data=str(path)), cache=tmp_path / "cache") for path in (one, two)]
    assert corpora[0].fingerprint == corpora[1].fingerprint
    assert "one.txt has no valid split" in "\n".join(corpora[0].summary)
    assert "two.txt has no valid split" in "\n".join(corpora[1].summary)
    assert not any(b"one.txt" in path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
