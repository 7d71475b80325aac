"""Findings are said of runs that did not learn, and of no other; the numbers are those of docs/results.md."""

import dataclasses
import math
import re

import pytest

from textgan.evaluation.text.health import Vitals, settings_of, vitals_in_training, vitals_of
from textgan.recipes import recipe

# make quickstart on scenes, seed 0: 2,332 rounds of 128, 100,000 sentences.
SCENES = Vitals(
    samples=1000,
    unique=0.993,
    real_unique=1.0,
    mean_length=9.6,
    real_mean_length=10.28,
    excess_nll=0.2,
    token_accuracy=0.876,
    code_norm=1.0,
    real_code_norm=1.0,
    code_variance=0.997,
    real_code_variance=0.998,
    code_distance=0.1,
    rounds=2332,
    epochs=2.98,
)
# Captions, 30 minutes.
CAPTIONS = dataclasses.replace(
    SCENES,
    samples=10_000,
    unique=0.9987,
    mean_length=10.87,
    real_mean_length=10.92,
    token_accuracy=0.811,
    rounds=10_128,
    epochs=12.0,
)
# Captions, ten minutes each on test text: a VAE, whose codes are means and narrower than its prior; a language model.
VAE = dataclasses.replace(
    CAPTIONS,
    token_accuracy=0.51,
    code_norm=8.0,
    real_code_norm=4.1,
    code_variance=64.0,
    real_code_variance=18.0,
    rounds=1848,
    epochs=2.2,
)
LM = Vitals(samples=20_000, unique=0.999, real_unique=1.0, mean_length=10.7, real_mean_length=10.9, rounds=1418)
# Small models after five and six minutes beside other work: scenes, and captions, written greedily.
SLOW_SCENES = Vitals(
    samples=1000,
    unique=0.228,
    real_unique=1.0,
    mean_length=9.95,
    real_mean_length=10.3,
    excess_nll=1.75,
    token_accuracy=0.576,
    code_norm=1.0,
    real_code_norm=1.0,
    code_variance=0.932,
    real_code_variance=0.969,
    code_distance=0.147,
    rounds=500,
    epochs=0.32,
)
SLOW_CAPTIONS = dataclasses.replace(
    SLOW_SCENES,
    unique=0.006,
    mean_length=8.04,
    real_mean_length=10.9,
    token_accuracy=0.378,
    code_variance=0.708,
    real_code_variance=0.823,
    code_distance=0.179,
    rounds=379,
    epochs=0.23,
)
# The authors' recipe on captions: one sentence 10,000 times.
PUBLISHED = dataclasses.replace(
    CAPTIONS,
    unique=1e-4,
    mean_length=10.0,
    token_accuracy=0.367,
    code_variance=5e-8,
    real_code_variance=6e-8,
    rounds=3017,
    epochs=1.8,
)


def topics(vitals: Vitals) -> list[str]:
    words = ("rounds", "distinct", "have", "nats", "token accuracy", "one point", "differ", "classifier")
    return [next(w for w in words if w in line.split(":")[0]) for line in vitals.findings()]


@pytest.mark.parametrize(
    "vitals", [SCENES, CAPTIONS, VAE, LM, Vitals()], ids=["scenes", "captions", "vae", "lm", "none"]
)
def test_models_that_learned_have_no_findings(vitals):
    assert vitals.findings() == []


@pytest.mark.parametrize(
    ("vitals", "found"),
    [
        (SLOW_SCENES, ["rounds", "distinct", "nats"]),
        (SLOW_CAPTIONS, ["rounds", "distinct", "have", "nats", "token accuracy"]),
        (PUBLISHED, ["distinct", "token accuracy", "one point"]),
        (dataclasses.replace(CAPTIONS, mean_length=14.2), ["have"]),
        (dataclasses.replace(CAPTIONS, code_variance=0.3), ["differ"]),
        (dataclasses.replace(CAPTIONS, code_norm=0.5), ["differ"]),
        (dataclasses.replace(CAPTIONS, code_distance=0.8), ["differ"]),
        (dataclasses.replace(CAPTIONS, pretrain_rounds=10_128), ["rounds"]),
    ],
    ids=str,
)
def test_a_failed_run_has_the_findings_that_fit(vitals, found):
    assert topics(vitals) == found


