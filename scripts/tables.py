"""The measurements of many runs as Markdown tables, and the curves of quality and diversity as a picture.

python scripts/tables.py RUNS [RUNS ...] [--file test.json] [--picture curves.png]

Each RUNS is of one corpus, and holds runs named MODEL-SEED, each with that file. The picture has a panel a corpus.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

Found = dict[str, list[dict[str, Any]]]

COLUMNS = {
    "minutes": "minutes",
    "rounds": "rounds",
    "forward_perplexity": "forward",
    "reverse_perplexity": "reverse",
    "reverse_ratio": "ratio",
    "oov": "unknown words",
    "self_bleu_4": "self-BLEU-4",
    "distinct_2": "distinct-2",
    "unique": "unique",
    "novelty": "novel",
    "ms_jaccard_4": "MS-Jaccard-4",
    "frechet_distance": "Frechet",
    "lstm_forward_perplexity": "forward, LSTM",
    "lstm_reverse_perplexity": "reverse, LSTM",
    "mauve": "MAUVE",
    "mean_length": "length",
}
CODES = {
    "token_accuracy": "token accuracy",
    "exact_match": "exact match",
    "bleu": "BLEU",
    "interpolation_distinct": "distinct a path",
    "interpolation_largest_step": "largest step",
    "interpolation_midpoint_perplexity": "midpoints",
    "interpolation_end_perplexity": "ends",
    "smoothness": "smoothness",
    "smoothness_random": "of any two",
    **{f"swap_nll_{k}": f"{k} swaps" for k in range(5)},
}


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("runs", type=Path, nargs="+")
    flags.add_argument("--file", default="test.json")
    flags.add_argument("--picture", type=Path, help="default: curves.png in the first folder")
    values = flags.parse_args()
    names = [folder.name for folder in values.runs]
    if len({*names}) < len(names):
        names = [*map(str, values.runs)]
    corpora = {name: measurements(folder, values.file) for name, folder in zip(names, values.runs, strict=True)}
    for name, found in corpora.items():
        print(f"{name}\n")
        report(found)
    if all(any(map(points, found.values())) for found in corpora.values()):
        draw(corpora, values.picture or values.runs[0] / "curves.png")


def measurements(folder: Path, file: str) -> Found:
    """Model -> what was measured of each of its runs."""
    found: Found = defaultdict(list)
    for path in sorted(folder.glob(f"*/{file}")):
        name = path.parent.name.rpartition("-")[0]
        found[name].append(json.loads(path.read_text()) | length(path.parent))
        ranked = path.with_name("best_of.json")
        if ranked.is_file() and file == "test.json":
            best = json.loads(ranked.read_text())
            found[f"{name}, best of {best['best_of']}"].append(best | length(path.parent))
    if not found:
        raise SystemExit(f"no {file} of a run in {folder}")
    return dict(found)


def report(found: Found) -> None:
    """The tables of one corpus."""
    table(found, COLUMNS, real=True)
    table({name: runs for name, runs in found.items() if "token_accuracy" in runs[0]}, CODES)
    if len({run["notes"]["sentences"] for runs in found.values() for run in runs}) > 1:
        print("Not all runs wrote as many sentences: their reverse perplexities cannot be compared.\n")
    if not any(map(points, found.values())):
        return
    curves(found)
    if "lm" in found:
        against(found)


def length(run: Path) -> dict[str, float]:
    """Rounds and minutes that a run was trained for."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {"rounds": lines[-1]["round"], "minutes": lines[-1]["seconds"] / 60}


def table(found: Found, columns: dict[str, str], real: bool = False) -> None:
    """Means over seeds, with the deviation where there are several, of what was measured."""
    measured = {c for runs in found.values() for run in runs for c, number in run.items() if number is not None}
    columns = {c: title for c, title in columns.items() if c in measured}
    if not columns:
        return
    print("| | seeds |" + "".join(f" {title} |" for title in columns.values()))
    print("| --- |" + " --- |" * (len(columns) + 1))
    for name, runs in found.items():
        print(f"| {name} | {len(runs)} |" + "".join(f" {cell([r.get(c) for r in runs])} |" for c in columns))
    if real:
        first = next(iter(found.values()))[0]["real"]
        print("| real text | |" + "".join(f" {cell([first.get(c)])} |" for c in columns))
    print()


