"""Folders of image files, .npz archives and Hugging Face datasets give the same sets as arrays."""

import io
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, open_images
from textgan.errors import UserError


def opened(path: object, **settings) -> ImageData:
    return open_images(ImageConfig(data=str(path), **settings))


def complaint(path: object, **settings) -> str:
    with pytest.raises(UserError) as caught:
        opened(path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def random_images(n: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def write_folder(folder: Path, images: np.ndarray) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images):
        PIL.Image.fromarray(image).save(folder / f"{i:03}.png")
    return folder


def pixels(images: np.ndarray) -> np.ndarray:
    """(N, H, W) or (N, H, W, C) as a model sees them."""
    x = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return x / np.float32(127.5) - 1


def test_a_folder_has_splits_and_a_folder_for_each_label(tmp_path):
    images = random_images(12, 5, 4, 3)
    for split, n in (("train", 4), ("val", 2), ("test", 3)):
        for label in ("dog", "cat"):
            write_folder(tmp_path / split / label, images[:n])
    data = opened(tmp_path)
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test)) == (8, 4, 6)
    assert data.spec == ((3, 5, 4), False, 2)
    x, labels = data.test.first(6)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(x[:3], pixels(images[:3]), atol=1e-6)
    assert "labels from 0: cat, dog" in data.summary


@pytest.mark.parametrize(
    ("train", "valid", "test"),
    [
        ("training", "eval", "testing"),
        ("Train", "VAL", "Test"),
        ("training_set", "validation_set", "test_set"),
        ("trainset", "Dev", "testdata"),
    ],
)
def test_splits_are_found_under_all_their_names(tmp_path, train, valid, test):
    for name, n in ((train, 4), (valid, 2), (test, 3)):
        for label in ("dog", "cat"):
            write_folder(tmp_path / name / label, random_images(n, 4, 4))
    data = opened(tmp_path)
    assert data.test is not None
    assert (len(data.train), len(data.valid), len(data.test), data.spec.classes) == (8, 4, 6, 2)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["train", "test", "cat"], "has the splits train, test beside other folders of images (cat)"),
        (["bus", "Train"], "has the split Train beside other folders of images (bus); move them away"),
        (["seg_train", "seg_test"], "seg_test, seg_train, which look like splits and would be read as labels"),
        (["data/train", "data/test"], "data/test, data/train, which look like splits"),
        (["cat/train", "cat/test", "dog/train"], "which look like splits"),
        (["training_set/training_set/cat", "test_set/test_set/cat"], "training_set is a split in a split"),
    ],
)
def test_names_that_may_or_may_not_be_splits_are_refused(tmp_path, names, said):
    for name in names:
        write_folder(tmp_path / name, random_images(2, 4, 4))
    assert said in complaint(tmp_path)


def test_labels_may_have_names_that_hint_at_splits(tmp_path):
    for name in ("bullet train", "test tube/valid", "dog"):
        write_folder(tmp_path / name, random_images(2, 4, 4))
    with pytest.raises(UserError, match="look like splits"):
        opened(tmp_path)
    write_folder(tmp_path / "b" / "dog", random_images(2, 4, 4))
    write_folder(tmp_path / "b" / "bullet train", random_images(2, 4, 4))
    assert opened(tmp_path / "b").spec.classes == 2


def test_what_is_left_out_of_a_folder_is_counted_and_said(tmp_path):
    folder = write_folder(tmp_path / "a" / "cat", random_images(4, 4, 4))
    write_folder(tmp_path / "b", random_images(2, 4, 4))
    for name in ("notes.txt", "cat/drawing.svg", "cat/.hidden"):
        (folder.parent / name).write_text("x")
    (folder / "gone.png").symlink_to(tmp_path / "gone.png")
    (folder.parent / "dog").symlink_to(tmp_path / "b")
    (folder.parent / "bird").mkdir()
    (said,) = [line for line in opened(folder.parent).summary if line.startswith("left out")]
    for part in (
        "files of other kinds: 2 (cat/drawing.svg, notes.txt)",
        "links that lead nowhere: 1 (cat/gone.png)",
        "links to folders: 1 (dog)",
        "empty folders: 1 (bird)",
    ):
        assert part in said


