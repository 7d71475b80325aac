"""What `evaluate` and `score` do with measurements: a table, a JSON file, a page."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import ArgumentParser, Namespace

from textgan.errors import UserError
from textgan.files import whole_file

if TYPE_CHECKING:
    from textgan.evaluation.measurements import Report
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.evaluation.text.temperature import Point
    from textgan.evaluation.text.transfer import TransferPoint

_MOST = 10**8
JUDGE = {"judge": "short"}
"""The flag of `add_metrics` that is for sentences only."""

logger = logging.getLogger("textgan")


def add_outputs(flags: ArgumentParser) -> None:
    """Where measurements go."""
    flags.add_argument("--json", type=str, default=None, help="file for the measurements")
    flags.add_argument("--html", type=str, default=None, help="of sentences, file for a readable report")


def add_metrics(flags: ArgumentParser, default: str) -> None:
    """Which measurements are made."""
    flags.add_argument("--metrics", type=str | None, default=None, help=f"groups of measurements, {default}")
    flags.add_argument(
        "--judge",
        type=Literal["short", "paper"],
        default=JUDGE["judge"],
        help="of sentences, LSTMs of the group judge: short learns for minutes, paper as ARAE's authors' for hours",
    )


def chosen(values: Namespace) -> list[str] | None:
    """The groups that are asked for; None: the usual ones."""
    return None if values.metrics is None else [name.strip() for name in values.metrics.split(",")]


def check_sizes(values: Namespace, *names: str) -> None:
    """Refuse sizes below 1, or without end.

    Raises:
        UserError: names the first.
    """
    for name in names:
        if values[name] is not None and not 1 <= values[name] <= _MOST:
            flag = f"-{name}" if len(name) == 1 else f"--{name.replace('_', '-')}"
            raise UserError(
                f"{flag} is {values[name]}; expected 1 or more" + f", {_MOST:,} at most" * (values[name] > 1)
            )


def check_places(values: Namespace, *names: str) -> None:
    """Refuse files that could not be written, before minutes of measuring.

    Raises:
        UserError: names the first.
    """
    for name in names:
        if values[name] is not None and not Path(values[name]).resolve().parent.is_dir():
            raise UserError(f"--{name} is {values[name]}; expected a file in a folder that is there")


class Table:
    """A table of measurements, printed row by row as they are known.

    Args:
        real: heading of the column of real data.
    """

    def __init__(self, real: str) -> None:
        self.heading = f"{'':<34}{'model':>12}{real:>12}"

    def __call__(self, group: "Report") -> None:
        """Print the measurements of a group."""
        if self.heading:
            print(self.heading)
            self.heading = ""
        for name, value in group.numbers.items():
            held = f"{group.real[name]:.4f}" if name in group.real else ""
            print(f"{name:<34}{value:>12.4f}{held:>12}", flush=True)


def put_out(report: "Report", values: Namespace, about: Mapping[str, Any], findings: Sequence[str] = ()) -> None:
    """Print what measurements depend on, below their table, and write all as JSON if that is asked for.

    Args:
        report: the measurements.
        values: the flags of `add_outputs`.
        about: what is written into the file besides.
        findings: what is wrong with the model, a line each, which go to the log and into the file.
    """
    for name, note in report.notes.items():
        print(f"{name}: {note}")
    for line in findings:
        logger.warning("%s", line)
    if values.json:
        of_model, of_real = (_finite(part) for part in report[:2])
        notes = {"data": about["data"], "split": about["split"]} | report.notes
        rest = {k: v for k, v in about.items() if k not in notes} | {"findings": list(findings)}
        with whole_file(Path(values.json)) as aside:
            aside.write_text(json.dumps(of_model | {"real": of_real, "notes": notes} | rest, indent=2) + "\n")


def put_out_sentences(
    case: "TextEvaluation",
    report: "Report",
    values: Namespace,
    title: str,
    data: str,
    curves: Mapping[str, "Sequence[Point]"] = {},
    transfers: Mapping[str, "Sequence[TransferPoint]"] = {},
    history: "Sequence[Mapping[str, float]]" = (),
    played: tuple[int | None, float | None] = (None, None),
) -> None:
    """The same of sentences, with a page and curves: over temperatures, and of labels exchanged over guidance.

    `played`: rounds and epochs of the model's training, as far as they are known.
    """
    from textgan.evaluation.report.html import write_report
    from textgan.evaluation.report.sentences import sections
    from textgan.evaluation.text.health import settings_of, vitals_of

    about = {"data": data, "split": case.split, "curves": _plain(curves), "transfer_curves": _plain(transfers)}
    settings = () if case.model is None else settings_of(case.model.config)
    findings = vitals_of(report.numbers, report.real, len(case.sentences), *played).findings(settings)
    put_out(report, values, about, findings)
    for name, points in curves.items():
        for p in points:
            print(
                f"{name} at {p.temperature:g}: forward {p.forward_perplexity:.2f}, reverse {p.reverse_perplexity:.2f}, "
                f"unique {p.unique:.4f}"
            )
    for name, found in transfers.items():
        for e in found:
            print(
                f"{name} at guidance {e.guidance:g}: accuracy {e.accuracy:.4f}, BLEU {e.bleu:.2f}, "
                f"perplexity {e.perplexity:.2f}, reverse {e.reverse_perplexity:.2f}"
            )
    if values.html:
        write_report(Path(values.html), title, sections(case, report, curves, transfers, history, findings))


def _finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def _plain(curves: "Mapping[str, Sequence[Point]] | Mapping[str, Sequence[TransferPoint]]") -> dict[str, Any]:
    return {name: [_finite(point._asdict()) for point in points] for name, points in curves.items()}
