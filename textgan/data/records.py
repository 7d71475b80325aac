"""Records of text, whatever they were read from, and which of their columns hold what."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from textgan.data.config import DataConfig
from textgan.data.labels import label_of
from textgan.errors import UserError

TEXT_COLUMNS = ("text", "sentence")
PAIR_COLUMNS = (("sentence1", "sentence2"), ("premise", "hypothesis"))
LABEL_COLUMNS = ("label", "gold_label")

_CUT_KEY = b"textgan valid split"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_GOLD_LABEL = "-"  # SNLI: the annotators did not agree


class NoColumnError(UserError):
    """A table does not have the columns that are asked for."""


class Record(NamedTuple):
    """A sentence, or a pair of sentences, with its label where there is one; no sentence: the header stood again."""

    texts: tuple[str, ...]
    label: str | None = None


class Columns(NamedTuple):
    """Names of the columns that hold the one or two sentences and the label."""

    texts: tuple[str, ...]
    label: str | None


def clean(text: str) -> str:
    """Every control character becomes one space."""
    return text if text.isprintable() else _CONTROL.sub(" ", text)  # the first test alone is ten times as fast


def choose_columns(names: Collection[str], config: DataConfig, where: str) -> Columns:
    """The columns to read: the ones that `config` names, else the usual names among `names`.

    Args:
        names: columns that there are.
        where: file and line, for the error message.

    Raises:
        UserError: a named column is not there, or no usual name is.
    """
    given = [c for c in (config.text_column, config.second_column, config.labels) if c is not None]
    found = ", ".join(repr(short(name)) for name in names)
    one = next(iter(names)) if len(names) == 1 else ""
    if other := next((mark for mark in ",;|\t" if mark in one), None):
        found += f" (are columns separated by {other!r}? Name such a file .csv)"
    for name in given:
        if _named(names, name) is None:
            raise NoColumnError(f"{where}: no column {name!r}; the columns are {found}")
    texts = _text_columns(names, config)
    if not texts:
        raise NoColumnError(
            f"{where}: the columns are {found}; expected {' or '.join(TEXT_COLUMNS)}, or the pair "
            f"{' and '.join(PAIR_COLUMNS[0])}; set text_column to one of them, or, for a .csv or .tsv without header, "
            "to its number (text_column 2, labels 1)"
        )
    usual = [at for name in LABEL_COLUMNS if (at := _named(names, name)) is not None and at not in texts]
    return Columns(texts, _named(names, config.labels) if config.labels else next(iter(usual), None))


def _text_columns(names: Collection[str], config: DataConfig) -> tuple[str, ...]:
    wanted = TEXT_COLUMNS if config.text_column is None else (config.text_column,)
    first = _all_named(names, wanted)[:1]
    if first:
        return first if config.second_column is None else (*first, *_all_named(names, (config.second_column,)))
    pairs = [_all_named(names, pair) for pair in PAIR_COLUMNS]
    return next((pair for pair in pairs if len(pair) == 2), ())


def _all_named(names: Collection[str], wanted: Iterable[str]) -> tuple[str, ...]:
    return tuple(at for name in wanted if (at := _named(names, name)) is not None)


def _named(names: Collection[str], wanted: str) -> str | None:
    """The column of a name, in another case where there is none in its own; None: there is no such column."""
    if wanted in names:
        return wanted
    return next((name for name in names if name.casefold() == wanted.casefold()), None)


def make_record(row: dict[str, Any], columns: Columns, where: str) -> Record:
    """A record from the named values of a row.

    Args:
        row: a string (or None: empty) for each sentence; a string, number or None for the label.
        where: file and line, for the error message.

    Raises:
        UserError: a value is missing or of another type.
    """
    texts = tuple(_sentence(row, name, where) for name in columns.texts)
    return Record(texts, None if columns.label is None else _label(row, columns.label, where))


def _sentence(row: dict[str, Any], name: str, where: str) -> str:
    if name not in row:
        raise UserError(f"{where}: no {name!r} here; the line has {', '.join(repr(short(key)) for key in row)}")
    value = row[name]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UserError(f"{where}: {name!r} is {short(repr(value))}, of type {type(value).__name__}; expected a string")
    if _SURROGATE.search(value):
        raise UserError(f"{where}: {name!r} holds half a surrogate pair, which is no character; repair the escape")
    return clean(value)


def _label(row: dict[str, Any], name: str, where: str) -> str | None:
    value = row.get(name)
    if name.casefold() == "gold_label" and value == _NO_GOLD_LABEL:
        return None
    return label_of(value, f"{where}: {name!r}")


def without_empty(records: Iterator[Record], tally: Counter[str]) -> Iterator[Record]:
    """The records of which every sentence has more than white space; others are counted, as "empty" or "headers"."""
    for item in records:
        if not all(map(str.strip, item.texts)):
            tally["empty"] += 1
        elif item.texts:
            yield item
        else:
            tally["headers"] += 1


def without_headers(records: Iterator[Record], tally: Counter[str]) -> Iterator[Record]:
    """The records, empty ones too, but no header that stands again, which is counted under "headers"."""
    for item in records:
        if item.texts:
            yield item
        else:
            tally["headers"] += 1


def hash_fraction(item: Record) -> float:
    """A number in [0, 1) that depends on the first sentence alone, case and white space folded."""
    text = " ".join(item.texts[0].lower().split())
    digest = hashlib.blake2b(text.encode(), digest_size=8, key=_CUT_KEY).digest()
    return int.from_bytes(digest, "big") / 2**64


def folded(text: str) -> str:
    """Letters and digits of a text without case: tokenized, raw and differently punctuated versions are the same."""
    return "".join(filter(str.isalnum, text.lower())) or text


def short(text: str) -> str:
    """A text for an error message, cut at 40 characters."""
    return text if len(text) <= 40 else f"{text[:37]}..."
