"""Flags and outputs that several commands share."""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from textgan.config import Decoding, add_flags, from_dict
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.sampling import SentenceModel


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
    flags.add_argument("run", help="run folder, saved model, or owner/name on the Hugging Face hub")
    flags.add_argument("--device", type=str, choices=["auto", "cpu", "cuda"], default="auto", help="where to compute")


def add_decoding(flags: ArgumentParser) -> None:
    """How sentences are read off codes."""
    add_flags(flags, Decoding())


def decoding_of(values: Namespace) -> Decoding:
    """The decoding that the flags ask for."""
    return pick(values, Decoding)


def pick(values: Namespace, cls: type[Any]) -> Any:
    """The configuration of a class out of all flags.

    Raises:
        UserError: a value that does not fit.
    """
    flat = values.as_dict()
    return from_dict(cls, {name: flat[name] for name in cls.__dataclass_fields__})


def open_model(values: Namespace) -> "SentenceModel":
    """Load the model that the flags name."""
    from textgan.sampling import load

    return load(values.run, values.device)


def write_lines(lines: Iterable[str], output: str | None) -> None:
    """Print lines, or write them into a file that appears whole."""
    if output in (None, "-"):
        for line in lines:
            print(line)
        return
    with whole_file(Path(str(output))) as aside:
        aside.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


class whole_file:  # noqa: N801
    """A file to write beside `path`, which replaces it only when all is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.aside = path, path.with_name(f".{path.name}.new-{os.getpid()}")

    def __enter__(self) -> Path:
        if not self.path.parent.is_dir() or self.path.is_dir():
            raise UserError(f"{self.path} cannot be written; expected a file in an existing folder")
        return self.aside

    def __exit__(self, kind: type | None, *rest: object) -> None:
        if kind is None:
            self.aside.replace(self.path)
        else:
            self.aside.unlink(missing_ok=True)


def read_lines(source: str) -> Iterator[str]:
    """The sentences of a file, or of standard input for "-", read as a corpus is."""
    if source != "-":
        from textgan.data.config import DataConfig
        from textgan.data.readers import read

        for record in read(Path(source), DataConfig()):
            yield from record.texts
        return
    for number, line in enumerate(sys.stdin.buffer, 1):
        try:
            text = line.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError as error:
            raise UserError(
                f"standard input, line {number}: not UTF-8 ({error.reason}); expected UTF-8 text"
            ) from error
        if text.strip():
            yield text
