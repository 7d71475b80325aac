"""The log of a run as plots: what belongs together in one, train beside validation, with titles in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from textgan.pictures.curves import Curve, Curves

_NOT_PLOTTED = ("round", "seconds")


class Panel(NamedTuple):
    """Measurements of metrics.jsonl that share a plot.

    Args:
        title: what they are.
        unit: of the vertical axis.
        curves: name in metrics.jsonl -> name of the curve.
    """

    title: str
    unit: str
    curves: Mapping[str, str]


_OF_TEXT = [
    Panel(
        "negative log-likelihood (lower is better)",
        "nats per token",
        {"nll": "training", "valid.nll": "validation"},
    ),
    Panel(
        "tokens predicted right, given the true ones before", "share, validation", {"valid.token_accuracy": "tokens"}
    ),
    Panel(
        "distance of samples to real text (lower is better)",
        "nats per word",
        {"samples.excess_nll": "by both perplexities", "samples.cost": "with the cost of sampling"},
    ),
    Panel(
        "perplexities (lower is better)",
        "perplexity",
        {
            "samples.forward_perplexity": "of samples, by real text",
            "samples.reverse_perplexity": "of real text, by samples",
        },
    ),
    Panel("distinct samples", "share", {"samples.unique": "samples"}),
    Panel("length of samples", "words, mean", {"samples.mean_length": "samples"}),
    Panel("temperature chosen for samples", "temperature", {"samples.temperature": "temperature"}),
    Panel(
        "labels predicted wrong (lower is better)",
        "share, validation",
        {"valid.error": "validation"},
    ),
    Panel(
        "loss of the classifier (lower is better)",
        "nats per example",
        {"classification": "training", "valid.classification_nll": "validation"},
    ),
    Panel("labels predicted right in training", "share", {"accuracy": "training"}),
]

_OF_IMAGES = [
    Panel("error of reconstructed pixels (lower is better)", "validation", {"valid.pixel_error": "per pixel"}),
    Panel("root mean square error of pixels (lower is better)", "grey levels of 255", {"valid.pixel_rmse": "pixels"}),
    Panel("error of reconstructed points (lower is better)", "root mean square", {"valid.point_rmse": "points"}),
    Panel(
        "reconstruction: distance to the image over that to another (0 is perfect)",
        "ratio, validation",
        {"valid.reconstruction_ratio": "ratio"},
    ),
    Panel(
        "variance of samples (near that of real images is best)",
        "summed over pixels",
        {"samples.variance_real": "real", "samples.variance": "samples"},
    ),
    Panel("modes that samples reach (higher is better)", "modes", {"samples.modes": "modes"}),
    Panel("samples near a mode (higher is better)", "share", {"samples.high_quality": "samples"}),
    Panel(
        "interpolation of lines (lower is better)",
        "score",
        {"lines.mean_distance": "mean distance", "lines.smoothness": "smoothness"},
    ),
]

_CODES = [
    Panel("norm of codes", "mean l2 norm", {"codes.norm_real": "real", "codes.norm_generated": "generated"}),
    Panel(
        "variance of codes (generated near real is best)",
        "summed over dimensions",
        {"codes.variance_real": "real", "codes.variance_generated": "generated"},
    ),
    Panel("distance of mean codes, real to generated (lower is better)", "l2", {"codes.distance": "distance"}),
]

_GAMES = [
    Panel("KL divergence of codes from the prior, in the loss", "nats", {"kl": "training"}),
    Panel(
        "Wasserstein estimate of the critic (near 0 is best)",
        "training",
        {"wasserstein": "difference of its scores"},
    ),
    Panel("gradient penalty of the critic", "training", {"penalty": "penalty"}),
    Panel(
        "losses of the players",
        "training",
        {"generator": "generator", "discriminator": "discriminator", "encoder": "encoder"},
    ),
    Panel("loss that the encoder pays for the discriminator", "training", {"adversarial": "adversarial loss"}),
    Panel("pairs that the discriminator gets right (one half is best)", "share", {"right": "training"}),
    Panel(
        "critic of interpolations, ACAI (lower is better)",
        "training",
        {"critic": "error of the critic", "fooled": "what the decoder is charged"},
    ),
    Panel("norm of generated codes", "mean l2 norm, training", {"fake_norm": "generated"}),
]

_RECONSTRUCTION = Panel(
    "reconstruction (lower is better)",
    "nats per token or image",
    {"reconstruction": "training, as in the loss", "valid.reconstruction_nll": "validation"},
)

PANELS = [_RECONSTRUCTION, *_OF_TEXT, *_OF_IMAGES, *_CODES, *_GAMES]
"""The plots in their order; what none of them has gets one of its own under its name."""


def log_panels(lines: Sequence[Mapping[str, float]]) -> list[Curves]:
    """The plots of a run's log: those for which there is something.

    Args:
        lines: of metrics.jsonl, without findings.
    """
    return runs_panels({"": lines})


def runs_panels(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> list[Curves]:
    """The plots of several runs' logs, the same measurement of all runs in one plot.

    Args:
        runs: name -> the lines of its metrics.jsonl; with a single name "" curves are named after their measurements.
    """
    known = dict.fromkeys(name for lines in runs.values() for line in lines for name in line)
    panels = [panel for panel in PANELS if known.keys() & panel.curves.keys()]
    named = {name for panel in panels for name in panel.curves}
    panels += [Panel(name, "", {name: name}) for name in known if name not in named and name not in _NOT_PLOTTED]
    found = []
    for panel in panels:
        for title, curves in _curves_of(panel, runs):
            if any(curve.points for curve in curves):
                # Of several runs one that has nothing here stays, so that each keeps its color.
                kept = [curve for curve in curves if curve.points or "" not in runs]
                found.append(Curves(title, kept, "round", panel.unit))
    return found


def _curves_of(panel: Panel, runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Iterator[tuple[str, list[Curve]]]:
    """The plots of a panel: one of a single run; of several runs one for each measurement."""
    if list(runs) == [""]:
        yield panel.title, [Curve(name, _points(runs[""], key)) for key, name in panel.curves.items()]
        return
    for key, name in panel.curves.items():
        title = f"{panel.title}: {name}" if len(panel.curves) > 1 else panel.title
        yield title, [Curve(run, _points(lines, key)) for run, lines in runs.items()]


def _points(lines: Sequence[Mapping[str, float]], key: str) -> list[tuple[float, float]]:
    return [(line["round"], line[key]) for line in lines if key in line]
