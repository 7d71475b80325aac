"""What a run says of itself: metrics.jsonl, TensorBoard, curves.png."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textgan.thinning import LINES, thinned


class RunLog:
    """The measurements of a run, one JSON object a line.

    Args:
        folder: the run folder.
        last_round: lines after this round are dropped: a resumed run plays those rounds again.
        tensorboard: whether to write event files too.

    Raises:
        UserError: TensorBoard is asked for and not installed.
    """

    def __init__(self, folder: Path, last_round: int = 0, tensorboard: bool = False) -> None:
        self.folder, self.path = folder, folder / "metrics.jsonl"
        kept = [line for line in read_log(folder) if line["round"] <= last_round]
        self._replace(kept)
        self.writer = _tensorboard(folder, last_round) if tensorboard else None

    def write(self, number: int, metrics: Mapping[str, float], findings: Sequence[str] = ()) -> None:
        """Add the measurements of a round, and what they say is wrong with the model."""
        said = {"findings": list(findings)} if findings else {}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"round": number} | dict(metrics) | said) + "\n")
        self._count += 1
        if self._count > LINES:
            self._replace(thinned(read_log(self.folder), LINES // 2))
        if self.writer is not None:
            for name, value in metrics.items():
                self.writer.add_scalar(name.replace(".", "/"), value, number)

    def _replace(self, lines: Sequence[Mapping[str, Any]]) -> None:
        aside = self.path.with_suffix(".new")
        aside.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        os.replace(aside, self.path)
        self._count = len(lines)

    def draw(self) -> None:
        """Draw curves.png anew."""
        draw_curves(self.folder)

    def close(self) -> None:
        """Draw the curves a last time and close the event file."""
        self.draw()
        if self.writer is not None:
            self.writer.close()


def _tensorboard(folder: Path, last_round: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        from textgan.errors import UserError

        raise UserError('tensorboard is not installed; run pip install "textgan[tensorboard]"') from error
    return SummaryWriter(str(folder / "tensorboard"), purge_step=last_round + 1)


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The measurements in a run's metrics.jsonl, a dictionary a line, without findings; see `read_log`."""
    return [{k: v for k, v in line.items() if k != "findings"} for line in read_log(folder)]


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's metrics.jsonl as they stand; a last line that a crash cut short is left out."""
    path = folder / "metrics.jsonl"
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines


def draw_curves(folder: Path) -> None:
    """Draw every measurement of a run over its rounds into curves.png, a small panel each."""
    lines = read_metrics(folder)
    names = [n for n in dict.fromkeys(k for line in lines for k in line) if n not in ("round", "seconds")]
    if not names:
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    columns = min(3, len(names))
    rows = math.ceil(len(names) / columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.2 * columns, 2.6 * rows), squeeze=False, layout="constrained")
    for axis, name in zip(axes.flat, names, strict=False):
        points = [(line["round"], line[name]) for line in lines if name in line]
        axis.plot(*zip(*points, strict=True), marker="." if len(points) < 30 else "", linewidth=1.2)
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    figure.supxlabel("round", fontsize=9)
    aside = folder / ".curves.new.png"
    figure.savefig(aside, dpi=110)
    plt.close(figure)
    os.replace(aside, folder / "curves.png")
