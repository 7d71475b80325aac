"""Do generated sentences help as extra data where labels are few? A line of JSON for each draw.

    python scripts/generated_sentences.py FOLDER SET RUN [--texts 1000] [--samples 500]

FOLDER and SET as of benchmark_few_labels.py; RUN is a model of its sentences. Accuracy on test data of TF-IDF with
logistic regression, and of the ensemble, from 20 and 100 labels: without more; with generated sentences of each class;
with as many real ones and their true labels. Generated are:

    rejection   samples of the model of which a classifier of their codes, of the same few labels, is surest
    gaussian    decoded codes, drawn around the mean of each class's labeled codes
    label       sample(label=...) of a model that learned all labels: what no user has, a bound
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import benchmark_few_labels as few
import numpy as np
from sklearn.linear_model import LogisticRegression

import textgan
from textgan.ensemble.ensemble import Ensemble

TEST, POOL = 700, 2_000
Examples = list[tuple[str, int]]


def spaced(texts: Sequence[str]) -> list[str]:
    return [" ".join(few.split_words(text)) for text in texts]


def generated(model: textgan.SentenceModel, texts: Sequence[str], y: np.ndarray, size: int, seed: int) -> dict:
    """Examples by the way in which they were generated, `size` of each class."""
    codes, pool = model.encode(spaced(texts)), model.sample(POOL, seed=1)
    known = np.flatnonzero(y >= 0)
    mean, scale = codes[known].mean(0), codes.std(0).clip(1e-6) * np.sqrt(codes.shape[1])
    classifier = LogisticRegression(C=1.0, max_iter=200).fit((codes[known] - mean) / scale, y[known])
    sure = classifier.predict_proba((model.encode(pool) - mean) / scale)
    rejection = [(pool[i], int(k)) for j, k in enumerate(classifier.classes_) for i in np.argsort(-sure[:, j])[:size]]
    means = {k: codes[known][y[known] == k].mean(0) for k in classifier.classes_}
    spread = np.concatenate([codes[known][y[known] == k] - means[k] for k in means]).std(0)
    rng, gaussian = np.random.default_rng(seed), Examples()
    for k, center in means.items():
        z = center + spread * rng.standard_normal((size, codes.shape[1]))
        if model.config.model == "arae":
            z /= np.linalg.norm(z, axis=1, keepdims=True)
        gaussian += [(text, int(k)) for text in model.decode(z.astype(np.float32))]
    return {"none": Examples(), "rejection": rejection, "gaussian": gaussian}


def accuracies(texts: Sequence[str], y: np.ndarray, extra: Examples, test: Sequence[str], truth: np.ndarray) -> list:
    """Of TF-IDF with logistic regression, and of the ensemble, per cent."""
    x = [*texts, *(text for text, _ in extra)]
    ids = np.concatenate([y, np.array([k for _, k in extra], dtype=np.int64)])
    found = few.tfidf(x, ids, list(test)), Ensemble.fit(x, ids, few.CLASSES[0]).logits(test)
    return [round(100 * float((z.argmax(1) == truth).mean()), 1) for z in found]


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("folder", type=Path)
    flags.add_argument("set")
    flags.add_argument("run")
    flags.add_argument("--texts", type=int, default=1_000)
    flags.add_argument("--samples", type=int, default=500, help="of all classes together")
    asked = flags.parse_args()
    (texts, labels), (test, truth) = (few.load(asked.folder, asked.set, part) for part in ("train", "test"))
    classes = sorted(set(labels))
    few.CLASSES[0] = len(classes)
    ids, truth_ids = (np.array([classes.index(label) for label in some]) for some in (labels, truth))
    texts, ids, test, truth_ids = texts[: asked.texts], ids[: asked.texts], test[:TEST], truth_ids[:TEST]
    model, size = textgan.load(asked.run), asked.samples // len(classes)
    assert isinstance(model, textgan.SentenceModel)
    for seed in range(3):
        for number in (20, 100):
            y = few.draw(ids, number, seed, "plain")
            extra = generated(model, texts, y, size, seed)
            if set(model.labels) == set(classes):
                by_label = enumerate(classes)
                extra["label"] = [
                    (t, k) for k, name in by_label for t in model.sample(size, 100 * seed + k, label=name)
                ]
            more = [np.flatnonzero((ids == k) & (y < 0))[:size] for k in range(len(classes))]
            extra["real"] = [(texts[i], int(ids[i])) for i in np.concatenate(more)]
            found = {name: accuracies(texts, y, some, test, truth_ids) for name, some in extra.items()}
            print(json.dumps({"set": asked.set, "labels": number, "draw": seed, **found}), flush=True)


if __name__ == "__main__":
    main()
