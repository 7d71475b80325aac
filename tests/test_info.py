"""`textgan info` says what a run or a model is from its files alone, whatever these hold."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import textgan
from textgan.facts import facts_of
from textgan.training.log import read_metrics
from textgan.training.run_folder import in_training, last_checkpoint, read_settings


@pytest.fixture
def run(run_folder, tmp_path) -> Path:
    """A run to change."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.fixture
def saved(model, tmp_path) -> Path:
    """A saved model to change."""
    model.save_pretrained(tmp_path / "saved", "int8", name="Tiny", license="mit", language="en")
    return tmp_path / "saved"


@pytest.fixture(scope="module")
def image_run(tmp_path_factory) -> Path:
    """A run on images of two classes."""
    x = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    out = tmp_path_factory.mktemp("images") / "run"
    small: dict[str, Any] = {"batch_size": 4, "threads": 1, "device": "cpu", "precision": "float32"}
    textgan.train("ae", data=(x, np.arange(40) % 2), out=out, rounds=2, **small)
    return out


def facts(command, place) -> dict:
    outcome = command("info", place, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found: dict = json.loads(outcome.out)
    return found


def test_a_run_says_what_it_is(command, run_folder, model):
    found = facts(command, run_folder)
    assert (found["state"], found["model"], found["modality"]) == ("finished", "arae", "text")
    assert (found["rounds"], found["planned"]["rounds"], found["share"]) == (12, 12, 1)
    assert found["parameters"] == sum(p.numel() for p in model.network.parameters())
    assert found["data"]["shape"]["vocab_size"] == model.tokenizer.vocab_size
    assert found["data"]["examples"] == model.info.examples
    assert found["measured"]["round"] == 12
    assert found["best"]["by"] == "samples.cost"
    assert found["settings"]["hidden_dim"] == {"value": 16, "default": 300}
    assert not {"data", "rounds", "threads"} & set(found["settings"])
    assert found["findings"] == list(model.network.findings)
    assert found["versions"]["textgan"] == textgan.__version__
    size = sum(path.stat().st_size for path in (run_folder / "checkpoints").rglob("*") if path.is_file())
    assert found["files"]["checkpoints/"] == size
    assert found["files"]["metrics.jsonl"] == (run_folder / "metrics.jsonl").stat().st_size


def test_a_run_is_described_for_a_person(command, run_folder):
    text = command("info", run_folder).out
    assert text.startswith(f"{run_folder}: finished\n")
    for line in (
        "trained   12 of 12 rounds",
        "measured  after round 12",
        "hidden_dim 16 (300)",
        "share of distinct samples",
    ):
        assert line in text
    assert "Zhao et al. 2018" in text


def test_a_saved_model_says_what_its_owner_said(command, saved, model):
    found = facts(command, saved)
    assert (found["state"], found["stored_as"], found["license"]) == ("saved model", "int8", "mit")
    assert (found["name"], found["languages"]) == ("Tiny", ["en"])
    assert found["rounds"] == 12
    assert found["parameters"] == sum(p.numel() for p in model.network.parameters())
    assert set(found["files"]) == {"README.md", "config.json", "model.safetensors", "tokenizer/"}


def test_images_say_what_they_are(command, image_run):
    found = facts(command, image_run)
    assert (found["model"], found["modality"], found["state"]) == ("ae", "images", "finished")
    assert found["data"]["shape"] == {"shape": [1, 28, 28], "binary": False, "classes": 2}
    assert set(found["labels"]) == {"0", "1"}
    assert sum(found["labels"].values()) == pytest.approx(1)
    assert found["paper"] is None
    assert "36 images, 1 x 28 x 28" in command("info", image_run).out


def test_a_model_in_the_box_is_one(command):
    found = facts(command, "box:scenes")
    assert (found["model"], found["data"]["name"], found["languages"]) == ("arae", "scenes", ["en"])
    assert len(found["labels"]) == 10


def test_a_run_in_training_says_how_far_it_is(command, run):
    values = (run / "config.yaml").read_text().replace("rounds: 12\n", "rounds: 40\n", 1)
    (run / "config.yaml").write_text(values)
    line = {"round": 20, "seconds": 99.5, "samples.cost": 0.001, "reconstruction": 1.0}
    with (run / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    with (run / ".lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert in_training(run)
        found = facts(command, run)
    assert (found["state"], found["rounds"], found["seconds"], found["share"]) == ("in training", 20, 99.5, 0.5)
    assert found["best"] == {
        "round": 20,
        "metrics": {"samples.cost": 0.001},
        "real": {},
        "by": "samples.cost",
        "split": "valid",
    }
    assert not in_training(run)
    assert facts(command, run)["state"] == "stopped"


def test_a_run_without_a_checkpoint_is_one(command, run):
    shutil.rmtree(run / "checkpoints")
    found = facts(command, run)
    assert (found["state"], found["model"], found["parameters"]) == ("without a checkpoint", "arae", None)
    assert found["rounds"] == 12
    assert found["best"]["metrics"]["samples.cost"] == min(
        line["samples.cost"] for line in read_metrics(run) if "samples.cost" in line
    )
    (run / "metrics.jsonl").unlink()
    assert "no round is logged yet" in command("info", run).out


def test_minutes_are_planned_too(command, run):
    values = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(
        values.replace("rounds: 12\n", "rounds: null\n").replace("minutes: null", "minutes: 10.0")
    )
    found = facts(command, run)
    assert found["share"] == pytest.approx(found["seconds"] / 600)
    assert "of 10 minutes" in command("info", run).out


def test_what_an_older_version_saved_is_read(command, saved):
    values = json.loads((saved / "config.json").read_text())
    for name in ("trained", "metrics", "parameters", "modality", "labels", "name", "license", "languages"):
        del values[name]
    (saved / "config.json").write_text(json.dumps(values))
    found = facts(command, saved)
    assert (found["rounds"], found["measured"], found["license"]) == (None, None, None)
    assert found["parameters"] > 1000
    assert "trained   not known" in command("info", saved).out


def test_settings_of_a_run_are_read_as_they_were_written(run_folder, model, image_run):
    assert read_settings(run_folder) == model.config
    assert read_settings(image_run) == textgan.load(image_run, "cpu").config


def test_it_is_written_into_a_file(command, run_folder, tmp_path):
    assert command("info", run_folder, f"--json={tmp_path / 'x.json'}").out == ""
    assert json.loads((tmp_path / "x.json").read_text())["model"] == "arae"


def test_torch_is_not_waited_for(run_folder):
    program = (
        "import sys; from textgan.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print(sorted({'torch', 'datasets', 'huggingface_hub', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "info", str(run_folder)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["nowhere", "./no/where", "box:nothing", "\0", "a" * 300, "nobody/no-such-model"])
def test_what_is_not_there_is_said_in_a_line(command, name):
    assert command("info", name).complaint


def test_a_folder_that_is_no_run_is_said_in_a_line(command, tmp_path):
    (tmp_path / "x.txt").write_text("mine")
    assert "holds no model yet" in command("info", tmp_path).complaint
    assert "holds no model" in command("info", tmp_path / "x.txt").complaint


@pytest.mark.parametrize(
    "content",
    [
        "", "[", "- a", "model: 3", "model: nvae", "model: [arae]", "model: arae\ncolor: 1",
        "model: arae\nhidden_dim: many", "model: arae\nrounds: -1", "? [a]\n: b", "model: acai\nvocab_size: 3",
        "\0", "a: " + "[" * 5000,
    ],
    ids=range(13),
)  # fmt: skip
def test_settings_that_are_none_are_said_in_a_line(command, run, content):
    (run / "config.yaml").write_text(content)
    assert command("info", run).complaint


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 1}, {"model": []}, {"settings": 3}, {"data": [1]}, {"trained": 1}, {"metrics": {"best": 3}},
        {"trained": {"rounds": 1e400}}, {"name": "a\nb"}, {"languages": 3},
    ],
    ids=str,
)  # fmt: skip
def test_a_configuration_that_is_none_is_said_in_a_line(command, saved, changes):
    values = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(values | changes))
    assert "config.json" in command("info", saved).complaint


