"""Arrays that numpy saved, read only as far as they are what they claim to be and the memory holds them."""

import math
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from textgan.errors import UserError, reason_of
from textgan.files import problem_of
from textgan.limits import within

Array = npt.NDArray[Any]

_OTHERS = {zipfile.ZIP_BZIP2: "bzip2", zipfile.ZIP_LZMA: "lzma", 9: "deflate64", 93: "zstandard"}
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # as numpy writes


class _Claim:
    """What the head of an array says: how many bytes are to follow."""

    def __init__(self, file: IO[bytes]) -> None:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        self.shape, _, self.dtype = read(file)
        if self.dtype.hasobject:
            raise ValueError("it holds Python objects, which are not read")
        self.size = math.prod(self.shape) * self.dtype.itemsize


def read_npy(path: Path) -> Array:
    """The array of an .npy.

    Raises:
        UserError: the file is not there, is cut off, holds no array, or one over the limit.
    """
    with _explained(path):
        with path.open("rb") as file:
            claim = _Claim(file)
            _check(claim, path.stat().st_size - file.tell(), str(path))
        return np.asarray(np.load(path, allow_pickle=False))


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of an .npz by name.

    Raises:
        UserError: the file is not there or no archive, or an array is encrypted, cut off, none, or over the limit.
    """
    with _explained(path), zipfile.ZipFile(path) as archive:
        names = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        for name, info in names.items():
            _check_member(archive, info, f"{path} {name}")
        total = sum(info.file_size for info in names.values())
        within("TEXTGAN_MAX_ARRAY", total, f"{path} unpacks to {total:,} bytes")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in names}


def _check_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str) -> None:
    if info.flag_bits & 1:
        raise UserError(f"{where} is encrypted; expected an .npz that numpy.savez wrote")
    if info.compress_type not in _PACKED:
        method = _OTHERS.get(info.compress_type, f"method {info.compress_type}")
        raise UserError(f"{where} is compressed by {method}; expected an .npz that numpy.savez wrote")
    with archive.open(info) as file:
        claim = _Claim(file)
        _check(claim, info.file_size - file.tell(), where)


def _check(claim: _Claim, stored: int, where: str) -> None:
    what = f"{where} claims {' x '.join(map(str, claim.shape)) or 'one'} {claim.dtype}"
    if claim.size > stored:
        raise UserError(
            f"{what}, which is {claim.size:,} bytes, and holds {stored:,}; it was cut or changed; get it anew"
        )
    within("TEXTGAN_MAX_ARRAY", claim.size, f"{what}, which is {claim.size:,} bytes")


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    if why := problem_of(path):
        raise UserError(f"{path} {why}; expected an array that numpy saved")
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # numpy raises the errors of zipfile, zlib, struct and pickle too
        raise UserError(f"{path} cannot be read ({reason_of(error)}); expected an array that numpy saved") from None


def first_of(arrays: Mapping[str, Array], *names: str) -> Array | None:
    """The array of the first of the names that is there, else the first; None: there is none."""
    return next((arrays[name] for name in (*names, *arrays) if name in arrays), None)
