"""The model that comes with textgan is the one that its recipe describes, is in the wheel, and is worth having."""

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

import textgan
from textgan import box, scenes
from textgan.config import difference, to_dict
from textgan.sampling import SentenceModel
from textgan.settings import MAY_CHANGE
from textgan.weights import dtype_of

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "textgan" / "box" / "scenes"
FILES = {"README.md", "config.json", "measured.json", "model.safetensors", "tokenizer/tokenizer.json"}
FILES |= {"tokenizer/vocab.txt"}
LIMIT = 6_000_000


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def recipe() -> ModuleType:
    """scripts/make_box.py."""
    spec = importlib.util.spec_from_file_location("make_box", ROOT / "scripts" / "make_box.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def no_network(monkeypatch):
    """Whoever asks for another machine fails."""

    def refuse(*_: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="module")
def model() -> SentenceModel:
    """The model in the box."""
    found = textgan.load("box:scenes", "cpu")
    assert isinstance(found, SentenceModel)
    return found


def test_the_files_are_there_and_small():
    found = files_of(FOLDER)
    assert set(found) == FILES, "run scripts/make_box.py"
    assert sum(map(len, found.values())) < LIMIT


def test_the_model_is_what_the_recipe_says(recipe, model):
    packaged, wanted = to_dict(model.config), to_dict(recipe.config())
    for values in (packaged, wanted):
        for name in MAY_CHANGE - {"rounds", "minutes"}:  # how it was watched, and on what machine
            del values["training"][name]
    assert difference(packaged, wanted) == []
    assert dtype_of(FOLDER / "model.safetensors") == recipe.DTYPE


def test_it_writes_sentences_and_different_ones(model):
    written = model.sample(200, seed=0)
    assert sum(map(scenes.is_valid, written)) >= 180
    assert len(set(written)) >= 180


def test_it_tells_kinds_of_activity_of_sentences_that_it_has_not_seen(model):
    train = {scene.text for scene in scenes.sample(100_000, seed=0)}
    held = [scene for scene in scenes.sample(500, seed=3) if scene.text not in train]
    assert model.labels == tuple(sorted(scenes.LABELS))
    right = sum(told == scene.label for told, scene in zip(model.classify([s.text for s in held]), held, strict=True))
    commonest = max(sum(scene.label == label for scene in held) for label in scenes.LABELS)
    assert len(held) > 400
    assert right > 2 * commonest


def test_its_ends_are_what_is_between(model):
    ends = "a man is sleeping .", "two dogs are running in the park ."
    between = model.interpolate(*ends, steps=7)
    assert len(set(between)) > 1
    assert [between[0], between[-1]] == model.reconstruct(ends)


def test_the_card_shows_what_it_writes_and_how_good_that_is(model):
    card = (FOLDER / "README.md").read_text()
    assert all(f"- {sentence}" in card for sentence in model.sample(10, seed=0))
    for name, value in box.about("scenes").metrics.items():
        assert f"| {name} | {value:.4f} |" in card


def test_it_answers_without_network_and_without_what_it_does_not_need():
    """In a process of its own, for what others have imported stays."""
    command = [sys.executable, "-c", _ANSWER]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "4 of 7 lines repeat the one before: --smooth chooses lines that differ\n"
    assert len(done.stdout.splitlines()) == 3 + 7 + 1 + 1


_ANSWER = """
import io, socket, sys
def refuse(*arguments, **named):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
from textgan.cli import main
a, b = "a man is sleeping .", "two dogs are running in the park ."
for arguments in (
    ["sample", "box:scenes", "-n", "3"],
    ["interpolate", "box:scenes", a, b],
    ["reconstruct", "box:scenes"],
    ["classify", "box:scenes"],
):
    sys.stdin = io.TextIOWrapper(io.BytesIO(a.encode()))
    try:
        main(arguments)
    except SystemExit as end:
        assert end.code == 0, arguments
heavy = "datasets sklearn matplotlib scipy torchmetrics nltk sacrebleu huggingface_hub pandas"
found = [name for name in heavy.split() if name in sys.modules]
assert not found, found
"""


def test_the_list_says_what_there_is_and_how_it_is_used(command, no_network, tmp_path):
    outcome = command("models")
    assert outcome.code == 0
    line = next(line for line in outcome.out.splitlines() if line.startswith("scenes"))
    about = box.about("scenes")
    assert "arae" in line
    assert f"grammatical {about.metrics['grammatical']:.1%}" in line
    assert f"{about.bytes / 1e6:.1f} MB" in line
    assert "\ntextgan sample scenes -n 5\n" in outcome.out
    assert json.loads(command("models", "--json").out) == [json.loads(json.dumps(about._asdict()))]
    assert command("models", "--json", tmp_path / "m.json").out == ""
    assert json.loads((tmp_path / "m.json").read_text())[0]["labels"] == list(about.labels)


def test_the_recipe_writes_what_the_list_reads(recipe, run_folder, tmp_path, monkeypatch):
    folder = tmp_path / "tiny"
    parameters = recipe.pack(run_folder, folder)
    real = {"grammatical": 1.0}
    stored, full = {"grammatical": 0.5, "bleu": 1.0, "real": real}, {"grammatical": 0.75, "real": real}
    recipe.describe(folder, parameters, stored, full)
    monkeypatch.setattr(box, "_FOLDER", tmp_path)
    about = box.about("tiny")
    assert about.metrics == {"grammatical": 0.5, "bleu": 1.0}
    assert about.parameters == sum(p.numel() for p in SentenceModel.from_pretrained(folder).network.parameters())
    assert about.bytes == sum(map(len, files_of(folder).values()))
    card = (folder / "README.md").read_text()
    assert "| grammatical | 0.5000 | 0.7500 | 1.0000 |\n| bleu | 1.0000 |  |  |" in card


def test_opening_it_imports_no_compiler():
    """For normal noise on the device without numbers torch would: two seconds of every command."""
    code = "import sys, textgan; textgan.load('scenes'); sys.exit('torch._dynamo' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=300).returncode == 0


def test_it_is_in_the_wheel(tmp_path):
    if int(version("setuptools").split(".")[0]) < 77:
        pytest.skip("this setuptools is older than pyproject.toml asks for")
    source = tmp_path / "source"
    shutil.copytree(ROOT / "textgan", source / "textgan", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = f"from setuptools import build_meta; build_meta.build_wheel({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    own = {name.removeprefix("textgan/box/scenes/"): content for name, content in packed.items() if "/scenes/" in name}
    own = {name: content for name, content in own.items() if not name.startswith("textgan/")}  # the corpus's code
    assert own == files_of(FOLDER)
    assert set(own) == FILES, "run scripts/make_box.py"
