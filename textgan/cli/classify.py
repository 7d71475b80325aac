"""`textgan classify`: the labels of sentences, or of pairs of them."""

from textgan.cli.flags import add_run, open_sentence_model, parse, parser, read_texts, write_lines
from textgan.errors import UserError

_TEXT = """Tell the label of each sentence of a file, or of each pair where the model was trained on pairs (a .jsonl,
.csv or .tsv file with columns sentence1 and sentence2): label and its probability, separated by a tab, a line each, in
order."""


def run(arguments: list[str]) -> int:
    """Print labels and probabilities."""
    flags = parser("classify", _TEXT)
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences or pairs; - or nothing: standard input")
    flags.add_argument(
        "--proba", action="store_true", help="after the label the probability of every class; the first line names them"
    )
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    values = parse(flags, arguments)
    model = open_sentence_model(values)
    if not model.labels:
        raise UserError(f"{values.run} learned no labels; expected a run trained with --labels")
    texts, wanted = read_texts(values.file, keep_empty=True), 2 if model.game.spec.pairs else 1
    if not texts:
        raise UserError(f"{values.file} holds no sentence; expected one a line")
    if any(len(row) != wanted for row in texts):
        kinds = ("sentences", "pairs of sentences")
        raise UserError(f"{values.file} holds {kinds[2 - wanted]}; {values.run} learned labels of {kinds[wanted - 1]}")
    lines = ["\t".join(("label", *model.labels))] if values.proba else []
    for row in model.probabilities(texts):
        shown = row if values.proba else [row.max()]
        lines.append("\t".join((model.labels[row.argmax()], *(f"{p:.4f}" for p in shown))))
    write_lines(lines, values.output)
    return 0
