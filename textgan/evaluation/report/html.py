"""A report as one self-contained HTML file: tables, plots, sentences and interpolation paths; nothing is loaded."""

import base64
import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from textgan.evaluation.measurements import Report
from textgan.files import whole_file
from textgan.pictures.curves import Curve, Curves, curves_svg, drawable
from textgan.pictures.figures import color, svg
from textgan.pictures.gradients import word_changes
from textgan.pictures.maps import MapPicture, cloud_legend, draw_cloud

__all__ = [
    "Curve",
    "Curves",
    "ImageGrid",
    "MapSection",
    "MetricTable",
    "Notes",
    "Section",
    "SentenceList",
    "SentencePaths",
    "ValueTable",
    "write_report",
]


class MetricTable(NamedTuple):
    """Measurements.

    Args:
        title: of the section.
        report: metrics of the model and of real data, with notes below.
        explanations: metric -> its meaning, in a line.
    """

    title: str
    report: Report
    explanations: Mapping[str, str] = {}


class SentenceList(NamedTuple):
    """A list of sentences."""

    title: str
    sentences: Sequence[str]
    caption: str = ""


class SentencePaths(NamedTuple):
    """Interpolations: in each sentence, words that the one before lacks are marked, words that it lost are struck."""

    title: str
    paths: Sequence[Sequence[str]]
    caption: str = ""


class Notes(NamedTuple):
    """Names and values, such as settings."""

    title: str
    notes: Mapping[str, str]


class MapSection(NamedTuple):
    """A map of codes, see `textgan.pictures.maps`."""

    title: str
    picture: MapPicture
    caption: str = ""


class ImageGrid(NamedTuple):
    """A picture of images."""

    title: str
    png: bytes
    caption: str = ""


class ValueTable(NamedTuple):
    """Several things side by side.

    Args:
        title: of the section.
        columns: names of the things.
        rows: what is compared, and what each of them has.
        best: places (row, column) that are marked.
        caption: how to read it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    best: Collection[tuple[int, int]] = ()
    caption: str = ""


Section = MetricTable | Curves | SentenceList | SentencePaths | Notes | MapSection | ImageGrid | ValueTable

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1d20; --soft: #656a73; --line: #dfe2e7; --paper: #fff; --wash: #f5f6f8;
  --mark: #ffe9a8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e5e9; --soft: #9aa1ac; --line: #353941; --paper: #17181b;
  --wash: #1f2125; --mark: #5a4a14; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 54rem; padding: 2.5rem 1.25rem 5rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  overflow-wrap: break-word; }
h1 { margin: 0 0 2rem; font-size: 1.8rem; line-height: 1.2; letter-spacing: -0.015em; }
h2 { margin: 3rem 0 0.75rem; font-size: 1.15rem; }
p.caption, dl, figcaption { color: var(--soft); font-size: 0.9rem; }
p.caption { margin: 0 0 0.75rem; max-width: 42rem; }
nav { font-size: 0.9rem; }
nav a { color: inherit; margin-right: 1.1rem; text-underline-offset: 0.2em; text-decoration-color: var(--line); }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 0.9rem; }
th, td { padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: baseline; }
thead th { color: var(--soft); font-weight: 500; white-space: nowrap; }
tbody th { font-weight: 500; white-space: nowrap; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:last-child { min-width: 16rem; color: var(--soft); padding-right: 0; }
td.number:last-child { min-width: 0; color: inherit; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.1rem; margin: 1rem 0 0; }
dd { margin: 0; min-width: 0; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } }
figure { margin: 1rem 0 0; }
figure svg, figure img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
figcaption span { display: inline-block; margin-right: 1.2rem; }
figcaption i { display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em; border-radius: 50%; }
ol { margin: 0 0 1.25rem; padding: 0.6rem 1rem 0.6rem 3.2rem; background: var(--wash); border-radius: 0.4rem; }
li { padding: 0.1rem 0; }
li::marker { color: var(--soft); font-size: 0.8rem; font-variant-numeric: tabular-nums; }
mark { color: inherit; background: var(--mark); border-radius: 0.2em; padding: 0 0.15em; }
del, .none { color: var(--soft); }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{images}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def write_report(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write sections into one HTML file that appears whole; the same sections give the same bytes.

    Raises:
        UserError: nothing can be written there.
    """
    parts = [_contents(sections)] if len(sections) > 1 else []
    for number, section in enumerate(sections, 1):
        parts.append(
            f'<section id="s{number}">\n<h2>{escape(section.title)}</h2>\n{_body(section, number)}\n</section>'
        )
    images = "; img-src data:" if any(isinstance(section, ImageGrid) for section in sections) else ""
    page = _PAGE.format(title=escape(title), style=_STYLE, images=images, body="\n".join(parts))
    with whole_file(path) as aside:
        # Half a surrogate pair, which a decoder of bytes may write, is no character and would stop the report.
        aside.write_text(page, encoding="utf-8", errors="replace", newline="\n")


def _contents(sections: Sequence[Section]) -> str:
    links = (f'<a href="#s{number}">{escape(section.title)}</a>' for number, section in enumerate(sections, 1))
    return f"<nav>{' '.join(links)}</nav>"


