"""Flags and outputs that several commands share."""

import dataclasses
import logging
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from textgan.config import Decoding, add_flags, from_dict
from textgan.errors import UserError
from textgan.files import whole_file

if TYPE_CHECKING:
    from textgan.sampling import ImageModel, SentenceModel

talk = logging.getLogger("textgan")


def parser(command: str, text: str, usage: str | None = None) -> ArgumentParser:
    """A parser whose errors become one line."""
    prog = f"textgan {command}"
    return ArgumentParser(prog=prog, usage=usage and f"{prog} {usage}", description=text, exit_on_error=False)


def parse(flags: ArgumentParser, arguments: list[str]) -> Namespace:
    """Read the arguments.

    Raises:
        UserError: they are not what the command takes.
    """
    try:
        return flags.parse_args(arguments)
    except ArgumentError as error:
        raise UserError(f"{' '.join(str(error).split())}; see {flags.prog} --help") from error


def add_run(flags: ArgumentParser) -> None:
    """The model to use, and where to compute."""
    flags.add_argument(
        "run", help="run folder, saved model, one that comes with textgan (textgan models), or owner/name on the hub"
    )
    flags.add_argument("--device", type=Literal["auto", "cpu", "cuda"], default="auto", help="where to compute")


def add_decoding(flags: ArgumentParser) -> None:
    """How sentences are read off codes."""
    add_flags(flags, Decoding())


def add_path(flags: ArgumentParser, what: str) -> None:
    """The way between two codes."""
    text = f"{what}: straight, or along the great circle; default: the model's own (docs/models.md)"
    flags.add_argument("--path", type=Literal["linear", "slerp"] | None, default=None, help=text)


def decoding_of(values: Namespace) -> Decoding:
    """The decoding that the flags ask for."""
    return pick(values, Decoding)


def pick(values: Namespace, cls: type[Any]) -> Any:
    """The configuration of a class out of all flags.

    Raises:
        UserError: a value that does not fit.
    """
    flat = values.as_dict()
    return from_dict(cls, {field.name: flat[field.name] for field in dataclasses.fields(cls)})


DECODING = dataclasses.asdict(Decoding())
"""The flags of `add_decoding`, which are for sentences only."""


def refuse(values: Namespace, defaults: Mapping[str, Any], kind: str) -> None:
    """Refuse flags that are not at their defaults and have no use for a model of this kind of data.

    Raises:
        UserError: there is one.
    """
    for name, default in defaults.items():
        if values[name] != default:
            raise UserError(f"--{name.replace('_', '-')} has no use for a model of {kind}; leave it out")


def open_model(values: Namespace) -> "SentenceModel | ImageModel":
    """Load the model that the flags name."""
    from textgan.device import float32_through_onednn
    from textgan.sampling import load

    float32_through_onednn()
    return load(values.run, values.device)


def read_sentences(source: str) -> list[str]:
    """The lines of a file of sentences, empty ones too, so that output stands beside input line by line.

    Raises:
        UserError: see `read_lines`; or the file holds pairs, or no line.
    """
    texts = read_texts(source, keep_empty=True)
    where = "standard input" if source == "-" else source
    if not texts:
        raise UserError(f"{where} holds no sentence; expected one a line")
    if any(len(row) > 1 for row in texts):
        raise UserError(f"{where} holds pairs of sentences; expected one sentence a line")
    return [text for (text,) in texts]


def open_sentence_model(values: Namespace) -> "SentenceModel":
    """Load the model of sentences that the flags name.

    Raises:
        UserError: it is one of images.
    """
    from textgan.sampling import SentenceModel

    model = open_model(values)
    if not isinstance(model, SentenceModel):
        raise UserError(f"{values.run} is a model of images; expected one of sentences")
    return model


def write_lines(lines: Iterable[str], output: str | None) -> None:
    """Print lines, or write them into a file that appears whole."""
    if output in (None, "-"):
        for line in lines:
            print(line)
        return
    with whole_file(Path(str(output))) as aside:
        aside.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def one_file(files: Sequence[str]) -> str:
    """The only one of the files that a command was given.

    Raises:
        UserError: there are more, or none.
    """
    if len(files) != 1:
        raise UserError(f"{len(files)} files given; expected one file of sentences, or - for standard input")
    return files[0]


def read_lines(source: str, keep_empty: bool = False) -> list[str]:
    """The sentences of a file, or of standard input for "-", read as a corpus is.

    Args:
        source: the file.
        keep_empty: whether empty lines are sentences too; else they are left out, and it is said how many.

    Raises:
        UserError: the file is not readable, or not UTF-8.
    """
    return [text for texts in read_texts(source, keep_empty) for text in texts]


def read_texts(source: str, keep_empty: bool = False) -> list[tuple[str, ...]]:
    """The same, but the two sentences of a pair together.

    Raises:
        UserError: see `read_lines`.
    """
    from textgan.data.config import DataConfig
    from textgan.data.readers import read

    tally: Counter[str] = Counter()

    def texts_of(path: str) -> list[tuple[str, ...]]:
        return [record.texts for record in read(path, DataConfig(), None if keep_empty else tally, keep_empty)]

    if source == "-":
        with tempfile.NamedTemporaryFile(prefix="stdin-", suffix=".txt") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.flush()
            try:
                found = texts_of(file.name)
            except UserError as error:
                raise UserError(str(error).replace(file.name, "standard input")) from error
    else:
        found = texts_of(source)
    if tally["empty"]:
        talk.warning("%d empty lines of %s are left out", tally["empty"], "standard input" if source == "-" else source)
    return found
