"""`textgan info`: what a run or a saved model is."""

import json
from collections.abc import Iterator

from textgan.cli.flags import parse, parser, write_lines
from textgan.cli.help import CommandParser
from textgan.facts import Facts, facts_of
from textgan.recipes.papers import PAPERS
from textgan.training.metric_titles import duration, headline, rounded_number

_TEXT = """Print what a run or a saved model is: model, data, size, how long it was trained, how good it is, which
settings differ from the defaults. Nothing is loaded but the headers of its files."""
_LABELS = 20  # that are listed


def make_parser() -> CommandParser:
    """The flags."""
    flags = parser("info", _TEXT)
    place = "run folder, saved model, name of a model that comes with textgan, or owner/name on the Hugging Face hub"
    flags.add_argument("run", help=place)
    where = "write JSON to this file; without a name, to standard output"
    flags.add_argument("--json", type=str, nargs="?", const="-", default=None, help=where)
    return flags


def run(arguments: list[str]) -> int:
    """Print what is known, or the same as JSON."""
    values = parse(make_parser(), arguments)
    facts = facts_of(values.run)
    if values.json is not None:
        write_lines([json.dumps(facts.to_dict(), indent=2)], values.json)
        return 0
    write_lines(map(printable, _lines(facts)), None)
    return 0


def printable(text: str) -> str:
    """A line in which what a terminal would obey is written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _lines(facts: Facts) -> Iterator[str]:
    config, info = facts.config, facts.info
    yield f"{facts.place}: {facts.state}" + (f", {info.name}" if info.name else "")
    paper = PAPERS.get(config.model)
    yield _row("model", f"{config.model} of {facts.modality}" + (f" ({paper.line})" if paper else ""))
    yield _row("data", _data(facts))
    if facts.labels:
        yield _row("labels", _labels(facts))
    if facts.parameters:
        yield _row("size", f"{facts.parameters:,} parameters stored as {facts.dtype}")
    yield _row("trained", _trained(facts))
    yield from _measured(facts)
    yield from _several(
        "settings", [f"{n} {_short(value)} ({_short(usual)})" for n, (value, usual) in facts.changed.items()]
    )
    yield from _several("findings", facts.findings)
    versions = facts.to_dict()["versions"]
    yield _row("versions", ", ".join(f"{name} {version}" for name, version in versions.items() if version))
    if info.license:
        yield _row("license", info.license)
    yield from _several("files", [f"{name:<24}{_size(size):>10}" for name, size in facts.files.items()])


def _row(name: str, text: str) -> str:
    return f"{name:<10}{text}"


def _several(name: str, lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _row("" if number else name, line)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _data(facts: Facts) -> str:
    shape, info = facts.shape, facts.info
    parts = [facts.config.data.data]
    parts += [f"{info.examples:,} {'sentences' if facts.modality == 'text' else 'images'}"] if info.examples else []
    parts += [", ".join(info.languages)] if info.languages else []
    words = {"vocab_size": "vocabulary of", "max_length": "at most", "classes": "classes"}
    if isinstance(shape.get("shape"), list):
        parts.append(" x ".join(map(str, shape["shape"])))
    parts += [f"{text} {shape[name]:,}" for name, text in words.items() if type(shape.get(name)) is int and shape[name]]
    return ", ".join(parts) + " tokens" * ("max_length" in shape)


def _labels(facts: Facts) -> str:
    shares, names = facts.info.label_shares, facts.labels
    listed = [f"{name} {shares[name]:.1%}" if name in shares else name for name in names[:_LABELS]]
    return ", ".join(listed) + (f", and {len(names) - _LABELS:,} more" if len(names) > _LABELS else "")


def _trained(facts: Facts) -> str:
    info, training = facts.info, facts.config.training
    if not info.rounds:
        return "not known" if facts.values else "no round is logged yet"
    of = f" of {training.rounds:,}" if training.rounds is not None else ""
    took = f", {duration(info.seconds)}" if info.seconds else ""
    took += f" of {training.minutes:g} minutes" if training.minutes is not None else ""
    share = f" ({facts.share:.0%})" if facts.share is not None else ""
    return f"{info.rounds:,}{of} rounds{took}{share}"


def _measured(facts: Facts) -> Iterator[str]:
    measured, best = facts.info.measured, facts.info.best
    if measured is not None and measured.metrics:
        by = "by textgan evaluate, " if facts.info.evaluation is not None else ""
        yield _row("measured", f"{by}after round {measured.round:,}")
        real = {name.removesuffix("_real"): v for name, v in measured.metrics.items() if name.endswith("_real")}
        real |= measured.real
        for name, title in headline(measured.metrics, facts.modality).items():
            beside = f"   real {rounded_number(real[name])}" if name in real else ""
            yield _row("", f"{rounded_number(measured.metrics[name]):>10}{beside:<16}   {title}")
    if best is not None and best.by in best.metrics:
        yield _row("best", f"{best.by} {rounded_number(best.metrics[best.by])} after round {best.round:,}")


def _size(size: int) -> str:
    for unit, bytes_ in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            return f"{size / bytes_:.1f} {unit}"
    return f"{size} B"
