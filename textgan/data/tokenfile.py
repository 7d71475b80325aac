"""Sentences as token ids in memory-mapped files.

A folder holds `tokens.bin` (the ids of all sentences, end to end, without specials), `offsets.bin` (int64, one more
than sentences), where there are labels `labels.bin` (int32), where there are pairs `sides.bin` (uint8), `split.json`.
"""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.data.tokenizer import Tokenizer

Integers = npt.NDArray[np.integer[Any]]

ALONE, FIRST, SECOND = 0, 1, 2
"""Sides of a sentence: alone, or first or second of a pair whose other side is the row after or before."""

_AT_ONCE = 1 << 20  # labels that are sorted
_ROWS = 1 << 16  # sentences that are counted


class TokenFile:
    """Sentences 0 .. n - 1 as token ids; opening costs no memory.

    Args:
        tokens: ids of all sentences without specials, end to end, (N,).
        starts: where each sentence begins in `tokens`, (n,).
        ends: where each sentence ends, (n,).
        tokenizer: turns ids back into text.
        labels: index into `label_names` for each sentence, -1 for none, (n,); None if no sentence has a label.
        label_names: sorted.
        sides: `ALONE`, `FIRST` or `SECOND` for each sentence, (n,); None if there are no pairs.
    """

    def __init__(
        self,
        tokens: Integers,
        starts: Integers,
        ends: Integers,
        tokenizer: Tokenizer,
        labels: Integers | None = None,
        label_names: tuple[str, ...] = (),
        sides: Integers | None = None,
    ):
        self.tokens = tokens
        self.starts = starts
        self.ends = ends
        self.tokenizer = tokenizer
        self.labels = labels
        self.label_names = label_names
        self.sides = sides

    @staticmethod
    def open(folder: Path, tokenizer: Tokenizer) -> "TokenFile":
        """Map the files that a `TokenWriter` wrote."""
        about = json.loads((folder / "split.json").read_bytes())
        offsets = _map(folder / "offsets.bin", "int64")
        return TokenFile(
            _map(folder / "tokens.bin", about["dtype"]),
            offsets[:-1],
            offsets[1:],
            tokenizer,
            _map(folder / "labels.bin", "int32") if "labels.bin" in about["bytes"] else None,
            tuple(about["label_names"]),
            _map(folder / "sides.bin", "uint8") if "sides.bin" in about["bytes"] else None,
        )

    @staticmethod
    def of(
        rows: Sequence[Sequence[int]],
        tokenizer: Tokenizer,
        labels: Integers | None = None,
        label_names: tuple[str, ...] = (),
        sides: Integers | None = None,
    ) -> "TokenFile":
        """Sentences that are held in memory: their ids without specials, and what else there is of them."""
        lengths = np.fromiter((len(row) for row in rows), np.int64, count=len(rows))
        ends = np.cumsum(lengths)
        tokens = np.fromiter(chain.from_iterable(rows), np.int32, count=int(lengths.sum()))
        return TokenFile(tokens, ends - lengths, ends, tokenizer, labels, label_names, sides)

    def __len__(self) -> int:
        """Sentences."""
        return len(self.starts)

    @cached_property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens in every sentence, the end token not counted, (n,). Held in memory; see `lengths_of`."""
        return np.asarray(self.ends - self.starts, dtype=np.int64)

    def lengths_of(self, indices: Integers) -> npt.NDArray[np.int64]:
        """Tokens in some sentences, the end token not counted, of the shape of `indices`."""
        return np.asarray(self.ends[indices] - self.starts[indices], dtype=np.int64)

    def rows(
        self, indices: Integers | Sequence[int], width: int | None = None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Some sentences as a padded array.

        Args:
            indices: which sentences, (B,).
            width: T, predicted tokens in the longest row; default: as these sentences need.

        Returns:
            Tokens <s> w_1 ... w_n </s> <pad> ..., (B, 1 + T), and predicted tokens n + 1 in each row, (B,).
        """
        starts = self.starts[np.asarray(indices, dtype=np.int64)]
        lengths = self.lengths_of(np.asarray(indices, dtype=np.int64))
        words = int(lengths.max(initial=0)) if width is None else width - 1
        columns = np.arange(words)  # places in a sentence: row i takes tokens starts[i] + 0, 1, ...
        rows = np.full((len(lengths), words + 2), PAD, dtype=np.int64)
        # A short row takes tokens of the sentences behind it too, which PAD then covers; clip stops at the last token.
        # Where every sentence is empty there is nothing to take.
        found = self.tokens.take(starts[:, None] + columns, mode="clip") if len(self.tokens) else PAD
        rows[:, 1:-1] = np.where(columns < lengths[:, None], found, PAD)
        rows[:, 0] = BOS
        rows[np.arange(len(lengths)), lengths + 1] = EOS  # behind <s> and the words
        return rows, lengths + 1

    def text(self, index: int) -> str:
        """A sentence as text, as far as the vocabulary holds it."""
        return self.tokenizer.decode(self.tokens[self.starts[index] : self.ends[index]].tolist())

    def subset(self, indices: Integers) -> "TokenFile":
        """Some of the sentences, such as those of one label, over the same tokens; pairs are no longer marked."""
        labels = None if self.labels is None else self.labels[indices]
        return TokenFile(
            self.tokens, self.starts[indices], self.ends[indices], self.tokenizer, labels, self.label_names
        )

    def some(self, limit: int) -> "TokenFile":
        """At most `limit` (2 or more) sentences, evenly spread, the two of a pair together; all if it has no more."""
        if len(self) <= limit:
            return self
        if self.sides is None:
            return self.subset(np.arange(limit) * len(self) // limit)
        # Lone sentences and first sides are chosen; the second side of a chosen pair, the row behind it, comes along.
        first = np.flatnonzero(np.asarray(self.sides) != SECOND)
        kept = min(limit // 2, len(first))
        chosen = first[np.arange(kept) * len(first) // kept]
        rows = np.sort(np.concatenate([chosen, chosen[np.asarray(self.sides)[chosen] == FIRST] + 1]))
        some = self.subset(rows)
        some.sides = self.sides[rows]
        return some

    def token_counts(self) -> npt.NDArray[np.int64]:
        """How often each id occurs, (V,); reads some sentences at a time."""
        counts = np.zeros(self.tokenizer.vocab_size, dtype=np.int64)
        for begin in range(0, len(self), _ROWS):
            starts, ends = (
                np.asarray(edge[begin : begin + _ROWS], dtype=np.int64) for edge in (self.starts, self.ends)
            )
            lengths = ends - starts
            places = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
            counts += np.bincount(self.tokens[places], minlength=len(counts))
        return counts

    def pairs(self) -> npt.NDArray[np.int64]:
        """Rows i such that i and i + 1 are the two sides of a pair, (P,)."""
        return np.flatnonzero(self.sides == FIRST) if self.sides is not None else np.zeros(0, dtype=np.int64)


class TokenWriter:
    """Appends sentences to the files of a `TokenFile` as they come; holds none.

    Args:
        folder: is made.
        vocab_size: decides between two and four bytes for an id.
    """

    def __init__(self, folder: Path, vocab_size: int):
        folder.mkdir(parents=True)
        self.folder = folder
        self.dtype = np.dtype(np.uint32 if vocab_size > 1 << 16 else np.uint16)
        self.tally: Counter[str] = Counter()
        self._end = 0
        self._append("offsets.bin", np.zeros(1, dtype=np.int64))

    def extend(self, tokens: Integers, lengths: Integers, labels: Integers, sides: Integers) -> None:
        """Append n sentences.

        Args:
            tokens: ids end to end, without specials, (N,).
            lengths: tokens of each, (n,).
            labels: ids in the order in which they were given out, -1 for none, (n,).
            sides: `ALONE`, `FIRST` or `SECOND`, (n,).
        """
        unknown = int(np.count_nonzero(tokens == UNK))
        self.tally.update(rows=len(lengths), tokens=len(tokens), unknown=unknown)
        ends = np.cumsum(lengths, dtype=np.int64) + self._end
        self._end += len(tokens)
        self._append("tokens.bin", tokens.astype(self.dtype))
        self._append("offsets.bin", ends)
        self._append("labels.bin", labels.astype(np.int32))
        self._append("sides.bin", sides.astype(np.uint8))

    def close(self, label_names: Sequence[str], pairs: bool) -> None:
        """Write what the files are. `split.json` comes last: without it the folder is not whole.

        Args:
            label_names: names of the label ids in the order in which the ids were given out.
            pairs: whether the sides are worth keeping.
        """
        nothing = np.zeros(0, dtype=np.int64)
        self.extend(nothing, nothing, nothing, nothing)  # every file is there, if only empty
        labels, sides = self.folder / "labels.bin", self.folder / "sides.bin"
        if label_names:
            _sort_labels(labels, label_names)
        else:
            labels.unlink()
        if not pairs:
            sides.unlink()
        about = {
            "dtype": self.dtype.name,
            "label_names": sorted(label_names),
            "bytes": {path.name: path.stat().st_size for path in sorted(self.folder.iterdir())},
        }
        (self.folder / "split.json").write_text(json.dumps(about, indent=2) + "\n")

    def _append(self, name: str, values: Integers) -> None:
        with (self.folder / name).open("ab") as file:
            file.write(values.tobytes())


def is_whole(folder: Path) -> bool:
    """Whether the files of a `TokenFile` are all there, in the size they were written."""
    try:
        about = json.loads((folder / "split.json").read_bytes())
        known = np.dtype(about["dtype"]).kind in "iu" and isinstance(about["label_names"], list)
        sizes = about["bytes"]
        known = known and {"tokens.bin", "offsets.bin"} <= set(sizes)
        return known and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _map(path: Path, dtype: str) -> Integers:
    if path.stat().st_size == 0:
        return np.zeros(0, dtype)
    # The plain view: indexing the memmap class itself costs three times as much.
    return np.asarray(np.memmap(path, dtype, mode="r"))


def _sort_labels(path: Path, names: Sequence[str]) -> None:
    """Label ids in the order of the sorted names, so that they do not depend on which sentence came first."""
    if path.stat().st_size == 0:
        return
    ids = np.memmap(path, "int32", mode="r+")
    order = {name: id for id, name in enumerate(sorted(names))}
    table = np.array([*(order[name] for name in names), -1], dtype=np.int32)  # id -> place; -1 takes the last, -1
    for begin in range(0, len(ids), _AT_ONCE):
        ids[begin : begin + _AT_ONCE] = table[ids[begin : begin + _AT_ONCE]]
    ids.flush()
