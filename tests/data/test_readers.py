"""Files are read line by line, and what is wrong with them is said with file and line."""

import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textgan.data.config import DataConfig
from textgan.data.readers import SUFFIXES, read_records
from textgan.data.records import Record, clean
from textgan.errors import UserError

quick = settings(
    derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
numbered = DataConfig(text_column="2", labels="1")
sentences = st.text().filter(lambda text: text.strip())


def write(folder: Path, name: str, content: str | bytes) -> Path:
    raw = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def texts(path: Path, config: DataConfig | None = None) -> list[str]:
    return [text for record in read_records(path, config or DataConfig()) for text in record.texts]


def refusal(path: Path, config: DataConfig) -> str | None:
    """What is wrong with a file, None if it can be read; other errors than the user's pass."""
    try:
        list(read_records(path, config))
    except UserError as error:
        return str(error)
    return None


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


@quick
@given(lines=st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]))))
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_lines_written_are_the_lines_read(tmp_path, lines, ending):
    path = write(tmp_path, "a.txt", "".join(line + ending for line in lines))
    tally: Counter[str] = Counter()
    found = [record.texts[0] for record in read_records(path, DataConfig(), tally)]
    expected = [clean(line) for line in lines]
    expected[:1] = [line.removeprefix("\ufeff") for line in expected[:1]]
    kept = [line for line in expected if line and not line.isspace()]
    assert found == kept
    assert tally["empty"] == len(lines) - len(kept)


@quick
@given(rows=st.lists(st.tuples(sentences, st.sampled_from(["0", "1", "yes, sir"]))))
def test_any_sentence_survives_csv_and_jsonl(tmp_path, rows):
    expected = [Record((clean(text),), label) for text, label in rows if not clean(text).isspace()]
    # csv ends lines inside a field as the file has them; all ends become one space each
    table = as_csv([["label", "text"], *([label, text.replace("\r\n", "\n")] for text, label in rows)])
    objects = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
    assert list(read_records(write(tmp_path, "a.jsonl", objects), DataConfig())) == expected
    from_csv = [Record((clean(t.replace("\r\n", "\n")),), label) for t, label in rows if not clean(t).isspace()]
    assert list(read_records(write(tmp_path, "a.csv", table), DataConfig())) == from_csv


@quick
@given(content=st.binary(max_size=300))
@pytest.mark.parametrize("name", [*(f"a{suffix}" for suffix in SUFFIXES)])
def test_arbitrary_bytes_are_read_or_refused(tmp_path, name, content):
    path = write(tmp_path, name, content)
    for config in (DataConfig(), numbered) if name != "a.txt" else (DataConfig(),):
        message = refusal(path, config)
        named = message is None or f"{path}:" in message or f"{path} is no text" in message
        assert named
        assert "\n" not in (message or "")


@quick
@given(content=st.binary(max_size=100), size=st.integers(0, 100))
def test_arbitrary_damage_to_a_gzip_file_is_read_or_refused(tmp_path, content, size):
    path = tmp_path / "a.txt.gz"
    for raw in (content, gzip.compress(content)[:size], gzip.compress(content) + content):
        path.write_bytes(raw)
        message = refusal(path, DataConfig())
        assert message is None or f"{path}:" in message or f"{path} is no text" in message


def test_only_newlines_end_a_line(tmp_path):
    path = write(tmp_path, "a.txt", "one\u2028two\u2029\nthree\x85four\x0cfive\x0b\x1c six\rseven\r\n")
    assert texts(path) == ["one\u2028two\u2029", "three four five   six seven"]


