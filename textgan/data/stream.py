"""Batches of a corpus, each a pure function of (seed, rank, index): a resumed run needs no state but the index."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.shuffle import key_of, permute, uniform_integers
from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.distributed import check_size
from textgan.errors import UserError

_POOL = 64  # batches sorted together: enough for little padding, few enough to stay random
_EPOCH, _VISIT, _UNIFORM, _LABELED = range(4)
_LOOKED_AT = 1 << 20  # sentences whose mean length is taken


class _Pool(NamedTuple):
    """Global batches that were sorted by length together, (batches, B), and which it is."""

    number: tuple[int, int]
    rows: npt.NDArray[np.int64]


class SentenceStream:
    """An endless stream of batches from a token file.

    Args:
        source: the sentences, at least one.
        batch_size: rows of the global batch, over all ranks.
        seed: 0 or more.
        rank: this process takes rows `rank`, `rank + world_size` ... of every global batch.
        world_size: number of processes.
        labeled: rows whose label is shown, of pairs their first sides, (k,); then batches have labels.

    Raises:
        UserError: batch_size is not a multiple of world_size, or there is no sentence.
    """

    def __init__(
        self,
        source: TokenFile,
        batch_size: int,
        seed: int,
        rank: int = 0,
        world_size: int = 1,
        labeled: npt.NDArray[np.int64] | None = None,
    ):
        if len(source) == 0:
            raise UserError("a stream of batches over no sentences; expected one or more")
        self.source = source
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self._pool = _Pool((-1, -1), np.zeros((0, 0), dtype=np.int64))
        check_size(batch_size, world_size, "batch_size")
        self._labeled = labeled
        self._labels = None if labeled is None else _labels(source, labeled)

    @property
    def rounds_per_epoch(self) -> int:
        """Whole batches in the corpus; 1 if it is smaller than a batch."""
        return max(1, len(self.source) // self.batch_size)

    def bucketed(self, index: int) -> Sentences:
        """Batch `index` of the endless stream, its sentences of nearly equal length.

        An epoch is a permutation of the corpus, taken in pools of 64 batches; a pool is sorted by length, ties at
        random, cut into batches, and these are visited in random order. Every sentence comes once an epoch, except
        len % batch_size of them, others in each epoch. A corpus smaller than a batch is repeated to fill it.

        Args:
            index: 0 or more.

        Returns:
            This rank's rows, padded as the longest row of the global batch needs. Its token_count is that of an average
            batch: over its own, words of short sentences would weigh more than those of long ones, and a language model
            wrote sentences a word too short.
        """
        epoch, batch = divmod(index, self.rounds_per_epoch)
        number, place = divmod(batch, _POOL)
        if self._pool.number != (epoch, number):
            self._pool = _Pool((epoch, number), self._sorted_pool(epoch, number))
        token_count = self._mean_tokens * self.batch_size / self.world_size
        return replace(self._batch(self._pool.rows[place]), token_count=token_count)

    @property
    def label_shares(self) -> torch.Tensor:
        """Shares of the classes among the labels that are shown, (K,).

        Raises:
            UserError: the stream shows none.
        """
        labeled = self._need_labels()
        counts = np.bincount(np.asarray(self.source.labels)[labeled], minlength=len(self.source.label_names))
        return torch.from_numpy((counts / counts.sum()).astype(np.float32))

    def _need_labels(self) -> npt.NDArray[np.int64]:
        if self._labeled is None:
            raise UserError("the model learns labels, and the data shows none; expected --labels")
        return self._labeled

    @cached_property
    def _mean_tokens(self) -> float:
        """Predicted tokens of a sentence, end token counted; of very many, over some from all over the corpus."""
        some = np.arange(min(len(self.source), _LOOKED_AT)) * len(self.source) // min(len(self.source), _LOOKED_AT)
        return float(self.source.lengths_of(some).mean()) + 1

    def uniform(self, *key: int, batch_size: int | None = None) -> Sentences:
        """Sentences drawn independently, each with the same chance, with replacement.

        Args:
            key: any integers; the draw is a function of the seed and of these.
            batch_size: of the global batch; default: that of the stream.

        Raises:
            UserError: batch_size is not a multiple of world_size.
        """
        count = self.batch_size if batch_size is None else batch_size
        check_size(count, self.world_size, "batch_size")
        return self._batch(uniform_integers(count, len(self.source), key_of(_UNIFORM, self.seed, *key)))

    def labeled(self, *key: int, batch_size: int | None = None) -> Sentences:
        """Examples with labels, drawn as by `uniform`: sentences; of pairs first all first sides, then all second ones.

        Args:
            key: as of `uniform`.
            batch_size: examples of the global batch; default: that of the stream.

        Raises:
            UserError: the stream shows no labels, or batch_size is not a multiple of world_size.
        """
        labeled = self._need_labels()
        count = self.batch_size if batch_size is None else batch_size
        check_size(count, self.world_size, "batch_size")
        picked = labeled[uniform_integers(count, len(labeled), key_of(_LABELED, self.seed, *key))]
        if self.source.sides is None:
            return self._batch(picked)
        return Sentences.join([self._batch(picked), self._batch(picked + 1)])

    def sequential(self, batch_size: int) -> Iterator[Sentences]:
        """All sentences in the order of the file, on every rank alike; the last batch may be smaller."""
        for begin in range(0, len(self.source), batch_size):
            yield Sentences.of(*self.source.rows(np.arange(begin, min(begin + batch_size, len(self.source)))))

    def _sorted_pool(self, epoch: int, number: int) -> npt.NDArray[np.int64]:
        batches = min(_POOL, self.rounds_per_epoch - number * _POOL)
        n, begin = len(self.source), number * _POOL * self.batch_size
        positions = np.arange(begin, begin + batches * self.batch_size) % n
        rows = permute(positions, n, key_of(_EPOCH, self.seed, epoch))
        # The permutation is random already, so a stable sort leaves ties in random order.
        by_length = rows[np.argsort(self.source.lengths_of(rows), kind="stable")].reshape(batches, self.batch_size)
        return by_length[permute(np.arange(batches), batches, key_of(_VISIT, self.seed, epoch, number))]

    def _batch(self, rows: npt.NDArray[np.int64]) -> Sentences:
        lengths = self.source.lengths_of(rows) + 1
        local = rows[self.rank :: self.world_size]
        tokens, local_lengths = self.source.rows(local, width=int(lengths.max()))
        token_count = float(lengths.sum()) / self.world_size
        labels = None if self._labels is None else torch.from_numpy(self._labels[local])
        return Sentences(torch.from_numpy(tokens), torch.from_numpy(local_lengths), token_count, labels)


def _labels(source: TokenFile, labeled: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The label of every row that is shown, -1 of the others; both sides of a pair have it."""
    labels = np.full(len(source), -1, dtype=np.int64)
    labels[labeled] = np.asarray(source.labels)[labeled]
    if source.sides is not None:
        labels[labeled + 1] = labels[labeled]
    return labels
