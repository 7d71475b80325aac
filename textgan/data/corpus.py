"""From a source of sentences to memory-mapped token ids, built once and cached."""

import hashlib
import itertools
import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from textgan.data.cache import build_once, cache_folder
from textgan.data.config import DataConfig
from textgan.data.labelled import examples, labelled_rows
from textgan.data.records import Record, Split
from textgan.data.sources import Source, open_source
from textgan.data.tokenfile import ALONE, FIRST, SECOND, TokenFile, TokenWriter, is_whole
from textgan.data.tokenizer import Tokenizer, load_tokenizer, train_tokenizer
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.data.types import TextSpec

log = logging.getLogger("textgan")

_FORMAT = 1
"""Raised whenever the same input would give other files: old cache folders are then left alone."""

_NOT_OF_THE_TEXT = ("data", "streaming", "unlabelled", "labelled", "labelled_fraction", "label_seed")
_OF_THE_VOCABULARY = ("tokenizer", "lowercase", "vocab_size", "min_count")


@dataclass(frozen=True)
class Corpus:
    """A tokenized corpus.

    Args:
        tokenizer: text <-> ids.
        train: sentences to learn from.
        valid: sentences to judge by while learning.
        test: sentences to judge by at the end; None where the source has none.
        max_length: most tokens in a sentence, the end token not counted.
        fingerprint: hash of the source's content, the tokenizer and what else decided the ids.
        summary: what was kept and what was not, a line per fact.
        labelled: rows of train whose label the model is shown, of pairs their first sides, (k,); None: it learns none.
    """

    tokenizer: Tokenizer
    train: TokenFile
    valid: TokenFile
    test: TokenFile | None
    max_length: int
    fingerprint: str
    summary: tuple[str, ...]
    labelled: npt.NDArray[np.int64] | None = None

    @property
    def spec(self) -> "TextSpec":
        """Shape of the corpus, for the models."""
        from textgan.data.types import TextSpec

        if self.labelled is None:
            return TextSpec(self.tokenizer.vocab_size, self.max_length)
        pairs = self.train.sides is not None
        return TextSpec(self.tokenizer.vocab_size, self.max_length, self.train.label_names, pairs)


def open_corpus(config: DataConfig, tokenizer: Tokenizer | None = None, cache: Path | None = None) -> Corpus:
    """Read, tokenize and cache a corpus; the next time only the cache is opened.

    The first pass over the train split learns the vocabulary, the second writes ids; memory stays flat, but for the
    word counts. What was kept is said in the log.

    Args:
        config: which text, and how to cut it.
        tokenizer: use this one instead of learning one, as when a run is loaded.
        cache: folder of the cache; default: see `textgan.data.cache.cache_folder`.

    Raises:
        UserError: the source is not what `config` says, train or valid has no sentence, or the cache is not writable.
    """
    _check(config)
    source = open_source(config)
    cache = cache_folder() if cache is None else cache
    if tokenizer is None:
        tokenizer = _tokenizer(config, source, cache)
    cut = {name: value for name, value in asdict(config).items() if name not in _NOT_OF_THE_TEXT + _OF_THE_VOCABULARY}
    fingerprint = _hash(source.fingerprint, cut, tokenizer.fingerprint)
    place = cache / "tokens" / fingerprint
    build_once(place, _complete, lambda folder: _Builder(config, source, tokenizer, folder).build())
    corpus = _load(place, tokenizer, config.max_length, fingerprint)
    if config.labels is not None:
        corpus = _with_labels(corpus, config)
    for line in corpus.summary:
        log.info(line)
    return corpus


def _with_labels(corpus: Corpus, config: DataConfig) -> Corpus:
    rows = labelled_rows(corpus.train, config)
    what = "sentences" if corpus.train.sides is None else "pairs"
    shown = f"{len(rows):,} of {len(examples(corpus.train)):,} {what} of train keep their labels"
    return replace(corpus, labelled=rows, summary=(*corpus.summary, shown))


def _check(config: DataConfig) -> None:
    for name in ("vocab_size", "min_count", "max_length"):
        if getattr(config, name) < 1:
            raise UserError(f"{name} {getattr(config, name)}; expected 1 or more")
    for name in ("labelled", "labelled_fraction"):
        if getattr(config, name) is not None and config.labels is None:
            raise UserError(f"{name} {getattr(config, name)} without labels; expected --labels, the column to learn")


def _unseen(source: Source, tally: Counter[str]) -> Iterator[str]:
    """The sentences without labels, but those to judge by, which are counted under "held_out"."""
    assert source.unlabelled is not None
    judged = [part for part in (source.valid, source.test) if part is not None]
    held_out = {_folded(text) for part in judged for record in part for text in record.texts}
    for record in source.unlabelled.open(tally):
        for text in record.texts:
            if _folded(text) in held_out:
                tally["held_out"] += 1
            else:
                yield text


def _folded(text: str) -> str:
    """Letters and digits of a text without case: tokenized, raw and differently punctuated versions are the same."""
    return "".join(filter(str.isalnum, text.lower())) or text


def _hash(*parts: object) -> str:
    return hashlib.blake2b(json.dumps([_FORMAT, *parts], sort_keys=True).encode(), digest_size=16).hexdigest()


