"""`textgan classify`: the labels of sentences, or of pairs of them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from jsonargparse import Namespace

from textgan.cli.flags import add_run, open_sentence_model, parse, parser
from textgan.cli.help import CommandParser
from textgan.cli.sentences import ColumnFlags, InputCheck, Row, add_columns, chunks, name_of, write_chunks
from textgan.ensemble import SETTINGS
from textgan.errors import UserError
from textgan.files import expanded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from textgan.classifier_parts import ClassifierParts

_TEXT = """Predict the label of each sentence of a file, or of each pair if the model was trained on pairs (a .jsonl,
.csv or .tsv file with the columns sentence1 and sentence2). Each line holds a label, a tab and its probability. RUN
may be a folder of SentenceClassifier.save_pretrained."""
_WORDS = 5


class _Opened(NamedTuple):
    """A classifier, and what to say of its input."""

    sides: int
    probabilities: Callable[[list[Row]], "npt.NDArray[np.float64]"]
    parts: "Callable[[], ClassifierParts]"
    labels: Sequence[str]
    columns: ColumnFlags
    tally: Callable[[Iterator[str]], None]
    report: Callable[[], None]


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("classify", _TEXT)
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences or pairs; - or none: standard input")
    flags.add_argument(
        "--proba", action="store_true", help="print the probability of every class; the first line names the classes"
    )
    flags.add_argument(
        "--explain",
        action="store_true",
        help=f"print behind it the {_WORDS} words that speak most for the label, and what each adds to its logit",
    )
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_columns(flags)
    return flags


def run(arguments: list[str]) -> int:
    """Print labels and probabilities."""
    values = parse(make_parser(), arguments)
    opened = _open(values)
    wanted, read = opened.sides, 0
    parts = opened.parts() if values.explain else None

    def answers(rows: list[Row]) -> Iterator[str]:
        nonlocal read
        read += len(rows)
        if any(len(row) != wanted for row in rows):
            units = ("sentences", "pairs of sentences")
            here = f"{name_of(values.file)} holds {units[2 - wanted]}"
            raise UserError(f"{here}; {values.run} learned labels of {units[wanted - 1]}")
        opened.tally(filter(str.strip, chain.from_iterable(rows)))
        for row, probabilities in zip(rows, opened.probabilities(rows), strict=True):
            printed = probabilities if values.proba else [probabilities.max()]
            winner = int(probabilities.argmax())
            words = _words(parts, row, winner) if parts is not None else []
            yield "\t".join((opened.labels[winner], *(f"{p:.4f}" for p in printed), *words))

    def lines() -> Iterator[list[str]]:
        for part in chunks(values.file, opened.columns):
            heading = ["\t".join(("label", *opened.labels))] if values.proba and not read else []
            yield [*heading, *answers(part)]
        if not read:
            raise UserError(f"{name_of(values.file)} holds no sentence; expected one a line")

    write_chunks(lines(), values.output)
    opened.report()
    return 0


def _words(parts: "ClassifierParts", row: Row, winner: int) -> Iterator[str]:
    """The words that speak most for a class, each with what it adds."""
    words, contributions, _ = parts.explain([tuple(row)])[0]
    added = contributions[:, winner]
    for i in sorted(range(len(words)), key=lambda i: -added[i])[:_WORDS]:
        if added[i] > 0:
            yield f"{words[i]} {added[i]:+.2f}"


def _open(values: Namespace) -> _Opened:
    """What the flags name.

    Raises:
        UserError: it learned no labels.
    """
    if (expanded(values.run) / SETTINGS).is_file():
        from textgan.classifier_parts import read_classifier

        saved = read_classifier(expanded(values.run), values.device)
        labels, columns = [str(name) for name in saved.classes], ColumnFlags(values)
        return _Opened(
            saved.sides, saved.probabilities, lambda: saved, labels, columns, lambda texts: None, lambda: None
        )
    model = open_sentence_model(values)
    if not model.labels:
        raise UserError(f"{values.run} learned no labels; expected a run trained with --labels")
    check = InputCheck(model, values.file)

    def parts() -> "ClassifierParts":
        from textgan.classifier_parts import ClassifierParts
        from textgan.data.in_memory import classes_named

        return ClassifierParts(classes_named(model.labels, model.network.spec.label_type), model=model)

    def probabilities(rows: list[Row]) -> "npt.NDArray[np.float64]":
        return model.probabilities([tuple(row) for row in rows])

    columns = ColumnFlags(values, model.config.data)
    sides = 2 if model.network.spec.pairs else 1
    return _Opened(sides, probabilities, parts, model.labels, columns, check.count, check.report)
