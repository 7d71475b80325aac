"""Points and classes in a PNG: scatter plots in panels, and confusion matrices."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textgan.pictures.figures import figure_file

_WRITTEN_OUT = 30  # classes: of more, the numbers in a confusion matrix could not be read


def scatter(
    path: Path,
    groups: Mapping[str, npt.ArrayLike],
    labels: Mapping[str, npt.NDArray[np.int64]] | None = None,
    alike: Collection[str] = (),
    follow: bool = True,
) -> None:
    """Write a picture of points, a panel for each group.

    Args:
        path: of the file, which appears whole.
        groups: title of the panel -> points, (N, 2).
        labels: title -> class of each point, (N,), by which it is colored; groups without labels are of one color.
        alike: titles of panels of one scale.
        follow: a link, see `whole_file`.

    Raises:
        UserError: nothing can be written there.
    """
    with figure_file(path, 4 * len(groups), 4.2, follow) as figure:
        figure.set_layout_engine("constrained")
        first = None
        for place, (title, points) in enumerate(groups.items(), 1):
            like = first if title in alike else None
            x, axis = np.asarray(points), figure.add_subplot(1, len(groups), place, sharex=like, sharey=like)
            first = axis if first is None and title in alike else first
            colors = (labels or {}).get(title)
            axis.scatter(x[:, 0], x[:, 1], s=3, c=colors, cmap=None if colors is None else "tab20", linewidths=0)
            axis.set_title(title, fontsize=10)
            axis.set_aspect("equal", adjustable="box")
            axis.tick_params(labelsize=7)


def confusion(path: Path, counts: npt.NDArray[np.int64], names: Sequence[str]) -> None:
    """Write a picture of a confusion matrix: rows are true classes, columns predicted ones, colors shares of the row.

    Args:
        path: of the file, which appears whole.
        counts: (K, K).
        names: of the K classes.

    Raises:
        UserError: nothing can be written there.
    """
    k, shares = len(names), counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with figure_file(path, 1.6 + 0.55 * k, 1.2 + 0.5 * k) as figure:
        figure.set_layout_engine("constrained")
        axis = figure.add_subplot()
        axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        axis.set_xticks(range(k), names, rotation=45, ha="right", fontsize=8)
        axis.set_yticks(range(k), names, fontsize=8)
        axis.set_xlabel("predicted")
        axis.set_ylabel("true")
        if k <= _WRITTEN_OUT:
            for row, column in np.ndindex(k, k):
                ink = "white" if shares[row, column] > 0.5 else "black"
                axis.text(column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=7, color=ink)