def test_a_flat_folder_is_train_without_labels(tmp_path):
    data = opened(write_folder(tmp_path, random_images(10, 5, 5)), valid_fraction=0.2)
    assert (len(data.train), len(data.valid), data.test) == (8, 2, None)
    assert data.spec == ((1, 5, 5), False, 0)
    assert data.train.first(8).labels.tolist() == [-1] * 8


def test_labels_that_are_numbers_keep_their_order(tmp_path):
    for label in (10, 9, 2):
        write_folder(tmp_path / str(label), random_images(1, 4, 4))
    assert "labels from 0: 2, 9, 10" in opened(tmp_path).summary


def test_folders_may_say_that_there_is_no_label(tmp_path):
    for label in ("1.0", "0", "-1"):
        write_folder(tmp_path / label, random_images(2, 4, 4))
    data = opened(tmp_path)
    assert "labels from 0: 0, 1" in data.summary
    assert "2 images have no label" in data.summary


def test_grey_beside_color_becomes_color(tmp_path):
    grey, color = random_images(2, 4, 4), random_images(2, 4, 4, 3)
    write_folder(tmp_path / "train" / "a", grey)
    write_folder(tmp_path / "train" / "b", color)
    write_folder(tmp_path / "valid" / "a", grey)
    data = opened(tmp_path)
    assert data.spec.shape == (3, 4, 4)
    np.testing.assert_allclose(data.valid.first(2).x, pixels(np.repeat(grey[..., None], 3, 3)), atol=1e-6)
    np.testing.assert_allclose(data.train.first(4).x[2:], pixels(color), atol=1e-6)


