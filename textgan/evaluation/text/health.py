"""Whether a model of sentences has learned: findings in words, each with advice.

The thresholds lie between good and failed runs of docs/results.md; they are wide, so that a finding means something.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace

from textgan.evaluation.measurements import Metrics
from textgan.evaluation.text.temperature import SampleQuality
from textgan.recipes import RunConfig

FEW_ROUNDS, FEW_EPOCHS = 1000, 3.0
"""Fewer of both are too few; of a small corpus a few hundred rounds are many epochs."""

_DISTINCT = 0.5  # of the share of real text. Good runs: 0.99 of it and more; failed: 0.32, 0.03, 0.0001
_LENGTH = 0.25  # relative error. Good: at most 0.11; failed: 0.26
_EXCESS = 1.0  # nats. Good: 0.1 to 0.3; failed: 1.75 to 2.5 (greedy), 1.2 (ACAI)
_ACCURACY = 0.45  # Good: 0.51 (VAE) to 0.88; failed: 0.37 to 0.40
_NORM, _VARIANCE = 2 / 3, 0.5  # of real codes. Good: 0.99 and more
_DISTANCE = 0.5  # of the deviation of real codes. After 380 and 500 rounds 0.2; the sampling noise of 500 codes is 0.06
_POINT = 0.01
"""Variance of real codes over the squared norm of real or generated ones, whichever is larger. Good: about 1 of
norm 1, 0.28 of a VAE; failed: 6e-8, and 1e-4 of a VAE that ignores its codes, which all lie near the prior's mean."""

_KEPT = {"code_noise": "with less noise on codes (--code-noise)"}
_SPREAD = {
    "encoder_weight": "with less weight on the code game (--encoder-weight)",
    "adversarial_weight": "with less weight on the discriminator (--adversarial-weight)",
    "interpolation_weight": "with less weight on interpolations (--interpolation-weight)",
    "free_bits": "with more --free-bits, or a longer --kl-warmup-rounds",
}
"""Setting -> advice, so that codes carry more information about sentences, or differ more."""


@dataclass(frozen=True)
class Vitals:
    """Metrics of a model and of real text by which it is diagnosed; None: not measured.

    Args:
        samples: sentences of which `unique` is the share of distinct ones.
        unique: share of distinct samples.
        real_unique: the same of about as many real sentences.
        mean_length: words.
        real_mean_length: words.
        excess_nll: see `SampleQuality`, nats per word.
        token_accuracy: of reconstruction, teacher-forced; none of a model without codes.
        code_norm: mean norm of codes sampled from the prior.
        real_code_norm: of codes of held-out sentences.
        code_variance: sum of the variances of the dimensions.
        real_code_variance: the same of codes of held-out sentences.
        code_distance: norm of the difference of the mean codes, sampled and real.
        rounds: of training.
        epochs: of training.
        pretrain_rounds: before which the classifier does not learn; None without one.
    """

    samples: int | None = None
    unique: float | None = None
    real_unique: float | None = None
    mean_length: float | None = None
    real_mean_length: float | None = None
    excess_nll: float | None = None
    token_accuracy: float | None = None
    code_norm: float | None = None
    real_code_norm: float | None = None
    code_variance: float | None = None
    real_code_variance: float | None = None
    code_distance: float | None = None
    rounds: int | None = None
    epochs: float | None = None
    pretrain_rounds: int | None = None

    def findings(self, settings: Collection[str] = ()) -> list[str]:
        """What is wrong, a line each; empty if nothing is, or nothing was measured.

        Args:
            settings: names of the model's settings: advice names no others.
        """
        bad = {name: value for name, value in vars(self).items() if value is not None and not math.isfinite(value)}
        good = replace(self, **dict.fromkeys(bad))
        return [_not_a_number(bad)] * bool(bad) + [line for check in _CHECKS if (line := check(good, settings))]


def vitals_of(metrics: Metrics, real: Metrics, samples: int, rounds: int | None, epochs: float | None) -> Vitals:
    """From the names of `textgan evaluate`.

    Args:
        numbers: of the model.
        real: of real text.
        samples: how many sentences were measured.
        rounds: of training, if known.
        epochs: of training, if known.
    """
    found = [side[name] for side in (metrics, real) for name in _PERPLEXITIES if name in side]
    excess = SampleQuality(0, *found[:2]).excess_nll(SampleQuality(0, *found[2:])) if len(found) == 4 else None
    return Vitals(
        samples=samples,
        rounds=rounds,
        epochs=epochs,
        unique=metrics.get("unique"),
        real_unique=real.get("unique"),
        mean_length=metrics.get("mean_length"),
        real_mean_length=real.get("mean_length"),
        excess_nll=excess,
        token_accuracy=metrics.get("token_accuracy"),
        code_norm=metrics.get("code_norm"),
        real_code_norm=real.get("code_norm"),
        code_variance=metrics.get("code_variance"),
        real_code_variance=real.get("code_variance"),
        code_distance=metrics.get("code_distance"),
    )


