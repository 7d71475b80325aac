"""Runs side by side: what differs, what was measured of each, which is best. No torch for runs."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textgan.config import flatten, to_dict
from textgan.facts import Facts, facts_of
from textgan.files import expanded, read_file
from textgan.training.log import log_folder, read_metrics
from textgan.training.metric_titles import DIRECTIONS, TITLES

NOTHING = "–"
"""In the place of a value that is not there."""

_MOST_SAMPLES, _MOST_BYTES = 20, 1 << 26
_IN_TRAINING = {
    "excess_nll": "distance of samples to real text, nats per word",
    "temperature": "temperature chosen for samples",
    "variance_generated": "variance of generated codes",
}
_PLACES = ("training.device", "training.threads")


class ComparedRun(NamedTuple):
    """A run or a saved model.

    Args:
        letter: by which tables name it.
        name: as it was given.
        facts: what it is.
        log: the lines of its metrics.jsonl; none of a model that was saved alone.
        sentences: samples; none of images.
        picture: samples of images as a PNG, b"" where there are none.
    """

    letter: str
    name: str
    facts: Facts
    log: Sequence[Mapping[str, float]]
    sentences: Sequence[str] = ()
    picture: bytes = b""


class ComparedMetric(NamedTuple):
    """A measurement of several runs.

    Args:
        name: without the part before its dot.
        title: in words.
        direction: see `DIRECTIONS`; "" where no value is better than another.
        values: of each run; None where it was not measured.
        real: the same of real data; None where it is not known.
        best: which runs are best; none where that says nothing.
    """

    name: str
    title: str
    direction: str
    values: Sequence[float | None]
    real: float | None
    best: Sequence[int]


class Comparison(NamedTuple):
    """Several runs.

    Args:
        runs: two or more.
        settings: name -> value of each run, where they differ; None: it has no such setting.
        metrics: measurements that one or more of them have.
        notes: what stands in the way of a comparison, a line each.
    """

    runs: Sequence[ComparedRun]
    settings: Mapping[str, Sequence[Any]]
    metrics: Sequence[ComparedMetric]
    notes: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        runs = [run.facts.to_dict() | {"letter": run.letter, "samples": list(run.sentences)} for run in self.runs]
        metrics = {
            metric.name: {
                "title": metric.title,
                "direction": metric.direction or None,
                "values": list(metric.values),
                "real": metric.real,
                "best": [self.runs[i].letter for i in metric.best],
            }
            for metric in self.metrics
        }
        settings = {name: list(values) for name, values in self.settings.items()}
        return {"runs": runs, "settings": settings, "metrics": metrics, "notes": list(self.notes)}


def compare_runs(names: Sequence[str]) -> Comparison:
    """Runs, saved models, models of the box, side by side.

    Raises:
        UserError: one of them is not there.
    """
    runs = [_opened(letter_of(number), name) for number, name in enumerate(names)]
    source, measured, alike = _measured(runs)
    notes = [*_differences(runs), *source]
    comparable = alike and len({_data_of(run) for run in runs}) == 1
    return Comparison(runs, _settings(runs), _metrics(runs, measured, comparable), notes)


def letter_of(number: int) -> str:
    """A, B, ..., Z, AA, AB and so on."""
    return (letter_of(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _opened(letter: str, name: str) -> ComparedRun:
    facts, log = facts_of(name), log_folder(expanded(name))
    run = ComparedRun(letter, name, facts, [] if log is None else read_metrics(log))
    sentences, picture = _samples(run, None if log is None else log / "samples")
    return run._replace(sentences=sentences, picture=picture)


def _samples(run: ComparedRun, folder: Path | None) -> tuple[list[str], bytes]:
    """The newest samples of a run; of a model that was saved alone new ones, for which it is loaded."""
    pattern = "round-*-samples.png" if run.facts.modality == "images" else "round-*[0-9].txt"
    found = sorted(folder.glob(pattern)) if folder is not None and folder.is_dir() else []
    if found:
        content = read_file(found[-1], "samples of a run", _MOST_BYTES)
        if run.facts.modality == "images":
            return [], content
        return content.decode("utf-8", "replace").splitlines()[:_MOST_SAMPLES], b""
    return ([], b"") if run.facts.state != "saved model" else _new_samples(run.name)


def _new_samples(name: str) -> tuple[list[str], bytes]:
    import io

    import PIL.Image

    from textgan.pictures import grid
    from textgan.sampling import ImageModel, load

    model = load(name, "cpu")
    if not isinstance(model, ImageModel):
        return model.sample(_MOST_SAMPLES, seed=0), b""
    if not model.spec.is_image:
        return [], b""
    written = io.BytesIO()
    PIL.Image.fromarray(grid(model.sample(64, seed=0))).save(written, format="PNG")
    return [], written.getvalue()


def _data_of(run: ComparedRun) -> str:
    config = to_dict(run.facts.config)["data"]
    return json.dumps([config["data"], run.facts.info.examples or None], default=str)


def _differences(runs: Sequence[ComparedRun]) -> list[str]:
    """What makes runs incomparable, and what is missing."""
    notes = []
    models = {run.facts.config.model for run in runs}
    if len(models) > 1:
        named = ", ".join(sorted(models))
        notes.append(f"different models: {named}; settings that not all of them have are left out where they are usual")
    if len({run.facts.modality for run in runs}) > 1:
        notes.append("sentences and images: nothing is best among them")
    elif len({_data_of(run) for run in runs}) > 1:
        notes.append("different data: measurements depend on it, so no best is marked")
    for run in runs:
        if run.facts.state in ("in training", "stopped", "without a checkpoint"):
            share = "" if run.facts.share is None else f", {run.facts.share:.0%} of its training"
            notes.append(f"{run.letter} is unfinished: {run.facts.state}{share}")
        if not run.log:
            what = "a saved model without a log" if run.facts.state == "saved model" else "not logged yet"
            notes.append(f"{run.letter} is {what}: no curves")
        if run.facts.info.measured is None:
            notes.append(f"{run.letter} has no validation: no measurements")
    return notes


def _measured(runs: Sequence[ComparedRun]) -> tuple[list[str], list[dict[str, tuple[float, float | None]]], bool]:
    """A line on where measurements are from; those of each run, name -> value, and that of real data; whether all were
    made in the same way.
    """
    evaluated = all(run.facts.info.evaluation is not None for run in runs)
    found: list[dict[str, tuple[float, float | None]]] = []
    rounds, splits = [], set()
    for run in runs:
        info = run.facts.info
        # What training measured is compared with what training measured, where only some were evaluated.
        part = info.evaluation if evaluated else info.validation or info.evaluation
        metrics = {} if part is None else dict(part.metrics)
        real = {name.removesuffix("_real"): v for name, v in metrics.items() if name.endswith("_real")}
        real |= {} if part is None else part.real
        found.append(
            {
                name.rpartition(".")[2]: (value, real.get(name, real.get(name.rpartition(".")[2])))
                for name, value in metrics.items()
                if not name.endswith("_real")
            }
        )
        if part is not None:
            by = "evaluate" if part is info.evaluation else "validation"
            splits.add((by, part.split))
            rounds.append(f"{run.letter} by {by} after round {part.round:,}")
    lines = [f"measured: {'; '.join(rounds)}"] if rounds else []
    if len(splits) > 1:
        lines.append("measured in different ways, so no best is marked; textgan evaluate measures a run as all others")
    return lines, found, len(splits) <= 1


def _metrics(
    runs: Sequence[ComparedRun], measured: Sequence[Mapping[str, tuple[float, float | None]]], comparable: bool
) -> list[ComparedMetric]:
    """Those with a title, in the order of the tables, then those in training that are chosen by."""
    titles = _IN_TRAINING
    for run in reversed(runs):
        titles = TITLES[run.facts.modality] | titles
    found = []
    for name, title in titles.items():
        values = [part[name][0] if name in part else None for part in measured]
        if all(value is None for value in values):
            continue
        real = next((part[name][1] for part in measured if name in part and part[name][1] is not None), None)
        direction = DIRECTIONS.get(name, "")
        best = _best(values, direction, real) if comparable else []
        found.append(ComparedMetric(name, title.partition(" (")[0], direction, values, real, best))
    return found


def _best(values: Sequence[float | None], direction: str, real: float | None) -> list[int]:
    """Which values are best; none where fewer than two are known, or all are alike."""
    known = {i: value for i, value in enumerate(values) if value is not None and math.isfinite(value)}
    if len(known) < 2 or not direction or (direction == "near real" and real is None):
        return []
    cost = {"lower": lambda v: v, "higher": lambda v: -v, "near real": lambda v: abs(v - (real or 0.0))}[direction]
    least = min(map(cost, known.values()))
    best = [i for i, value in known.items() if cost(value) == least]
    return best if len(best) < len(known) else []


def _settings(runs: Sequence[ComparedRun]) -> dict[str, list[Any]]:
    """Those that differ, without the part that they belong to."""
    flat = [dict(flatten(to_dict(run.facts.config))) for run in runs]
    names = dict.fromkeys(name for values in flat for name in values)
    found = {name: [values.get(name) for values in flat] for name in names}
    changed = {name for run in runs for name in run.facts.changed}
    differ = {}
    for name, values in found.items():
        short, known = name.partition(".")[2] or name, [value for value in values if value is not None]
        # What a model of another paper cannot have is worth a row only where it is not as its own paper has it.
        wanted = short in changed or len(known) == len(values) or any(value != known[0] for value in known[1:])
        if wanted and name != "model" and name not in _PLACES and any(value != values[0] for value in values):
            differ[short] = values
    return differ
