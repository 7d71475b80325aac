"""Batches of images, each a pure function of (seed, rank, index)."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from textgan.data.images.sets import ImageSet
from textgan.data.shuffle import Indices, key_of, permute, uniform_integers
from textgan.data.types import Images
from textgan.distributed import check_size
from textgan.errors import UserError

_POOL = 64  # batches whose rows are looked up together: one by one that costs more than the images
_EPOCH, _UNIFORM, _NOISE, _LABELED = range(4)


class _Pool(NamedTuple):
    """Rows of neighbouring global batches, (batches, B), and which they are."""

    number: tuple[int, int]
    rows: Indices


class ImageStream:
    """An endless stream of batches from a set of images.

    Args:
        source: at least one image.
        batch_size: rows of the global batch, over all ranks.
        seed: 0 or more.
        rank: this process takes rows `rank`, `rank + world_size` ... of every global batch.
        world_size: number of processes.

    Raises:
        UserError: batch_size is not a multiple of world_size, or there is no image.
    """

    def __init__(self, source: ImageSet, batch_size: int, seed: int, rank: int = 0, world_size: int = 1):
        if len(source) == 0:
            raise UserError("a stream of batches over no images; expected one or more")
        self.source = source
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self._pool = _Pool((-1, -1), np.zeros((0, 0), dtype=np.int64))
        check_size(batch_size, world_size, "batch_size")

    @property
    def rounds_per_epoch(self) -> int:
        """Whole batches in the set; 1 if it is smaller than a batch."""
        return max(1, len(self.source) // self.batch_size)

    def bucketed(self, index: int) -> Images:
        """Batch `index` of the endless stream.

        An epoch is a permutation of the set, cut into batches: every image comes once an epoch, except
        len % batch_size of them, others in each epoch. A set smaller than a batch is repeated to fill it. Of a set
        without end no image comes twice.

        Args:
            index: 0 or more.

        Returns:
            This rank's rows.
        """
        per_epoch = max(1, self.source.population // self.batch_size)
        epoch, batch = divmod(index, per_epoch)
        number, place = divmod(batch, _POOL)
        if self._pool.number != (epoch, number):
            rows = self._permuted(epoch, number * _POOL, min(_POOL, per_epoch - number * _POOL))
            self._pool = _Pool((epoch, number), rows)
        return self._batch(self._pool.rows[place], key_of(_NOISE, self.seed, _EPOCH, index))

    def uniform(self, *key: int, batch_size: int | None = None) -> Images:
        """Images drawn independently, each with the same chance, with replacement.

        Args:
            key: any integers; the draw is a function of the seed and of these.
            batch_size: of the global batch; default: that of the stream.

        Raises:
            UserError: batch_size is not a multiple of world_size.
        """
        count = self.batch_size if batch_size is None else batch_size
        check_size(count, self.world_size, "batch_size")
        indices = uniform_integers(count, self.source.population, key_of(_UNIFORM, self.seed, *key))
        return self._batch(indices, key_of(_NOISE, self.seed, _UNIFORM, *key))

    def labeled(self, *key: int, batch_size: int | None = None) -> Images:
        """Images drawn as by `uniform`, but among those whose label is known.

        Args:
            key: as of `uniform`.
            batch_size: as of `uniform`.

        Raises:
            UserError: no label is known, or batch_size is not a multiple of world_size.
        """
        known = self._known
        if known is not None and len(known) == 0:
            raise UserError("the model learns labels, and the images have none; expected labeled images")
        count = self.batch_size if batch_size is None else batch_size
        check_size(count, self.world_size, "batch_size")
        size = self.source.population if known is None else len(known)
        indices = uniform_integers(count, size, key_of(_LABELED, self.seed, *key))
        return self._batch(indices if known is None else known[indices], key_of(_NOISE, self.seed, _LABELED, *key))

    @cached_property
    def _known(self) -> Indices | None:
        return self.source.known

    def sequential(self, batch_size: int) -> Iterator[Images]:
        """All images in order, on every rank alike; the last batch may be smaller."""
        for begin in range(0, len(self.source), batch_size):
            yield self.source.batch(np.arange(begin, min(begin + batch_size, len(self.source))))

    def _permuted(self, epoch: int, begin: int, batches: int) -> Indices:
        n = self.source.population
        positions = np.arange(begin * self.batch_size, (begin + batches) * self.batch_size) % n
        return permute(positions, n, key_of(_EPOCH, self.seed, epoch)).reshape(batches, self.batch_size)

    def _batch(self, rows: Indices, key: int) -> Images:
        return self.source.batch(rows[self.rank :: self.world_size], key)
