"""Frozen dataclasses <-> command-line flags <-> YAML and JSON.

A configuration is a frozen dataclass whose `Args:` docstring describes its fields; the flags, their help and the
files all come from it, so that nothing is written twice. Nothing here imports torch: `--help` must be instant.
"""

import ast
import dataclasses
import inspect
import math
import re
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from textgan.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from jsonargparse import ArgumentParser

C = TypeVar("C")


def check(config: Any, **rules: tuple[Callable[[Any], bool], str]) -> None:
    """Refuse values that cannot be: field -> (whether a value is good, what is expected).

    Raises:
        UserError: names the first field that breaks its rule.
    """
    for name, (good, expected) in rules.items():
        value = getattr(config, name)
        if not good(value):
            raise UserError(f"{name} is {value}; expected {expected}")


_LARGEST = (1 << 63) - 1
"""Whole numbers beyond it are none that torch knows."""

_MOST_THREADS = 1024
"""More threads than a process may have end it."""

POSITIVE = (lambda value: value is None or value >= 1, "1 or more")
NOT_NEGATIVE = (lambda value: value is None or 0 <= value < math.inf, "0 or more")
ABOVE_ZERO = (lambda value: value is None or 0 < value < math.inf, "more than 0")
SEED = (lambda value: 0 <= value <= _LARGEST, "0 or more, below 2^63")
THREADS = (lambda value: 0 <= value <= _MOST_THREADS, f"0 (all cores of the process) to {_MOST_THREADS:,}")
ALL_POSITIVE = (lambda values: all(value >= 1 for value in values), "sizes of 1 or more")


def to_dict(config: Any) -> dict[str, Any]:
    """A configuration as nested dictionaries of JSON values, tuples as lists."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, tuple | list) else value

    return {k: plain(v) for k, v in dataclasses.asdict(config).items()}


def from_dict(cls: type[C], values: Mapping[str, Any]) -> C:
    """The configuration that `to_dict` wrote.

    Raises:
        UserError: a key that `cls` does not have, or a value of another type.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"settings of {cls.__name__} are {values!r}; expected names and values")
    hints = field_types(cls)
    unknown = sorted(set(map(str, values)) - set(hints))
    if unknown:
        what = f"unknown setting {unknown[0]!r} of {cls.__name__}{did_you_mean(unknown[0], hints)}"
        raise UserError(f"{what}; expected one of {', '.join(hints)}")
    return cls(**{name: _typed(value, hints[name], name) for name, value in values.items()})


def field_types(cls: type) -> dict[str, Any]:
    """Field -> its type, in order."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _typed(value: Any, hint: Any, name: str) -> Any:
    if type(value).__module__ == "numpy":  # numbers and lists as grids of parameters hold them
        value = value.tolist()
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise UserError(f"setting {name} is {value!r}; expected names and values of {type_words(hint)}")
        return from_dict(typing.cast(type, hint), value)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        options = typing.get_args(hint)
        if value is None and type(None) in options:
            return None
        return _typed(value, next(o for o in options if o is not type(None)), name)
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        endless = inner[-1] is Ellipsis
        if not isinstance(value, list | tuple) or not (endless or len(value) == len(inner)):
            raise UserError(
                f"setting {name} is {value!r}; expected a list of {'' if endless else f'{len(inner)} '}values"
            )
        return tuple(_typed(v, inner[0], name) for v in value)
    if typing.get_origin(hint) is Literal:
        fits = value in typing.get_args(hint)
    elif hint is float:
        fits, value = isinstance(value, int | float) and not isinstance(value, bool), value
    else:
        fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    if fits and type(value) is int and abs(value) > _LARGEST:
        raise UserError(f"setting {name} is beyond {_LARGEST:,}; expected a smaller number")
    if not fits:
        raise UserError(f"setting {name} is {value!r}; expected {type_words(hint)}")
    try:
        return float(value) if hint is float else value
    except OverflowError:
        raise UserError(f"setting {name} is beyond all numbers; expected a smaller one") from None


def type_words(hint: Any) -> str:
    """What a value of this type is, in words: "a number, or null"."""
    if typing.get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, typing.get_args(hint)))
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        parts = [type_words(option) for option in typing.get_args(hint) if option is not type(None)]
        return ", or ".join([*parts, *(["null"] if type(None) in typing.get_args(hint) else [])])
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        count, some = "" if inner[-1] is Ellipsis else f"{len(inner)} ", "[100,100]" if inner[0] is int else "[0.5,0.9]"
        return f"a list of {count}values, each {type_words(inner[0])}, such as {some}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", None: "another value"}
    return words[hint] if hint in words else str(getattr(hint, "__name__", hint))


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested dictionaries as (dotted name, value) pairs."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings with some of them changed."""
    return {**values} | {
        name: merged(values[name], value)
        if isinstance(value, Mapping) and isinstance(values.get(name), Mapping)
        else value
        for name, value in changes.items()
    }


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed between two nested dictionaries, a line a setting: "lr: 0.001 -> 0.01"."""
    before, after = dict(flatten(old)), dict(flatten(new))
    names = [*before, *(n for n in after if n not in before)]
    absent = object()
    return [
        f"{name}: {before.get(name, '(absent)')} -> {after.get(name, '(absent)')}"
        for name in names
        if before.get(name, absent) != after.get(name, absent)
    ]


def descriptions(cls: type) -> dict[str, str]:
    """Field -> its text in the `Args:` section of the docstring of the class, or of one that it extends."""
    texts: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        _, _, section = _docstring(part).partition("Args:\n")
        found = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section, flags=re.MULTILINE)
        texts |= {name: " ".join(text.split()) for name, text in found}
    return texts


def _has_docstrings() -> bool:
    return sys.flags.optimize < 2


def _docstring(cls: type) -> str:
    """The docstring of a class; where Python dropped it (-OO), that of its source, if this is at hand."""
    if _has_docstrings() or cls is object:
        return inspect.cleandoc(cls.__doc__ or "")
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return ""
    return ast.get_docstring(typing.cast(ast.ClassDef, tree.body[0])) or ""


def add_flags(
    parser: "ArgumentParser | _ArgumentGroup", config: Any, prefix: str = "", names: Collection[str] | None = None
) -> None:
    """Add a flag for each field of a configuration instance, or for some; its values are the defaults."""
    texts = descriptions(type(config))
    hints = field_types(type(config))
    for field in dataclasses.fields(config):
        if names is not None and field.name not in names:
            continue
        value, hint = getattr(config, field.name), hints[field.name]
        if dataclasses.is_dataclass(hint):
            add_flags(parser, value, f"{prefix}{field.name}.")
            continue
        flag = f"--{prefix}{field.name}".replace("_", "-")
        parser.add_argument(flag, type=hint, default=value, help=texts.get(field.name, ""))