@pytest.mark.parametrize(
    "changes",
    [
        {"spec": 3}, {"spec": {"vocab_size": "x", "shape": {}}}, {"findings": 3}, {"labels": {}},
        {"parameters": "many"}, {"textgan": [1]}, {"torch": None}, {"findings": [[1]]}, {"labels": [None]},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_only_shown_may_be_anything(command, saved, changes):
    values = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(values | changes))
    assert facts(command, saved)["model"] == "arae"
    assert command("info", saved).code == 0


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x00" * 8, (1 << 60).to_bytes(8, "little") + b"{}"])
def test_weights_that_are_none_are_said_in_a_line(command, saved, content):
    (saved / "model.safetensors").write_bytes(content)
    assert "model.safetensors" in command("info", saved).complaint


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("what", ["folder", "pipe", "nothing"])
def test_what_is_no_file_is_not_waited_for(command, saved, file, what):
    (saved / file).unlink()
    if what == "folder":
        (saved / file).mkdir()
    if what == "pipe":
        os.mkfifo(saved / file)
    assert command("info", saved).complaint


def test_a_log_of_anything_is_read_as_far_as_it_says_something(command, run):
    lines = [
        b"\xff\xfe",
        b"{",
        b"[1]",
        b'{"round": "x"}',
        b'{"round": -3}',
        b'{"round": 99, "seconds": "x", "a.b": []}',
    ]
    with (run / "metrics.jsonl").open("ab") as file:
        file.write(b"\n".join(lines) + b"\n")
    found = facts(command, run)
    assert found["rounds"] == 99
    assert found["measured"]["round"] == 12


def test_links_and_odd_names_are_not_followed(command, run, tmp_path):
    (run / "loop").symlink_to(run)
    (run / "away").symlink_to(tmp_path)
    os.mkfifo(run / "pipe")
    (run / "a\x1b[31m\nb").write_text("x")
    found = facts(command, run)
    assert not {"loop", "away", "pipe"} & set(found["files"])
    text = command("info", run).out
    assert "\x1b" not in text
    assert r"a\x1b[31m\nb" in text


def test_names_from_others_cannot_steer_the_terminal(command, saved):
    values = json.loads((saved / "config.json").read_text()) | {"findings": ["\x1b[2J gone\rx"], "labels": ["\x07"]}
    (saved / "config.json").write_text(json.dumps(values))
    text = command("info", saved).out
    assert r"\x1b[2J gone\rx" in text
    assert all(c.isprintable() or c == "\n" for c in text)


def test_the_state_of_a_checkpoint_folder_is_that_of_a_model(run_folder):
    checkpoint = last_checkpoint(run_folder)
    assert checkpoint is not None
    assert facts_of(str(checkpoint)).state == facts_of(str(run_folder / "best")).state == "saved model"


def test_an_evaluation_in_the_run_folder_is_shown_and_saved(command, run, corpus_file, tmp_path):
    place = run / "evaluation.json"
    flags = ["-n", 50, "--limit", 50, "--metrics", "reconstruction,statistics", "--json", place]
    assert command("evaluate", run, *flags).code == 0
    written = json.loads(place.read_text())
    assert written["round"] == 12
    found = facts(command, run)["measured"]
    assert (found["round"], found["split"]) == (12, "valid")
    assert found["metrics"]["exact_match"] == written["exact_match"]
    assert found["real"]["unique"] == written["real"]["unique"]
    assert "by textgan evaluate, after round 12" in command("info", run).out
    textgan.load(run, "cpu").save_pretrained(tmp_path / "saved")
    assert facts(command, tmp_path / "saved")["measured"] == found
    assert "Measured by `textgan evaluate` on validation data" in (tmp_path / "saved" / "README.md").read_text()


@pytest.mark.parametrize(
    "content",
    ["", "[]", "3", "{", '{"round": 11, "notes": DATA, "a": 1}', '{"round": 12, "notes": {"data": "other"}, "a": 1}',
     '{"round": 12, "notes": 3}', '{"round": 12, "notes": DATA, "real": 3}', "[" * 100_000],
    ids=range(9),
)  # fmt: skip
def test_what_is_no_evaluation_of_this_model_is_left_out(command, run, corpus_file, content):
    data = json.dumps({"data": str(corpus_file), "split": "valid"})
    (run / "evaluation.json").write_text(content.replace("DATA", data))
    outcome = command("info", run, "--json")
    assert outcome.code == 0
    assert "exact_match" not in json.loads(outcome.out)["measured"]["metrics"]
    assert textgan.load(run, "cpu").info.evaluation is None
