"""Figures of matplotlib as files or as SVG in a page, and the look that all of them share."""

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from textgan.files import whole_file

logger = logging.getLogger("textgan")

FIGURE_SUFFIXES = (".png", ".svg", ".pdf")
"""Of the files that a figure is written to; where none is named, it is a PNG."""

FIGURE_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Of curves and points: apart for color-blind eyes too (Okabe and Ito 2008), on white and on black."""

REAL, GENERATED = FIGURE_COLORS[:2]
"""What is of the data is blue and what is of the model orange, in every picture."""

MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
"""Of points, as there are more classes than colors that all eyes tell apart."""

INK, SOFT_INK, BACKGROUND = "#1c1d20", "#656a73", "#ffffff"
_PAGE_INK = "#010203"  # replaced by the color of the page's text, light or dark
_DPI = 110
_OTHER_SCRIPTS = (
    *(
        "Noto Sans CJK SC",
        "Noto Sans CJK JP",
        "WenQuanYi Micro Hei",
        "PingFang SC",
        "Hiragino Sans",
        "Arial Unicode MS",
    ),
    *("Noto Sans Devanagari", "Noto Sans Arabic", "Noto Sans Thai", "Noto Sans Hebrew"),
)


def color(number: int) -> str:
    """Of the curve of that number, counted from 0."""
    return FIGURE_COLORS[number % len(FIGURE_COLORS)]


@contextmanager
def figure_file(path: Path, width: float, height: float, follow: bool = True) -> Iterator[Any]:
    """A figure to draw on, written when the block ends; the same drawing gives the same bytes.

    Args:
        path: of the file, which appears whole: a PNG, or what its suffix says, see `FIGURE_SUFFIXES`.
        width: inches.
        height: inches.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    suffix = path.suffix.lower()
    with matplotlib.rc_context(_settings("path")), warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        figure = Figure(figsize=(width, height), facecolor=BACKGROUND)
        FigureCanvasAgg(figure)
        yield figure
        with whole_file(path, follow) as aside:
            kept = {".svg": ("Date", "Creator"), ".pdf": ("CreationDate", "Creator", "Producer")}.get(suffix, ())
            format_ = suffix[1:] if suffix in FIGURE_SUFFIXES else "png"
            figure.savefig(aside, format=format_, dpi=_DPI, facecolor=BACKGROUND, metadata=dict.fromkeys(kept) or None)
    missing = len({text for text in (str(warning.message) for warning in found) if "missing from font" in text})
    if missing:
        logger.warning(
            "%d characters are in no font here and stand as boxes in %s: install a font of theirs", missing, path
        )


def svg(title: str, size: tuple[float, float], draw: Callable[[Any], None], prefix: str) -> str:
    """A figure as an svg element whose text has the color of the page's, with ids that begin with `prefix`.

    Args:
        title: what it is, for those who hear the page.
        size: width and height, inches.
        draw: on the figure, in `INK` and on no background.
        prefix: another for each plot of a page.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    written = io.StringIO()
    with matplotlib.rc_context(_settings("none")):
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_alpha(0)
        draw(figure)
        FigureCanvasSVG(figure).print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = written.getvalue()
    text = re.sub(r"<(metadata|style)\b.*?</\1>|<!--.*?-->", "", text[text.index("<svg") :].strip(), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", lambda tag: _embedded(tag[0], prefix), text)
    return text.replace("<svg", f'<svg role="img" aria-label="{escape(title)}"', 1)


def _settings(font: str) -> Any:
    """Without mathematics in text: a dollar in a name is a dollar; with fonts of other scripts, where they are here."""
    return {"svg.hashsalt": "textgan", "svg.fonttype": font, "text.parse_math": False, "font.family": [*_fonts()]}


@cache
def _fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import fontManager

    here = {entry.name for entry in fontManager.ttflist}
    return "DejaVu Sans", *(name for name in _OTHER_SCRIPTS if name in here)


def text_width(text: str, points: float, bold: bool = False) -> float:
    """Inches of a text in a figure."""
    import matplotlib
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    with matplotlib.rc_context(_settings("path")), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # characters of no font are counted when the figure is drawn
        font = FontProperties(size=points, weight="bold" if bold else "normal")
        return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) / 72


def _embedded(tag: str, prefix: str) -> str:
    """A tag of a plot that may stand beside others in one page."""
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}", tag).replace(_PAGE_INK, "currentColor")


def tidy(axis: Any, page: bool = False, grid: bool = True) -> None:
    """The axes of a plot: no frame, a faint grid, small numbers.

    Args:
        axis: of matplotlib.
        page: whether the text is to have the color of the page around it, see `svg`.
        grid: whether there is one.
    """
    ink = _PAGE_INK if page else INK
    axis.patch.set_alpha(0)
    if grid:
        axis.grid(alpha=0.25, linewidth=0.6)
    axis.tick_params(which="both", colors=ink, labelsize=9 if page else 8)
    for name, spine in axis.spines.items():
        spine.set_visible(name in ("left", "bottom"))
        spine.set_color(ink)
    for text in (axis.xaxis.label, axis.yaxis.label, axis.title):
        text.set_color(ink)


def heading_height(title: str, note: str) -> float:
    """Inches that a title and a note take at the top of a figure."""
    return 0.32 * bool(title) + 0.19 * (note.count("\n") + 1) * bool(note)


def heading(figure: Any, title: str, note: str = "", size: float = 12) -> float:
    """A title at the upper left of a figure, and a note below it in small letters.

    Returns:
        How much of the height is left below them, 0 to 1.
    """
    height = figure.get_size_inches()[1]
    left, top = 0.12 / figure.get_size_inches()[0], 1 - 0.1 / height
    for text, points, ink in ((title, size, INK), (note, 8.5, SOFT_INK)):
        if text:
            figure.text(left, top, text, fontsize=points, color=ink, ha="left", va="top")
            top -= (text.count("\n") + 1) * points * 1.35 / 72 / height
    return float(top - 0.06 / height)
