"""A map of codes: the plane of most variance, and from its points back to codes."""

import numpy as np
import pytest

from textgan.errors import UserError
from textgan.sampling.maps import along, lay_out, principal_plane


def cloud(n=60, dim=6, seed=0):
    """Codes that vary mostly along two directions."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, dim)) * np.array([5, 3, *[0.1] * (dim - 2)]) + 1).astype(np.float32)


def test_the_plane_is_that_of_most_variance():
    plane = principal_plane(cloud())
    assert np.abs(plane.axes @ plane.axes.T - np.eye(2)).max() < 1e-5
    assert abs(plane.axes[0, 0]) > 0.99
    assert abs(plane.axes[1, 1]) > 0.99
    assert plane.shares[0] > plane.shares[1] > 0.1
    assert plane.shares.sum() > 0.99


def test_points_of_the_plane_come_back():
    plane = principal_plane(cloud())
    points = np.array([[1, 2], [-3, 0.5]], np.float32)
    assert np.abs(plane.points_of(plane.codes_of_points(points)) - points).max() < 1e-4


def test_axes_do_not_depend_on_the_order_of_codes():
    codes = cloud()
    assert np.abs(principal_plane(codes).axes - principal_plane(codes[::-1]).axes).max() < 1e-4


def test_on_a_point_of_the_map_lies_its_code():
    found = lay_out(cloud(), cloud(20, seed=1))
    assert np.abs(found.codes_at(found.points) - found.codes).max() < 1e-3
    assert found.nearest(found.points).tolist() == list(range(80))


def test_between_points_the_code_lies_where_it_should():
    found = lay_out(cloud(), cloud(20, seed=1))
    middle = (found.points[:1] + found.points[1:2]) / 2
    assert np.abs(found.plane.points_of(found.codes_at(middle)) - middle).max() < 1e-3


def test_a_path_lies_where_it_was_drawn_and_ends_in_the_codes_there():
    found = lay_out(cloud(), cloud(20, seed=1))
    ends = found.points[[0, 7]]
    codes = found.codes_along([ends[0], [0, 3], ends[1]], 9)
    assert np.abs(found.plane.points_of(codes) - along([ends[0], [0, 3], ends[1]], 9)).max() < 1e-3
    assert np.abs(codes[[0, -1]] - found.codes[[0, 7]]).max() < 1e-3


def test_real_codes_lay_out_the_plane_and_a_collapse_shows():
    real = cloud()
    collapsed = np.repeat(real[:1], 40, axis=0)
    found = lay_out(real, collapsed)
    assert np.abs(found.plane.axes - principal_plane(real).axes).max() == 0
    assert np.ptp(found.points[~found.real], axis=0).max() < 1e-4 < np.ptp(found.points[found.real], axis=0).min()
    assert found.real.sum() == 60


def test_without_real_examples_samples_lay_out_the_plane():
    found = lay_out(cloud(0), cloud(20))
    assert found.points.shape == (20, 2)
    assert not found.real.any()


def test_places_along_a_path_are_even():
    places = along([[0, 0], [1, 0], [1, 3]], 5)
    assert places.tolist() == [[0, 0], [1, 0], [1, 1], [1, 2], [1, 3]]
    assert along([[2, 2], [2, 2]], 3).tolist() == [[2, 2]] * 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: principal_plane(cloud(2)), "expected three or more"),
        (lambda: lay_out(cloud(), cloud(), method="tsne"), "expected one of pca, umap"),
        (lambda: lay_out(cloud(), cloud(), texts=["a"]), "1 texts for 120 codes"),
        (lambda: lay_out(cloud(), cloud()).codes_at([[np.nan, 0]]), "not finite"),
        (lambda: along([[0, 0]], 5), "expected two or more"),
        (lambda: along([[0, 0], [1, 1]], 1), "steps is 1"),
    ],
)
def test_bad_input_is_one_line(call, message):
    with pytest.raises(UserError, match=message):
        call()
