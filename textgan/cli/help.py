"""Help of the commands: `--help` has the flags that people use first, `--help-all` every flag by topic."""

import argparse
import re
import textwrap
import typing
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from jsonargparse import ArgumentParser

from textgan.plain_yaml import MODE

FEW = 10
"""A command of so many flags shows them all at once."""

_LETTERS = {int: "N", float: "X"}
_ALWAYS = "help and messages"
_LIST = "[ITEM,...]"  # what jsonargparse calls the value of a list


class CommandParser(ArgumentParser):
    """A parser whose errors become one line, and whose help is read at one sitting.

    Args:
        prog: the command, such as textgan sample.
        text: what it does.
        first: flags that `--help` shows of a command with many, in this order.
        more: what `--help-all` says at its end.
    """

    def __init__(self, prog: str, text: str, first: Collection[str] = (), more: str = "") -> None:
        super().__init__(
            prog=prog,
            description=text,
            epilog=more,
            exit_on_error=False,
            parser_mode=MODE,
            add_help=False,
            allow_abbrev=False,
            formatter_class=_Formatter,
        )
        self.first = first
        self._positionals.title, self._optionals.title = "arguments", "flags"
        self.always = self.add_argument_group(_ALWAYS)
        self.always.add_argument("-h", "--help", action="help", help="print the flags that people use first")
        self.always.add_argument("--help-all", action=_HelpAll, help="print all flags, by topic")
        self.always.add_argument("--quiet", action="store_true", help="print only warnings and errors on stderr")
        self.always.add_argument(
            "--verbose", action="store_true", help="print every log line, and the traceback of an error"
        )

    def topics(self) -> Iterator[tuple[str, list[argparse.Action]]]:
        """Topics with their arguments: those of the command, then by topic, and what every command has."""
        groups: list[Any] = [group for group in self._action_groups if group.title != _ALWAYS]
        for group in [*groups, self.always]:
            actions = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
            if actions:
                yield str(group.title), actions

    @property
    def has_more(self) -> bool:
        """Whether `--help` leaves flags out."""
        flags = [a for title, actions in self.topics() for a in actions if a.option_strings and title != _ALWAYS]
        return len(flags) > FEW

    def format_help(self, formatter: object = None) -> str:
        """What `--help` prints."""
        return self.help_text(everything=False)

    def help_text(self, everything: bool) -> str:
        """The help, of all flags or of the first."""
        formatter = self._get_formatter()
        formatter.add_usage(f"{self.usage_line()}\n", [], [])
        formatter.add_text(self.description)
        everything = everything or not self.has_more
        for title, actions in self.topics() if everything else self._first_topics():
            formatter.start_section(title)
            formatter.add_arguments(actions)
            formatter.end_section()
        formatter.add_text(self.epilog if everything else self._said_of_others())
        return formatter.format_help()

    def _first_topics(self) -> Iterator[tuple[str, list[argparse.Action]]]:
        """What is needed, then the flags that people use first, in that order."""
        every = dict(self.topics())
        yield from ((title, actions) for title, actions in every.items() if title == "arguments")
        flags = [self._option_string_actions[flag] for flag in self.first if flag in self._option_string_actions]
        yield "flags", flags
        yield _ALWAYS, every[_ALWAYS]

    def _said_of_others(self) -> str:
        """How many flags `--help` leaves out, and of which topics."""
        first, hidden = set(self.first), Counter[str]()
        for title, actions in self.topics():
            left_out = sum(bool(a.option_strings) and not first.intersection(a.option_strings) for a in actions)
            topic = "optimizers" if title.startswith("optimizer") else title.partition(",")[0]
            hidden[topic] += left_out * (title != _ALWAYS)
        topics = ", ".join(topic for topic, count in hidden.items() if count and topic not in ("arguments", "flags"))
        return f"{self.prog} --help-all shows {hidden.total()} more flags{': ' * bool(topics)}{topics}."

    def usage_line(self) -> str:
        """The command with what it must have."""
        words = []
        for action in self._actions:
            if action.help == argparse.SUPPRESS:
                continue
            name = str(action.metavar or action.dest)
            if not action.option_strings:
                words.append({"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} ..."}.get(str(action.nargs), name))
            elif action.required:
                words.append(f"{action.option_strings[0]} {action.dest.upper()}")
        return " ".join([self.prog, *words, "[flags]"])


class _HelpAll(argparse._HelpAction):
    """Prints all flags and ends."""

    def __call__(self, parser: Any, *rest: object) -> None:
        """Print them."""
        print(parser.help_text(everything=True), end="")
        parser.exit()


class _Formatter(argparse.HelpFormatter):
    """Help texts with their defaults, in plain words."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=26)

    def _expand_help(self, action: argparse.Action) -> str:
        return help_of(action)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return textwrap.fill(
            " ".join(text.split()), width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
        )

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Any:
        name = value_name(action) if action.option_strings else str(action.metavar or default_metavar)
        return lambda size: (name,) * size


def value_name(action: argparse.Action) -> str:
    """What stands for the value of a flag: what it may be, N for a whole number, X for any number, else its name."""
    if action.metavar not in (None, _LIST):
        return str(action.metavar)
    hint = getattr(action, "_typehint", None) or action.type
    options = [option for option in typing.get_args(hint) if option is not type(None)] or [hint]
    if typing.get_origin(hint) is tuple:
        return f"[{_LETTERS.get(options[0], 'X')},...]"
    if typing.get_origin(options[0]) is tuple:
        return f"[{_LETTERS.get(typing.get_args(options[0])[0], 'X')},...]"
    return _LETTERS.get(options[0], action.dest.rpartition(".")[2].upper())


def help_of(action: argparse.Action) -> str:
    """The help of an argument, with its default."""
    text = (action.help or "").rstrip(".")
    if action.default is None:
        return re.sub(r"\bNull: ", "Default: ", text)
    text = re.sub(r"\bNull: ", "null: ", text)
    is_plain = not action.option_strings or action.nargs == 0 or action.default in ("", argparse.SUPPRESS)
    return text if is_plain or "default: " in text else f"{text} (default: {_plain(action.default)})"


def _plain(value: object) -> str:
    """A value as a flag takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_plain, value)) + "]"
    return str(value)
