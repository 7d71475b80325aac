"""Whatever stands in a saved model or a run: it is refused in a line and at once, and nothing of it is executed."""

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.tiny import tiny_config, tiny_trainer
from textgan.errors import UserError
from textgan.muon import Muon
from textgan.training.checkpoint import read_model, read_training_state, save_checkpoint
from textgan.training.run_folder import last_checkpoint
from textgan.training.state import check_past

State = dict[str, Any]


@pytest.fixture
def checkpoint(run_folder, tmp_path) -> Path:
    """A checkpoint to damage."""
    last = last_checkpoint(run_folder)
    assert last is not None
    return Path(shutil.copytree(last, tmp_path / "model"))


def complaint(read: Callable[[Path], object], path: Path) -> str:
    """The one line that reading earns."""
    with pytest.raises(UserError) as error:
        read(path)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 2_100
    return str(error.value)


def rewrite(folder: Path, part: str, **changes: object) -> None:
    values = json.loads((folder / "config.json").read_text())
    values[part] = values[part] | changes
    (folder / "config.json").write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("part", "changes", "said"),
    [
        ("settings", {"hidden_dim": 10**6}, "model.safetensors"),
        ("settings", {"hidden_dim": 10**12}, "model.safetensors"),
        ("settings", {"embedding_dim": 10**30}, "embedding_dim"),
        ("settings", {"generator_dims": [1] * 10**5}, "more layers"),
        ("settings", {"autoencoder": "transformer", "layers": 10**9}, "more layers"),
        ("settings", {"softmax_cutoffs": [10**9]}, "cutoffs"),
        ("settings", {"code_gain": 10**400}, "code_gain"),
        ("settings", {"hidden_dim": [[]] * 10**5}, "hidden_dim"),
        ("spec", {"vocab_size": 10**9}, "tokens"),
        ("spec", {"vocab_size": 5}, "tokens"),
        ("spec", {"max_length": -1}, "spec"),
        ("spec", {"max_length": 10**7}, "spec"),
        ("spec", {"max_length": 10**400}, "spec"),
        ("spec", {"labels": ["a", "b"]}, "model.safetensors"),
        ("training", {"rounds": 10**400}, "rounds"),
        ("data", {"max_length": 10**400}, "max_length"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_sizes_that_the_weights_contradict_are_refused_at_once(checkpoint, part, changes, said):
    rewrite(checkpoint, part, **changes)
    assert said in complaint(read_model, checkpoint)


@pytest.mark.parametrize("value", [10**400, float("nan"), float("inf"), True, [1]], ids=lambda v: str(v)[:10])
def test_a_temperature_that_is_none_is_refused(checkpoint, value):
    values = json.loads((checkpoint / "config.json").read_text())
    (checkpoint / "config.json").write_text(json.dumps(values | {"sampling_temperature": value}))
    assert "sampling_temperature" in complaint(read_model, checkpoint)


@pytest.mark.parametrize("file", ["config.json", "tokenizer/tokenizer.json"])
@pytest.mark.parametrize(
    "text", ["[" * 10**5, '{"a":' * 10**5, "1" * 10**4, "{" + " " * (1 << 17) + "}", "\x00"], ids=lambda t: t[:3]
)
def test_json_that_is_deep_or_endless_is_refused(checkpoint, file, text):
    (checkpoint / file).write_text(text)
    assert Path(file).name in complaint(read_model, checkpoint)


@pytest.mark.parametrize(
    "file", ["config.json", "model.safetensors", "tokenizer/tokenizer.json", "tokenizer/vocab.txt", "training.pt"]
)
@pytest.mark.parametrize("kind", ["folder", "pipe", "loop"])
def test_what_is_no_file_is_refused_and_nobody_waits_for_it(checkpoint, file, kind):
    path = checkpoint / file
    path.unlink()
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "loop": lambda: path.symlink_to(path)}[kind]()
    read = read_training_state if file == "training.pt" else read_model
    assert path.name in complaint(read, checkpoint)


@pytest.mark.parametrize("words", [["<unk>"], ["a"] * 3, ["more", "words"], ["\x00"]], ids=str)
def test_a_vocabulary_of_another_length_is_refused(checkpoint, words):
    with (checkpoint / "tokenizer" / "vocab.txt").open("a") as file:
        file.writelines(f"{word}\n" for word in words)
    complaint(read_model, checkpoint)


KINDS = [torch.complex64, torch.int8, torch.bool, torch.float64, torch.bfloat16, torch.int64]


@pytest.mark.parametrize("dtype", KINDS, ids=str)
def test_weights_of_another_kind_are_refused(checkpoint, dtype):
    path = checkpoint / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    name = next(name for name, value in tensors.items() if value.ndim == 2)
    safetensors.torch.save_file(tensors | {name: tensors[name].to(dtype)}, path)
    said = complaint(read_model, checkpoint)
    assert name in said
    assert "not torch.float32" in said


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(checkpoint, value):
    path = checkpoint / "model.safetensors"
    tensors = safetensors.torch.load_file(path)
    name = next(iter(tensors))
    tensors[name].view(-1)[0] = value
    safetensors.torch.save_file(tensors, path)
    assert f"{name} holds values that are not finite" in complaint(read_model, checkpoint)


def trained(name: str) -> tuple[State, Callable[[], Any]]:
    """The state of a trainer after two rounds, and how to make such a trainer."""
    config = tiny_config("arae")
    if name == "muon":
        config = tiny_config("arae", "arae-small")
    trainer = tiny_trainer(config)
    trainer.play_round()
    trainer.play_round()
    return trainer.state(), lambda: tiny_trainer(config)


ADAM = ("optimizers", "critic", "state", 0)
DAMAGE: dict[str, tuple[tuple[Any, ...], Any]] = {
    "shape": ((*ADAM, "exp_avg"), torch.zeros(3)),
    "huge": ((*ADAM, "exp_avg"), torch.zeros(1).expand(10**12)),
    "nan": ((*ADAM, "exp_avg_sq"), lambda old: torch.full_like(old, torch.nan)),
    "dtype": ((*ADAM, "exp_avg"), lambda old: old.double()),
    "complex": ((*ADAM, "exp_avg"), lambda old: old.to(torch.complex64)),
    "sparse": ((*ADAM, "exp_avg"), lambda old: old.to_sparse()),
    "list": ((*ADAM, "exp_avg"), [1.0]),
    "long step": ((*ADAM, "step"), torch.zeros(3)),
    "step": ((*ADAM, "step"), "many"),
    "other moments": (ADAM, {}),
    "no momentum": (ADAM, None),
    "no parameter": (("optimizers", "critic", "state"), {99: {}}),
    "a name": (("optimizers", "critic", "state"), {"0": {}}),
    "no player": (("optimizers",), {}),
    "player": (("optimizers", "critic"), 3),
    "groups": (("optimizers", "critic", "param_groups"), []),
    "order": (("optimizers", "critic", "param_groups", 0, "params"), [1, 0]),
    "group": (("optimizers", "critic", "param_groups", 0), None),
    "round": (("round",), -1),
    "float round": (("round",), 1.5),
    "far round": (("round",), 10**30),
    "length": (("length",), "long"),
    "no length": (("length",), float("nan")),
    "progress": (("progress",), 1.5),
    "no progress": (("progress",), float("nan")),
    "buffers": (("buffers",), {}),
    "buffer": (("buffers", "queue.codes"), torch.zeros(2, 2)),
    "pushed": (("buffers", "queue.pushed"), torch.tensor(-1)),
    "totals": (("totals",), {"loss": torch.zeros(2)}),
    "counts": (("counts",), {"loss": 1}),
}


def put(state: State, path: tuple[Any, ...], value: Any) -> None:
    *way, last = path
    inner: Any = state
    for name in way:
        inner = inner[name]
    inner[last] = value(inner[last]) if callable(value) else value


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_a_state_comes_back_bit_for_bit(name):
    state, make = trained(name)
    again = make()
    again.load_state(state)
    if name == "muon":
        assert any(isinstance(player.optimizer, Muon) for player in again.players.values())
    for player, saved in state["optimizers"].items():
        back = again.players[player].optimizer.state_dict()["state"]
        assert back.keys() == saved["state"].keys()
        assert all(back[n][k].equal(v) for n, values in saved["state"].items() for k, v in values.items())


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_state_that_does_not_fit_is_refused_before_anything_of_it_is_used(kind):
    state, make = trained("adam")
    put(state, *DAMAGE[kind])
    trainer = make()
    assert "training.pt" in complaint(trainer.load_state, state)
    assert trainer.round == 0
    assert not any(player.optimizer.state for player in trainer.players.values())


@pytest.mark.parametrize("part", ["round", "length", "progress", "optimizers", "buffers", "totals", "counts"])
def test_a_state_without_one_of_its_parts_is_refused(part):
    state, make = trained("adam")
    del state[part]
    assert part in complaint(make().load_state, state)


@pytest.mark.parametrize(
    ("name", "value"),
    [("seconds", None), ("seconds", -1), ("seconds", float("nan")), ("best", []), ("best", [1.0, -1]),
     ("best", ["a", 1]), ("rounds", "many"), ("minutes", []), ("machine", 3)],
)  # fmt: skip
def test_a_past_that_cannot_be_is_refused(checkpoint, name, value):
    state = read_training_state(checkpoint)
    check_past(state)
    assert name in complaint(check_past, state | {name: value})


def test_a_state_larger_than_its_file_is_refused_before_it_is_in_memory(checkpoint):
    path = checkpoint / "training.pt"
    torch.save({"round": torch.zeros(1).expand(10**12)}, path)
    assert "training.pt" in complaint(read_training_state, checkpoint)
    torch.save({"round": torch.zeros(10**6)}, path)
    with zipfile.ZipFile(path) as file:
        parts = {info.filename: file.read(info) for info in file.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part, content in parts.items():
            file.writestr(part, content)
    assert path.stat().st_size < 10**5
    assert "training.pt" in complaint(read_training_state, checkpoint)


@pytest.mark.parametrize("value", [3, [1], None, "state"], ids=str)
def test_a_file_of_something_else_is_no_state(checkpoint, value):
    torch.save(value, checkpoint / "training.pt")
    assert "training.pt" in complaint(read_training_state, checkpoint)


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "loop"])
def test_what_only_has_the_name_of_a_checkpoint_is_none_and_is_left_alone(model, tmp_path, kind):
    def save(number: int) -> Path:
        return save_checkpoint(tmp_path / "run", number, model.network, model.tokenizer, model.config, "", {"round": 1})

    first, stray = save(5), tmp_path / "run" / "checkpoints" / "round-00000099"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    if kind == "file":
        stray.write_text("mine")
    else:
        stray.symlink_to({"link": mine, "dangling": tmp_path / "none", "loop": stray}[kind])
    assert last_checkpoint(tmp_path / "run") == first
    assert save(6) == last_checkpoint(tmp_path / "run")
    assert os.path.lexists(stray)
    assert (mine / "thesis.txt").exists()


def test_a_model_saved_again_in_a_round_replaces_the_one_that_was_there(model, tmp_path):
    def save() -> Path:
        return save_checkpoint(tmp_path, 5, model.network, model.tokenizer, model.config, "", None)

    parameter = next(model.network.parameters())
    old = parameter.detach().clone()
    save()
    with torch.no_grad():
        parameter.fill_(0.25)
    try:
        saved = read_model(save())
    finally:
        with torch.no_grad():
            parameter.copy_(old)
    assert bool((next(saved.game.parameters()) == 0.25).all())
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["round-00000005"]
