"""Validation of a model of images during training: a few metrics, pictures, and findings."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from textgan.capabilities import as_conditional
from textgan.data.images import ImageData
from textgan.data.images.builtin import MEANS, SIGMA
from textgan.data.images.sets import ImageSet
from textgan.errors import UserError
from textgan.evaluation.examples import TRAINING_MAP_SIZE, encoded_images, save_training_map
from textgan.evaluation.images.diversity import mixture_modes
from textgan.evaluation.images.lines import line_scores
from textgan.evaluation.images.reconstruction import reconstruction
from textgan.evaluation.measurements import Metrics, spread
from textgan.pictures import Pixels, grid, interpolation_rows, reconstruction_rows, save_png, scatter
from textgan.sampling import Codes, ImageModel

_IMAGES, _POINTS, _PAIRS = 256, 2000, 64  # a fraction of a second on one core
_LINE = 16  # images of a path, as ACAI counts them
_PICTURES = 64
_VARIANCE = 0.25  # of real images; the means of pixels that a decoder gives vary less than binary pixels do


def validate(model: ImageModel, data: ImageData) -> Metrics:
    """Validation during training, under the names of metrics.jsonl; what is not finite is left out.

    Args:
        model: as it stands.
        data: that it is trained on.
    """
    n = _IMAGES if model.spec.is_image else _POINTS
    x, labels = encodable_images(model, data.valid, n)
    z_real, z_fake = model.encode(x, labels), model.prior_codes(n, seed=0)
    measured = reconstruction(x, model.decode(z_real), model.spec)
    metrics = {f"valid.{name}": value for name, value in measured.items()}
    if data.name == "lines":
        scores = line_scores(interpolate_pairs(model, *image_pairs(x[: 2 * _PAIRS], labels[: 2 * _PAIRS]), "linear"))
        metrics |= {f"lines.{name}": scores[name] for name in ("mean_distance", "smoothness")}
    made = model.decode(z_fake)
    metrics |= {f"samples.{k}": float(v.var(axis=0).sum()) for k, v in {"variance": made, "variance_real": x}.items()}
    if data.name == "mixture":
        scores = mixture_modes(made, MEANS, SIGMA)
        metrics |= {f"samples.{name}": scores[name] for name in ("modes", "high_quality")}
    norm, _, variance = moments(z_fake)
    metrics |= {"codes.norm_generated": norm, "codes.variance_generated": variance}
    metrics["codes.norm_real"], _, metrics["codes.variance_real"] = moments(z_real)
    return {name: value for name, value in metrics.items() if np.isfinite(value)}


def save_pictures(model: ImageModel, data: ImageData, folder: Path, number: int) -> None:
    """Write round-XXXXXXXX-map.png, and -samples.png, -reconstructions.png and -interpolations.png, or -points.png.

    Args:
        model: as it stands.
        data: that it is trained on.
        folder: that exists.
        number: of the round.
    """
    name = f"round-{number:08d}"
    if model.code_dim > 1:
        real = encoded_images(model, *encodable_images(model, data.valid, TRAINING_MAP_SIZE))
        save_training_map(model, real, folder, number)
    if not model.spec.is_image:
        _draw_points(model, data, folder / f"{name}-points.png")
        return
    x, labels = encodable_images(model, data.valid, _PICTURES)
    save_png(folder / f"{name}-samples.png", grid(model.sample(_PICTURES, seed=0)), follow=False)
    save_png(folder / f"{name}-reconstructions.png", reconstruction_rows(x, model.reconstruct(x, labels)), follow=False)
    if len(x) > 1:
        rows = interpolation_rows(interpolate_pairs(model, *image_pairs(x, labels, 8)))
        save_png(folder / f"{name}-interpolations.png", rows, follow=False)


def spread_images(images: ImageSet, limit: int | None) -> tuple[Pixels, np.ndarray]:
    """At most `limit` images of a set, (N, *shape), evenly spread over it, and their labels, (N,).

    Args:
        images: the set.
        limit: how many; default: all, of a set without end an epoch.
    """
    n = len(images) if limit is None else limit
    indices = np.arange(n) if images.endless else spread(len(images), n)
    x, labels = images.batch(indices)
    return x.numpy(), labels.numpy()


def encodable_images(model: ImageModel, images: ImageSet, limit: int | None) -> tuple[Pixels, np.ndarray]:
    """As `spread_images`; for a conditional model of the images whose label is known, since it cannot encode others.

    Raises:
        UserError: there is none.
    """
    known = images.known if as_conditional(model.network) is not None else None
    if known is None:
        return spread_images(images, limit)
    if len(known) == 0:
        raise UserError(f"none of {len(images):,} images has a label, which a conditional model needs; expected labels")
    x, labels = images.batch(known[spread(len(known), limit)])
    return x.numpy(), labels.numpy()


class Ends(NamedTuple):
    """Images, (P, *shape), and their labels, (P,)."""

    x: Pixels
    labels: np.ndarray


def image_pairs(x: Pixels, labels: np.ndarray, limit: int | None = None) -> tuple[Ends, Ends]:
    """Pairs of images, no image twice, at most `limit`: those of the first half with those of the second."""
    half = len(x) // 2
    count = half if limit is None else min(limit, half)
    first, last = (slice(begin, begin + count) for begin in (0, half))
    return Ends(x[first], labels[first]), Ends(x[last], labels[last])


def interpolate_pairs(model: ImageModel, first: Ends, last: Ends, path: str | None = None) -> Pixels:
    """Interpolations between images, P twice: (P, 16, *shape).

    Args:
        model: that encodes and decodes.
        first: where they begin.
        last: where they end.
        path: linear, as ACAI's scores of lines have it for every model, or slerp; default: the model's own.
    """
    ends = zip(model.encode(*first), model.encode(*last), strict=True)
    codes = [model.between(a, b, _LINE, path) for a, b in ends]
    if not codes:
        return np.empty((0, _LINE, *model.spec.shape), np.float32)
    return model.decode(np.concatenate(codes)).reshape(-1, _LINE, *model.spec.shape)


def moments(codes: Codes) -> tuple[float, float, float]:
    """Of codes (N, D): mean l2 norm, l2 norm of the mean, and sum of the variances of the dimensions."""
    variance = float(codes.var(axis=0, ddof=1).sum()) if len(codes) > 1 else 0.0
    return float(np.linalg.norm(codes, axis=1).mean()), float(np.linalg.norm(codes.mean(axis=0))), variance


def _draw_points(model: ImageModel, data: ImageData, path: Path) -> None:
    x, labels = encodable_images(model, data.valid, _POINTS)
    z = model.encode(x, labels)
    groups = {"x": x, "x_hat": model.decode(z), "x_sampled": model.sample(_POINTS, seed=0), "z": z}
    plotted = {title: points[:, :2] for title, points in groups.items()}  # of more dimensions the first two
    scatter(path, plotted, dict.fromkeys(("x", "x_hat", "z"), labels), ("x", "x_hat", "x_sampled"), follow=False)


def findings(metrics: Mapping[str, float]) -> list[str]:
    """What is wrong with the model, by its metrics under the names of metrics.jsonl; a line each."""
    made, real = metrics.get("samples.variance"), metrics.get("samples.variance_real")
    if made is None or real is None or made >= _VARIANCE * real:
        return []
    return [
        f"samples vary {made / real:.2g} times as much as real images (sum of the variances of pixels {made:.3g}, real "
        f"{real:.3g}): the model has collapsed or needs more training; train longer (--minutes)"
    ]
