"""Whatever comes, in flags, files, settings, saved models and arguments: it works, or one line says why not.

The examples are the same each time. scripts/fuzz.py draws others, as many as wanted.
"""

import contextlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import put_back
from tests.tiny import tiny_config, tiny_trainer
from textgan.cli import COMMANDS, main
from textgan.cli.train import read_arguments
from textgan.data.config import DataConfig
from textgan.data.readers import read_records
from textgan.errors import UserError
from textgan.pictures import read_array, read_image
from textgan.sampling import SentenceModel
from textgan.settings import Decoding
from textgan.training.checkpoint import FILES, read_model, read_training_state
from textgan.training.log import RunLog, read_log
from textgan.training.run_folder import Run, as_yaml, last_checkpoint
from textgan.training.state import check_past

MORE = int(os.environ.get("TEXTGAN_FUZZ", "1"))
"""How many times as many examples, drawn anew."""

pytestmark = pytest.mark.filterwarnings("ignore")

NUMBERS = [
    "0", "1", "3", "-1", "-0", "1e-5", "1e400", "nan", "-inf", "0x10", "1_0", "1.5", "９", str(2**63), str(2**64),
    "1" + "0" * 20, "9" * 5_000,
]  # fmt: skip
TEXTS = [
    "", " ", "-", "--", "---", "a", "ü", "\x1b[31m", "\udc80", "a\nb", "null", "true", "~", "[", "]", "{", "[1, 2]",
    "{a: 1}", "*a", "&a [*a]", "!!python/object:os.system x", "%", "{0}", "../x", ".", "/", "/dev/null", "a" * 300,
    "x/" * 3_000, "[" * 3_000, "2026-99-99",
]  # fmt: skip
WORDS = st.one_of(st.sampled_from(NUMBERS + TEXTS), st.text(st.characters(exclude_characters="\0/"), max_size=8))
FLAGS = [
    "-n", "--seed", "--temperature", "--top-k", "--top-p", "--beam-size", "--allow-unknown", "--guidance", "--steps",
    "--output", "--device", "--discrete", "--label", "--proba", "--to", "--limit", "--scale", "--json", "--help",
    "--from-samples", "--samples", "--search", "--pairs", "--match", "--config", "--round", "--preset",
]  # fmt: skip
TRAIN = [
    "--rounds", "--minutes", "--seed", "--threads", "--batch-size", "--hidden-dim", "--generator-dims", "--data",
    "--autoencoder-optimizer.lr", "--autoencoder-optimizer.betas", "--out", "--preset", "--device", "--labels",
    "--softmax-cutoffs", "--classifier.hidden-dims", "--patience", "--tensorboard", "--config", "--color",
]  # fmt: skip
USING = [command for command in COMMANDS if command not in ("train", "evaluate", "score", "models", "studio")]
TABLES = [".txt", ".jsonl", ".csv", ".tsv", ".txt.gz", ".json", ""]
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([2**31, 2**63, 10**30, 1e300]), st.floats(),
        st.sampled_from([t for t in TEXTS if len(t) < 300]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def examples(number: int) -> Any:
    """So many examples, the same ones each time."""
    return settings(
        max_examples=number * MORE, derandomize=MORE == 1, database=None, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


@contextlib.contextmanager
def elsewhere() -> Iterator[Path]:
    """A folder of its own to work in, for each example."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "here").mkdir()  # what goes up a folder stays in this one
        os.chdir(Path(place) / "here")
        try:
            yield Path(place) / "here"
        finally:
            os.chdir(before)


@contextlib.contextmanager
def refused_or_not() -> Iterator[None]:
    """What is done in the block succeeds, or is refused in one line."""
    said = ""
    try:
        yield
    except UserError as error:
        said = str(error)
    assert len(said) < 2_100


def called(arguments: list[str], typed: bytes = b"a man sleeps .\n") -> None:
    """The command line ends well, or with one line."""
    out, err, code = io.StringIO(), io.StringIO(), None
    typist = io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")
    with put_back(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", typist)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main(arguments)
            except SystemExit as end:
                code = end.code
    lines = err.getvalue().splitlines()
    assert code in (0, 2), (arguments, code, lines)
    if code == 2:
        assert len(lines) == 1, (arguments, lines)
        assert lines[0].startswith("textgan: "), (arguments, lines)
        assert lines[0].isprintable(), (arguments, lines)


def flags(names: list[str]) -> st.SearchStrategy[list[str]]:
    pair = st.tuples(st.sampled_from(names), WORDS)
    written = st.one_of(pair.map(list), pair.map(lambda p: [f"{p[0]}={p[1]}"]), WORDS.map(lambda word: [word]))
    return st.lists(written, max_size=3).map(lambda parts: [word for part in parts for word in part])


@examples(40)
@given(
    st.sampled_from(USING),
    st.booleans(),
    flags(FLAGS),
)
def test_flags_of_the_commands(run_folder, command, run, more):
    with elsewhere():
        called([command, *[str(run_folder)] * run, *more])


@examples(24)
@given(flags(TRAIN), JSON, st.booleans())
def test_flags_and_files_of_settings(more, values, nested):
    with elsewhere() as place, refused_or_not():
        text = json.dumps({"rounds": values} if nested else values)
        (place / "a.yaml").write_text(text)
        read_arguments(["arae", "--config", "a.yaml", *more])


MARKS = [
    "a", ": ", "- ", "[", "]", "{", "}", "\n", "  ", "&x ", "*x", "!!int ", "'", '"', "|", "1", "2026-01-99", "rounds",
    "seed", "<<: ", "? ", "%", "@", "\t", "\x00", "\ufeff", "0x", "1e5", "~", "---\n",
]  # fmt: skip
YAML = st.lists(st.sampled_from(MARKS), max_size=14).map("".join)


@examples(36)
@given(YAML)
def test_yaml(model, text):
    with elsewhere() as place:
        (place / "a.yaml").write_text(text)
        with refused_or_not():
            read_arguments(["arae", "--config", "a.yaml"])
        (place / "run").mkdir()
        (place / "run" / "config.yaml").write_text(text)
        with refused_or_not():
            Run(place / "run", model.config).close()


SENTENCES = b'{"text": "a man sleeps .", "label": 1}\n"a, b",2\ntext\tlabel\na man\t1\n'


@st.composite
def damaged(draw: Any, content: bytes) -> bytes:
    """Bytes with some changed, cut, doubled or put in."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["set", "cut", "put", "double", "zero"]))
        if kind == "cut":
            del data[at : at + draw(st.integers(1, 1 + len(data)))]
        elif kind == "double":
            data[at:at] = data[: min(at, 2_000)]
        else:
            new = bytes(9) if kind == "zero" else draw(st.binary(min_size=1, max_size=9))
            data[at : at + (0 if kind == "put" else len(new))] = new
    return bytes(data)


@examples(60)
@given(
    st.sampled_from(TABLES),
    damaged(SENTENCES) | st.binary(max_size=40),
)
def test_files_of_sentences(suffix, content):
    with elsewhere() as place, refused_or_not():
        path = place / f"a{suffix}"
        path.write_bytes(content)
        list(read_records(path, DataConfig()))


def _pictures() -> dict[str, bytes]:
    import PIL.Image

    found: dict[str, bytes] = {}
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    for kind in ("png", "gif", "bmp", "jpeg"):
        file = io.BytesIO()
        PIL.Image.fromarray(pixels).save(file, format=kind)
        found[f".{kind}"] = file.getvalue()
    for kind, save in ((".npy", np.save), (".npz", np.savez)):
        file = io.BytesIO()
        save(file, pixels)
        found[kind] = file.getvalue()
    return found


PICTURES = _pictures()


@examples(60)
@given(st.sampled_from(sorted(PICTURES)).flatmap(lambda kind: st.tuples(st.just(kind), damaged(PICTURES[kind]))))
def test_files_of_images(case):
    suffix, content = case
    with elsewhere() as place, refused_or_not():
        path = place / f"a{suffix}"
        path.write_bytes(content)
        (read_array if suffix in (".npy", ".npz") else lambda p: read_image(p, (1, 8, 8)))(path)


@contextlib.contextmanager
def copied(run_folder: Path) -> Iterator[Path]:
    last = last_checkpoint(run_folder)
    assert last is not None
    with elsewhere() as place:
        yield Path(shutil.copytree(last, place / "model"))


def used(folder: Path) -> None:
    """A saved model is refused, or writes and encodes."""
    with refused_or_not():
        saved = read_model(folder)
        model = SentenceModel.of(saved)
        model.sample(2)
        assert np.isfinite(model.encode(["a man sleeps ."])).all()


@examples(50)
@given(st.data())
def test_settings_of_a_saved_model(run_folder, data):
    with copied(run_folder) as folder:
        values = json.loads((folder / "config.json").read_text())
        inner: Any = values
        while isinstance(inner, dict) and inner:
            name = data.draw(st.sampled_from(sorted(inner)))
            if not isinstance(inner[name], dict) or data.draw(st.integers(0, 3)) == 0:
                inner[name] = data.draw(JSON)
                break
            inner = inner[name]
        (folder / "config.json").write_text(json.dumps(values))
        used(folder)


@examples(50)
@given(st.data())
def test_files_of_a_saved_model(run_folder, data):
    with copied(run_folder) as folder:
        path = folder / data.draw(st.sampled_from([name for name in FILES if (folder / name).exists()]))
        path.write_bytes(data.draw(damaged(path.read_bytes())))
        used(folder)


@pytest.fixture(scope="module")
def state() -> bytes:
    """The state of a tiny training, as it is saved."""
    trainer = tiny_trainer(tiny_config("arae"))
    trainer.play_round()
    file = io.BytesIO()
    torch.save(trainer.state() | {"seconds": 1.0, "best": [1.0, 0], "rounds": 3, "minutes": None, "machine": {}}, file)
    return file.getvalue()


VALUES = st.one_of(JSON, st.sampled_from([torch.zeros(3), torch.zeros(1).expand(10**11), torch.tensor(torch.nan)]))


@examples(60)
@given(st.data())
def test_states_of_a_training(state, data):
    trainer = tiny_trainer(tiny_config("arae"))
    with elsewhere() as place, refused_or_not():
        path = place / "training.pt"
        if data.draw(st.booleans()):
            path.write_bytes(data.draw(damaged(state)))
        else:
            values: Any = torch.load(io.BytesIO(state), weights_only=True)
            inner = values
            while True:
                name = data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner))))
                if not isinstance(inner[name], dict | list) or not inner[name] or data.draw(st.integers(0, 3)) == 0:
                    break
                inner = inner[name]
            inner[name] = data.draw(VALUES)
            torch.save(values, path)
        found = read_training_state(place)
        check_past(found)
        trainer.load_state(found)
        trainer.play_round()


