"""From a source of sentences to memory-mapped token ids, built once and cached."""

import hashlib
import json
import logging
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from textgan.data.cache import build_once, cache_folder, exclusively
from textgan.data.choice import choose_settings
from textgan.data.config import DataConfig, SettledDataConfig
from textgan.data.labeled import examples, labeled_rows
from textgan.data.parts import TALLY_NAMES, TokenizedBlock, TokenizedRows
from textgan.data.sources import TextSource, open_source
from textgan.data.summary import summary
from textgan.data.tokenfile import TokenFile, TokenWriter, is_whole
from textgan.data.tokenized import LEARNED_BLOCKS, TokenizedBlocks
from textgan.data.tokenizer import (
    Tokenizer,
    WordTokenizer,
    counts_words,
    load_tokenizer,
    tokenizer_of_counts,
    train_tokenizer,
)
from textgan.errors import UserError
from textgan.limits import available_cores

if TYPE_CHECKING:
    from textgan.data.types import TextSpec

logger = logging.getLogger("textgan")

_FORMAT = 2
"""Raised whenever the same input would give other files: old cache folders are then left alone."""

_CACHE = 2
"""Raised whenever the cache has other files, or text is read otherwise, though what a run has read stays the same."""

_LABELS = 2
"""Raised whenever labels are read otherwise: a run that learns them would go on with others."""

_NOT_OF_THE_TEXT = ("data", "streaming", "unlabeled", "labeled", "labeled_fraction", "label_seed")
_OF_THE_VOCABULARY = ("tokenizer", "lowercase", "vocab_size", "min_count")


@dataclass(frozen=True)
class Corpus:
    """A tokenized corpus.

    Args:
        tokenizer: text <-> ids.
        train: sentences to train on.
        valid: sentences to evaluate on during training.
        test: sentences to evaluate on at the end; None where the source has none.
        max_length: most tokens in a sentence, the end token not counted.
        fingerprint: hash of the source's content, the tokenizer and what else decided the ids.
        summary: what was kept and what was not, a line per fact.
        labeled: rows of train whose label the model may use, of pairs their first sides, (k,); None: it learns none.
    """

    tokenizer: Tokenizer
    train: TokenFile
    valid: TokenFile
    test: TokenFile | None
    max_length: int
    fingerprint: str
    summary: tuple[str, ...]
    labeled: npt.NDArray[np.int64] | None = None

    @property
    def spec(self) -> "TextSpec":
        """Shape of the corpus, for the models."""
        from textgan.data.types import TextSpec

        if self.labeled is None:
            return TextSpec(self.tokenizer.vocab_size, self.max_length)
        pairs = self.train.sides is not None
        return TextSpec(self.tokenizer.vocab_size, self.max_length, self.train.label_names, pairs)


def open_corpus(
    config: DataConfig, tokenizer: Tokenizer | None = None, cache: Path | None = None, processes: int | None = None
) -> Corpus:
    """Read, tokenize and cache a corpus; the next time only the cache is opened.

    The text is read once for words, which are counted and written at the same time, and once more, in a sample, for
    pieces. More than some megabytes are shared among processes, and a start that was killed is gone on with. Memory
    stays flat, but for the word counts. What was kept is said in the log.

    Args:
        config: which text, and how to cut it; what is null is chosen first, see `textgan.data.choice`.
        tokenizer: use this one instead of learning one, as when a run is loaded.
        cache: folder of the cache; default: see `textgan.data.cache.cache_folder`.
        processes: most processes that tokenize, which changes nothing in what they write; default: the cores there are.

    Raises:
        UserError: the source is not what `config` says, train or valid has no sentence, or the cache is not writable.
    """
    check_data(config)
    cache = cache_folder() if cache is None else cache
    source = open_source(config, cache)
    choice = choose_settings(config, tokenizer, source, cache)
    if choice.line:
        logger.info(choice.line)
    return _opened(choice.config.settled(), source, tokenizer, cache, processes or available_cores())


def _opened(
    config: SettledDataConfig, source: TextSource, tokenizer: Tokenizer | None, cache: Path, processes: int
) -> Corpus:
    if tokenizer is None:
        tokenizer, parts = _learned(config, source, cache, processes)
    else:
        parts = TokenizedBlocks(config, source, tokenizer, cache, processes)
    learned = () if config.labels is None else (_LABELS,)
    fingerprint = _hash(source.fingerprint, _cut(config), tokenizer.fingerprint, *learned)
    place = cache / "tokens" / _hash(_CACHE, fingerprint)
    if not _complete(place):
        with exclusively(parts.folder):
            build_once(place, _complete, lambda folder: _Builder(config, source, tokenizer, folder).build(parts))
            parts.remove()
    corpus = _load(place, tokenizer, config, source, fingerprint)
    if config.labels is not None:
        corpus = _with_labels(corpus, config)
    for line in corpus.summary:
        logger.info(line)
    return corpus


def _with_labels(corpus: Corpus, config: SettledDataConfig) -> Corpus:
    rows = labeled_rows(corpus.train, config)
    what = "sentences" if corpus.train.sides is None else "pairs"
    known = len(examples(corpus.train))
    none = len(corpus.train) if corpus.train.sides is None else len(corpus.train.pairs())
    line = f"{len(rows):,} of {known:,} {what} of train keep their labels"
    line += f"; {none - known:,} have none" if none > known else ""
    return replace(corpus, labeled=rows, summary=(*corpus.summary, line))


