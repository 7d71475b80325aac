"""Which words speak for which class."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.softmax_regression import Doubles
from textgan.ensemble.text import runs_of, split_words

_SPACED = re.compile(r"\w+|[^\w\s]")


class Explanation(NamedTuple):
    """What the words of a text add to the logits of the classes.

    Args:
        words: of the text, of a pair those of both, (T,).
        contributions: of each word, (T, K); over the classes they sum to 0.
        rest: what stands there without any word, (K,).
    """

    words: list[str]
    contributions: Doubles
    rest: Doubles


def explain_exactly(ensemble: Ensemble, text: str) -> Explanation:
    """Exact, for all models are linear: contributions and rest add up to the logits.

    A pair of words adds half to either, a run of characters adds to the word that it stands in, and what stands several
    times to each in equal parts.
    """
    words = split_words(text)
    matrices = ensemble.features.matrices([(text,)])
    classes = len(next(iter(ensemble.models.values())).bias)
    contributions, rest = np.zeros((len(words), classes)), np.zeros(classes)
    for name, model in ensemble.models.items():
        if name in ensemble.features.centers:
            found, constant = _of_vectors(ensemble, name, words)
        else:
            found, constant = _of_units(ensemble, name, words, matrices[name]), np.zeros(classes)
        contributions += found
        rest += constant + model.bias
    return Explanation(words, contributions, rest)


def _of_units(ensemble: Ensemble, name: str, words: Sequence[str], x: Any) -> Doubles:
    """Contributions through units that a text has, (T, K)."""
    features, weights = ensemble.features, ensemble.models[name].weights
    places = features.places if name == "has_words" else features.words.places
    places = features.chars.places if name.endswith("chars") else places
    found = np.zeros((len(words), weights.shape[1]))
    shares = list(_runs(words) if name.endswith("chars") else _ngrams(words))
    values = dict(zip(x.indices.tolist(), x.data.tolist(), strict=True))
    number: dict[str, int] = {}
    for _, unit in shares:
        number[unit] = number.get(unit, 0) + 1
    for at, unit in shares:
        if unit in places:
            found[list(at)] += values[places[unit]] * weights[places[unit]] / number[unit] / len(at)
    return found


def _ngrams(words: Sequence[str]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Words and pairs, and at which words they stand; see `word_ngrams`."""
    bounded = ["<s>", *words, "</s>"]
    for i, word in enumerate(words):
        yield (i,), word
    for i in range(len(words) + 1 if words else 0):
        yield tuple(j for j in (i - 1, i) if 0 <= j < len(words)), f"{bounded[i]} {bounded[i + 1]}"


def _runs(words: Sequence[str]) -> Iterator[tuple[tuple[int, ...], str]]:
    for i, word in enumerate(words):
        for run in runs_of(word):
            yield (i,), run


def _of_vectors(ensemble: Ensemble, name: str, words: Sequence[str]) -> tuple[Doubles, Doubles]:
    """Contributions through the mean of the words' vectors, (T, K), and what stands there without words, (K,)."""
    features, weights = ensemble.features, ensemble.models[name].weights
    place = features.places
    weighted = features.vectors * features.word_weights()[name][:, None]
    rows = np.array([weighted[place[w]] if w in place else np.zeros(weighted.shape[1]) for w in words])
    mean, scale = features.centers[name]
    rows = rows.reshape(len(words), -1) if len(words) else np.zeros((0, weighted.shape[1]))
    norm = max(float(np.linalg.norm(rows.sum(axis=0))), 1e-12)
    return (rows / norm / scale) @ weights, -(mean / scale) @ weights


def explain_by_occlusion(logits: Callable[[Sequence[tuple[str, ...]]], Doubles], row: Sequence[str]) -> Explanation:
    """What the logits of a text, or of a pair, lose without each of its words.

    Args:
        logits: of rows of one or two texts, (n, K).
        row: one or two texts.
    """
    places = [(side, match) for side, text in enumerate(row) for match in _SPACED.finditer(text)]
    without = []
    for side, match in places:
        shorter = list(row)
        shorter[side] = row[side][: match.start()] + row[side][match.end() :]
        without.append(tuple(shorter))
    found = logits([tuple(row), *without])
    found = found - found.mean(axis=1, keepdims=True)
    contributions = found[0] - found[1:]
    return Explanation([match.group() for _, match in places], contributions, found[0] - contributions.sum(axis=0))
