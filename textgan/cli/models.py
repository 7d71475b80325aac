"""`textgan models`: what comes with textgan, ready to use."""

import json

from textgan import box
from textgan.cli.flags import parse, parser, write_lines
from textgan.cli.help import CommandParser
from textgan.errors import UserError

_TEXT = """List the models that come with textgan. They are trained, and load by name without a download."""

_LISTED = {
    "grammatical": "grammatical",
    "unique": "distinct",
    "token_accuracy": "words reconstructed",
    "accuracy": "labels right",
}
"""Measurements that fit on a line, and what they are of: samples, samples, held-out sentences twice."""


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("models", _TEXT)
    where = "write JSON to this file; without a name, to standard output"
    flags.add_argument("--json", type=str, nargs="?", const="-", default=None, help=where)
    return flags


def run(arguments: list[str]) -> int:
    """Print the models and how one is used, or the same as JSON."""
    values = parse(make_parser(), arguments)
    models = [box.about(name) for name in box.names()]
    if not models:
        raise UserError("the box is empty in this copy of textgan; scripts/make_box.py trains what belongs in it")
    if values.json is not None:
        write_lines([json.dumps([model._asdict() for model in models], indent=2)], values.json)
        return 0
    print(_row("name", "model", "trained on", "size", "measured"))
    for model in models:
        print(_row(model.name, model.model, model.data, f"{model.bytes / 1e6:.1f} MB", _measured(model.metrics)))
    print("\n" + "\n".join(_how_to_use(models[0])))
    return 0


def _row(name: str, model: str, data: str, size: str, measured: str) -> str:
    return f"{name:<12}{model:<8}{data:<12}{size:>8}  {measured}"


def _measured(metrics: dict[str, float]) -> str:
    return ", ".join(f"{title} {metrics[name]:.1%}" for name, title in _LISTED.items() if name in metrics)


def _how_to_use(model: box.Boxed) -> list[str]:
    """A command of each kind, and the same in Python."""
    name, first, last = model.name, "a man is sleeping .", "two dogs are running in the park ."
    commands = [f"sample {name} -n 5", f'interpolate {name} "{first}" "{last}"']
    commands += [f"{command} {name} sentences.txt" for command in ("reconstruct", *["classify"] * bool(model.labels))]
    return [*(f"textgan {command}" for command in commands), f'textgan.load("{name}").sample(5)    # in Python']
