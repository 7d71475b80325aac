"""The report of sentences: metrics, quality against diversity, training curves, samples, interpolations."""

from collections.abc import Mapping, Sequence

import numpy as np

from textgan.evaluation.examples import MAP_NOTE, TRAINING_MAP_SIZE, codes_on_map, sentences_of_file
from textgan.evaluation.measurements import Metrics, Report
from textgan.evaluation.report.explanations import EXPLANATIONS
from textgan.evaluation.report.html import (
    Curve,
    CurveGrid,
    Curves,
    MapSection,
    MetricTable,
    Notes,
    Section,
    SentenceList,
    SentencePaths,
)
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.temperature import SweepPoint
from textgan.evaluation.text.transfer import TransferPoint
from textgan.training.panels import log_panels

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
    parts += _map(case)
    parts += _training(history)
    first = list(case.sentences[:_LISTED])
    parts.append(SentenceList("Sentences", first, f"The first {len(first)} of {len(case.sentences):,}."))
    parts.append(
        SentenceList("Real sentences", case.heldout_texts[:_LISTED], f"Held-out sentences ({case.split} split).")
    )
    if case.has_codes and len(set(case.heldout_texts)) > 1:
        caption = f"Between two held-out sentences, {case.interpolation_path} in code space; changed words are marked."
        straight, smooth, _ = case.paths
        parts.append(SentencePaths("Interpolations", straight[:10], caption))
        parts.append(SentencePaths("Smooth interpolations", smooth[:10], "Between the same, as with --smooth."))
    if case.model is not None:
        from textgan.config import flatten, to_dict

        settings = dict(flatten(to_dict(case.model.config)))
        parts.append(Notes("Settings", {name: str(value) for name, value in settings.items()}))
    return parts


def _lengths(case: TextEvaluation) -> Curves:
    """The distribution of lengths."""
    plotted = []
    longest = max(int(text.lengths.max(initial=0)) for text in (case.text, case.heldout))
    for name, text in (("sentences", case.text), ("held-out text", case.heldout)):
        shares = np.bincount(text.lengths, minlength=longest + 1) / max(len(text), 1)
        plotted.append(Curve(name, [(float(n), float(share)) for n, share in enumerate(shares)]))
    return Curves("Sentence lengths", plotted, "words", "share of sentences")


def _swaps(report: Report) -> Curves:
    """Likelihood given the code of the sentence after word swaps (Zhao et al. 2018, figure 3)."""
    points = [(float(k), report.metrics[f"swap_nll_{k}"]) for k in range(5) if f"swap_nll_{k}" in report.metrics]
    caption = "Held-out sentences given their code after word swaps. A flat curve means a smooth code space."
    labels = "word swaps before encoding", "negative log-likelihood, nats per token"
    return Curves("Word swaps", [Curve("reconstruction", points)], *labels, caption=caption)


def _map(case: TextEvaluation) -> list[Section]:
    """Codes of held-out sentences and of the model's samples."""
    if not case.has_codes or case.model is None:
        return []
    real = sentences_of_file(case.model, case.heldout_tokens, TRAINING_MAP_SIZE)
    if len(real.codes) < 3:
        return []
    picture = codes_on_map(case.model, real, TRAINING_MAP_SIZE, case.seed, texts=False)
    return [MapSection("Map of codes", picture, f"Held-out sentences ({case.split} split) and samples. {MAP_NOTE}")]


def _training(history: Sequence[Mapping[str, float]]) -> list[Section]:
    """The run's log; the moments of codes are figure 2 of Zhao et al. 2018."""
    panels = [panel for panel in log_panels(history) if any(len(curve.points) > 1 for curve in panel.curves)]
    return [CurveGrid("Training", panels, "The log of the run.")] if panels else []


def _curves(case: TextEvaluation, report: Report, curves: Mapping[str, Sequence[SweepPoint]]) -> Curves:
    plotted = [
        Curve(
            name,
            [(p.forward_perplexity, p.reverse_perplexity) for p in points],
            ["greedy" if p.temperature == 0 else f"{p.temperature:g}" for p in points],
        )
        for name, points in curves.items()
    ]
    real = report.real.get("forward_perplexity"), report.real.get("reverse_perplexity")
    if real[0] is not None and real[1] is not None:
        plotted.append(Curve("real text", [(real[0], real[1])], [""]))
    caption = f"A point for each decoder temperature, {case.split} split. Lower left is better."
    axes = "forward perplexity (quality)", "reverse perplexity (diversity)"
    return Curves("Quality and diversity", plotted, *axes, logarithmic=True, caption=caption)


def transfer_curves(transfers: Mapping[str, Sequence[TransferPoint]], copied: Metrics, split: str) -> Curves:
    """Accuracy against BLEU of attribute transfer.

    Args:
        transfers: over guidance, by run.
        copied: metrics of unchanged copies.
        split: name of the held-out split.
    """
    plotted = [
        Curve(name, [(p.bleu, p.accuracy) for p in points], [f"{p.guidance:g}" for p in points])
        for name, points in transfers.items()
    ]
    plotted.append(Curve("copies", [(copied["transfer_bleu"], copied["transfer_accuracy"])], [""]))
    caption = f"A point for each weight of guidance, {split} split. Upper right is better."
    return Curves("Attribute transfer", plotted, "BLEU with the source", "accuracy of the new label", caption=caption)
