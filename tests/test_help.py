"""`--help` is read at one sitting, `--help-all` says everything by topic, and a shell completes both."""

import dataclasses
import importlib
import re
import shutil
import subprocess
from collections import Counter

import pytest

from textgan.cli import COMMANDS
from textgan.cli.help import FEW, CommandParser, help_of
from textgan.cli.topics import FIRST_FLAGS, OTHERS, TOPICS, by_topic
from textgan.cli.train import parsers_of
from textgan.config import field_types
from textgan.data.config import DataConfig, ImageConfig
from textgan.recipes import MODELS
from textgan.settings import TrainConfig

USUAL = {"--help", "--help-all", "--quiet", "--verbose"}
"""Flags of every command."""


def parsers() -> list[CommandParser]:
    single = [importlib.import_module(f"textgan.cli.{name}").make_parser() for name in COMMANDS if name != "train"]
    return [*single, *(flags for model in MODELS for flags in parsers_of(model))]


PARSERS = {f"{n} {flags.prog}": flags for n, flags in enumerate(parsers())}

each_parser = pytest.mark.parametrize("flags", PARSERS.values(), ids=PARSERS)


def flags_in(text: str) -> set[str]:
    """Flags that a help lists."""
    return set(re.findall(r"^  (?:-h, )?(--?[\w.-]+)", text, re.MULTILINE))


def names_of(flags: CommandParser) -> set[str]:
    return {action.option_strings[-1] for action in flags._actions if action.option_strings}


@each_parser
def test_help_is_short_and_help_all_has_every_flag(flags):
    short, whole = flags.help_text(everything=False), flags.help_text(everything=True)
    assert flags_in(whole) == names_of(flags)
    assert len(flags_in(short) - USUAL) <= FEW + 3
    assert len(short.splitlines()) <= 70
    assert flags_in(short) >= USUAL
    assert ("--help-all shows" in short) == (short != whole)
    if "--help-all shows" in short:
        assert f"shows {len(flags_in(whole) - flags_in(short))} more" in " ".join(short.split())


@each_parser
def test_what_a_command_needs_is_in_the_short_help(flags):
    needed = {action.option_strings[-1] for action in flags._actions if action.option_strings and action.required}
    assert needed <= flags_in(flags.help_text(everything=False))
    assert all(flag in flags.usage_line() for flag in needed)


@each_parser
def test_help_is_in_plain_words(flags):
    for action in flags._actions:
        if action.help != "==SUPPRESS==":
            text = help_of(action)
            assert len(text) > 3, action.dest
            assert not re.search(r"%%|Literal|Optional|type:|None\b|default: (null|False|True|\()|Null:", text), text
    assert "[ITEM" not in flags.help_text(everything=True)


def test_first_flags_exist():
    for flags in PARSERS.values():
        if not flags.prog.startswith("textgan train "):
            assert set(flags.first) <= names_of(flags), flags.prog
    assert set(FIRST_FLAGS) <= set().union(*(names_of(flags) for flags in PARSERS.values()))


def test_every_setting_has_one_topic_and_every_topic_its_settings():
    counted = Counter(name for names in TOPICS.values() for name in names)
    assert [name for name, count in counted.items() if count > 1] == []
    configs = [DataConfig(), ImageConfig(), TrainConfig(), *(config() for config in MODELS.values())]
    flat = {
        field.name
        for config in configs
        for field in dataclasses.fields(config)
        if not dataclasses.is_dataclass(field_types(type(config))[field.name])
    }
    assert flat == set(counted), "textgan/cli/topics.py lists the settings of all models by topic"


def test_settings_of_another_model_have_a_place():
    @dataclasses.dataclass(frozen=True)
    class Config:
        """A model.

        Args:
            depth: of it.
            surprise: of it.
        """

        depth: int = 1
        surprise: int = 2

    assert [(topic, name) for topic, _, name in by_topic([Config()])] == [
        ("encoder and decoder of images", "depth"),
        (OTHERS, "surprise"),
    ]


def test_a_flag_that_help_leaves_out_is_still_suggested(command):
    said = command("train", "arae", "--critic-step=3").complaint
    assert "did you mean --critic-steps?" in said
    assert "--critic-steps" not in parsers_of("arae")[0].help_text(everything=False)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    from textgan.cli.completion import SHELLS, script_of

    folder = tmp_path_factory.mktemp("completion")
    files = {shell: folder / shell for shell in SHELLS}
    for shell, file in files.items():
        file.write_text(script_of(shell), encoding="utf-8")
    return files


COMPLETE = """
source $1; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_shtab_textgan textgan "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["sa"], ["sample"]),
        (["train", "al"], ["ali", "alphagan"]),
        (["sample", "scenes", "--temp"], ["--temperature"]),
        (["sample", "scenes", "--device", ""], ["auto", "cpu", "cuda"]),
        (["sample", "sce"], ["scenes"]),
        (["train", "arae", "--preset", "arae-sm"], ["arae-small"]),
        (["train", "arae", "--data", "x.npz", "--binarize", "dyn"], ["dynamic"]),
        (["classify", "scenes", "my_s"], ["my_sentences.txt"]),
    ],
    ids=" ".join,
)
def test_bash_completes(scripts, tmp_path, words, completed):
    (tmp_path / "my_sentences.txt").touch()
    program = ["bash", "-c", COMPLETE, "bash", str(scripts["bash"]), "textgan", *words]
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True)
    assert done.stdout.split() == completed


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_reads_its_script(scripts):
    subprocess.run(["zsh", "-n", scripts["zsh"]], check=True, timeout=60)
    assert scripts["zsh"].read_text().startswith("#compdef textgan")


def test_a_shell_that_is_not_known_is_one_line(command):
    assert command("--print-completion", "fish").complaint == (
        "textgan: --print-completion is fish; expected one of bash, zsh"
    )
    assert command("--print-completion").complaint
