"""What to say of arguments that a parser does not take, in the words of its flags."""

import re
from typing import Any

from jsonargparse import ArgumentParser

from textgan.config import type_words
from textgan.errors import did_you_mean

_VALUE = re.compile(r'^Parser key "([^"]+)": .*?(?:Given value|Got value): (.*)$', re.DOTALL)
_UNKNOWN = re.compile(r"^unrecognized arguments: (.*)$", re.DOTALL)
_MISSING = re.compile(r"^the following arguments are required: (.*)$", re.DOTALL)
_SETTING = re.compile(r"^Option '([^']+)' is not accepted")
_FILE = re.compile(r'^Parser key "config": (.*)$', re.DOTALL)


def complaint(flags: ArgumentParser, error: Exception) -> str:
    """The message of a parser's error in a line, without its inner words.

    Args:
        flags: the parser.
        error: what it raised.
    """
    said = " ".join(str(error).split())
    hints: dict[str, Any] = {
        action.dest: getattr(action, "_typehint", None) or action.type for action in flags._actions
    }
    known = [name for action in flags._actions for name in action.option_strings]
    if found := _VALUE.match(said):
        name, value = found[1], found[2]
        return f"{_flag(name, known)} is {value}; expected {type_words(hints.get(name))}"
    if found := _MISSING.match(said):
        return f"{_flag(found[1].split(',')[0], known)} is missing; see {flags.prog} --help"
    if found := _UNKNOWN.match(said):
        first = found[1].split()[0]
        if not first.startswith("-"):
            return f"{found[1]!r} is more than the command takes; see {flags.prog} --help"
        flag = first.partition("=")[0]
        return f"{flag} is not known{did_you_mean(flag, known)}; see {flags.prog} --help-all"
    if found := _SETTING.match(said):
        return f"setting {found[1]!r} of --config is not known{did_you_mean(found[1], hints)}"
    if said.startswith("Problems parsing config: "):
        return f"--config is no YAML ({said.partition(': ')[2]}); expected lines such as rounds: 1000"
    if found := _FILE.match(said):
        return f"--config cannot be read: {found[1]}"
    return f"{said}; see {flags.prog} --help"


def _flag(name: str, known: list[str]) -> str:
    """The flag of a setting, or the name of an argument that has none."""
    flags = ("--" + name.replace("_", "-"), f"-{name}")
    return next((flag for flag in flags if flag in known), name)
