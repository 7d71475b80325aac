"""SentenceClassifier on 100 labeled and 10,000 unlabeled scenes, against logistic regression on TF-IDF.

python scripts/sentence_classifier.py [--draws 3] [--labeled 100] [--unlabeled 10000] [--model arae]
"""

import argparse
import time
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from textgan import SentenceClassifier
from textgan.scenes import sample

TEST = 5000


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("draws", 3), ("labeled", 100), ("unlabeled", 10_000), ("threads", 0)):
        flags.add_argument(f"--{name}", type=int, default=default)
    flags.add_argument("--model", default="arae")
    values = flags.parse_args()
    print("| draw | TF-IDF, words | TF-IDF, words and pairs | SentenceClassifier | seconds |\n" + "| --- " * 5 + "|")
    for draw in range(values.draws):
        scenes = sample(values.labeled + values.unlabeled, 1000 + draw)
        sentences, labels = [scene.text for scene in scenes], [str(scene.label) for scene in scenes]
        seen = set(sentences)
        held = [scene for scene in sample(TEST, 2000 + draw) if scene.text not in seen]
        x, truth = [scene.text for scene in held], [str(scene.label) for scene in held]
        simple = [baseline(n).fit(sentences[: values.labeled], labels[: values.labeled]) for n in (1, 2)]
        y = np.array(labels, dtype=object)
        y[values.labeled :] = -1
        began = time.perf_counter()
        classifier = SentenceClassifier(values.model, effort="network", random_state=draw, threads=values.threads).fit(
            sentences, y
        )
        seconds = time.perf_counter() - began
        accuracies = [model.score(x, truth) for model in (*simple, classifier)]
        print(f"| {draw} |" + "".join(f" {100 * a:.1f} |" for a in accuracies) + f" {seconds:.0f} |", flush=True)


def baseline(longest: int) -> Any:
    """Logistic regression on TF-IDF of word n-grams."""
    features = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, longest), sublinear_tf=True)
    return make_pipeline(features, LogisticRegression(C=10.0, max_iter=1000))


if __name__ == "__main__":
    main()
