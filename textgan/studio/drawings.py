"""Small drawings as SVG, in the colors of the page: a curve, and bars."""

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 360, 96, 44, 12, 10


def curve_svg(values: Sequence[float], title: str, unit: str = "", css_class: str = "", bars: bool = False) -> str:
    """A curve, or bars, over steps from 1 on, as SVG; the point of each step can be found as [data-step].

    Args:
        values: finite numbers, one a step.
        title: what it shows, for those who do not see it too.
        unit: behind the numbers of the axis.
        css_class: more classes of the element.
        bars: a bar for each step in place of a line.
    """
    top = max([*values, 1e-9])
    inner = _HEIGHT - _BOTTOM - _TOP
    step = (_WIDTH - _LEFT - 16) / max(len(values) - 1, 1)
    points = [(_LEFT + i * step, _TOP + inner * (1 - max(value, 0) / top)) for i, value in enumerate(values)]
    base = _TOP + inner
    marks = []
    for i, ((x, y), value) in enumerate(zip(points, values, strict=True)):
        if bars and value <= 0:
            continue
        tip = f"<title>step {i + 1}: {_number(value)}{escape(unit)}</title>"
        shape = (
            f'<rect x="{x - 5:.1f}" y="{y:.1f}" width="10" height="{base - y:.1f}" rx="2"'
            if bars
            else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"'
        )
        marks.append(f'{shape} data-step="{i}">{tip}</{"rect" if bars else "circle"}>')
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = "" if bars else f'<polyline points="{path}"/>'
    labels = (
        f'<text x="{_LEFT - 8}" y="{_TOP + 4}" text-anchor="end">{_number(top)}{escape(unit)}</text>'
        f'<text x="{_LEFT - 8}" y="{base + 4}" text-anchor="end">0</text>'
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 8}" y2="{base}"/>'
    )
    return (
        f'<figure class="tg-curve {css_class}"><figcaption>{escape(title)}</figcaption>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{labels}{line}{''.join(marks)}</svg></figure>"
    )


def share_bars(shares: Sequence[tuple[str, float]]) -> str:
    """Shares from 0 to 1 as bars with their names, in the order given."""
    rows = [
        f"<li><span>{escape(name)}</span>"
        f'<span class="tg-bar"><i style="width:{100 * min(max(share, 0), 1):.1f}%"></i></span>'
        f"<b>{100 * share:.1f} %</b></li>"
        for name, share in shares
    ]
    return f'<ul class="tg-bars">{"".join(rows)}</ul>'


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"
