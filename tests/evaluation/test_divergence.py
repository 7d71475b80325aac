"""The divergence frontier where its value is known."""

import math

import numpy as np
import pytest

from textgan.errors import UserError
from textgan.evaluation.divergence import frontier_area, frontier_integral, mauve

rng = np.random.default_rng(0)
REAL, ALIKE = rng.normal(size=(2, 600, 6)).astype(np.float32)
FAR = REAL * 0.1 + 5

EVEN, LEFT, RIGHT = np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.0, 1.0])


def test_equal_histograms_have_area_one_and_integral_zero():
    assert frontier_area(EVEN, EVEN) == pytest.approx(1)
    assert frontier_integral(EVEN, EVEN) == 0


@pytest.mark.parametrize("scale", [1.0, 2.0, 5.0])
def test_area_of_disjoint_histograms_is_that_of_the_closed_form(scale):
    """x = (1 - a)^c, y = a^c."""
    expected = math.gamma(scale + 1) ** 2 / math.gamma(2 * scale + 1)
    assert frontier_area(LEFT, RIGHT, scale) == pytest.approx(expected, rel=1e-4)
    assert frontier_integral(LEFT, RIGHT) == pytest.approx(1)


def test_area_of_a_histogram_within_another_is_that_of_the_closed_form():
    """r = ((1 + a) / 2, (1 - a) / 2) at c = 1: KL(p|r) = -log((1 + a) / 2), KL(q|r) = -log(1 - a^2) / 2.

    So y = (1 + a) / 2 and x = sqrt(1 - a^2) for a from 0 to 1: with a = sin t, the integral of y dx is 1/2 + pi / 8.
    """
    assert frontier_area(LEFT, EVEN, scale=1) == pytest.approx(0.5 + math.pi / 8, rel=1e-3)


def test_the_curve_leaves_its_ends_at_the_divergences_of_the_histograms():
    """With few points the area is that of trapezoids: by hand for a = 0, 1/2, 1."""
    p, q = np.array([0.8, 0.2]), np.array([0.4, 0.6])

    def place(a: float) -> tuple[float, float]:
        r = a * p + (1 - a) * q
        return float(np.exp(-(q * np.log(q / r)).sum())), float(np.exp(-(p * np.log(p / r)).sum()))

    (x0, y0), (x1, y1), (x2, y2) = place(0), place(0.5), place(1)
    assert (x0, y2) == (1, 1)
    expected = x2 + (x1 - x2) * (1 + y1) / 2 + (x0 - x1) * (y1 + y0) / 2
    assert frontier_area(p, q, scale=1, points=3) == pytest.approx(expected)


def test_frontier_integral_is_the_integral_that_it_stands_for():
    p, q = np.array([0.7, 0.3, 0.0]), np.array([0.2, 0.3, 0.5])
    shares = (np.arange(20_000) + 0.5) / 20_000
    r = shares[:, None] * p + (1 - shares[:, None]) * q
    of_p = (p[:2] * np.log(p[:2] / r[:, :2])).sum(1)
    of_q = (q * np.log(q / r)).sum(1)
    assert frontier_integral(p, q) == pytest.approx(2 * (shares * of_p + (1 - shares) * of_q).mean(), rel=1e-5)


def test_swapped_histograms_give_the_same():
    p, q = rng.dirichlet(np.ones(30), size=2)
    assert frontier_area(p, q) == pytest.approx(frontier_area(q, p))
    assert frontier_integral(p, q) == pytest.approx(frontier_integral(q, p))


def test_equal_distributions_are_near_one_and_disjoint_ones_near_zero():
    assert mauve(REAL, ALIKE)["mauve"] > 0.9
    assert mauve(REAL, FAR)["mauve"] < 0.05
    assert mauve(REAL, ALIKE)["frontier_integral"] < 0.1
    assert mauve(REAL, FAR)["frontier_integral"] > 0.6


def test_it_falls_as_distributions_part():
    """Rows of one length tell directions apart, not distances."""
    values = [mauve(REAL, ALIKE + np.float32(shift))["mauve"] for shift in (0, 0.5, 1, 2)]
    assert values == sorted(values, reverse=True)


def test_lost_modes_and_foreign_ones_are_both_seen():
    half = REAL[REAL[:, 0] > 0]
    assert mauve(REAL, half)["mauve"] < 0.9 * mauve(REAL, ALIKE)["mauve"]
    assert mauve(half, ALIKE)["mauve"] < 0.9 * mauve(REAL, ALIKE)["mauve"]


def test_neither_the_order_of_rows_nor_of_the_sides_matters():
    shuffled = rng.permutation(len(REAL))
    assert mauve(REAL[shuffled], ALIKE[::-1]) == mauve(REAL, ALIKE)
    assert mauve(ALIKE, REAL) == pytest.approx(mauve(REAL, ALIKE))
    assert mauve(REAL[shuffled], ALIKE[::-1], limit=300) == mauve(REAL, ALIKE, limit=300)


def test_it_is_a_function_of_its_seed():
    assert mauve(REAL, ALIKE, seed=1) == mauve(REAL, ALIKE, seed=1) != mauve(REAL, ALIKE, seed=2)


def test_sets_are_cut_to_one_size():
    assert mauve(REAL, ALIKE[:50])["mauve"] > 0.5


def test_one_sentence_over_and_over_is_far_from_real_text():
    same = np.repeat(REAL[:1], 600, axis=0)
    assert mauve(REAL, same)["mauve"] < 0.2
    assert mauve(same, same) == {"mauve": pytest.approx(1), "frontier_integral": 0}


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_few_rows_and_rows_of_zeros_give_finite_numbers(rows):
    for fake in (ALIKE[:rows], np.zeros((rows, 6), dtype=np.float32)):
        assert all(0 <= value <= 1 for value in mauve(REAL, fake).values())


def test_no_rows_are_refused():
    with pytest.raises(UserError, match="expected rows"):
        mauve(REAL, ALIKE[:0])
    with pytest.raises(UserError, match="expected rows"):
        mauve(REAL, ALIKE[:, :3])