def test_spaces_are_kept(tmp_path):
    assert texts(write(tmp_path, "a.txt", "  two  spaces \n")) == ["  two  spaces "]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    assert texts(write(tmp_path, "a.txt", b"\xef\xbb\xbfone\ntwo")) == ["one", "two"]
    assert texts(write(tmp_path, "a.csv", b"\xef\xbb\xbftext\none\n")) == ["one"]
    assert texts(write(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"text": "one"}')) == ["one"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_has_no_records(tmp_path, suffix):
    assert texts(write(tmp_path, f"a{suffix}", "")) == []
    assert texts(write(tmp_path, f"a{suffix}.gz", "")) == []


def test_a_file_of_one_line_without_newline_is_one_record(tmp_path):
    assert texts(write(tmp_path, "a.txt.gz", "one")) == ["one"]


def test_usual_columns_are_found(tmp_path):
    pair = write(tmp_path, "a.jsonl", '{"sentence1": "a", "sentence2": "b", "gold_label": "neutral", "id": 3}')
    assert list(read_records(pair, DataConfig())) == [Record(("a", "b"), "neutral")]
    pair = write(tmp_path, "b.jsonl", '{"premise": "a", "hypothesis": "b", "label": 1}')
    assert list(read_records(pair, DataConfig())) == [Record(("a", "b"), "1")]
    single = write(tmp_path, "a.tsv", "id\tsentence\tlabel\n7\ta man\t0\n")
    assert list(read_records(single, DataConfig())) == [Record(("a man",), "0")]


def test_named_columns_are_read(tmp_path):
    path = write(tmp_path, "a.csv", "x,y,z\na,b,c\n")
    assert list(read_records(path, DataConfig(text_column="z", labels="x"))) == [Record(("c",), "a")]
    assert list(read_records(path, DataConfig(text_column="z", second_column="y"))) == [Record(("c", "b"), None)]


def test_numbers_name_the_columns_of_a_file_without_header(tmp_path):
    path = write(tmp_path, "a.tsv", '1\ta "stirring , funny" film\n0\t" bad\n')
    assert list(read_records(path, numbered)) == [Record(('a "stirring , funny" film',), "1"), Record(('" bad',), "0")]


def test_no_gold_label_is_no_label(tmp_path):
    path = write(
        tmp_path, "a.jsonl", '{"text": "a", "gold_label": "-"}\n{"text": "b"}\n{"text": "c", "gold_label": ""}'
    )
    assert [record.label for record in read_records(path, DataConfig())] == [None, None, None]


def test_empty_sentences_are_skipped_and_counted(tmp_path):
    tally: Counter[str] = Counter()
    path = write(tmp_path, "a.jsonl", '{"text": "a"}\n\n{"text": " \\u3000"}\n{"text": null}\n{"text": "b"}\n')
    assert [record.texts for record in read_records(path, DataConfig(), tally)] == [("a",), ("b",)]
    assert tally["empty"] == 3
    assert texts(write(tmp_path, "a.csv", "text,label\n\na,1\n,2\n")) == ["a"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"one\ntwo\nth\xffree\n", "a.txt:3: byte 0xff is not UTF-8"),
        ("a.txt", "one\n".encode("utf-16"), "a.txt is no text: it is UTF-16; save it as UTF-8"),
        ("a.jsonl", '{"text": "a"}\n{"text": "b"', "a.jsonl:2: not JSON"),
        ("a.jsonl", "[" * 100_000, "a.jsonl:1: not JSON"),
        ("a.jsonl", '"a man"\n', 'a.jsonl:1: "a man" is not an object'),
        ("a.jsonl", '{"text": "a"}\n{"text": 7}', "a.jsonl:2: 'text' is 7, of type int; expected a string"),
        ("a.jsonl", '{"text": "a", "label": [1]}', "a.jsonl:1: 'label' is [1]; expected a string or a number"),
        ("a.jsonl", '{"text": "a"}\n{"txt": "b"}', "a.jsonl:2: no 'text' here; the line has 'txt'"),
        ("a.jsonl", '{"text": "\\ud800"}', "a.jsonl:1: 'text' holds half a surrogate pair"),
        ("a.jsonl", '{"title": "a"}', "a.jsonl:1: the columns are 'title'; expected text or sentence"),
        ("a.csv", "text,label\na,0\nb\n", "a.csv:3: 1 columns; expected 2"),
        ("a.csv", 'text\n"a" b\n', "a.csv:2: not a sound csv line"),
        ("a.csv", 'text\n"a\nb\n', "a.csv:3: not a sound csv line"),
        ("a.tsv", "1\ta stirring film\n", "a.tsv:1: the columns are '1', 'a stirring film'; expected text or sentence"),
    ],
)
def test_a_bad_line_is_named(tmp_path, name, content, message):
    path = write(tmp_path, name, content)
    with pytest.raises(UserError) as caught:
        list(read_records(path, DataConfig()))
    assert f"{tmp_path}/{message}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("a.csv", DataConfig(text_column="body"), "no column 'body'; the columns are 'text', 'label'"),
        ("a.csv", DataConfig(text_column="3"), "no column '3'; the columns are '1', '2'"),
        ("a.csv", DataConfig(text_column="text", labels="2"), "mix names and numbers"),
        ("a.csv", DataConfig(labels="2"), "mix names and numbers"),
        ("a.txt", DataConfig(text_column="text"), "has no columns"),
    ],
)
def test_columns_that_cannot_be_read_are_named(tmp_path, name, config, message):
    with pytest.raises(UserError, match=message):
        list(read_records(write(tmp_path, name, "text,label\na,0\n"), config))


def test_a_path_that_is_no_file_of_a_known_format_is_refused_at_once(tmp_path):
    (tmp_path / "folder.txt").mkdir()
    write(tmp_path, "a.docx", "")
    for name, message in (("none.txt", "not found"), ("folder.txt", "is not a file"), ("a.docx", "no known format")):
        with pytest.raises(UserError, match=message):
            read_records(tmp_path / name, DataConfig())


def test_a_gzip_file_that_is_cut_or_none_is_named(tmp_path):
    whole = gzip.compress("".join(f"sentence {i}\n" for i in range(10_000)).encode())
    path = tmp_path / "a.txt.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match=r"a\.txt\.gz:\d+: the gzip file ends too early"):
        list(read_records(path, DataConfig()))
    path.write_bytes(b"one\ntwo\n")
    with pytest.raises(UserError, match=r"a\.txt\.gz:1: not a sound gzip file"):
        list(read_records(path, DataConfig()))


def test_reading_holds_one_line_at_a_time(tmp_path):
    lines = read_records(write(tmp_path, "a.txt", b"one\n\xff\n"), DataConfig())
    assert next(lines).texts == ("one",)
