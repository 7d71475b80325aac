"""Tokenized blocks: what each gives, written and read again, and how they add up to a vocabulary and to token files."""

import os
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data.blocks import DataBlock
from textgan.data.config import SettledDataConfig
from textgan.data.records import Record, folded, hash_fraction
from textgan.data.tokenfile import ALONE, FIRST, SECOND
from textgan.data.tokenizer import Tokenizer, cutters

TALLY_NAMES = ("empty", "long", "pairs", "unlabeled", "held_out", "headers")
"""What is counted of a block's records besides its sentences; headers are those that stand again in the file."""


class TokenizedRows(NamedTuple):
    """Sentences of one split, of n sentences with N tokens.

    Args:
        tokens: ids end to end, (N,), uint32.
        lengths: tokens of each, (n,), int32.
        labels: places in the part's label names, -1 for none, (n,), int32.
        sides: ALONE, FIRST or SECOND, (n,), uint8.
        tally: how often what is named in `TALLY_NAMES` came, (6,), int64.
    """

    tokens: npt.NDArray[np.uint32]
    lengths: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int32]
    sides: npt.NDArray[np.uint8]
    tally: npt.NDArray[np.int64]


class TokenizedBlock(NamedTuple):
    """What a block gives.

    Args:
        rows: sentences by the name of their split.
        words: the word of each id, where ids count the words of the block; none where a tokenizer gave them.
        label_names: of the ids of labels.
    """

    rows: dict[str, TokenizedRows]
    words: list[str]
    label_names: list[str]

    def counts(self, split: str) -> npt.NDArray[np.int64]:
        """How often each word of the block occurs in a split, in what is kept of it, (W,)."""
        rows = self.rows.get(split)
        if rows is None:
            return np.zeros(len(self.words), dtype=np.int64)
        return np.bincount(rows.tokens, minlength=len(self.words))

    def save(self, file: Path) -> None:
        """Write a file, which is there whole or not at all."""
        work = file.with_name(f".{file.name}.{os.getpid()}")
        arrays = {f"{name}.{key}": array for name, rows in self.rows.items() for key, array in rows._asdict().items()}
        with work.open("wb") as out:
            np.savez(out, words=_packed(self.words), names=_packed(self.label_names), **arrays)
            out.flush()
            os.fsync(out.fileno())  # or a power cut could leave an empty file of a name that says it is whole
        work.replace(file)

    @staticmethod
    def load(file: Path) -> "TokenizedBlock":
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            splits = dict.fromkeys(key.partition(".")[0] for key in arrays if "." in key)
            rows = {name: TokenizedRows(*(arrays[f"{name}.{key}"] for key in TokenizedRows._fields)) for name in splits}
            return TokenizedBlock(rows, _unpacked(arrays["words"]), _unpacked(arrays["names"]))


def is_sound(file: Path) -> bool:
    """Whether a file is what `Part.save` wrote, whole: its checksums are compared."""
    try:
        part = TokenizedBlock.load(file)
    except (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile):
        return False
    return all(int(rows.lengths.sum()) == len(rows.tokens) for rows in part.rows.values())


@dataclass(frozen=True)
class Reading:
    """A pass over some blocks of a source.

    Args:
        split: where its sentences go.
        valid_fraction: share of them that goes to valid instead, by a hash of their text; None: none does.
        unlabeled: whether it is of sentences without labels, of which those that occur in valid or test are left out.
    """

    split: str
    valid_fraction: float | None = None
    unlabeled: bool = False


