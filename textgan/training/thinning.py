"""What a run writes about itself stays small however long it is: the middle of it becomes sparser."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SAMPLES = 100
"""Rounds whose samples are kept: half of them the first, half the last."""

LINES = 20_000
"""Most lines of metrics.jsonl, of which the last quarter is whole."""

_ROUND = re.compile(r"round-([0-9]{8,18})\b")
_LOOK = ("valid.", "samples.")


def thin_samples(folder: Path, kept: int = SAMPLES) -> None:
    """Remove the samples of all rounds but the first and the last ones; files of other names stay."""
    rounds = defaultdict(list)
    for path in folder.iterdir():
        if match := _ROUND.match(path.name):
            rounds[int(match[1])].append(path)
    for number in sorted(rounds)[kept // 2 : len(rounds) - kept // 2]:
        for path in rounds[number]:
            path.unlink(missing_ok=True)


def thinned(lines: Sequence[dict[str, Any]], most: int = LINES) -> list[dict[str, Any]]:
    """At most so many measurements: every second of the older ones, those of looks at validation data last.

    Args:
        lines: of metrics.jsonl.
        most: 4 or more.
    """
    old, new = list(lines[: -(most // 4)]), lines[-(most // 4) :]
    while len(old) + len(new) > most:
        plain = [line for line in old if not any(name.startswith(_LOOK) for name in line)]
        dropped = {id(line) for line in (plain if len(plain) > most // 8 else old)[1::2]}
        old = [line for line in old if id(line) not in dropped]
    return [*old, *new]
