"""The usual temperature, on curves that were measured (docs/results.md)."""

import pytest

from textgan.evaluation.text.temperature import TEMPERATURES, Written, best_temperature

# 1,000 sentences at each temperature: forward and reverse perplexity. Small models after five and six minutes.
REAL = {"scenes": Written(1, 7.1, 14.7), "captions": Written(1, 31.7, 68.4), "long": Written(1, 26.5, 35.9)}
MEASURED = {
    "scenes": [(5.1, 128.6), (5.3, 42.8), (6.9, 26.4), (9.8, 21.8), (13.3, 21.0), (20.0, 21.7)],
    "captions": [(3.7, 811.0), (5.3, 222.7), (9.0, 137.0), (22.1, 98.4), (45.5, 89.2), (103.7, 88.1)],
    # 34 minutes of one core, 20,000 sentences.
    "long": [(5.7, 90.8), (6.3, 65.6), (7.8, 50.8), (10.9, 43.2), (15.6, 40.0), (23.9, 39.4)],
}


def writer(points):
    tried = []

    def write(temperature: float) -> Written:
        tried.append(temperature)
        return Written(temperature, *points[TEMPERATURES.index(temperature)])

    return write, tried


@pytest.mark.parametrize(("name", "expected"), [("scenes", 0.5), ("captions", 0.7), ("long", 1.0)])
def test_samples_are_written_where_they_are_about_as_likely_as_real_text(name, expected):
    write, tried = writer(MEASURED[name])
    chosen = best_temperature(write, TEMPERATURES, REAL[name])
    assert chosen.temperature == expected
    assert len(tried) == len(set(tried)) <= 5


def test_a_model_whose_codes_tell_everything_is_greedy():
    write, tried = writer([(20.0 + 10 * i, 40.0 + i) for i in range(6)])
    assert best_temperature(write, TEMPERATURES, Written(1, 15.0, 36.0)).temperature == 0
    assert sorted(tried) == [0, 0.3, 0.5, 0.7]


def test_the_walk_finds_the_least_excess_of_a_valley():
    real = Written(1, 20.0, 30.0)
    for place in range(6):
        points = [(20.0, 30.0 + 5 * abs(i - place)) for i in range(6)]
        write, _ = writer(points)
        assert best_temperature(write, TEMPERATURES, real).temperature == TEMPERATURES[place]
        without_greedy = best_temperature(write, TEMPERATURES[1:], real).temperature
        assert without_greedy == TEMPERATURES[max(place, 1)]


def test_the_excess_is_of_both_sides_and_nothing_is_gained_by_being_likelier_than_real_text():
    real = Written(1, 20.0, 30.0)
    assert real.excess_nll(real) == 0
    assert Written(0, 5.0, 30.0).excess_nll(real) == 0
    assert Written(0, 40.0, 60.0).excess_nll(real) == pytest.approx(2 * 0.6931, abs=1e-4)
