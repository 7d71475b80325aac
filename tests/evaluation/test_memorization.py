"""Distances to the nearest training image against a direct search."""

import numpy as np
import pytest
import torch

from textgan.evaluation.images import diversity
from textgan.evaluation.images.diversity import nearest_distance, nearest_neighbor_ratio

rng = np.random.default_rng(0)
TRAIN, TEST = (rng.normal(size=(n, 3, 4, 4)).astype(np.float32) for n in (300, 80))


def test_distances_equal_a_direct_search_in_any_blocks(monkeypatch):
    expected = torch.cdist(torch.from_numpy(TEST).flatten(1), torch.from_numpy(TRAIN).flatten(1)).min(dim=1).values
    torch.testing.assert_close(nearest_distance(TEST, TRAIN), expected)
    monkeypatch.setattr(diversity, "_ROWS", 7)
    monkeypatch.setattr(diversity, "_COLUMNS", 64)
    torch.testing.assert_close(nearest_distance(TEST, TRAIN), expected)


def test_copies_have_ratio_zero():
    assert nearest_neighbor_ratio(TRAIN[:50], TEST, TRAIN)["nearest_neighbor_ratio"] == 0


def test_near_copies_are_measured_exactly_though_far_from_the_origin():
    nearly = TRAIN[:5] + 1000
    nearly[:, 0, 0, 0] += 0.125
    np.testing.assert_allclose(nearest_distance(nearly, TRAIN + 1000), 0.125, rtol=1e-3)


def test_unseen_images_have_ratio_one():
    assert nearest_neighbor_ratio(TEST, TEST, TRAIN)["nearest_neighbor_ratio"] == pytest.approx(1)
