"""Curves: one plot in a page, or panels side by side in a file."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textgan.pictures.figures import color, figure_file, heading, svg, tidy

_COLUMNS, _WIDTH, _HEIGHT = 3, 3.9, 2.6  # of the panels of a file, inches
_DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_TITLE = 52  # characters of a line
_FEW = 30  # points that are marked one by one


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


def curves_svg(section: Curves, curves: Sequence[Curve], prefix: str) -> str:
    """A plot for a page, see `textgan.pictures.figures.svg`.

    Args:
        section: its axes.
        curves: its curves, as far as they are drawable.
        prefix: another for each plot of a page.
    """
    return svg(section.title, (7.2, 4.4), lambda figure: _draw(figure.add_subplot(), section, curves, True), prefix)


def save_curves(path: Path, panels: Sequence[Curves], title: str = "", follow: bool = True) -> None:
    """Write plots side by side into a file, a PNG or what its suffix says.

    Args:
        path: of the file, which appears whole.
        panels: one or more.
        title: above them.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    width, height, above = max(_WIDTH * columns, 5.0), _HEIGHT * rows + 0.35 * bool(title), 0.35 * bool(title)
    with figure_file(path, width, height, follow) as figure:
        if title:
            heading(figure, title)
        for number, panel in enumerate(panels):
            row, column = divmod(number, columns)
            # Fixed margins, in inches: to fit them takes matplotlib as long as to draw.
            left, bottom = column * width / columns + 0.62, height - above - (row + 1) * _HEIGHT + 0.5
            place = (left / width, bottom / height, (width / columns - 0.8) / width, (_HEIGHT - 0.95) / height)
            axis = figure.add_axes(place)
            plotted = [drawable(curve, panel.logarithmic) for curve in panel.curves]
            _draw(axis, panel, plotted, page=False)
            lines = "\n".join(textwrap.wrap(panel.title, _TITLE)[:2])
            axis.set_title(lines, fontsize=9, loc="left", x=-0.42 / (width / columns - 0.8))
            if len(plotted) > 1:
                axis.legend(fontsize=7.5, edgecolor="none", borderaxespad=0.2, labelcolor="linecolor", framealpha=0.75)


def _draw(axis: Any, section: Curves, curves: Sequence[Curve], page: bool) -> None:
    size, few = (4.5, True) if page else (2.5, all(len(curve.points) < _FEW for curve in curves))
    marker = "o" if few else ""
    for i, curve in enumerate(curves):
        x, y = [point[0] for point in curve.points], [point[1] for point in curve.points]
        look_of_line = {"linestyle": _DASHES[i % len(_DASHES)] if section.joined else "", "linewidth": 1.4}
        axis.plot(x, y, marker=marker or None, color=color(i), markersize=size, label=curve.name, **look_of_line)
        above = i % 2 == 0  # two curves that run side by side keep their labels apart
        offset, sides = ((5, 4), ("left", "bottom")) if above else ((-5, -4), ("right", "top"))
        for point, label in zip(curve.points, curve.labels, strict=True):
            if label:
                where = {"xytext": offset, "textcoords": "offset points", "ha": sides[0], "va": sides[1]}
                axis.annotate(label, point, fontsize=8, color=color(i), **where)
    if section.logarithmic and any(curve.points for curve in curves):
        _logarithmic(axis, curves)
    axis.set_xlabel(section.x_label, fontsize=None if page else 8)
    axis.set_ylabel(section.y_label, fontsize=None if page else 8)
    tidy(axis, page)


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
