"""What griffe, which reads the docstrings for the site, does not know by itself."""

import re
from typing import Any

import griffe

_DOCTEST = re.compile(r"^(?P<indent> *)>>> .*(?:\n(?! *$).*)*", re.MULTILINE)


class HouseStyle(griffe.Extension):
    """Fields of a NamedTuple are its arguments, and doctests are blocks of code."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Give a NamedTuple the constructor that Python makes."""
        if "NamedTuple" not in {str(base).partition("[")[0] for base in cls.bases} or "__init__" in cls.members:
            return
        fields = [
            griffe.Parameter(
                field.name,
                annotation=field.annotation,
                kind=griffe.ParameterKind.positional_or_keyword,
                default=field.value,
            )
            for field in cls.members.values()
            if isinstance(field, griffe.Attribute) and field.annotation
        ]
        own = griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)
        constructor = griffe.Function("__init__", parameters=griffe.Parameters(own, *fields))
        cls.set_member("__init__", constructor)

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Put fences around doctests."""
        if obj.docstring:
            obj.docstring.value = _DOCTEST.sub(_fenced, obj.docstring.value)


def _fenced(doctest: re.Match[str]) -> str:
    indent = doctest["indent"]
    return f"\n{indent}```pycon\n{doctest[0]}\n{indent}```"
