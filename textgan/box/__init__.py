"""Models that come with textgan, ready to use, each a folder as `save_pretrained` writes it. Nothing here needs torch.

    scenes/
        config.json, model.safetensors, tokenizer/, README.md
        measured.json    how it was measured, written by scripts/make_box.py

`scenes` names the model wherever a model is named, and `box:scenes` too where a folder of one's own has that name.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from textgan.errors import UserError

BOX_PREFIX = "box:"
_FOLDER = Path(__file__).parent


class Boxed(NamedTuple):
    """What is known of a model without loading it.

    Args:
        name: by which it is loaded.
        model: its kind, such as arae.
        data: what it was trained on.
        labels: what it tells apart; none if it learned no labels.
        parameters: how many.
        bytes: of all its files.
        metrics: measurement -> value, see docs/results.md for what they mean.
    """

    name: str
    model: str
    data: str
    labels: tuple[str, ...]
    parameters: int
    bytes: int
    metrics: dict[str, float]


def names() -> tuple[str, ...]:
    """Of all models in the box."""
    return tuple(sorted(path.parent.name for path in _FOLDER.glob("*/config.json")))


def folder_of(name: str) -> Path:
    """Where a model of the box lies.

    Raises:
        UserError: the box holds none of that name.
    """
    if name not in names():
        raise UserError(f"{BOX_PREFIX}{name} is not in the box; expected one of {listed()}")
    return _FOLDER / name


def listed() -> str:
    """The names in the box, for messages."""
    return ", ".join(names()) or "none, in this copy of textgan"


def about(name: str) -> Boxed:
    """What is known of a model in the box.

    Raises:
        UserError: see `folder_of`.
    """
    folder = folder_of(name)
    config, measured = (_read(folder / file) for file in ("config.json", "measured.json"))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    labels = tuple(config["spec"]["labels"])
    data = config["data"]["data"]
    return Boxed(name, config["model"], data, labels, measured["parameters"], size, measured["metrics"])


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
