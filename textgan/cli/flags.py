"""Flags and outputs that several commands share."""

import dataclasses
import itertools
import logging
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import ArgumentError, ArgumentParser, Namespace

from textgan.cli.complaints import complaint
from textgan.cli.help import CommandParser
from textgan.config import add_flags, from_dict
from textgan.errors import UserError
from textgan.files import whole_file
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.sampling import ImageModel, SentenceModel

logger = logging.getLogger("textgan")


def parser(command: str, text: str, first: Collection[str] = (), more: str = "") -> CommandParser:
    """The parser of a command: see `CommandParser`."""
    return CommandParser(f"textgan {command}", text, first, more)


def parse(flags: ArgumentParser, arguments: list[str]) -> Namespace:
    """Read the arguments.

    Raises:
        UserError: they are not what the command takes.
    """
    try:
        values = flags.parse_args(_names_first(flags, arguments))
    except ArgumentError as error:
        raise UserError(complaint(flags, error)) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits
        raise UserError(f"{' '.join(str(error).split())}; see {flags.prog} --help") from error
    if values.quiet and values.verbose:
        raise UserError("--quiet and --verbose contradict each other; leave one out")
    if values.quiet or values.verbose:
        logger.setLevel(logging.WARNING if values.quiet else logging.DEBUG)
    return values


def _names_first(flags: ArgumentParser, arguments: list[str]) -> list[str]:
    """Names of runs and files, then flags with their values: of files behind a flag argparse would know nothing."""
    names: list[str] = []
    others: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "-" or not argument.startswith("-"):
            names.append(argument)
            continue
        others.append(argument)
        action = flags._option_string_actions.get(argument)
        if not argument.startswith("--") or "=" not in argument:
            if action is None or action.nargs not in (None, 0):
                return arguments  # where its value ends is not known
            others += itertools.islice(waiting, 1 if action.nargs is None else 0)
    return [*names, *others]


def add_run(flags: ArgumentParser) -> None:
    """The model to use, and where to compute."""
    flags.add_argument(
        "run",
        help="run folder, saved model, name of a model that comes with textgan, or owner/name on the Hugging Face hub",
    )
    add_device(flags)


def add_device(flags: ArgumentParser) -> None:
    """Where to compute."""
    flags.add_argument("--device", type=Literal["auto", "cpu", "cuda"], default="auto", help="device to compute on")


def add_decoding(flags: ArgumentParser) -> None:
    """How sentences are read off codes."""
    add_flags(flags.add_argument_group("how words are chosen"), Decoding())


def add_path(flags: ArgumentParser, what: str) -> None:
    """The way between two codes."""
    text = f"{what}: a straight line, or a great circle; default: the model's own (docs/models.md)"
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


DECODING_DEFAULTS = dataclasses.asdict(Decoding())
"""The flags of `add_decoding`, which are for sentences only."""


LABEL_HELP = "class of the images, for a conditional model; default: the array y of an .npz file"


def refuse(values: Namespace, defaults: Mapping[str, Any], modality: str) -> None:
    """Refuse flags that are not at their defaults and have no use for a model of this modality.

    Raises:
        UserError: there is one.
    """
    for name, default in defaults.items():
        if values[name] != default:
            raise UserError(f"--{name.replace('_', '-')} has no use for a model of {modality}; leave it out")


def open_model(values: Namespace) -> "SentenceModel | ImageModel":
    """Load the model that the flags name."""
    from textgan.device import float32_through_onednn
    from textgan.sampling import load

    float32_through_onednn()
    return load(values.run, values.device)


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


def write_each(sentences: Iterable[str], output: str | None) -> None:
    """As `write_lines`, a sentence a line: pieces of words can spell a line break, which is written as a space."""
    write_lines((" ".join(sentence.splitlines()) for sentence in sentences), output)


def write_lines(lines: Iterable[str], output: str | None) -> None:
    """Print lines, or write them into a file that appears whole."""
    if output in (None, "-"):
        for line in lines:
            print(line)
        return
    with whole_file(Path(str(output))) as aside, aside.open("w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
