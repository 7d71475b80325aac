"""What surrounds a command: homes, streams that are closed or full, locales, folders with clutter, masks, -OO."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import textgan
from tests.conftest import TINY
from textgan.cli import main
from textgan.cli.train import read_arguments
from textgan.config import descriptions
from textgan.data.cache import cache_folder
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.modality import modality_of_data
from textgan.data.tokenizer import WordTokenizer, load_tokenizer
from textgan.errors import UserError
from textgan.files import expanded, expanded_names, is_empty
from textgan.recipes import MODELS, RunConfig
from textgan.settings import TrainConfig
from textgan.training.run_folder import check_folder

CLUTTER = [".DS_Store", "._x", ".gitkeep", ".keep", ".gitignore", "Thumbs.db", "thumbs.db", "desktop.ini", ".nfs0001"]


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home folder, and a working directory beside it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "home"


def in_shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`$TEXTGAN` in a shell; models and help need no torch, and so no seconds."""
    values = os.environ | {"TEXTGAN": f"{sys.executable} -m textgan"} | environment
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, env=values)


def test_a_name_under_home_is_written_out_wherever_it_stands(home):
    assert expanded("~/a b.txt") == home / "a b.txt"
    assert expanded("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
    assert expanded("a/~/b") == Path("a/~/b")
    assert expanded_names("~/a.txt, ~/b.txt,hf:~/c,d~") == f"{home}/a.txt, {home}/b.txt,hf:{home}/c,d~"
    data = DataConfig(data="~/a.txt", unlabeled="b.txt,~/c.txt")
    assert (data.data, data.unlabeled) == (f"{home}/a.txt", f"b.txt,{home}/c.txt")
    assert ImageConfig(data="~/faces").data == f"{home}/faces"


@pytest.mark.parametrize("flags", [["--out=~/runs/a", "--data=~/a.txt"], ["--config=~/run.yaml"]])
def test_a_run_under_home_makes_no_folder_of_that_sign(home, monkeypatch, flags):
    (home / "run.yaml").write_text("out: ~/runs/a\ndata: ~/a.txt\n")
    monkeypatch.setattr("textgan.cli.train.run", lambda arguments: read.append(read_arguments(arguments)) or 0)
    read: list[tuple[RunConfig, Path, bool]] = []
    with pytest.raises(SystemExit):
        main(["train", "arae", *flags])
    ((config, out, _),) = read
    assert (out, config.data.data) == (home / "runs" / "a", f"{home}/a.txt")


def test_commands_and_python_read_and_write_under_home(command, home, model):
    model.save_pretrained("~/saved")
    assert textgan.load("~/saved", device="cpu").sample(2) == model.sample(2)
    assert type(model).from_pretrained(Path("~/saved"), device="cpu").sample(1) == model.sample(1)
    (home / "text.txt").write_text("a man sleeps .\n")
    assert command("sample", "~/saved", "-n", "2", "--output=~/new.txt").code == 0
    assert (home / "new.txt").read_text().splitlines() == model.sample(2)
    assert command("reconstruct", "~/saved", "~/text.txt", "--output", "~/again.txt").code == 0
    assert command("encode", "~/saved", "~/text.txt", "--output", "~/codes.NPY").code == 0
    assert np.load(home / "codes.NPY").shape == (1, model.code_dim)
    model.tokenizer.save("~/words")
    assert load_tokenizer("~/words").fingerprint == model.tokenizer.fingerprint
    assert list(Path().iterdir()) == []


def test_a_sentence_that_begins_with_the_sign_stays_one(command, run_folder):
    sentence = "~ a man sleeps"
    outcome = command("interpolate", run_folder, sentence, sentence, "--steps=2")
    assert outcome.code == 0
    assert outcome.err.count(str(Path.home())) == 0


@pytest.mark.parametrize(("name", "below"), [("TEXTGAN_CACHE", "x"), ("XDG_CACHE_HOME", "x/textgan")])
def test_the_cache_may_be_named_under_home(home, monkeypatch, name, below):
    monkeypatch.delenv("TEXTGAN_CACHE", raising=False)
    monkeypatch.setenv(name, "~/x")
    assert cache_folder() == home / below


def test_who_has_no_home_has_a_cache(monkeypatch, tmp_path, caplog):
    for name in ("TEXTGAN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", str)  # as it is where neither $HOME nor the users' file knows one
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    assert cache_folder() == tmp_path / f"textgan-{os.getuid()}"
    assert "TEXTGAN_CACHE" in caplog.text


@pytest.mark.parametrize("command_line", ["models", "--help", "sample --help"])
@pytest.mark.parametrize(("output", "reason"), [(">/dev/full", "No space left on device"), (">&-", "it is closed")])
def test_output_that_goes_nowhere_is_an_error_of_one_line(command_line, output, reason):
    done = in_shell(f"$TEXTGAN {command_line} {output}")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"textgan: standard output cannot be written ({reason});")
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_has_enough_is_no_error():
    done = in_shell("{ $TEXTGAN models; echo $? >&2; } | true")
    assert done.stderr == "0\n"


