"""What text to read and how to cut it into tokens."""

from dataclasses import dataclass, fields
from typing import Literal

from textgan.files import expanded_names


@dataclass(frozen=True)
class DataConfig:
    """Where sentences come from and how they become token ids.

    Args:
        data: built-in corpus (scenes, or scenes-pairs for pairs of sentences), a file (.txt, .jsonl, .csv, .tsv, each
            also .gz), a folder with train/valid/test files, or hf:OWNER/NAME[/CONFIG] for a Hugging Face dataset.
        text_column: column of the sentences; default: text or sentence, or the pair sentence1 and sentence2. A number
            counts columns from 1 and means that the file has no header.
        second_column: column of the second sentences of pairs.
        labels: column of the labels that the model learns to predict; write label for a built-in corpus, and where
            labels are in the names of files. Null: the model learns no labels; those of a column label or gold_label
            are only stored.
        labeled: number of training examples whose labels are used, stratified by class, at least one of each. The
            others are used without labels. Null: all.
        labeled_fraction: the same number as a fraction of the training examples.
        label_seed: random seed for choosing the labeled examples.
        unlabeled: more sentences to train on, without labels: a file, the train split of a folder, a built-in corpus or
            a Hugging Face dataset. Sentences that occur in valid or test are left out. Commas separate several sources.
        tokenizer: word (split at white space), nltk (NLTKWordTokenizer), unigram or bpe (pieces of words, by
            sentencepiece). Null: word; nltk for text whose punctuation hangs at its words; unigram for text without
            spaces between words, or with many unknown words.
        lowercase: convert to lower case before tokenizing.
        vocab_size: number of words in the vocabulary, the most frequent ones, special tokens not counted; for unigram
            and bpe the number of all pieces. Null: 11000 words, or as many pieces as the text can teach.
        min_count: words that occur less often become <unk>.
        max_length: longest sentence, in tokens, the end token not counted. Null: the smallest from 15 to 40 (unigram
            and bpe: 60) that keeps 95 % of the train sentences.
        long_sentences: drop or truncate sentences over max_length.
        valid_fraction: fraction of the training sentences kept for validation if the data has no valid split.
        streaming: read a Hugging Face dataset as a stream, without storing its files.
    """

    data: str = "scenes"
    text_column: str | None = None
    second_column: str | None = None
    labels: str | None = None
    labeled: int | None = None
    labeled_fraction: float | None = None
    label_seed: int = 0
    unlabeled: str | None = None
    tokenizer: Literal["word", "nltk", "unigram", "bpe"] | None = None
    lowercase: bool = False
    vocab_size: int | None = None
    min_count: int = 1
    max_length: int | None = None
    long_sentences: Literal["drop", "truncate"] = "drop"
    valid_fraction: float = 0.05
    streaming: bool = False

    def __post_init__(self) -> None:
        """Write out ~ in the names of files."""
        object.__setattr__(self, "data", expanded_names(self.data))
        if self.unlabeled is not None:
            object.__setattr__(self, "unlabeled", expanded_names(self.unlabeled))

    def settled(self) -> "SettledDataConfig":
        """The same without null where the data may choose: with the usual values, whatever the text."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return SettledDataConfig(**{n: v for n, v in values.items() if v is not None or n not in LEFT_TO_DATA})


LEFT_TO_DATA = ("tokenizer", "vocab_size", "max_length")
"""Settings that `textgan.data.choice` chooses by what the corpus is, where they are null."""


@dataclass(frozen=True)
class SettledDataConfig(DataConfig):
    """A `DataConfig` that leaves nothing to the data.

    Args:
        tokenizer: word (split at white space), nltk (NLTKWordTokenizer), unigram or bpe (pieces of words, by
            sentencepiece).
        vocab_size: number of words in the vocabulary, the most frequent ones, special tokens not counted; for unigram
            and bpe the number of all pieces.
        max_length: longest sentence, in tokens, the end token not counted.
    """

    tokenizer: Literal["word", "nltk", "unigram", "bpe"] = "word"
    vocab_size: int = 11_000
    max_length: int = 15


@dataclass(frozen=True)
class ImageConfig:
    """Where images come from and what is made of them.

    Args:
        data: digits (scikit-learn's scans), lines (ACAI's benchmark), mixture (25 Gaussians in the plane), a folder of
            IDX files (MNIST and the like), a folder of image files (with or without a folder for each label, or for
            train, valid and test), an .npz file, or hf:OWNER/NAME[/CONFIG] for a Hugging Face dataset.
        binarize: none keeps gray levels; threshold makes pixels of one half or more white; once samples each pixel,
            white with its brightness as probability, one time for the whole run; dynamic samples anew each time an
            image is used (valid and test: once).
        color_digits: stack three random images as the channels of one (ColorMNIST, 1,000 modes).
        image_size: height and width that images are scaled to. Null: as they are (digits: 28).
        valid_fraction: fraction of the training images kept for validation if the data has no valid split.
        labeled: number of training images whose labels are used, equally many of each class. The others
            are used without labels. Null: all.
        image_seed: random seed of binarization, of the validation split, of the choice of labeled images and of
            stacking.
        image_column: column of the images in a Hugging Face dataset; default: image or img.
        image_label_column: column of the labels; default: label or fine_label, if there is one.
    """

    data: str = "digits"
    binarize: Literal["none", "threshold", "once", "dynamic"] = "none"
    color_digits: bool = False
    image_size: int | None = None
    valid_fraction: float = 0.1
    labeled: int | None = None
    image_seed: int = 0
    image_column: str | None = None
    image_label_column: str | None = None

    def __post_init__(self) -> None:
        """Write out ~ in the names of files."""
        object.__setattr__(self, "data", expanded_names(self.data))
