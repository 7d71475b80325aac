"""Rows of .csv and .tsv files, and which of their columns hold what."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from textgan.data.config import DataConfig
from textgan.data.records import Record, choose_columns, make_record
from textgan.errors import UserError
from textgan.limits import limit

_DELIMITERS = ",;\t|"
_SPREADSHEET = re.compile("sep=(.)", re.IGNORECASE)  # the first line that some spreadsheets write


def csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Rows of a .csv file from its lines without their ends."""
    csv.field_size_limit(limit("TEXTGAN_MAX_LINE"))  # a setting of the whole process
    return csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)


def csv_problem(error: csv.Error, where: str) -> UserError:
    """What to say of a line that is no sound csv."""
    if "field limit" in str(error):
        most = f"{limit('TEXTGAN_MAX_LINE'):,}"
        return UserError(
            f"{where}: a field of more than {most} characters; does a quote stand open before it? Close it, or, "
            "where that is right, set TEXTGAN_MAX_LINE to more"
        )
    return UserError(f"{where}: not a sound csv line ({error}); check its quotes")


def delimiter_of(line: str, config: DataConfig) -> str:
    """What separates the columns of a .csv file, told by its first line: comma, semicolon, tab or bar.

    It is the first of these with which the columns that are wanted are there; else the one that gives most columns.
    """
    if found := _SPREADSHEET.fullmatch(line):
        return found[1]
    headers: dict[str, list[str]] = {}
    for delimiter in _DELIMITERS:
        try:
            headers[delimiter] = next(csv_rows([line], delimiter), [])
        except csv.Error:
            continue
    for delimiter, row in headers.items():
        try:
            choose_columns(_header(row, config, "")[0], config, "")
        except UserError:
            continue
        return delimiter
    return max(headers, key=lambda delimiter: len(headers[delimiter]), default=",")


def csv_table(lines: Iterable[str], config: DataConfig) -> Iterator[list[str]]:
    """Rows of a .csv file, whose delimiter is found in its first line."""
    rest = iter(lines)
    begin: list[str] = []
    for line in rest:
        begin.append(line)
        if line:
            break
    first = begin[-1] if begin else ""
    skipped = begin[:-1] if _SPREADSHEET.fullmatch(first) else begin
    return csv_rows(chain(skipped, rest), delimiter_of(first, config))


def table_records(table: Iterator[list[str]], place: Callable[[], str], config: DataConfig) -> Iterator[Record]:
    """Records of rows, the first of which is the header; where that stands again, a record of no sentence.

    Args:
        table: the rows.
        place: tells the file and line of the last row.
        config: which columns hold what.

    Raises:
        UserError: see `records.make_record`, or a row has not the columns of the header.
    """
    header: list[str] | None = None
    for row in table:
        where = place()
        if not row:
            yield Record(("",))
            continue
        if header is None:
            header, numbered = _header(row, config, where)
            columns = choose_columns(header, config, where)
            twice = [name for name in (*columns.texts, columns.label) if header.count(name or "") > 1]
            if twice:
                raise UserError(f"{where}: column {twice[0]!r} stands twice in the header; rename one of the two")
            if not numbered:
                continue
        elif not numbered and [name.strip() for name in row] == header:
            yield Record(())
            continue
        if len(row) != len(header):
            raise UserError(f"{where}: {len(row)} columns; expected {len(header)} as in the first line")
        yield make_record(dict(zip(header, row, strict=True)), columns, where)


def _header(first_row: list[str], config: DataConfig, where: str) -> tuple[list[str], bool]:
    """Names of the columns, and whether these are numbers because the file has no header."""
    given = [c for c in (config.text_column, config.second_column, config.labels) if c is not None]
    numbers = [name for name in given if name.isascii() and name.isdigit()]
    if not numbers:
        return [name.strip() for name in first_row], False
    if len(numbers) < len(given) or config.text_column is None:
        raise UserError(
            f"{where}: columns {', '.join(given)} mix names and numbers; give numbers for all of text_column, "
            "second_column and labels (a file without header) or names for all (a file with header)"
        )
    return [str(number) for number in range(1, len(first_row) + 1)], True
