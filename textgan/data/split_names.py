"""Names of splits: the one table that text, images, archives and datasets of the hub are read by."""

import re
from collections.abc import Iterable

from textgan.data.readers import SUFFIXES
from textgan.errors import UserError

SPLIT_NAMES = {
    "train": ("train", "training", "trn"),
    "valid": ("valid", "validation", "val", "dev", "development", "eval", "evaluation"),
    "test": ("test", "testing", "tst"),
}
"""Names under which files, folders, arrays and splits of datasets hold train, valid and test, in any case."""

_SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}
_WORD = re.compile(r"[^\W_]+")
_FILLERS = ("set", "split", "data", "dataset", "images", "imgs", "img", "sentences")


def split_of(name: str) -> str | None:
    """The split that a name means, such as valid of "Val", "dev" or "validation_set"; None: it means none."""
    words = [word for word in _WORD.findall(name.casefold()) if word not in _FILLERS]
    if len(words) != 1:
        return None
    bare = next((words[0].removesuffix(end) for end in _FILLERS if words[0].endswith(end)), words[0])
    return _SPLIT_OF.get(words[0]) or _SPLIT_OF.get(bare)


def hinted_split(name: str) -> str | None:
    """The split that a longer name begins or ends with, such as test of "seg_test"; None: it does with none."""
    words = _WORD.findall(name.casefold())
    return (_SPLIT_OF.get(words[0]) or _SPLIT_OF.get(words[-1])) if words else None


def splits_among(names: Iterable[str], where: str) -> dict[str, str]:
    """Split -> the name that means it, in the order train, valid, test; names that mean none are left out.

    Raises:
        UserError: two names mean the same split.
    """
    found: dict[str, str] = {}
    for name in names:
        split = split_of(name)
        if split is not None and found.setdefault(split, name) != name:
            both = sorted([found[split], name], key=lambda known: known != split)
            raise UserError(f"{where} has both {' and '.join(both)}, which mean the same split; keep one")
    return {split: found[split] for split in SPLIT_NAMES if split in found}


def split_of_file(name: str) -> tuple[str, str | None] | None:
    """What the name of a text file says: train.txt, Dev.csv.gz or test.LABEL.txt.

    Returns:
        The name of its split, folded, and the label in the name of the file, if there is one; None: it is no text
        file, or its name is not that of a split.
    """
    bare = name[:-3] if name.lower().endswith(".gz") else name
    stem = next((bare[: -len(end)] for end in SUFFIXES if bare.lower().endswith(end)), None)
    if stem is None:
        return None
    split, _, label = stem.partition(".")
    return (split.lower(), label or None) if split_of(split) else None
