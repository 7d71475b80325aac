"""Write docs/gradients.md: gradients between random held-out scenes by the model that comes with textgan.

The ends are the first sentences of the test split, two for each gradient: none is in the training data, none is chosen.

    python scripts/gradients.py > docs/gradients.md
"""

import argparse
from itertools import islice

import numpy as np

import textgan
from textgan import scenes
from textgan.sampling.edit_distance import word_edit_distances

LINES = 7

PAGE = """# Gradients between two sentences

{n} gradients of {lines} lines by the model that comes with textgan, smooth and straight, both with the default
settings; [using.md](using.md#gradients) says how each is made. The ends are the first {ends} sentences of the test
split of `scenes`, in order: none is in the training data, and none was chosen. A straight gradient begins and ends with
reconstructions. *Italics*: the grammar cannot say this sentence (`scenes.is_valid`). This page is written by

```sh
.venv/bin/python scripts/gradients.py > docs/gradients.md
```

On another processor a word may differ here and there.

| mean over the gradients | smooth | straight |
| --- | --- | --- |
| distinct lines, of {lines} | {smooth[0]:.1f} | {straight[0]:.1f} |
| largest step to the next line, in edited words; {even:.1f} if all were even | {smooth[1]:.1f} | {straight[1]:.1f} |
| lines between the ends that the grammar cannot say, per cent | {smooth[2]:.0f} | {straight[2]:.0f} |
"""


def held_out(n: int) -> list[str]:
    """The first sentences of the test split, without what is in the training data."""
    known = {scene.text for scene in scenes.sample(100_000, seed=0)}
    return list(islice((scene.text for scene in scenes.sample(5_000, seed=2) if scene.text not in known), n))


def measured(paths: list[list[str]]) -> list[float]:
    """Means over paths: distinct lines, the largest step in words, per cent of invalid lines between the ends."""
    between = [line for path in paths for line in path[1:-1]]
    return [
        float(np.mean([len(set(path)) for path in paths])),
        float(np.mean([max(word_edit_distances(path[:-1], path[1:])) for path in paths])),
        float(100 * np.mean([not scenes.is_valid(line) for line in between])),
    ]


def marked(line: str) -> str:
    return line if scenes.is_valid(line) else f"*{line}*"


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("-n", type=int, default=20, help="gradients")
    n = flags.parse_args().n
    model = textgan.SentenceModel.from_pretrained("scenes")
    ends = held_out(2 * n)
    first, last = ends[::2], ends[1::2]
    straight, smooth = (
        [model.interpolate(a, b, LINES, smooth=smooth) for a, b in zip(first, last, strict=True)]
        for smooth in (False, True)
    )
    even = float(np.mean(word_edit_distances(first, last))) / (LINES - 1)
    measures = {"smooth": measured(smooth), "straight": measured(straight)}
    print(PAGE.format(n=n, lines=LINES, ends=2 * n, even=even, **measures))
    for number, (left, right) in enumerate(zip(smooth, straight, strict=True), 1):
        print(f"| {number} | smooth | straight |\n| --- | --- | --- |")
        for place, (a, b) in enumerate(zip(left, right, strict=True), 1):
            print(f"| {place} | {marked(a)} | {marked(b)} |")
        print()


if __name__ == "__main__":
    main()
