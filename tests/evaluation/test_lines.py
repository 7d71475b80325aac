"""ACAI's scores of interpolated lines against the numbers of the released functions."""

import math

import numpy as np
import pytest

from textgan.data.images.builtin import draw_lines
from textgan.evaluation.images.lines import cross_fade, line_scores, nearest_lines, path_smoothness

START, END, STEPS = 5 * math.pi / 7, 3 * math.pi / 2, 16
MIDDLE = STEPS // 2


def path_of(angles: np.ndarray) -> np.ndarray:
    return draw_lines(angles.ravel())[None]


EVEN = np.linspace(START, END, STEPS)
ORACLES = {
    "correct": (path_of(EVEN), 0.0, [0.00002]),
    # Two lines, mirrored at the end point, are equally near to one blend: which comes first is a matter of rounding.
    "pixel blend": (cross_fade(path_of(EVEN[:1])[0], path_of(EVEN[-1:])[0]).numpy(), 0.00722, [0.940, 0.9216]),
    "abrupt": (path_of(np.repeat([START, END], MIDDLE)), 0.0, [0.9333]),
    "overshoot": (path_of(np.linspace(START, END - 2 * math.pi, STEPS)), 0.0, [0.00004]),
}


@pytest.mark.parametrize("case", ORACLES)
def test_scores_are_those_of_the_released_code(case):
    interpolation, distance, smooth = ORACLES[case]
    scores = line_scores(interpolation)
    assert scores["mean_distance"] == pytest.approx(distance, abs=6e-6)
    # An angle is read off 10,000 lines, so a step is known to 2 pi / 10,000 and its share of 2.5 rad to 2.5e-4.
    assert any(scores["smoothness"] == pytest.approx(value, abs=6e-4) for value in smooth)
    assert scores["smoothness_nan"] == 0


def test_cross_fading_random_lines_scores_as_the_reference_says():
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 2 * math.pi, 64)
    end = start + rng.uniform(-math.pi, math.pi, 64)
    scores = line_scores(cross_fade(draw_lines(start), draw_lines(end)))
    assert scores["mean_distance"] == pytest.approx(0.0063, abs=3e-4)
    assert scores["smoothness"] == pytest.approx(0.89, abs=0.02)


def test_a_path_that_does_not_turn_counts_only_in_the_released_denominator():
    still = path_of(np.full(STEPS, START))
    scores = line_scores(np.concatenate([ORACLES["abrupt"][0], still]))
    assert scores["smoothness_nan"] == 1
    assert scores["smoothness"] == pytest.approx(14 / 15)
    assert scores["smoothness_as_released"] == pytest.approx(7 / 15)


def test_smoothness_of_no_turning_path_is_not_a_number():
    scores = line_scores(path_of(np.full(STEPS, START)))
    assert math.isnan(scores["smoothness"])
    assert scores["smoothness_as_released"] == 0


def test_a_line_is_nearest_to_itself_and_its_brightness_plays_no_part():
    angles = np.array([0.0, 1.0, 3.0, 6.0])
    for factor in (1.0, 0.5):
        distance, angle = nearest_lines(factor * draw_lines(angles))
        np.testing.assert_allclose(angle, angles, atol=3 * 2 * math.pi / 10_000)
        np.testing.assert_allclose(distance, 0, atol=2e-5)


def test_angles_are_unwrapped_across_the_full_turn():
    even = np.linspace(6.0, 6.6, 4)[None] % (2 * math.pi)
    assert path_smoothness(even)[0] == pytest.approx(0, abs=1e-9)


def test_turning_back_is_worse_than_one_jump():
    assert path_smoothness(np.array([[0.0, 2.0, 1.0]]))[0] == pytest.approx(2 - 1 / 2)
