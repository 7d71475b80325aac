"""`textgan encode`: codes of sentences or of images as a NumPy array."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jsonargparse import Namespace

from textgan.cli.flags import LABEL_HELP, add_run, open_model, parse, parser, refuse
from textgan.cli.help import CommandParser
from textgan.cli.sentences import COLUMN_DEFAULTS, ColumnFlags, InputCheck, add_columns, name_of, one_file, read_texts
from textgan.errors import UserError

if TYPE_CHECKING:
    import numpy as np

    from textgan.sampling import ImageModel, SentenceModel

logger = logging.getLogger("textgan")

_TEXT = """Save the codes of sentences or images as a float32 array (N, D), one row for each, in order. An .npz file
holds them as z, and for images of the run's data their labels as labels."""
_OF_RUN = {"split": "valid", "limit": None}


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("encode", _TEXT)
    add_run(flags)
    flags.add_argument(
        "files",
        nargs="*",
        help="file of sentences; -: standard input. For images: image files, an .npy or .npz file; none: images of the "
        "run's data",
    )
    flags.add_argument(
        "--split", type=Literal["train", "valid", "test"], default=_OF_RUN["split"], help="split of the run's images"
    )
    flags.add_argument("--limit", type=int | None, default=None, help="largest number of the run's images")
    flags.add_argument("--output", type=str, required=True, help="file to write: .npy, for images also .npz")
    flags.add_argument("--label", type=int | None, default=None, help=LABEL_HELP)
    add_columns(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Save the codes of a file's sentences, or of images."""
    values = parse(make_parser(), arguments)
    output = Path(values.output)
    if output.suffix.lower() not in (".npy", ".npz"):
        raise UserError(f"--output is {output}; expected a name that ends in .npy")
    if values.limit is not None and values.limit < 1:
        raise UserError(f"--limit is {values.limit}; expected 1 or more")
    model = open_model(values)
    from textgan.cli.images import write_arrays
    from textgan.sampling import ImageModel

    if isinstance(model, ImageModel):
        arrays = _images(values, model)
    else:
        refuse(values, _OF_RUN | {"label": None}, "sentences")
        if output.suffix.lower() != ".npy":
            raise UserError(f"--output is {output}; expected a name that ends in .npy")
        arrays = {"z": _codes(values, model)}
    write_arrays(output, **arrays)
    logger.info("%s: %s codes of %s dimensions", output, *(f"{d:,}" for d in arrays["z"].shape))
    return 0


def _codes(values: Namespace, model: "SentenceModel") -> "np.ndarray":
    """A row for each sentence of the file; that of an empty one is the code of the empty sentence."""
    source = one_file(values.files)
    sentences = [text for row in read_texts(source, ColumnFlags(values, model.config.data)) for text in row]
    check = InputCheck(model, source)
    full = [sentence for sentence in sentences if sentence.strip()]
    check.count(full)
    check.report()
    if len(full) < len(sentences):
        empty = f"{len(sentences) - len(full):,}"
        logger.warning("%s sentences of %s are empty: their rows are the code of no words", empty, name_of(source))
    return model.encode(sentences)


def _images(values: Namespace, model: "ImageModel") -> "dict[str, np.ndarray]":
    from textgan.cli.images import heldout_images, read_images

    refuse(values, COLUMN_DEFAULTS, "images")
    if values.files:
        refuse(values, _OF_RUN, "images that are given as files")
        return {"z": model.encode(*read_images(model, values.files, values.label))}
    refuse(values, {"label": None}, "images of the run, which have labels")
    x, labels = heldout_images(model, values.split, values.limit)
    return {"z": model.encode(x, labels), "labels": labels}
