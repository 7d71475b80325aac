"""Tokenizer, size of the vocabulary and longest sentence, chosen by what a corpus is, where nobody says.

The rules were found on captions, reviews, news and questions, on whole corpora and on 2,000 sentences of each, and on
text without spaces; docs/results.md has the numbers. A choice is made once, from the train split or an even sample of
it, and then stored with the settings of the run as if it had been given.
"""

import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from textgan.config import from_dict
from textgan.data.blocks import DataBlock
from textgan.data.cache import build_once, cache_folder
from textgan.data.config import LEFT_TO_DATA, DataConfig, SettledDataConfig
from textgan.data.parts import Cutter, Reading
from textgan.data.pieces import WITHOUT_SPACES
from textgan.data.sources import TextSource, open_source
from textgan.data.tokenizer import Tokenizer, counts_words, cutters, tokenizer_of_counts, train_tokenizer
from textgan.errors import UserError

logger = logging.getLogger("textgan")

MOST_UNKNOWN = 0.14
"""Largest share of unknown words in sentences that the vocabulary was not learned from; above it, pieces of words.

Pieces spell words that do not exist: of 2,000 captions, 7 % unknown, models of words wrote better; but where 15 % are
unknown, every second sentence that a model of words writes has an <unk> (docs/results.md)."""

LENGTHS = {"word": (15, 40), "nltk": (15, 40), "unigram": (15, 60), "bpe": (15, 60)}
"""The least and the most that `max_length` is chosen to be: sentences have more pieces than words."""

KEPT = 0.95
"""Share of the train sentences that `max_length` is to keep."""

_FORMAT = 3  # raised whenever the same text would give another choice
_FILE = "choice.json"
_BLOCKS = 16  # most megabytes that a choice is made from
_SENTENCES = 20_000  # most sentences that are cut, and that pieces are learned from
_FEW_WORDS = 100  # in the tenth held out: too few to say how many are unknown
_PUNCTUATION = re.compile(r"\w[.,!?;:]+[\"')\]]*(?=\s|$)")
_MOST_ATTACHED = 0.03  # share of words with punctuation attached: 0.10 and more of raw text, 0.001 of text cut before
_MOST_CUT = 1 << 23  # characters: 8 million take nltk a minute
_CHARACTERS_A_PIECE = 100
_PIECES = (500, 10_000)  # beside specials, bytes and letters
_BYTES = 260  # and specials

_LETTERS_A_WORD = 6  # of such a script; text that was cut into words has fewer
_LONGEST_WORDS = 25  # letters of a word on average, in any script


class DataChoice(NamedTuple):
    """What was chosen.

    Args:
        config: the settings with nothing left to the data.
        line: what was chosen, why, and which flags say otherwise; empty where all was given.
    """

    config: DataConfig
    line: str = ""


def choose_settings(
    config: DataConfig, tokenizer: Tokenizer | None = None, source: TextSource | None = None, cache: Path | None = None
) -> DataChoice:
    """Choose what `config` leaves to the data; the same text gives the same choice, which the cache remembers.

    Args:
        config: which text; what is not null stays as it is.
        tokenizer: the one in use, if there is one already: then only `max_length` is chosen.
        source: the text, if it is open already.
        cache: folder of the cache; default: see `textgan.data.cache.cache_folder`.

    Raises:
        UserError: the text cannot be read, or train has no sentence.
    """
    if all(getattr(config, name) is not None for name in LEFT_TO_DATA):
        return DataChoice(config)
    cache = cache_folder() if cache is None else cache
    source = open_source(config, cache) if source is None else source
    known = tokenizer and tokenizer.fingerprint
    left_out = ("data", "labeled", "labeled_fraction", "label_seed", "unlabeled")
    settings = {name: value for name, value in asdict(config).items() if name not in left_out}
    key = json.dumps([_FORMAT, source.fingerprint, settings, known], sort_keys=True)
    place = cache / "choices" / hashlib.blake2b(key.encode(), digest_size=16).hexdigest()

    def build(folder: Path) -> None:
        texts = [*_sample(config, source)]
        values, reasons = _choose(config, texts, tokenizer)
        (folder / _FILE).write_text(json.dumps({"values": values, "reasons": reasons}) + "\n", encoding="utf-8")

    build_once(place, lambda folder: _read(folder) is not None, build)
    found = _read(place)
    assert found is not None
    values, reasons = found
    flags = ", ".join("--" + name.replace("_", "-") for name in values)
    line = f"chosen for {source.name}: {'; '.join(reasons)}; {flags} override{'s' * (len(values) == 1)} it"
    return DataChoice(replace(config, **values), line)


def _read(folder: Path) -> tuple[dict[str, Any], list[str]] | None:
    try:
        found = json.loads((folder / _FILE).read_bytes())
        from_dict(DataConfig, found["values"])
        return found["values"], [str(reason) for reason in found["reasons"]]
    except (OSError, ValueError, KeyError, TypeError, UserError):
        return None


def _sample(config: DataConfig, source: TextSource) -> Iterator[str]:
    """The sentences of train; of a large corpus, those of blocks from all over it, of a stream its first ones."""
    kept: list[tuple[Reading, DataBlock]] = []
    step = 1
    every = ((reading, block) for reading, part in source.readings() for block in part.blocks() if _is_train(reading))
    for number, found in enumerate(islice(every, _BLOCKS if config.streaming else None)):
        if number % step == 0:
            kept.append(found)
        if len(kept) > _BLOCKS:
            kept, step = kept[::2], 2 * step
    cutter = Cutter(config.settled(), None)
    for reading, block in kept:
        for split, item in cutter.records(reading, block, Counter()):
            if split == "train":
                yield from (text.lower() if config.lowercase else text for text in item.texts)


