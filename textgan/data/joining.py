"""Words of the Penn treebank's rules joined as people write, where nltk's detokenizer leaves gaps or closes them.

nltk cuts addresses, typographic quotes and single quotes into pieces that its own detokenizer does not join again.
What cannot be told from the words alone stays: whether a dash, an ampersand or a colon stood between blanks.
"""

import re
from collections.abc import Callable, Sequence

_SCHEME = re.compile(r"https?|ftp|mailto", re.IGNORECASE)
_DOMAIN = re.compile(r"\w[\w-]*(\.[\w-]+)+")
_AFTER_APOSTROPHE = ("s", "t", "d", "m", "re", "ve", "ll", "em", "n")
_BEFORE_APOSTROPHE = re.compile(r"[cdjlmnst]|qu|[do]", re.IGNORECASE)
_OPENS = re.compile(r"'(?!(s|m|d|t|ll|re|ve|em|n)$)\w+", re.IGNORECASE)  # nltk left the quote at its word
_ELIDED = re.compile(r"\d\ds?|tis|twas|til|em|cause|bout|round", re.IGNORECASE)


def join_words(words: Sequence[str], detokenize: Callable[[list[str]], str]) -> str:
    """A sentence of words.

    Args:
        words: as `NLTKWordTokenizer` cuts them.
        detokenize: joins words, such as `TreebankWordDetokenizer.detokenize`.
    """
    pieces = _with_quotes(_with_addresses(list(words)))
    text = detokenize(pieces)
    return re.sub(r"(?<=\w)\.\.\.(?=\w)", "... ", text)


def _with_addresses(words: list[str]) -> list[str]:
    """Addresses of the web and of mail in one piece, and names behind an @."""
    pieces: list[str] = []
    rest = iter(range(len(words)))
    for i in rest:
        word, after = words[i], words[i + 1 : i + 3]
        if _SCHEME.fullmatch(word) and after[:1] == [":"] and after[1:] and after[1].startswith("//"):
            end = i + 3
            while words[end : end + 1] in (["?"], ["&"]) and "=" in "".join(words[end + 1 : end + 2]):
                end += 2
        elif word == "@" and after:
            mail = bool(pieces) and _DOMAIN.fullmatch(after[0]) and pieces[-1][-1:].isalnum()
            word = pieces.pop() + word if mail else word
            end = i + 2
        else:
            pieces.append(word)
            continue
        pieces.append("".join([word, *words[i + 1 : end]]))
        for _ in range(end - i - 1):
            next(rest)
    return pieces


def _with_quotes(words: list[str]) -> list[str]:
    """Quotes at the words that they open and close, apostrophes in theirs."""
    opening = _opening(words)
    pieces: list[str] = []
    glue, opened = "", False
    for i, word in enumerate(words):
        if word in ("“", "‘", "„", "«") or i in opening:
            pieces, glue, opened = pieces, glue + word, opened or word == "‘"
            continue
        closes = word in ("”", "»") or (word == "’" and opened) or (word == "'" and i not in opening)
        if word == "’" and not opened and pieces and not glue:
            pieces[-1] += word
            glue = pieces.pop() if _is_apostrophe(pieces[-1][:-1], words[i + 1 : i + 2]) else ""
            continue
        if closes and (pieces or glue):
            opened = opened and word != "’"
            pieces, glue = _closed(pieces, glue, word)
            continue
        pieces.append(glue + word)
        glue = ""
    return [*pieces, glue] if glue else pieces


def _opening(words: list[str]) -> set[int]:
    """Places of straight single quotes that belong to the word behind them."""
    straight = [i for i, word in enumerate(words) if word == "'"]
    found = {i for i in straight if _stands_for_letters(words, i)}
    opens = {i for i, word in enumerate(words) if _OPENS.fullmatch(word)}
    quotes = sorted(opens | {i for i in straight if i not in found and words[i - 1 : i] != ["'n"]})
    opened = False
    for place, i in enumerate(quotes):
        if i in opens:
            opened = True
            continue
        left = len(quotes) - place
        plural = left % 2 == 1 and words[i - 1 : i] and words[i - 1][-1:] in ("s", "S")  # the dogs' bone
        if not opened and left > 1 and not plural:
            found.add(i)
            opened = True
        elif not plural:
            opened = False
    return found


def _closed(pieces: list[str], glue: str, word: str) -> tuple[list[str], str]:
    """A closing quote goes to the word before it, or to the opening quote right before it."""
    if glue or not pieces:
        return [*pieces, glue + word], ""
    # Commas and full stops come between a word and the quote that closes it.
    last = pieces[-1] + word
    while len(pieces) > 1 and re.fullmatch(r"[.,!?;:…]+\W*", last) and len(last) < 6:
        pieces = pieces[:-1]
        last = pieces[-1] + last
    return [*pieces[:-1], last], ""


def _is_apostrophe(before: str, after: list[str]) -> bool:
    """Whether a typographic apostrophe joins two parts of a word, as in don’t and l’école."""
    if not after or not after[0][:1].isalpha():
        return False
    return after[0].lower() in _AFTER_APOSTROPHE or _BEFORE_APOSTROPHE.fullmatch(before) is not None


def _stands_for_letters(words: list[str], i: int) -> bool:
    """Whether a lone single quote begins a word, as in '90s and 'tis."""
    after = words[i + 1 : i + 2]
    return bool(after) and _ELIDED.fullmatch(after[0]) is not None
