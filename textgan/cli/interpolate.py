"""`textgan interpolate`: what is between two sentences, or between two images."""

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from jsonargparse import ArgumentParser, Namespace

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
    write_each,
)
from textgan.cli.help import CommandParser
from textgan.cli.sentences import check_ends
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.sampling import ImageModel, SentenceModel

logger = logging.getLogger("textgan")

_TEXT = """Write the sentences, or draw the images, that lie between two: points on the path between their codes are
decoded, both ends included. The path is a straight line, or a great circle where codes are Gaussian."""
_FIRST = ("--steps", "--smooth", "--reconstruct-ends", "--path", "--space", "--seed", "--output", "--device")
_SENTENCES, _IMAGES = 7, 8


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("interpolate", _TEXT, _FIRST)
    add_run(flags)
    _add_flags(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Decode points on the way between two codes."""
    values = parse(make_parser(), arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    from textgan.sampling import ImageModel

    if isinstance(model, ImageModel):
        _images(values, model)
        return 0
    refuse(values, {"label": None, "last_label": None}, "sentences")
    check_ends(model, values.a, values.b)
    steps = _SENTENCES if values.steps is None else values.steps
    ends = values.a, values.b
    way = {"path": values.path, "space": values.space}
    way |= {"smooth": values.smooth, "reconstruct_ends": values.reconstruct_ends}
    lines = model.interpolate(*ends, steps, values.seed, decoding, **way)
    _say_repeats(values, model, lines)
    write_each(lines, values.output)
    return 0


def _say_repeats(values: Namespace, model: "SentenceModel", lines: list[str]) -> None:
    """Say how many lines repeat the one before, or that the ends are near each other, and what to do."""
    from textgan.sampling.proposals import alignment
    from textgan.sampling.spelling import spelling_of

    repeats = sum(a == b for a, b in pairwise(lines))
    given = [end for end in (values.a, values.b) if end is not None]
    ends = [tuple(model.tokenizer.encode(end)[: model.max_length]) for end in given]
    if values.smooth and given and not (repeats or values.reconstruct_ends):
        apart = sum(old != new for old, new in alignment(*map(spelling_of(model.tokenizer).words, ends)))
        if apart < len(lines) - 1:
            logger.info("the ends differ in %d words; with fewer --steps than %d lines read better", apart, len(lines))
    if not repeats:
        return
    if given and ends[0] == ends[1]:
        why = "the two sentences are the same" + ("" if values.a == values.b else " to the model")
    elif len(set(lines)) == 1:
        why = "both ends are written as the same sentence"
    else:
        why = "fewer --steps would do" if values.smooth else "--smooth chooses lines that differ"
    logger.warning("%d of %d lines repeat the one before: %s", repeats, len(lines), why)


def _add_flags(flags: ArgumentParser) -> None:
    flags.add_argument("a", nargs="?", help="first sentence, or file of the first image")
    flags.add_argument(
        "b", nargs="?", help="last sentence, or file of the last image. Without a and b, both are sampled"
    )
    flags.add_argument(
        "--steps",
        type=int | None,
        default=None,
        help=f"number of points, both ends counted; default: {_SENTENCES} sentences, {_IMAGES} images",
    )
    add_path(flags, "path between the two")
    flags.add_argument(
        "--space",
        type=Literal["codes", "noise"],
        default="codes",
        help="space of the path: codes, or, for ARAE, the noise of its generator, as in its paper",
    )
    flags.add_argument(
        "--smooth",
        action="store_true",
        help="of sentences: choose, among many along the path, lines that change little and read well",
    )
    flags.add_argument(
        "--reconstruct-ends", action="store_true", help="with --smooth: end in the reconstructions of the two sentences"
    )
    flags.add_argument("--label", type=int | None, default=None, help=LABEL_HELP)
    flags.add_argument(
        "--last-label", type=int | None, default=None, help="class of the last image; default: that of --label"
    )
    flags.add_argument("--seed", type=int, default=0, help="random seed")
    flags.add_argument(
        "--output",
        type=str,
        default=None,
        help="file to write; default: standard output. Images need one: .png, .npy or .npz",
    )
    add_decoding(flags)


def _images(values: Namespace, model: "ImageModel") -> None:
    import numpy as np

    from textgan.cli.images import one_image, output_of, write_images
    from textgan.pictures import grid

    refuse(values, DECODING_DEFAULTS | {"smooth": False, "reconstruct_ends": False}, "images")
    output = output_of(values.output)
    if values.b is None:
        raise UserError("interpolate got no two images; expected a file of the first and one of the last")
    first = one_image(model, values.a, values.label)
    last = one_image(model, values.b, values.label if values.last_label is None else values.last_label)
    steps, labels = _IMAGES if values.steps is None else values.steps, np.concatenate([first.labels, last.labels])
    row = model.interpolate(first.x[0], last.x[0], steps, values.path, labels, values.space, values.seed)
    write_images(row, output, lambda x: grid(x, columns=len(x)))
