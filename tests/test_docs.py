"""The commands and the Python of README and docs run: short ones as they are, long ones for three rounds."""

import io
import itertools
import re
import shlex
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import PIL.Image
import pytest
from torch.distributed.run import get_args_parser

import textgan
from tests.conftest import tiny_sentences
from tests.pages import PAGES, ROOT, Block, blocks
from tests.tiny import SIZES
from textgan.cli.train import read_arguments
from textgan.models import CLASSES
from textgan.recipes import MODELS

NOT_RUN = {
    "git clone REPOSITORY": "needs a network",
    "pip install": "needs a network",
    "textgan studio": "serves until Ctrl-C; tests/test_studio_page.py does so",
    "curl": "asks the studio; tests/test_studio_page.py does so",
    "textgan --print-completion": "writes into the shell's folder; tests/test_help.py completes with it",
    "model.push_to_hub": "tests/test_push.py does so, with a hub on this machine",
}
"""Beginnings of commands, and of lines in Python, that are not run, and why."""

PARSED = {
    "torchrun": "wants several GPUs or hosts: its flags and those of textgan are parsed",
    "#!/bin/bash": "wants SLURM: its flags of textgan are parsed",
    "make": "the target is looked up",
    ".venv/bin/python": "pytest within pytest, or a script that takes longer: the files are looked up",
}
"""Beginnings of commands that are only parsed, and how."""

PYTHON = {
    "LabeledKFold(5)": "LabeledKFold(2)",
}
"""What is replaced in Python, for something that takes less time; `textgan.train` trains a small model there."""

RUNS = {
    "runs/mine": "textgan train arae --data my_sentences.txt --out runs/mine --minutes 30",
    "runs/lm": "textgan train lm --data my_sentences.txt --out runs/lm --minutes 30",
    "runs/acai-digits": "textgan train acai --data my_images.npz --out runs/acai-digits --minutes 5",
}
"""Runs that a page uses and another page trains."""

SHORTER = {
    "evaluate": ["--limit=20", "-n=20"],
    "score": ["--limit=20", "--metrics=statistics,perplexity"],
    "edit": ["--samples=100", "--variants=2"],
}
"""Flags that make a command short; they come last and win."""

CLASSIFIER = {"word_dim": 8, "batch_size": 8, "unlabeled_batch_size": 8, "hidden_dims": (8,)}

Command = Callable[..., Any]


def commands(block: Block) -> list[str]:
    """The commands of a block for a shell, comments left out; a script is one command."""
    if block.text.startswith("#!"):
        return [block.text]
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [part for line in lines for part in line.split(" && ") if shlex.split(line, comments=True)]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files under the names that the pages give to the reader's own."""
    folder = tmp_path_factory.mktemp("reader")
    sentences, rng = tiny_sentences(720), np.random.default_rng(0)
    labels = ["play" if "play" in s else "rest" for s in sentences]
    images = rng.integers(0, 256, (1400, 16, 16), np.uint8)
    digits = np.arange(1400, dtype=np.uint8) % 10
    files = {
        "my_sentences.txt": sentences,
        "sentences.txt": sentences[:5],
        "new.txt": sentences[:5],
        "some.txt": sentences[:5],
        "dogs.txt": [s for s in sentences if "dogs" in s][:20],
        "men.txt": [s for s in sentences if "man" in s][:20],
        "words.txt": sorted({word for s in sentences for word in s.split()}),
        "reviews.csv": ["text,sentiment", *map(",".join, zip(sentences, labels, strict=True))],
        "scenes.csv": ["text,label", *(f"{s},{'sport' if 'play' in s else 'other'}" for s in sentences)],
        "pairs.csv": ["sentence1,sentence2,label"]
        + [f"{a},{b},{'same' if a[:6] == b[:6] else 'other'}" for a, b in itertools.pairwise(sentences)],
    }
    for name, lines in files.items():
        (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "train.txt").write_bytes((folder / "my_sentences.txt").read_bytes())
    np.savez(folder / "my_images.npz", x=images[:60], y=digits[:60])
    for name in ("a.png", "b.png"):
        PIL.Image.fromarray(images[ord(name[0])]).save(folder / name)
    (folder / "MNIST_FOLDER").mkdir()
    for stem, rows in (("train", slice(0, 1300)), ("t10k", slice(1300, 1400))):
        for what, array in ((f"{stem}-images-idx3", images[rows]), (f"{stem}-labels-idx1", digits[rows])):
            head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / "MNIST_FOLDER" / f"{what}-ubyte").write_bytes(head + array.tobytes())
    return folder


def tiny(model: str) -> dict[str, Any]:
    """Settings that make a round of a model short."""
    fields = MODELS[model].__dataclass_fields__
    sizes = {name: value for name, value in SIZES.items() if name in fields and name != "classifier"}
    sizes |= {"depth": 2} if "depth" in fields else {}
    return {**sizes, "batch_size": 8, "threads": 1, "device": "cpu", "precision": "float32", "evaluate_every": 3}