def test_a_finding_has_the_number_what_it_means_and_what_to_do():
    line = dataclasses.replace(SLOW_CAPTIONS, samples=500, unique=0.12).findings()[1]
    assert line.startswith(
        "12 % of 500 samples are distinct, 100 % of as many real sentences: the model has collapsed or "
    )
    assert line.endswith(
        "train longer (--minutes) or smaller (--hidden-dim, --batch-size), or sample with a higher --temperature"
    )
    assert all("\n" not in line and ";" in line for line in SLOW_CAPTIONS.findings())


# A VAE whose encoder says the prior of every sentence: its codes, means, are all near 0, the drawn ones are not.
IGNORED = dataclasses.replace(
    VAE, token_accuracy=0.3, real_code_norm=0.08, real_code_variance=0.006, code_distance=0.36
)


@pytest.mark.parametrize(
    ("model", "advice", "never"),
    [
        ("vae", ["--free-bits", "--kl-warmup-rounds"], ["--encoder-weight", "code game", "--code-noise"]),
        ("ae", [], ["--encoder-weight", "code game", "--code-noise", "--free-bits", "--adversarial-weight"]),
        ("daae", ["--adversarial-weight"], ["--encoder-weight", "--code-noise"]),
        ("acai", ["--interpolation-weight"], ["--encoder-weight", "--adversarial-weight"]),
        ("arae", ["--encoder-weight", "--code-noise"], ["--free-bits"]),
    ],
)
def test_codes_that_say_nothing_are_found_and_the_advice_is_what_the_model_has(model, advice, never):
    settings = settings_of(recipe(model, modality="text"))
    lines = IGNORED.findings(settings)
    assert topics(IGNORED) == ["token accuracy", "one point"], "and not that codes differ"
    said = " ".join(lines)
    assert all(word in said for word in advice), said
    assert not any(word in said for word in never), said
    flags = re.findall(r"--([a-z-]+)", said)
    assert all(f.replace("-", "_") in settings | {"minutes"} for f in flags), flags


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("name", ["code_variance", "real_code_norm", "token_accuracy", "excess_nll", "unique"])
def test_what_is_no_number_is_a_finding_and_no_other(name, value):
    (line,) = dataclasses.replace(SCENES, **{name: value}).findings()
    assert line.startswith(f"{name.replace('_', ' ')} is {value}: "), line
    assert "learning rate" in line


def test_a_small_corpus_needs_few_rounds_and_a_large_one_less_than_an_epoch():
    assert dataclasses.replace(SCENES, rounds=300, epochs=40.0).findings() == []
    assert dataclasses.replace(SCENES, rounds=5000, epochs=0.2).findings() == []


def test_both_logs_and_reports_are_read():
    report = vitals_of(
        {
            "unique": 0.228,
            "token_accuracy": 0.576,
            "mean_length": 9.95,
            "code_norm": 1.0,
            "code_variance": 0.932,
            "code_distance": 0.147,
            "forward_perplexity": 5.2,
            "reverse_perplexity": 112.5,
        },
        {
            "unique": 1.0,
            "mean_length": 10.3,
            "code_norm": 1.0,
            "code_variance": 0.969,
            "forward_perplexity": 7.1,
            "reverse_perplexity": 19.5,
        },
        1000,
        500,
        0.32,
    )
    assert report.excess_nll == pytest.approx(1.7525, abs=1e-3)
    assert dataclasses.replace(report, excess_nll=1.75) == SLOW_SCENES
    metrics = {
        "samples.unique": 0.228,
        "samples.excess_nll": 1.75,
        "samples.mean_length": 9.95,
        "valid.token_accuracy": 0.576,
        "codes.norm_generated": 1.0,
        "codes.norm_real": 1.0,
        "codes.variance_generated": 0.932,
        "codes.variance_real": 0.969,
        "codes.distance": 0.147,
    }
    assert vitals_in_training(metrics, {"unique": 1.0, "mean_length": 10.3}, 1000, 500, 0.32, None) == SLOW_SCENES
    coded = {k: v for k, v in metrics.items() if not k.startswith("codes.")} | {"valid.token_accuracy": 0.3}
    assert vitals_in_training(coded, {"unique": 1.0, "mean_length": 10.3}, 1000, 5000, 3.0, None).token_accuracy is None
