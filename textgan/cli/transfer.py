"""`textgan transfer`: sentences with another attribute."""

from textgan.cli.flags import (
    add_decoding,
    add_run,
    decoding_of,
    open_sentence_model,
    parse,
    parser,
)
from textgan.cli.help import CommandParser
from textgan.cli.sentences import ColumnFlags, InputCheck, add_columns, chunks, is_random, single, write_chunks

_TEXT = """Rewrite each sentence of a file with another attribute, such as the other sentiment: its content stays, its
style changes. Needs a model arae_transfer, whose attributes are the labels it was trained with."""


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("transfer", _TEXT, ("--to", "--guidance", "--beam-size", "--output", "--text-column", "--device"))
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences; - or none: standard input")
    flags.add_argument("--to", type=str, required=True, help="attribute wanted: a label of the training data")
    flags.add_argument("--seed", type=int, default=0, help="random seed, for temperatures above 0")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_columns(flags)
    add_decoding(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Print the rewritten sentences, one a line, in order; an empty line stays empty."""
    values = parse(make_parser(), arguments)
    decoding = decoding_of(values)
    model = open_sentence_model(values)
    model.transfer([], values.to)
    check = InputCheck(model, values.file)
    parts = chunks(values.file, ColumnFlags(values, model.config.data), is_random(decoding))
    lines = (
        check.map_nonempty(
            single(part, values.file), lambda full: model.transfer(full, values.to, values.seed, decoding)
        )
        for part in parts
    )
    write_chunks(lines, values.output)
    check.report()
    return 0