def short_training(words: list[str]) -> list[str]:
    """A command `textgan train` for three rounds of a small model, on small data in place of what is built in."""
    config, out, _ = read_arguments(words[2:])
    data = config.data.data
    small = {"scenes": "scenes.csv", "digits": "my_images.npz", "lines": "my_images.npz"}.get(data, data)
    flags = {**tiny(words[2]), "rounds": 3}
    if "--classifier.pretrain-rounds" in words:
        flags["classifier.pretrain_rounds"] = 1
    if "--labels" in words:
        flags |= {f"classifier.{name}": value for name, value in CLASSIFIER.items()}
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in flags.items()}
    kept = re.sub(r" --minutes \S+", "", shlex.join(words))
    added = [f"--{name.replace('_', '-')}={str(value).replace(' ', '')}" for name, value in values.items()]
    return [*shlex.split(kept), f"--data={small}", f"--out={out}", *added]


def train(model: str, data: Any, **options: Any) -> Any:
    """`textgan.train` for one round of a small model."""
    kept = {name: value for name, value in options.items() if name != "minutes"}
    return textgan.train(model, data, **kept | tiny(model) | {"rounds": 1})


def runnable(words: list[str]) -> list[str]:
    if words[1] == "train":
        return short_training(words)
    metrics = "reconstruction" if "runs/acai-digits" in words else "statistics,perplexity"
    usual = [f"--metrics={metrics}"] if words[1] == "evaluate" and "--metrics" not in words else []
    words = [w for n, w in enumerate(words) if words[1] != "evaluate" or "-n" not in (w, words[n - 1])]
    return [*words, *usual, *SHORTER.get(words[1], [])]


def parsed(line: str) -> None:
    """Check a command that cannot be run here."""
    words = shlex.split(line, comments=True)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE), line
    elif words[0] == ".venv/bin/python":
        files = [word for word in words if word.endswith(".py")]
        assert files, line
        assert [file for file in files if not (ROOT / file).exists()] == [], line
    elif words[0] == "torchrun":
        rest = get_args_parser().parse_args(words[1:])
        assert (rest.module, rest.training_script, rest.training_script_args[0]) == (True, "textgan", "train")
        read_arguments(rest.training_script_args[1:])
    else:
        inner = re.findall(r"^[^#\n]*textgan train (.*?)'?$", line, re.MULTILINE)
        assert inner
        for arguments in inner:
            read_arguments(shlex.split(arguments))


class Reader:
    """Who types the blocks of a page, one after the other."""

    def __init__(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        self.command, self.patch = command, monkeypatch
        sentences = tiny_sentences(60)
        self.names: dict[str, Any] = {
            "sentences": sentences,
            "y": [-1 if n % 3 == 0 else int("play" in s) for n, s in enumerate(sentences)],
            "new": sentences[:5],
            "test": sentences[:20],
            "truth": [int("play" in sentence) for sentence in sentences[:20]],
            "train": train,
            "__name__": "page",
        }

    def run(self, line: str) -> str:
        """What a command prints."""
        head, _, tail = line.rpartition(" | ")
        words = shlex.split(tail, comments=True)
        if head:
            echo, text = shlex.split(head)
            assert echo == "echo"
            self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode() + b"\n")))
        for name in words:
            if name in RUNS and "--out" not in words and not Path(name).exists():
                self.run(RUNS[name])
        assert words[0] == "textgan", line
        outcome = self.command(*runnable(words)[1:])
        assert outcome.code == 0, (line, outcome.err)
        return str(outcome.out)

    def python(self, text: str) -> None:
        for long, short in PYTHON.items():
            text = text.replace(long, short)
        exec(text.replace("textgan.train(", "train("), self.names)


@pytest.fixture
def models_put_back() -> Iterator[None]:
    """A page adds a model of its own."""
    with patch.dict(MODELS), patch.dict(CLASSES):
        yield


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_runs(page, workplace, command, monkeypatch, models_put_back):
    monkeypatch.chdir(workplace)
    reader = Reader(command, monkeypatch)
    for block in blocks(page):
        if block.language == "python":
            if not any(line.startswith(tuple(NOT_RUN)) for line in block.text.splitlines()):
                reader.python(block.text)
            continue
        for line in commands(block) if block.language in ("sh", "console") else ():
            if line.startswith(tuple(PARSED)):
                parsed(line)
            elif not line.startswith(tuple(NOT_RUN)):
                written = reader.run(line).splitlines()
                if block.language == "console":
                    shown = [each for each in block.text.splitlines() if not each.startswith("$ ")]
                    # A processor may round another way, and so choose another word here and there.
                    same = sum(a == b for a, b in zip(written, shown, strict=True))
                    assert same >= 0.8 * len(shown), written


def test_no_exception_is_left_over():
    everything = [block.text for page in PAGES for block in blocks(page)]
    shell = [block for page in PAGES for block in blocks(page) if block.language in ("sh", "console")]
    lines = [line for block in shell for line in commands(block)]
    lines += [line for text in everything for line in text.splitlines()]
    for table in (NOT_RUN, PARSED):
        assert [start for start in table if not any(start in line for line in lines)] == []
    assert [long for long in PYTHON if not any(long in text for text in everything)] == []
    assert [name for name in RUNS if not any(name in text for text in everything)] == []