def _is_train(reading: Reading) -> bool:
    return reading.split == "train"


def _choose(config: DataConfig, texts: Sequence[str], tokenizer: Tokenizer | None) -> tuple[dict[str, Any], list[str]]:
    """Setting -> value of those that are null, and why, in words."""
    values: dict[str, Any] = {}
    reasons: list[str] = []
    if tokenizer is None:
        if config.tokenizer is None:
            values["tokenizer"], why = _tokenizer(config, texts)
            reasons.append(f"tokenizer {values['tokenizer']} ({why})")
        if config.vocab_size is None:
            values["vocab_size"] = _vocab_size(replace(config, **values).settled(), texts)
            reasons.append(f"vocab_size {values['vocab_size']:,}")
    else:  # it has its vocabulary: these are its own, or of no use
        values |= {n: getattr(config.settled(), n) for n in LEFT_TO_DATA[:2] if getattr(config, n) is None}
    if config.max_length is None:
        settled = replace(config, **values).settled()
        values["max_length"], why = _max_length(_lengths(settled, texts, tokenizer), *LENGTHS[settled.tokenizer])
        reasons.append(f"max_length {values['max_length']} ({why})")
    return values, reasons


def _tokenizer(config: DataConfig, texts: Sequence[str]) -> tuple[str, str]:
    if _has_no_spaces(texts):
        return "unigram", "no spaces between words"
    if config.vocab_size is not None or config.min_count > 1:
        return "word", f"as {'vocab_size' if config.vocab_size is not None else 'min_count'} was given"
    attached = _attached(texts)
    hangs = f"{100 * attached:.1f} % of words have punctuation attached"
    cuts_off = attached > _MOST_ATTACHED and sum(map(len, texts)) <= _MOST_CUT
    type: Literal["word", "nltk"] = "nltk" if cuts_off else "word"
    unknown = _unknown_words(config, texts, type)
    if unknown is None:
        return "word", "too little text to say how many words are unknown"
    share = f"{100 * unknown:.1f} % of words"
    if unknown > MOST_UNKNOWN:
        return "unigram", f"{share} would be unknown in a held-out tenth of train"
    if attached > _MOST_ATTACHED:
        return type, f"{hangs}, which nltk " + ("cuts off" if cuts_off else "would cut off in minutes")
    return type, f"{share} are unknown in a held-out tenth of train"


def _has_no_spaces(texts: Sequence[str]) -> bool:
    """Whether words are not set apart: words would be as long as phrases."""
    words = sum(len(text.split()) for text in texts)
    letters = sum(len(text) for text in texts)
    unspaced = sum(len(WITHOUT_SPACES.findall(text)) for text in texts)
    if letters > _LONGEST_WORDS * words:
        return True
    return 2 * unspaced > letters and (letters > _LETTERS_A_WORD * words or words < 2 * len(texts))


def _unknown_words(config: DataConfig, texts: Sequence[str], type: Literal["word", "nltk"]) -> float | None:
    """Share of words that the vocabulary of nine tenths of the text lacks in the other tenth; None: too few words."""
    cut = cutters(type)[0]
    if type == "nltk":  # thirty times as slow
        texts = texts[:: -(-len(texts) // _SENTENCES) or 1]
    counts = Counter(word for number, text in enumerate(texts) if number % 10 for word in cut(text))
    words = [word for text in texts[::10] for word in cut(text)]
    if len(words) < _FEW_WORDS:
        return None
    known = set(tokenizer_of_counts(replace(config.settled(), tokenizer=type), counts).words)
    return sum(word not in known for word in words) / len(words)


def _attached(texts: Sequence[str]) -> float:
    """Share of the words between spaces at whose end punctuation hangs."""
    words = sum(len(text.split()) for text in texts)
    return sum(len(_PUNCTUATION.findall(text)) for text in texts) / max(words, 1)


def _vocab_size(config: SettledDataConfig, texts: Sequence[str]) -> int:
    """The usual number of words; of pieces, one for every so many characters, and all letters."""
    if counts_words(config.tokenizer):
        return config.vocab_size
    least, most = _PIECES
    needed = _BYTES + len(set().union(*texts))
    size = needed + max(least, sum(map(len, texts)) // _CHARACTERS_A_PIECE)
    return max(needed + least, min(size, most))


def _lengths(config: SettledDataConfig, texts: Sequence[str], tokenizer: Tokenizer | None) -> list[int]:
    """Tokens of sentences, an even sample of them."""
    texts = texts[:: -(-len(texts) // _SENTENCES) or 1]
    if tokenizer is None and counts_words(config.tokenizer):
        cut = cutters(config.tokenizer)[0]
        return [len(cut(text)) for text in texts]
    tokenizer = train_tokenizer(config, texts) if tokenizer is None else tokenizer
    return [len(tokenizer.encode(text)) for text in texts]


def _max_length(lengths: Sequence[int], least: int, most: int) -> tuple[int, str]:
    """The smallest that keeps enough of the sentences."""

    def kept(length: int) -> float:
        return sum(n <= length for n in lengths) / max(len(lengths), 1)

    chosen = next((length for length in range(least, most) if kept(length) >= KEPT), most)
    why = f"keeps {100 * kept(chosen):.1f} % of the sentences of train"
    return chosen, why if chosen == least else f"{why}, {least} would keep {100 * kept(least):.1f} %"
