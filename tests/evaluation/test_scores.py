"""Inception score, Frechet and kernel distance and class shares where their values are known."""

import math

import numpy as np
import pytest
import torch

from textgan.errors import UserError
from textgan.evaluation.divergence import frechet_distance
from textgan.evaluation.images.scores import (
    class_histogram,
    class_scores,
    inception_score,
    kernel_distance,
)

rng = np.random.default_rng(0)
FEATURES = rng.normal(size=(500, 4))


def certain(labels: np.ndarray, classes: int) -> np.ndarray:
    return 1000.0 * np.eye(classes, dtype=np.float32)[labels]


def test_inception_score_of_certain_and_even_classes_is_their_number():
    score = inception_score(certain(np.arange(1000) % 10, 10), splits=1)
    assert score["inception_score"] == pytest.approx(10)
    assert score["inception_score_std"] == 0


def test_inception_score_of_one_class_and_of_no_opinion_is_one():
    assert inception_score(certain(np.zeros(100, int), 10))["inception_score"] == pytest.approx(1)
    assert inception_score(np.zeros((100, 10)))["inception_score"] == pytest.approx(1)


def test_inception_score_shuffles_before_it_splits():
    sorted_by_class = certain(np.repeat(np.arange(10), 200), 10)
    assert inception_score(sorted_by_class)["inception_score"] > 9


def test_frechet_distance_of_a_set_to_itself_is_zero():
    assert frechet_distance(FEATURES, FEATURES) == pytest.approx(0, abs=1e-8)


def test_frechet_distance_of_a_shift_is_its_square():
    assert frechet_distance(FEATURES, FEATURES + np.array([3, 0, 4, 0])) == pytest.approx(25, rel=1e-5)


def test_frechet_distance_of_a_scaling_is_that_of_standard_deviations():
    """tr(S + 4 S - 2 (4 S S)^{1/2}) = tr S, at mean 0."""
    centred = FEATURES - FEATURES.mean(0)
    assert frechet_distance(centred, 2 * centred) == pytest.approx(np.cov(centred.T).trace(), rel=1e-5)


def test_frechet_distance_of_one_image_is_refused():
    with pytest.raises(UserError, match="expected at least 2"):
        frechet_distance(FEATURES, FEATURES[:1])


def test_kernel_distance_is_the_unbiased_estimate_of_the_cubic_kernel():
    x, y = FEATURES[:20], FEATURES[20:40] + 1

    def mean_kernel(a: np.ndarray, b: np.ndarray, same: bool) -> float:
        kernel = (a @ b.T / a.shape[1] + 1) ** 3
        return (kernel.sum() - kernel.trace()) / (20 * 19) if same else kernel.mean()

    expected = mean_kernel(x, x, True) + mean_kernel(y, y, True) - 2 * mean_kernel(x, y, False)
    assert kernel_distance(x, y, subsets=2)["kernel_distance"] == pytest.approx(expected, rel=1e-4)


def test_kernel_distance_of_equal_distributions_is_about_zero():
    other = rng.normal(size=(500, 4))
    assert abs(kernel_distance(FEATURES, other, subset_size=200)["kernel_distance"]) < 0.02


def test_scores_are_functions_of_their_seed_and_leave_global_random_numbers_alone():
    logits = rng.normal(size=(200, 10))
    before = torch.get_rng_state()
    assert inception_score(logits, seed=1) == inception_score(logits, seed=1) != inception_score(logits, seed=2)
    x, y = FEATURES[:250], FEATURES[250:]
    assert kernel_distance(x, y, 3, 50, seed=1) == kernel_distance(x, y, 3, 50, seed=1)
    assert torch.equal(before, torch.get_rng_state())


def test_class_histogram_has_shares():
    np.testing.assert_allclose(class_histogram(np.array([0, 0, 2, 2]), 4), [0.5, 0, 0.5, 0])


def test_class_scores_of_a_lost_class():
    real = np.repeat(np.arange(10), 10)
    scores = class_scores(real[10:], real, 10)
    assert scores["classes_covered"] == 9
    assert scores["class_histogram_distance"] == pytest.approx(0.1)
    assert scores["class_share_min"] == 0
    assert scores["class_share_max"] == pytest.approx(1 / 9)


def test_class_scores_of_the_real_images_are_perfect():
    real = np.repeat(np.arange(10), 10)
    assert class_scores(real, real, 10)["class_histogram_distance"] == 0


def test_inception_score_survives_a_class_that_never_occurs():
    logits = np.zeros((100, 3), dtype=np.float32)
    logits[:, 2] = -500
    assert math.isfinite(inception_score(logits)["inception_score"])
