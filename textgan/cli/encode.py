"""`textgan encode`: codes of sentences as a NumPy array."""

import logging
from pathlib import Path

from textgan.cli.flags import add_run, open_model, parse, parser, read_lines, whole_file
from textgan.errors import UserError

talk = logging.getLogger("textgan")


def run(arguments: list[str]) -> int:
    """Save the codes of a file's sentences."""
    flags = parser("encode", "Save the codes of sentences as a float32 array (N, D), one row a sentence, in order.")
    add_run(flags)
    flags.add_argument("file", help="file of sentences; -: standard input")
    flags.add_argument("--output", type=str, required=True, help="file to write, .npy")
    values = parse(flags, arguments)
    output = Path(values.output)
    if output.suffix != ".npy":
        raise UserError(f"--output is {output}; expected a name that ends in .npy")
    sentences = read_lines(values.file)
    codes = open_model(values).encode(sentences)
    import numpy as np

    with whole_file(output) as aside, aside.open("wb") as file:
        np.save(file, codes)
    talk.info("%s: %s codes of %s dimensions", output, *(f"{d:,}" for d in codes.shape))
    return 0
