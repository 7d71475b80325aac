"""Measure gradients between random held-out sentences of a model's data, straight and smooth, and show some of them.

The ends are drawn from the test split with a seed: none is chosen. Without a run, the model that comes with textgan.

    python scripts/gradients.py RUN --pairs 500 > page.md
"""

import argparse
import time
from collections.abc import Iterator

from textgan import scenes
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.specials import SPECIALS
from textgan.evaluation.measurements import Metrics
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.paths import distinct_texts, interpolations, path_ends, path_metrics
from textgan.sampling import SentenceModel

LINES = 7
MOST = 10**6  # sentences
ROWS = {
    "distinct": ("distinct lines, of 7", "{:.2f}"),
    "largest_step": ("largest step, share of a path's edits; even steps: 0.17", "{:.3f}"),
    "unevenness": ("Gini coefficient of the steps", "{:.2f}"),
    "path_ratio": ("edits of a path, over the distance of its ends", "{:.2f}"),
    "midpoint_perplexity": ("perplexity of the line in the middle", "{:.1f}"),
    "end_perplexity": ("perplexity of the ends: reconstructions, sentences given", "{:.1f}"),
}


def evaluation(model: SentenceModel) -> TextEvaluation:
    """The test split of the model's data, and a 5-gram model of its train split."""
    assert isinstance(model.config.data, DataConfig)
    corpus = open_corpus(model.config.data, model.tokenizer)
    return TextEvaluation(["."], corpus, "test", model.tokenizer.vocab_size - len(SPECIALS), MOST, 0, model=model)


def table(straight: list[list[str]], smooth: list[list[str]], measures: Metrics, seconds: float) -> Iterator[str]:
    """What is measured of all gradients."""
    yield "| mean over the gradients | straight | smooth |\n| --- | --- | --- |"
    for name, (title, form) in ROWS.items():
        both = (form.format(measures[f"{prefix}interpolation_{name}"]) for prefix in ("", "smooth_"))
        yield f"| {title} | {' | '.join(both)} |"
    if all(map(scenes.is_valid, (path[0] for path in smooth))):
        shares = [
            sum(map(scenes.is_valid, between)) / max(len(between), 1)
            for between in ([line for path in paths for line in path[1:-1]] for paths in (straight, smooth))
        ]
        yield "| lines between the ends that the grammar can say | " + " | ".join(f"{s:.1%}" for s in shares) + " |"
    yield f"| CPU seconds | | {seconds / len(smooth):.2f} |"


def gradients(straight: list[list[str]], smooth: list[list[str]]) -> Iterator[str]:
    """The gradients, side by side."""
    for number, pair in enumerate(zip(smooth, straight, strict=True), 1):
        yield f"\n| {number} | smooth | straight |\n| --- | --- | --- |"
        for place, (a, b) in enumerate(zip(*pair, strict=True), 1):
            yield f"| {place} | {a} | {b} |"


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("run", nargs="?", default="scenes")
    flags.add_argument("--pairs", type=int, default=500, help="gradients that are measured")
    flags.add_argument("-n", type=int, default=20, help="gradients that are shown, the first ones")
    values = flags.parse_args()
    model = SentenceModel.from_pretrained(values.run, "cpu")
    case = evaluation(model)
    ends = path_ends(distinct_texts(case.heldout_tokens, MOST), values.pairs, seed=0)
    straight = interpolations(model, ends, LINES)
    begun = time.process_time()
    smooth = [model.interpolate(*pair, LINES, smooth=True) for pair in ends]
    seconds = time.process_time() - begun
    score = case.score()
    measures = path_metrics(straight, score) | path_metrics(smooth, score, "smooth_interpolation")
    print(f"{len(ends)} pairs; shown are the first {values.n}.\n")
    for line in (*table(straight, smooth, measures, seconds), *gradients(straight[: values.n], smooth[: values.n])):
        print(line)


if __name__ == "__main__":
    main()
