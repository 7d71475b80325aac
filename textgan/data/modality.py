"""Whether data is text or images, decided by its name alone, before anything is read."""

from pathlib import Path
from typing import Literal

from textgan.data.split_names import split_of_file
from textgan.files import problem_of

BUILT_IN_IMAGES = ("digits", "lines", "mixture")
BUILT_IN_TEXT = ("scenes", "scenes-pairs")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def modality_of_data(data: str) -> Literal["text", "images"] | None:
    """What the user's name for data says: the names built in, an .npz file, a folder of IDX or image files.

    Returns:
        None where the name does not say: a Hugging Face dataset, or nothing that is here.
    """
    if data in BUILT_IN_IMAGES or data.lower().endswith(".npz"):
        return "images"
    if data in BUILT_IN_TEXT:
        return "text"
    path = Path(data)
    if data.startswith("hf:") or problem_of(path, None):
        return None
    return "images" if path.is_dir() and not _holds_splits(path) and _holds_images(path) else "text"


def _holds_splits(folder: Path) -> bool:
    """Whether there are text files named after splits; then pictures, such as those of runs, are not what is meant."""
    try:
        return any(split_of_file(path.name) for path in folder.iterdir())
    except OSError:
        return False


def _holds_images(folder: Path, depth: int = 2) -> bool:
    """Whether there are IDX or image files, hidden ones aside, at most two folders deep."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError:  # whoever reads the data will say that it cannot be read
        return False
    for path in paths:
        if path.is_dir():
            if depth and _holds_images(path, depth - 1):
                return True
        elif "ubyte" in path.name or path.suffix.lower() in IMAGE_SUFFIXES:
            return True
    return False
