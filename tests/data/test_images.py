"""Digits and IDX files: the splits, binarization, stacking, few labels."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, open_images
from textgan.data.modality import modality_of_data
from textgan.errors import UserError

MNIST = Path(__file__).parents[3] / "shared" / "data" / "mnist"

needs_mnist = pytest.mark.skipif(not MNIST.is_dir(), reason="MNIST's IDX files are not there")


def digits(**settings) -> ImageData:
    return open_images(ImageConfig(**settings))


def grey_levels(n: int = 100) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, 6, 6), dtype=np.uint8)


def idx_bytes(array: np.ndarray) -> bytes:
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def write_idx(folder: Path, test: bool = True, between: str = "-", zipped: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    for stem, n in [("train", 100), *([("t10k", 30)] if test else [])]:
        for kind, array in (("images", grey_levels(n)), ("labels", (np.arange(n) % 10).astype(np.uint8))):
            name = f"{stem}-{kind}{between}idx{array.ndim}-ubyte"
            content = idx_bytes(array)
            if zipped:
                name, content = name + ".gz", gzip.compress(content)
            (folder / name).write_bytes(content)
    return folder


def complaint(**settings) -> str:
    with pytest.raises(UserError) as caught:
        open_images(ImageConfig(**settings))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_digits_come_in_three_splits_that_share_no_scan():
    data = digits()
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test)) == (1297, 200, 300)
    assert data.spec == ((1, 28, 28), False, 10)
    everything = torch.cat([s.first(2000).x for s in (data.train, data.valid, data.test)])
    assert everything.dtype == torch.float32
    assert (everything.min(), everything.max()) == (-1, 1)
    assert len(everything.flatten(1).unique(dim=0)) == 1797


def test_digits_at_their_own_size_are_the_scans():
    from sklearn.datasets import load_digits

    scans = load_digits()
    ours = torch.cat([s.first(2000).x for s in (lambda d: (d.train, d.valid, d.test))(digits(image_size=8))])
    ours = (ours[:, 0] + 1) * 8
    order = np.lexsort(ours.flatten(1).numpy().round().T)
    theirs = np.lexsort(scans.data.T)
    np.testing.assert_allclose(ours.flatten(1).numpy()[order], scans.data[theirs], atol=0.04)


def test_the_pixels_of_a_larger_digit_lie_between_those_of_the_scan():
    small, large = digits(image_size=8).valid.first(200), digits().valid.first(200)
    assert small.labels.equal(large.labels)
    mean = torch.nn.functional.interpolate(small.x, (28, 28), mode="bilinear", align_corners=False)
    assert (mean - large.x).abs().max() < 0.01


@needs_mnist
def test_mnist_is_all_there():
    data = open_images(ImageConfig(data=str(MNIST)))
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test)) == (54_000, 6_000, 10_000)
    labels = torch.cat([data.train.first(60_000).labels, data.valid.first(60_000).labels])
    assert np.bincount(labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.test.first(10_000).labels).tolist()[:3] == [980, 1135, 1032]
    assert (data.test.first(10_000).x.mean() + 1) / 2 == pytest.approx(0.1325, abs=1e-4)


@pytest.mark.parametrize("between", "-.")
@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_are_read_under_all_their_names(tmp_path, between, zipped):
    data = open_images(ImageConfig(data=str(write_idx(tmp_path, between=between, zipped=zipped))))
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test)) == (90, 10, 30)
    np.testing.assert_allclose(data.test.first(30).x[:, 0], grey_levels(30) / 127.5 - 1, atol=1e-6)
    assert data.test.first(30).labels.tolist() == [i % 10 for i in range(30)]


@pytest.mark.parametrize("named", ["", "MNIST", "MNIST/raw"])
def test_the_folders_that_torchvision_makes_are_found(tmp_path, named):
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    write_idx(tmp_path / "MNIST" / "raw")
    assert len(open_images(ImageConfig(data=str(tmp_path / named))).train) == 90
    assert modality_of_data(str(tmp_path / named)) == "images"


def test_of_several_such_folders_one_must_be_named(tmp_path):
    for name in ("MNIST", "KMNIST"):
        (tmp_path / name / "raw").mkdir(parents=True)
        write_idx(tmp_path / name / "raw")
    assert "KMNIST/raw" in complaint(data=str(tmp_path))


def test_a_folder_of_idx_files_needs_no_test_files(tmp_path):
    assert open_images(ImageConfig(data=str(write_idx(tmp_path, test=False)))).test is None


def test_the_same_content_has_the_same_fingerprint_wherever_it_lies(tmp_path):
    one, two = (
        open_images(ImageConfig(data=str(write_idx(tmp_path / name, zipped=name == "b")))).fingerprint for name in "ab"
    )
    assert one == two
    settings = ({"binarize": "once"}, {"image_size": 4}, {"labeled": 10}, {"image_seed": 1}, {"color_digits": True})
    others = {open_images(ImageConfig(data=str(tmp_path / "a"), **s)).fingerprint for s in settings}
    assert len(others | {one}) == 6


def test_what_is_cut_off_for_validation_is_chosen_by_the_seed(tmp_path):
    folder = str(write_idx(tmp_path))
    a, b, c = (open_images(ImageConfig(data=folder, valid_fraction=0.3, image_seed=s)) for s in (1, 1, 2))
    assert (len(a.train), len(a.valid)) == (70, 30)
    assert a.valid.first(30).x.equal(b.valid.first(30).x)
    assert not a.valid.first(30).x.equal(c.valid.first(30).x)
    both = torch.cat([a.train.first(100).x, a.valid.first(100).x]).flatten(1)
    assert len(both.unique(dim=0)) == 100
    assert any("30 of 100 train images" in line for line in a.summary)


def test_a_threshold_makes_the_brighter_half_white(tmp_path):
    data = open_images(ImageConfig(data=str(write_idx(tmp_path)), binarize="threshold"))
    assert data.test is not None
    assert data.spec.binary
    assert (data.test.first(30).x[:, 0].numpy() == np.where(grey_levels(30) >= 128, 1, -1)).all()


def test_binarized_once_an_image_is_always_the_same():
    data = digits(binarize="once")
    indices = np.array([5, 3, 5])
    a, b = data.train.batch(indices, key=1).x, data.train.batch(indices, key=2).x
    assert a.equal(b)
    assert a[0].equal(a[2])
    assert set(a.unique().tolist()) == {-1, 1}
    assert not a.equal(digits(binarize="once", image_seed=1).train.batch(indices).x)


def test_binarized_dynamically_an_image_is_drawn_anew_by_key_but_not_when_held_out():
    data = digits(binarize="dynamic")
    indices = np.array([5, 3, 8])
    a = data.train.batch(indices, key=1).x
    assert a.equal(data.train.batch(indices, key=1).x)
    assert a[1].equal(data.train.batch(np.array([3]), key=1).x[0])
    assert not a.equal(data.train.batch(indices, key=2).x)
    assert data.valid.batch(indices, key=1).x.equal(data.valid.batch(indices, key=2).x)


def test_pixels_are_white_with_the_probability_of_their_brightness():
    grey, dynamic = digits(), digits(binarize="dynamic")
    indices = np.arange(20)
    mean = sum(dynamic.train.batch(indices, key=k).x for k in range(1000)) / 1000
    error = (mean - grey.train.batch(indices).x).abs()
    assert error.max() < 5.5 * 1000**-0.5
    black, white = (grey.train.batch(indices).x == v for v in (-1, 1))
    assert error[black | white].max() == 0


def test_three_digits_make_a_color_and_a_number():
    data = digits(color_digits=True, image_size=8)
    assert data.spec == ((3, 8, 8), False, 1000)
    x, labels = data.train.first(2000)
    source = digits(image_size=8).train.first(1297)
    known = {image.numpy().tobytes(): int(label) for image, label in zip(source.x[:, 0], source.labels, strict=True)}
    spelled = [[known[channel.numpy().tobytes()] for channel in image] for image in x]
    assert labels.tolist() == [100 * a + 10 * b + c for a, b, c in spelled]
    assert len(set(labels.tolist())) > 800


def test_stacks_of_a_split_are_of_its_own_digits_and_never_end():
    data, grey = digits(color_digits=True, image_size=8), digits(image_size=8)
    assert data.test is not None
    assert grey.test is not None
    own = {image.numpy().tobytes() for image in grey.test.first(300).x[:, 0]}
    stacks = data.test.first(1000).x
    assert len(stacks) == 1000
    assert len(data.test) == 300
    assert {channel.numpy().tobytes() for channel in stacks.flatten(0, 1)} <= own


@pytest.mark.parametrize("mode", ["once", "dynamic", "threshold"])
def test_stacks_are_binarized_too(mode):
    data = digits(color_digits=True, binarize=mode)
    indices = np.array([7, 2**61])
    a, b = data.train.batch(indices, key=1), data.train.batch(indices, key=2)
    assert data.spec.binary
    assert set(a.x.unique().tolist()) == {-1, 1}
    assert a.x.equal(b.x) == (mode != "dynamic")
    assert a.labels.equal(b.labels)


def test_lines_can_be_binarized():
    data = open_images(ImageConfig(data="lines", binarize="threshold"))
    grey = open_images(ImageConfig(data="lines"))
    white = data.valid.first(50).x > 0
    assert white.equal((grey.valid.first(50).x + 1) * 127.5 >= 127.5)


@pytest.mark.parametrize("count", [10, 25, 100])
def test_as_many_labels_of_each_class_are_shown_as_asked_for(count):
    labels = digits(labeled=count).train.first(1297).labels
    shown = np.bincount(labels[labels >= 0], minlength=10)
    assert shown.sum() == count
    assert shown.max() - shown.min() <= 1
    true = digits().train.first(1297).labels
    assert labels[labels >= 0].equal(true[labels >= 0])
    other = digits(labeled=count, image_seed=1).train.first(1297).labels
    assert not labels.equal(other)


def test_held_out_labels_are_all_shown():
    data = digits(labeled=10)
    assert data.test is not None
    assert (data.valid.first(200).labels >= 0).all()
    assert data.spec.classes == 10


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data": "numbers"}, "no images 'numbers'; expected digits, lines, mixture, a folder"),
        ({"image_size": 0}, "image_size 0; expected 1 or more"),
        ({"valid_fraction": 0.0}, "valid_fraction 0.0; expected a share between 0 and 1"),
        ({"valid_fraction": float("nan")}, "valid_fraction nan"),
        ({"labeled": 9}, "labeled 9 with 10 classes; expected 10 or more"),
        ({"labeled": 5000}, "labeled 5000 needs 500 of class 0, which has"),
        ({"labeled": 100, "data": "lines"}, "labeled 100 with lines, which are drawn without end"),
        ({"labeled": 100, "color_digits": True}, "labeled 100 with color_digits"),
        ({"data": "lines", "color_digits": True}, "color_digits with lines; expected gray images"),
        ({"data": "mixture", "image_size": 28}, "image_size 28 with mixture"),
        ({"data": "lines", "image_size": 64}, "image_size 64 with lines"),
        ({"data": "mixture", "binarize": "once"}, "binarize once with mixture, which are points"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, said):
    assert said in complaint(**settings)


def test_broken_idx_files_are_refused(tmp_path):
    images = write_idx(tmp_path) / "train-images-idx3-ubyte"
    whole = images.read_bytes()
    settings = {"data": str(tmp_path)}
    for content, said in [
        (whole[:-1], "has 3,599 bytes after its header, which says 100 x 6 x 6"),
        (whole[:9], "bytes after its header"),
        (b"", "begins with nothing; expected 000008"),
        (b"PNG!" + whole, "begins with 504e4721"),
        (idx_bytes(grey_levels(99)), "99 images and 100 labels"),
        (idx_bytes(grey_levels()[0]), "has 2 dimensions; expected 3"),
    ]:
        images.write_bytes(content)
        assert said in complaint(**settings)
    images.write_bytes(whole)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "has no t10k-labels-idx1-ubyte (or .gz)" in complaint(**settings)
    images.unlink()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(whole)[:-20])
    assert "cannot be read" in complaint(**settings)
