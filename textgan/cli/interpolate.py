"""`textgan interpolate`: what is between two sentences, or between two images."""

import logging
from typing import TYPE_CHECKING, Literal

from jsonargparse import Namespace

from textgan.cli.flags import (
    DECODING,
    LABEL,
    add_decoding,
    add_run,
    decoding_of,
    open_model,
    parse,
    parser,
    refuse,
    write_lines,
)

if TYPE_CHECKING:
    from textgan.sampling import ImageModel

talk = logging.getLogger("textgan")

_TEXT = """Write the sentences, or draw the images, on the line between the codes of two, ends included."""
_SENTENCES, _IMAGES = 7, 8


def run(arguments: list[str]) -> int:
    """Decode points on the line between two codes."""
    flags = parser("interpolate", _TEXT)
    add_run(flags)
    flags.add_argument("a", help="first sentence, or a file of the first image")
    flags.add_argument("b", help="last sentence, or a file of the last image")
    flags.add_argument(
        "--steps",
        type=int | None,
        default=None,
        help=f"points on the line, both ends counted; default: {_SENTENCES} sentences, {_IMAGES} images",
    )
    flags.add_argument(
        "--path", type=Literal["linear", "slerp"] | None, default=None, help="of images; default: the model's own"
    )
    flags.add_argument("--label", type=int | None, default=None, help=LABEL)
    flags.add_argument(
        "--last-label", type=int | None, default=None, help="class of the last image; default: as --label"
    )
    flags.add_argument("--seed", type=int, default=0, help="of the drawing, with a temperature above 0")
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
    refuse(values, {"path": None, "label": None, "last_label": None}, "sentences")
    for sentence in (values.a, values.b):
        unknown = model.unknown_words(sentence)
        if unknown:
            talk.warning("%d tokens of %r are not in the model's vocabulary", unknown, sentence)
    steps = _SENTENCES if values.steps is None else values.steps
    write_lines(model.interpolate(values.a, values.b, steps, values.seed, decoding), values.output)
    return 0


def _images(values: Namespace, model: "ImageModel") -> None:
    import numpy as np

    from textgan.cli.images import one_image, output_of, write_images
    from textgan.pictures import grid

    refuse(values, DECODING, "images")
    output = output_of(values.output)
    first = one_image(model, values.a, values.label)
    last = one_image(model, values.b, values.label if values.last_label is None else values.last_label)
    steps, labels = _IMAGES if values.steps is None else values.steps, np.concatenate([first.labels, last.labels])
    row = model.interpolate(first.x[0], last.x[0], steps, values.path, labels)
    write_images(row, output, lambda x: grid(x, columns=len(x)))
