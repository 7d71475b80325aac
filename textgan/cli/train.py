"""`textgan train`: start a run, or go on with it."""

import argparse
import contextlib
import itertools
import logging
import math
import os
import re
import signal
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from yaml import YAMLError

from textgan.cli.flags import parse, parser, pick
from textgan.cli.help import CommandParser
from textgan.cli.topics import FIRST_FLAGS, by_topic
from textgan.config import add_flags, difference, to_dict
from textgan.data.modality import modality_of_data
from textgan.errors import UserError
from textgan.files import expanded, read_file
from textgan.plain_yaml import flat_settings, plain_yaml
from textgan.recipes import MODELS, PRESETS, Modality, RunConfig, modality_of_settings, recipe
from textgan.settings import TrainConfig

logger = logging.getLogger("textgan")

_TRIED = 6  # rounds
_MOST_SETTINGS = 1 << 20  # bytes

_TEXT = """Train a model. The same command, run again, resumes the run where it stopped. Settings come from the
defaults, --preset, --config and the flags, in this order; later ones win."""
_EXAMPLES: dict[Modality, str] = {"text": "scenes", "images": "digits"}


def run(arguments: list[str]) -> int:
    """Train until rounds or minutes are used up, or a signal comes."""
    if not arguments or arguments[0] in ("-h", "--help", "--help-all"):
        print(f"usage: textgan train MODEL ...\n\n{_TEXT}\n\nmodels: {', '.join(MODELS)}")
        for model in MODELS:
            presets = ", ".join(PRESETS.get(model, {}))
            print(f"  textgan train {model} --help" + (f"    presets: {presets}" if presets else ""))
        return 0
    config, out, dry = read_arguments(arguments)
    from textgan import distributed
    from textgan.device import find_device

    # CUDA is chosen per rank once the processes have joined.
    with distributed.session(find_device(config.training.device).type == "cuda"):
        if not distributed.is_main():
            logger.setLevel(logging.ERROR)
        return _dry_run(config) if dry else _train(config, out)


def read_arguments(arguments: list[str]) -> tuple[RunConfig, Path, bool]:
    """The settings of a run, its folder, and whether to only try it.

    Raises:
        UserError: an unknown model, preset or flag, or a value that does not fit.
    """
    if arguments[0].startswith("-"):
        raise UserError(
            f"{arguments[0]} stands before the model; expected textgan train MODEL, such as arae, then flags"
        )
    for file in filter(os.path.lexists, _values(arguments, "--config")):
        read_file(Path(file), "a YAML file of settings for --config", _MOST_SETTINGS)
    model, preset = arguments[0], _early(arguments, "--preset")
    values = parse(make_parser(arguments), _files_first(arguments))
    data = recipe(model, preset, _modality(arguments)).data
    config = RunConfig(model, pick(values, MODELS[model]), pick(values, type(data)), pick(values, TrainConfig))
    name = re.sub(r"[^\w.-]+", "-", Path(config.data.data.removeprefix("hf:")).name.split(".")[0] or "data")
    return config, expanded(values.out or f"runs/{preset or model}-{name}"), values.dry_run


def make_parser(arguments: list[str]) -> CommandParser:
    """The flags of a model, whose defaults are those of the preset and of the data that are named.

    Raises:
        UserError: an unknown model or preset.
    """
    model, preset = arguments[0], _early(arguments, "--preset")
    base = recipe(model, preset, _modality(arguments))
    flags = parser(f"train {model}", _TEXT, FIRST_FLAGS, _other_defaults(base, preset))
    flags.add_argument("model", help=argparse.SUPPRESS)
    flags.add_argument("--out", type=str, default=None, help="run folder; default: runs/MODEL-DATA")
    presets = ", ".join(PRESETS.get(model, {}))
    flags.add_argument("--preset", type=str, default=None, help=f"one of {presets}" if presets else "there is none")
    flags.add_argument(
        "--config",
        action="config",
        help="YAML or JSON file of settings, such as config.yaml of a run or config.json of a saved model",
    )
    flags._option_string_actions["--print_config"].help = "print all settings as YAML, and end"
    flags.add_argument(
        "--dry-run",
        action="store_true",
        help="play at most six rounds, print how long the run would take, write nothing",
    )
    for topic, settings in itertools.groupby(by_topic([base.data, base.training, base.settings]), lambda each: each[0]):
        group = flags.add_argument_group(topic)
        for _, part, name in settings:
            add_flags(group, part, names=[name])
    return flags


