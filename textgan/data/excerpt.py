"""The first sentences that a model learned from, read as far as they are needed: to show, and to compare with."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from threading import Lock
from typing import final

from textgan.data.builtin import SEEDS, SPLIT_SIZES
from textgan.data.cache import cache_folder
from textgan.data.config import DataConfig
from textgan.data.hub import HUB_PREFIX
from textgan.data.records import Record
from textgan.data.sources import open_source
from textgan.errors import UserError

MOST_TEXTS = 200_000
"""Sentences that are read of a corpus, however large it is."""


@final
class Excerpt:
    """The first sentences of the train split, with their labels; each record is read once.

    Args:
        config: names the data.

    Attributes:
        sentences: that were read so far; of pairs both sides.
        labels: of each; "" where there is none.
        whole: whether these are all that there are.
    """

    def __init__(self, config: DataConfig) -> None:
        self.config = config
        self.sentences: list[str] = []
        self.labels: list[str] = []
        self.whole = False
        self._records: Iterator[Record] | None = None
        self._lock = Lock()

    def read(self, n: int) -> int:
        """Read on until there are n sentences, or no more: how many there are.

        Raises:
            UserError: the data is not there, or not here.
        """
        with self._lock:
            if self._records is None:
                self._records = train_records(self.config)
            most = min(n, MOST_TEXTS)
            while len(self.sentences) < most and not self.whole:
                record = next(self._records, None)
                if record is None:
                    self.whole = True
                    break
                self.sentences += record.texts
                self.labels += [record.label or ""] * len(record.texts)
            return len(self.sentences)


def train_records(config: DataConfig) -> Iterator[Record]:
    """Records of the train split, from the first on, without reading more of them than are asked for.

    Raises:
        UserError: no such data, or data of the Hugging Face hub, which would be loaded from there.
    """
    if config.data.startswith(HUB_PREFIX):
        raise UserError(f"{config.data} is on the Hugging Face hub; expected a file here: give --data FILE")
    if config.data == "scenes":
        from textgan.scenes import scene_stream

        sampled = islice(scene_stream(SEEDS["train"]), SPLIT_SIZES["train"])
        return (Record((scene.text,), str(scene.label)) for scene in sampled)
    return iter(open_source(replace(config, unlabeled=None), cache_folder()).train)
