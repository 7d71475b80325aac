"""Pictures: what is drawn is what there is, and what is read fits the model."""

import subprocess
import sys

import numpy as np
import PIL.Image
import pytest

from textgan.errors import UserError
from textgan.pictures import (
    grid,
    interpolation_rows,
    read_array,
    read_image,
    reconstruction_rows,
    save_png,
    scatter,
)

GREY = 128


def shades(*values: float, size: int = 64) -> np.ndarray:
    """An even image of each shade, (N, 1, size, size)."""
    return np.broadcast_to(np.array(values, np.float32)[:, None, None, None], (len(values), 1, size, size)).copy()


def test_black_is_0_and_white_is_255():
    picture = grid(shades(-1, 1), columns=2)
    assert picture.dtype == np.uint8
    assert picture.shape == (64, 130)
    assert (picture[:, :64] == 0).all()
    assert (picture[:, 64:66] == GREY).all()
    assert (picture[:, 66:] == 255).all()


def test_what_is_out_of_range_is_cut_off_and_what_is_no_number_is_grey():
    assert [int(v) for v in grid(shades(-7, 7, np.nan), columns=3)[0, [0, 70, 140]]] == [0, 255, GREY]


def test_images_go_row_by_row_and_missing_ones_are_grey():
    picture = grid(shades(-1, 1, -1, 1, 0.5), columns=3)
    assert picture.shape == (130, 196)
    assert picture[:, [0, 70, 140]][[0, 100]].tolist() == [[0, 255, 0], [255, 191, GREY]]


def test_a_grid_is_about_square():
    assert grid(shades(*[0] * 64)).shape == (526, 526)


@pytest.mark.parametrize(("size", "shown"), [(1, 64), (28, 84), (32, 64), (64, 64), (100, 100)])
def test_small_images_are_enlarged_by_whole_factors(size, shown):
    x = np.random.default_rng(0).uniform(-1, 1, (1, 1, size, size))
    picture = grid(x)
    assert picture.shape == (shown, shown)
    factor = shown // size
    np.testing.assert_array_equal(picture, picture[::factor, ::factor].repeat(factor, 0).repeat(factor, 1))


def test_colors_stay_in_their_channels():
    red = np.full((1, 3, 64, 64), -1.0)
    red[:, 0] = 1
    assert grid(red)[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("shape", [(0, 1, 8, 8), (2, 2, 8, 8), (1, 8, 8), (3, 2)])
def test_what_is_no_picture_is_refused(shape):
    with pytest.raises(UserError):
        grid(np.zeros(shape))


def test_reconstructions_stand_below_their_images():
    picture = reconstruction_rows(shades(1, 1, 1), shades(-1, -1, -1), columns=2)
    rows = [66 * i for i in range(4)]
    assert picture[rows][:, [0, 70]].tolist() == [[255, 255], [0, 0], [255, GREY], [0, GREY]]


def test_an_interpolation_is_a_row():
    paths = np.stack([shades(-1, 0, 1), shades(1, 0, -1)])
    assert interpolation_rows(paths)[[0, 100]][:, [0, 70, 140]].tolist() == [[0, GREY, 255], [255, GREY, 0]]


def test_a_picture_that_is_saved_is_read_as_it_was(tmp_path):
    x = np.random.default_rng(0).integers(0, 256, (1, 1, 64, 64)) / 127.5 - 1
    save_png(tmp_path / "x.png", grid(x))
    back = read_image(tmp_path / "x.png", (1, 64, 64))
    assert back.dtype == np.float32
    np.testing.assert_allclose(back, x[0], atol=1e-6)
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_a_picture_takes_the_size_and_the_colors_of_the_model(tmp_path):
    PIL.Image.new("RGB", (50, 40), (255, 0, 0)).save(tmp_path / "red.png")
    PIL.Image.new("L", (10, 10), 255).save(tmp_path / "white.png")
    grey = read_image(tmp_path / "red.png", (1, 28, 28))
    assert grey.shape == (1, 28, 28)
    np.testing.assert_allclose(grey, 76 / 127.5 - 1, atol=1e-6)
    assert (read_image(tmp_path / "white.png", (3, 8, 8)) == np.ones((3, 8, 8))).all()


def test_sixteen_bits_are_read_as_eight(tmp_path):
    PIL.Image.fromarray(np.full((4, 4), 65_535, np.uint16)).save(tmp_path / "deep.png")
    assert (read_image(tmp_path / "deep.png", (1, 4, 4)) == 1).all()


@pytest.mark.parametrize("shape", [(8, 8), (1, 8, 8), (8, 8, 1), (3, 8, 8), (8, 8, 3)])
def test_an_array_is_read_as_a_picture_is(tmp_path, shape):
    np.save(tmp_path / "bytes.npy", np.full(shape, 255, np.uint8))
    np.save(tmp_path / "floats.npy", np.ones(shape))
    for name in ("bytes.npy", "floats.npy"):
        np.testing.assert_allclose(read_image(tmp_path / name, (1, 8, 8)), np.ones((1, 8, 8)), atol=1e-6)


@pytest.mark.parametrize(
    ("array", "part"),
    [
        (np.full((8, 8), 255.0), "values from 255"),
        (np.full((8, 8), np.nan), "values from nan"),
        (np.zeros((2, 1, 8, 8)), "expected one image"),
        (np.zeros(8), "expected one image"),
        (np.zeros((0, 8)), "expected one image"),
        (np.zeros((2, 8, 8)), "channels"),
        (np.array(["a"]), "numbers"),
    ],
)
def test_an_array_that_is_no_image_is_refused(tmp_path, array, part):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(UserError, match=part):
        read_image(tmp_path / "x.npy", (1, 8, 8))


@pytest.mark.parametrize("name", ["none.png", "text.png", "cut.png", "none.npy", "text.npy", "text.npz"])
def test_a_file_that_is_no_image_is_refused(tmp_path, name):
    for text in ("text.png", "text.npy", "text.npz"):
        (tmp_path / text).write_text("no image")
    PIL.Image.effect_noise((64, 64), 9).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:300])
    with pytest.raises(UserError, match=name):
        read_image(tmp_path / name, (1, 8, 8))


def test_an_archive_gives_its_images(tmp_path):
    np.savez(tmp_path / "x.npz", labels=np.arange(2), x=np.zeros((2, 1, 4, 4)))
    assert read_array(tmp_path / "x.npz").shape == (2, 1, 4, 4)


def test_points_are_scattered_in_panels(tmp_path):
    x = np.random.default_rng(0).normal(size=(50, 2))
    scatter(tmp_path / "x.png", {"x": x, "z": 9 * x, "other": x}, {"x": np.arange(50) % 5}, alike=("x", "other"))
    with PIL.Image.open(tmp_path / "x.png") as picture:
        assert picture.size[0] > 2 * picture.size[1]
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_pictures_do_not_wait_for_torch():
    code = "import sys, textgan.pictures; assert not {'torch', 'PIL', 'matplotlib'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
