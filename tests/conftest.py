"""What many tests share: a tiny corpus, a run trained on it once, and the command line called in this process."""

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

# Read once, when the hub's client is imported: no test may depend on the network.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch

if TYPE_CHECKING:
    from textgan.sampling import SentenceModel

TINY = [
    "--embedding-dim=16", "--hidden-dim=16", "--generator-dims=[16]", "--critic-dims=[16]", "--noise-dim=8",
    "--gan-batch-size=8", "--batch-size=8", "--threads=1", "--device=cpu", "--precision=float32",
]  # fmt: skip
"""Flags of a model that a core trains in seconds."""

ROUNDS = 12


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that bad input earns; anything else fails the test."""
        assert self.code == 2, self
        assert self.out == "", self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("textgan: "), lines
        return lines[0]


def tiny_sentences(count: int = 300) -> list[str]:
    """Different sentences in the manner of the built-in scenes, of four to nine tokens, always the same."""
    who = ["a man", "a woman", "two dogs", "the small child", "an old man", "a girl"]
    does = ["sleeps", "is running", "plays football", "is eating", "sits"]
    where = ["", "in the park", "on the beach", "at home", "near a river", "in a boat"]
    end = [" .", " quietly .", " today .", ""]
    all_of_them = [" ".join(f"{w} {d} {p}".split()) + e for w, d, p, e in itertools.product(who, does, where, end)]
    return random.Random(0).sample(all_of_them, count)


def train_tiny(out: Path, data: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """`textgan train` in a process of its own, because training sets up the process."""
    command = [sys.executable, "-m", "textgan", "train", "arae", *TINY, f"--data={data}", f"--out={out}", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="session", autouse=True)
def light_and_contained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One thread, and a cache that goes with the tests."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEXTGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="session")
def corpus_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 sentences, one a line."""
    path = tmp_path_factory.mktemp("corpus") / "tiny.txt"
    path.write_text("".join(s + "\n" for s in tiny_sentences()), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, corpus_file: Path) -> Path:
    """A run of a few rounds; read it, or copy it to change it."""
    out = tmp_path_factory.mktemp("runs") / "tiny"
    cadence = ["--log-every=4", "--evaluate-every=6", "--sample-every=6", "--save-every=6"]
    done = train_tiny(out, corpus_file, f"--rounds={ROUNDS}", *cadence)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return out


@pytest.fixture(scope="session")
def model(run_folder: Path) -> "SentenceModel":
    """The model of that run."""
    from textgan.sampling import SentenceModel

    return SentenceModel.from_pretrained(run_folder, device="cpu")


@contextmanager
def put_back() -> Iterator[None]:
    """What training sets for the whole process."""
    matmul = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    threads, precision = torch.get_num_threads(), matmul.fp32_precision
    yield
    torch.set_num_threads(threads)
    matmul.fp32_precision = precision


@pytest.fixture(scope="module", autouse=True)
def undisturbed_modules() -> Iterator[None]:
    """No file of tests feels what another set, in its fixtures of this scope either."""
    with put_back():
        yield


@pytest.fixture
def undisturbed() -> Iterator[None]:
    """Nor a test what another test set."""
    with put_back():
        yield


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], undisturbed: None) -> Callable[..., Outcome]:
    """The command line, called in this process: importing torch anew costs seconds."""
    from textgan.cli import main

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = None
        try:
            main([str(a) for a in arguments])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return Outcome(code, out, err)

    return call
