"""Corpora that the package makes itself, so that everything runs without a download."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources

from textgan.data.blocks import Split
from textgan.data.records import Record

SPLIT_SIZES = {"train": 100_000, "valid": 5_000, "test": 5_000}
"""Scenes (or pairs of them) drawn for each split; what valid and test share with train is then dropped."""

SEEDS = {"train": 0, "valid": 1, "test": 2}
"""Of the draws of each split."""


def _draw_scenes(n: int, seed: int) -> list[Record]:
    from textgan.scenes import sample

    return [Record((scene.text,), str(scene.label)) for scene in sample(n, seed)]


def _draw_pairs(n: int, seed: int) -> list[Record]:
    from textgan.scenes import sample_pairs

    return [Record((pair.premise, pair.hypothesis), str(pair.label)) for pair in sample_pairs(n, seed)]


def _open(name: str, draw: Callable[[int, int], list[Record]]) -> tuple[dict[str, Split], str]:
    @cache
    def sampled(split: str) -> list[Record]:
        return draw(SPLIT_SIZES[split], SEEDS[split])

    def records(split: str) -> Callable[[Counter[str]], Iterator[Record]]:
        def new(_: Counter[str]) -> Iterator[Record]:
            if split == "train":
                return iter(sampled(split))
            in_train = {item.texts for item in sampled("train")}
            return (item for item in sampled(split) if item.texts not in in_train)

        return new

    return {split: Split.of_records(records(split)) for split in SPLIT_SIZES}, _fingerprint(name)


def _fingerprint(name: str) -> str:
    """Hash of the code that makes the sentences: any change of it makes another corpus."""
    digest = hashlib.blake2b(repr((name, SPLIT_SIZES, SEEDS)).encode(), digest_size=16)
    for file in sorted(resources.files("textgan.scenes").iterdir(), key=lambda file: file.name):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


CORPORA: dict[str, Callable[[], tuple[dict[str, Split], str]]] = {
    "scenes": lambda: _open("scenes", _draw_scenes),
    "scenes-pairs": lambda: _open("scenes-pairs", _draw_pairs),
}
"""Built-in corpora by name: each call opens the splits and their fingerprint."""
