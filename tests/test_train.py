"""Training from Python: what comes in, what is told on the way, what comes out."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import textgan
from tests.conftest import TINY, tiny_sentences, train_tiny
from textgan.errors import UserError
from textgan.sampling import ImageModel, SentenceModel
from textgan.training.run_folder import last_checkpoint

SIZES = {
    "embedding_dim": 16, "hidden_dim": 16, "generator_dims": (16,), "critic_dims": (16,), "noise_dim": 8,
    "gan_batch_size": 8, "batch_size": 8, "threads": 1, "device": "cpu", "precision": "float32",
}  # fmt: skip


class Heard(textgan.Callback):
    """Notes what it is told."""

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self.metrics: list[str] = []
        self.saved: list[int] = []

    def on_round(self, number: int) -> None:
        self.rounds.append(number)

    def on_metrics(self, number: int, metrics: Mapping[str, float]) -> None:
        self.metrics += metrics

    def on_checkpoint(self, number: int, folder: Path) -> None:
        assert last_checkpoint(folder) is not None
        self.saved.append(number)


def test_a_list_of_sentences_becomes_a_model_and_leaves_nothing(undisturbed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    heard, threads, state = Heard(), torch.get_num_threads(), torch.random.get_rng_state()
    model = textgan.train("arae", tiny_sentences(), rounds=4, callbacks=[heard], **SIZES)
    assert isinstance(model, SentenceModel)
    assert len(model.sample(3, seed=0)) == 3
    assert heard.rounds == [1, 2, 3, 4]
    assert heard.saved == [4]
    assert {"reconstruction", "valid.token_accuracy"} <= set(heard.metrics)
    assert list(tmp_path.iterdir()) == []
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.random.get_rng_state(), state)


def test_python_and_the_command_line_train_the_same_model(undisturbed, tmp_path, corpus_file):
    done = train_tiny(tmp_path / "command", corpus_file, "--rounds=6")
    assert done.returncode == 0, done.stderr
    textgan.train("arae", corpus_file, out=tmp_path / "python", rounds=6, **SIZES)
    checkpoints = [last_checkpoint(tmp_path / name) for name in ("command", "python")]
    a, b = (load_file(folder / "model.safetensors") for folder in checkpoints if folder)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)
    assert len(TINY) == len(SIZES)


def test_a_run_is_resumed_and_one_that_is_over_is_given_back(undisturbed, tmp_path):
    heard, sentences = Heard(), tiny_sentences()
    textgan.train("arae", sentences, out=tmp_path / "run", rounds=2, **SIZES)
    textgan.train("arae", sentences, out=tmp_path / "run", rounds=5, callbacks=[heard], **SIZES)
    assert heard.rounds == [3, 4, 5]
    again = textgan.train("arae", sentences, out=tmp_path / "run", rounds=5, callbacks=[heard], **SIZES)
    assert heard.rounds == [3, 4, 5]
    loaded = textgan.load(tmp_path / "run", device="cpu")
    assert isinstance(again, SentenceModel)
    assert again.sample(5, seed=1) == loaded.sample(5, seed=1)


def test_labels_that_come_with_sentences_are_learned(undisturbed):
    pairs = [(text, "dog" if "dog" in text else None if number % 3 else "other")
             for number, text in enumerate(tiny_sentences())]  # fmt: skip
    model = textgan.train("arae", pairs, rounds=3, settings={"classifier": {"word_dim": 4}}, **SIZES)
    assert isinstance(model, SentenceModel)
    assert set(model.labels) == {"dog", "other"}
    assert set(model.classify(["two dogs run ."])) <= {"dog", "other"}


def test_images_as_an_array(undisturbed):
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8)
    model = textgan.train("acai", images, rounds=2, depth=2, batch_size=8, threads=1, device="cpu")
    assert isinstance(model, ImageModel)
    assert model.sample(2).shape == (2, 1, 16, 16)


def test_an_interrupt_gives_the_model_so_far(undisturbed, tmp_path):
    class Interrupts(textgan.Callback):
        def on_round(self, number: int) -> None:
            if number == 3:
                os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # which whoever runs the tests may ignore
    try:
        sentences = tiny_sentences()
        model = textgan.train("arae", sentences, out=tmp_path / "run", rounds=200, callbacks=[Interrupts()], **SIZES)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(model.sample(2, seed=0)) == 2
    saved = last_checkpoint(tmp_path / "run")
    assert saved is not None
    assert int(saved.name.removeprefix("round-")) in (3, 4)


def test_what_a_callback_raises_ends_the_run_and_frees_its_folder(undisturbed, tmp_path):
    class Fails(textgan.Callback):
        def on_round(self, number: int) -> None:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        textgan.train("arae", tiny_sentences(), out=tmp_path / "run", rounds=5, callbacks=[Fails()], **SIZES)
    textgan.train("arae", tiny_sentences(), out=tmp_path / "run", rounds=2, **SIZES)


@pytest.mark.parametrize(
    ("model", "options", "part"),
    [
        ("arae", {"round": 3}, "did you mean rounds"),
        ("arae", {"rounds": "three"}, "setting rounds is 'three'"),
        ("aera", {}, "aera"),
        ("arae", {"preset": "none"}, "none"),
        ("arae", {"settings": {"hiden_dim": 3}}, "did you mean hidden_dim"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_read(model, options, part):
    with pytest.raises(UserError, match=part):
        textgan.train(model, ["a"], **options)
