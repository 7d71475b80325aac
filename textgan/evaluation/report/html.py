"""A report as one self-contained HTML file: tables, plots, sentences and interpolation paths; nothing is loaded."""

import base64
import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from textgan.evaluation.measurements import Report
from textgan.evaluation.report.page import REPORT_PAGE, REPORT_STYLE
from textgan.files import whole_file
from textgan.pictures.curves import Curve, Curves, curves_svg, drawable
from textgan.pictures.figures import color, svg
from textgan.pictures.gradients import word_changes
from textgan.pictures.maps import MapPicture, cloud_legend, draw_cloud
from textgan.pictures.small_plots import PLOT_STYLE, plots_html

__all__ = [
    "Curve",
    "CurveGrid",
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


class CurveGrid(NamedTuple):
    """Many small plots side by side."""

    title: str
    panels: Sequence[Curves]
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
        text: whether these are sentences, not numbers.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    best: Collection[tuple[int, int]] = ()
    caption: str = ""
    text: bool = False


Section = MetricTable | Curves | SentenceList | SentencePaths | Notes | MapSection | CurveGrid | ImageGrid | ValueTable


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
    page = REPORT_PAGE.format(
        title=escape(title), style=REPORT_STYLE + PLOT_STYLE, images=images, body="\n".join(parts)
    )
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
        case CurveGrid():
            return _caption(section.caption) + (plots_html(section.panels) if section.panels else _nothing())
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
    number = "" if section.text else ' class="number"'
    head = "".join(f'<th scope="col"{number}>{escape(name)}</th>' for name in section.columns)
    rows = []
    for i, (name, values) in enumerate(section.rows):
        marked = (f"<b>{escape(v)}</b>" if (i, j) in section.best else escape(v) for j, v in enumerate(values))
        cells = "".join(f"<td{number}>{value}</td>" for value in marked)
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>')
    if not rows:
        return _nothing()
    head, body = f'<tr><th scope="col"></th>{head}</tr>', "\n".join(rows)
    table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody></table>"
    return f'<div class="wide {"text" if section.text else "values"}" tabindex="0">{table}</div>'
