"""A map of codes: real ones and those of samples in a plane, and the real ones by their labels."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.pictures.figures import (
    BACKGROUND,
    FIGURE_COLORS,
    GENERATED,
    INK,
    MARKERS,
    REAL,
    SOFT_INK,
    color,
    figure_file,
    heading,
    tidy,
)

_SIDE, _LEGEND = 4.4, 1.5  # of a panel and of the names of labels beside it, inches
_CLASSES = 20  # that have a mark of their own
_LANDMARKS = 8  # sentences that are written out below the map
_LINE = 0.19  # of a sentence, inches


class MapPicture(NamedTuple):
    """What there is to draw.

    Args:
        real: points of real examples, (R, 2).
        sampled: points of samples, (S, 2).
        shares: of the variance of the real codes that each axis holds; (0, 0) where axes say nothing.
        labels: label of each real example, (R,); "" where it is not known; none where there are no labels.
        texts: sentence of each real example, (R,), of which some are written out; none where there are no sentences.
        examples: what they are, such as sentences.
    """

    real: npt.NDArray[np.float32]
    sampled: npt.NDArray[np.float32]
    shares: tuple[float, float]
    labels: Sequence[str] = ()
    texts: Sequence[str] = ()
    examples: str = "sentences"

    @property
    def names(self) -> list[str]:
        """The labels that there are."""
        names = {label for label in self.labels if label}
        return sorted(names, key=lambda name: (int(name), "") if name.isdecimal() else (math.inf, name))


def save_map(path: Path, picture: MapPicture, title: str = "", note: str = "", follow: bool = True) -> None:
    """Write a map into a file, a PNG or what its suffix says.

    Args:
        path: of the file, which appears whole.
        picture: what there is to draw.
        title: above it.
        note: how it is read, below the title.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    panels = 2 if picture.names else 1
    landmarks = _landmarks(picture.real) if picture.texts else []
    rows = -(-len(landmarks) // panels)
    above = 0.35 * bool(title) + 0.19 * (note.count("\n") + 1) * bool(note) + 0.1
    below = _LINE * rows + 0.2 * bool(landmarks)
    width, height = _SIDE * panels + (_LEGEND if picture.names else 0.15), _SIDE + 0.12 + above + below
    with figure_file(path, width, height, follow) as figure:
        heading(figure, title, note)
        for panel in range(panels):
            # Fixed margins, in inches: to fit them takes matplotlib as long as to draw.
            place = (
                (_SIDE * panel + 0.55) / width,
                (below + 0.5) / height,
                (_SIDE - 0.7) / width,
                (_SIDE - 0.5) / height,
            )
            axis = figure.add_axes(place)
            if panel == 0:
                draw_cloud(axis, picture)
                for number, row in enumerate(landmarks, 1):
                    _mark(axis, picture.real[row], number)
            else:
                _draw_labels(axis, picture)
        _write_out(figure, [picture.texts[row] for row in landmarks], panels, below)


def draw_cloud(axis: Any, picture: MapPicture, page: bool = False) -> None:
    """The samples over the real examples: where the one cloud leaves the other free is what the model lacks.

    Args:
        axis: of matplotlib.
        picture: what there is to draw.
        page: see `tidy`; then the page has the legend.
    """
    for name, points, ink, marker in cloud_legend(picture):
        axis.scatter(*points.T, s=7, c=ink, marker=marker, linewidths=0, alpha=0.6, label=name, rasterized=not page)
    _plain_axes(axis, picture, page)
    if not page:
        _legend(axis, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=2, columnspacing=1.2)


def cloud_legend(picture: MapPicture) -> list[tuple[str, npt.NDArray[np.float32], str, str]]:
    """Name, points, color and mark of the two clouds."""
    real, sampled = f"{len(picture.real):,} real {picture.examples}", f"{len(picture.sampled):,} samples"
    return [(real, picture.real, REAL, "o"), (sampled, picture.sampled, GENERATED, "^")]


def _draw_labels(axis: Any, picture: MapPicture) -> None:
    labels, names = np.array(picture.labels), picture.names
    listed, others = names[:_CLASSES], names[_CLASSES:]
    rest = np.isin(labels, [*others, ""])
    if rest.any():
        name = f"{len(others)} other labels" if others else "label not known"
        axis.scatter(*picture.real[rest].T, s=5, c=SOFT_INK, linewidths=0, alpha=0.4, label=name, rasterized=True)
    for i, name in enumerate(listed):
        marker = MARKERS[(i // len(FIGURE_COLORS) + i) % len(MARKERS)]
        points = picture.real[labels == name].T
        short = textwrap.shorten(name, 20, placeholder=" ...") if " " in name else name[:20]
        axis.scatter(*points, s=9, c=color(i), marker=marker, linewidths=0, alpha=0.75, label=short, rasterized=True)
    _plain_axes(axis, picture, False)
    axis.set_ylabel("")
    _legend(axis, loc="upper left", bbox_to_anchor=(1.0, 1.02), ncols=1, labelspacing=0.35)
    axis.set_title(f"real {picture.examples} by label", fontsize=8.5, loc="left", color=INK)


def _plain_axes(axis: Any, picture: MapPicture, page: bool) -> None:
    """One scale in both directions, and what the directions are; numbers would say nothing, and cost half the time."""
    axis.set_aspect("equal", adjustable="datalim")
    tidy(axis, page, grid=False)
    axis.set(xticks=[], yticks=[])
    size = 9 if page else 8
    if any(picture.shares):
        for side, share, which in zip((axis.xaxis, axis.yaxis), picture.shares, ("first", "second"), strict=True):
            side.set_label_text(f"{which} principal direction, {100 * share:.0f} % of the variance", fontsize=size)


def _legend(axis: Any, **where: Any) -> None:
    legend = axis.legend(fontsize=8.5, frameon=False, handletextpad=0.1, borderaxespad=0.1, labelcolor=INK, **where)
    for handle in legend.legend_handles:
        handle.set_sizes([28])
        handle.set_alpha(1)


def _landmarks(points: npt.NDArray[np.float32]) -> list[int]:
    """Rows of some points (N, 2) that lie far from each other, from left to right; those far outside are none."""
    if len(points) < _LANDMARKS:
        return []
    low, high = np.percentile(points, [1.5, 98.5], axis=0)
    inside = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
    if len(inside) < _LANDMARKS:
        return []
    chosen = [int(np.linalg.norm(points[inside] - points.mean(0), axis=1).argmin())]
    apart = np.full(len(inside), np.inf)
    while len(chosen) < _LANDMARKS:
        apart = np.minimum(apart, np.linalg.norm(points[inside] - points[inside[chosen[-1]]], axis=1))
        chosen.append(int(apart.argmax()))
    return [int(row) for row in sorted(inside[chosen], key=lambda row: points[row, 0])]


def _mark(axis: Any, point: npt.NDArray[np.float32], number: int) -> None:
    axis.scatter(*point[:, None], s=95, c=BACKGROUND, edgecolors=INK, linewidths=0.9, zorder=5)
    axis.text(*point, str(number), fontsize=7.5, color=INK, ha="center", va="center_baseline", zorder=6)


def _write_out(figure: Any, sentences: Sequence[str], columns: int, below: float) -> None:
    """The numbered sentences below the map."""
    width, height = figure.get_size_inches()
    rows = -(-len(sentences) // columns)
    for i, sentence in enumerate(sentences):
        column, row = divmod(i, rows)
        x, y = (0.2 + column * (width - 0.2) / columns) / width, (below - _LINE * row - 0.1) / height
        most = int((width - 0.5) / columns * 14.5)  # characters that fit
        shortened = sentence if len(sentence) <= most else sentence[: most - 4].rstrip() + " ..."
        figure.text(x, y, f"{i + 1}", fontsize=8, color=SOFT_INK, ha="left", va="top")
        figure.text(x + 0.22 / width, y, shortened, fontsize=8, color=INK, ha="left", va="top")