@examples(40)
@given(st.lists(st.binary(max_size=12) | JSON.map(lambda value: json.dumps(value).encode()), max_size=4))
def test_lines_between_measurements(lines):
    with elsewhere() as place:
        log = RunLog(place)
        log.write(1, {"loss": 1.0})
        with (place / "metrics.jsonl").open("ab") as file:
            file.write(b"".join(line.replace(b"\n", b"") + b"\n" for line in lines))
        log.write(2, {"loss": 2.0})
        before = read_log(place)
        assert {"round": 1, "loss": 1.0} in before
        assert {"round": 2, "loss": 2.0} in before
        RunLog(place, 2**52)
        assert read_log(place) == before


TEXT = st.text(max_size=12) | st.sampled_from(["\udc80", "\0", "a " * 500, "<unk>", "</s>", "\u2581"])
INTEGERS = st.sampled_from([-1, 0, 1, 2, 2**31, 2**63, 10**30])
FLOATS = st.floats() | st.sampled_from([0.0, 1.0])


@examples(60)
@given(st.data())
def test_arguments_of_the_library(model, data):
    call = data.draw(
        st.sampled_from(["sample", "codes", "encode", "decode", "interpolate", "decoding", "save", "prior"])
    )
    with elsewhere() as place, refused_or_not():
        if call == "sample":
            model.sample(data.draw(INTEGERS), data.draw(INTEGERS), data.draw(FLOATS))
        elif call == "prior":
            model.prior_codes(data.draw(INTEGERS), data.draw(INTEGERS))
        elif call == "encode":
            assert np.isfinite(model.encode(data.draw(st.lists(TEXT, max_size=3)))).all()
        elif call == "decode":
            shape = data.draw(st.sampled_from([(1, model.code_dim), (0, model.code_dim), (2, 3), (), (1,)]))
            model.decode(np.full(shape, data.draw(FLOATS)))
        elif call == "codes":
            model.decode(data.draw(JSON))
        elif call == "interpolate":
            model.interpolate(data.draw(TEXT), data.draw(TEXT), data.draw(st.sampled_from([-1, 0, 1, 2, 3])))
        elif call == "save":
            model.save_pretrained(place / data.draw(st.sampled_from(["a", ".", "a" * 300, "\0"])), data.draw(TEXT))
        else:
            decoding = Decoding(data.draw(FLOATS), data.draw(INTEGERS), data.draw(FLOATS), data.draw(INTEGERS))
            model.sample(2, 0, decoding=decoding)


def test_what_is_written_is_read_again(model):
    with elsewhere() as place:
        (place / "run").mkdir()
        (place / "run" / "config.yaml").write_text(as_yaml(model.config))
        Run(place / "run", model.config).close()
