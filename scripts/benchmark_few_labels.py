"""Classifiers from few labels beside each other, without pretraining, on several data sets: a Markdown table.

    python scripts/benchmark_few_labels.py FOLDER OUT [--sets sst2 ...] [--labels 20 100 ...] [--draws 0 1 2] ...

FOLDER holds sst2, yelp, ag, banking77, snli, as `label<TAB>text`, a file a class, and csv with text and label; `scenes`
is built in. Each draw takes its labels at random (of banking77 as many of each class up to 770) out of at most 10,000
train sentences, the others stay without. Every result is a line of OUT; what is there is not done again.
"""

import argparse
import csv
import gzip
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import hstack  # type: ignore[import-untyped]
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.semi_supervised import LabelSpreading, SelfTrainingClassifier

from textgan import SentenceClassifier, scenes
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.naive_bayes import fit_naive_bayes
from textgan.ensemble.text import Vocabulary, normalized, ppmi_vectors, split_words

Texts = list[Any]
"""Texts, or pairs of them."""
Labels = np.ndarray
Method = Callable[[Texts, Labels, Texts], np.ndarray]
"""Train texts, their classes (-1: none) and test texts to probabilities of the classes."""

MOST = {"train": 10_000, "valid": 1_000, "test": 3_080}
MOST_PAIRS = 40_000
FEW_PER_CLASS = 770  # of banking77 up to so many labels are as many of each class


@cache
def load(folder: Path, name: str, part: str) -> tuple[Texts, list[str]]:
    """Texts and labels of a part of a data set, in an order of their own."""
    if name == "scenes":
        size, seed = {"train": (10_000, 1), "valid": (1_000, 2), "test": (2_000, 3)}[part]
        rows: list[tuple[Any, str]] = [(scene.text, scene.label) for scene in scenes.sample(size, seed)]
    elif name == "sst2":
        lines = read(folder / name / f"{'dev' if part == 'valid' else part}.tsv.gz")
        rows = [(line.split("\t", 1)[1], line.split("\t", 1)[0]) for line in lines]
    elif name == "yelp":
        rows = [
            (line, k) for k in "01" for line in read(folder / name / f"{'dev' if part == 'valid' else part}.{k}.txt.gz")
        ]
    elif name == "snli":
        pairs = map(json.loads, read(folder / name / f"{'dev' if part == 'valid' else part}.jsonl.gz"))
        rows = [((pair["sentence1"], pair["sentence2"]), pair["gold_label"]) for pair in pairs]
    else:
        rows = [(row["text"], row["label"]) for row in csv.DictReader(read(folder / name / f"{part}.csv.gz"))]
    order = np.random.default_rng(0).permutation(len(rows))[: MOST_PAIRS if name == "snli" else MOST[part]]
    return [rows[i][0] for i in order], [rows[i][1] for i in order]


