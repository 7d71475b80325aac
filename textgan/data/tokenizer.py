"""From a sentence to token ids and back.

A tokenizer is a folder of files that a person can read: `tokenizer.json` says its kind, and `vocab.txt` (a word a line,
the line number is the id) or `sentencepiece.model` holds the vocabulary.
"""

import hashlib
import itertools
import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from textgan.data.config import DataConfig, SettledDataConfig
from textgan.data.joining import join_words
from textgan.data.pieces import WITHOUT_SPACES, learn_pieces
from textgan.data.specials import BOS, EOS, PAD, SPECIALS, UNK
from textgan.errors import UserError, reason_of
from textgan.files import expanded, read_file

_SAVED, _MOST_SETTINGS, _MOST_VOCABULARY = "a saved tokenizer", 1 << 16, 1 << 31  # bytes
_SETTINGS, _WORDS, _PIECES = "tokenizer.json", "vocab.txt", "sentencepiece.model"


class Tokenizer(ABC):
    """Sentence <-> token ids. Ids 0..3 are <pad>, <s>, </s> and <unk>."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """V, specials included."""

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Ids of a sentence, without begin and end. What the vocabulary does not hold is UNK."""

    @abstractmethod
    def decode(self, ids: Iterable[int]) -> str:
        """The sentence up to the first EOS; PAD and BOS are skipped, UNK becomes "<unk>"."""

    @abstractmethod
    def files(self) -> dict[str, bytes]:
        """Name and content of each file that `save` writes."""

    @cached_property
    def fingerprint(self) -> str:
        """Hash of all that decides the ids of a sentence."""
        digest = hashlib.blake2b(digest_size=16)
        for name, content in sorted(self.files().items()):
            digest.update(f"{name} {len(content)}\n".encode() + content)
        return digest.hexdigest()

    def save(self, folder: str | Path) -> None:
        """Write the tokenizer into a folder, which is made if need be; `load_tokenizer` reads it."""
        folder = expanded(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files().items():
            (folder / name).write_bytes(content)


class WordTokenizer(Tokenizer):
    """Words of a fixed vocabulary.

    Args:
        words: the vocabulary without specials, most frequent first. A word that looks like <pad>, <s> or </s> is an
            ordinary word with an id of its own; the word <unk> is UNK, as in corpora already cut to a vocabulary.
        kind: "word" cuts at white space and joins with one space; "nltk" cuts like the Penn treebank and joins as
            people write.
        lowercase: fold case first.
    """

    def __init__(self, words: Sequence[str], type: str = "word", lowercase: bool = False):
        self.words = [*SPECIALS, *words]
        self.type = type
        self.lowercase = lowercase
        self._ids = {word: id for id, word in enumerate(words, len(SPECIALS))}
        self._cut, self._join = cutters(type)

    @property
    def vocab_size(self) -> int:
        """V, specials included."""
        return len(self.words)

    def encode(self, text: str) -> list[int]:
        """Ids of the words of a sentence."""
        return self.ids_of(self._cut(text.lower() if self.lowercase else text))

    def ids_of(self, words: Iterable[str]) -> list[int]:
        """Ids of words."""
        get = self._ids.get
        return [get(word, UNK) for word in words]

    def decode(self, ids: Iterable[int]) -> str:
        """The words up to the first EOS, joined."""
        return self._join([self.words[id] for id in _content(ids)])

    def files(self) -> dict[str, bytes]:
        """tokenizer.json and vocab.txt."""
        return {
            _SETTINGS: _settings(kind=self.type, lowercase=self.lowercase),
            _WORDS: "".join(f"{word}\n" for word in self.words).encode(),
        }


class SentencePieceTokenizer(Tokenizer):
    """Pieces of words with bytes for the rest: `decode(encode(x)) == x` for every x, up to case if it is folded.

    Args:
        model: a serialized sentencepiece model, trained by `train_tokenizer`.
        kind: "unigram" or "bpe", as the model was trained.
        lowercase: fold case first.
    """

    def __init__(self, model: bytes, type: str, lowercase: bool = False):
        import sentencepiece

        self.model = model
        self.type = type
        self.lowercase = lowercase
        self._processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        # sentencepiece writes a space as U+2581, so a real U+2581 would come back as a space: it is spelled in bytes.
        self._lower_block = [self._processor.piece_to_id(f"<0x{byte:02X}>") for byte in "\u2581".encode()]

    @property
    def vocab_size(self) -> int:
        """V, specials included."""
        return int(self._processor.get_piece_size())

    @property
    def has_specials(self) -> bool:
        """Whether the specials have the ids that all models expect."""
        pieces = self._processor
        return (pieces.pad_id(), pieces.bos_id(), pieces.eos_id(), pieces.unk_id()) == (PAD, BOS, EOS, UNK)

    def encode(self, text: str) -> list[int]:
        """Ids of the pieces of a sentence.

        Raises:
            UserError: the text holds half a surrogate pair, which is no character.
        """
        text = text.lower() if self.lowercase else text
        if "\u2581" not in text:
            return self._encode(text)
        ids: list[int] = []
        for part in text.split("\u2581"):
            ids += [*self._encode(part), *self._lower_block]
        return ids[: -len(self._lower_block)]

    def _encode(self, text: str) -> list[int]:
        try:
            return self._processor.encode(text)
        except RuntimeError:
            raise UserError(f"{text!r} is no text: it holds half a surrogate pair; expected whole characters") from None

    def words_of(self, ids: Iterable[int]) -> tuple[tuple[int, ...], ...]:
        """Ids without specials, those of a word together; in scripts without spaces, each piece is one."""
        words, before = list[tuple[int, ...]](), "\u2581"
        for id, piece in ((id, self._processor.id_to_piece(id)) for id in ids):
            starts = not words or piece.startswith("\u2581") or WITHOUT_SPACES.search(before[-1:] + piece[:1])
            words.append((id,) if starts else (*words.pop(), id))
            before = piece
        return tuple(words)

    def decode(self, ids: Iterable[int]) -> str:
        """The sentence up to the first EOS; bytes that make no character become U+FFFD."""
        return self._processor.decode(_content(ids))

    def files(self) -> dict[str, bytes]:
        """tokenizer.json and sentencepiece.model."""
        return {_SETTINGS: _settings(kind=self.type, lowercase=self.lowercase), _PIECES: self.model}


def train_tokenizer(config: DataConfig, texts: Iterable[str]) -> Tokenizer:
    """The tokenizer that `config` asks for, with the vocabulary of `texts`. The same texts give the same tokenizer.

    Args:
        texts: sentences, read once. Word counts are exact; sentencepiece learns from the first two million.

    Raises:
        UserError: no texts, or a vocab_size that sentencepiece cannot work with.
    """
    config, texts = config.settled(), iter(texts)
    first = next(texts, None)
    if first is None:
        raise UserError("no sentence to learn a vocabulary from; expected at least one in the train split")
    texts = itertools.chain([first], texts)
    if config.lowercase:
        texts = map(str.lower, texts)
    if counts_words(config.tokenizer):
        return _train_words(config, texts)
    return SentencePieceTokenizer(learn_pieces(config, texts), config.tokenizer, config.lowercase)


def counts_words(type: str) -> bool:
    """Whether a type of tokenizer has words, whose counts are all that its vocabulary is learned from."""
    return type in ("word", "nltk")


def load_tokenizer(folder: str | Path) -> Tokenizer:
    """The tokenizer that `Tokenizer.save` wrote into a folder.

    Raises:
        UserError: a file is missing or damaged.
    """
    folder = expanded(folder)
    settings = _load_settings(folder / _SETTINGS)
    type, lowercase = settings["kind"], settings["lowercase"]
    path = folder / (_WORDS if counts_words(type) else _PIECES)
    content = read_file(path, _SAVED, _MOST_VOCABULARY)
    if path.name == _WORDS:
        return WordTokenizer(_parse_words(content, path), type, lowercase)
    try:
        tokenizer = SentencePieceTokenizer(content, type, lowercase)
    except (RuntimeError, OSError):
        raise UserError(f"{path} is no sentencepiece model; restore the saved tokenizer") from None
    if not tokenizer.has_specials:
        raise UserError(f"{path} is a sentencepiece model of something else; restore the saved tokenizer")
    return tokenizer


def _content(ids: Iterable[int]) -> list[int]:
    found = list(map(int, ids))
    if EOS in found:
        del found[found.index(EOS) :]
    return [id for id in found if id != PAD and id != BOS]


def _settings(**values: Any) -> bytes:
    return (json.dumps(values, indent=2) + "\n").encode()


def _load_settings(path: Path) -> dict[str, Any]:
    content = read_file(path, _SAVED, _MOST_SETTINGS)
    try:
        settings = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({reason_of(error)}); restore the saved tokenizer") from None
    types = ("word", "nltk", "unigram", "bpe")
    sound = isinstance(settings, dict) and settings.get("kind") in types and isinstance(settings.get("lowercase"), bool)
    if not sound:
        raise UserError(f"{path} holds {settings!r}; expected kind ({', '.join(types)}) and lowercase (true, false)")
    return settings


def _parse_words(content: bytes, path: Path) -> list[str]:
    try:
        lines = content.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8; restore the saved tokenizer") from None
    if tuple(lines[: len(SPECIALS)]) != SPECIALS or len(set(lines[len(SPECIALS) :])) != len(lines) - len(SPECIALS):
        raise UserError(f"{path}: expected the lines {' '.join(SPECIALS)} and then every word once; restore it")
    return lines[len(SPECIALS) :]


def _train_words(config: SettledDataConfig, texts: Iterable[str]) -> WordTokenizer:
    cut, _ = cutters(config.tokenizer)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(cut(text))
    return tokenizer_of_counts(config, counts)


def tokenizer_of_counts(config: SettledDataConfig, counts: Counter[str]) -> WordTokenizer:
    """The tokenizer of the most frequent words, ties in the order of the alphabet.

    Args:
        config: how many, and how frequent at least.
        counts: of the words of the train split, as its tokenizer cuts them; "<unk>" is removed from it.
    """
    del counts[SPECIALS[UNK]]
    kept = [word for word, count in counts.items() if count >= config.min_count]
    kept.sort(key=lambda word: (-counts[word], word))
    return WordTokenizer(kept[: config.vocab_size], config.tokenizer, config.lowercase)


def cutters(type: str) -> tuple[Callable[[str], list[str]], Callable[[list[str]], str]]:
    """How a sentence is cut into words, and how words are joined into a sentence."""
    if type == "word":
        return str.split, " ".join
    from nltk.tokenize.destructive import NLTKWordTokenizer
    from nltk.tokenize.treebank import TreebankWordDetokenizer

    tokenize, unknown = NLTKWordTokenizer().tokenize, SPECIALS[UNK]

    def cut(text: str) -> list[str]:
        words: list[str] = []
        for part in text.split(unknown):  # treebank rules would break <unk> into three words
            words += [*tokenize(part), unknown]
        return words[:-1]

    detokenize = TreebankWordDetokenizer().detokenize
    return cut, lambda words: join_words(words, detokenize)
