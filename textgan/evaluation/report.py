"""What measurements of any model come in."""

from typing import NamedTuple

import numpy as np

Numbers = dict[str, float]


class Report(NamedTuple):
    """What was measured.

    Args:
        numbers: metric -> value.
        real: metric -> the same of real data, where that says something.
        notes: what the numbers depend on: sizes, seed, signatures.
    """

    numbers: Numbers
    real: Numbers
    notes: dict[str, str]


def spread(n: int, limit: int | None) -> np.ndarray:
    """At most `limit` of n places, evenly spread: data is often sorted, by label or by image."""
    kept = n if limit is None else min(limit, n)
    return np.arange(kept) * n // max(kept, 1)
