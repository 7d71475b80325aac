"""A name means one model, and where it could mean two, it is said which."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

import textgan
from textgan import box
from textgan.errors import UserError
from textgan.estimator import SentenceClassifier
from textgan.places import find_model
from textgan.sampling import SentenceModel

SENTENCES = ["a man sleeps .", "two dogs sit at home ."]


@pytest.fixture
def boxed(model, tmp_path, monkeypatch) -> Path:
    """A box with one model, `small`, and an empty folder to work in; where the model lies."""
    folder = tmp_path / "box" / "small"
    model.save_pretrained(folder, "int8")
    (tmp_path / "work").mkdir()
    monkeypatch.setattr(box, "_FOLDER", tmp_path / "box")
    monkeypatch.chdir(tmp_path / "work")
    return folder


def own(run_folder: Path, name: str = "small") -> Path:
    """A run of one's own in the folder that one works in."""
    return Path(shutil.copytree(run_folder, Path(name)))


@pytest.mark.parametrize("name", ["small", "box:small"])
def test_a_name_in_the_box_is_the_model_there(boxed, name, caplog):
    with caplog.at_level(logging.INFO, "textgan"):
        assert find_model(name) == boxed
    assert caplog.text == ""
    wanted = SentenceModel.from_pretrained(boxed).encode(SENTENCES)
    for found in (textgan.load(name), SentenceModel.from_pretrained(name)):
        np.testing.assert_array_equal(found.encode(SENTENCES), wanted)


def test_a_run_of_that_name_goes_first_and_it_is_said(boxed, run_folder, caplog):
    run = own(run_folder)
    with caplog.at_level(logging.INFO, "textgan"):
        assert find_model("small").parent == run / "checkpoints"
    assert caplog.messages == ["small is ./small here; box:small is the model that comes with textgan"]
    caplog.clear()
    with caplog.at_level(logging.INFO, "textgan"):
        assert find_model("box:small") == boxed
        assert find_model("./small").parent == run / "checkpoints"
        assert find_model(Path("small")).parent == run / "checkpoints"
    assert caplog.text == ""


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_holds_no_model_does_not_hide_the_box_and_it_is_said(boxed, kind, caplog):
    if kind == "folder":
        Path("small").mkdir()
    Path("small/train.txt" if kind == "folder" else "small").write_text("a man sleeps .\n")
    with caplog.at_level(logging.INFO, "textgan"):
        assert find_model("small") == boxed
    assert caplog.messages == ["./small holds no model: small is the one that comes with textgan"]
    with pytest.raises(UserError, match="small holds no model yet"):
        find_model("./small")


@pytest.mark.parametrize("name", ["./small", Path("small"), "smal", "Small", "small/"])
def test_only_the_name_itself_is_looked_for_in_the_box(boxed, name):
    with pytest.raises(UserError, match=r"not found|hub") as error:
        find_model(name)
    assert "\n" not in str(error.value)


def test_an_unknown_name_lists_the_box(boxed):
    with pytest.raises(UserError, match=r"smal not found \(did you mean small\?\); .* comes with textgan \(small\)"):
        find_model("smal")
    with pytest.raises(UserError, match="box:smal is not in the box; expected one of small"):
        find_model("box:smal")


def test_a_mistyped_run_names_the_one_that_was_meant(boxed):
    Path("runs/mine").mkdir(parents=True)
    for name in ("mine", "runs/mnie"):
        with pytest.raises(UserError, match=rf"{name} not found \(did you mean runs/mine\?\)"):
            find_model(name)
    with pytest.raises(UserError, match="runs/else not found; expected"):
        find_model("runs/else")


def test_an_empty_box_is_said(monkeypatch, tmp_path, command):
    monkeypatch.setattr(box, "_FOLDER", tmp_path)
    with pytest.raises(UserError, match=r"comes with textgan \(none, in this copy of textgan\)"):
        find_model("scenes")
    assert "the box is empty" in command("models").complaint


@pytest.mark.parametrize("name", ["small", "box:small", "run"])
def test_a_revision_of_what_has_none_is_refused(boxed, run_folder, name):
    own(run_folder, "run")
    with pytest.raises(UserError, match="revision is 'main'"):
        SentenceModel.from_pretrained(name, revision="main")


def test_the_command_line_and_the_estimator_understand_the_same_names(boxed, command):
    wanted = SentenceModel.from_pretrained(boxed).sample(3)
    assert command("sample", "small", "-n", 3).out.splitlines() == wanted
    assert command("sample", "box:small", "-n", 3).out.splitlines() == wanted
    assert "smal not found" in command("sample", "smal").complaint
    assert SentenceClassifier.from_pretrained("small").start == "small"


@pytest.mark.parametrize(
    "name", ["work/smal", "./work", "../smal", "~/smal", "~me/smal", "/tmp", "runs/smal", Path("me/smal")]
)
def test_what_may_be_a_mistyped_path_is_not_looked_for_on_the_hub(boxed, monkeypatch, name):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda *a, **k: pytest.fail("the hub was asked"))
    Path("work").mkdir()
    with pytest.raises(UserError, match=r"not found.*; expected a run folder|holds no model yet"):
        find_model(name)


def test_a_model_that_cannot_be_reached_is_not_called_missing(boxed):
    Path("gone").symlink_to("nowhere")
    for name, said in {"gone": "is a link that leads nowhere", "x" * 300: "File name too long"}.items():
        with pytest.raises(UserError, match=said):
            find_model(name)
