"""What text to read and how to cut it into tokens."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class DataConfig:
    """Where sentences come from and how they become token ids.

    Args:
        data: built-in corpus (scenes, or its pairs scenes-pairs), a file (.txt, .jsonl, .csv, .tsv, each also .gz), a
            folder with train/valid/test files, or hf:OWNER/NAME[/CONFIG] for a Hugging Face dataset.
        text_column: column that holds the sentence; default: text or sentence, or the pair sentence1 and sentence2. A
            number counts columns from 1 and says that the file has no header.
        second_column: column that holds the second sentence of a pair.
        label_column: column that holds the label; default: label or gold_label where there is one.
        tokenizer: word (split at white space), nltk (NLTKWordTokenizer), or sentencepiece's unigram or bpe.
        lowercase: fold case before tokenizing.
        vocab_size: most frequent words kept, specials not counted; for sentencepiece all pieces.
        min_count: words seen less often become <unk>.
        max_length: longest sentence, in tokens, the end token not counted.
        long_sentences: drop or truncate sentences over max_length.
        valid_fraction: share of the train sentences cut off for validation where no valid split is given.
        streaming: read a Hugging Face dataset as a stream, without storing its files.
    """

    data: str = "scenes"
    text_column: str | None = None
    second_column: str | None = None
    label_column: str | None = None
    tokenizer: Literal["word", "nltk", "unigram", "bpe"] = "word"
    lowercase: bool = False
    vocab_size: int = 11_000
    min_count: int = 1
    max_length: int = 15
    long_sentences: Literal["drop", "truncate"] = "drop"
    valid_fraction: float = 0.05
    streaming: bool = False