def _tokenizer(config: DataConfig, source: Source, cache: Path) -> Tokenizer:
    cut = {name: value for name, value in asdict(config).items() if name not in _NOT_OF_THE_TEXT}
    place = cache / "tokenizers" / _hash(source.fingerprint, cut)

    def complete(folder: Path) -> bool:
        try:
            load_tokenizer(folder)
        except UserError:
            return False
        return True

    def build(folder: Path) -> None:
        log.info("learning the vocabulary of %s", source.name)
        texts = (text for record in source.train for text in record.texts)
        more = _unseen(source, Counter()) if source.unlabelled else ()
        train_tokenizer(config, itertools.chain(texts, more)).save(folder)

    build_once(place, complete, build)
    return load_tokenizer(place)


def _complete(folder: Path) -> bool:
    try:
        about = json.loads((folder / "corpus.json").read_bytes())
        return all(is_whole(folder / name) for name in about["splits"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _load(folder: Path, tokenizer: Tokenizer, max_length: int, fingerprint: str) -> Corpus:
    about = json.loads((folder / "corpus.json").read_bytes())
    splits = {name: TokenFile.open(folder / name, tokenizer) for name in about["splits"]}
    return Corpus(
        tokenizer,
        splits["train"],
        splits["valid"],
        splits.get("test"),
        max_length,
        fingerprint,
        tuple(about["summary"]),
    )


class _Builder:
    """Writes the token files of all splits into a folder; they share the names of labels."""

    def __init__(self, config: DataConfig, source: Source, tokenizer: Tokenizer, folder: Path):
        self.config = config
        self.source = source
        self.tokenizer = tokenizer
        self.folder = folder
        self.label_ids: dict[str, int] = {}

    def build(self) -> None:
        log.info("tokenizing %s", self.source.name)
        splits = {"train": self.source.train, "valid": self.source.valid, "test": self.source.test}
        writers = {name: self._write(name, split) for name, split in splits.items() if split is not None}
        for name, writer in writers.items():
            writer.close(list(self.label_ids), pairs=writer.tally["pairs"] > 0)
            self._check_empty(name, writer.tally)
        about = {"splits": list(writers), "summary": list(self._summary(writers))}
        (self.folder / "corpus.json").write_text(json.dumps(about, indent=2) + "\n")

    def _write(self, name: str, split: Split) -> TokenWriter:
        writer = TokenWriter(self.folder / name, self.tokenizer.vocab_size)
        for record in split.open(writer.tally):
            self._add(record, writer)
        if name == "train" and self.source.unlabelled is not None:
            for text in _unseen(self.source, writer.tally):
                writer.tally["unlabelled"] += self._add(Record((text,)), writer)
        return writer

    def _add(self, record: Record, writer: TokenWriter) -> int:
        """Write what is kept of a record; how many sentences that is."""
        label = -1 if record.label is None else self.label_ids.setdefault(record.label, len(self.label_ids))
        sentences = [kept for text in record.texts if (kept := self._ids(text, writer.tally))]
        whole_pair = len(sentences) == 2
        writer.tally["pairs"] += whole_pair
        for side, ids in zip((FIRST, SECOND) if whole_pair else (ALONE,), sentences, strict=False):
            writer.add(ids, label, side)
        return len(sentences)

    def _ids(self, text: str, tally: Counter[str]) -> list[int]:
        """Ids of a sentence, none if it is not kept."""
        ids = self.tokenizer.encode(text)
        if not ids:
            tally["empty"] += 1
        elif len(ids) > self.config.max_length:
            tally["long"] += 1
            return ids[: self.config.max_length] if self.config.long_sentences == "truncate" else []
        return ids

    def _check_empty(self, name: str, tally: Counter[str]) -> None:
        if tally["rows"]:
            return
        raise UserError(
            f"{self.source.name} has no sentence to keep in {name}: {tally['empty']:,} empty, {tally['long']:,} over "
            f"max_length {self.config.max_length}; {self.source.advice(name)}"
        )

    def _summary(self, writers: dict[str, TokenWriter]) -> Iterator[str]:
        yield f"vocabulary of {self.tokenizer.vocab_size:,} ({self.config.tokenizer})"
        for name, writer in writers.items():
            tally = writer.tally
            done = "truncated" if self.config.long_sentences == "truncate" else "dropped"
            yield (
                f"{name}: {tally['rows']:,} sentences, {tally['tokens'] / tally['rows']:.1f} tokens each, "
                f"{100 * tally['unknown'] / tally['tokens']:.2f} % unknown; {tally['long']:,} over "
                f"{self.config.max_length} tokens {done}, {tally['empty']:,} empty skipped"
            )
            if tally["unlabelled"]:
                yield (
                    f"of train, {tally['unlabelled']:,} sentences are from {self.config.unlabelled}, without labels; "
                    f"{tally['held_out']:,} more stand in valid or test and are left out"
                )
        if self.source.valid_is_cut:
            kept = {name: writer.tally["rows"] for name, writer in writers.items()}
            yield (
                f"{self.source.name} has no valid split: {kept['valid']:,} of {kept['train'] + kept['valid']:,} "
                f"sentences cut off by a hash of their text (valid_fraction {self.config.valid_fraction})"
            )
        if self.label_ids:
            yield f"{len(self.label_ids)} labels: {', '.join(sorted(self.label_ids)[:10])}"
