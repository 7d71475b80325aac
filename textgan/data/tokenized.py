"""A source, tokenized block by block, in one process if it is small and in several if it is not."""

import hashlib
import json
import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import Any

from textgan.data.blocks import BLOCK_SIZE, DataBlock
from textgan.data.cache import cannot_be_written
from textgan.data.config import SettledDataConfig
from textgan.data.parts import Cutter, Reading, TokenizedBlock, word_counts
from textgan.data.records import folded
from textgan.data.sources import TextSource
from textgan.data.tokenizer import Tokenizer, WordTokenizer
from textgan.data.workers import Task, tokenize_blocks

logger = logging.getLogger("textgan")

LEARNED_BLOCKS = 128
"""Most blocks that pieces are learned from: sentencepiece holds their sentences in memory."""

_FORMAT = 3  # raised whenever a block would give another part

_SMALL = 8 << 20  # bytes: two seconds of work, of which other processes would spend a good part on their start

# Settings that do not change what a block gives, beside the names of files, whose content is hashed.
_LATER = ("data", "streaming", "unlabeled", "labeled", "labeled_fraction", "label_seed", "vocab_size", "min_count")


class TokenizedBlocks:
    """The parts of a source, in order, made when they are first asked for.

    Those of a small source stay in memory. Those of a larger one stand in the cache until they are removed; those that
    a killed process left there are not made again.

    Args:
        config: how to cut the text.
        source: the text.
        tokenizer: gives ids; None: of words, or of pieces that are still to be learned from `texts`.
        cache: folder of the cache.
        processes: most processes that tokenize.
    """

    def __init__(
        self, config: SettledDataConfig, source: TextSource, tokenizer: Tokenizer | None, cache: Path, processes: int
    ):
        if isinstance(tokenizer, WordTokenizer):  # how it cuts is all that matters now
            type_name: Any = tokenizer.type
            config = replace(config, tokenizer=type_name, lowercase=tokenizer.lowercase)
            tokenizer = None
        self.config, self.source, self.tokenizer, self.processes = config, source, tokenizer, processes
        settings = {name: value for name, value in asdict(config).items() if name not in _LATER}
        pieces = tokenizer.fingerprint if tokenizer is not None else None
        key = json.dumps([_FORMAT, BLOCK_SIZE, source.fingerprint, settings, pieces], sort_keys=True)
        self.folder = cache / "parts" / f".{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}.parts"
        self._in_memory: list[TokenizedBlock] | None = None
        self._files: list[Path] | None = None

    def __iter__(self) -> Iterator[TokenizedBlock]:
        if self._in_memory is None and self._files is None:
            self._make()
        if self._in_memory is not None:
            return iter(self._in_memory)
        return map(TokenizedBlock.load, self._files or ())

    def word_counts(self) -> Counter[str]:
        """How often each word occurs in train."""
        return word_counts(self)

    def texts(self) -> Iterator[str]:
        """Sentences of train to learn pieces from; of a large source, those of blocks from all over it."""
        kept: list[tuple[Reading, DataBlock]] = []
        step = 1
        for number, (reading, block) in enumerate(self._blocks("train")):
            if number % step == 0:
                kept.append((reading, block))
            if len(kept) > LEARNED_BLOCKS:
                kept, step = kept[::2], 2 * step
        if step > 1:
            logger.info(
                "pieces are learned from one in %d megabytes of %s, %d in all", step, self.source.name, len(kept)
            )
        cutter = self._cutter()
        for reading, block in kept:
            for split, item in cutter.records(reading, block, Counter()):
                if split == "train":
                    yield from item.texts

    def remove(self) -> None:
        """Remove what stands in the cache."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self) -> None:
        blocks, cutter = self._blocks(), self._cutter()
        first: list[tuple[Reading, DataBlock]] = []
        size = 0
        for reading, block in blocks:
            first.append((reading, block))
            size += block.size
            if size > _SMALL:
                break
        else:
            self._in_memory = [cutter.part(reading, block) for reading, block in first]
            return
        files: list[Path] = []

        def tasks() -> Iterator[Task]:
            for reading, block in chain(first, blocks):
                files.append(self.folder / f"{len(files):08d}.npz")
                yield Task(files[-1], reading, block)

        logger.info("%s is read by %d %s", self.source.name, self.processes, _processes(self.processes))
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            tokenize_blocks(cutter, tasks(), self.processes)
        except OSError as error:
            raise cannot_be_written(self.folder.parent, error) from error
        self._files = files

    def _blocks(self, split: str | None = None) -> Iterator[tuple[Reading, DataBlock]]:
        for reading, part in self.source.readings():
            if split in (None, reading.split):
                yield from ((reading, block) for block in part.blocks())

    def _cutter(self) -> Cutter:
        source = self.source
        if source.unlabeled is None:
            return Cutter(self.config, self.tokenizer)
        evaluated = [part for part in (source.valid, source.test) if part is not None]
        held_out = frozenset(folded(text) for part in evaluated for record in part for text in record.texts)
        return Cutter(self.config, self.tokenizer, held_out)


def _processes(number: int) -> str:
    return "process" if number == 1 else "processes"
