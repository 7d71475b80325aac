"""The report of sentences: metrics, quality against diversity, training curves, samples, interpolations."""

from collections.abc import Mapping, Sequence

import numpy as np

from textgan.evaluation.measurements import Metrics, Report
from textgan.evaluation.report.explanations import EXPLANATIONS
from textgan.evaluation.report.html import Curve, Curves, MetricTable, Notes, Section, SentenceList, SentencePaths
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.temperature import SweepPoint
from textgan.evaluation.text.transfer import TransferPoint

_LISTED = 40


def sections(
    case: TextEvaluation,
    report: Report,
    curves: Mapping[str, Sequence[SweepPoint]],
    transfers: Mapping[str, Sequence[TransferPoint]] = {},
    history: Sequence[Mapping[str, float]] = (),
    findings: Sequence[str] = (),
) -> list[Section]:
    """The sections of the report for which there is data.

    Args:
        case: the sentences, and what they are compared with.
        report: their metrics.
        curves: quality and diversity over temperatures, by run.
        transfers: accuracy and BLEU of attribute transfer over guidance, by run.
        history: the lines of the run's metrics.jsonl.
        findings: warnings, a line each.
    """
    parts: list[Section] = [SentenceList("Warnings", list(findings))] if findings else []
    parts.append(MetricTable("Metrics", report, EXPLANATIONS))
    if curves:
        parts.append(_curves(case, report, curves))
    if transfers:
        parts.append(transfer_curves(transfers, case.transfer.copied, case.split))
    parts.append(_lengths(case))
    if "swap_nll_0" in report.metrics:
        parts.append(_swaps(report))
    parts += _training(history)
    first = list(case.sentences[:_LISTED])
    parts.append(SentenceList("Sentences", first, f"The first {len(first)} of {len(case.sentences):,}."))
    parts.append(
        SentenceList("Real sentences", case.heldout_texts[:_LISTED], f"Held-out sentences ({case.split} split).")
    )
    if case.has_codes:
        caption = f"Between two held-out sentences, {case.interpolation_path} in code space; changed words are marked."
        parts.append(SentencePaths("Interpolations", case.paths[0][:10], caption))
    if case.model is not None:
        from textgan.config import flatten, to_dict

        settings = dict(flatten(to_dict(case.model.config)))
        parts.append(Notes("Settings", {name: str(value) for name, value in settings.items()}))
    return parts


def _lengths(case: TextEvaluation) -> Curves:
    """The distribution of lengths."""
    drawn = []
    longest = max(int(text.lengths.max(initial=0)) for text in (case.text, case.heldout))
    for name, text in (("sentences", case.text), ("held-out text", case.heldout)):
        shares = np.bincount(text.lengths, minlength=longest + 1) / max(len(text), 1)
        drawn.append(Curve(name, [(float(n), float(share)) for n, share in enumerate(shares)]))
    return Curves("Sentence lengths", drawn, "words", "share of sentences")


def _swaps(report: Report) -> Curves:
    """Likelihood given the code of the sentence after word swaps (Zhao et al. 2018, figure 3)."""
    points = [(float(k), report.metrics[f"swap_nll_{k}"]) for k in range(5) if f"swap_nll_{k}" in report.metrics]
    caption = "Held-out sentences given the code of the same sentence with words swapped. Flat is smooth."
    labels = "word swaps before encoding", "negative log-likelihood, nats per token"
    return Curves("Word swaps", [Curve("reconstruction", points)], *labels, caption=caption)


_TRAINING = {
    "negative log-likelihood": ("nats per token", ["valid.reconstruction_nll", "valid.nll", "reconstruction", "nll"]),
    "excess negative log-likelihood of samples": ("nats per word", ["samples.excess_nll"]),
    "perplexity of samples": ("perplexity", ["samples.forward_perplexity", "samples.reverse_perplexity"]),
    "usual temperature": ("temperature", ["samples.temperature"]),
    "variance of codes": ("sum of variances", ["codes.variance_real", "codes.variance_generated"]),
    "norm of codes": ("l2 norm", ["codes.norm_real", "codes.norm_generated"]),
    "error of the classifier": ("share of validation examples", ["valid.error"]),
}
"""Section -> y axis, and names in metrics.jsonl."""


def _training(history: Sequence[Mapping[str, float]]) -> list[Section]:
    """Validation over the rounds; the moments of codes are figure 2 of Zhao et al. 2018."""
    found: list[Section] = []
    for title, (y_label, names) in _TRAINING.items():
        drawn = [Curve(name, [(line["round"], line[name]) for line in history if name in line]) for name in names]
        drawn = [curve for curve in drawn if len(curve.points) > 1]
        if drawn:
            found.append(Curves(f"Training: {title}", drawn, "round", y_label))
    return found


def _curves(case: TextEvaluation, report: Report, curves: Mapping[str, Sequence[SweepPoint]]) -> Curves:
    drawn = [
        Curve(
            name,
            [(p.forward_perplexity, p.reverse_perplexity) for p in points],
            ["greedy" if p.temperature == 0 else f"{p.temperature:g}" for p in points],
        )
        for name, points in curves.items()
    ]
    real = report.real.get("forward_perplexity"), report.real.get("reverse_perplexity")
    if real[0] is not None and real[1] is not None:
        drawn.append(Curve("real text", [(real[0], real[1])], [""]))
    caption = f"A point for each decoder temperature, {case.split} split. Lower left is better."
    axes = "forward perplexity (quality)", "reverse perplexity (diversity)"
    return Curves("Quality and diversity", drawn, *axes, logarithmic=True, caption=caption)


def transfer_curves(transfers: Mapping[str, Sequence[TransferPoint]], copied: Metrics, split: str) -> Curves:
    """Accuracy against BLEU of attribute transfer.

    Args:
        transfers: over guidance, by run.
        copied: metrics of unchanged copies.
        split: name of the held-out split.
    """
    drawn = [
        Curve(name, [(p.bleu, p.accuracy) for p in points], [f"{p.guidance:g}" for p in points])
        for name, points in transfers.items()
    ]
    drawn.append(Curve("copies", [(copied["transfer_bleu"], copied["transfer_accuracy"])], [""]))
    caption = f"A point for each weight of guidance, {split} split. Upper right is better."
    return Curves("Attribute transfer", drawn, "BLEU with the source", "accuracy of the new label", caption=caption)
