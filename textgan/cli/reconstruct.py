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
from textgan.cli.sentences import (
    COLUMN_DEFAULTS,
    ColumnFlags,
    InputCheck,
    add_columns,
    answered,
    chunks,
    is_random,
    one_file,
)

if TYPE_CHECKING:
    from textgan.sampling import ImageModel

_TEXT = """Encode sentences and decode their codes, one a line, in order, an empty line for an empty one; or draw images
above their reconstructions (.png), or save the reconstructions as an array (.npy, .npz)."""


def run(arguments: list[str]) -> int:
    """Encode each sentence or image and decode its code."""
    flags = parser("reconstruct", _TEXT)
    add_run(flags)
    flags.add_argument(
        "files",
        nargs="*",
        help="file of sentences; - or nothing: standard input. Image files, .npy or .npz; nothing: images that the run "
        "held out",
    )
    flags.add_argument("--seed", type=int, default=0, help="of the drawing, with a temperature above 0")
    flags.add_argument(
        "--output", type=str, default=None, help="file to write; default: standard output; needed for images"
    )
    flags.add_argument("--label", type=int | None, default=None, help=LABEL_HELP)
    add_columns(flags)
    add_decoding(flags)
    values = parse(flags, arguments)
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
        check.answer_each([*chain.from_iterable(part)], lambda full: model.reconstruct(full, values.seed, decoding))
        for part in parts
    )
    answered(lines, values.output)
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
        refuse(values, {"label": None}, "images that the run held out")
        given = heldout_images(model, "valid", DEFAULT_LIMIT)
    write_images(model.reconstruct(*given), output, lambda x_hat: reconstruction_rows(given.x, x_hat))