def test_deep_and_transparent_images_are_understood(tmp_path):
    deep = random_images(2, 4, 4).astype(np.uint16) * 257
    folder = tmp_path / "deep"
    folder.mkdir()
    for i, image in enumerate(deep):
        PIL.Image.fromarray(image).save(folder / f"{i}.png")
    data = opened(folder, valid_fraction=0.5)
    both = np.concatenate([data.train.first(1).x, data.valid.first(1).x])
    np.testing.assert_allclose(np.sort(both, axis=0), np.sort(pixels(deep // 257), axis=0), atol=1e-6)
    rgba = random_images(2, 4, 4, 4)
    assert opened(write_folder(tmp_path / "rgba", rgba)).spec.shape == (3, 4, 4)


def test_images_of_several_sizes_need_an_image_size(tmp_path):
    write_folder(tmp_path / "a", random_images(2, 4, 6))
    write_folder(tmp_path / "b", random_images(2, 8, 8))
    said = complaint(tmp_path)
    assert "has images of 2 sizes, such as 4 x 6" in said
    assert "set image_size" in said
    data = opened(tmp_path, image_size=5)
    assert data.spec.shape == (1, 5, 5)


def test_scaling_down_averages(tmp_path):
    checks = np.indices((8, 8)).sum(axis=0) % 2 * np.uint8(255)
    write_folder(tmp_path, np.stack([checks, checks]).astype(np.uint8))
    x = opened(tmp_path, image_size=2).train.first(1).x
    assert x.abs().max() < 0.15


def test_files_are_decoded_once_and_anew_when_they_change(tmp_path):
    folder = write_folder(tmp_path, random_images(4, 5, 5))
    first = opened(folder)
    assert first.fingerprint == opened(folder).fingerprint
    os.utime(folder / "000.png", (1, 1))
    assert first.fingerprint == opened(folder).fingerprint
    write_folder(folder, random_images(4, 5, 5, seed=1))
    assert first.fingerprint != opened(folder).fingerprint


def test_folders_without_images_are_refused(tmp_path):
    assert "has no image; expected files such as 1.png" in complaint(tmp_path)
    write_folder(tmp_path / "test", random_images(2, 4, 4))
    assert "has test but no train" in complaint(tmp_path)
    write_folder(tmp_path / "train", random_images(2, 4, 4))
    write_folder(tmp_path / "valid", random_images(2, 4, 4))
    write_folder(tmp_path / "dev", random_images(2, 4, 4))
    assert "has both valid and dev, which mean the same" in complaint(tmp_path)


@pytest.mark.parametrize("whole", [False, True])
def test_files_that_are_no_images_are_refused(tmp_path, whole):
    write_folder(tmp_path, random_images(4, 64, 64))
    path = tmp_path / "002.png"
    path.write_bytes(path.read_bytes()[:1000] if whole else b"nothing")
    assert f"{path} is no image that can be read" in complaint(tmp_path)


def test_one_image_is_too_few(tmp_path):
    assert "1 train image and no valid split" in complaint(write_folder(tmp_path, random_images(1, 4, 4)))


def test_color_images_cannot_be_stacked(tmp_path):
    write_folder(tmp_path, random_images(4, 4, 4, 3))
    assert "whose images have 3 channels; expected gray images" in complaint(tmp_path, color_digits=True)
    assert "without labels" in complaint(tmp_path, labeled=2)


@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 3)])
@pytest.mark.parametrize("kind", ["uint8", "float32", "channels first"])
def test_an_archive_may_hold_bytes_or_floats_in_any_order_of_axes(tmp_path, shape, kind):
    images = random_images(6, *shape)
    stored = images / np.float32(255) if kind == "float32" else images
    if kind == "channels first" and images.ndim == 4:
        stored = stored.transpose(0, 3, 1, 2)
    np.savez(tmp_path / "a.npz", x_train=stored, y_train=np.arange(6) % 2, x_test=stored, y_test=np.arange(6)[:, None])
    data = opened(tmp_path / "a.npz")
    assert data.test is not None
    np.testing.assert_allclose(data.test.first(6).x, pixels(images), atol=1e-6)
    assert data.test.first(6).labels.tolist() == list(range(6))
    assert data.spec.classes == 6


@pytest.mark.parametrize(
    "names",
    [
        ("x", "y"),
        ("images", "labels"),
        ("arr_0", "arr_1"),
        ("x_train", "y_train"),
        ("X_Train", "Y_Train"),
        ("train_images", "train_labels"),
        ("x_training", "labels_training"),
    ],
)
def test_an_archive_may_name_its_arrays_in_usual_ways(tmp_path, names):
    np.savez_compressed(tmp_path / "a.npz", **dict(zip(names, (random_images(6, 4, 4), np.arange(6)), strict=True)))
    data = opened(tmp_path / "a.npz")
    assert sorted([*data.train.first(6).labels.tolist(), *data.valid.first(6).labels.tolist()]) == list(range(6))


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x_val": np.zeros((2, 5, 5)), "x_valid": np.zeros((2, 5, 5))}, "both x_val and x_valid, which mean the same"),
        ({"z": np.zeros(3)}, "holds z; expected an array x, images or x_train"),
        ({"x": np.zeros((2, 3))}, "expected (N, H, W), (N, H, W, C) or (N, C, H, W), with C 1 or 3"),
        ({"x": np.zeros((2, 5, 5, 5))}, "expected (N, H, W)"),
        ({"x": np.full((2, 5, 5), 255.0)}, "has values from 255 to 255; expected floats from 0 to 1"),
        ({"x": np.eye(5)[None] / 255}, "were they divided by 255 twice"),
        ({"x": np.full((2, 5, 5), np.nan)}, "expected floats from 0 to 1"),
        ({"x": np.zeros((2, 5, 5), np.int64)}, "is int64 of shape (2, 1, 5, 5); expected uint8"),
        ({"x": np.zeros((2, 5, 5)), "y": np.zeros(3, np.int64)}, "2 images and 3 labels"),
        ({"x": np.zeros((2, 5, 5)), "y": np.full(2, 0.5)}, "y is float64 of shape (2,); expected a row of integers"),
        ({"x": np.zeros((2, 5, 5)), "y": np.array([0, -2])}, "expected a row of integers from 0"),
        ({"x": np.array([{}, {}])}, "cannot be read"),
        ({"x": np.zeros((0, 5, 5))}, "expected (N, H, W)"),
    ],
)
def test_archives_of_other_things_are_refused(tmp_path, arrays, said):
    np.savez(tmp_path / "a.npz", **arrays)
    assert said in complaint(tmp_path / "a.npz")


