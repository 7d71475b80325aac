"""The trade-off of attribute transfer as a Markdown table.

python scripts/transfer.py RUNS [--split test]     RUNS holds runs named weight-W, each with test.json
"""

import argparse
import json
from pathlib import Path

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
    values = flags.parse_args()
    paths = values.runs.glob(f"weight-*/{values.split}.json")
    found = {float(path.parent.name.removeprefix("weight-")): json.loads(path.read_text()) for path in paths}
    if not found:
        raise SystemExit(f"no runs named weight-W with {values.split}.json there")
    print("| attribute weight |" + "".join(f" {title} |" for title in COLUMNS.values()))
    print("| --- |" + " --- |" * len(COLUMNS))
    for weight, numbers in sorted(found.items()):
        print(f"| {weight:g} |" + cells(numbers))
    first = next(iter(found.values()))
    print("| copies |" + cells(first["real"]))
    print(f"\nThe independent classifier's own accuracy: {100 * first['judge_accuracy']:.1f} %")


def cells(numbers: dict[str, float]) -> str:
    """A row, accuracy in per cent."""
    factors = {"transfer_accuracy": 100}
    return "".join(f" {factors.get(name, 1) * numbers[name]:.1f} |" for name in COLUMNS)


if __name__ == "__main__":
    main()
