"""How much a command says, what Tab shows, and what a model says of itself."""

import logging
import subprocess
import sys

import pytest

import textgan
from tests.conftest import TINY
from tests.tiny import PIXELS, tiny_config, tiny_game
from textgan.cli import COMMANDS
from textgan.cli.flags import add_run, parse, parser
from textgan.recipes import RunConfig, recipe
from textgan.sampling import ImageModel


@pytest.fixture
def train(corpus_file, tmp_path):
    return ["train", "arae", *TINY, f"--data={corpus_file}", f"--out={tmp_path / 'run'}", "--rounds=2"]


def test_quiet_says_nothing_but_warnings(command, train, caplog):
    outcome = command(*train, "--quiet", "--evaluate-every=9", "--sample-every=9")
    assert (outcome.code, outcome.out) == (0, "")
    assert all(record.levelno >= logging.WARNING for record in caplog.records)
    assert command(*train, "--quiet", "--rounds=x").complaint
    assert command("models", "--quiet").out != ""


def test_verbose_says_where_an_error_arose(command, run_folder):
    loud = command("sample", run_folder, "-n", "-1", "--verbose")
    assert loud.code == 2
    assert "Traceback" in loud.err
    assert loud.err.splitlines()[-1].startswith("textgan: n is -1")
    assert command("sample", run_folder, "-n", "-1").complaint
    assert "contradict" in command("sample", run_folder, "--quiet", "--verbose").complaint


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_quiet_or_verbose(command, name):
    outcome = command(name, *(["arae"] if name in ("train", "describe") else []), "--help")
    assert "--quiet" in outcome.out
    assert "--verbose" in outcome.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--device", "cpu", "a.txt", "b.txt"],
        ["--seed", "1", "run", "--device=cpu", "a.txt", "--quiet", "b.txt"],
        ["run", "a.txt", "--device", "cpu", "b.txt", "--name", "-"],
    ],
    ids=" ".join,
)
def test_files_may_stand_behind_flags(arguments):
    flags = parser("reconstruct", "")
    add_run(flags)
    flags.add_argument("files", nargs="*")
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--name", type=str, default="")
    values = parse(flags, arguments)
    assert (values.run, values.files, values.device) == ("run", ["a.txt", "b.txt"], "cpu")


def test_tab_shows_what_the_package_offers():
    assert {"load", "SentenceClassifier", "SentenceModel", "Decoding"} <= set(dir(textgan))
    for name in textgan.__all__:
        assert getattr(textgan, name) is not None
    program = "import sys, textgan; dir(textgan); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def test_a_model_says_what_it_is(model, corpus_file):
    said = repr(model)
    assert said.startswith(f"<SentenceModel arae of {corpus_file}: ")
    assert f"codes of {model.code_dim}, {model.tokenizer.vocab_size} tokens, at most 15 in a sentence>" in said
    config, base = tiny_config("vae", modality="images"), recipe("vae", None, "images")
    images = ImageModel(tiny_game(config, spec=PIXELS), RunConfig("vae", config, base.data, base.training))
    assert repr(images).startswith("<ImageModel vae of digits: ")
    assert repr(images).endswith("images of 1 x 8 x 8, 3 classes>")
