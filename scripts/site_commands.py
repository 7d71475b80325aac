"""The reference of the command line, made from the parsers of the commands."""

import argparse
import importlib
from collections.abc import Iterable, Iterator
from functools import cache

from textgan.cli import COMMANDS
from textgan.cli.help import CommandParser, help_of, value_name
from textgan.cli.topics import RUN_TOPICS
from textgan.cli.train import parsers_of
from textgan.recipes import MODELS, PRESETS

Topics = Iterable[tuple[str, list[argparse.Action]]]

_OVERVIEW = """# Command line

`textgan COMMAND --help` prints the flags that people use first, `--help-all` every flag by topic; these pages are made
from the same source.

| command | what it does |
| --- | --- |
{commands}

Every command takes `--quiet` and `--verbose`. Results go to standard output, messages to standard error.

| exit code | what |
| --- | --- |
| 0 | all went well |
| 1 | a run failed |
| 2 | bad input; one line says what came, what was expected and what to do |
| 128 and a signal's number | training was stopped, and saved |

Bash and zsh [complete commands and flags](../using.md#from-the-command-line).
"""

_COMMAND = """# {prog}

{text}

```text
usage: {usage}
```

{topics}
"""

_TRAIN = """# textgan train

{text}

```text
usage: textgan train MODEL [flags]
```

Below are the flags that all models share. Those of a model, and its presets:

| model | presets |
| --- | --- |
{models}

{topics}
"""

_MODEL = """---
title: {model}
{search}---

# textgan train {model}

```text
usage: {usage}
```

Flags of the data, the length of the run, the machine, the log and checkpoints are [those of all models](../train.md).

{others}

{topics}
"""

_ONLY_ONE_IS_FOUND = "search:\n  exclude: true\n"
"""The settings of ARAE are those of most others too: a search finds them once."""


@cache
def command_pages() -> list[tuple[str, str]]:
    """Places on the site and texts: an overview, a page a command, and for `train` a page a model."""
    rows = "\n".join(f"| [`textgan {name}`]({name}.md) | {text} |" for name, text in COMMANDS.items())
    pages = [("cli/index.md", _OVERVIEW.format(commands=rows))]
    pages += [(f"cli/{name}.md", _train_page() if name == "train" else _command_page(name)) for name in COMMANDS]
    return [*pages, *((f"cli/train/{model}.md", _model_page(model)) for model in MODELS)]


def _command_page(name: str) -> str:
    flags: CommandParser = importlib.import_module(f"textgan.cli.{name}").make_parser()
    text = _escaped(" ".join((flags.description or "").split()))
    return _COMMAND.format(prog=flags.prog, text=text, usage=flags.usage_line(), topics=_sections(flags.topics()))


def _train_page() -> str:
    """What all models share, for sentences and for images, and the list of models."""
    text, images = parsers_of("lm")[0], parsers_of("ali")[0]
    models = [
        f"| [`{model}`](train/{model}.md) | {', '.join(f'`{preset}`' for preset in PRESETS.get(model, {}))} |"
        for model in MODELS
    ]
    of_images = {title: actions for title, actions in images.topics() if title in ("data", "labels")}
    shared: list[tuple[str, list[argparse.Action]]] = []
    for title, actions in text.topics():
        if title in of_images:
            shared += [(f"{title}, of sentences", actions), (f"{title}, of images", of_images[title])]
        elif title in ("flags", *RUN_TOPICS):
            shared.append((title, actions))
    description = _escaped(" ".join((text.description or "").split()))
    return _TRAIN.format(text=description, models="\n".join(models), topics=_sections(shared))


def _model_page(model: str) -> str:
    """What only this model has; its defaults are those of the usual modality."""
    usual = parsers_of(model)[0]
    topics = [(title, actions) for title, actions in usual.topics() if title not in ("flags", *RUN_TOPICS)]
    return _MODEL.format(
        model=model,
        search="" if model == "arae" else _ONLY_ONE_IS_FOUND,
        usage=usual.usage_line(),
        others=_escaped(usual.epilog or ""),
        topics=_sections(topics),
    )


def _sections(topics: Topics) -> str:
    """A heading and a definition list a topic."""
    return "\n".join(
        line
        for title, actions in topics
        if title != "help and messages"
        for line in (f"## {title}", "", *(part for action in actions for part in _entry(action)))
    )


def _entry(action: argparse.Action) -> Iterator[str]:
    name = value_name(action).strip("\b")
    value = "" if action.nargs == 0 else f" [{name}]" if action.nargs == "?" else f" {name}"
    flags = [f"`{option}{value}`" for option in action.option_strings] or [f"`{action.metavar or action.dest}`"]
    yield from (", ".join(flags), f":   {_escaped(help_of(action))}", "")


def _escaped(text: str) -> str:
    """Text without what Markdown or HTML would take for its own."""
    for sign in ("\\", "*", "_", "[", "]", "`"):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("<", "&lt;").replace(">", "&gt;")