def test_an_error_never_goes_into_the_output():
    done = in_shell("$TEXTGAN nonsense 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


def test_all_streams_may_be_closed():
    assert in_shell("$TEXTGAN nonsense <&- >&- 2>&-").returncode == 2


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_output_is_utf_8_in_every_locale(locale):
    program = "from textgan.cli import streams; streams.set_up(); print('caf\\u00e9 \\u2026')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        timeout=60,
        env=os.environ | {"PYTHONCOERCECLOCALE": "0"} | locale,
        check=True,
    )
    assert done.stdout == "café …\n".encode()


def test_help_without_docstrings_is_the_same():
    for command_line in ("sample --help", "train arae --help"):
        stripped, whole = (in_shell(f"$TEXTGAN {command_line}", PYTHONOPTIMIZE=level) for level in ("2", "0"))
        assert (stripped.returncode, stripped.stdout) == (0, whole.stdout)


def test_help_without_sources_does_without(monkeypatch):
    def missing(cls: type) -> str:
        raise OSError("could not get source code")

    monkeypatch.setattr("inspect.getsource", missing)
    monkeypatch.setattr("textgan.config._has_docstrings", lambda: False)
    assert descriptions(TrainConfig) == {}


@pytest.mark.parametrize("model", MODELS)
def test_descriptions_come_from_the_source_where_docstrings_are_dropped(monkeypatch, model):
    whole = descriptions(MODELS[model])
    monkeypatch.setattr("textgan.config._has_docstrings", lambda: False)
    assert descriptions(MODELS[model]) == whole


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
def test_saved_files_have_the_rights_that_the_mask_leaves(model, tmp_path, mask, dtype):
    before = os.umask(mask)
    try:
        model.save_pretrained(tmp_path / "saved", dtype)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "saved").rglob("*") if path.is_file()}
    assert modes == {0o666 & ~mask}


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_short_run_can_be_tried(command, corpus_file, tmp_path, rounds):
    outcome = command(
        "train", "arae", *TINY, f"--data={corpus_file}", f"--rounds={rounds}", "--dry-run", f"--out={tmp_path / 'x'}"
    )
    assert outcome.code == 0
    last = outcome.out.splitlines()[-1]
    assert "seconds" in last
    assert " 0.0 seconds" not in last
    assert not (tmp_path / "x").exists()


def test_folders_that_hold_clutter_alone_are_empty(tmp_path, model):
    for folder in ("run", "saved"):
        (tmp_path / folder).mkdir()
        for name in CLUTTER:
            (tmp_path / folder / name).write_text("")
    assert is_empty(tmp_path / "run")
    check_folder(tmp_path / "run", model.config)
    model.save_pretrained(tmp_path / "saved")
    assert {".gitkeep", "config.json"} <= {path.name for path in (tmp_path / "saved").iterdir()}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".secret").write_text("")
    with pytest.raises(UserError, match="not empty"):
        check_folder(tmp_path / "other", model.config)
    with pytest.raises(ValueError, match=r"other exists and is not empty; expected a new folder$"):
        model.save_pretrained(tmp_path / "other")


def test_the_suffix_of_an_archive_may_be_in_upper_case():
    assert modality_of_data("MNIST.NPZ") == "images"


def test_words_of_other_alphabets_are_saved_in_every_locale(tmp_path):
    WordTokenizer(["café"]).save(tmp_path)
    assert load_tokenizer(tmp_path).decode([4]) == "café"
