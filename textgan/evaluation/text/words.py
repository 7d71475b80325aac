"""Sentences as all metrics take them: words between spaces, in one fixed vocabulary built from real train text.

Perplexities over different vocabularies cannot be compared, so all sentences, of any source and
tokenizer, are split the same way; a word that the vocabulary lacks is <unk>. In scripts without spaces each character
is a word, unless the vocabulary, one from elsewhere, has longer ones.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from textgan.data.pieces import WITHOUT_SPACES
from textgan.data.specials import SPECIALS, UNK
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer

logger = logging.getLogger("textgan")

_READ = 200_000  # sentences that are decoded to text: twenty seconds, once


def build_vocabulary(real: Iterable[str], size: int | None = None) -> WordTokenizer:
    """The `size` most frequent words of real train text, ties in the order of the alphabet; None: all of them."""
    counts = Counter(chain.from_iterable(apart(text).split() for text in real))
    return _most_frequent(counts, size)


def corpus_vocabulary(real: TokenFile, size: int | None = None) -> WordTokenizer:
    """The same of a tokenized corpus: of words, by the counts of their ids; of pieces, by at most 200,000 sentences."""
    tokenizer = real.tokenizer
    if not isinstance(tokenizer, WordTokenizer) or tokenizer.type != "word":
        some = real.some(_READ)
        if len(some) < len(real):
            logger.info("vocabulary of the metrics: from %s of %s sentences", f"{len(some):,}", f"{len(real):,}")
        return build_vocabulary((some.text(i) for i in range(len(some))), size)
    counts, known = real.token_counts(), Counter[str]()
    for id in np.flatnonzero(counts):
        if id >= len(SPECIALS):
            for word in apart(tokenizer.words[id]).split():
                known[word] += int(counts[id])
    return _most_frequent(known, size)


def _most_frequent(counts: Counter[str], size: int | None) -> WordTokenizer:
    words = sorted(counts.keys() - set(SPECIALS), key=lambda word: (-counts[word], word))
    return WordTokenizer(words[:size])


def as_words(sentences: Sequence[str], tokenizer: WordTokenizer) -> TokenFile:
    """Sentences as ids of the vocabulary's words."""
    if not any(len(word) > 1 and WITHOUT_SPACES.search(word) for word in tokenizer.words):
        sentences = [apart(sentence) for sentence in sentences]
    return TokenFile.of([tokenizer.encode(sentence) for sentence in sentences], tokenizer)


def apart(text: str) -> str:
    """Text with spaces around each character of the scripts that are written without them."""
    return WITHOUT_SPACES.sub(r" \g<0> ", text)


def unknown_share(sentences: TokenFile) -> float:
    """Share of words that the vocabulary lacks; 0 of no words."""
    return float((sentences.tokens == UNK).mean()) if len(sentences.tokens) else 0.0
