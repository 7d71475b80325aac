"""Whether a model of sentences has learned: findings in words, each with what to do about it.

The bounds lie between runs that went well and runs that did not, all of docs/results.md: they are wide, so that a
finding is worth reading.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace

from textgan.evaluation.measurements import Numbers
from textgan.evaluation.text.temperature import Written
from textgan.recipes import RunConfig

FEW_ROUNDS, FEW_EPOCHS = 1000, 3.0
"""Fewer of both are too few; of a small corpus a few hundred rounds are many epochs."""

_DISTINCT = 0.5  # of the share of real text. Went well: 0.99 of it and more; not: 0.32, 0.03, 0.0001
_LENGTH = 0.25  # off. Went well: at most 0.11; not: 0.26
_EXCESS = 1.0  # nats. Went well: 0.1 to 0.3; not: 1.75 to 2.5 (greedy), 1.2 (ACAI)
_ACCURACY = 0.45  # Went well: 0.51 (VAE) to 0.88; not: 0.37 to 0.40
_NORM, _VARIANCE = 2 / 3, 0.5  # of real codes. Went well: 0.99 and more
_DISTANCE = 0.5  # of the spread of real codes. After 380 and 500 rounds 0.2; the sampling noise of 500 codes is 0.06
_POINT = 0.01
"""Variance of real codes over the squared norm of real or generated ones, whichever is larger. Went well: about 1 of
norm 1, 0.28 of a VAE; not: 6e-8, and of a VAE that ignores its codes, all near the prior's mean, 1e-4."""

_KEPT = {"code_noise": "with less noise on codes (--code-noise)"}
_SPREAD = {
    "encoder_weight": "with less weight on the code game (--encoder-weight)",
    "adversarial_weight": "with less weight on the discriminator (--adversarial-weight)",
    "interpolation_weight": "with less weight on interpolations (--interpolation-weight)",
    "free_bits": "with more --free-bits, or a longer --kl-warmup-rounds",
}
"""Setting -> what to do with it, so that codes tell more of sentences, or differ more."""


@dataclass(frozen=True)
class Vitals:
    """What is known of a model, and the same of real text; none: not measured.

    Args:
        samples: sentences of which `unique` is the share of distinct ones.
        unique: at the decoding in use.
        real_unique: of about as many real sentences.
        mean_length: words.
        real_mean_length: words.
        excess_nll: see `Written`, nats per word.
        token_accuracy: of reconstruction, teacher-forced; none of a model without codes.
        code_norm: mean norm of codes drawn from the prior.
        real_code_norm: of codes of held-out sentences.
        code_variance: sum of the variances of the dimensions.
        real_code_variance: the same of codes of held-out sentences.
        code_distance: norm of the difference of the mean codes, drawn and real.
        rounds: played.
        epochs: that many times all train sentences were read.
        pretrain_rounds: before which the classifier does not learn; none without one.
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
        """What is wrong, a line each; none where nothing is, or nothing was measured.

        Args:
            settings: names of the model's settings: only these are spoken of in what is to be done.
        """
        bad = {name: value for name, value in vars(self).items() if value is not None and not math.isfinite(value)}
        good = replace(self, **dict.fromkeys(bad))
        return [_not_a_number(bad)] * bool(bad) + [line for check in _CHECKS if (line := check(good, settings))]


def vitals_of(numbers: Numbers, real: Numbers, samples: int, rounds: int | None, epochs: float | None) -> Vitals:
    """From the names of `textgan evaluate`.

    Args:
        numbers: of the model.
        real: of real text.
        samples: how many sentences were measured.
        rounds: played, if that is known.
        epochs: the same.
    """
    judged = [side[name] for side in (numbers, real) for name in _JUDGED if name in side]
    excess = Written(0, *judged[:2]).excess_nll(Written(0, *judged[2:])) if len(judged) == 4 else None
    return Vitals(
        samples=samples,
        rounds=rounds,
        epochs=epochs,
        unique=numbers.get("unique"),
        real_unique=real.get("unique"),
        mean_length=numbers.get("mean_length"),
        real_mean_length=real.get("mean_length"),
        excess_nll=excess,
        token_accuracy=numbers.get("token_accuracy"),
        code_norm=numbers.get("code_norm"),
        real_code_norm=real.get("code_norm"),
        code_variance=numbers.get("code_variance"),
        real_code_variance=real.get("code_variance"),
        code_distance=numbers.get("code_distance"),
    )


def watched_vitals(
    numbers: Mapping[str, float], real: Numbers, samples: int, rounds: int, epochs: float, pretrain_rounds: int | None
) -> Vitals:
    """From the names of metrics.jsonl; `real` has those of `textgan evaluate`."""
    return Vitals(
        samples=samples,
        rounds=rounds,
        epochs=epochs,
        pretrain_rounds=pretrain_rounds,
        unique=numbers.get("samples.unique"),
        real_unique=real["unique"],
        mean_length=numbers.get("samples.mean_length"),
        real_mean_length=real["mean_length"],
        excess_nll=numbers.get("samples.excess_nll"),
        token_accuracy=numbers.get("valid.token_accuracy") if "codes.variance_real" in numbers else None,
        code_norm=numbers.get("codes.norm_generated"),
        real_code_norm=numbers.get("codes.norm_real"),
        code_variance=numbers.get("codes.variance_generated"),
        real_code_variance=numbers.get("codes.variance_real"),
        code_distance=numbers.get("codes.distance"),
    )


_JUDGED = "forward_perplexity", "reverse_perplexity"
_LONGER = "train longer (--minutes)"


def settings_of(config: RunConfig) -> frozenset[str]:
    """Names of the settings of a run's model."""
    return frozenset(field.name for field in fields(config.settings))


