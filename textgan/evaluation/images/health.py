"""Whether a model of images makes different ones."""

from collections.abc import Mapping

_VARIANCE = 0.25  # of real images; the means of pixels that a decoder gives vary less than binary pixels do


def findings(metrics: Mapping[str, float]) -> list[str]:
    """What the numbers of a look, by the names of metrics.jsonl, say is wrong; a line each."""
    made, real = metrics.get("samples.variance"), metrics.get("samples.variance_real")
    if made is None or real is None or made >= _VARIANCE * real:
        return []
    return [
        f"samples vary {made / real:.2g} times as much as real images (sum of the variances of pixels {made:.3g} for "
        f"{real:.3g}): the model has collapsed or has not learned yet; train longer (--minutes)"
    ]
