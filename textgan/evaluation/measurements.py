"""Measurements in groups that can be asked for by name, and the report that they add up to; of text and of images."""

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from textgan.errors import UserError

Metrics = dict[str, float]

_Subject = TypeVar("_Subject")


class Report(NamedTuple):
    """What was measured.

    Args:
        metrics: name -> value.
        real: name -> the same of real data, where that says something.
        notes: what the metrics depend on: sizes, seed, signatures.
    """

    metrics: Metrics
    real: Metrics
    notes: dict[str, str]

    def __or__(self, other: "Report") -> "Report":
        """Both together."""
        return Report(self.metrics | other.metrics, self.real | other.real, self.notes | other.notes)


class Group(NamedTuple, Generic[_Subject]):
    """Measurements that are made together.

    Args:
        fits: whether they make sense for this model and data.
        measure: makes them.
        usual: whether they are made unless others are asked for: not where they take minutes.
    """

    fits: Callable[[_Subject], bool]
    measure: Callable[[_Subject], Report]
    usual: bool = True


def choose(
    groups: Mapping[str, Group[_Subject]], subject: _Subject, names: Sequence[str] | None, data: str
) -> list[str]:
    """The groups to measure, in their own order.

    Args:
        groups: all there are, by name.
        subject: what is measured.
        names: those that are asked for; None: the usual ones that fit.
        data: name of the data, for the error message.

    Raises:
        UserError: an unknown group, or one that makes no sense for the subject.
    """
    for name in names or ():
        if name not in groups:
            raise UserError(f"metrics {name!r} is not known; expected some of {', '.join(groups)}")
    fitting = [name for name, group in groups.items() if group.fits(subject)]
    for name in names or ():
        if name not in fitting:
            raise UserError(f"metrics {name!r} does not fit {data}; expected some of {', '.join(fitting)}")
    return [name for name in fitting if (groups[name].usual if names is None else name in names)]


def measure(
    groups: Mapping[str, Group[_Subject]],
    subject: _Subject,
    names: Sequence[str],
    notes: Mapping[str, str],
    on_group: Callable[[Report], None],
) -> Report:
    """The report of some groups, measured one after the other.

    Args:
        groups: all there are, by name.
        subject: what is measured.
        names: of `choose`.
        notes: what all numbers depend on.
        on_group: called with the measurements of each group as soon as they are known.
    """
    report = Report({}, {}, dict(notes))
    for name in names:
        group = groups[name].measure(subject)
        on_group(group)
        report |= group
    return report


def spread(n: int, limit: int | None) -> np.ndarray:
    """At most `limit` of n places, evenly spread: data is often sorted, by label or by image."""
    kept = n if limit is None else min(limit, n)
    return np.arange(kept) * n // max(kept, 1)
