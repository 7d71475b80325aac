"""What config.json says of a model besides its settings: how long it was trained, on what, and what was measured."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import textgan
from textgan.errors import UserError
from textgan.estimator import SentenceClassifier
from textgan.run_data import label_counts
from textgan.training.checkpoint import read_model
from textgan.training.log import read_metrics
from textgan.training.model_info import Measurements, ModelInfo
from textgan.training.run_folder import last_checkpoint


def config_of(folder: Path) -> dict:
    found: dict = json.loads((folder / "config.json").read_text())
    return found


def test_a_checkpoint_says_what_the_run_was(run_folder):
    checkpoint = last_checkpoint(run_folder)
    assert checkpoint is not None
    values, last = config_of(checkpoint), read_metrics(run_folder)[-1]
    saved = read_model(checkpoint)
    assert (values["modality"], values["labels"]) == ("text", [])
    assert values["parameters"] == sum(p.numel() for p in saved.game.parameters())
    info = saved.info
    assert info.rounds == 12
    assert 0 < info.seconds < 300
    assert 200 < info.examples <= 300
    assert info.validation is not None
    assert info.best is not None
    assert info.validation.round == 12
    assert info.validation.metrics == {k: v for k, v in last.items() if k in info.validation.metrics}
    assert {"valid.reconstruction_nll", "samples.cost", "codes.distance"} <= set(info.validation.metrics)
    assert "reconstruction" not in info.validation.metrics  # a loss of training
    assert set(info.validation.real) < set(info.validation.metrics)
    assert info.best.by == "samples.cost"
    costs = {line["round"]: line["samples.cost"] for line in read_metrics(run_folder) if "samples.cost" in line}
    assert info.best.round == min(costs, key=lambda number: costs[number])


def test_the_best_model_says_its_own_round(run_folder):
    checkpoint = last_checkpoint(run_folder / "best")
    assert checkpoint is not None
    info = read_model(checkpoint).info
    assert info.validation is not None
    assert info.best is not None
    assert info.rounds == info.validation.round == info.best.round == int(checkpoint.name.removeprefix("round-"))


def test_what_is_known_goes_with_the_model(run_folder, tmp_path):
    model = textgan.load(run_folder, "cpu")
    model.save_pretrained(tmp_path / "saved")
    assert textgan.load(tmp_path / "saved", "cpu").info == model.info
    assert model.info.rounds == 12


def test_a_folder_without_it_loads_and_nothing_is_known(run_folder, tmp_path):
    checkpoint = last_checkpoint(run_folder)
    assert checkpoint is not None
    folder = Path(shutil.copytree(checkpoint, tmp_path / "old"))
    new = ("modality", "labels", "parameters", "name", "license", "languages", "trained", "metrics")
    values = {name: value for name, value in config_of(folder).items() if name not in new}
    (folder / "config.json").write_text(json.dumps(values))
    assert read_model(folder).info == ModelInfo()


def test_a_model_trained_in_python_knows_the_same(tmp_path):
    data = [(f"{who} {does} .", does) for who in ("a man", "a dog", "she") for does in ("runs", "sits")] * 20
    options = {"hidden_dim": 8, "embedding_dim": 8, "batch_size": 8, "threads": 1, "rounds": 3}
    model = textgan.train("ae", data=data, precision="float32", device="cpu", **options)
    info = model.info
    assert (info.rounds, info.examples) == (3, sum(info.label_counts.values()))
    assert set(info.label_counts) == {"runs", "sits"}
    assert info.validation is not None
    model.save_pretrained(tmp_path / "saved")
    assert config_of(tmp_path / "saved")["labels"] == ["runs", "sits"]


def test_images_too(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (40, 8, 8)).astype(np.uint8)
    labels = np.arange(40) % 4 // 2 * 2  # no image of class 1
    model = textgan.train("ae", data=(x, labels), rounds=2, batch_size=4, threads=1, device="cpu", precision="float32")
    assert model.info.examples == 36
    assert sum(model.info.label_counts.values()) == 36
    assert set(model.info.label_counts) == {"0", "2"}
    model.save_pretrained(tmp_path / "saved")
    values = config_of(tmp_path / "saved")
    assert (values["modality"], values["labels"]) == ("images", ["0", "1", "2"])


def test_a_classifier_says_what_it_learned_from():
    sentences, y = ["a man runs .", "a dog sits .", "she runs .", "he sits ."] * 5, ["run", "sit", -1, "sit"] * 5
    model = SentenceClassifier("ae", rounds=2, threads=1, settings={"hidden_dim": 8}).fit(sentences, y).model_
    assert (model.info.rounds, model.info.examples, model.info.label_counts) == (2, 20, {"run": 5, "sit": 10})
    assert model.info.seconds > 0


def test_what_is_no_finite_number_is_no_measurement():
    found = Measurements.of(3, {"a": 1.5, "b": math.nan, "c": math.inf, "d": "x", "e": True, "f": 2}, {"a": math.nan})
    assert found == Measurements(3, {"a": 1.5, "f": 2}, {})


def test_it_is_read_as_it_was_written():
    part = Measurements(7, {"a": 1.0}, {"a": 2.0}, "a")
    info = ModelInfo(9, 1.5, 100, {"x": 3}, part, part, part, "A model", "cc-by-4.0", ("en", "de"))
    assert ModelInfo.of(json.loads(json.dumps(info.to_dict()))) == info


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trained": 3}, "trained is 3"),
        ({"trained": {"rounds": -1}}, "rounds is -1"),
        ({"trained": {"rounds": "many"}}, "rounds is 'many'"),
        ({"trained": {"seconds": "long"}}, "seconds are 'long'"),
        ({"trained": {"labels": ["a"]}}, "labels is"),
        ({"trained": {"labels": {"a": 0.5}}}, "a is 0.5"),
        ({"metrics": {"best": [1]}}, "best is"),
        ({"metrics": {"validation": {"round": 1, "metrics": [2]}}}, "metrics is"),
        ({"metrics": {"best": {"round": 1, "metrics": {}, "by": 3}}}, "by is 3"),
        ({"name": "two\nlines"}, "name is"),
        ({"name": ["x"]}, "name is"),
        ({"license": "Do What\nYou Want"}, "license is"),
        ({"languages": "en"}, "languages are"),
        ({"languages": ["en: de"]}, "language is"),
    ],
    ids=str,
)
def test_what_is_not_as_it_should_be_is_named(run_folder, tmp_path, changes, said):
    checkpoint = last_checkpoint(run_folder)
    assert checkpoint is not None
    folder = Path(shutil.copytree(checkpoint, tmp_path / "model"))
    (folder / "config.json").write_text(json.dumps(config_of(folder) | changes))
    with pytest.raises(UserError, match=said) as error:
        read_model(folder)
    assert "config.json" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"license": "My Licence"}, "license is 'My Licence'; expected a name of the hub's"),
        ({"language": "English please"}, "language is 'English please'"),
        ({"name": " "}, "name is ' '"),
    ],
)
def test_a_name_that_the_hub_cannot_know_is_refused(given, said):
    with pytest.raises(UserError, match=said):
        ModelInfo().shared_as(**({"name": None, "license": None, "language": None} | given))


def test_what_its_owner_says_wins_over_what_was_said_before():
    info = ModelInfo(name="a", license="mit", languages=("en",))
    assert info.shared_as(None, None, None) == info
    changed = info.shared_as("b", None, ["de", "fr"])
    assert (changed.name, changed.license, changed.languages) == ("b", "mit", ("de", "fr"))


def test_labels_are_counted():
    assert label_counts(np.array([0, 0, -1, 2]), ("a", "b", "c")) == {"a": 2, "c": 1}
    assert label_counts(None, ("a",)) == {}
