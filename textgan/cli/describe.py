"""`textgan describe`: a model's game in words."""

from textgan.cli.flags import parse, parser
from textgan.recipes import MODELS, recipe


def run(arguments: list[str]) -> int:
    """Print players, turns and parameters of a model."""
    flags = parser("describe", "Print a model's game: who moves, when, down which loss, and how large it is.")
    flags.add_argument("model", help=f"one of {', '.join(MODELS)}")
    flags.add_argument("--preset", type=str, default=None, help="a published recipe")
    flags.add_argument("--round", type=int, default=0, help="the round whose turns are shown")
    values = parse(flags, arguments)
    config = recipe(values.model, values.preset)
    import inspect

    from textgan.data.types import TextSpec
    from textgan.game import describe

    game = config.settings.build(TextSpec(config.data.vocab_size + 4, config.data.max_length))
    print(inspect.getdoc(type(game)), end="\n\n")
    print(describe(game, values.round))
    return 0
