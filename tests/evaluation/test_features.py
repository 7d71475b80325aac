"""Probes, the SVM of few labels and clusters on codes whose classes are known to be apart, or to be absent."""

import numpy as np
import pytest

from textgan.errors import UserError
from textgan.evaluation.images.features import (
    LabeledCodes,
    clustering_accuracy,
    linear_probe_accuracy,
    matched_accuracy,
    probe_accuracy,
    svm_error,
)

CENTRES = 8 * np.eye(4, 6)


def codes(n: int, seed: int, scale: float = 1.0) -> LabeledCodes:
    """Four round clusters, far apart, in six dimensions."""
    labels = np.arange(n) % 4
    return LabeledCodes(scale * (CENTRES[labels] + np.random.default_rng(seed).normal(size=(n, 6))), labels)


def noise(n: int, seed: int) -> LabeledCodes:
    rng = np.random.default_rng(seed)
    return LabeledCodes(rng.normal(size=(n, 6)), rng.integers(4, size=n))


TRAIN, VALID, TEST = (codes(400, seed) for seed in range(3))


@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
def test_the_probe_separates_clusters_on_any_scale(scale):
    assert probe_accuracy(codes(400, 0, scale), codes(400, 1, scale), steps=1000) == 1


def test_the_logistic_probe_separates_clusters():
    assert linear_probe_accuracy(TRAIN, TEST) == 1


def test_probes_on_noise_are_at_chance():
    train, test = noise(1000, 0), noise(1000, 1)
    assert probe_accuracy(train, test, steps=300) == pytest.approx(0.25, abs=0.06)
    assert linear_probe_accuracy(train, test) == pytest.approx(0.25, abs=0.06)


def test_the_probe_is_a_function_of_its_seed():
    train, test = noise(200, 0), noise(200, 1)
    assert probe_accuracy(train, test, steps=20, seed=1) == probe_accuracy(train, test, steps=20, seed=1)


def test_the_svm_needs_few_labels_of_clusters_apart():
    metrics = svm_error(TRAIN, VALID, TEST, labels=16, draws=5, grid=9)
    assert set(metrics) == {"svm_error_16", "svm_error_16_std", "svm_c_16"}
    assert metrics["svm_error_16"] < 0.02
    assert 0 <= metrics["svm_error_16_std"] < 0.02


def test_the_svm_on_noise_is_at_chance():
    metrics = svm_error(noise(400, 0), noise(400, 1), noise(1000, 2), labels=40, draws=5, grid=5)
    assert metrics["svm_error_40"] == pytest.approx(0.75, abs=0.06)


def test_more_labels_than_the_rarest_class_has_are_refused():
    with pytest.raises(UserError, match="404 labels of 4 classes, the rarest with 100 images"):
        svm_error(TRAIN, VALID, TEST, labels=404)


def test_clusters_apart_are_found_whatever_their_names():
    renamed = LabeledCodes(TEST.z, (TEST.targets + 1) % 4)
    assert clustering_accuracy(TRAIN, TEST, starts=3) == 1
    assert clustering_accuracy(TRAIN, renamed, starts=3) == 1


def test_whitening_makes_clusters_free_of_the_scale_of_dimensions():
    stretch = np.array([1, 1, 1, 1, 1, 1000])
    train, test = (LabeledCodes(c.z * stretch, c.labels) for c in (TRAIN, TEST))
    assert clustering_accuracy(train, test, starts=3) == 1


def test_matching_is_one_to_one():
    clusters = np.array([0, 0, 1, 1, 2, 2])
    labels = np.array([5, 5, 5, 3, 3, 3])
    assert matched_accuracy(clusters, labels) == pytest.approx(4 / 6)
    assert matched_accuracy(labels, (labels + 2) % 7) == 1
