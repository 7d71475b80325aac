"""`textgan transfer`: sentences with another attribute."""

from textgan.cli.flags import (
    add_decoding,
    add_run,
    decoding_of,
    open_sentence_model,
    parse,
    parser,
)
from textgan.cli.sentences import ColumnFlags, InputCheck, add_columns, answered, chunks, is_random, single

_TEXT = """Rewrite each sentence of a file with another attribute, such as the other sentiment: what it says stays, how
it is said changes. For models arae_transfer, whose attributes are the labels that they were trained with."""


def run(arguments: list[str]) -> int:
    """Print the rewritten sentences, one a line, in order; an empty line stays empty."""
    flags = parser("transfer", _TEXT)
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences; - or nothing: standard input")
    flags.add_argument("--to", type=str, required=True, help="the attribute wanted, a label of the training")
    flags.add_argument("--seed", type=int, default=0, help="of the drawing, with a temperature above 0")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_columns(flags)
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    model = open_sentence_model(values)
    model.transfer([], values.to)
    check = InputCheck(model, values.file)
    parts = chunks(values.file, ColumnFlags(values, model.config.data), is_random(decoding))
    lines = (
        check.answer_each(
            single(part, values.file), lambda full: model.transfer(full, values.to, values.seed, decoding)
        )
        for part in parts
    )
    answered(lines, values.output)
    check.report()
    return 0
