"""Lines as words that are the same wherever they stand, and the lines that words make.

Of pieces of words, those of the first word lack the space before them: "dog" begins a line, "▁dog" stands within. Words
are compared, moved and left out as they are within a line; what they make is spelled as its text is.
"""

from collections.abc import Iterable

from textgan.data.pieces import WITHOUT_SPACES
from textgan.data.tokenizer import SentencePieceTokenizer, Tokenizer
from textgan.sampling.lines import TokenIds

LineWords = tuple[TokenIds, ...]
"""A line, each word the tuple of its tokens."""


def flattened(words: Iterable[TokenIds]) -> TokenIds:
    """The tokens of words."""
    return tuple(token for word in words for token in word)


def tokens_apart(line: TokenIds) -> LineWords:
    """The words of a line where each is one token."""
    return tuple((token,) for token in line)


class Spelling:
    """Of a vocabulary of words: each token is one."""

    def words(self, line: TokenIds) -> LineWords:
        """The words of a line."""
        return tokens_apart(line)

    def line(self, words: Iterable[TokenIds]) -> TokenIds:
        """The line that words make."""
        return flattened(words)

    def inner(self, text: str) -> str:
        """Words as the tokenizer is to be given them, so that they have the tokens that they have within a line."""
        return text


class PieceSpelling(Spelling):
    """Of a vocabulary of pieces of words.

    Args:
        tokenizer: with the pieces.
    """

    def __init__(self, tokenizer: SentencePieceTokenizer) -> None:
        self.tokenizer = tokenizer

    def words(self, line: TokenIds) -> LineWords:
        """The words of a line, the first as it would be within."""
        text = self.tokenizer.decode(line)
        return self.tokenizer.words_of(self.tokenizer.encode(self.inner(text))) if text.strip() else ()

    def line(self, words: Iterable[TokenIds]) -> TokenIds:
        """The line that words make, in the tokens of its text."""
        return tuple(self.tokenizer.encode(self.tokenizer.decode(flattened(words)).strip()))

    def inner(self, text: str) -> str:
        """Words with a space before them, where their script has spaces."""
        text = text.strip()
        return text if WITHOUT_SPACES.match(text) else f" {text}"


def spelling_of(tokenizer: Tokenizer) -> Spelling:
    """That of a model's vocabulary."""
    return PieceSpelling(tokenizer) if isinstance(tokenizer, SentencePieceTokenizer) else Spelling()
