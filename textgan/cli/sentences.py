"""Sentences that commands are given: read from files and pipes, in chunks, and what there is to say of them."""

import logging
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from io import BufferedReader
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from jsonargparse import ArgumentParser, Namespace

from textgan.cli.flags import write_each
from textgan.data.config import DataConfig
from textgan.data.readers import CountedLines, check_is_text, decode_line, read_records, records_of, suffix_of
from textgan.data.records import NoColumnError, Record
from textgan.errors import UserError
from textgan.limits import within

if TYPE_CHECKING:
    from textgan.sampling import SentenceModel
    from textgan.settings import Decoding

logger = logging.getLogger("textgan")

Row = tuple[str, ...]

_CHUNK = 4096
_PIPE = Path("standard input.txt")  # what a pipe is read as
_BOM = b"\xef\xbb\xbf"


COLUMN_DEFAULTS = {"text_column": None, "second_column": None}
"""The flags of `add_columns`, which are for sentences only."""


def add_columns(flags: ArgumentParser) -> None:
    """Which columns of a table hold sentences."""
    table = flags.add_argument_group("tables")
    usual = "default: as in training, else text or sentence, or sentence1 and sentence2"
    table.add_argument(
        "--text-column", type=str | None, default=None, help=f"column of the sentences in a table; {usual}"
    )
    table.add_argument(
        "--second-column", type=str | None, default=None, help="column of the second sentences of pairs in a table"
    )


class ColumnFlags:
    """Columns to read of a table: those that the flags name, else those of the training, else the usual ones.

    Args:
        values: the flags of `add_columns`.
        trained: how the sentences of the training were read; None: nobody knows.
    """

    def __init__(self, values: Namespace, trained: object = None) -> None:
        self.given = DataConfig(text_column=values.text_column, second_column=values.second_column)
        known = trained if isinstance(trained, DataConfig) else DataConfig()
        self.known = DataConfig(text_column=known.text_column, second_column=known.second_column)

    @property
    def are_given(self) -> bool:
        """Whether a flag names them."""
        return self.given != DataConfig()

    def records(self, path: str, tally: Counter[str]) -> Iterator[Record]:
        """Records of a file, empty ones too.

        Raises:
            UserError: see `readers.read_records`.
        """
        if self.are_given:
            given = self.given if self.given.text_column else replace(self.given, text_column=self.known.text_column)
            return read_records(path, given, tally, keep_empty=True)
        if self.known != DataConfig() and suffix_of(Path(path)) != ".txt":
            records = read_records(path, self.known, tally, keep_empty=True)
            try:
                return _begun(records)
            except NoColumnError as error:
                try:
                    return _begun(read_records(path, DataConfig(), tally, keep_empty=True))
                except NoColumnError:
                    raise error from None
        return read_records(path, DataConfig(), tally, keep_empty=True)


def _begun(records: Iterator[Record]) -> Iterator[Record]:
    """The same records, of which the first is read, so that an error in it is raised here."""
    return chain([*islice(records, 1)], records)


def chunks(source: str, columns: ColumnFlags, whole: bool = False) -> Iterator[list[Row]]:
    """Sentences, or pairs of them, of a file or of standard input, empty ones too, some at a time.

    Of a pipe a chunk is what has come, so that it is answered before more comes.

    Args:
        source: the file; "-": standard input, a sentence a line.
        columns: of a table.
        whole: all in one chunk.

    Raises:
        UserError: the file is not readable, or not what its format asks for.
    """
    tally: Counter[str] = Counter()
    parts = _piped(columns) if source == "-" else _cut(columns.records(source, tally))
    rows = ([record.texts for record in part] for part in parts)
    if whole:
        yield [*chain.from_iterable(rows)]
    else:
        yield from rows
    if tally["headers"]:
        logger.warning("%d lines repeat the header of %s and are left out", tally["headers"], source)


def _cut(records: Iterator[Record]) -> Iterator[list[Record]]:
    while part := [*islice(records, _CHUNK)]:
        yield part


def _piped(columns: ColumnFlags) -> Iterator[list[Record]]:
    if columns.are_given:
        raise UserError("standard input is read as a sentence a line, without columns; leave --text-column out")
    number, rest = 1, b""
    pipe = cast(BufferedReader, sys.stdin.buffer)
    while data := pipe.read1(1 << 16):
        *lines, rest = (rest + data).split(b"\n")
        within("TEXTGAN_MAX_LINE", len(rest), f"standard input:{number + len(lines)}: a line of {len(rest):,} bytes")
        if lines:
            yield _records(lines, number)
            number += len(lines)
    if rest:
        yield _records([rest], number)


