"""How well a model classifies held-out text, and what simple classifiers reach with the same labels."""

import itertools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics
from textgan.game import Game
from textgan.sampling import class_probabilities

_BINS = 15


class Predictions(NamedTuple):
    """Predictions of a classifier for n examples.

    Args:
        probabilities: of each class, (n, K).
        labels: the true classes, (n,).
    """

    probabilities: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]


def predict(game: Game, sentences: TokenFile) -> Predictions:
    """Predictions of the model's classifier for all examples that have a label.

    Raises:
        UserError: there is none, or one of a class that the model does not know.
    """
    rows = examples(sentences)
    if not len(rows):
        raise UserError("no held-out sentence has a label; expected some to evaluate a classifier")
    labels = label_indices(sentences, rows, game.spec.labels)
    return Predictions(class_probabilities(game, sentences, rows), labels)


def label_indices(sentences: TokenFile, rows: npt.NDArray[np.int64], names: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """The labels of examples as places in a model's names, (n,).

    Raises:
        UserError: a label that is not among them.
    """
    ids = np.asarray(sentences.labels, dtype=np.int64)[rows]
    strange = [sentences.label_names[i] for i in np.unique(ids) if sentences.label_names[i] not in names]
    if strange:
        raise UserError(f"the data has the label {strange[0]!r}; expected those of the model: {', '.join(names)}")
    places = np.array([names.index(name) if name in names else -1 for name in sentences.label_names])
    found: npt.NDArray[np.int64] = places[ids]
    return found


def scores(predictions: Predictions) -> Metrics:
    """accuracy, macro_f1, classification_nll (nats an example), calibration_error.

    macro_f1 is the mean over all K classes that the model knows: one that neither occurs nor is predicted counts as 0.
    The last is the expected calibration error of the winning class over 15 bins of equal width (Guo et al. 2017,
    eq. 3): the sum over bins of their share of the examples times |accuracy - mean probability|.
    """
    from sklearn.metrics import f1_score

    probabilities, labels = predictions
    won, sure = probabilities.argmax(1), probabilities.max(1)
    right = won == labels
    bins = np.minimum((sure * _BINS).astype(np.int64), _BINS - 1)
    gaps = [abs(float((right[bins == b] - sure[bins == b]).sum())) for b in range(_BINS)]
    classes = range(probabilities.shape[1])
    true = np.maximum(probabilities[np.arange(len(labels)), labels], 1e-12)
    return {
        "accuracy": float(right.mean()),
        "macro_f1": float(f1_score(labels, won, labels=classes, average="macro", zero_division=0)),
        "classification_nll": float(-np.log(true).mean()),
        "calibration_error": sum(gaps) / len(labels),
    }


def confusion_matrix(predictions: Predictions) -> npt.NDArray[np.int64]:
    """Examples of each true class (row) by predicted class (column), (K, K)."""
    classes = predictions.probabilities.shape[1]
    places = predictions.labels * classes + predictions.probabilities.argmax(1)
    return np.bincount(places, minlength=classes**2).reshape(classes, classes)


def vectorizer() -> Any:
    """TF-IDF of words and pairs of neighbouring words, of texts that are lists of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer=_words_and_pairs, sublinear_tf=True)


def tokens_of(sentences: TokenFile, rows: npt.NDArray[np.int64]) -> list[list[str]]:
    """Sentences as lists of lower-case words, punctuation apart, as the model's tokenizer cuts them where it does."""
    if not isinstance(sentences.tokenizer, WordTokenizer):
        return [lower_words(sentences.text(row)) for row in rows]
    words = sentences.tokenizer.words
    spans = ((sentences.starts[row], sentences.ends[row]) for row in rows)
    return [[words[token].lower() for token in sentences.tokens[begin:end]] for begin, end in spans]


def lower_words(text: str) -> list[str]:
    """A text as lower-case words, punctuation apart."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def _words_and_pairs(words: Sequence[str]) -> Sequence[str]:
    return [*words, *map(" ".join, itertools.pairwise(words))]
