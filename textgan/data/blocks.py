"""Parts of a source that can be read alone, in any order and by any process: a corpus is tokenized block by block.

A block of a text file is a megabyte of its bytes, from the beginning of a record to the end of one. A packed file
cannot be entered in the middle: one process unpacks it and cuts it into blocks, which is a small share of the work.
"""

import codecs
import csv
import gzip
import itertools
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from textgan.data.config import DataConfig
from textgan.data.readers import (
    CountedLines,
    check_is_text,
    decode_line,
    numbered_lines,
    open_bytes,
    records_of,
    suffix_of,
    whole_lines,
)
from textgan.data.records import Record, hash_fraction, without_empty
from textgan.data.tables import csv_rows, delimiter_of
from textgan.errors import UserError

BLOCK_SIZE = 1 << 20
"""Bytes of a block of text."""

_RECORDS = 1 << 14
_RECORD_SIZE = 64  # bytes of a usual record


class DataBlock(Protocol):
    """Some records that follow each other."""

    @property
    def size(self) -> int:
        """Bytes of text, roughly."""

    def records(self, tally: Counter[str]) -> Iterator[Record]:
        """The records; those that are skipped are added to the counter under "empty"."""


@dataclass(frozen=True)
class RecordBlock:
    """Records that were read already, none of them empty.

    Args:
        content: the records.
        empty: how many empty ones were skipped among them.
    """

    content: list[Record]
    empty: int = 0

    @property
    def size(self) -> int:
        """Bytes of text, roughly."""
        return _RECORD_SIZE * len(self.content)

    def records(self, tally: Counter[str]) -> Iterator[Record]:
        """The records."""
        tally["empty"] += self.empty
        return iter(self.content)


@dataclass(frozen=True)
class TextBlock:
    """Whole records of a file.

    Args:
        path: of the file, which says the format.
        config: which columns hold what.
        data: the bytes.
        number: of the first line in the file, from 1.
        head: the bytes of the file that say what its columns are, up to the end of its first record with text; none
            in the first block, which begins with them, and in formats without columns.
        head_records: records in `head`.
        label: of all records, where the name of the file has one.
    """

    path: Path
    config: DataConfig
    data: bytes
    number: int = 1
    head: bytes = b""
    head_records: int = 0
    label: str | None = None

    @property
    def size(self) -> int:
        """Bytes of text."""
        return len(self.data)

    def records(self, tally: Counter[str]) -> Iterator[Record]:
        """The records. Its errors name file and line."""
        lines = self.lines()
        if self.head:
            lines = itertools.chain(_numbered(self.head, 1, self.path), lines)
        found = itertools.islice(records_of(CountedLines(lines), self.path, self.config), self.head_records, None)
        for item in without_empty(found, tally):
            yield item if self.label is None else item._replace(label=self.label)

    def lines(self) -> Iterable[tuple[int, str]]:
        """The lines of the block alone, with their numbers."""
        return _numbered(self.data, self.number, self.path)


class _Head(NamedTuple):
    """What is read before every block but the first: the bytes, and the records in them, which are dropped then.

    It is found when it has a record with text; until then it is all that was read.
    """

    data: bytes = b""
    records: int = 0
    found: bool = False


@dataclass(frozen=True)
class CutBlock:
    """The records of a block on one side of the cut between train and valid.

    Args:
        block: all of them.
        fraction: share of valid.
        valid: which side.
    """

    block: DataBlock
    fraction: float
    valid: bool

    @property
    def size(self) -> int:
        """Bytes of text of both sides, roughly."""
        return self.block.size

    def records(self, tally: Counter[str]) -> Iterator[Record]:
        """The records; what is empty is counted with train only."""
        found = self.block.records(Counter() if self.valid else tally)
        return (item for item in found if (hash_fraction(item) < self.fraction) == self.valid)


@dataclass(frozen=True)
class Split:
    """Records that can be read again and again.

    Args:
        blocks: starts a pass over them.
    """

    blocks: Callable[[], Iterator[DataBlock]]

    def open(self, tally: Counter[str]) -> Iterator[Record]:
        """A pass over the records, which adds what it skips to the counter, under "empty"."""
        for block in self.blocks():
            yield from block.records(tally)

    def __iter__(self) -> Iterator[Record]:
        return self.open(Counter())

    @staticmethod
    def of_records(records: Callable[[Counter[str]], Iterator[Record]]) -> "Split":
        """Of a source that gives one record after the other, without the empty ones, which it counts."""

        def blocks() -> Iterator[DataBlock]:
            tally: Counter[str] = Counter()
            return blocks_of_records(records(tally), tally)

        return Split(blocks)

    def cut(self, fraction: float, valid: bool) -> "Split":
        """The records on one side of a cut."""
        return Split(lambda: (CutBlock(block, fraction, valid) for block in self.blocks()))


