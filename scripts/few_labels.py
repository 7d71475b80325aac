"""Accuracies of runs with few labels as a Markdown table: mean and deviation over draws of the labels.

python scripts/few_labels.py RUNS     RUNS holds runs named MODEL-SIZE-DRAW, each with test.json
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("runs", type=Path)
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    simple: dict[tuple[str, int, str], float] = {}
    for path in sorted(flags.parse_args().runs.glob("*-*-*/test.json")):
        name, size, draw = path.parent.name.rsplit("-", 2)
        numbers = json.loads(path.read_text())
        found[name][int(size)].append(numbers["accuracy"])
        for key, title in (("accuracy_majority", "majority"), ("accuracy_tfidf", "TF-IDF + logistic regression")):
            simple[title, int(size), draw] = numbers[key]  # the same for every model of these labels
    if not found:
        raise SystemExit("no runs named MODEL-SIZE-DRAW with test.json there")
    table: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for (title, size, _), value in sorted(simple.items()):
        table[title][size].append(value)
    table |= {name: found[name] for name in sorted(found, key=place)}
    sizes = sorted({size for row in table.values() for size in row})
    print("| |" + "".join(f" {size:,} labels |" for size in sizes))
    print("| --- |" + " --- |" * len(sizes))
    for name, row in table.items():
        print(f"| {name} |" + "".join(f" {shown(row[size])} |" for size in sizes))


def place(name: str) -> tuple[bool, int, str]:
    """Where a model stands in the table: what learns from few sentences first, plain models before full ones."""
    order = ("supervised", "pretrained", "ae", "arae", "arae-pretrained")
    plain = name.removesuffix("-full")
    return name != plain, order.index(plain) if plain in order else len(order), name


def shown(values: list[float]) -> str:
    """Per cent, with the deviation where there are several."""
    if not values:
        return ""
    mean = f"{100 * np.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ± {100 * np.std(values, ddof=1):.1f} ({len(values)})"


if __name__ == "__main__":
    main()
