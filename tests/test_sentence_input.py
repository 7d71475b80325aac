"""Sentences that commands are given: the columns of the training, pipes answered as lines come, rows kept."""

import dataclasses
import gzip
import io
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textgan.cli.sentences import ColumnFlags, chunks
from textgan.data.config import DataConfig
from textgan.errors import UserError
from textgan.sampling import SentenceModel

LINES = ["a man sleeps .", "two dogs is running in the park .", "a girl sits"]


@pytest.fixture(scope="module")
def reader_of_reviews(model, tmp_path_factory) -> Path:
    """A model that was trained on a column called review."""
    assert isinstance(model.config.data, DataConfig)
    config = dataclasses.replace(model.config, data=dataclasses.replace(model.config.data, text_column="review"))
    folder = tmp_path_factory.mktemp("models") / "reviews"
    SentenceModel(model.network, model.tokenizer, config).save_pretrained(folder)
    return folder


def table(path: Path, column: str, delimiter: str = ",") -> Path:
    rows = [delimiter.join(("id", column))] + [f"{i}{delimiter}{line}" for i, line in enumerate(LINES)]
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.mark.parametrize("column", ["review", "text"])
def test_commands_read_the_column_of_the_training_or_the_usual_one(command, reader_of_reviews, model, tmp_path, column):
    file = table(tmp_path / "a.csv", column)
    assert command("reconstruct", reader_of_reviews, file).out.splitlines() == model.reconstruct(LINES)
    assert command("encode", reader_of_reviews, file, "--output", tmp_path / "z.npy").code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "z.npy"), model.encode(LINES))
    edited = command("edit", reader_of_reviews, file, "--add", file, "--pairs")
    assert [line.split("\t")[0] for line in edited.out.splitlines()] == LINES


def test_flags_name_another_column(command, reader_of_reviews, model, tmp_path):
    file = table(tmp_path / "a.csv", "comment", ";")
    assert (
        "no column 'review'; the columns are 'id', 'comment'"
        in command("reconstruct", reader_of_reviews, file).complaint
    )
    outcome = command("reconstruct", reader_of_reviews, file, "--text-column", "comment")
    assert outcome.out.splitlines() == model.reconstruct(LINES)
    (tmp_path / "a.txt").write_text("".join(f"{line}\n" for line in LINES))
    assert command("reconstruct", reader_of_reviews, tmp_path / "a.txt").out == outcome.out
    flags = ("--text-column", "comment")
    assert "has no columns" in command("reconstruct", reader_of_reviews, tmp_path / "a.txt", *flags).complaint
    assert "standard input is read" in command("reconstruct", reader_of_reviews, "-", *flags).complaint


def test_empty_lines_keep_their_rows(command, run_folder, model, tmp_path, caplog):
    lines = [LINES[0], "", LINES[1], "  ", LINES[2]]
    (tmp_path / "a.txt").write_text("".join(f"{line}\n" for line in lines))
    written = command("reconstruct", run_folder, tmp_path / "a.txt").out.splitlines()
    assert (written[1], written[3]) == ("", "")
    assert written[::2] == model.reconstruct(LINES)
    command("encode", run_folder, tmp_path / "a.txt", "--output", tmp_path / "z.npy")
    codes = np.load(tmp_path / "z.npy")
    assert codes.shape[0] == 5
    np.testing.assert_allclose(codes[::2], model.encode(LINES), atol=1e-6)
    assert "2 sentences of" in caplog.text
    assert "are empty: their rows are the code of no words" in caplog.text


@pytest.mark.parametrize("name", ["reconstruct", "encode", "edit"])
def test_unknown_words_and_cut_sentences_are_said(command, run_folder, model, tmp_path, caplog, name):
    long = " ".join(["a man"] * model.max_length)
    (tmp_path / "a.txt").write_text(f"a zebra sleeps .\n{long}\n")
    flags = {"encode": ["--output", tmp_path / "z.npy"], "edit": ["--add", tmp_path / "a.txt"]}.get(name, [])
    assert command(name, run_folder, tmp_path / "a.txt", *flags).code == 0
    assert f"1 of {4 + 2 * model.max_length} words of" in caplog.text
    assert "are not in the model's vocabulary and become <unk>" in caplog.text
    assert f"1 sentences of {tmp_path / 'a.txt'} are cut to {model.max_length} tokens" in caplog.text


def columns(**known: Any) -> ColumnFlags:
    from jsonargparse import Namespace

    return ColumnFlags(Namespace(text_column=None, second_column=None), DataConfig(**known))


def test_a_pipe_gives_what_has_come_before_more_comes(monkeypatch):
    ours, theirs = os.pipe()
    with os.fdopen(ours) as stdin, os.fdopen(theirs, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        came = chunks("-", columns())
        pipe.write(b"\xef\xbb\xbfone\ntwo\nthr")
        assert next(came) == [("one",), ("two",)]
        pipe.write(b"ee\r\n\n")
        assert next(came) == [("three",), ("",)]
        pipe.write(b"last")
        pipe.close()
        assert list(came) == [[("last",)]]


def test_a_pipe_is_the_file_that_it_brings(monkeypatch, tmp_path):
    content = "\n".join(f"line {i}" for i in range(20_000)).encode()
    (tmp_path / "a.txt").write_bytes(content)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    piped, filed = (
        [row for part in chunks(source, columns()) for row in part] for source in ("-", str(tmp_path / "a.txt"))
    )
    assert piped == filed
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(content))))
    with pytest.raises(UserError, match="standard input is no text: it is packed by gzip"):
        list(chunks("-", columns()))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"ok\n" + b"x" * 3_000_000)))
    monkeypatch.setenv("TEXTGAN_MAX_LINE", "1000")
    with pytest.raises(UserError, match=r"standard input:2: a line of .* expected at most 1,000"):
        list(chunks("-", columns()))


@pytest.mark.parametrize("name", ["reconstruct", "edit"])
def test_a_command_answers_before_its_pipe_closes(command, run_folder, model, monkeypatch, capsys, tmp_path, name):
    parts, seen = iter([*(f"{line}\n".encode() for line in LINES), b""]), []

    class Pipe(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            seen.append(capsys.readouterr().out)
            return next(parts)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Pipe()))
    (tmp_path / "add.txt").write_text(f"{LINES[2]}\n")
    flags = {"edit": ["-", "--add", tmp_path / "add.txt", "--scale", "0"]}.get(name, [])
    assert command(name, run_folder, *flags) == (0, "", "")
    assert [part.rstrip("\n") for part in seen] == ["", *model.reconstruct(LINES)]
