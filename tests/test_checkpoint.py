"""Checkpoints are whole or not there; what is damaged is said in a line and never executed. Run folders stay theirs."""

import dataclasses
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
import torch

from textgan.errors import UserError
from textgan.files import replaced_at_once
from textgan.settings import MAY_CHANGE
from textgan.training.checkpoint import read_model, read_training_state, save_checkpoint, write_model
from textgan.training.model_info import FORMAT
from textgan.training.run_folder import Run, last_checkpoint

OTHERS = {
    "rounds": 99, "minutes": 3.0, "device": "cpu", "threads": 2, "log_every": 7, "evaluate_every": 7,
    "sample_every": 7, "save_every": 7, "save_minutes": 7.0, "patience": 3, "tensorboard": True,
}  # fmt: skip


@pytest.fixture
def checkpoint(run_folder, tmp_path) -> Path:
    """A checkpoint to damage."""
    last = last_checkpoint(run_folder)
    assert last is not None
    return Path(shutil.copytree(last, tmp_path / "model"))


@pytest.fixture
def run(run_folder, tmp_path) -> Path:
    """A run to continue."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rewrite(folder: Path, **changes: object) -> None:
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(values | changes))


def complaint_of(error: pytest.ExceptionInfo[UserError]) -> str:
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_model_is_read_as_it_was_written(model, tmp_path):
    write_model(tmp_path, model.network, model.tokenizer, model.config, "of this corpus")
    saved = read_model(tmp_path)
    before, after = model.network.state_dict(), saved.game.state_dict()
    assert list(before) == list(after)
    assert all(before[name].equal(after[name]) for name in before)
    assert saved.config == model.config
    assert saved.fingerprint == "of this corpus"
    assert saved.game.sampling_temperature == model.network.sampling_temperature
    assert saved.game.findings == model.network.findings
    assert saved.tokenizer.fingerprint == model.tokenizer.fingerprint


@pytest.mark.parametrize(
    "file", ["config.json", "model.safetensors", "tokenizer/tokenizer.json", "tokenizer/vocab.txt"]
)
def test_a_missing_file_is_named(checkpoint, file):
    (checkpoint / file).unlink()
    with pytest.raises(UserError, match=Path(file).name) as error:
        read_model(checkpoint)
    complaint_of(error)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors", "tokenizer/tokenizer.json"])
@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "bytes"])
def test_a_damaged_file_is_named(checkpoint, file, damage):
    path = checkpoint / file
    good = path.read_bytes()
    bad = {"empty": b"", "cut": good[: len(good) // 2], "zeros": bytes(len(good)), "bytes": b"\xff\xfe\x80" * 40}
    path.write_bytes(bad[damage])
    with pytest.raises(UserError, match=path.name) as error:
        read_model(checkpoint)
    complaint_of(error)


@pytest.mark.parametrize("text", ["[]", "3", "null", '"arae"', "{}"])
def test_json_that_is_no_configuration_is_refused(checkpoint, text):
    (checkpoint / "config.json").write_text(text)
    with pytest.raises(UserError) as error:
        read_model(checkpoint)
    complaint_of(error)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"model": "nvae"}, "'nvae'"),
        ({"settings": {"color": 1}}, "'color'"),
        ({"settings": {"hidden_dim": "16"}}, "hidden_dim"),
        ({"settings": [1, 2]}, "setting"),
        ({"settings": 3}, "setting"),
        ({"settings": {"autoencoder": "adam"}}, "autoencoder"),
        ({"training": {"rounds": 1.5}}, "rounds"),
        ({"sampling_temperature": "hot"}, "sampling_temperature"),
        ({"sampling_temperature": -1}, "sampling_temperature"),
        ({"findings": "none"}, "findings"),
        ({"spec": {}}, "spec"),
        ({"spec": {"vocab_size": "many", "max_length": 15}}, "spec"),
        ({"spec": {"vocab_size": 9, "max_length": 15, "color": 1}}, "spec"),
    ],
    ids=str,
)
def test_a_configuration_with_other_contents_is_refused(checkpoint, changes, part):
    rewrite(checkpoint, **changes)
    with pytest.raises(UserError, match=part) as error:
        read_model(checkpoint)
    complaint_of(error)


def test_weights_of_another_shape_are_refused(checkpoint):
    settings = json.loads((checkpoint / "config.json").read_text())["settings"]
    rewrite(checkpoint, settings=settings | {"hidden_dim": 32})
    with pytest.raises(UserError, match=r"model\.safetensors does not load") as error:
        read_model(checkpoint)
    complaint_of(error)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_training_state_with_code_in_it_is_not_executed(checkpoint, tmp_path):
    trap = tmp_path / "executed"
    path = checkpoint / "training.pt"
    path.write_bytes(pickle.dumps({"round": Trap(trap)}, protocol=2))
    with pytest.raises(UserError, match=r"training\.pt"):
        read_training_state(checkpoint)
    torch.save({"round": Trap(trap)}, path)
    with pytest.raises(UserError, match=r"training\.pt") as error:
        read_training_state(checkpoint)
    complaint_of(error)
    assert not trap.exists()
    torch.load(path, weights_only=False)
    assert trap.exists()  # the trap works


@pytest.mark.parametrize("content", [None, b"", b"no zip", bytes(1000)], ids=["missing", "empty", "text", "zeros"])
def test_a_damaged_training_state_is_named(checkpoint, content):
    path = checkpoint / "training.pt"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"training\.pt") as error:
        read_training_state(checkpoint)
    complaint_of(error)


def test_a_training_state_comes_back(checkpoint):
    state = read_training_state(checkpoint)
    assert state["round"] == 12
    assert set(state["optimizers"]) == {"autoencoder", "critic", "generator"}


def test_a_folder_appears_at_once(tmp_path):
    final = tmp_path / "deep" / "place"
    with replaced_at_once(final) as aside:
        (aside / "file").write_text("x")
        assert not final.exists()
        assert aside.parent == final.parent  # of one file system, so that the rename is atomic
    assert contents(final) == {"file": b"x"}
    assert list(final.parent.iterdir()) == [final]


def fill_and_fail(final: Path) -> None:
    with replaced_at_once(final) as aside:
        (aside / "file").write_text("half")
        raise RuntimeError("disk on fire")


def test_a_folder_that_was_not_filled_leaves_nothing_behind(tmp_path):
    with pytest.raises(RuntimeError, match="disk on fire"):
        fill_and_fail(tmp_path / "place")
    assert list(tmp_path.iterdir()) == []


def save(model, run: Path, number: int, **state: object) -> Path:
    config = model.config
    return save_checkpoint(run, number, model.network, model.tokenizer, config, "corpus", {"round": number} | state)


def test_the_older_checkpoint_goes_when_the_newer_is_there(model, tmp_path):
    first = save(model, tmp_path, 5)
    assert last_checkpoint(tmp_path) == first
    second = save(model, tmp_path, 12)
    assert list((tmp_path / "checkpoints").iterdir()) == [second]
    assert last_checkpoint(tmp_path) == second
    assert read_training_state(second) == {"round": 12}


def test_the_older_checkpoint_stays_when_the_newer_fails(model, tmp_path):
    first = save(model, tmp_path, 5)
    before = contents(first)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        save(model, tmp_path, 6, cannot_be_saved=lambda: None)
    assert list((tmp_path / "checkpoints").iterdir()) == [first]
    assert contents(first) == before


def test_what_a_killed_process_left_is_ignored_and_goes_with_the_next_save(model, tmp_path):
    first = save(model, tmp_path, 5)
    left = tmp_path / "checkpoints" / ".new-round-00000009-123456"
    left.mkdir()
    (left / "config.json").write_text("{}")
    assert last_checkpoint(tmp_path) == first
    third = save(model, tmp_path, 9)
    assert list((tmp_path / "checkpoints").iterdir()) == [third]


def test_a_foreign_file_among_the_checkpoints_does_not_stop_a_save(model, tmp_path):
    save(model, tmp_path, 5)
    (tmp_path / "checkpoints" / "notes.txt").write_text("mine")
    assert save(model, tmp_path, 6) == last_checkpoint(tmp_path)


def test_rounds_are_compared_as_numbers(model, tmp_path):
    for name in ("round-00000009", "round-123456789", "round-00000010", "round-1", "other"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoints" / "round-123456789"


def test_a_folder_without_checkpoints_has_no_last_one(tmp_path):
    assert last_checkpoint(tmp_path) is None
    assert last_checkpoint(tmp_path / "nowhere") is None


def test_a_folder_of_something_else_is_refused_and_untouched(model, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UserError, match="not a run and not empty") as error:
        Run(tmp_path, model.config)
    complaint_of(error)
    assert contents(tmp_path) == {"thesis.txt": b"years of work"}


def test_a_file_is_no_run_folder(model, tmp_path):
    (tmp_path / "file").write_text("x")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(UserError) as error:
            Run(out, model.config)
        complaint_of(error)


@pytest.mark.parametrize("text", ["", "[]", "just words", "a: [", "3"])
def test_a_foreign_config_is_refused_and_untouched(model, tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(UserError, match=tmp_path.name) as error:
        Run(tmp_path, model.config)
    complaint_of(error)
    assert contents(tmp_path) == {"config.yaml": text.encode()}


def test_an_empty_folder_becomes_a_run(model, tmp_path):
    run = Run(tmp_path, model.config)
    run.close()
    assert (tmp_path / "config.yaml").exists()
    assert last_checkpoint(run.folder) is None


def test_a_changed_setting_is_refused_with_both_values(model, run):
    before = contents(run)
    settings = dataclasses.replace(model.config.settings, critic_steps=4)
    config = dataclasses.replace(model.config, settings=settings)
    with pytest.raises(UserError, match=r"critic_steps: 3 -> 4") as error:
        Run(run, config)
    complaint_of(error)
    assert contents(run) == before


@pytest.mark.parametrize("name", sorted(MAY_CHANGE))
def test_a_resumed_run_may_be_longer_and_watched_otherwise(model, run, name):
    training = dataclasses.replace(model.config.training, **{name: OTHERS[name]})
    Run(run, dataclasses.replace(model.config, training=training)).close()
    assert f"{name}: {json.dumps(OTHERS[name])}".replace('"', "") in (run / "config.yaml").read_text()


@pytest.mark.parametrize(("name", "value"), [("batch_size", 16), ("seed", 1), ("precision", "bf16")])
def test_a_resumed_run_may_not_learn_otherwise(model, run, name, value):
    training = dataclasses.replace(model.config.training, **{name: value})
    with pytest.raises(UserError, match=f"{name}: .* -> {value}"):
        Run(run, dataclasses.replace(model.config, training=training))


def test_the_lock_follows_no_link(model, run, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("of great worth")
    (run / ".lock").unlink(missing_ok=True)
    (run / ".lock").symlink_to(mine)
    with pytest.raises(UserError, match="cannot be opened") as error:
        Run(run, model.config)
    complaint_of(error)
    assert mine.read_text() == "of great worth"


def test_a_run_that_is_being_trained_is_left_alone(model, run):
    training = Run(run, model.config)
    before = contents(run)
    with pytest.raises(UserError, match="being trained by another process") as error:
        Run(run, model.config)
    complaint_of(error)
    assert contents(run) == before
    training.close()
    Run(run, model.config).close()


def test_a_model_of_another_format_is_refused_and_says_so(model, tmp_path):
    model.save_pretrained(tmp_path / "saved")
    config = tmp_path / "saved" / "config.json"
    values = json.loads(config.read_text())
    assert values["format"] == FORMAT
    for old in (1, FORMAT + 1, None):
        changed = {k: v for k, v in (values | {"format": old}).items() if v is not None}
        config.write_text(json.dumps(changed))
        with pytest.raises(UserError, match=r"of another version of textgan; expected format \d: train the model anew"):
            read_model(tmp_path / "saved")
