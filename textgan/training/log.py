"""What a run writes of itself: metrics.jsonl, TensorBoard, curves.png, samples.

However long it is, that stays small: the middle becomes sparser.
"""

import json
import logging
import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from textgan.files import open_to_append, read_file, whole_file
from textgan.pictures.curves import save_curves
from textgan.training.panels import log_panels

logger = logging.getLogger("textgan")

MOST_SAMPLES = 100
"""Rounds whose samples are kept: half of them the first, half the last."""

MOST_LOG_LINES = 20_000
"""Most lines of metrics.jsonl, of which the last quarter is whole."""

_ROUND = re.compile(r"round-([0-9]{8,18})\b")
_VALIDATION = ("valid.", "samples.")
_MOST = 1 << 32  # bytes of metrics.jsonl


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
        self._count, self._written = 0, False
        lines = _lines(folder)
        if bad := sum(line is None for _, line in lines):
            logger.warning("%d lines of %s are no measurements; they stay, and are not read", bad, self.path)
        self._replace([(text, line) for text, line in lines if line is None or line["round"] <= last_round])
        self.writer = _tensorboard(folder, last_round) if tensorboard else None

    def write(self, number: int, metrics: Mapping[str, float], findings: Sequence[str] = ()) -> None:
        """Add the measurements of a round, and what they say is wrong with the model."""
        said = {"findings": list(findings)} if findings else {}
        with open_to_append(self.path) as file:
            file.write(json.dumps({"round": number} | dict(metrics) | said) + "\n")
        self._count, self._written = self._count + 1, True
        if self._count > MOST_LOG_LINES:
            lines = _lines(self.folder)
            kept = {id(line) for line in thinned([line for _, line in lines if line is not None], MOST_LOG_LINES // 2)}
            self._replace([(text, line) for text, line in lines if line is None or id(line) in kept])
        if self.writer is not None:
            for name, value in metrics.items():
                self.writer.add_scalar(name.replace(".", "/"), value, number)

    def _replace(self, lines: Sequence[tuple[bytes, Any]]) -> None:
        with whole_file(self.path, follow=False) as aside:
            aside.write_bytes(b"".join(text + b"\n" for text, _ in lines))
        self._count = len(lines)
        self._written = True

    def draw(self) -> None:
        """Draw curves.png anew, if there is something new to draw."""
        if self._written:
            draw_curves(self.folder)
            self._written = False

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


def log_folder(folder: Path) -> Path | None:
    """The run folder whose log is that of a run, or of the best model in it; None: there is no log."""
    places = (folder, folder.parent) if folder.name == "best" else (folder,)
    return next((place for place in places if os.path.lexists(place / "metrics.jsonl")), None)


def read_metrics(folder: Path) -> list[dict[str, float]]:
    """The measurements in a run's metrics.jsonl, a dictionary a line, without findings; see `read_log`."""
    return [{k: v for k, v in line.items() if _is_number(v)} for line in read_log(folder)]


def read_log(folder: Path) -> list[dict[str, Any]]:
    """The lines of a run's metrics.jsonl as they stand, but what is no measurement, as a line that a crash cut short.

    Raises:
        UserError: it is no file, or cannot be read.
    """
    return [line for _, line in _lines(folder) if line is not None]


def _lines(folder: Path) -> list[tuple[bytes, dict[str, Any] | None]]:
    """The lines of metrics.jsonl, and what they say: None, nothing. A last line that was cut is left out."""
    path = folder / "metrics.jsonl"
    if not os.path.lexists(path):
        return []
    *ended, last = read_file(path, "the measurements of a run", _MOST).split(b"\n")
    found = [(text, _parsed(text)) for text in ended]
    return [*found, (last, line)] if (line := _parsed(last)) else found


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    known = isinstance(line, dict) and type(line.get("round")) is int and 0 <= line["round"] < 1 << 53
    return line if known else None


def _is_number(value: Any) -> bool:
    return type(value) is float or (type(value) is int and abs(value) < 1 << 53)


def draw_curves(folder: Path) -> None:
    """Draw the measurements of a run over its rounds into curves.png, see `textgan.training.panels`."""
    if panels := log_panels(read_metrics(folder)):
        save_curves(folder / "curves.png", panels, follow=False)


def sampled_rounds(folder: Path) -> list[int]:
    """Rounds whose samples a run folder holds, in order."""
    samples = folder / "samples"
    found = (_ROUND.match(path.name) for path in samples.iterdir()) if samples.is_dir() else ()
    return sorted({int(match[1]) for match in found if match})


def thin_samples(folder: Path, kept: int = MOST_SAMPLES) -> None:
    """Remove the samples of all rounds but the first and the last ones; files of other names stay."""
    rounds = defaultdict(list)
    for path in folder.iterdir():
        if match := _ROUND.match(path.name):
            rounds[int(match[1])].append(path)
    for number in sorted(rounds)[kept // 2 : len(rounds) - kept // 2]:
        for path in rounds[number]:
            path.unlink(missing_ok=True)


def thinned(lines: Sequence[dict[str, Any]], most: int = MOST_LOG_LINES) -> list[dict[str, Any]]:
    """At most so many measurements: every second of the older ones, those of validations last.

    Args:
        lines: of metrics.jsonl.
        most: 4 or more.
    """
    old, new = list(lines[: -(most // 4)]), lines[-(most // 4) :]
    while len(old) + len(new) > most:
        plain = [line for line in old if not any(name.startswith(_VALIDATION) for name in line)]
        dropped = {id(line) for line in (plain if len(plain) > most // 8 else old)[1::2]}
        old = [line for line in old if id(line) not in dropped]
    return [*old, *new]
