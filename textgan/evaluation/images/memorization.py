"""Are samples copies of training images: their nearest neighbours, beside those of unseen real images."""

import torch
from torch import Tensor

from textgan.evaluation.images.arrays import Array, flat, pieces
from textgan.evaluation.report import Numbers

_ROWS, _COLUMNS = 1024, 8192


def nearest_neighbor_ratio(samples: Array, test: Array, train: Array) -> Numbers:
    """median_i min_j ||samples_i - train_j|| over median_i min_j ||test_i - train_j||.

    1: samples are as new as unseen images are; 0: at least half of them are copies; above 1: they lie off the data.

    Args:
        samples: (N, *shape).
        test: real images that are not in train, (M, *shape).
        train: what the model was trained on, (T, *shape).

    Returns:
        nearest_neighbor_ratio; nearest_neighbor_distance and nearest_neighbor_distance_of_test, the two medians, in l2
        on values in [-1, 1].
    """
    of_samples, of_test = (float(nearest_distance(x, train).median()) for x in (samples, test))
    return {
        "nearest_neighbor_ratio": of_samples / max(of_test, 1e-12),
        "nearest_neighbor_distance": of_samples,
        "nearest_neighbor_distance_of_test": of_test,
    }


def nearest_distance(x: Array, train: Array) -> Tensor:
    """l2 distance of each row of x, (N, *shape), to the nearest row of train, (T, *shape): (N,)."""
    reference = flat(train)
    distances = []
    for part in pieces(flat(x), _ROWS):
        nearest = reference[_nearest(part, reference)]
        # The expanded square cancels where rows are nearly equal: just there the distance matters.
        distances.append((part - nearest).norm(dim=1))
    return torch.cat(distances)


def _nearest(x: Tensor, reference: Tensor) -> Tensor:
    """Index of the nearest row, (N,), by ||r||^2 - 2 x.r in blocks of columns, so that memory stays small."""
    best = torch.full((len(x),), torch.inf)
    index = torch.zeros(len(x), dtype=torch.int64)
    for start in range(0, len(reference), _COLUMNS):
        block = reference[start : start + _COLUMNS]
        value, place = torch.addmm(block.square().sum(1), x, block.t(), alpha=-2).min(dim=1)
        closer = value < best
        best, index = torch.where(closer, value, best), torch.where(closer, place + start, index)
    return index
