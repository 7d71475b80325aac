"""A comparison of runs as sections of an HTML file: settings, measurements, curves in one plot, samples."""

import json
from pathlib import Path
from typing import Any

from textgan.evaluation.report.comparison import NOTHING, ComparedRun, Comparison
from textgan.evaluation.report.html import CurveGrid, ImageGrid, Notes, Section, SentenceList, ValueTable
from textgan.training.metric_titles import duration, rounded_number
from textgan.training.panels import runs_panels


def trained_for(run: ComparedRun) -> str:
    """How long a run was trained."""
    info = run.facts.info
    took = f", {duration(info.seconds)}" if info.seconds else ""
    return f"{info.rounds:,} rounds{took}" if info.rounds else "rounds not known"


def short_value(value: Any) -> str:
    """A setting as a table has it."""
    return (
        NOTHING
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )


def comparison_sections(comparison: Comparison) -> list[Section]:
    """The sections of the HTML file."""
    runs, letters = comparison.runs, [run.letter for run in comparison.runs]
    about = {
        f"{run.letter}  {run.name}": f"{run.facts.config.model} of {run.facts.config.data.data}, {run.facts.state}, "
        f"{trained_for(run)}"
        for run in runs
    }
    parts: list[Section] = [Notes("Runs", about)]
    if comparison.notes:
        parts.append(SentenceList("What to know", list(comparison.notes)))
    rows = [(name, [short_value(value) for value in values]) for name, values in comparison.settings.items()]
    parts.append(ValueTable("Settings that differ", letters, rows, caption="All other settings are the same."))
    real = any(metric.real is not None for metric in comparison.metrics)
    table, best = [], set()
    for i, metric in enumerate(comparison.metrics):
        numbers = [NOTHING if value is None else rounded_number(value) for value in metric.values]
        numbers += [NOTHING if metric.real is None else rounded_number(metric.real)] if real else []
        table.append((f"{metric.title}{f' ({metric.direction} is best)' if metric.direction else ''}", numbers))
        best |= {(i, j) for j in metric.best}
    parts.append(ValueTable("Measurements", letters + ["real"] * real, table, best, "The best of each is bold."))
    panels = runs_panels({f"{run.letter}  {Path(run.name).name}": run.log for run in runs if run.log})
    parts.append(CurveGrid("Curves", panels, "Of each measurement, all runs that have a log."))
    written = [run for run in runs if run.sentences]
    if written:
        longest = max(len(run.sentences) for run in written)
        lines = [[run.sentences[i] if i < len(run.sentences) else "" for run in written] for i in range(longest)]
        numbered = [(str(i), line) for i, line in enumerate(lines, 1)]
        caption = "The newest of each run; of a saved model new ones."
        parts.append(ValueTable("Samples", [run.letter for run in written], numbered, caption=caption, text=True))
    parts += [ImageGrid(f"Samples of {run.letter}", run.picture, run.name) for run in runs if run.picture]
    return parts
