"""Plots as SVG to embed in a page: in its colors, with ids of their own, the same bytes each time."""

import io
import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

_COLORS = ("#3f7fcf", "#d0662c", "#2f9a70", "#9a63c4", "#b8892e", "#c94f83")  # distinguishable on white and on black
_TEXT = "#010203"  # replaced by the color of the page's text, light or dark


class Curve(NamedTuple):
    """Points in a plot.

    Args:
        name: for the legend.
        points: (x, y), joined in this order; one that is not finite, or not above 0 on logarithmic axes, is left
            out and counted.
        labels: beside each point, such as its temperature; none, or as many as points.
    """

    name: str
    points: Sequence[tuple[float, float]]
    labels: Sequence[str] = ()


class Curves(NamedTuple):
    """A plot.

    Args:
        title: of the section.
        curves: its curves.
        x_label: what x is, with its unit.
        y_label: what y is, with its unit.
        logarithmic: both axes.
        joined: a line through the points of each curve; otherwise points alone.
        caption: how to read it.
    """

    title: str
    curves: Sequence[Curve]
    x_label: str
    y_label: str
    logarithmic: bool = False
    joined: bool = True
    caption: str = ""


def drawable(curve: Curve, logarithmic: bool) -> Curve:
    """A curve without the points that cannot be plotted."""
    labels = curve.labels or [""] * len(curve.points)
    kept = [
        (point, label)
        for point, label in zip(curve.points, labels, strict=True)
        if all(math.isfinite(value) and (value > 0 or not logarithmic) for value in point)
    ]
    return Curve(curve.name, [point for point, _ in kept], [label for _, label in kept])


def color(number: int) -> str:
    """Of the curve of that number, counted from 0."""
    return _COLORS[number % len(_COLORS)]


def svg(section: Curves, curves: Sequence[Curve], prefix: str) -> str:
    """The plot as an svg element whose text has the color of the page's, with ids that begin with `prefix`.

    Args:
        section: its axes.
        curves: its curves, as far as they are drawable.
        prefix: another for each plot of a page.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    written = io.StringIO()
    # Without mathematics in text: a dollar in a name is a dollar.
    with matplotlib.rc_context({"svg.hashsalt": "textgan", "svg.fonttype": "none", "text.parse_math": False}):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        figure.patch.set_alpha(0)
        _draw(figure.add_subplot(), section, curves)
        FigureCanvasSVG(figure).print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = written.getvalue()
    text = re.sub(r"<(metadata|style)\b.*?</\1>|<!--.*?-->", "", text[text.index("<svg") :].strip(), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", lambda tag: _own(tag[0], prefix), text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(section.title)}"', 1)


def _own(tag: str, prefix: str) -> str:
    """A tag of a plot that may stand beside others in one page."""
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}", tag).replace(_TEXT, "currentColor")


def _draw(axis: Any, section: Curves, curves: Sequence[Curve]) -> None:
    for i, curve in enumerate(curves):
        x, y = [point[0] for point in curve.points], [point[1] for point in curve.points]
        axis.plot(x, y, "o-" if section.joined else "o", color=color(i), markersize=4.5, linewidth=1.4)
        above = i % 2 == 0  # two curves that run side by side keep their labels apart
        offset, sides = ((5, 4), ("left", "bottom")) if above else ((-5, -4), ("right", "top"))
        for point, label in zip(curve.points, curve.labels, strict=True):
            if label:
                where = {"xytext": offset, "textcoords": "offset points", "ha": sides[0], "va": sides[1]}
                axis.annotate(label, point, fontsize=8, color=color(i), **where)
    if section.logarithmic and any(curve.points for curve in curves):
        _logarithmic(axis, curves)
    axis.set_xlabel(section.x_label, color=_TEXT)
    axis.set_ylabel(section.y_label, color=_TEXT)
    axis.patch.set_alpha(0)
    axis.grid(alpha=0.25, linewidth=0.6)
    axis.tick_params(which="both", colors=_TEXT, labelsize=9)
    for name, spine in axis.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(_TEXT)


def _logarithmic(axis: Any, curves: Sequence[Curve]) -> None:
    """Both axes, with plain numbers at some round values in every decade, at more of them where there are few."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for place, (side, name) in enumerate(((axis.xaxis, "x"), (axis.yaxis, "y"))):
        axis.set(**{f"{name}scale": "log"})
        values = [point[place] for curve in curves for point in curve.points]
        span = max(values) / min(values)
        ticks = (1, 1.5, 2, 3, 4, 5, 6, 8) if span < 10 else (1, 2, 5) if span < 1000 else (1,)
        side.set_major_locator(LogLocator(subs=ticks, numticks=12))
        side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        side.set_minor_formatter(NullFormatter())
