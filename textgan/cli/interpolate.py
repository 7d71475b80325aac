"""`textgan interpolate`: the sentences between two sentences."""

import logging

from textgan.cli.flags import add_decoding, add_run, decoding_of, open_model, parse, parser, write_lines

talk = logging.getLogger("textgan")


def run(arguments: list[str]) -> int:
    """Decode points on the line between the codes of two sentences."""
    flags = parser("interpolate", "Write the sentences on the line between the codes of two sentences, ends included.")
    add_run(flags)
    flags.add_argument("a", help="first sentence")
    flags.add_argument("b", help="last sentence")
    flags.add_argument("--steps", type=int, default=7, help="sentences on the line, both ends counted")
    flags.add_argument("--seed", type=int, default=0, help="of the drawing, with a temperature above 0")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    model = open_model(values)
    for sentence in (values.a, values.b):
        unknown = model.unknown_words(sentence)
        if unknown:
            talk.warning("%d tokens of %r are not in the model's vocabulary", unknown, sentence)
    write_lines(model.interpolate(values.a, values.b, values.steps, values.seed, decoding), values.output)
    return 0
