"""What simple classifiers reach from the same labels: a bar for a model of sentences with a classifier."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from textgan.data.labeled import Indices, examples
from textgan.data.tokenfile import FIRST, TokenFile
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.naive_bayes import fit_naive_bayes
from textgan.ensemble.text import Vocabulary, normalized, ppmi_vectors
from textgan.evaluation.measurements import Metrics
from textgan.evaluation.text.classification import tokens_of, vectorizer

Words = Sequence[list[str]]

_MOST_UNLABELED = 20_000
_ROUNDS, _WEIGHT, _SMOOTHING = 10, 0.1, 0.1  # of expectation maximization
_C = 10.0
_DIM = 100
_FREQUENT = 1e-3  # share of the tokens at which a word weighs half


def label_baselines(train: TokenFile, labeled: Indices, heldout: TokenFile) -> Metrics:
    """Accuracies of baselines that learned from the same labels.

    accuracy_majority: the commonest label. accuracy_tfidf: logistic regression (C = 10) on TF-IDF of words and pairs of
    neighbouring words; of pairs of sentences on [u; v; u v; |u - v|] of both. accuracy_ensemble: SentenceClassifier().
    Of single sentences also, in the order of their cost: accuracy_naive_bayes_em, Nigam et al. 2000 on binary words;
    accuracy_word_vectors, logistic regression on mean vectors of words (factorized mutual information);
    accuracy_self_training, TF-IDF and its own sure answers. All but the first two learn from sentences without labels
    too, at most 20,000 of them.

    Args:
        train: of which the examples `labeled` have labels that may be learned, (n,).
        labeled: places of these examples.
        heldout: what is predicted.
    """
    from sklearn.linear_model import LogisticRegression

    rows = examples(heldout)
    y, truth = (np.asarray(part.labels)[some] for part, some in ((train, labeled), (heldout, rows)))
    unlabeled = _unlabeled(train, labeled)
    every = np.concatenate([labeled, unlabeled])
    targets = np.concatenate([y, np.full(len(unlabeled), -1)])
    sides = 1 if train.sides is None else 2
    found = {"accuracy_majority": float((truth == np.bincount(y).argmax()).mean())}
    x, x_heldout = _tfidf(train, labeled, heldout, rows, sides)
    tfidf = LogisticRegression(C=_C, max_iter=1000).fit(x, y)
    found["accuracy_tfidf"] = float(tfidf.score(x_heldout, truth))
    names, ids = np.unique(y, return_inverse=True)
    known = np.concatenate([ids, np.full(len(unlabeled), -1)])
    ensemble = Ensemble.fit(_texts(train, every, sides), known, len(names))
    answers = names[ensemble.logits(_texts(heldout, rows, sides)).argmax(axis=1)]
    found["accuracy_ensemble"] = float((answers == truth).mean())
    if sides == 1:
        cut = (tokens_of(train, every), tokens_of(heldout, rows))
        for name, predict in (("naive_bayes_em", _naive_bayes_em), ("word_vectors", _word_vectors)):
            found[f"accuracy_{name}"] = float((names[predict(*cut, ids, len(names))] == truth).mean())
        found["accuracy_self_training"] = float((_self_training(*cut, targets) == truth).mean())
    return found


def _unlabeled(train: TokenFile, labeled: Indices) -> Indices:
    """Examples whose labels are not to be learned, or that have none; some of many."""
    every = np.arange(len(train)) if train.sides is None else np.flatnonzero(np.asarray(train.sides) == FIRST)
    others = np.setdiff1d(every, labeled)
    if len(others) > _MOST_UNLABELED:
        others = np.sort(np.random.default_rng(0).choice(others, _MOST_UNLABELED, replace=False))
    return others


def _texts(sentences: TokenFile, rows: Indices, sides: int) -> list[tuple[str, ...]]:
    return [tuple(sentences.text(row + side) for side in range(sides)) for row in rows.tolist()]


def _tfidf(train: TokenFile, labeled: Indices, heldout: TokenFile, rows: Indices, sides: int) -> tuple[Any, Any]:
    """Features of what is learned and of what is predicted."""
    from scipy.sparse import hstack  # type: ignore[import-untyped]

    words = vectorizer().fit([tokens for side in range(sides) for tokens in tokens_of(train, labeled + side)])
    found = []
    for part, some in ((train, labeled), (heldout, rows)):
        blocks = [words.transform(tokens_of(part, some + side)) for side in range(sides)]
        if sides == 2:
            blocks += [blocks[0].multiply(blocks[1]), abs(blocks[0] - blocks[1])]
        found.append(hstack(blocks).tocsr())
    return found[0], found[1]


def _naive_bayes_em(learned: Words, heldout: Words, ids: Indices, classes: int) -> Indices:
    """Classes of what is held out; the first texts are those of `ids`."""
    vocabulary = Vocabulary.learn(map(set, learned), 2, 1 << 20)  # type: ignore[arg-type]
    x, x_heldout = (vocabulary.counts(part).sign() for part in (learned, heldout))
    known, others = x[: len(ids)], x[len(ids) :]
    targets = np.eye(classes)[ids]
    counts, transposed = known.T @ targets, others.T.tocsr()
    model = fit_naive_bayes(counts, targets.sum(axis=0), _SMOOTHING)
    for _ in range(_ROUNDS):
        answers = _WEIGHT * np.exp(model.log_probs(others))
        model = fit_naive_bayes(counts + transposed @ answers, targets.sum(axis=0) + answers.sum(axis=0), _SMOOTHING)
    winners: Indices = model.log_probs(x_heldout).argmax(axis=1)
    return winners


def _word_vectors(learned: Words, heldout: Words, ids: Indices, classes: int) -> Indices:
    from sklearn.linear_model import LogisticRegression

    vocabulary = Vocabulary.learn(learned, 2, 20_000)
    places = vocabulary.places
    vectors = ppmi_vectors([[places[w] for w in row if w in places] for row in learned], len(places), _DIM)
    x, x_heldout = (vocabulary.counts(part) for part in (learned, heldout))
    share = np.asarray(x.sum(axis=0)).ravel() / max(x.sum(), 1)
    vectors *= (_FREQUENT / (_FREQUENT + share))[:, None]
    mean, mean_heldout = (normalized(np.asarray(counts @ vectors)) for counts in (x, x_heldout))
    scale = np.maximum(mean.std(axis=0), 1e-6) * np.sqrt(_DIM)
    model = LogisticRegression(C=_C, max_iter=1000).fit(mean[: len(ids)] / scale, ids)
    winners: Indices = model.predict(mean_heldout / scale)
    return winners


def _self_training(learned: Words, heldout: Words, targets: Indices) -> Indices:
    from sklearn.linear_model import LogisticRegression
    from sklearn.semi_supervised import SelfTrainingClassifier

    words = vectorizer().fit(learned)
    model = SelfTrainingClassifier(LogisticRegression(C=_C, max_iter=1000), threshold=0.8)
    winners: Indices = model.fit(words.transform(learned), targets).predict(words.transform(heldout))
    return winners
