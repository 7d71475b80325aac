"""`textgan describe`: a model's game in words."""

from typing import TYPE_CHECKING

from textgan.cli.flags import parse, parser
from textgan.cli.help import CommandParser
from textgan.data.config import ImageConfig
from textgan.data.modality import modality_of_data
from textgan.errors import UserError
from textgan.recipes import MODELS, RunConfig, recipe

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec, TextSpec

_DATA = ("scenes", "digits", "lines", "mixture")


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser(
        "describe", "Print how a model is trained: its players, the turns of a round with their losses, and its size."
    )
    flags.add_argument("model", help=f"one of {', '.join(MODELS)}")
    flags.add_argument("--preset", type=str, default=None, help="a published recipe")
    flags.add_argument(
        "--data", type=str, default=None, help=f"data to build it for: {', '.join(_DATA)}; default: its usual data"
    )
    flags.add_argument("--round", type=int, default=0, help="number of the round whose turns are printed")
    return flags


def run(arguments: list[str]) -> int:
    """Print players, turns and parameters of a model."""
    values = parse(make_parser(), arguments)
    if values.data not in (None, *_DATA):
        raise UserError(f"--data is {values.data}; expected one of {', '.join(_DATA)}")
    config = recipe(values.model, values.preset, modality_of_data(values.data) or "text" if values.data else None)
    import inspect

    from textgan.describe import describe
    from textgan.models import build

    game = build(config.settings, _spec(config, values.data or config.data.data))
    print(inspect.getdoc(type(game)), end="\n\n")
    print(describe(game, values.round))
    return 0


def _spec(config: RunConfig, data: str) -> "TextSpec | ImageSpec":
    """The shape of data that need not be here: images as large as MNIST's, words as many as are kept."""
    from textgan.data.types import ImageSpec, TextSpec

    if not isinstance(config.data, ImageConfig):
        labels = ("0", "1") if config.data.labels else ()
        usual = config.data.settled()
        return TextSpec(usual.vocab_size + 4, usual.max_length, labels)
    if data == "mixture":
        return ImageSpec((2,), False, 25)
    size = 32 if data == "lines" else config.data.image_size or 28
    return ImageSpec((3 if config.data.color_digits else 1, size, size), config.data.binarize != "none", 10)
