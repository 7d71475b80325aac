"""YAML of settings, as flags give them and as runs and saved models hold them: nested a little, no aliases.

In a few hundred bytes aliases stand for billions of values, and brackets within brackets end the interpreter's stack.
"""

from collections.abc import Mapping
from typing import Any

import jsonargparse
import yaml

MODE = "plain yaml"
"""The mode of parsers that read the values of flags, and files of settings, in this way."""

_DEEPEST = 20
_loaded = jsonargparse.get_loader("yaml")


def plain_yaml(text: str) -> Any:
    """What a YAML text says.

    Raises:
        YAMLError: it is no YAML, deep, or holds aliases or numbers without end.
    """
    depth = 0
    for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("it holds an alias, *NAME; expected every value written out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError("it is nested without end")
    try:
        return _loaded(text)
    except (ValueError, ArithmeticError, RecursionError, TypeError, AttributeError, LookupError) as error:
        # A date of the 99th of May, a list as a name, or a number that Python does not convert
        endless = "integer string conversion" in str(error)
        raise yaml.YAMLError("it holds a number of thousands of digits" if endless else str(error)) from error


PARTS = ("settings", "data", "training")
"""Of config.yaml and config.json, beside the name of the model."""


def flat_settings(values: Any) -> Any:
    """The parts of a run's or a saved model's settings side by side, as flags are; anything else as it is."""
    if not isinstance(values, Mapping) or not all(isinstance(values.get(part), Mapping) for part in PARTS):
        return values
    model = {"model": values["model"]} if "model" in values else {}
    return model | {name: value for part in PARTS for name, value in values[part].items()}


jsonargparse.set_loader(MODE, lambda text: flat_settings(plain_yaml(text)), exceptions=(yaml.YAMLError,))
