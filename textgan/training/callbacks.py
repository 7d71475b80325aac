"""What happens between the rounds of a run: its validation, and the callbacks of a program."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple


class Validation(NamedTuple):
    """What is looked at during training; the trainer knows neither metrics nor sentences nor images.

    Args:
        evaluate: measurements of the model on validation data.
        sample: writes what the model makes into a folder, as files named after the round.
        best_by: the measurement, lower is better, whose best model is kept; None: none is.
        best_from: the round before which no model counts, such as one whose classifier has not learned yet.
        findings: what these measurements, after so many rounds, say is wrong with the model, a line each.
        real: the same measurements of real data, as far as they say something.
    """

    evaluate: Callable[[], dict[str, float]]
    sample: Callable[[Path, int], None]
    best_by: str | None = None
    best_from: int = 0
    findings: Callable[[Mapping[str, float], int], list[str]] = lambda metrics, number: []
    real: Callable[[], Mapping[str, float]] = dict


class Callback:
    """Called while a run is trained, on the main process: override what is wanted.

    An exception that a method raises ends the run; the last checkpoint stays.
    """

    def on_round(self, number: int) -> None:
        """After round `number`, counted from 1 over all starts of the run."""

    def on_metrics(self, number: int, metrics: Mapping[str, float]) -> None:
        """After a line of metrics.jsonl was written: measurements by name, after round `number`."""

    def on_checkpoint(self, number: int, folder: Path) -> None:
        """After the run in `folder` was saved at round `number`."""