def _body(section: Section, number: int) -> str:
    match section:
        case MetricTable():
            return _table(section)
        case Curves():
            return _figure(section, number)
        case SentenceList():
            items = "\n".join(f"<li>{_sentence(sentence)}</li>" for sentence in section.sentences)
            return _caption(section.caption) + (f"<ol>\n{items}\n</ol>" if items else _nothing())
        case SentencePaths():
            return _caption(section.caption) + ("\n".join(map(_path, section.paths)) or _nothing())
        case Notes():
            return _notes(section.notes) or _nothing()
        case MapSection():
            return _map(section, number)
        case ImageGrid():
            source = f"data:image/png;base64,{base64.b64encode(section.png).decode()}"
            return f'{_caption(section.caption)}<figure><img alt="{escape(section.title)}" src="{source}"></figure>'
        case ValueTable():
            return _caption(section.caption) + _values(section)


def _table(section: MetricTable) -> str:
    metrics, real, notes = section.report
    explained = any(name in section.explanations for name in metrics)
    head = '<th scope="col">metric</th><th scope="col" class="number">model</th>'
    head += '<th scope="col" class="number">real</th>' if real else ""
    head += '<th scope="col">meaning</th>' if explained else ""
    rows = []
    for name, value in metrics.items():
        row = f'<th scope="row">{escape(name)}</th><td class="number">{_number(value)}</td>'
        row += f'<td class="number">{_number(real[name]) if name in real else ""}</td>' if real else ""
        row += f"<td>{escape(section.explanations.get(name, ''))}</td>" if explained else ""
        rows.append(f"<tr>{row}</tr>")
    body = "\n".join(rows)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return (f'<div class="wide" tabindex="0">{table}</div>' if rows else _nothing()) + _notes(notes)


def _number(value: float) -> str:
    """Four significant digits, thousands separated; a dash for NaN."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    written = f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.4g}"
    return written.replace("-", "−", 1) if written.startswith("-") else written


def _notes(notes: Mapping[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(note)}</dd>\n" for name, note in notes.items())
    return f"<dl>\n{rows}</dl>" if rows else ""


def _caption(text: str) -> str:
    return f'<p class="caption">{escape(text)}</p>\n' if text else ""


def _nothing() -> str:
    return '<p class="caption">none</p>'


def _sentence(sentence: str) -> str:
    return escape(sentence) if sentence.strip() else '<span class="none">(empty)</span>'


def _path(path: Sequence[str]) -> str:
    items = [_sentence(sentence) for sentence in path[:1]]
    items += [_change(before, after) for before, after in itertools.pairwise(path)]
    return "<ol>\n" + "\n".join(f"<li>{item}</li>" for item in items) + "\n</ol>"


def _change(before: str, after: str) -> str:
    """A sentence whose new words are marked, and in which deleted words are struck through."""
    marks = {"same": "{}", "gone": "<del>{}</del>", "new": "<mark>{}</mark>"}
    parts = [marks[change].format(escape(words)) for words, change in word_changes(before, after)]
    return " ".join(parts) if after.split() else f"{_sentence(after)} {' '.join(parts)}".rstrip()


def _figure(section: Curves, number: int) -> str:
    plotted = [drawable(curve, section.logarithmic) for curve in section.curves]
    left_out = sum(len(curve.points) for curve in section.curves) - sum(len(curve.points) for curve in plotted)
    legend = "".join(
        f'<span><i style="background: {color(i)}"></i>{escape(curve.name)}</span>' for i, curve in enumerate(plotted)
    )
    missing = f"<span>points left out (not finite): {left_out}</span>" if left_out else ""
    figure = curves_svg(section, plotted, f"p{number}-")
    return f"{_caption(section.caption)}<figure>\n{figure}\n<figcaption>{legend}{missing}</figcaption>\n</figure>"


def _map(section: MapSection, number: int) -> str:
    def draw(figure: Any) -> None:
        draw_cloud(figure.add_subplot(), section.picture, page=True)

    legend = "".join(
        f'<span><i style="background: {ink}"></i>{escape(name)}</span>'
        for name, _, ink, _ in cloud_legend(section.picture)
    )
    figure = svg(section.title, (6.0, 5.4), draw, f"p{number}-")
    return f"{_caption(section.caption)}<figure>\n{figure}\n<figcaption>{legend}</figcaption>\n</figure>"


def _values(section: ValueTable) -> str:
    head = "".join(f'<th scope="col" class="number">{escape(name)}</th>' for name in section.columns)
    rows = []
    for i, (name, values) in enumerate(section.rows):
        marked = (f"<b>{escape(v)}</b>" if (i, j) in section.best else escape(v) for j, v in enumerate(values))
        cells = "".join(f'<td class="number">{value}</td>' for value in marked)
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    if not rows:
        return _nothing()
    table = (
        f'<table>\n<thead><tr><th scope="col"></th>{head}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table>'
    )
    return f'<div class="wide" tabindex="0">{table}</div>'
