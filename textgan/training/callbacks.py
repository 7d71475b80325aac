"""What a program hears of a run that it trains."""

from collections.abc import Mapping
from pathlib import Path


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
