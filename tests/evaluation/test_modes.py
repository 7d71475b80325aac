"""Coverage of known modes, counted by hand."""

import math

import numpy as np
import pytest

from textgan.data.images import builtin
from textgan.evaluation.images.diversity import mixture_modes, mode_coverage, stacked_modes


def test_all_modes_evenly_have_no_divergence():
    assert mode_coverage(np.arange(1000), 1000) == {"modes": 1000, "mode_kl": pytest.approx(0)}


def test_half_of_the_modes_diverge_by_ln_2():
    assert mode_coverage(np.arange(500), 1000) == {"modes": 500, "mode_kl": pytest.approx(math.log(2))}


def test_one_mode_diverges_by_ln_m():
    assert mode_coverage(np.full(10, 3), 25) == {"modes": 1, "mode_kl": pytest.approx(math.log(25))}


def test_uneven_shares_diverge():
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    assert mode_coverage(np.array([0, 0, 0, 1]), 2)["mode_kl"] == pytest.approx(expected)


def test_stacked_digits_spell_a_number():
    assert stacked_modes(np.array([[1, 2, 3], [0, 0, 9]])).tolist() == [123, 9]


def test_a_stray_point_counts_for_ali_but_not_as_high_quality():
    means, sigma = np.array([[0.0, 0.0], [1.0, 0.0]]), 0.1
    points = np.array([[0.0, 0.0], [0.0, 0.29], [0.65, 0.0], [0.0, 0.45]])
    scores = mixture_modes(points, means, sigma)
    assert scores["modes"] == 2
    assert scores["modes_high_quality"] == 1
    assert scores["high_quality"] == 0.5
    assert scores["high_quality_4_sigma"] == 0.75


def test_real_points_reach_what_is_expected():
    points = builtin.sample_mixture(10_000, seed=0).points
    scores = mixture_modes(points, builtin.MEANS, builtin.SIGMA)
    assert scores["modes"] == scores["modes_high_quality"] == 25
    assert scores["high_quality"] == pytest.approx(1 - math.exp(-9 / 2), abs=0.004)
    assert scores["high_quality_4_sigma"] == pytest.approx(1 - math.exp(-8), abs=0.001)
    assert scores["mode_kl"] == pytest.approx(24 / 20_000, abs=1e-3)