def blocks_of_records(records: Iterator[Record], tally: Counter[str]) -> Iterator[RecordBlock]:
    """Records in blocks, for sources that only give one after the other.

    Args:
        records: without the empty ones.
        tally: where `records` counts those, under "empty".
    """
    before = tally["empty"]
    while content := list(itertools.islice(records, _RECORDS)):
        yield RecordBlock(content, tally["empty"] - before)
        before = tally["empty"]
    if tally["empty"] > before:
        yield RecordBlock([], tally["empty"] - before)


def blocks_of_file(path: Path, config: DataConfig, label: str | None = None) -> Iterator[TextBlock]:
    """A text file in blocks.

    Args:
        path: a .txt, .jsonl, .csv or .tsv file, also with .gz behind it.
        config: which columns hold what.
        label: of all records, where the name of the file has one.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        with open_bytes(path) as file:
            yield from _blocks(file, TextBlock(path, config, b"", label=label))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        for _ in numbered_lines(path):  # finds the line where it breaks off, and says so
            pass
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def _blocks(file: BinaryIO, like: TextBlock) -> Iterator[TextBlock]:
    quotes = suffix_of(like.path) == ".csv"
    head, number, delimiter = _Head(), 1, None
    while data := file.read(BLOCK_SIZE):
        data += next(whole_lines(file, like.path, number + data.count(b"\n") - 1), b"")
        if number == 1:
            check_is_text(data, like.path)
            data = data.removeprefix(codecs.BOM_UTF8)
        if quotes and delimiter is None and (first := data.lstrip(b"\r\n")):
            line = first.split(b"\n", 1)[0].removesuffix(b"\r").decode(errors="replace")
            delimiter = delimiter_of(line, like.config)
        if quotes and b'"' in data:
            data += _rest_of_record(
                data, whole_lines(file, like.path, number + data.count(b"\n") - 1), delimiter or ","
            )
        block = replace(like, data=data, number=number, head=head.data, head_records=head.records)
        yield block
        if not head.found:
            head = _head(replace(like, data=head.data + data))
        number += data.count(b"\n")


def _rest_of_record(data: bytes, following: Iterator[bytes], delimiter: str) -> bytes:
    """The lines that belong to the last record of a .csv file's bytes: a field in quotes may hold line ends."""
    more: list[bytes] = []
    done = False

    def lines() -> Iterator[str]:
        nonlocal done
        *first, last = data.removesuffix(b"\n").split(b"\n")
        for line in first:
            yield line.removesuffix(b"\r").decode(errors="replace")
        done = True
        yield last.removesuffix(b"\r").decode(errors="replace")
        for line in following:
            more.append(line)
            yield line.removesuffix(b"\n").removesuffix(b"\r").decode(errors="replace")

    try:
        for _ in csv_rows(lines(), delimiter):
            if done:
                break
    except csv.Error:
        pass  # whoever reads the block meets the same error, and says on which line
    return b"".join(more)


def _head(begin: TextBlock) -> _Head:
    """The head of a file, which is looked for in its beginning."""
    if suffix_of(begin.path) == ".txt":
        return _Head(found=True)
    lines, count = CountedLines(begin.lines()), 0
    for count, item in enumerate(records_of(lines, begin.path, begin.config), 1):
        if any(item.texts):
            rows = begin.data.split(b"\n", lines.number)[: lines.number]
            return _Head(b"".join(row + b"\n" for row in rows), count, True)
    return _Head(begin.data, count)


def _numbered(data: bytes, number: int, path: Path) -> Iterable[tuple[int, str]]:
    """The lines of some bytes with their numbers, the first of which is given."""
    raw = data.removesuffix(b"\n")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return ((at, decode_line(line, path, at)) for at, line in enumerate(raw.split(b"\n"), number))
    if "\r" in text:
        return ((at, line.removesuffix("\r")) for at, line in enumerate(text.split("\n"), number))
    return enumerate(text.split("\n"), number)