def _records(raw: Sequence[bytes], number: int) -> list[Record]:
    if number == 1:
        check_is_text(raw[0], Path("standard input"))
        raw = [raw[0].removeprefix(_BOM), *raw[1:]]
    lines = [(n, decode_line(line, Path("standard input"), n)) for n, line in enumerate(raw, number)]
    return [*records_of(CountedLines(lines), _PIPE, DataConfig())]


def read_texts(source: str, columns: ColumnFlags) -> list[Row]:
    """All of them.

    Raises:
        UserError: see `chunks`.
    """
    return [*chain.from_iterable(chunks(source, columns))]


def name_of(source: str) -> str:
    """What a source is called in messages."""
    return "standard input" if source == "-" else source


def single(rows: Iterable[Row], source: str) -> list[str]:
    """Sentences that are no pairs.

    Raises:
        UserError: there is a pair.
    """
    texts = []
    for row in rows:
        if len(row) > 1:
            raise UserError(f"{name_of(source)} holds pairs of sentences; expected one sentence a line")
        texts.append(row[0])
    return texts


def one_file(files: Sequence[str]) -> str:
    """The only one of the files that a command was given.

    Raises:
        UserError: there are more, or none.
    """
    if len(files) != 1:
        raise UserError(f"{len(files)} files given; expected one file of sentences, or - for standard input")
    return files[0]


class InputCheck:
    """Counts the unknown words and the overlong sentences of what a model is given.

    Args:
        model: whose vocabulary and longest sentence count.
        source: where they are from.
    """

    def __init__(self, model: "SentenceModel", source: str) -> None:
        self.model, self.source = model, source
        self.tally: Counter[str] = Counter()

    def count(self, sentences: Iterable[str]) -> None:
        """Count the words of sentences that are not empty."""
        for sentence in sentences:
            words, unknown = self.model.count_words(sentence)
            self.tally.update(words=words, unknown=unknown, long=words > self.model.max_length)

    def map_nonempty(self, sentences: Sequence[str], transform: Callable[[list[str]], list[str]]) -> list[str]:
        """`transform` of the sentences that are not empty, with an empty line for each empty one."""
        full = [sentence for sentence in sentences if sentence.strip()]
        self.count(full)
        results = iter(transform(full) if full else [])
        return [next(results) if sentence.strip() else "" for sentence in sentences]

    def report(self) -> None:
        """Warn of what was counted."""
        words, unknown, long = (self.tally[name] for name in ("words", "unknown", "long"))
        if unknown:
            share = f"{100 * unknown / words:.0f} %"
            logger.warning(
                "%s of %s words of %s (%s) are not in the model's vocabulary and become <unk>",
                *(f"{unknown:,}", f"{words:,}", name_of(self.source), share),
            )
        if long:
            most = self.model.max_length
            logger.warning("%s sentences of %s are cut to %d tokens", f"{long:,}", name_of(self.source), most)


def write_chunks(lines: Iterable[Sequence[str]], output: str | None) -> None:
    """Write chunks of lines, each as soon as it is there."""
    if output in (None, "-"):
        for part in lines:
            write_each(part, output)
            sys.stdout.flush()
    else:
        write_each(chain.from_iterable(lines), output)


def is_random(decoding: "Decoding") -> bool:
    """Whether words are drawn at random, which would make sentences depend on the chunks that they come in."""
    return bool(decoding.temperature)


def check_ends(model: "SentenceModel", *ends: str | None) -> None:
    """Say of the ends of a path, as far as they are given, what the model does not read of them.

    Raises:
        UserError: one is empty.
    """
    for end in ends:
        if end is not None:
            _check_end(model, end)


def _check_end(model: "SentenceModel", sentence: str) -> None:
    from textgan.sampling.phrases import unknown_words

    tokens, unknown = model.count_words(sentence)
    if not tokens:
        raise UserError("a sentence is empty; expected one with words, or none at all: then both are sampled")
    if unknown:
        plain = " ".join(re.findall(r"\w+(?:['-]\w+)*|[^\w\s]", sentence.lower()))
        hint = f"; write {plain!r}" if model.count_words(plain)[1] < unknown else ""
        words = ", ".join(unknown_words(model.tokenizer, sentence))
        logger.warning("%r: not in the model's vocabulary, and read as <unk>: %s%s", sentence, words, hint)
    if tokens > model.max_length:
        logger.warning("%r is cut to %d tokens, the longest that the model reads", sentence, model.max_length)
