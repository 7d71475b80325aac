"""The usual temperature, on curves that were measured (docs/results.md)."""

import pytest

from textgan.evaluation.text.temperature import (
    TEMPERATURES,
    WITHOUT_CODES,
    SampleQuality,
    best_temperature,
    temperature_cost,
)

# 1,000 sentences at each temperature: forward and reverse perplexity. Small models after five and six minutes.
REAL = {
    "scenes": SampleQuality(1, 7.1, 14.7),
    "captions": SampleQuality(1, 31.7, 68.4),
    "long": SampleQuality(1, 26.5, 35.9),
}
MEASURED = {
    "scenes": [(5.1, 128.6), (5.3, 42.8), (6.9, 26.4), (9.8, 21.8), (20.0, 21.7)],
    "captions": [(3.7, 811.0), (5.3, 222.7), (9.0, 137.0), (22.1, 98.4), (103.7, 88.1)],
    # 34 minutes of one core, 20,000 sentences.
    "long": [(5.7, 90.8), (6.3, 65.6), (7.8, 50.8), (10.9, 43.2), (23.9, 39.4)],
}


def chosen(points, real: SampleQuality, has_codes: bool = True) -> float:
    def write(temperature: float) -> SampleQuality:
        return SampleQuality(temperature, *points[TEMPERATURES.index(temperature)])

    return best_temperature(write, TEMPERATURES if has_codes else TEMPERATURES[1:], real, has_codes).temperature


@pytest.mark.parametrize(("name", "expected"), [("scenes", 0.5), ("captions", 0.7), ("long", 0.0)])
def test_a_model_is_read_greedily_once_its_greedy_sentences_differ(name, expected):
    assert chosen(MEASURED[name], REAL[name]) == expected


@pytest.mark.parametrize(("name", "expected"), [("scenes", 0.5), ("captions", 0.7), ("long", 1.0)])
def test_a_model_without_codes_draws_where_samples_are_about_as_likely_as_real_text(name, expected):
    assert chosen(MEASURED[name], REAL[name], has_codes=False) == expected


def test_a_language_model_that_learned_longer_does_not_cost_more():
    """Yelp, 2,520 and 5,102 rounds (another seed), 20,000 sentences; real text 44.5 and 66.5."""
    real = SampleQuality(1, 44.5, 66.5)
    half = [(6.8, 158.7), (14.3, 100.2), (24.5, 87.2), (44.1, 81.7), (84.6, 79.9)]
    whole = [(5.5, 158.2), (10.6, 95.6), (17.4, 82.8), (31.1, 76.3), (57.9, 75.5)]

    def cost(points: list[tuple[float, float]], candidates: tuple[float, ...]) -> float:
        at = dict(zip(WITHOUT_CODES, points, strict=True))
        best = best_temperature(lambda t: SampleQuality(t, *at[t]), candidates, real, has_codes=False)
        return temperature_cost(best, real, has_codes=False)

    assert cost(whole, WITHOUT_CODES) < cost(half, WITHOUT_CODES)


def test_a_collapsed_model_is_not_read_greedily():
    collapsed = [(3.0, 5000.0), (3.5, 2000.0), (5.0, 300.0), (9.0, 80.0), (40.0, 60.0)]
    assert chosen(collapsed, SampleQuality(1, 30.0, 41.0)) == 0.7


def test_sampling_costs_only_a_model_with_codes():
    real = SampleQuality(1, 20.0, 30.0)
    assert temperature_cost(SampleQuality(0.4, 20.0, 30.0), real, has_codes=True) == pytest.approx(0.5)
    assert temperature_cost(SampleQuality(0.4, 20.0, 30.0), real, has_codes=False) == 0


def test_the_excess_is_of_both_sides_and_nothing_is_gained_by_being_likelier_than_real_text():
    real = SampleQuality(1, 20.0, 30.0)
    assert real.excess_nll(real) == 0
    assert SampleQuality(0, 5.0, 30.0).excess_nll(real) == 0
    assert SampleQuality(0, 40.0, 60.0).excess_nll(real) == pytest.approx(2 * 0.6931, abs=1e-4)