def _not_a_number(bad: Mapping[str, float]) -> str:
    found = ", ".join(f"{name.replace('_', ' ')} is {value}" for name, value in bad.items())
    return f"{found}: weights or codes are no numbers; train anew with a lower learning rate"


def _rounds(v: Vitals, settings: Collection[str]) -> str | None:
    if v.rounds is None or v.epochs is None or v.rounds >= FEW_ROUNDS or v.epochs >= FEW_EPOCHS:
        return None
    return (
        f"{v.rounds:,} rounds, {v.epochs:.2g} times through the data: too few to judge the model by; "
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
        f"distinct {_percent(v.unique)} of {v.samples:,} samples, {_percent(v.real_unique)} of as many real sentences: "
        f"the model has collapsed or has not learned yet; {_LONGER} or smaller (--hidden-dim, --batch-size), "
        "or sample with a higher --temperature"
    )


def _length(v: Vitals, settings: Collection[str]) -> str | None:
    if v.mean_length is None or not v.real_mean_length:
        return None
    share = v.mean_length / v.real_mean_length
    if abs(share - 1) <= _LENGTH:
        return None
    how = "short" if share < 1 else "long"
    lengths = f"samples have {v.mean_length:.1f} words, real sentences {v.real_mean_length:.1f}"
    return f"{lengths}: they are too {how}; {_LONGER}"


def _excess(v: Vitals, settings: Collection[str]) -> str | None:
    if v.excess_nll is None or v.excess_nll <= _EXCESS:
        return None
    return (
        f"samples are {v.excess_nll:.2f} nats a word worse than real text, by forward and reverse perplexity together: "
        f"they say little of the language, or read badly; {_LONGER}, or sample at the model's usual temperature"
    )


def _accuracy(v: Vitals, settings: Collection[str]) -> str | None:
    if v.token_accuracy is None or v.token_accuracy >= _ACCURACY:
        return None
    return (
        f"token accuracy of reconstruction {_percent(v.token_accuracy)}: codes tell the decoder little of a sentence; "
        f"{_LONGER}{_or(_KEPT, settings)}"
    )


def _codes(v: Vitals, settings: Collection[str]) -> str | None:
    """One-sided: a prior wider than the codes, such as a VAE's, whose codes are means, is not wrong."""
    if v.code_norm is None or v.real_code_norm is None or v.code_variance is None or v.real_code_variance is None:
        return None
    if v.real_code_variance < _POINT * max(v.real_code_norm, v.code_norm) ** 2:
        return (
            f"codes of real sentences are all but one point (sum of variances {v.real_code_variance:.2g}, norm "
            f"{v.real_code_norm:.2g}, of generated codes {v.code_norm:.2g}): the encoder has collapsed or has not "
            f"learned yet, and the decoder does without codes; {_LONGER}{_or(_SPREAD, settings)}"
        )
    narrow = v.code_norm < _NORM * v.real_code_norm or v.code_variance < _VARIANCE * v.real_code_variance
    far = v.code_distance is not None and v.code_distance > _DISTANCE * v.real_code_variance**0.5
    if not (narrow or far):
        return None
    apart = "" if v.code_distance is None else f", means {v.code_distance:.2g} apart"
    return (
        f"generated codes are not where real ones are: norm {v.code_norm:.2g} for {v.real_code_norm:.2g}, sum of "
        f"variances {v.code_variance:.2g} for {v.real_code_variance:.2g}{apart}; {_LONGER}"
    )


def _or(advice: Mapping[str, str], settings: Collection[str]) -> str:
    """What else to do, by the settings that the model has; nothing if none fits."""
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
