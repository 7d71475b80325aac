"""The IDX format of MNIST and its kin (Fashion-MNIST, KMNIST, EMNIST), gzipped or not."""

import math
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from textgan.data.images.source import ImageSource, Labeled, check_lengths, in_memory
from textgan.data.readers import open_bytes
from textgan.errors import UserError
from textgan.limits import within

_STEMS = {"train": "train", "valid": "valid", "test": "t10k"}
_IMAGES, _LABELS = "images{}idx3-ubyte", "labels{}idx1-ubyte"
_UNSIGNED_BYTE = 8  # the type code of the header


def find_idx_folder(folder: Path) -> Path | None:
    """The folder that has the file of training images under one of its names: this, or, as torchvision has it, raw.

    Raises:
        UserError: there are several, such as root/MNIST/raw and root/KMNIST/raw.
    """
    if _find(folder, "train", _IMAGES):
        return folder
    found = [place for place in (folder / "raw", *sorted(folder.glob("*/raw"))) if _find(place, "train", _IMAGES)]
    if len(found) > 1:
        raise UserError(f"{folder} holds IDX files in {', '.join(map(str, found))}; expected one of these folders")
    return found[0] if found else None


def read_idx_folder(folder: Path) -> ImageSource:
    """train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte.

    Each may end in .gz and have a dot for the second hyphen; t10k (test) may be left out, valid-... may be added.

    Raises:
        UserError: a file is missing or not what its name says.
    """
    stems = {split: stem for split, stem in _STEMS.items() if split == "train" or _has(folder, stem)}
    return in_memory(str(folder), {split: _split(folder, stem) for split, stem in stems.items()})


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """An array of unsigned bytes, of any number of dimensions.

    Raises:
        UserError: the file cannot be read, or is no whole IDX file of unsigned bytes.
    """
    try:
        with open_bytes(path) as file:
            head = file.read(4)
            if len(head) < 4 or head[:2] != b"\0\0" or head[2] != _UNSIGNED_BYTE:
                packed = "; it is packed by gzip: let its name end in .gz" if head[:2] == b"\x1f\x8b" else ""
                begins = head.hex() or "nothing"
                raise UserError(f"{path} begins with {begins}; expected 000008 (IDX of unsigned bytes){packed}")
            sizes = file.read(4 * head[3])
            shape = [int.from_bytes(sizes[i : i + 4], "big") for i in range(0, len(sizes), 4)]
            size = math.prod(shape)
            within("TEXTGAN_MAX_ARRAY", size, f"{path} claims {' x '.join(map(str, shape))} bytes")
            content = file.read(size + 1)  # one more than there should be
    except (OSError, EOFError, zlib.error, MemoryError) as error:
        raise UserError(
            f"{path} cannot be read ({error}); expected an IDX file, such as MNIST's; get it anew"
        ) from None
    if len(sizes) < 4 * head[3] or len(content) != size:
        more = "more" if len(content) > size else f"{len(content):,}"
        raise UserError(
            f"{path} has {more} bytes after its header, which says {' x '.join(map(str, shape))}; "
            "the file was cut or changed; get it anew"
        )
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)


def _split(folder: Path, stem: str) -> Labeled:
    images, labels = (
        _read(folder, stem, template, dimensions) for template, dimensions in ((_IMAGES, 3), (_LABELS, 1))
    )
    check_lengths(f"{folder} {stem}", len(images), len(labels))
    return Labeled(images[:, None], labels.astype(np.int64))


def _read(folder: Path, stem: str, template: str, dimensions: int) -> npt.NDArray[np.uint8]:
    path = _find(folder, stem, template)
    if path is None:
        raise UserError(f"{folder} has no {stem}-{template.format('-')} (or .gz); put it beside the other files")
    array = read_idx(path)
    if array.ndim != dimensions:
        raise UserError(f"{path} has {array.ndim} dimensions; expected {dimensions}, as its name says")
    return array


def _has(folder: Path, stem: str) -> bool:
    return any(_find(folder, stem, template) for template in (_IMAGES, _LABELS))


def _find(folder: Path, stem: str, template: str) -> Path | None:
    names = [f"{stem}-{template.format(between)}{end}" for between in "-." for end in ("", ".gz")]
    return next((folder / name for name in names if (folder / name).is_file()), None)
