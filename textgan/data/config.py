"""What text to read and how to cut it into tokens."""

from dataclasses import dataclass
from typing import Literal

from textgan.files import expanded_names


@dataclass(frozen=True)
class DataConfig:
    """Where sentences come from and how they become token ids.

    Args:
        data: built-in corpus (scenes, or its pairs scenes-pairs), a file (.txt, .jsonl, .csv, .tsv, each also .gz), a
            folder with train/valid/test files, or hf:OWNER/NAME[/CONFIG] for a Hugging Face dataset.
        text_column: column that holds the sentence; default: text or sentence, or the pair sentence1 and sentence2. A
            number counts columns from 1 and says that the file has no header.
        second_column: column that holds the second sentence of a pair.
        labels: column of the labels that the model is to tell; label where they stand in the names of files or belong
            to a built-in corpus. None: it learns no labels, and those of a column label or gold_label are only kept.
        labeled: examples of train whose label is known to the model, of each class its share and at least one; none:
            all.
        labeled_fraction: the same as a share of train.
        label_seed: of the choice of these examples.
        unlabeled: more sentences to learn from, without labels: a file, a folder's train, a built-in corpus or a
            Hugging Face dataset; what occurs in valid or test is left out. Commas separate several.
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
    labels: str | None = None
    labeled: int | None = None
    labeled_fraction: float | None = None
    label_seed: int = 0
    unlabeled: str | None = None
    tokenizer: Literal["word", "nltk", "unigram", "bpe"] = "word"
    lowercase: bool = False
    vocab_size: int = 11_000
    min_count: int = 1
    max_length: int = 15
    long_sentences: Literal["drop", "truncate"] = "drop"
    valid_fraction: float = 0.05
    streaming: bool = False

    def __post_init__(self) -> None:
        """Write out ~ in the names of files."""
        object.__setattr__(self, "data", expanded_names(self.data))
        if self.unlabeled is not None:
            object.__setattr__(self, "unlabeled", expanded_names(self.unlabeled))


@dataclass(frozen=True)
class ImageConfig:
    """Where images come from and what is made of them.

    Args:
        data: digits (scikit-learn's scans), lines (ACAI's benchmark), mixture (25 Gaussians in the plane), a folder of
            IDX files (MNIST and its kin), a folder of image files (with or without a folder for each label, or for
            train, valid and test), an .npz file, or hf:OWNER/NAME[/CONFIG] for a Hugging Face dataset.
        binarize: none; threshold at one half; once draws each pixel with its brightness as probability, once for all;
            dynamic draws it anew each time an image is seen (valid and test: once).
        color_digits: stack three random images of the source as the channels of one (ColorMNIST, 1,000 modes).
        image_size: images are scaled to this height and width; none: as they are (digits: 28).
        valid_fraction: share of the train images cut off for validation where no valid split is given.
        labeled: training images whose label is known, as many of each class; none: all.
        image_seed: seed of binarization, of the cut, of the choice of labeled images, and of stacking.
        image_column: column of a Hugging Face dataset; default: image or img.
        image_label_column: column of labels; default: label or fine_label where there is one.
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
