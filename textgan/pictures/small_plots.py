"""Small plots side by side in a page, in its colors: quickly made, so that a page may have them anew every second."""

from collections.abc import Sequence
from html import escape

from textgan.pictures.curves import Curve, Curves, drawable
from textgan.pictures.figures import FIGURE_COLORS

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 360, 170, 58, 10, 10, 22
_MOST_POINTS = 300  # of a curve
_FEW = 15  # points that are marked one by one

_DASH = '<svg viewBox="0 0 22 8" aria-hidden="true"><path d="M0 4H22"/></svg>'

PLOT_STYLE = (
    """
.tg-plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(15.5rem, 1fr)); gap: 1.5rem 1.75rem; }
.tg-plot { margin: 0; min-width: 0; display: flex; flex-direction: column; }
.tg-plot figcaption { font-size: 0.88rem; line-height: 1.3; margin-bottom: 0.4rem; }
.tg-plot figcaption small { opacity: 0.7; font-size: 0.8rem; white-space: nowrap; }
.tg-plot > svg { width: 100%; height: auto; margin-top: auto; }
.tg-plot text { font-size: 11.5px; fill: currentColor; opacity: 0.7; font-variant-numeric: tabular-nums; }
.tg-plot line { stroke: currentColor; opacity: 0.2; }
.tg-plot polyline, .tg-keys path { fill: none; stroke: var(--tg-key); stroke-width: 2; }
.tg-plot circle { fill: var(--tg-key); }
.tg-keys { display: flex; flex-wrap: wrap; gap: 0 0.9rem; margin: 0.1rem 0 0; font-size: 0.82rem; min-height: 1.3em; }
.tg-keys span { color: var(--tg-key); }
.tg-keys svg { width: 22px; height: 8px; margin: 0 5px 0 0; display: inline-block; vertical-align: middle; }
.tg-plot polyline, .tg-keys path { stroke-dasharray: var(--tg-dash); }
"""
    + "".join(
        f".tg-key-{i} {{ --tg-key: {color}; --tg-dash: {dash}; }}\n"
        for i, (color, dash) in enumerate(
            zip(FIGURE_COLORS, ("none", "6 3", "2 3", "9 3 2 3", "4 2", "1 2"), strict=True)
        )
    )
    + "@media (prefers-color-scheme: dark) { .tg-key-0 { --tg-key: #4ea3dc; } }\n"
)
"""CSS of the page around the plots."""

Box = tuple[float, float, float, float]
"""Lowest and highest round, lowest and highest value."""


def plots_html(panels: Sequence[Curves]) -> str:
    """Panels side by side as far as the page is wide."""
    plotted = [panel._replace(curves=[drawable(curve, False) for curve in panel.curves]) for panel in panels]
    last = max((point[0] for panel in plotted for curve in panel.curves for point in curve.points), default=0.0)
    figures = [_figure(panel, last) for panel in plotted if any(curve.points for curve in panel.curves)]
    return f'<div class="tg-plots">{"".join(figures)}</div>'


def _figure(panel: Curves, last: float) -> str:
    points = [point for curve in panel.curves for point in curve.points]
    low, high = min(y for _, y in points), max(y for _, y in points)
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    box = (0.0, max(last, 1.0), low - room, high + room)
    lines = "".join(_line(curve, number, box) for number, curve in enumerate(panel.curves))
    several = len(panel.curves) > 1
    keys = "".join(
        f'<span class="{_key(number)}">{_DASH}{escape(curve.name)}</span>'
        for number, curve in enumerate(panel.curves)
        if several and curve.points
    )
    said = "; ".join(
        f"{curve.name} {_short(curve.points[-1][1])} at round {curve.points[-1][0]:,.0f}"
        for curve in panel.curves
        if curve.points
    )
    unit = f" <small>{escape(panel.y_label)}</small>" if panel.y_label else ""
    return (
        f'<figure class="tg-plot"><figcaption>{escape(panel.title)}{unit}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(panel.title)}: {escape(said)}">'
        f'{_axes(box, low, high)}{lines}</svg><p class="tg-keys">{keys}</p></figure>'
    )


def _axes(box: Box, low: float, high: float) -> str:
    """A line at the lowest and at the highest value, and the last round."""
    parts = []
    for value in dict.fromkeys((high, low)):
        _, y = _place((0.0, value), box)
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{_short(value)}</text>'
        )
    bottom = _HEIGHT - 6
    parts.append(f'<text x="{_LEFT}" y="{bottom}">0</text>')
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{bottom}" text-anchor="end">round {box[1]:,.0f}</text>')
    return "".join(parts)


def _key(number: int) -> str:
    return f"tg-key-{number % len(FIGURE_COLORS)}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.2g}" if abs(value) < 1e-3 else f"{value:.3g}"


def _line(curve: Curve, number: int, box: Box) -> str:
    kept = _thinned(curve.points)
    places = [_place(point, box) for point in kept]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = places if len(places) <= _FEW else places[-1:]
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>' for x, y in marks)
    return f'<g class="{_key(number)}"><polyline points="{path}"/>{dots}</g>'


def _place(point: tuple[float, float], box: Box) -> tuple[float, float]:
    left, right, low, high = box
    x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (point[0] - left) / (right - left)
    y = _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - (point[1] - low) / (high - low))
    return x, y


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most some hundred points, the last among them."""
    step = -(-len(points) // _MOST_POINTS) if points else 1
    return [*points[::-step][::-1]]
