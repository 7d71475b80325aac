"""Pixels are read as they are shown; what shows nothing is refused, and what would fill the memory too."""

import gzip
import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, open_images
from textgan.errors import UserError
from textgan.pictures import in_range, read_image

DRAWING = np.zeros((6, 4), np.uint8)
DRAWING[1:3, 1] = 255  # ink
SHOWN = np.where(DRAWING > 0, -1.0, 1.0).astype(np.float32)  # black on white


def save(folder: Path, *images: PIL.Image.Image, end: str = "png", **options) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for i, image in enumerate(images):
        image.save(folder / f"{i}.{end}", **options)
    return folder


def opened(folder: Path, **settings) -> ImageData:
    return open_images(ImageConfig(data=str(folder), valid_fraction=0.5, **settings))


def only(folder: Path) -> np.ndarray:
    """All channels of two equal images, of a data set and, the same, as a picture given to a model."""
    data = opened(folder)
    first = data.train.first(1).x[0].numpy()
    given = read_image(next(iter(sorted(folder.iterdir()))), data.spec.shape)
    np.testing.assert_allclose(given, first, atol=1e-6)
    return first


def clear(mode: str) -> PIL.Image.Image:
    """A black drawing on clear ground, which is black underneath."""
    alpha = PIL.Image.fromarray(DRAWING)
    if mode == "P":
        image = PIL.Image.new("P", (4, 6))
        image.putpalette([0, 0, 0, 9, 9, 9])
        image.putdata((DRAWING > 0).astype(np.uint8).ravel().tolist())
        image.info["transparency"] = 0
        return image
    image = PIL.Image.new(mode, alpha.size)
    image.putalpha(alpha)
    return image


@pytest.mark.parametrize(("mode", "channels"), [("LA", 1), ("RGBA", 3), ("P", 1)])
def test_what_is_transparent_is_laid_on_white(tmp_path, mode, channels):
    x = only(save(tmp_path, clear(mode), clear(mode)))
    assert x.shape == (channels, 6, 4)
    np.testing.assert_allclose(x, np.broadcast_to(SHOWN, x.shape), atol=0.1)


