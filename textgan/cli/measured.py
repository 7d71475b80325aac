"""What `evaluate` and `score` do with metrics: a table, a JSON file, an HTML report."""

import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import ArgumentParser, Namespace

from textgan.errors import UserError
from textgan.files import expanded, whole_file
from textgan.training.run_folder import last_checkpoint, rounds_of

if TYPE_CHECKING:
    from textgan.evaluation.measurements import Report
    from textgan.evaluation.text.evaluation import TextEvaluation
    from textgan.evaluation.text.temperature import SweepPoint
    from textgan.evaluation.text.transfer import TransferPoint

_MOST = 10**8
LM_FLAG = {"reference_lm": "short"}
"""The flag of `add_metrics` that is for sentences only."""

logger = logging.getLogger("textgan")


def add_outputs(flags: ArgumentParser) -> None:
    """Flags of the output files."""
    flags.add_argument("--json", type=str, default=None, help="JSON file for the metrics")
    flags.add_argument("--html", type=str, default=None, help="of sentences, HTML file for a report")


def add_metrics(flags: ArgumentParser, default: str) -> None:
    """Flags that choose the metrics."""
    flags.add_argument("--metrics", type=str | None, default=None, help=f"groups of metrics, {default}")
    flags.add_argument(
        "--reference-lm",
        type=Literal["short", "paper"],
        default=LM_FLAG["reference_lm"],
        help="of sentences, LSTMs of the group lstm: short trains for minutes, paper as ARAE's authors' for hours",
    )


def chosen_groups(values: Namespace) -> list[str] | None:
    """The groups of --metrics; None: the default ones."""
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
    """Refuse files that could not be written, before minutes of work.

    Raises:
        UserError: names the first.
    """
    for name in names:
        if values[name] is not None and not Path(values[name]).resolve().parent.is_dir():
            raise UserError(f"--{name} is {values[name]}; expected a file in an existing folder")


class MetricPrinter:
    """A table of metrics, printed as soon as they are known.

    Args:
        columns: headings of the metrics, and of those of real data.
    """

    def __init__(self, *columns: str) -> None:
        self.heading = f"{'':<34}" + "".join(f"{column:>12}" for column in columns)

    def __call__(self, group: "Report") -> None:
        """Print the metrics of a group."""
        if self.heading:
            print(self.heading)
            self.heading = ""
        for name, value in group.metrics.items():
            real = f"{group.real[name]:.4f}" if name in group.real else ""
            print(f"{name:<34}{value:>12.4f}{real:>12}", flush=True)


def put_out(report: "Report", values: Namespace, about: Mapping[str, Any], findings: Sequence[str] = ()) -> None:
    """Print what metrics depend on, below their table, log warnings, and write all as JSON if asked.

    Args:
        report: the metrics.
        values: the flags of `add_outputs`.
        about: more for the file.
        findings: warnings about the model, a line each.
    """
    for name, note in report.notes.items():
        print(f"{name}: {note}")
    for line in findings:
        logger.warning("%s", line)
    if values.json:
        metrics, real = (_finite(part) for part in report[:2])
        notes = {"data": about["data"], "split": about["split"]} | report.notes
        run = values.get("run")  # of evaluate
        checkpoint = None if run is None else last_checkpoint(expanded(run))
        trained = {} if checkpoint is None else {"round": rounds_of(checkpoint)}
        rest = {k: v for k, v in about.items() if k not in notes} | {"findings": list(findings)} | trained
        with whole_file(Path(values.json)) as aside:
            aside.write_text(json.dumps(metrics | {"real": real, "notes": notes} | rest, indent=2) + "\n")


def put_out_sentences(
    case: "TextEvaluation",
    report: "Report",
    values: Namespace,
    title: str,
    data: str,
    curves: Mapping[str, "Sequence[SweepPoint]"] = {},
    transfers: Mapping[str, "Sequence[TransferPoint]"] = {},
    history: "Sequence[Mapping[str, float]]" = (),
    trained: tuple[int | None, float | None] = (None, None),
) -> None:
    """The same of sentences, with an HTML report, and curves over temperature and guidance.

    `trained`: rounds and epochs of the model's training, as far as they are known.
    """
    from textgan.evaluation.report.html import write_report
    from textgan.evaluation.report.sentences import sections
    from textgan.evaluation.text.health import settings_of, vitals_of

    best_of = getattr(values, "best_of", 1)
    about: dict[str, Any] = {"data": data, "split": case.split}
    about |= {"curves": _plain(curves), "transfer_curves": _plain(transfers)}
    about |= {"best_of": best_of} if best_of > 1 else {}
    settings = () if case.model is None else settings_of(case.model.config)
    findings = vitals_of(report.metrics, report.real, len(case.sentences), *trained).findings(settings)
    put_out(report, values, about, findings)
    each = f", best of {best_of} where there are codes" if best_of > 1 else ""
    for name, points in curves.items():
        for p in points:
            print(
                f"{name}, temperature {p.temperature:g}{each}: forward perplexity {p.forward_perplexity:.2f}, "
                f"reverse perplexity {p.reverse_perplexity:.2f}, "
                f"unique {p.unique:.4f}"
            )
    for name, found in transfers.items():
        for e in found:
            print(
                f"{name}, guidance {e.guidance:g}: accuracy {e.accuracy:.4f}, BLEU {e.bleu:.2f}, "
                f"forward perplexity {e.perplexity:.2f}, reverse perplexity {e.reverse_perplexity:.2f}"
            )
    if values.html:
        write_report(Path(values.html), title, sections(case, report, curves, transfers, history, findings))


def _finite(metrics: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in metrics.items()}


def _plain(curves: "Mapping[str, Sequence[SweepPoint]] | Mapping[str, Sequence[TransferPoint]]") -> dict[str, Any]:
    return {name: [_finite(point._asdict()) for point in points] for name, points in curves.items()}
