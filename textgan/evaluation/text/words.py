"""Sentences as every judge sees them: words between spaces, of one fixed vocabulary built from real train text.

Perplexities over different vocabularies cannot be compared, so all sentences, whoever wrote them and with whatever
tokenizer, are cut the same way; a word that the vocabulary lacks is <unk>.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

from textgan.data.specials import SPECIALS, UNK
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer


def vocabulary(real: Iterable[str], size: int | None = None) -> WordTokenizer:
    """The `size` most frequent words of real train text, ties in the order of the alphabet; None: all of them."""
    counts = Counter(chain.from_iterable(map(str.split, real)))
    for special in SPECIALS:
        counts.pop(special, None)
    return WordTokenizer(sorted(counts, key=lambda word: (-counts[word], word))[:size])


def as_words(sentences: Sequence[str], tokenizer: WordTokenizer) -> TokenFile:
    """Sentences as ids of the vocabulary's words."""
    return TokenFile.of([tokenizer.encode(sentence) for sentence in sentences], tokenizer)


def unknown(sentences: TokenFile) -> float:
    """Share of words that the vocabulary lacks; 0 of no words."""
    return float((sentences.tokens == UNK).mean()) if len(sentences.tokens) else 0.0
