"""The points are 25 Gaussians of the stated means and width."""

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.images import open_images
from textgan.data.images.builtin import MEANS, SIGMA, sample_mixture


def test_every_component_has_its_mean_its_width_and_its_share():
    points, labels = sample_mixture(100_000, seed=3)
    assert points.dtype == np.float32
    for c, mean in enumerate(MEANS):
        own = points[labels == c]
        assert abs(len(own) - 4000) < 300
        np.testing.assert_allclose(own.mean(axis=0), mean, atol=5 * SIGMA / 4000**0.5)
        np.testing.assert_allclose(own.std(axis=0), SIGMA, rtol=0.06)
    assert abs(np.corrcoef((points - MEANS[labels]).T)[0, 1]) < 0.015


def test_the_grid_is_that_of_the_paper():
    assert sorted(map(tuple, MEANS.tolist())) == [(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)]


def test_draws_depend_on_the_seed_alone():
    assert (sample_mixture(50, 1).points == sample_mixture(50, 1).points).all()
    assert (sample_mixture(50, 1).points != sample_mixture(50, 2).points).all()


def test_points_come_in_three_splits_with_their_components():
    data = open_images(ImageConfig(data="mixture"))
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test)) == (100_000, 10_000, 10_000)
    assert data.spec == ((2,), False, 25)
    assert not data.spec.is_image
    x, labels = data.valid.first(1000)
    assert np.abs(x.numpy() - MEANS[labels.numpy()]).max() < 6 * SIGMA
    assert not x.equal(data.test.first(1000).x)


def test_of_the_points_as_well_few_labels_can_be_shown():
    labels = open_images(ImageConfig(data="mixture", labeled=50)).train.first(100_000).labels
    assert np.bincount(labels[labels >= 0].numpy()).tolist() == [2] * 25