def parsers_of(model: str) -> list[CommandParser]:
    """The flags of a model for each modality that it learns, the usual first."""
    return [make_parser([model, f"--data={_EXAMPLES[modality]}"]) for modality in MODELS[model].defaults]


def _other_defaults(base: RunConfig, preset: str | None) -> str:
    """What differs for the other modalities that the model learns, since help prints the defaults of one."""
    if preset is not None:
        return ""
    default, text = modality_of_settings(to_dict(base.data)), ""
    for modality in MODELS[base.model].defaults:
        if modality != default:
            changed = difference(to_dict(base.settings), to_dict(recipe(base.model, modality=modality).settings))
            example = _EXAMPLES[modality]
            text += f"Defaults are those for {default}; for {modality} (see them with --data {example} --help-all): "
            text += ("; ".join(changed) or "the same") + "."
    return text


def _modality(arguments: list[str]) -> Modality | None:
    """The modality that the arguments ask for, as far as they say: it decides which flags there are."""
    file = _early(arguments, "--config")
    if file is not None and Path(file).is_file():
        with contextlib.suppress(YAMLError):  # the parser says what is wrong with it
            values = flat_settings(plain_yaml(Path(file).read_text(encoding="utf-8", errors="replace")))
            modality = modality_of_settings(values) if isinstance(values, dict) else None
            if modality is not None:
                return modality
    data, config = _early(arguments, "--data"), MODELS.get(arguments[0])
    several = config is not None and len(config.defaults) > 1
    if not several:
        return None
    flags = (argument.partition("=")[0] for argument in arguments if argument.startswith("--"))
    named = {flag.removeprefix("--").replace("-", "_") for flag in flags}
    return (modality_of_data(data) if data else None) or modality_of_settings(named)


def _files_first(arguments: list[str]) -> list[str]:
    """The model, then --config, then the other flags, which win over the file wherever they stand."""
    files: list[str] = []
    others: list[str] = []
    waiting = iter(arguments[1:])
    for argument in waiting:
        if argument == "--config":
            files += [argument, *itertools.islice(waiting, 1)]
        else:
            (files if argument.startswith("--config=") else others).append(argument)
    return [*arguments[:1], *files, *others]


def _early(arguments: list[str], flag: str) -> str | None:
    """The value of a flag that decides the defaults of others."""
    return next(_values(arguments, flag), None)


def _values(arguments: list[str], flag: str) -> Iterator[str]:
    """What is given with a flag, each time that it is."""
    for place, argument in enumerate(arguments):
        if argument == flag and place + 1 < len(arguments):
            yield arguments[place + 1]
        elif argument.startswith(flag + "="):
            yield argument.partition("=")[2]


def _train(config: RunConfig, out: Path) -> int:
    from textgan.experiment import run_experiment

    trained = run_experiment(config, out)
    rounds = f"{trained.trainer.round:,}"
    if trained.was_over:
        logger.info("%s is done: round %s; train it further with more --rounds, --minutes or --patience", out, rounds)
        return 0
    if trained.stopped_by:
        name = signal.Signals(trained.stopped_by).name
        logger.info("%s: saved at round %s; the same command goes on from there", name, rounds)
        return 128 + trained.stopped_by
    logger.info("%s: %s rounds; textgan sample %s %s", out, rounds, out, trained.data.advice)
    return 0


def _dry_run(config: RunConfig) -> int:
    from textgan import distributed
    from textgan.describe import describe
    from textgan.experiment import prepare, settled

    trainer, _ = prepare(settled(config), from_data=False)
    times = []
    for _ in range(int(max(1, min(_TRIED, config.training.last_round)))):
        began = time.perf_counter()
        trainer.play_round()
        times.append(time.perf_counter() - began)
    trainer.check()
    pace = statistics.mean(times[1:] or times)  # the first alone is slow
    whole = min(config.training.last_round * pace, 60 * (config.training.minutes or math.inf))
    if distributed.is_main():
        print(describe(trainer.game))
        seconds = f"{whole:.2g} seconds" if whole < 10 else f"{whole:.0f} seconds"
        length = f"{whole / 60:,.0f} minutes" if whole >= 120 else seconds
        print(f"{pace * 1000:,.0f} ms a round; the whole run about {length}")
    return 0
