"""A map of a space of codes: real examples and samples in two dimensions, and from its points back to codes.

The plane is that of the two principal components of the real codes (Hotelling 1933), or a layout by UMAP (McInnes et
al. 2018, arXiv 1802.03426). A point p of the map stands for many codes; the one that is meant here is

    code(p) = center + p A + sum_i w_i (z_i - center - p_i A),    w_i = s_i / sum_j s_j,  s_i = 1 / |p - p_i|^2

over the nearest codes z_i, which lie at p_i: the plane's own code, plus what the codes near by have besides. On a
code's point it is that code, so that its sentence is read; the plane alone would say the same everywhere, because two
of a hundred dimensions say little. A layout without axes A is the same with A = 0: the mean of the codes near by.
"""

from collections.abc import Sequence
from typing import NamedTuple, final

import numpy as np
import numpy.typing as npt

from textgan.errors import UserError
from textgan.sampling.base import Codes, TrainedModel, check_steps

MapPoints = npt.NDArray[np.float32]
"""Places on a map, (N, 2)."""

MAP_METHODS = ("pca", "umap")
"""How a map is laid out."""

_NEIGHBORS = 4
"""Codes whose mean stands for what the map leaves out."""

_MOST_STEPS = 1000


class Plane(NamedTuple):
    """A plane in the space of codes.

    Args:
        center: code of its origin, (D,).
        axes: orthonormal directions, (2, D); zeros for a layout that has none.
        shares: of the variance of the codes that each axis holds, (2,).
    """

    center: npt.NDArray[np.float32]
    axes: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float32]

    def points_of(self, codes: Codes) -> MapPoints:
        """Where codes (N, D) lie, seen at right angles: (N, 2)."""
        points: MapPoints = ((codes - self.center) @ self.axes.T).astype(np.float32)
        return points

    def codes_of_points(self, points: npt.ArrayLike) -> Codes:
        """The codes in the plane itself at points (N, 2): (N, D)."""
        codes: Codes = (self.center + np.asarray(points, np.float32) @ self.axes).astype(np.float32)
        return codes


