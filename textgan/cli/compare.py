"""`textgan compare`: runs side by side."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textgan.cli.flags import parse, parser, write_lines
from textgan.cli.help import CommandParser
from textgan.cli.info import printable
from textgan.cli.measured import check_places
from textgan.errors import UserError
from textgan.training.metric_titles import rounded_number

if TYPE_CHECKING:
    from textgan.evaluation.report.comparison import Comparison

_TEXT = """Compare runs or saved models: settings that differ, measurements side by side with the best marked by *,
samples; --html adds curves in one plot. Runs need not be finished."""

_WIDTH, _NAME, _DIRECTION, _VALUE = 80, 26, 10, 11  # columns of a terminal
_AT_ONCE = (_WIDTH - _NAME - _DIRECTION) // _VALUE
_MOST = 50
_SAMPLES = 3


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("compare", _TEXT)
    place = "two or more: run folders, saved models, models that come with textgan, or owner/name on the hub"
    flags.add_argument("runs", nargs="+", help=place)
    flags.add_argument("--html", type=str, default=None, help="HTML file for the comparison, with curves and samples")
    where = "write JSON to this file; without a name, to standard output"
    flags.add_argument("--json", type=str, nargs="?", const="-", default=None, help=where)
    return flags


def run(arguments: list[str]) -> int:
    """Print the comparison, or write it as JSON or HTML."""
    values = parse(make_parser(), arguments)
    if not 2 <= len(values.runs) <= _MOST:
        raise UserError(f"compare got {len(values.runs)} run{'s' * (len(values.runs) != 1)}; expected 2 to {_MOST}")
    check_places(values, "html")
    from textgan.evaluation.report.comparison import compare_runs
    from textgan.evaluation.report.html import write_report
    from textgan.evaluation.report.side_by_side import comparison_sections

    comparison = compare_runs(values.runs)
    if values.html is not None:
        write_report(Path(values.html), "Runs compared", comparison_sections(comparison))
    if values.json is not None:
        write_lines([json.dumps(comparison.to_dict(), indent=2)], values.json)
    if values.json != "-":
        write_lines(map(printable, _lines(comparison)), None)
    return 0


def _lines(comparison: "Comparison") -> Iterator[str]:
    from textgan.evaluation.report.side_by_side import short_value, trained_for

    for run in comparison.runs:
        config = run.facts.config
        about = f"{run.name}: {config.model} of {config.data.data}, {run.facts.state}, {trained_for(run)}"
        yield from _wrapped(f"{run.letter:<3}{about}", "   ")
    for note in comparison.notes:
        yield from _wrapped(note, "  ")
    yield ""
    if comparison.settings:
        rows = [(name, "", [short_value(value) for value in values]) for name, values in comparison.settings.items()]
        yield from _table(comparison, "settings", rows)
    else:
        yield "settings are the same"
    real = any(metric.real is not None for metric in comparison.metrics)
    rows = []
    for metric in comparison.metrics:
        numbers = ["–" if value is None else rounded_number(value) for value in metric.values]
        numbers = [f"{'*' if i in metric.best else ''}{number}" for i, number in enumerate(numbers)]
        numbers += ["" if metric.real is None else rounded_number(metric.real)] if real else []
        rows.append((metric.name, metric.direction, numbers))
    if rows:
        yield from _table(comparison, "measurements", rows, ["real"] * real)
    for run in comparison.runs:
        for sentence in run.sentences[:_SAMPLES]:
            yield f"{run.letter:<3}{textwrap.shorten(sentence, _WIDTH - 3, placeholder=' ...')}"


def _table(
    comparison: "Comparison", title: str, rows: Sequence[tuple[str, str, Sequence[str]]], more: Sequence[str] = ()
) -> Iterator[str]:
    """A table in blocks of as many runs as fit."""
    letters = [*(run.letter for run in comparison.runs), *more]
    directed = any(direction for _, direction, _ in rows)
    width = _VALUE if directed else (_WIDTH - _NAME) // min(max(len(letters), 2), _AT_ONCE + 1)
    at_once = _AT_ONCE if directed else _AT_ONCE + 1
    for start in range(0, len(letters), at_once):
        part = slice(start, start + at_once)
        direction = f"{'best':<{_DIRECTION}}" if directed else ""
        yield f"{title:<{_NAME}}{direction}" + "".join(f"{letter:>{width}}" for letter in letters[part])
        for name, best, values in rows:
            if all(value in ("", "–") for value in values[part]):
                continue
            cells = "".join(f"{_cut(value, width - 1):>{width}}" for value in values[part])
            yield f"{_cut(name, _NAME - 1):<{_NAME}}{f'{best:<{_DIRECTION}}' if directed else ''}{cells}"
        yield ""


def _cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    return "…" + text[1 - width :] if "/" in text else text[: width - 1] + "…"  # of a path the end says more


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_long_words=True)
