"""What is inside a space of codes: variances, norms and distances, real beside generated, so that collapse is seen."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.pictures.figures import GENERATED, REAL, figure_file, heading, heading_height, tidy

Matrix2D = npt.NDArray[np.floating[Any]]

_DEAD = 0.01  # of the mean variance: a dimension below it says next to nothing
_PAIRS = 400  # codes whose distances are compared
_BINS = 40


def spectrum(codes: Matrix2D) -> npt.NDArray[np.float64]:
    """Variances of codes (N, D) along their principal directions, the largest first: (D,)."""
    centered = codes - codes.mean(0, dtype=np.float64)
    values = np.linalg.eigvalsh(centered.T @ centered / max(len(codes) - 1, 1))[::-1]
    return np.maximum(values, 0.0)


def effective_dimensions(variances: npt.NDArray[np.float64]) -> float:
    """How many directions carry the variance: (sum v)^2 / sum v^2, 1 if a single one does, D if all do alike."""
    total = float(np.square(variances).sum())
    return float(variances.sum()) ** 2 / total if total > 0 else 0.0


def distances(codes: Matrix2D) -> npt.NDArray[np.float64]:
    """l2 distances of all pairs of the first 400 codes (N, D)."""
    some = codes[:_PAIRS].astype(np.float64)
    squares = np.square(some).sum(1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * some @ some.T, 0.0))
    found: npt.NDArray[np.float64] = apart[np.triu_indices(len(some), 1)]
    return found


def save_latents(path: Path, real: Matrix2D, sampled: Matrix2D, title: str = "", note: str = "") -> None:
    """Write four plots of codes into a file: spectrum, variance of each dimension, norms, distances.

    Args:
        path: of the file, which appears whole: a PNG, or what its suffix says.
        real: codes of real examples, (R, D).
        sampled: codes of samples, (S, D).
        title: above them.
        note: how they are read, below the title.

    Raises:
        UserError: nothing can be written there.
    """
    above = heading_height(title, note) + 0.15
    width, height = 9.0, 6.4 + above
    both = {"real": (real, REAL, "-"), "generated": (sampled, GENERATED, (0, (4, 1.5)))}
    with figure_file(path, width, height) as figure:
        heading(figure, title, note)
        axes = [
            figure.add_axes((left / width, bottom / height, 3.7 / width, 2.3 / height))
            for left, bottom in ((0.75, 3.75), (5.2, 3.75), (0.75, 0.5), (5.2, 0.5))
        ]
        for name, (codes, ink, dash) in both.items():
            variances, ordered = spectrum(codes), np.sort(codes.var(axis=0))[::-1]
            ranks = np.arange(1, len(variances) + 1)
            label = f"{name}: {effective_dimensions(variances):.1f} effective directions"
            axes[0].plot(ranks, variances, color=ink, linestyle=dash, label=label, linewidth=1.5)
            alive = f"{name}: {np.sum(ordered > _DEAD * ordered.mean())} of {len(ordered)} in use"
            axes[1].plot(ranks, ordered, color=ink, linestyle=dash, label=alive, linewidth=1.5)
        norms = [np.linalg.norm(codes, axis=1) for codes, _, _ in both.values()]
        for axis, values in ((axes[2], norms), (axes[3], [distances(codes) for codes, _, _ in both.values()])):
            _histograms(axis, dict(zip(both, values, strict=True)))
        _finish(axes)


def _histograms(axis: Any, groups: dict[str, npt.NDArray[Any]]) -> None:
    everything = np.concatenate(list(groups.values())) if groups else np.zeros(1)
    low, high = (float(everything.min()), float(everything.max())) if len(everything) else (0.0, 1.0)
    room = max(high - low, 0.05 * max(abs(high), 1e-6))  # of norms that are all alike
    middle = (low + high) / 2
    bins = np.linspace(middle - 0.55 * room, middle + 0.55 * room, _BINS + 1).tolist()
    for (name, values), ink in zip(groups.items(), (REAL, GENERATED), strict=True):
        shares = np.full(len(values), 1 / max(len(values), 1))
        label = f"{name}: mean {values.mean():.3g}" if len(values) else name
        filled = {"histtype": "stepfilled", "alpha": 0.35, "linewidth": 0}
        axis.hist(values, bins, weights=shares, color=ink, label=label, **filled)
        axis.hist(values, bins, weights=shares, color=ink, histtype="step", linewidth=1.2)


def _finish(axes: list[Any]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    titles = {
        "variance along principal directions": ("direction, by its variance", "variance"),
        "variance of each dimension of the code": ("dimension, by its variance", "variance"),
        "length of codes": ("l2 norm", "share of codes"),
        "distances between codes": ("l2 distance of two codes", "share of pairs"),
    }
    for axis, (title, (x, y)) in zip(axes, titles.items(), strict=True):
        axis.set_title(title, fontsize=9.5, loc="left")
        axis.set_xlabel(x, fontsize=8)
        axis.set_ylabel(y, fontsize=8)
        axis.legend(fontsize=8, frameon=False, loc="best")
        tidy(axis)
    for axis in axes[:2]:
        if any(np.asarray(line.get_ydata()).max() > 0 for line in axis.lines):
            axis.set_yscale("log")
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.yaxis.set_minor_formatter(NullFormatter())
