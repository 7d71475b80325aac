"""`textgan sample`: new sentences, one a line, or new images."""

import logging
from typing import TYPE_CHECKING, Any

from jsonargparse import Namespace

from textgan.cli.flags import (
    DECODING_DEFAULTS,
    add_decoding,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
    write_each,
)
from textgan.cli.help import CommandParser
from textgan.errors import UserError
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.sampling import SentenceModel

logger = logging.getLogger("textgan")

_TEXT = (
    """Write new sentences, one per line. Or draw new images as a grid (.png), or save them as an array (.npy, .npz)."""
)


_FIRST = (
    *("-n", "--seed", "--output", "--temperature", "--label", "--contains", "--avoid", "--prefix", "--length"),
    *("--unique", "--device"),
)


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("sample", _TEXT, _FIRST)
    add_run(flags)
    flags.add_argument("-n", type=int, default=10, help="number of sentences or images")
    flags.add_argument("--seed", type=int, default=0, help="random seed: the same seed gives the same output")
    flags.add_argument(
        "--output", type=str, default=None, help="file to write; default: standard output. Images need one"
    )
    flags.add_argument(
        "--discrete", action="store_true", help="of binary images each pixel's likelier value, not its mean"
    )
    flags.add_argument(
        "--label",
        type=str,
        default=None,
        help="class of the samples, for a model that learned labels or a conditional model of images",
    )
    _add_constraints(flags)
    add_decoding(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Write sentences or images whose codes are drawn from the model's prior."""
    values = parse(make_parser(), arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        refuse(values, {"discrete": False}, "sentences")
        _say_temperature(model, decoding)
        write_each(model.sample(values.n, values.seed, decoding=decoding, **_constraints(values)), values.output)
        return 0
    from textgan.cli.images import output_of, write_images

    refuse(values, DECODING_DEFAULTS | _CONSTRAINTS, "images")
    label = None if values.label is None else _class(values.label)
    output = output_of(values.output)
    x = model.sample(values.n, values.seed, label)
    write_images(model.discrete(x) if values.discrete else x, output)
    return 0


_CONSTRAINTS = {"contains": "", "avoid": "", "prefix": "", "length": None, "best_of": 1, "unique": False}


def _add_constraints(command: CommandParser) -> None:
    """Constraints on sentences."""
    flags = command.add_argument_group("constraints on sentences")
    words = "of sentences: comma-separated words or phrases that"
    flags.add_argument("--contains", type=str, default="", help=f"{words} every sentence contains")
    flags.add_argument("--avoid", type=str, default="", help=f"{words} no sentence contains")
    flags.add_argument("--prefix", type=str, default="", help='of sentences: how each begins, such as "a man in"')
    flags.add_argument("--length", type=str | None, default=None, help="of sentences: least and most tokens, as 6:12")
    flags.add_argument(
        "--best-of", type=int, default=1, help="of sentences: sample this many for each code, keep the best"
    )
    flags.add_argument("--unique", action="store_true", help="of sentences: write none twice")


def _constraints(values: Namespace) -> dict[str, Any]:
    """Those flags as arguments of `SentenceModel.sample`.

    Raises:
        UserError: a length that is none, or words that are none.
    """
    constraints = {name: values[name] for name in ("label", "prefix", "best_of", "unique")}
    for name in ("contains", "avoid"):
        constraints[name] = [word.strip() for word in values[name].split(",") if word.strip()]
        if values[name] and not constraints[name]:
            raise UserError(f"--{name} is {values[name]!r}; expected words or phrases, with commas between them")
    if values.length is not None:
        fewest, colon, most = values.length.partition(":")
        if not (fewest.isdecimal() and (most.isdecimal() or not colon)):
            raise UserError(f"--length is {values.length}; expected fewest:most tokens, such as 6:12")
        constraints["length"] = (int(fewest), int(most or fewest))
    return constraints


def _class(label: str) -> int:
    if not label.isdecimal():
        raise UserError(f"--label is {label}; expected the number of a class, since the model is one of images")
    return int(label)


def _say_temperature(model: "SentenceModel", decoding: Decoding) -> None:
    """Say that words are drawn, where no flag asked for it."""
    usual = model.network.sampling_temperature
    if decoding.temperature is None and decoding.settled(usual).temperature:
        greedy = "; --temperature 0 is greedy" if model.code_dim else ""
        logger.info("temperature %g, the model's usual%s", usual, greedy)
