"""The trade-off of attribute transfer as a Markdown table, and as a picture.

python scripts/transfer.py RUNS [--split test] [--html curves.html]

RUNS holds runs named weight-W, each with test.json of `textgan evaluate --guidances`.
"""

import argparse
import json
from pathlib import Path

from textgan.evaluation.report.html import write_report
from textgan.evaluation.report.sentences import transfer_curves
from textgan.evaluation.text.transfer import TransferPoint

COLUMNS = {
    "transfer_accuracy": "transfer %",
    "transfer_bleu": "BLEU to the source",
    "transfer_perplexity": "perplexity",
    "transfer_reverse_perplexity": "reverse perplexity",
}


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("runs", type=Path)
    flags.add_argument("--split", default="test")
    flags.add_argument("--html", type=Path, help="file for a page with the curves")
    values = flags.parse_args()
    paths = {float(p.parent.name.removeprefix("weight-")): p for p in values.runs.glob(f"weight-*/{values.split}.json")}
    if not paths:
        raise SystemExit(f"no runs named weight-W with {values.split}.json there")
    curves = {weight: points(path) for weight, path in sorted(paths.items())}
    print("| attribute weight | guidance |" + "".join(f" {title} |" for title in COLUMNS.values()))
    print("| --- | --- |" + " --- |" * len(COLUMNS))
    for weight, curve in curves.items():
        for point in curve:
            print(f"| {weight:g} | {point.guidance:g} |" + cells(point.metrics()))
    first = json.loads(next(iter(paths.values())).read_text())
    print("| copies | |" + cells(first["real"]))
    accuracy = 100 * first["transfer_classifier_accuracy"]
    print(f"\nAccuracy of the independent classifier on the sources: {accuracy:.1f} %")
    if values.html:
        named = {f"weight {weight:g}": curve for weight, curve in curves.items()}
        write_report(values.html, "Attribute transfer", [transfer_curves(named, first["real"], values.split)])


def points(path: Path) -> list[TransferPoint]:
    """The measurements of a run over guidance."""
    curves = json.loads(path.read_text()).get("transfer_curves")
    if not curves:
        raise SystemExit(f"{path} has no curve; delete it, or evaluate again with --guidances")
    return [TransferPoint(**point) for point in next(iter(curves.values()))]


def cells(metrics: dict[str, float]) -> str:
    """A row, accuracy in per cent."""
    factors = {"transfer_accuracy": 100}
    return "".join(f" {factors.get(name, 1) * metrics[name]:.1f} |" for name in COLUMNS)


if __name__ == "__main__":
    main()
