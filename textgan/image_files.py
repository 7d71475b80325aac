"""Image files decoded to uint8: orientation of EXIF applied, transparency on white, deep images scaled to 8 bits."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.errors import UserError, reason_of
from textgan.files import problem_of
from textgan.limits import within

if TYPE_CHECKING:
    from PIL.Image import Image

Picture = npt.NDArray[np.uint8]

_GREY = ("1", "L", "LA", "La")
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
_PALETTE = ("P", "PA")
_CLEAR = ("LA", "La", "PA", "RGBA", "RGBa")
_DEPTHS = (1, 8, 10, 12, 14, 16)  # bits that cameras, scanners and masks have
_ORIENTATION, _ON_ITS_SIDE = 0x0112, 5  # the tag of EXIF, and its first value for which height and width change places
_TURNS = (0, 3, 1, 5, 4, 6, 2)  # Pillow's numbers of the transpositions that undo orientations 2 to 8
_pillow = threading.Lock()


class EncodedImage(NamedTuple):
    """An encoded image and what it is called in messages."""

    content: Path | BytesIO
    where: str


class ImageHeader(NamedTuple):
    """Size and depth of an image file, known before its pixels are decoded.

    Args:
        size: width and height, with the orientation applied.
        grey: whether it has no color.
        most: its largest value, where it has more than 8 bits a pixel; None: it has not.
    """

    size: tuple[int, int]
    grey: bool
    most: float | None


def read_image_header(file: EncodedImage) -> ImageHeader:
    """Size and depth of an image. Only the head of a file is read, but of palettes and of deep images all.

    Raises:
        UserError: it is no image that can be read, or has more pixels than the limit.
    """
    try:
        with _silence(), _open(file) as image:
            width, height = image.size
            turned = _orientation(image) >= _ON_ITS_SIDE
            most = float(np.asarray(image).max()) if image.mode in _DEEP else None
            grey = most is not None or image.mode in _GREY or (image.mode in _PALETTE and _has_grey_palette(image))
            return ImageHeader((height, width) if turned else (width, height), grey, most)
    except UserError:
        raise
    except Exception as error:  # Pillow raises its own, zlib's, struct's and the system's errors
        raise _no_image(file, error) from None


def decode_image(file: EncodedImage, channels: int, most: float | None = None) -> Picture:
    """The pixels of an image, (H, W, C), from 0 to 255; of a moving picture the first frame.

    Transparent parts are laid on white, as most programs show them, and EXIF's orientation is followed.

    Args:
        file: the image.
        channels: C, 1 (grey) or 3 (color).
        most: largest value among the deep images that it belongs to; default: that of the image itself.

    Raises:
        UserError: it is no image that can be read, or has more pixels than the limit.
    """
    import PIL.Image

    try:
        with _silence(), _open(file) as opened:
            orientation = _orientation(opened)
            image = opened.transpose(PIL.Image.Transpose(_TURNS[orientation - 2])) if orientation > 1 else opened
            if image.mode in _DEEP:
                values = np.asarray(image)
                image = PIL.Image.fromarray(_shallow(values, float(values.max()) if most is None else most, file))
            elif image.mode in _CLEAR or "transparency" in image.info:
                ground = PIL.Image.new("RGBA", image.size, "white")
                image = PIL.Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
            array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except UserError:
        raise
    except Exception as error:  # see `read_image_header`
        raise _no_image(file, error) from None
    return array.reshape(*array.shape[:2], channels)


def depth_of(most: float) -> int:
    """Bits of images whose largest value this is: the fewest of the usual depths that hold it."""
    return next(bits for bits in _DEPTHS if most <= (1 << bits) - 1)


@contextmanager
def _silence() -> Iterator[None]:
    """Without Pillow's warnings, such as of damaged EXIF, which would be printed beside our messages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _open(file: EncodedImage) -> "Image":
    import PIL.Image

    with _pillow:  # whose limit is a setting of the whole process; there is one here, with another message
        usual, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
        try:
            image = PIL.Image.open(file.content)
        except OSError as error:
            why = problem_of(file.content) if isinstance(file.content, Path) else None
            raise (
                UserError(f"{file.where} {why}; expected an image file") if why else _no_image(file, error)
            ) from None
        finally:
            PIL.Image.MAX_IMAGE_PIXELS = usual
    width, height = image.size
    within("TEXTGAN_MAX_PIXELS", width * height, f"{file.where} is of {width:,} x {height:,} pixels")
    return image


def _orientation(image: "Image") -> int:
    """From 1 (as it is) to 8, by EXIF where it stands before the pixels: for more, Pillow would read all of a PNG."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1
    found = image.getexif().get(_ORIENTATION, 1)
    return int(found) if found in range(1, 9) else 1


def _has_grey_palette(image: "Image") -> bool:
    colors = np.asarray(image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB"))
    if colors.shape[2] == 4:
        colors = colors[colors[..., 3] > 0]  # what is transparent has no color
    return bool((colors[..., :1] == colors[..., 1:3]).all())


def _shallow(values: npt.NDArray[np.generic], most: float, file: EncodedImage) -> Picture:
    """8 bits of more a pixel, the brightest as bright as the depth allows."""
    low, high = float(values.min()), float(values.max())
    if not 0 <= low <= high < 1 << _DEPTHS[-1]:  # so that NaN is refused as well
        raise UserError(f"{file.where} has values from {low:g} to {high:g}; expected 0 to 65535, of 16 bits at most")
    return (values.astype(np.float64) * 255 // ((1 << depth_of(most)) - 1)).astype(np.uint8)


def _no_image(file: EncodedImage, error: Exception) -> UserError:
    return UserError(f"{file.where} is no image that can be read ({reason_of(error)}); repair or remove it")