def test_a_transparent_color_without_alpha_is_laid_on_white(tmp_path):
    grey = PIL.Image.fromarray(DRAWING // 2)
    x = only(save(tmp_path, grey, grey, transparency=0))
    np.testing.assert_allclose(x[0], np.where(DRAWING > 0, -1 / 255, 1), atol=1e-2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_the_camera_was_held(tmp_path, orientation):
    pixels = np.kron(np.arange(6, dtype=np.uint8).reshape(2, 3) * 50, np.ones((8, 8), np.uint8))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    image = PIL.Image.fromarray(pixels)
    x = only(save(tmp_path, image, image, exif=exif))[0]
    wanted = [
        pixels, pixels[:, ::-1], pixels[::-1, ::-1], pixels[::-1],
        pixels.T, np.rot90(pixels, -1), pixels[::-1, ::-1].T, np.rot90(pixels),
    ][orientation - 1]  # fmt: skip
    np.testing.assert_allclose(x, wanted / 127.5 - 1, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 8, 10, 12, 14, 16])
def test_deep_images_are_as_bright_as_their_depth_allows(tmp_path, bits):
    most = (1 << bits) - 1
    ramp = np.linspace(0, most, 24).round().astype(np.uint16).reshape(6, 4)
    dark = ramp // 2
    data = opened(save(tmp_path, *(PIL.Image.fromarray(values) for values in (ramp, dark, ramp, dark))))
    both = np.concatenate([part.first(2).x.numpy() for part in (data.train, data.valid)])
    tops = sorted(float(x.max()) for x in both)
    assert tops[-1] == 1  # one scale for all: the dark ones stay dark
    assert tops[0] == pytest.approx(2 * (most // 2) / most - 1, abs=0.02)
    assert f"read as of {bits} bits" in "\n".join(data.summary)


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_pixels_that_are_floats_are_scaled(tmp_path, top):
    ramp = np.linspace(0, top, 24, dtype=np.float32).reshape(6, 4)
    x = only(save(tmp_path, *[PIL.Image.fromarray(ramp)] * 2, end="tiff"))
    np.testing.assert_allclose(x[0], ramp / top * 2 - 1, atol=0.01)


def test_a_palette_of_greys_is_grey_and_one_of_colors_is_not(tmp_path):
    ramp = np.arange(24, dtype=np.uint8).reshape(6, 4) * 10
    grey = PIL.Image.fromarray(ramp).convert("P")
    color = PIL.Image.fromarray(np.stack([ramp, ramp // 2, ramp // 3], -1)).convert(
        "P", palette=PIL.Image.Palette.ADAPTIVE
    )
    np.testing.assert_allclose(only(save(tmp_path / "grey", grey, grey))[0], ramp / 127.5 - 1, atol=1e-6)
    assert opened(save(tmp_path / "color", color, color)).spec.shape == (3, 6, 4)


@pytest.mark.parametrize("kind", ["npz", "folder"])
def test_pixels_of_0_and_1_are_black_and_white(tmp_path, kind):
    masks = np.stack([DRAWING, DRAWING]) // 255
    if kind == "npz":
        np.savez(tmp_path / "a.npz", x=masks)
        data = opened(tmp_path / "a.npz")
    else:
        data = opened(save(tmp_path / "a", *map(PIL.Image.fromarray, masks)))
    np.testing.assert_allclose(data.train.first(1).x[0, 0], -SHOWN)
    assert "pixels are 0 and 1, which are read as black and white" in data.summary


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (
            [np.zeros((4, 4), np.uint8)] * 2,
            "every pixel of train is 0; expected images; is the drawing in the",
        ),
        ([np.full((4, 4), 255, np.uint8)] * 2, "every pixel of train is 255"),
        ([np.full((4, 4, 4), [255, 255, 255, 7], np.uint8)] * 2, "every pixel of train is 255"),
        ([DRAWING // 255 * 10] * 2, "pixels of train go from 0 to 10; expected a good part of 0 (black) to 255"),
        ([DRAWING // 255 * 10 + 100] * 2, "pixels of train go from 100 to 110"),
    ],
)
def test_images_that_show_nothing_are_refused_with_the_reason(tmp_path, images, said):
    with pytest.raises(UserError) as caught:
        opened(save(tmp_path, *map(PIL.Image.fromarray, images)))
    assert said in str(caught.value)
    if images[0].ndim == 2:
        np.savez(tmp_path / "a.npz", x=np.stack(images))
        with pytest.raises(UserError) as caught:
            opened(tmp_path / "a.npz")
        assert said in str(caught.value)


def test_single_images_that_show_nothing_are_counted(tmp_path, caplog):
    blank = PIL.Image.fromarray(np.zeros((6, 4), np.uint8))
    folder = save(tmp_path, PIL.Image.fromarray(DRAWING), blank, blank)
    assert "2 of 3 images of train are of one value" in opened(folder).summary
    read_image(folder / "1.png", (1, 6, 4))
    assert "every pixel is 0" in caplog.text


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        (DRAWING, -SHOWN),
        (DRAWING // 255, -SHOWN),
        (DRAWING > 0, -SHOWN),
        ((DRAWING // 255).astype(np.int64), -SHOWN),
        (DRAWING.astype(np.int32), -SHOWN),
        (-SHOWN, -SHOWN),
        ((-SHOWN).astype(np.int8), -SHOWN),
    ],
)
def test_arrays_are_read_by_what_their_numbers_can_be(array, wanted):
    np.testing.assert_allclose(in_range(array, Path("a.npy")), wanted)


def test_archives_that_claim_or_hide_too_much_are_refused(tmp_path, monkeypatch):
    def refused(path: Path, said: str) -> None:
        for read in (opened, lambda path: read_image(path, (1, 6, 4))):
            with pytest.raises(UserError, match=said):
                read(path)

    path, masks = tmp_path / "a.npz", np.stack([DRAWING] * 4)
    with zipfile.ZipFile(path, "w") as archive:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (10**10, 10, 100)})
        archive.writestr("x.npy", head.getvalue() + masks.tobytes())
    refused(path, r"a.npz x claims 10000000000 x 10 x 100 uint8, which is 10,000,000,000,000 bytes, and holds 96")
    for packing, name in ((zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")):
        content = io.BytesIO()
        np.save(content, masks)
        with zipfile.ZipFile(path, "w", packing) as archive:
            archive.writestr("x.npy", content.getvalue())
        refused(path, f"a.npz x is compressed by {name}")
    np.savez(path, x=masks)
    whole = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(magic) + place] |= 1
    path.write_bytes(whole)
    refused(path, "a.npz x is encrypted")
    np.savez_compressed(path, x=masks)
    monkeypatch.setenv("TEXTGAN_MAX_ARRAY", "200")
    refused(path, "set TEXTGAN_MAX_ARRAY to more")


def test_an_idx_file_that_claims_too_much_is_refused(tmp_path, monkeypatch):
    head = b"\0\0\x08\x03" + struct.pack(">III", 1 << 31, 1 << 31, 1 << 31)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + b"\0" * 1000))
    with pytest.raises(UserError, match="claims 2147483648 x 2147483648 x 2147483648 bytes; expected at most"):
        opened(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").rename(tmp_path / "train-images-idx3-ubyte")
    with pytest.raises(UserError, match=r"it is packed by gzip: let its name end in .gz"):
        opened(tmp_path)


def test_a_png_of_too_many_pixels_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(bomb)
    said = r"a.png is of 60,000 x 60,000 pixels; expected at most .*, set TEXTGAN_MAX_PIXELS to more"
    with pytest.raises(UserError, match=said):
        opened(tmp_path)
    with pytest.raises(UserError, match=said):
        read_image(tmp_path / "a.png", (1, 6, 4))
    small = save(tmp_path / "b", PIL.Image.fromarray(DRAWING), PIL.Image.fromarray(DRAWING))
    monkeypatch.setenv("TEXTGAN_MAX_PIXELS", "23")
    with pytest.raises(UserError, match="is of 4 x 6 pixels; expected at most 23"):
        opened(small)
    monkeypatch.setenv("TEXTGAN_MAX_PIXELS", "many")
    with pytest.raises(UserError, match="TEXTGAN_MAX_PIXELS is 'many'; expected a whole number"):
        opened(small)
