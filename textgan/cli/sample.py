"""`textgan sample`: new sentences, one a line, or new images."""

import logging
from typing import TYPE_CHECKING

from textgan.cli.flags import (
    DECODING_DEFAULTS,
    add_decoding,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
    write_lines,
)
from textgan.settings import Decoding

if TYPE_CHECKING:
    from textgan.sampling import SentenceModel

logger = logging.getLogger("textgan")

_TEXT = (
    """Write new sentences, one a line; or draw new images as a grid (.png), or save them as an array (.npy, .npz)."""
)


def run(arguments: list[str]) -> int:
    """Write sentences or images whose codes are drawn from the model's prior."""
    flags = parser("sample", _TEXT)
    add_run(flags)
    flags.add_argument("-n", type=int, default=10, help="how many sentences or images")
    flags.add_argument("--seed", type=int, default=0, help="the same seed writes the same sentences or images")
    flags.add_argument(
        "--output", type=str, default=None, help="file to write; default: standard output; needed for images"
    )
    flags.add_argument(
        "--discrete", action="store_true", help="of binary images the likelier of black and white, not the mean of both"
    )
    flags.add_argument("--label", type=int, default=None, help="the class wanted, of a conditional model of images")
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    from textgan.sampling import SentenceModel

    if isinstance(model, SentenceModel):
        refuse(values, {"discrete": False, "label": None}, "sentences")
        _say_temperature(model, decoding)
        write_lines(model.sample(values.n, values.seed, decoding=decoding), values.output)
        return 0
    from textgan.cli.images import output_of, write_images

    refuse(values, DECODING_DEFAULTS, "images")
    output = output_of(values.output)
    x = model.sample(values.n, values.seed, values.label)
    write_images(model.discrete(x) if values.discrete else x, output)
    return 0


def _say_temperature(model: "SentenceModel", decoding: Decoding) -> None:
    """Where nobody asked for it, that words are drawn."""
    usual = model.game.sampling_temperature
    if decoding.temperature is None and decoding.settled(usual).temperature:
        greedy = "; --temperature 0 is greedy" if model.code_dim else ""
        logger.info("temperature %g, the model's usual%s", usual, greedy)
