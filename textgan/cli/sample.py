"""`textgan sample`: new sentences, one a line."""

from textgan.cli.flags import add_decoding, add_run, decoding_of, open_model, parse, parser, write_lines


def run(arguments: list[str]) -> int:
    """Write sentences whose codes are drawn from the model's prior."""
    flags = parser("sample", "Write new sentences, one a line.")
    add_run(flags)
    flags.add_argument("-n", type=int, default=10, help="how many sentences")
    flags.add_argument("--seed", type=int, default=0, help="the same seed writes the same sentences")
    flags.add_argument("--output", type=str, default=None, help="file to write; default: standard output")
    add_decoding(flags)
    values = parse(flags, arguments)
    decoding = decoding_of(values)
    write_lines(open_model(values).sample(values.n, values.seed, decoding=decoding), values.output)
    return 0
