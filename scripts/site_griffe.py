"""What griffe, which reads the docstrings for the site, does not know by itself."""

import re
from typing import Any

import griffe

_DOCTEST = re.compile(r"^( *>>> .*(?:\n(?! *$).*)*)", re.MULTILINE)
_TOKEN = re.compile(r"`[^`]*`|<(?P<token>/?\w+)>")


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
        """Put fences around doctests, and write out tokens such as <unk>, which are no HTML."""
        if obj.docstring:
            parts = _DOCTEST.split(obj.docstring.value)
            obj.docstring.value = "".join(
                _fenced(part) if number % 2 else _TOKEN.sub(_written_out, part) for number, part in enumerate(parts)
            )


def _fenced(doctest: str) -> str:
    indent = " " * (len(doctest) - len(doctest.lstrip(" ")))
    return f"\n{indent}```pycon\n{doctest}\n{indent}```"


def _written_out(found: re.Match[str]) -> str:
    return f"&lt;{found['token']}&gt;" if found["token"] else found[0]