def read(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n") for line in lines]


def draw(labels: Labels, number: int, seed: int, variant: str) -> Labels:
    """Labels of which all but some are -1; noisy: a tenth of them is drawn anew; skewed: see `skew`."""
    classes = int(labels.max()) + 1
    rng = np.random.default_rng([seed, number])
    order = rng.permutation(len(labels))
    if classes > 20 and number <= FEW_PER_CLASS:
        chosen = np.concatenate([order[labels[order] == k][: number // classes] for k in range(classes)])
    else:
        while len(set(labels[order[:number]])) < min(classes, number // 2, 20):
            order = rng.permutation(len(labels))
        chosen = order[:number]
    found = np.full(len(labels), -1)
    found[chosen] = labels[chosen]
    if variant == "noisy":
        wrong = chosen[rng.random(len(chosen)) < 0.1]
        found[wrong] = rng.integers(classes, size=len(wrong))
    return found


def skew(labels: Labels, seed: int) -> np.ndarray:
    """Rows of which the first half of the classes has a ninth of what the others have."""
    rare = labels < (labels.max() + 1) // 2
    rng = np.random.default_rng(seed)
    keep = np.minimum((~rare).sum() // 9, rare.sum())
    return np.sort(np.concatenate([np.flatnonzero(~rare), rng.permutation(np.flatnonzero(rare))[:keep]]))


def words() -> TfidfVectorizer:
    return TfidfVectorizer(
        ngram_range=(1, 2), tokenizer=split_words, token_pattern=None, lowercase=False, sublinear_tf=True, min_df=2
    )


def regression() -> LogisticRegression:
    return LogisticRegression(C=10.0, max_iter=300)


def tfidf(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """TF-IDF of words and pairs, vocabulary of all text, logistic regression."""
    vectorizer = words().fit(texts)
    return fitted(regression(), vectorizer.transform(texts), y, vectorizer.transform(test))


def tfidf_of_pairs(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """TF-IDF of both sides, u and v, as [u; v; u v; |u - v|], logistic regression."""
    vectorizer = words().fit([side for pair in texts for side in pair])

    def joined(pairs: Texts) -> Any:
        u, v = (vectorizer.transform([pair[side] for pair in pairs]) for side in (0, 1))
        return hstack([u, v, u.multiply(v), abs(u - v)]).tocsr()

    return fitted(regression(), joined(texts), y, joined(test))


def char_ngrams(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """TF-IDF of characters within words."""
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3).fit(texts)
    return fitted(regression(), vectorizer.transform(texts), y, vectorizer.transform(test))


def lsa(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """100 singular vectors of TF-IDF."""
    reduced = make_pipeline(words(), TruncatedSVD(100, random_state=0), Normalizer()).fit(texts)
    return fitted(regression(), reduced.transform(texts), y, reduced.transform(test))


def fitted(model: Any, x: Any, y: Labels, x_test: Any) -> np.ndarray:
    known = y >= 0
    return spread(model.fit(x[known], y[known]), model.predict_proba(x_test), y)


def spread(model: Any, probabilities: np.ndarray, y: Labels) -> np.ndarray:
    """With zeros for classes that no label has."""
    full = np.zeros((len(probabilities), CLASSES[0]))
    full[:, model.classes_] = probabilities
    return full


def nb_svm(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """Wang and Manning 2012: binary words and pairs times the log ratios of their counts, one against the rest."""
    vectorizer = TfidfVectorizer(
        ngram_range=(1, 2), tokenizer=split_words, token_pattern=None, binary=True, use_idf=False, norm=None, min_df=2
    )
    x, x_test = vectorizer.fit_transform(texts), vectorizer.transform(test)
    known = np.flatnonzero(y >= 0)
    scores = np.zeros((len(test), CLASSES[0]))
    for k in np.unique(y[known]):
        of_class = y[known] == k
        inside, outside = (np.asarray(x[known[part]].sum(axis=0)).ravel() + 1 for part in (of_class, ~of_class))
        ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        model = LogisticRegression(C=1.0, max_iter=300).fit(x[known].multiply(ratio).tocsr(), of_class)
        scores[:, k] = model.predict_proba(x_test.multiply(ratio).tocsr())[:, 1]
    return scores / scores.sum(axis=1, keepdims=True)


def nb_em(texts: Texts, y: Labels, test: Texts, smoothing: float = 0.1) -> np.ndarray:
    """Nigam et al. 2000: naive Bayes of binary words, ten rounds of expectation maximization, weight 0.1."""
    vectorizer = TfidfVectorizer(
        tokenizer=split_words, token_pattern=None, binary=True, use_idf=False, norm=None, min_df=2
    )
    x, x_test = vectorizer.fit_transform(texts), vectorizer.transform(test)
    known, others = np.flatnonzero(y >= 0), np.flatnonzero(y < 0)
    targets = np.eye(CLASSES[0])[y[known]]
    counts, transposed = x[known].T @ targets, x[others].T.tocsr()
    model = fit_naive_bayes(counts, targets.sum(axis=0), smoothing)
    for _ in range(10):
        answers = 0.1 * np.exp(model.log_probs(x[others]))
        model = fit_naive_bayes(counts + transposed @ answers, (targets.sum(axis=0) + answers.sum(axis=0)), smoothing)
    return np.exp(model.log_probs(x_test))


def nb_em_one(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """The same with the smoothing of the textbook, 1."""
    return nb_em(texts, y, test, smoothing=1.0)


def ppmi(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """Mean vectors of words by positive pointwise mutual information over all text, rare words weighing more."""
    cut = [split_words(text) for text in texts]
    vocabulary = Vocabulary.learn(cut, 2, 20_000)
    places = vocabulary.places
    vectors = ppmi_vectors([[places[w] for w in row if w in places] for row in cut], len(places), 100)
    counts = vocabulary.counts(cut)
    share = np.asarray(counts.sum(axis=0)).ravel() / counts.sum()
    vectors *= (1e-3 / (1e-3 + share))[:, None]
    x, x_test = (normalized(np.asarray(c @ vectors)) for c in (counts, vocabulary.counts(map(split_words, test))))
    scale = x.std(axis=0) * 10
    return fitted(regression(), x / scale, y, x_test / scale)


def self_training(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """TF-IDF and logistic regression, which learns its own sure answers."""
    vectorizer = words().fit(texts)
    model = SelfTrainingClassifier(regression(), threshold=0.8, max_iter=5)
    model.fit(vectorizer.transform(texts), y)
    return spread(model, model.predict_proba(vectorizer.transform(test)), y)


def label_spreading(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """Over the ten nearest texts by LSA."""
    reduced = make_pipeline(words(), TruncatedSVD(100, random_state=0), Normalizer()).fit(texts)
    model = LabelSpreading(kernel="knn", n_neighbors=10, alpha=0.5).fit(reduced.transform(texts), y)
    return spread(model, np.nan_to_num(model.predict_proba(reduced.transform(test)), nan=1 / CLASSES[0]), y)


def fast(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """textgan, effort="fast"."""
    return np.exp(Ensemble.fit(texts, y, CLASSES[0]).log_probs(test))


def balanced(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """textgan, effort="balanced"."""
    return with_network("balanced", texts, y, test)


def thorough(texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    """textgan, effort="thorough"."""
    return with_network("thorough", texts, y, test)


def with_network(effort: str, texts: Texts, y: Labels, test: Texts) -> np.ndarray:
    classifier = SentenceClassifier(effort=effort, threads=1, device="cpu").fit(texts, y)
    return spread(classifier, classifier.predict_proba(test), y)


_ASKED_FOR = ("balanced", "thorough", "tfidf_of_pairs")  # methods of minutes, or of pairs alone
CLASSES = [0]
METHODS: dict[str, Method] = {
    "fast": fast,
    "balanced": balanced,
    "thorough": thorough,
    "tfidf": tfidf,
    "tfidf_of_pairs": tfidf_of_pairs,
    "chars": char_ngrams,
    "nb_svm": nb_svm,
    "nb_em": nb_em,
    "nb_em_one": nb_em_one,
    "ppmi": ppmi,
    "lsa": lsa,
    "self_training": self_training,
    "label_spreading": label_spreading,
}


def scores(probabilities: np.ndarray, truth: Labels) -> dict[str, float]:
    """Accuracy and macro-F1 in per cent, expected calibration error over 15 bins (Guo et al. 2017)."""
    won, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    bins = np.minimum((sure * 15).astype(int), 14)
    gaps = [abs(float(((won == truth)[bins == b] - sure[bins == b]).sum())) for b in range(15)]
    return {
        "accuracy": 100 * float((won == truth).mean()),
        "macro_f1": 100 * float(f1_score(truth, won, average="macro", zero_division=0)),
        "calibration_error": sum(gaps) / len(truth),
    }


def measure(folder: Path, out: Path, cell: tuple[str, int, int, str], names: Sequence[str], split: str) -> None:
    """One draw of labels: a line of `out` for each method that has none yet."""
    name, number, seed, variant = cell
    done = {tuple(json.loads(line)["cell"]) for line in out.read_text().splitlines()} if out.exists() else set()
    (texts, labels), (test, truth) = load(folder, name, "train"), load(folder, name, split)
    classes = sorted(set(labels))
    CLASSES[0] = len(classes)
    ids, truth_ids = (np.array([classes.index(label) for label in some]) for some in (labels, truth))
    if variant == "skewed":
        rows, rows_test = skew(ids, seed), skew(truth_ids, 0)
        texts, ids = [texts[i] for i in rows], ids[rows]
        test, truth_ids = [test[i] for i in rows_test], truth_ids[rows_test]
    texts, ids = texts[: max(number, MOST["train"])], ids[: max(number, MOST["train"])]
    y = draw(ids, number, seed, variant)
    for method in names:
        key = (name, number, seed, variant, method, split)
        if key in done:
            continue
        began = time.process_time()
        result = scores(METHODS[method](texts, y, test), truth_ids)
        line = {"cell": key, **result, "seconds": time.process_time() - began}
        with out.open("a") as file:
            file.write(json.dumps(line) + "\n")


def tables(out: Path) -> None:
    """Means over the draws: accuracy / macro-F1 / calibration error, a table a variant."""
    found: dict[str, dict[str, dict[tuple[str, int], list[tuple[float, float, float, float]]]]] = {}
    for line in map(json.loads, out.read_text().splitlines()):
        name, number, _, variant, method, split = line["cell"]
        values = tuple(line[key] for key in ("accuracy", "macro_f1", "calibration_error", "seconds"))
        found.setdefault(f"{variant}, {split}", {}).setdefault(method, {}).setdefault((name, number), []).append(values)
    for title, of_title in found.items():
        cells = sorted({cell for of_method in of_title.values() for cell in of_method})
        print(f"\n{title}\n\n| | " + " | ".join(f"{name} {number:,}" for name, number in cells) + " | mean | CPU s |")
        print("| --- |" + " --- |" * (len(cells) + 2))
        for name_of_method, by_cell in of_title.items():
            means = {cell: np.mean(by_cell[cell], axis=0) for cell in cells if cell in by_cell}
            row = [f"{means[c][0]:.1f} / {means[c][1]:.1f} / {means[c][2]:.2f}" if c in means else "" for c in cells]
            total = np.mean(list(means.values()), axis=0)
            whole = f"{total[0]:.1f} / {total[1]:.1f} / {total[2]:.2f}" if len(means) == len(cells) else ""
            print(f"| {name_of_method} | " + " | ".join(row) + f" | {whole} | {total[3]:.1f} |")


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("folder", type=Path)
    flags.add_argument("out", type=Path)
    flags.add_argument("--sets", nargs="+", default=["sst2", "yelp", "ag", "scenes", "banking77"])
    flags.add_argument("--labels", nargs="+", type=int, default=[20, 100, 500, 2_000])
    flags.add_argument("--draws", nargs="+", type=int, default=[0, 1, 2])
    flags.add_argument(
        "--methods", nargs="+", choices=METHODS, default=[name for name in METHODS if name not in _ASKED_FOR]
    )
    flags.add_argument("--texts", type=int, default=MOST["train"], help="train texts at most")
    flags.add_argument("--variant", choices=["plain", "noisy", "skewed"], default="plain")
    flags.add_argument("--split", choices=["valid", "test"], default="test")
    asked = flags.parse_args()
    MOST["train"] = asked.texts
    for seed in asked.draws:
        for number in asked.labels:
            for name in asked.sets:
                many = {20: 0, 100: 385, 500: 770}.get(number, number)
                size = many if name == "banking77" else number
                if size:
                    measure(asked.folder, asked.out, (name, size, seed, asked.variant), asked.methods, asked.split)
    tables(asked.out)


if __name__ == "__main__":
    main()