def test_a_file_that_only_ends_in_npz_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"nothing")
    assert "cannot be read" in complaint(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", x=random_images(100, 5, 5))
    (tmp_path / "b.npz").write_bytes((tmp_path / "b.npz").read_bytes()[:-500])
    assert "cannot be read" in complaint(tmp_path / "b.npz")


def write_dataset(folder: Path, splits: dict[str, tuple[np.ndarray, list]], feature=None) -> str:
    """A local Hugging Face dataset with images as PNG bytes."""
    import datasets

    for split, (images, labels) in splits.items():
        buffers = [io.BytesIO() for _ in images]
        for image, buffer in zip(images, buffers, strict=True):
            PIL.Image.fromarray(image).save(buffer, "PNG")
        features = datasets.Features(
            {"img": datasets.Image(), "label": feature or datasets.ClassLabel(names=["a", "b"])}
        )
        rows = {"img": [{"bytes": b.getvalue(), "path": None} for b in buffers], "label": labels}
        folder.mkdir(exist_ok=True)
        datasets.Dataset.from_dict(rows, features).to_parquet(folder / f"{split}-00000-of-00001.parquet")
    return f"hf:{folder}"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    return tmp_path / "dataset"


def test_a_hugging_face_dataset_gives_its_splits_and_class_labels(hub):
    images = random_images(6, 5, 4, 3)
    data = opened(write_dataset(hub, {"train": (images, [0, 1, 1, 0, 1, -1]), "test": (images[:2], [1, 0])}))
    assert data.test is not None
    assert data.spec == ((3, 5, 4), False, 2)
    assert data.test.first(2).labels.tolist() == [1, 0]
    np.testing.assert_allclose(data.test.first(2).x, pixels(images[:2]), atol=1e-6)
    assert len(data.train) + len(data.valid) == 6
    assert "labels from 0: a, b" in data.summary


def test_labels_of_a_hugging_face_dataset_may_be_names(hub):
    import datasets

    images = random_images(3, 4, 4)
    name = write_dataset(hub, {"train": (images, ["y", "x", None])}, datasets.Value("string"))
    data = opened(name)
    assert sorted([*data.train.first(3).labels.tolist(), *data.valid.first(3).labels.tolist()]) == [-1, 0, 1]


def test_a_hugging_face_folder_of_files_is_read(hub):
    for split in ("train", "test"):
        for label in ("cat", "dog"):
            write_folder(hub / split / label, random_images(3, 4, 4))
    data = opened(f"hf:{hub}")
    assert data.test is not None
    assert data.spec == ((1, 4, 4), False, 2)
    assert sorted(data.test.first(6).labels.tolist()) == [0, 0, 0, 1, 1, 1]


def test_wrong_columns_and_names_of_datasets_are_refused(hub, monkeypatch):
    import datasets
    from huggingface_hub import constants

    name = write_dataset(hub, {"train": (random_images(3, 4, 4), [0, 1, 0])})
    assert "no column 'photo'; the columns are img, label" in complaint(name, image_column="photo")
    assert "column 'label' holds no images" in complaint(name, image_column="label")
    assert "no column 'kind'" in complaint(name, image_label_column="kind")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "cannot be opened" in complaint("hf:nobody/nothing-of-this-name")
