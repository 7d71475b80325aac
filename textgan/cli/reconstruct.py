"""`textgan reconstruct`: sentences or images there and back."""

from itertools import chain
from typing import TYPE_CHECKING

from jsonargparse import Namespace

from textgan.cli.flags import (
    DECODING_DEFAULTS,
    LABEL_HELP,
    add_decoding,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
)
from textgan.cli.help import CommandParser
from textgan.cli.sentences import (
    COLUMN_DEFAULTS,
    ColumnFlags,
    InputCheck,
    add_columns,
    chunks,
    is_random,
    one_file,
    write_chunks,
)

if TYPE_CHECKING:
    from textgan.sampling import ImageModel

_TEXT = """Encode each sentence and decode its code, one per line, in order; an empty line stays empty. Or draw images
above their reconstructions (.png), or save the reconstructions as an array (.npy, .npz)."""
_FIRST = ("--seed", "--output", "--label", "--text-column", "--temperature", "--device")


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("reconstruct", _TEXT, _FIRST)
    add_run(flags)
    flags.add_argument(
        "files",
        nargs="*",
        help="file of sentences; - or none: standard input. For images: image files, an .npy or .npz file; none: "
        "held-out images of the run",
    )
    flags.add_argument("--seed", type=int, default=0, help="random seed, for temperatures above 0")
    flags.add_argument(
        "--output", type=str, default=None, help="file to write; default: standard output. Images need one"
    )
    flags.add_argument("--label", type=int | None, default=None, help=LABEL_HELP)
    add_columns(flags)
    add_decoding(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Encode each sentence or image and decode its code."""
    values = parse(make_parser(), arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    from textgan.sampling import ImageModel

    if isinstance(model, ImageModel):
        _images(values, model)
        return 0
    refuse(values, {"label": None}, "sentences")
    source = one_file(values.files) if values.files else "-"
    check = InputCheck(model, source)
    parts = chunks(source, ColumnFlags(values, model.config.data), is_random(decoding))
    lines = (
        check.map_nonempty([*chain.from_iterable(part)], lambda full: model.reconstruct(full, values.seed, decoding))
        for part in parts
    )
    write_chunks(lines, values.output)
    check.report()
    return 0


def _images(values: Namespace, model: "ImageModel") -> None:
    from textgan.cli.images import DEFAULT_LIMIT, heldout_images, output_of, read_images, write_images
    from textgan.pictures import reconstruction_rows

    refuse(values, DECODING_DEFAULTS | COLUMN_DEFAULTS, "images")
    output = output_of(values.output)
    if values.files:
        given = read_images(model, values.files, values.label)
    else:
        refuse(values, {"label": None}, "held-out images of the run")
        given = heldout_images(model, "valid", DEFAULT_LIMIT)
    write_images(model.reconstruct(*given), output, lambda x_hat: reconstruction_rows(given.x, x_hat))
