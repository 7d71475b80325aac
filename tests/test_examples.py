"""The examples in docstrings, run as `python -m doctest` runs them."""

import doctest
import importlib

import pytest

MODULES = [
    "textgan",
    "textgan.cross_validation",
    "textgan.estimator",
    "textgan.experiment",
    "textgan.sampling",
    "textgan.sampling.images",
    "textgan.sampling.text",
    "textgan.scenes",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_are_right(name, undisturbed, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testmod(importlib.import_module(name))
    assert tried > 0
    assert failed == 0, capsys.readouterr().out


def test_what_is_used_first_has_an_example():
    import textgan
    from textgan import scenes

    used = [textgan.load, textgan.train, textgan.SentenceClassifier, textgan.LabeledKFold]
    used += [textgan.SentenceModel, textgan.SentenceModel.sample, textgan.SentenceModel.interpolate, textgan.ImageModel]
    used += [scenes.sample, scenes.sample_pairs, scenes.log_prob, scenes.is_valid, scenes.count]
    assert [f.__qualname__ for f in used if ">>>" not in (f.__doc__ or "")] == []
