"""Gradients as pictures: sentences line by line with what changed, images in rows, points on a plane."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.pictures.figures import INK, SOFT_INK, color, figure_file, heading, heading_height, text_width, tidy
from textgan.pictures.grids import grid
from textgan.pictures.reading import Pixels

_POINTS = 10.5  # size of the letters of a sentence
_LINE, _BETWEEN, _LEFT = 0.29, 0.25, 0.5  # inches: of a sentence, between gradients, before a sentence
_NARROW, _WIDE = 6.0, 16.0  # inches of a picture
_TINT, _MARKED = "#fbe3d4", "#8f3d00"  # around new words, and of their letters


class WordChange(NamedTuple):
    """Words side by side in a sentence that share one fate.

    Args:
        words: with spaces between them.
        change: whether the sentence before has them too, lacks them, or had them where this one does not.
    """

    words: str
    change: Literal["same", "new", "gone"]


def word_changes(before: str, after: str) -> list[WordChange]:
    """The words of `after`, and those of `before` that it lost, in the order of reading."""
    old, new = before.split(), after.split()
    found = []
    for operation, i, j, k, m in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "delete":
            found.append(WordChange(" ".join(old[i:j]), "gone"))
        else:
            found.append(WordChange(" ".join(new[k:m]), "same" if operation == "equal" else "new"))
    return found


def save_sentence_paths(
    path: Path, gradients: Sequence[Sequence[str]], title: str = "", note: str = "", follow: bool = True
) -> None:
    """Write gradients of sentences into a file: new words are marked, words that went are struck through.

    Args:
        path: of the file, which appears whole: a PNG, or what its suffix says.
        gradients: the sentences of each, from one end to the other.
        title: above them.
        note: how they are read, below the title.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    lines = [_parts(gradient, number) for gradient in gradients for number in range(len(gradient))]
    longest = max((sum(_width(part) for part in line) for line in lines), default=0.0)
    width = min(max(longest + _LEFT + 0.3, _NARROW), _WIDE)
    above = heading_height(title, note) + 0.12
    height = above + _LINE * len(lines) + _BETWEEN * max(len(gradients) - 1, 0) + 0.15
    with figure_file(path, width, height, follow) as figure:
        heading(figure, title, note)
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, width), ylim=(height, 0))
        axis.axis("off")
        y, waiting = above, iter(lines)
        for gradient in gradients:
            for number in range(1, len(gradient) + 1):
                axis.text(_LEFT - 0.15, y + _LINE / 2, f"{number}", fontsize=8, color=SOFT_INK, ha="right", va="center")
                _write(axis, next(waiting), y + _LINE / 2)
                y += _LINE
            y += _BETWEEN


def _parts(gradient: Sequence[str], number: int) -> list[WordChange]:
    if number == 0:
        return [WordChange(gradient[0] or "(empty)", "same")]
    return word_changes(gradient[number - 1], gradient[number]) or [WordChange("(empty)", "same")]


def _write(axis: Any, line: Sequence[WordChange], y: float) -> None:
    x = _LEFT
    for part in line:
        length = _width(part, gap=False)
        if part.change == "new":
            box = {"boxstyle": "round,pad=0.18", "facecolor": _TINT, "edgecolor": "none"}
            style = {"color": _MARKED, "weight": "bold", "bbox": box}
            axis.text(x, y, part.words, fontsize=_POINTS, va="center_baseline", **style)
        else:
            ink = INK if part.change == "same" else SOFT_INK
            axis.text(x, y, part.words, fontsize=_POINTS, color=ink, va="center_baseline")
        if part.change == "gone":
            axis.plot((x, x + length), (y, y), color=SOFT_INK, linewidth=0.9)
        x += _width(part)


def _width(part: WordChange, gap: bool = True) -> float:
    """Inches of words, and of the gap behind them."""
    return text_width(part.words, _POINTS, part.change == "new") + (0.1 if gap else 0.0)


def save_image_paths(
    path: Path,
    first: Pixels,
    paths: Pixels,
    last: Pixels,
    title: str = "",
    note: str = "",
) -> None:
    """Write interpolations of images, a row each: a real image, the way from its code to another's, that real image.

    Args:
        path: of the file, which appears whole: a PNG, or what its suffix says.
        first: real images where the rows begin, (P, C, H, W).
        paths: what lies between them, (P, steps, C, H, W).
        last: real images where the rows end, (P, C, H, W).
        title: above them.
        note: how they are read, below the title.

    Raises:
        UserError: images that are neither grey nor color; nothing can be written there.
    """
    steps = paths.shape[1]
    sheets = [grid(x, columns) for x, columns in ((first, 1), (paths.reshape(-1, *first.shape[1:]), steps), (last, 1))]
    shares = [sheet.shape[1] for sheet in sheets]
    inches = min(9.0, 0.62 * (steps + 2)) / sum(shares)
    above = heading_height(title, note) + 0.15
    width, height = inches * sum(shares) + 0.6, inches * sheets[0].shape[0] + above + 0.4
    with figure_file(path, width, height) as figure:
        heading(figure, title, note)
        left = 0.15
        for sheet, name in zip(sheets, ("real", "from the code of the one to that of the other", "real"), strict=True):
            high, wide = sheet.shape[:2]
            place = left / width, 0.12 / height, wide * inches / width, high * inches / height
            axis = figure.add_axes(place)
            axis.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="nearest", aspect="auto")
            axis.axis("off")
            axis.set_title(name, fontsize=8, color=SOFT_INK, pad=3)
            left += wide * inches + 0.15


def save_point_paths(
    path: Path, real: npt.NDArray[np.float32], paths: npt.NDArray[np.float32], title: str = "", note: str = ""
) -> None:
    """Write interpolations of points over the real ones; of more dimensions the first two.

    Args:
        path: of the file, which appears whole: a PNG, or what its suffix says.
        real: points, (N, D), D 2 or more.
        paths: (P, steps, D).
        title: above them.
        note: how they are read, below the title.

    Raises:
        UserError: nothing can be written there.
    """
    above = heading_height(title, note) + 0.15
    width, height = 6.0, 5.4 + above
    with figure_file(path, width, height) as figure:
        heading(figure, title, note)
        axis = figure.add_axes((0.55 / width, 0.45 / height, (width - 0.75) / width, 4.9 / height))
        axis.scatter(*real[:, :2].T, s=5, c=SOFT_INK, alpha=0.35, linewidths=0, rasterized=True)
        for number, points in enumerate(paths):
            axis.plot(*points[:, :2].T, "o-", color=color(number), markersize=3.5, linewidth=1.2)
        axis.set_aspect("equal", adjustable="datalim")
        tidy(axis)