def check_data(config: DataConfig) -> None:
    """Refuse settings that no corpus can be cut by.

    Raises:
        UserError: names the first.
    """
    for name in ("vocab_size", "min_count", "max_length"):
        if (value := getattr(config, name)) is not None and value < 1:
            raise UserError(f"{name} {value}; expected 1 or more")
    for name in ("labeled", "labeled_fraction"):
        if getattr(config, name) is not None and config.labels is None:
            raise UserError(f"{name} {getattr(config, name)} without labels; expected --labels, the column to learn")


def _cut(config: SettledDataConfig, but: tuple[str, ...] = _OF_THE_VOCABULARY) -> dict[str, Any]:
    """The settings that decide which sentences are kept, without those that the vocabulary stands for."""
    return {name: value for name, value in asdict(config).items() if name not in _NOT_OF_THE_TEXT + but}


def _hash(*parts: object) -> str:
    return hashlib.blake2b(json.dumps([_FORMAT, *parts], sort_keys=True).encode(), digest_size=16).hexdigest()


def _learned(
    config: SettledDataConfig, source: TextSource, cache: Path, processes: int
) -> tuple[Tokenizer, TokenizedBlocks]:
    """The tokenizer that the train split gives, from the cache if it is there; and what may have been tokenized."""
    words = counts_words(config.tokenizer)
    parts = TokenizedBlocks(config, source, None, cache, processes)
    sampled = () if words else (LEARNED_BLOCKS,)
    place = cache / "tokenizers" / _hash(_CACHE, source.fingerprint, _cut(config, ()), *sampled)

    def complete(folder: Path) -> bool:
        try:
            load_tokenizer(folder)
        except UserError:
            return False
        return True

    def build(folder: Path) -> None:
        logger.info("learning the vocabulary of %s", source.name)
        learned = tokenizer_of_counts(config, parts.word_counts()) if words else train_tokenizer(config, parts.texts())
        learned.save(folder)

    if not complete(place):
        with exclusively(parts.folder):
            build_once(place, complete, build)
    tokenizer = load_tokenizer(place)
    return tokenizer, parts if words else TokenizedBlocks(config, source, tokenizer, cache, processes)


def _complete(folder: Path) -> bool:
    try:
        about = json.loads((folder / "corpus.json").read_bytes())
        known = {"train", "valid"} <= set(about["tallies"])
        return known and all(is_whole(folder / name) for name in about["tallies"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _load(
    folder: Path, tokenizer: Tokenizer, config: SettledDataConfig, source: TextSource, fingerprint: str
) -> Corpus:
    about = json.loads((folder / "corpus.json").read_bytes())
    splits = {name: TokenFile.open(folder / name, tokenizer) for name in about["tallies"]}
    return Corpus(
        tokenizer,
        splits["train"],
        splits["valid"],
        splits.get("test"),
        config.max_length,
        fingerprint,
        tuple(summary(config, source, tokenizer, about["tallies"], about["labels"])),
    )


class _Builder:
    """Writes the token files of all splits into a folder; they share the names of labels."""

    def __init__(self, config: SettledDataConfig, source: TextSource, tokenizer: Tokenizer, folder: Path):
        self.config = config
        self.source = source
        self.tokenizer = tokenizer
        self.folder = folder
        self.label_ids: dict[str, int] = {}
        self.label_counts: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def build(self, parts: TokenizedBlocks) -> None:
        logger.info("tokenizing %s", self.source.name)
        names = [name for name in ("train", "valid", "test") if name != "test" or self.source.test is not None]
        writers = {name: TokenWriter(self.folder / name, self.tokenizer.vocab_size) for name in names}
        for part in parts:
            for name, rows in part.rows.items():
                self.label_counts[name].update(self._add(part, rows, writers[name]))
        for name, writer in writers.items():
            writer.close(list(self.label_ids), pairs=writer.tally["pairs"] > 0)
            self._check_empty(name, writer.tally)
        about = {"tallies": {name: dict(writer.tally) for name, writer in writers.items()}, "labels": self._labels()}
        (self.folder / "corpus.json").write_text(json.dumps(about, indent=2) + "\n")

    def _labels(self) -> dict[str, dict[str, int]]:
        """How many sentences of each split have each label."""
        return {
            split: {name: counts[id] for name, id in sorted(self.label_ids.items()) if counts[id]}
            for split, counts in self.label_counts.items()
        }

    def _add(self, part: TokenizedBlock, rows: TokenizedRows, writer: TokenWriter) -> dict[int, int]:
        """Append a part's sentences, its ids of words and labels changed into those of the corpus; count the labels."""
        labels = [self.label_ids.setdefault(name, len(self.label_ids)) for name in part.label_names]
        tokens = rows.tokens
        if isinstance(self.tokenizer, WordTokenizer):
            tokens = np.array(self.tokenizer.ids_of(part.words), dtype=np.uint32)[tokens]
        ids = np.array([*labels, -1])[rows.labels]
        writer.extend(tokens, rows.lengths, ids, rows.sides)
        writer.tally.update(dict(zip(TALLY_NAMES, rows.tally.tolist(), strict=True)))
        return dict(zip(*(part.tolist() for part in np.unique(ids[ids >= 0], return_counts=True)), strict=True))

    def _check_empty(self, name: str, tally: Counter[str]) -> None:
        if tally["rows"]:
            return
        what = f"{self.source.name} has no sentence to keep in {name}"
        if not tally["empty"] + tally["long"]:
            raise UserError(f"{what}: there is none; {self.source.advice(name)}")
        if not tally["long"]:
            raise UserError(f"{what}: all {tally['empty']:,} are empty; is text_column the right one?")
        raise UserError(
            f"{what}: {tally['empty']:,} empty, {tally['long']:,} over max_length {self.config.max_length}; raise "
            "--max-length, or cut them with --long-sentences truncate"
        )
