"""`textgan reconstruct`: sentences there and back."""

from textgan.cli.flags import add_decoding, add_run, decoding_of, open_model, parse, parser, read_lines, write_lines


def run(arguments: list[str]) -> int:
    """Encode each sentence and decode its code."""
    flags = parser("reconstruct", "Encode sentences and decode their codes, one a line, in order.")
    add_run(flags)
    flags.add_argument("file", nargs="?", default="-", help="file of sentences; - or nothing: standard input")
    flags.add_argument("--seed", type=int, default=0, help="of the drawing, with a temperature above 0")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    sentences = read_lines(values.file)
    model = open_model(values)
    write_lines(model.reconstruct(sentences, values.seed, decoding) if sentences else [], values.output)
    return 0
