"""Our own classifier: it learns scans of digits, is kept, and is told apart by its data and settings."""

import dataclasses

import numpy as np
import pytest
import torch

from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, open_images
from textgan.errors import UserError
from textgan.evaluation.images.classifier import (
    ImageClassifier,
    ReferenceClassifier,
    ReferenceClassifierConfig,
    open_reference_classifier,
)

QUICK = ReferenceClassifierConfig(steps=60, batch_size=64)


@pytest.fixture(scope="module")
def digits() -> ImageData:
    return open_images(ImageConfig(data="digits"))


@pytest.fixture(scope="module")
def judge(digits: ImageData) -> ReferenceClassifier:
    return open_reference_classifier(digits, QUICK)


def test_it_learns_digits(digits, judge):
    assert judge.accuracy > 0.85
    held_out = digits.valid if digits.test is None else digits.test
    images = held_out.first(len(held_out))
    assert judge.test_images == len(held_out)
    assert float((judge(images.x).labels == images.labels.numpy()).mean()) == judge.accuracy


def test_features_have_mean_square_one_on_train_images(digits, judge):
    features = judge(digits.train.first(len(digits.train)).x).features
    assert features.shape[1] == QUICK.feature_dim
    assert np.square(features).mean() == pytest.approx(1, rel=1e-4)


def test_it_is_trained_once(digits, judge):
    again = open_reference_classifier(digits, QUICK)
    assert (again.accuracy, again.test_images, again.sha256) == judge[1:]
    x = digits.train.first(4).x
    np.testing.assert_array_equal(again(x).logits, judge(x).logits)
    assert judge.sha256[:16] in judge.note()


def test_other_data_has_another_one(digits, judge):
    other = dataclasses.replace(digits, fingerprint="other")
    assert open_reference_classifier(other, ReferenceClassifierConfig(steps=1)).sha256 != judge.sha256


def test_channels_are_judged_one_by_one(digits, judge):
    x = digits.train.first(6).x
    stacked = torch.cat([x[:2], x[2:4], x[4:]], dim=1)
    labels = [p.labels for p in judge.by_channel(stacked)]
    np.testing.assert_array_equal(np.concatenate(labels), judge(x).labels)


def test_points_have_no_classifier():
    with pytest.raises(UserError, match="mixture has no labeled images"):
        open_reference_classifier(open_images(ImageConfig(data="mixture")))


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 8, 8)])
def test_images_of_any_size_have_logits_and_features(shape):
    logits, features = ImageClassifier(shape, 7, 16)(torch.zeros(2, *shape))
    assert logits.shape == (2, 7)
    assert features.shape == (2, 16)


def test_images_without_a_known_label_teach_nothing(digits):
    labeled = open_images(ImageConfig(data="digits", labeled=20))
    found = open_reference_classifier(labeled, ReferenceClassifierConfig(steps=3, batch_size=4))
    assert np.isfinite(found(digits.train.first(3).x).logits).all()


def test_one_that_was_spoilt_is_trained_again(digits, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path))
    short = ReferenceClassifierConfig(steps=2)
    first = open_reference_classifier(digits, short)
    for file in list((tmp_path / "classifiers").rglob("*.*")):
        if file.is_file():
            file.write_bytes(b"{}")
            assert open_reference_classifier(digits, short).sha256 == first.sha256
