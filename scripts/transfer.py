"""The trade-off of attribute transfer as a Markdown table, and as a picture.

python scripts/transfer.py RUNS [--split test] [--html curves.html]

RUNS holds runs named weight-W, each with test.json of `textgan evaluate --guidances`.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from textgan.evaluation.html import Curve, Curves, write_report

COLUMNS = {
    "accuracy": "transfer %",
    "bleu": "BLEU to the source",
    "perplexity": "perplexity",
    "reverse_perplexity": "reverse perplexity",
}


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("runs", type=Path)
    flags.add_argument("--split", default="test")
    flags.add_argument("--html", type=Path, help="file for a page with the curves")
    values = flags.parse_args()
    paths = values.runs.glob(f"weight-*/{values.split}.json")
    found = {float(path.parent.name.removeprefix("weight-")): json.loads(path.read_text()) for path in paths}
    if not found:
        raise SystemExit(f"no runs named weight-W with {values.split}.json there")
    curves = {weight: points(numbers) for weight, numbers in sorted(found.items())}
    print("| attribute weight | guidance |" + "".join(f" {title} |" for title in COLUMNS.values()))
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for weight, curve in curves.items():
        for point in curve:
            print(f"| {weight:g} | {point['guidance']:g} |" + cells(point))
    first = next(iter(found.values()))
    print("| copies | |" + cells({name: first["real"][f"transfer_{name}"] for name in COLUMNS}))
    print(f"\nThe independent classifier's own accuracy: {100 * first['judge_accuracy']:.1f} %")
    if values.html:
        write_report(values.html, "Attribute transfer", [picture(curves, values.split)])


def points(numbers: dict[str, Any]) -> list[dict[str, float]]:
    """The measurements of a run over guidance."""
    curve: list[dict[str, float]] = next(iter(numbers["exchanges"].values()))
    return curve


def cells(point: dict[str, float]) -> str:
    """A row, accuracy in per cent."""
    factors = {"accuracy": 100}
    return "".join(f" {factors.get(name, 1) * point[name]:.1f} |" for name in COLUMNS)


def picture(curves: dict[float, list[dict[str, float]]], split: str) -> Curves:
    """Accuracy against BLEU, a curve for each run."""
    drawn = [
        Curve(f"weight {weight:g}", [(p["bleu"], p["accuracy"]) for p in curve], [f"{p['guidance']:g}" for p in curve])
        for weight, curve in curves.items()
    ]
    caption = f"Over the decoder's guidance, on {split} data. Nearer to the upper right is better."
    return Curves("Labels exchanged", drawn, "BLEU to the source", "share that takes the label", caption=caption)


if __name__ == "__main__":
    main()
