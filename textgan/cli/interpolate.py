"""`textgan interpolate`: what is between two sentences, or between two images."""

import logging
from typing import TYPE_CHECKING, Literal

from jsonargparse import Namespace

from textgan.cli.flags import (
    DECODING_DEFAULTS,
    LABEL_HELP,
    add_decoding,
    add_path,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
    write_lines,
)
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.sampling import ImageModel

logger = logging.getLogger("textgan")

_TEXT = """Write the sentences, or draw the images, on the way between the codes of two, ends included: on a straight
line, or where codes are Gaussian on a great circle."""
_SENTENCES, _IMAGES = 7, 8


def run(arguments: list[str]) -> int:
    """Decode points on the way between two codes."""
    flags = parser("interpolate", _TEXT)
    add_run(flags)
    flags.add_argument("a", nargs="?", help="first sentence, or a file of the first image")
    flags.add_argument("b", nargs="?", help="last sentence, or a file of the last image; sentences left out are drawn")
    flags.add_argument(
        "--steps",
        type=int | None,
        default=None,
        help=f"points on the way, both ends counted; default: {_SENTENCES} sentences, {_IMAGES} images",
    )
    add_path(flags, "the way between the two")
    flags.add_argument(
        "--space",
        type=Literal["codes", "noise"],
        default="codes",
        help="of the way: codes; or, of ARAE, its generator's noise, as in its paper",
    )
    flags.add_argument("--label", type=int | None, default=None, help=LABEL_HELP)
    flags.add_argument(
        "--last-label", type=int | None, default=None, help="class of the last image; default: as --label"
    )
    flags.add_argument("--seed", type=int, default=0, help="of what is drawn or searched")
    flags.add_argument(
        "--output",
        type=str,
        default=None,
        help="file to write; default: standard output; needed for images: .png, .npy, .npz",
    )
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    from textgan.sampling import ImageModel

    if isinstance(model, ImageModel):
        _images(values, model)
        return 0
    refuse(values, {"label": None, "last_label": None}, "sentences")
    for sentence in filter(None, (values.a, values.b)):
        unknown = model.unknown_words(sentence)
        if unknown:
            logger.warning("%d tokens of %r are not in the model's vocabulary", unknown, sentence)
    steps = _SENTENCES if values.steps is None else values.steps
    ends = values.a, values.b
    lines = model.interpolate(*ends, steps, values.seed, decoding, values.path, values.space)
    write_lines(lines, values.output)
    return 0


def _images(values: Namespace, model: "ImageModel") -> None:
    import numpy as np

    from textgan.cli.images import one_image, output_of, write_images
    from textgan.pictures import grid

    refuse(values, DECODING_DEFAULTS, "images")
    output = output_of(values.output)
    if values.b is None:
        raise UserError("interpolate got no two images; expected a file of the first and one of the last")
    first = one_image(model, values.a, values.label)
    last = one_image(model, values.b, values.label if values.last_label is None else values.last_label)
    steps, labels = _IMAGES if values.steps is None else values.steps, np.concatenate([first.labels, last.labels])
    row = model.interpolate(first.x[0], last.x[0], steps, values.path, labels, values.space, values.seed)
    write_images(row, output, lambda x: grid(x, columns=len(x)))