@dataclass(frozen=True)
class Cutter:
    """Cuts the records of a block into tokens: a function of the block alone, so any process may do it.

    Args:
        config: how to cut.
        tokenizer: gives the ids of pieces; None: ids count the words of the block, and nothing else need be known.
        held_out: sentences of valid and test, folded; see `Reading.unlabeled`.
    """

    config: SettledDataConfig
    tokenizer: Tokenizer | None
    held_out: frozenset[str] = frozenset()

    def part(self, reading: Reading, block: DataBlock) -> TokenizedBlock:
        """What a block gives."""
        words: defaultdict[str, int] = defaultdict(count().__next__)
        labels: dict[str, int] = {}
        target = _Target(self.config, self._encoder(words), labels)
        bins = {reading.split: _Bin()}
        if reading.valid_fraction is not None:
            bins["valid"] = _Bin()
        tally = bins[reading.split].tally
        for split, item in self.records(reading, block, tally):
            kept = target.add(item, bins[split])
            tally["unlabeled"] += kept if reading.unlabeled else 0
        return TokenizedBlock({name: bin.rows() for name, bin in bins.items()}, list(words), list(labels))

    def records(self, reading: Reading, block: DataBlock, tally: Counter[str]) -> Iterator[tuple[str, Record]]:
        """The records of a block with their splits; what is left out is counted."""
        for item in block.records(tally):
            if reading.unlabeled:
                new = [text for text in item.texts if folded(text) not in self.held_out]
                tally["held_out"] += len(item.texts) - len(new)
                yield from ((reading.split, Record((text,))) for text in new)
            elif reading.valid_fraction is not None and hash_fraction(item) < reading.valid_fraction:
                yield "valid", item
            else:
                yield reading.split, item

    def _encoder(self, words: defaultdict[str, int]) -> Callable[[str], list[int]]:
        if self.tokenizer is not None:
            return self.tokenizer.encode
        cut, number = cutters(self.config.tokenizer)[0], words.__getitem__
        if self.config.lowercase:
            return lambda text: list(map(number, cut(text.lower())))
        return lambda text: list(map(number, cut(text)))


@dataclass
class _Bin:
    """Sentences of one split as they come."""

    tokens: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)

    def rows(self) -> TokenizedRows:
        return TokenizedRows(
            np.array(self.tokens, dtype=np.uint32),
            np.array(self.lengths, dtype=np.int32),
            np.array(self.labels, dtype=np.int32),
            np.array(self.sides, dtype=np.uint8),
            np.array([self.tally[name] for name in TALLY_NAMES], dtype=np.int64),
        )


@dataclass(frozen=True)
class _Target:
    """Keeps or drops sentences.

    Args:
        config: the longest sentence, and what becomes of longer ones.
        encode: text to ids.
        labels: names of labels to their ids, to which new ones are added.
    """

    config: SettledDataConfig
    encode: Callable[[str], list[int]]
    labels: dict[str, int]

    def add(self, item: Record, into: _Bin) -> int:
        """Add what is kept of a record, and its label if all of it is kept; how many sentences that is."""
        kept = [ids for text in item.texts if (ids := self._kept(text, into))]
        pair = len(kept) == 2
        # Nothing is learned from the label of what is dropped, nor from that of a pair with one side left.
        name = item.label if kept and len(kept) == len(item.texts) else None
        label = -1 if name is None else self.labels.setdefault(name, len(self.labels))
        into.tally["pairs"] += pair
        into.sides += (FIRST, SECOND) if pair else (ALONE,) * len(kept)
        for ids in kept:
            into.tokens += ids
            into.lengths.append(len(ids))
            into.labels.append(label)
        return len(kept)

    def _kept(self, text: str, into: _Bin) -> list[int]:
        """Ids of a sentence, none if it is not kept."""
        ids, most = self.encode(text), self.config.max_length
        if not ids:
            into.tally["empty"] += 1
        elif len(ids) > most:
            into.tally["long"] += 1
            return ids[:most] if self.config.long_sentences == "truncate" else []
        return ids


def word_counts(parts: Iterable[TokenizedBlock]) -> Counter[str]:
    """How often each word occurs in train."""
    counts: Counter[str] = Counter()
    for part in parts:
        for word, number in zip(part.words, part.counts("train").tolist(), strict=True):
            if number:
                counts[word] += number
    return counts


def _packed(words: list[str]) -> npt.NDArray[np.uint8]:
    """Words, none of which has a line end, as bytes."""
    return np.frombuffer("".join(f"{word}\n" for word in words).encode(), dtype=np.uint8)


def _unpacked(array: npt.NDArray[np.uint8]) -> list[str]:
    return array.tobytes().decode().split("\n")[:-1]