def cell(numbers: list[float | None]) -> str:
    """Mean and deviation in three or four digits; nothing where nothing was measured."""
    known = [n for n in numbers if n is not None]
    if not known:
        return ""
    size = abs(np.mean(known))
    digits = 0 if size >= 1000 else 1 if size >= 10 else 3
    spread = f" +- {np.std(known, ddof=1):.{digits}f}" if len(known) > 1 else ""
    return f"{np.mean(known):.{digits}f}{spread}"


def points(runs: list[dict[str, Any]]) -> dict[float, list[tuple[float, float]]]:
    """Temperature -> (forward, reverse) of each seed."""
    at: dict[float, list[tuple[float, float]]] = defaultdict(list)
    for run in runs:
        for point in next(iter(run.get("curves", {}).values()), []):
            at[point["temperature"]].append((point["forward_perplexity"], point["reverse_perplexity"]))
    return dict(sorted(at.items()))


def curves(found: Found) -> None:
    """Forward / reverse perplexity at each temperature."""
    temperatures = sorted({t for runs in found.values() for t in points(runs)})
    print("| forward / reverse at temperature |" + "".join(f" {t:g} |" for t in temperatures))
    print("| --- |" + " --- |" * len(temperatures))
    for name, runs in found.items():
        at = points(runs)
        cells = (
            " / ".join(cell([*side]) for side in zip(*at[t], strict=True)) if t in at else "" for t in temperatures
        )
        print(f"| {name} |" + "".join(f" {text} |" for text in cells))
    print()


def against(found: Found) -> None:
    """Reverse perplexity over that of the language model's curve at equal forward perplexity: below 1 is not dominated.

    Curves are means over seeds, interpolated between logarithms by a monotone cubic, as a chord would lie above a curve
    that bends upwards; outside the language model's curve nothing is said.
    """
    from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

    mean = {name: {t: np.log(np.mean(p, axis=0)) for t, p in points(runs).items()} for name, runs in found.items()}
    x, y = np.array(sorted(map(tuple, mean["lm"].values()))).T
    rival = PchipInterpolator(x, y)
    temperatures = sorted({t for at in mean.values() for t in at})
    print(
        "| reverse over the language model's at equal forward, at temperature |"
        + "".join(f" {t:g} |" for t in temperatures)
    )
    print("| --- |" + " --- |" * len(temperatures))
    for name, at in mean.items():
        if name != "lm":
            inside = {t: p for t, p in at.items() if x[0] <= p[0] <= x[-1]}
            ratios = {t: float(np.exp(p[1] - rival(p[0]))) for t, p in inside.items()}
            print(f"| {name} |" + "".join(f" {ratios[t]:.3f} |" if t in ratios else " |" for t in temperatures))
    print()


def draw(corpora: dict[str, Found], path: Path) -> None:
    """The curves of each corpus in a panel, a line a seed, in the model's color."""
    from matplotlib import pyplot as plt
    from matplotlib import ticker

    colors = [*plt.colormaps["tab10"].colors, *plt.colormaps["Dark2"].colors]  # type: ignore[attr-defined]
    models = list(dict.fromkeys(name for found in corpora.values() for name in found))
    wide = 2 if len(corpora) == 4 else min(len(corpora), 3)
    high = -(-len(corpora) // wide)
    figure, axes = plt.subplots(high, wide, figsize=(5.2 * wide, 4.6 * high), layout="constrained", squeeze=False)
    for axis in axes.flat[len(corpora) :]:
        axis.axis("off")
    for axis, (corpus, found) in zip(axes.flat, corpora.items(), strict=False):
        for name, runs in found.items():
            for seed, run in enumerate(runs):
                pairs = sorted(p for at in points([run]).values() for p in at)
                style = {"color": colors[models.index(name) % len(colors)], "label": None if seed else name}
                axis.plot(*zip(*pairs, strict=True), "o-", markersize=4, linewidth=1, **style)
        real = next(iter(found.values()))[0]["real"]
        axis.plot(real["forward_perplexity"], real["reverse_perplexity"], "k*", markersize=12, label="real text")
        axis.set(xscale="log", yscale="log", title=corpus, xlabel="forward perplexity (quality)")
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_locator(ticker.LogLocator(base=10, subs=(1, 1.5, 2, 3, 4, 5, 6, 7, 8)))
            side.set_major_formatter("{x:g}")
            side.set_minor_locator(ticker.NullLocator())
        axis.grid(alpha=0.3)
        axis.legend()
    for axis in axes[:, 0]:
        axis.set_ylabel("reverse perplexity (diversity)")
    figure.savefig(path, dpi=110)
    print(f"{path}: drawn")


if __name__ == "__main__":
    main()