@final
class CodeMap:
    """A map: points, what lies at them, and the way back to codes.

    Args:
        points: where the codes lie, (N, 2).
        codes: (N, D).
        real: which are codes of real examples, the others are of samples, (N,).
        texts: sentence of each, (N,); "" for what has none.
        labels: label of each, (N,); "" for none.
        plane: of the axes.
        method: one of `MAP_METHODS`.
    """

    def __init__(
        self,
        points: MapPoints,
        codes: Codes,
        real: npt.NDArray[np.bool_],
        texts: Sequence[str],
        labels: Sequence[str],
        plane: Plane,
        method: str = "pca",
    ) -> None:
        self.points, self.codes, self.real = points, codes, real
        self.texts, self.labels = list(texts), list(labels)
        self.plane, self.method = plane, method

    def nearest(self, points: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Row of the point of the map that is nearest to each of these (M, 2): (M,)."""
        return self._distances(points).argmin(axis=1)

    def codes_at(self, points: npt.ArrayLike) -> Codes:
        """Codes for places on the map (M, 2), see the head of this file: (M, D)."""
        wanted = np.asarray(points, np.float32).reshape(-1, 2)
        distances = self._distances(wanted)
        near = np.argsort(distances, axis=1, kind="stable")[:, :_NEIGHBORS]
        squared = np.square(np.take_along_axis(distances, near, axis=1))
        # A millionth of the map's width: on a point its own code alone counts.
        scale = max(float(np.square(np.ptp(self.points, axis=0)).sum()) * 1e-12, 1e-30)
        weights = 1 / (squared + scale)
        weights /= weights.sum(axis=1, keepdims=True)
        rest = self.codes[near] - self.plane.codes_of_points(self.points[near])
        codes = self.plane.codes_of_points(wanted) + (weights[..., None] * rest).sum(axis=1)
        return codes.astype(np.float32)

    def codes_along(self, points: npt.ArrayLike, steps: int) -> Codes:
        """Codes at even distances on a path through places of the map (M, 2), ends included: (steps, D).

        What the map leaves out goes straight from that of the first place to that of the last: so neighbors on the path
        have near codes, and still every code lies where the path is.

        Raises:
            UserError: see `along`.
        """
        places = along(points, steps)
        ends = self.codes_at(places[[0, -1]]) - self.plane.codes_of_points(places[[0, -1]])
        if not self.plane.shares.any():
            return self.codes_at(places)
        share = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
        codes: Codes = self.plane.codes_of_points(places) + (1 - share) * ends[:1] + share * ends[1:]
        return codes

    def _distances(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        wanted = np.asarray(points, np.float64).reshape(-1, 2)
        if not len(self.points):
            raise UserError("the map is empty; expected sentences, or a model that writes samples")
        if not np.isfinite(wanted).all():
            raise UserError("a point of the map is not finite; expected numbers")
        return np.linalg.norm(wanted[:, None] - self.points[None].astype(np.float64), axis=2)


def principal_plane(codes: Codes) -> Plane:
    """The plane of the two directions in which codes (N, D) vary most, through their mean.

    An axis points to where its largest entry is positive, so that a map is the same each time.

    Raises:
        UserError: fewer than three codes, or codes of fewer than two dimensions.
    """
    if codes.ndim != 2 or len(codes) < 3 or codes.shape[1] < 2:
        raise UserError(f"codes have shape {codes.shape}; expected three or more of two or more dimensions for a map")
    center = codes.mean(0, dtype=np.float64)
    centered = codes - center
    values, vectors = np.linalg.eigh(centered.T @ centered)  # D x D: quick for many codes
    axes = vectors[:, :-3:-1].T
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    shares = values[:-3:-1] / max(float(values.sum()), 1e-30)
    return Plane(*(part.astype(np.float32) for part in (center, axes, shares)))


def lay_out(
    real: Codes,
    sampled: Codes,
    texts: Sequence[str] = (),
    labels: Sequence[str] = (),
    method: str = "pca",
    seed: int = 0,
) -> CodeMap:
    """The map of real codes and of samples' codes. The real ones lay out the plane, so a collapse is seen as it is.

    Args:
        real: codes of real examples, (R, D); where there are fewer than three, the samples lay out the plane.
        sampled: codes of samples, (S, D).
        texts: of real examples, then of samples, R + S; none: all "".
        labels: the same.
        method: pca, at once; umap, some seconds, needs pip install "textgan[umap]".
        seed: of umap.

    Raises:
        UserError: another method, umap that is not installed, too few codes, or texts or labels of another number.
    """
    if method not in MAP_METHODS:
        raise UserError(f"method is {method!r}; expected one of {', '.join(MAP_METHODS)}")
    codes = np.concatenate([real, sampled]).astype(np.float32)
    for name, given in {"texts": texts, "labels": labels}.items():
        if given and len(given) != len(codes):
            raise UserError(f"{len(given)} {name} for {len(codes)} codes; expected one for each")
    plane = principal_plane(real if len(real) >= 3 else codes)
    points = plane.points_of(codes)
    if method == "umap":
        points = _umap(codes, seed)
        plane = plane._replace(axes=np.zeros_like(plane.axes), shares=np.zeros(2, np.float32))
    empty = [""] * len(codes)
    is_real = np.arange(len(codes)) < len(real)
    return CodeMap(points, codes, is_real, texts or empty, labels or empty, plane, method)


def _umap(codes: Codes, seed: int) -> MapPoints:
    try:
        import umap
    except ImportError:
        raise UserError('a map by umap needs umap-learn; pip install "textgan[umap]", or choose pca') from None
    found: MapPoints = umap.UMAP(n_components=2, random_state=seed, n_jobs=1).fit_transform(codes).astype(np.float32)
    return found


def along(points: npt.ArrayLike, steps: int) -> MapPoints:
    """`steps` places at even distances on the line through points (M, 2), both ends included: (steps, 2).

    Raises:
        UserError: fewer than two points, points that are not finite, or fewer than two steps.
    """
    check_steps(steps, _MOST_STEPS)
    line = np.asarray(points, np.float64).reshape(-1, 2)
    if len(line) < 2 or not np.isfinite(line).all():
        raise UserError(f"a path of {len(line)} points; expected two or more, all finite")
    lengths = np.concatenate([[0], np.linalg.norm(np.diff(line, axis=0), axis=1).cumsum()])
    places = np.linspace(0, lengths[-1], steps)
    return np.stack([np.interp(places, lengths, line[:, axis]) for axis in (0, 1)], 1).astype(np.float32)


def sampled_codes(model: TrainedModel, n: int, seed: int = 0) -> Codes:
    """Codes of n samples for a map: those of the prior.

    Raises:
        UserError: the model has no codes.
    """
    if model.code_dim < 2:
        raise UserError(f"{model.config.model} has no codes of two or more dimensions; expected a model that has")
    return model.prior_codes(n, seed)
