"""`textgan classify`: the labels of sentences, or of pairs of them."""

from collections.abc import Iterator
from itertools import chain

from textgan.cli.flags import add_run, open_sentence_model, parse, parser
from textgan.cli.sentences import ColumnFlags, InputCheck, Row, add_columns, chunks, name_of, write_chunks
from textgan.errors import UserError

_TEXT = """Predict the label of each sentence of a file, or of each pair if the model was trained on pairs (a .jsonl,
.csv or .tsv file with the columns sentence1 and sentence2). Each line holds a label, a tab and its probability."""


def run(arguments: list[str]) -> int:
    """Print labels and probabilities."""
    flags = parser("classify", _TEXT)
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences or pairs; - or none: standard input")
    flags.add_argument(
        "--proba", action="store_true", help="print the probability of every class; the first line names the classes"
    )
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_columns(flags)
    values = parse(flags, arguments)
    model = open_sentence_model(values)
    if not model.labels:
        raise UserError(f"{values.run} learned no labels; expected a run trained with --labels")
    check, wanted = InputCheck(model, values.file), 2 if model.network.spec.pairs else 1
    read = 0

    def answers(rows: list[Row]) -> Iterator[str]:
        nonlocal read
        read += len(rows)
        if any(len(row) != wanted for row in rows):
            units = ("sentences", "pairs of sentences")
            here = f"{name_of(values.file)} holds {units[2 - wanted]}"
            raise UserError(f"{here}; {values.run} learned labels of {units[wanted - 1]}")
        check.count(filter(str.strip, chain.from_iterable(rows)))
        for row in model.probabilities(rows):
            printed = row if values.proba else [row.max()]
            yield "\t".join((model.labels[row.argmax()], *(f"{p:.4f}" for p in printed)))

    def lines() -> Iterator[list[str]]:
        for part in chunks(values.file, ColumnFlags(values, model.config.data)):
            heading = ["\t".join(("label", *model.labels))] if values.proba and not read else []
            yield [*heading, *answers(part)]
        if not read:
            raise UserError(f"{name_of(values.file)} holds no sentence; expected one a line")

    write_chunks(lines(), values.output)
    check.report()
    return 0
