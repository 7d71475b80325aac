"""Where records come from: a file, a folder, a Hugging Face dataset, or a corpus built into the package."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from textgan.data import builtin, hub
from textgan.data.blocks import DataBlock, Split, blocks_of_file
from textgan.data.config import DataConfig
from textgan.data.content import file_hash
from textgan.data.labels import label_of
from textgan.data.parts import Reading
from textgan.data.readers import SUFFIXES, read_records, suffix_of
from textgan.data.records import LABEL_COLUMNS
from textgan.data.split_names import SPLIT_NAMES, split_of, split_of_file, splits_among
from textgan.errors import UserError
from textgan.files import did_you_mean_beside, problem_of

logger = logging.getLogger("textgan")

_COMPANIONS = ("readme", "license", "licence", "classes", "labels", "vocab", "notes", "citation", "sources")
"""Names of files that stand beside the splits of published corpora and are no data."""

_NO_SPLIT = "its name is not that of a train, valid or test file"


@dataclass(frozen=True)
class TextSource:
    """Records of three splits, each to be read as often as needed.

    Args:
        name: what the user called it.
        train: records to train on.
        valid: records to evaluate on during training, cut off from train where the source has none.
        test: None where the source has none.
        fingerprint: hash of the content, such as the bytes of the files.
        whole: train and valid together, where valid was cut off from train.
        valid_fraction: share of `whole` that was.
        unlabeled: more sentences to learn from, whose labels are not read; None where there are none.
    """

    name: str
    train: Split
    valid: Split
    test: Split | None
    fingerprint: str
    whole: Split | None = None
    valid_fraction: float | None = None
    unlabeled: Split | None = None

    @property
    def valid_is_cut(self) -> bool:
        """Whether valid was cut off from train."""
        return self.whole is not None

    def readings(self) -> Iterator[tuple[Reading, Split]]:
        """The passes that read everything once, and what each is for."""
        yield Reading("train", self.valid_fraction), self.whole or self.train
        if self.unlabeled is not None:
            yield Reading("train", unlabeled=True), self.unlabeled
        if self.whole is None:
            yield Reading("valid"), self.valid
        if self.test is not None:
            yield Reading("test"), self.test

    def advice(self, split: str) -> str:
        """What to do if a split turns out to have no sentence."""
        if self.valid_is_cut:
            return "give more sentences, a folder with a valid file, or another valid_fraction"
        return f"give sentences in {split} or another max_length"


def open_source(config: DataConfig, cache: Path | None = None) -> TextSource:
    """The source that `config.data` names. Files are hashed here, and read when a split is iterated.

    Args:
        config: names it.
        cache: where the hashes of large files are remembered; None: nowhere, they are read through.

    A built-in name comes first (a folder of that name is "./NAME"), then `hf:`, then the path of a file or folder.
    A source without valid split gets one from train: a record belongs to it if a keyed hash of its (first) sentence,
    case and white space folded, falls below `config.valid_fraction`. So the same sentence is never on both sides, and
    the choice depends on nothing else.

    Raises:
        UserError: nothing goes by that name, the files of a folder do not say which split they are, or valid_fraction
            is not between 0 and 1 where it is needed.
    """
    if config.unlabeled is not None:
        source = open_source(replace(config, unlabeled=None), cache)
        more = [open_source(_without_labels(config, name.strip()), cache) for name in config.unlabeled.split(",")]
        content = " ".join(part.fingerprint for part in (source, *more))
        fingerprint = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
        return replace(source, fingerprint=fingerprint, unlabeled=_joined(more))
    splits, fingerprint = _splits(config, cache)
    names = splits_among(splits, config.data)
    train, valid, test = (splits.get(names.get(split, "")) for split in SPLIT_NAMES)
    if train is None:
        raise UserError(
            f"{config.data} has no train split, only {', '.join(splits) or 'nothing'}; expected train, and "
            "valid and test where there are such (for a folder files such as train.txt or train.0.txt, train.1.txt)"
        )
    if unread := [name for name in splits if name not in names.values()]:
        logger.info("%s: not read: the split %s", config.data, ", ".join(unread))
    source = TextSource(config.data, train, train, test, fingerprint)
    if valid is not None:
        return replace(source, valid=valid)
    if not 0 < config.valid_fraction < 1:
        raise UserError(
            f"valid_fraction {config.valid_fraction} with {config.data}, which has no valid split; expected a share "
            "between 0 and 1, such as 0.05"
        )
    rest, cut = (train.cut(config.valid_fraction, valid) for valid in (False, True))
    return replace(source, train=rest, valid=cut, whole=train, valid_fraction=config.valid_fraction)


def _without_labels(config: DataConfig, data: str) -> DataConfig:
    """The settings of sentences without labels; their columns have the usual names, or they are text files."""
    return replace(
        config,
        data=data,
        unlabeled=None,
        labels=None,
        text_column=None,
        second_column=None,
        labeled=None,
        labeled_fraction=None,
    )


def _joined(sources: list[TextSource]) -> Split:
    """The train records of sources, with what was cut off from them."""

    def blocks() -> Iterator[DataBlock]:
        for source in sources:
            yield from source.train.blocks()
            if source.valid_is_cut:
                yield from source.valid.blocks()

    return Split(blocks)


def _splits(config: DataConfig, cache: Path | None) -> tuple[dict[str, Split], str]:
    """Splits under the names that the source gives them, and the fingerprint of the content."""
    path = Path(config.data)
    if config.data in builtin.CORPORA:
        if config.labels not in (None, LABEL_COLUMNS[0]):
            raise UserError(f"labels {config.labels!r} of the built-in {config.data}; expected {LABEL_COLUMNS[0]}")
        return builtin.CORPORA[config.data]()
    if config.data.startswith(hub.HUB_PREFIX):
        return hub.open_dataset(config)
    why = problem_of(path, None)
    files: dict[str, list[tuple[Path, str | None]]] = {"train": [(path, None)]}
    if why is None:
        files = _folder_files(path) if path.is_dir() else files
    elif why != "not found":
        raise UserError(f"{path} {why}")
    else:
        raise UserError(
            f"no data {config.data!r}{did_you_mean_beside(path)}; expected a built-in corpus "
            f"({', '.join(builtin.CORPORA)}), a file ({', '.join(SUFFIXES)}, each also with .gz), "
            f"a folder with train, valid and test files, or {hub.HUB_PREFIX}NAME for a Hugging Face dataset"
        )
    for file, _ in [item for items in files.values() for item in items]:
        read_records(file, config)  # says now, not after minutes of reading, that a file is of no known format
    return {name: _files_split(items, config) for name, items in files.items()}, _hash_files(files, cache)


def _folder_files(folder: Path) -> dict[str, list[tuple[Path, str | None]]]:
    """Files of each split by name, with the label that `train.LABEL.txt` carries in its name."""
    files: dict[str, list[tuple[Path, str | None]]] = {}
    others: list[Path] = []
    for path in sorted(folder.iterdir()):
        found = split_of_file(path.name)
        if found is None or not path.is_file():
            others.append(path)
        else:
            files.setdefault(found[0], []).append((path, label_of(found[1], f"the label in the name of {path}")))
    _check_others(folder, [path for items in files.values() for path, _ in items], others)
    for name, items in files.items():
        parts = [label for _, label in items]
        if len(set(parts)) < len(parts) or (None in parts and len(parts) > 1):
            raise UserError(
                f"{folder} has several files for {name}: {', '.join(path.name for path, _ in items)}; expected one, or "
                f"one for each label ({name}.0.txt, {name}.1.txt)"
            )
    return files


def _check_others(folder: Path, used: list[Path], others: list[Path]) -> None:
    """Say what of a folder is not read.

    Raises:
        UserError: it might be data: a folder named like a split, or a file of a format that is read.
    """
    suffixes = {suffix_of(path) for path in used}
    for path in others:
        if path.is_dir() and (split_of(path.name) or split_of_file(path.name)):
            raise UserError(f"{path} is a folder; expected text files for the splits, such as train.txt")
        stem, _, end = path.name.lower().removesuffix(".gz").partition(".")
        if f".{end}" in suffixes and path.is_file() and not stem.startswith(_COMPANIONS):
            raise UserError(
                f"{folder} has files for splits ({', '.join(sorted(p.name for p in used))}) and {path.name}, whose "
                "name means no split; name it train, valid or test, or move it away"
            )
        why = "it is a link that leads nowhere" if path.is_symlink() and not path.exists() else _NO_SPLIT
        logger.info("%s is not read: %s", path, why)


def _files_split(files: list[tuple[Path, str | None]], config: DataConfig) -> Split:
    def blocks() -> Iterator[DataBlock]:
        for path, label in files:
            yield from blocks_of_file(path, config, label if suffix_of(path) == ".txt" else None)

    return Split(blocks)


def _hash_files(files: dict[str, list[tuple[Path, str | None]]], cache: Path | None) -> str:
    """Hash of the bytes of all files and of what their names say."""
    digest = hashlib.blake2b(digest_size=16)
    for name, items in sorted(files.items()):
        for path, label in items:
            content = file_hash(path, cache)
            digest.update(repr((name, label, suffix_of(path), content)).encode())
    return digest.hexdigest()
