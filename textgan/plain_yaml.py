"""YAML of settings: nested a little, no part of it standing for another one.

In a few hundred bytes aliases stand for billions of values, and brackets within brackets end the interpreter's stack.
"""

from typing import Any

import jsonargparse
import yaml

MODE = "plain yaml"
"""Of parsers that read the values of flags, and files of settings, so."""

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


jsonargparse.set_loader(MODE, plain_yaml, exceptions=(yaml.YAMLError,))
