"""Completion of commands, flags and values in a shell: `textgan --print-completion bash`, or zsh."""

import argparse
import importlib
from typing import TYPE_CHECKING, Any

import shtab

from textgan import box
from textgan.cli import COMMANDS
from textgan.cli.help import CommandParser, help_of
from textgan.errors import UserError
from textgan.recipes import MODELS, PRESETS

if TYPE_CHECKING:
    from argparse import _SubParsersAction

SHELLS = ("bash", "zsh")

_FILES = {
    *("a", "b", "file", "files", "data", "reference", "unlabeled", "add", "subtract", "match", "against", "config"),
    *("out", "output", "json", "html", "confusion"),
}
"""Arguments that are names of files or folders."""

_RUNS = {
    "bash": '_textgan_runs() {{ compgen -W "{names}" -- "$1"; compgen -d -- "$1"; }}',
    "zsh": "_textgan_runs() {{ compadd -- {names}; _files -/; }}",
}
"""Functions that complete the name of a model: one that comes with textgan, or a folder."""


def print_completion(arguments: list[str]) -> int:
    """Print the script of a shell.

    Args:
        arguments: the shell.

    Raises:
        UserError: it is none that is known.
    """
    if len(arguments) != 1 or arguments[0] not in SHELLS:
        came = " ".join(arguments) or "without a shell"
        raise UserError(f"--print-completion is {came}; expected one of {', '.join(SHELLS)}")
    print(script_of(arguments[0]))
    return 0


def script_of(shell: str) -> str:
    """What a shell reads to complete."""
    return str(shtab.complete(_all_commands(), shell))


def _all_commands() -> argparse.ArgumentParser:
    """A parser of the standard library with all commands, and under `train` all models."""
    root = argparse.ArgumentParser(prog="textgan", add_help=False)
    for flag, text in (("--help", "print the commands"), ("--version", "print the version")):
        root.add_argument(flag, action="store_true", help=text)
    root.add_argument("--print-completion", choices=SHELLS, help="print the script that completes for a shell")
    commands = root.add_subparsers()
    for name, text in COMMANDS.items():
        module = importlib.import_module(f"textgan.cli.{name}")
        command = commands.add_parser(name, help=text.replace("%", "%%"), add_help=False)
        if name == "train":
            _add_models(command.add_subparsers(), module)
        else:
            _copy(module.make_parser(), command)
    return root


def _add_models(models: "_SubParsersAction[argparse.ArgumentParser]", train: Any) -> None:
    for model in MODELS:
        command = models.add_parser(model, help=f"train {model}", add_help=False)
        for data in train.parsers_of(model):
            _copy(data, command)


def _copy(flags: CommandParser, command: argparse.ArgumentParser) -> None:
    """Add the arguments of a command, with what completes them."""
    for action in flags._actions:
        if action.help == argparse.SUPPRESS or command._option_string_actions.keys() & action.option_strings:
            continue
        options: dict[str, Any] = {"help": help_of(action).replace("%", "%%")}
        if not action.option_strings:
            options["nargs"] = action.nargs
        if action.nargs == 0:
            options["action"] = "store_true"
        elif choices := _choices(flags, action):
            options["choices"] = choices
        added = command.add_argument(*(action.option_strings or [action.dest]), **options)
        if action.dest == "run":
            _set(added, dict.fromkeys(SHELLS, "_textgan_runs") | {"preamble": _preambles()})
        elif action.dest in _FILES:
            _set(added, shtab.FILE)


def _set(action: argparse.Action, completed_by: dict[str, Any]) -> None:
    """shtab looks for this attribute."""
    setattr(action, "complete", completed_by)  # noqa: B010


def _preambles() -> dict[str, str]:
    return {shell: text.format(names=" ".join(box.names())) for shell, text in _RUNS.items()}


def _choices(flags: CommandParser, action: argparse.Action) -> list[str]:
    """The values that a flag takes, where these are few."""
    if action.dest == "preset":
        return [*PRESETS.get(flags.prog.split()[-1], {})]
    if action.dest == "model":
        return [*MODELS]
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    return metavar[1:-1].split(",") if metavar.startswith("{") else []