def vitals_in_training(
    metrics: Mapping[str, float], real: Metrics, samples: int, rounds: int, epochs: float, pretrain_rounds: int | None
) -> Vitals:
    """From the names of metrics.jsonl; `real` has those of `textgan evaluate`."""
    return Vitals(
        samples=samples,
        rounds=rounds,
        epochs=epochs,
        pretrain_rounds=pretrain_rounds,
        unique=metrics.get("samples.unique"),
        real_unique=real["unique"],
        mean_length=metrics.get("samples.mean_length"),
        real_mean_length=real["mean_length"],
        excess_nll=metrics.get("samples.excess_nll"),
        token_accuracy=metrics.get("valid.token_accuracy") if "codes.variance_real" in metrics else None,
        code_norm=metrics.get("codes.norm_generated"),
        real_code_norm=metrics.get("codes.norm_real"),
        code_variance=metrics.get("codes.variance_generated"),
        real_code_variance=metrics.get("codes.variance_real"),
        code_distance=metrics.get("codes.distance"),
    )


_PERPLEXITIES = "forward_perplexity", "reverse_perplexity"
_LONGER = "train longer (--minutes)"


def settings_of(config: RunConfig) -> frozenset[str]:
    """Names of the settings of a run's model."""
    return frozenset(field.name for field in fields(config.settings))


def _not_a_number(bad: Mapping[str, float]) -> str:
    found = ", ".join(f"{name.replace('_', ' ')} is {value}" for name, value in bad.items())
    return f"{found}: weights or codes are not finite; train again with a lower learning rate"


def _rounds(v: Vitals, settings: Collection[str]) -> str | None:
    if v.rounds is None or v.epochs is None or v.rounds >= FEW_ROUNDS or v.epochs >= FEW_EPOCHS:
        return None
    return (
        f"{v.rounds:,} rounds, {v.epochs:.2g} epochs: too few to evaluate the model; "
        f"{_LONGER} or smaller (--hidden-dim, --batch-size)"
    )


def _pretraining(v: Vitals, settings: Collection[str]) -> str | None:
    if v.rounds is None or v.pretrain_rounds is None or v.rounds > v.pretrain_rounds:
        return None
    return (
        f"{v.rounds:,} rounds of classifier.pretrain_rounds {v.pretrain_rounds:,}: the classifier has not learned; "
        f"{_LONGER}, or fewer --classifier.pretrain-rounds"
    )


def _distinct(v: Vitals, settings: Collection[str]) -> str | None:
    if v.unique is None or v.real_unique is None or v.unique >= _DISTINCT * v.real_unique:
        return None
    return (
        f"{_percent(v.unique)} of {v.samples:,} samples are distinct, {_percent(v.real_unique)} of as many real "
        f"sentences: the model has collapsed or needs more training; {_LONGER} or smaller (--hidden-dim, "
        "--batch-size), or sample with a higher --temperature"
    )


def _length(v: Vitals, settings: Collection[str]) -> str | None:
    if v.mean_length is None or not v.real_mean_length:
        return None
    share = v.mean_length / v.real_mean_length
    if abs(share - 1) <= _LENGTH:
        return None
    how = "short" if share < 1 else "long"
    lengths = f"samples have {v.mean_length:.1f} words, real sentences {v.real_mean_length:.1f}"
    return f"{lengths}: samples are too {how}; {_LONGER}"


def _excess(v: Vitals, settings: Collection[str]) -> str | None:
    if v.excess_nll is None or v.excess_nll <= _EXCESS:
        return None
    return (
        f"samples are {v.excess_nll:.2f} nats per word worse than real text (forward and reverse perplexity): "
        f"they are not fluent or not diverse; {_LONGER}, or sample at the model's usual temperature"
    )


def _accuracy(v: Vitals, settings: Collection[str]) -> str | None:
    if v.token_accuracy is None or v.token_accuracy >= _ACCURACY:
        return None
    return (
        f"token accuracy of reconstruction is {_percent(v.token_accuracy)}: codes carry little information; "
        f"{_LONGER}{_or(_KEPT, settings)}"
    )


def _codes(v: Vitals, settings: Collection[str]) -> str | None:
    """One-sided: a prior wider than the codes, such as a VAE's, whose codes are means, is not wrong."""
    if v.code_norm is None or v.real_code_norm is None or v.code_variance is None or v.real_code_variance is None:
        return None
    if v.real_code_variance < _POINT * max(v.real_code_norm, v.code_norm) ** 2:
        return (
            f"codes of real sentences are nearly one point (sum of variances {v.real_code_variance:.2g}, norm "
            f"{v.real_code_norm:.2g}; norm of generated codes {v.code_norm:.2g}): the encoder has collapsed or needs "
            f"more training, and the decoder ignores the code; {_LONGER}{_or(_SPREAD, settings)}"
        )
    narrow = v.code_norm < _NORM * v.real_code_norm or v.code_variance < _VARIANCE * v.real_code_variance
    far = v.code_distance is not None and v.code_distance > _DISTANCE * v.real_code_variance**0.5
    if not (narrow or far):
        return None
    apart = "" if v.code_distance is None else f", distance of the means {v.code_distance:.2g}"
    return (
        f"generated codes differ from real ones: norm {v.code_norm:.2g} (real {v.real_code_norm:.2g}), sum of "
        f"variances {v.code_variance:.2g} (real {v.real_code_variance:.2g}){apart}; {_LONGER}"
    )


def _or(advice: Mapping[str, str], settings: Collection[str]) -> str:
    """More advice, for the settings that the model has."""
    return "".join(f", or {text}" for name, text in advice.items() if name in settings)


_CHECKS: tuple[Callable[[Vitals, Collection[str]], str | None], ...] = (
    _rounds,
    _pretraining,
    _distinct,
    _length,
    _excess,
    _accuracy,
    _codes,
)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"
