"""Text files, read one record at a time.

What every format shares:

- Files are UTF-8, with or without a byte order mark. Bytes that are not UTF-8 are an error that names file and line.
- Only \\n and \\r\\n end a line; U+2028, U+0085, form feed and the like do not.
- A control character (C0, DEL, C1: tab, NUL, form feed, U+0085, a newline inside a csv or JSON field ...) becomes one
  space. Spaces are kept as they are.
- A record with a sentence of nothing but white space is skipped and counted. An empty file has no records.

The formats, each also with .gz behind it:

- `.txt`: a sentence a line.
- `.jsonl`: a JSON object a line. The first object decides which columns are read. null as a sentence counts as empty.
- `.csv`: quoting as in Python's csv module, strict; commas, or semicolons, tabs or bars where the columns are found
  so. `.tsv`: tabs and nothing else; a quote is an ordinary character. A header that stands again is skipped.
  Both begin with a header. For a file without one give numbers: text_column 2 with labels 1 reads the second
  column as the sentence and the first as its label, and takes the first line as data.
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from textgan.data.config import DataConfig
from textgan.data.records import (
    LABEL_COLUMNS,
    Record,
    choose_columns,
    clean,
    make_record,
    short,
    without_empty,
    without_headers,
)
from textgan.data.tables import csv_problem, csv_table, table_records
from textgan.errors import UserError
from textgan.files import why_not_there
from textgan.limits import limit

SUFFIXES = (".txt", ".jsonl", ".csv", ".tsv")
"""Formats that `read_records` knows, each also with .gz behind it."""

_OTHER_FORMATS = {
    b"\x1f\x8b": "it is packed by gzip; unpack it, or let the name of the file end in .gz",
    b"PK\x03\x04": "it is a zip archive or an Excel workbook; unpack it, or save it as .csv",
    b"PAR1\x15": "it is Parquet; write it as .csv or .jsonl, or read its folder with hf:FOLDER",
    b"BZh91AY&SY": "it is packed by bzip2; unpack it",
    b"\xfd7zXZ": "it is packed by xz; unpack it",
    b"\x28\xb5\x2f\xfd": "it is packed by zstd; unpack it",
    b"\xff\xfe": "it is UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is UTF-16; save it as UTF-8",
}


def read_records(
    path: str | Path, config: DataConfig, tally: Counter[str] | None = None, keep_empty: bool = False
) -> Iterator[Record]:
    """Records of a file, in order, held in memory one at a time.

    Args:
        path: a .txt, .jsonl, .csv or .tsv file, also with .gz behind it.
        config: which columns hold sentence and label.
        tally: counts the skipped records under "empty".
        keep_empty: whether records with an empty sentence are kept.

    Raises:
        UserError: the file is not there or not readable, or a line is not what its format asks for. Raised by this
            call for the path, and from the iterator, with file and line, for what is inside.
    """
    path = Path(path)
    if what := why_not_there(path):
        raise UserError(f"{path} {what}; expected a file that ends in {', '.join(SUFFIXES)} or one of these with .gz")
    rows = _FORMATS[suffix_of(path)](CountedLines(numbered_lines(path)), path, config)
    tally = Counter() if tally is None else tally
    return without_headers(rows, tally) if keep_empty else without_empty(rows, tally)


def suffix_of(path: Path) -> str:
    """The format of a file by its name, without .gz.

    Raises:
        UserError: the name ends in none of `SUFFIXES`.
    """
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in SUFFIXES:
        raise UserError(f"{path} is of no known format; expected {', '.join(SUFFIXES)}, each also with .gz; rename it")
    return suffix


class CountedLines:
    """Lines of a file, which remember the number of the last one that was read, for the messages of errors.

    Args:
        numbered: lines without their end, and their numbers from 1.
    """

    def __init__(self, numbered: Iterable[tuple[int, str]]):
        self._numbered = numbered
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in self._numbered:
            self.number = number
            yield line


def records_of(lines: CountedLines, path: Path, config: DataConfig) -> Iterator[Record]:
    """Records of the lines of a file, empty ones too; `path` says the format.

    Raises:
        UserError: a line is not what its format asks for.
    """
    return _FORMATS[suffix_of(path)](lines, path, config)


def open_bytes(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked if its name ends in .gz."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    return cast(BinaryIO, opener(path, "rb"))


def decode_line(raw: bytes, path: Path, number: int) -> str:
    """A line without its end.

    Raises:
        UserError: it is not UTF-8.
    """
    try:
        return raw.removesuffix(b"\n").removesuffix(b"\r").decode()
    except UnicodeDecodeError as error:
        byte = f"byte {error.object[error.start]:#04x} is not UTF-8"
        raise UserError(f"{path}:{number}: {byte}; convert it to UTF-8") from None


def whole_lines(file: BinaryIO, path: Path, number: int = 0) -> Iterator[bytes]:
    """The lines of a file with their ends.

    Args:
        file: open for reading.
        path: its name, for the message of an error.
        number: lines that were read before.

    Raises:
        UserError: one is longer than the limit: the memory might not hold it.
    """
    most = limit("TEXTGAN_MAX_LINE")
    for raw in iter(lambda: file.readline(most + 1), b""):
        number += 1
        if len(raw) > most:
            raise UserError(
                f"{path}:{number}: a line of more than {most:,} bytes; expected a sentence, or a row of a table, a "
                "line; where that is right, set TEXTGAN_MAX_LINE to more"
            )
        yield raw


def check_is_text(begin: bytes, path: Path) -> None:
    """Refuse a file that is no text, by its first bytes.

    Raises:
        UserError: with what it is, and what to do.
    """
    found = next((what for magic, what in _OTHER_FORMATS.items() if begin.startswith(magic)), None)
    if found is not None:
        raise UserError(f"{path} is no text: {found}")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """All lines of a file with their numbers.

    Raises:
        UserError: the file cannot be read, or a line is not UTF-8.
    """
    number = 0
    try:
        with open_bytes(path) as file:
            for number, raw in enumerate(whole_lines(io.BufferedReader(file), path), 1):  # type: ignore[type-var]
                if number == 1:
                    check_is_text(raw, path)
                yield number, decode_line(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw, path, number)
    except EOFError:
        raise UserError(f"{path}:{number + 1}: the gzip file ends too early; fetch it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        what = f"{path}:{number + 1}: not a sound gzip file ({error})"
        raise UserError(f"{what}; fetch it again, or, if it is not packed, rename it without .gz") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None


def _read_txt(lines: CountedLines, path: Path, config: DataConfig) -> Iterator[Record]:
    labels = None if config.labels == LABEL_COLUMNS[0] else config.labels  # those in the names of files
    given = config.text_column or config.second_column or labels
    if given is not None:
        raise UserError(f"{path}: a .txt file has no columns, but column {given!r} was asked for; leave it out")
    for line in lines:
        yield Record((clean(line),))


def _read_jsonl(lines: CountedLines, path: Path, config: DataConfig) -> Iterator[Record]:
    columns = None
    for line in lines:
        where = f"{path}:{lines.number}"
        if not line or line.isspace():
            yield Record(("",))
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{where}: not JSON ({error}); expected one object a line") from None
        if not isinstance(row, dict):
            raise UserError(f'{where}: {short(line)} is not an object; expected a line like {{"text": "a sentence"}}')
        columns = columns or choose_columns(row, config, where)
        yield make_record(row, columns, where)


def _read_csv(lines: CountedLines, path: Path, config: DataConfig) -> Iterator[Record]:
    try:
        yield from table_records(csv_table(lines, config), lambda: f"{path}:{lines.number}", config)
    except csv.Error as error:
        raise csv_problem(error, f"{path}:{lines.number}") from None


def _read_tsv(lines: CountedLines, path: Path, config: DataConfig) -> Iterator[Record]:
    # A csv reader that does not quote would still stop at a lone \r inside a line.
    table = (line.split("\t") if line else [] for line in lines)
    return table_records(table, lambda: f"{path}:{lines.number}", config)


_FORMATS: dict[str, Callable[[CountedLines, Path, DataConfig], Iterator[Record]]] = {
    ".txt": _read_txt,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_tsv,
}
