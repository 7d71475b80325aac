"""What a user asks of sampled sentences: words and phrases, how they are found in text, which of them say the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textgan.data.pieces import WITHOUT_SPACES
from textgan.data.specials import UNK
from textgan.data.tokenizer import Tokenizer
from textgan.errors import UserError
from textgan.sampling.lines import TokenIds
from textgan.sampling.spelling import spelling_of


@dataclass(frozen=True)
class Constraints:
    """What sampled sentences must satisfy.

    Args:
        label: the class wanted, one of the model's labels.
        contains: words, or phrases of several, all of which they hold.
        avoid: words or phrases none of which they hold.
        prefix: how they begin.
        length: fewest and most tokens; None: any.
    """

    label: str | None = None
    contains: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    prefix: str = ""
    length: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return self != Constraints()


def as_phrases(name: str, phrases: Sequence[str]) -> tuple[str, ...]:
    """Words or phrases of a constraint.

    Raises:
        UserError: it is one string.
    """
    if isinstance(phrases, str):
        raise UserError(f"{name} is one string; expected a list of words: write [{phrases!r}]")
    return tuple(phrases)


def word_pattern(phrase: str) -> re.Pattern[str]:
    """Finds a word or phrase, in folded text, that is no part of a longer word; in scripts without spaces anywhere."""
    words = r"\s+".join(re.escape(word) for word in phrase.casefold().split())
    before, after = (r"(?<!\w)", r"(?!\w)")
    first, last = phrase.strip()[:1], phrase.strip()[-1:]
    return re.compile(before * _is_spaced(first) + words + after * _is_spaced(last))


def phrase_ids(tokenizer: Tokenizer, text: str, name: str, known: bool = True, inner: bool = True) -> TokenIds:
    """Token ids of words that a user named; of their lower-case form, where only that is in the vocabulary.

    Args:
        tokenizer: of the model.
        text: the words.
        name: of the constraint.
        known: refuse words that the vocabulary does not hold.
        inner: as they are spelled within a sentence, not at its beginning.

    Raises:
        UserError: no word, or an unknown one.
    """
    tokens = tuple(tokenizer.encode(spelling_of(tokenizer).inner(text) if inner else text))
    if not tokens or not text.strip():
        raise UserError(f"{name} is {text!r}; expected a word")
    if UNK in tokens:
        others = (tuple(tokenizer.encode(other)) for other in (text.lower(), text.casefold()))
        tokens = next((other for other in others if UNK not in other), tokens)
    if known and UNK in tokens:
        unknown = ", ".join(repr(word) for word in unknown_words(tokenizer, text))
        raise UserError(f"{name} is {text!r}; {unknown} is not in the model's vocabulary: expected words of its text")
    return tokens


def unknown_words(tokenizer: Tokenizer, text: str) -> list[str]:
    """The words of a text that the vocabulary does not hold; the text itself where only the whole is unknown."""
    return [word for word in text.split() if UNK in tokenizer.encode(word)] or [text]


def check_agreement(prefix: str, contains: Sequence[str], avoid: Sequence[str]) -> None:
    """Refuse words that are avoided and stand in what is required.

    Raises:
        UserError: there is one.
    """
    for phrase in avoid:
        for text in filter(None, (prefix, *contains)):
            if word_pattern(phrase).search(text.casefold()):
                same = phrase.casefold() == text.casefold()
                raise UserError(
                    f"{phrase!r} is avoided, and {'required' if same else f'stands in {text!r}, which is required'}; "
                    "leave one of them out"
                )


def not_implied(prefix: str, contains: Sequence[str]) -> list[str]:
    """The phrases that neither the prefix nor another phrase holds already."""
    found: list[str] = []
    for phrase in sorted(contains, key=lambda p: -len(p.split())):
        if not any(word_pattern(phrase).search(text.casefold()) for text in (prefix, *found)):
            found.append(phrase)
    return [phrase for phrase in dict.fromkeys(contains) if phrase in found]


def _is_spaced(character: str) -> bool:
    """Whether it is of a word that spaces set apart."""
    return re.match(r"\w", character) is not None and not WITHOUT_SPACES.match(character)
