"""Batches of images are pure functions of (seed, rank, index), and ranks join to one."""

import numpy as np
import pytest
import torch

from textgan.data.images import ImageStream
from textgan.data.images.binarize import Binarizer
from textgan.data.images.builtin import LineSet
from textgan.data.images.sets import ArraySet
from textgan.errors import UserError


def numbered(n: int, mode: str = "none") -> ArraySet:
    """Image i has the label i."""
    images = np.random.default_rng(0).integers(0, 256, (n, 1, 5, 7), dtype=np.uint8)
    return ArraySet(images, np.arange(n), Binarizer(mode, 1))  # type: ignore[arg-type]


def same(a, b) -> bool:
    return a.x.equal(b.x) and a.labels.equal(b.labels)


@pytest.mark.parametrize("n", [8, 100, 1003])
def test_an_epoch_meets_every_image_once_but_for_the_remainder(n):
    stream = ImageStream(numbered(n), 8, seed=1)
    orders = []
    for epoch in range(2):
        per_epoch = stream.rounds_per_epoch
        seen = [i for k in range(per_epoch) for i in stream.bucketed(epoch * per_epoch + k).labels.tolist()]
        assert len(seen) == len(set(seen)) == n // 8 * 8
        orders.append(seen)
    assert orders[0] != orders[1]


def test_a_small_set_is_repeated_to_fill_a_batch():
    labels = ImageStream(numbered(3), 8, seed=1).bucketed(5).labels
    assert sorted(np.bincount(labels).tolist()) == [2, 3, 3]


@pytest.mark.parametrize("mode", ["none", "once", "dynamic"])
def test_a_batch_depends_on_seed_and_index_alone(mode):
    a, b = (ImageStream(numbered(100, mode), 8, seed=1) for _ in range(2))
    late = [b.bucketed(i) for i in range(1000, 1003)]
    assert all(same(a.bucketed(i), batch) for i, batch in zip(range(1000, 1003), late, strict=True))
    assert same(a.uniform(4, 2), b.uniform(4, 2))
    assert not same(a.uniform(4, 2), a.uniform(2, 4))
    assert not same(a.bucketed(3), ImageStream(numbered(100, mode), 8, seed=2).bucketed(3))


@pytest.mark.parametrize("source", [numbered(100, "dynamic"), LineSet(3, binarizer=Binarizer("dynamic"))])
@pytest.mark.parametrize("of", ["bucketed", "uniform"])
def test_ranks_join_to_the_batch_of_one_process(source, of):
    whole = getattr(ImageStream(source, 12, seed=1), of)(5)
    joined = torch.empty_like(whole.x)
    for rank in range(3):
        joined[rank::3] = getattr(ImageStream(source, 12, 1, rank, 3), of)(5).x
    assert joined.equal(whole.x)


def test_the_size_of_a_uniform_draw_can_be_chosen():
    stream = ImageStream(numbered(10), 8, seed=1, rank=1, world_size=2)
    assert stream.uniform(0, batch_size=64).batch_size == 32
    with pytest.raises(UserError, match="batch_size 7 over 2 processes"):
        stream.uniform(0, batch_size=7)


def test_uniform_draws_are_uniform():
    labels = torch.cat([ImageStream(numbered(10), 100, seed=1).uniform(i).labels for i in range(100)])
    assert np.bincount(labels).min() > 850


def test_labeled_draws_are_uniform_among_the_images_with_labels_on_any_number_of_ranks():
    labels = np.where(np.arange(100) % 10 == 3, np.arange(100), -1)
    source = ArraySet(np.zeros((100, 1, 2, 2), np.uint8), labels)
    drawn = torch.cat([ImageStream(source, 100, seed=1).labeled(i).labels for i in range(100)])
    assert set(drawn.tolist()) == set(range(3, 100, 10))
    assert np.bincount(drawn)[3::10].min() > 850
    whole, joined = ImageStream(source, 12, seed=1).labeled(5).labels, torch.zeros(12, dtype=torch.int64)
    for rank in range(3):
        joined[rank::3] = ImageStream(source, 12, 1, rank, 3).labeled(5).labels
    assert joined.equal(whole)


def test_images_without_labels_cannot_be_drawn_by_them():
    source = ArraySet(np.zeros((9, 1, 2, 2), np.uint8), np.full(9, -1))
    with pytest.raises(UserError, match="images have none"):
        ImageStream(source, 4, seed=1).labeled(0)


def test_bad_sizes_are_refused():
    with pytest.raises(UserError, match="batch_size 8 over 3 processes; expected a positive multiple of 3"):
        ImageStream(numbered(10), 8, seed=1, world_size=3)
    with pytest.raises(UserError, match="no images"):
        ImageStream(ArraySet(np.zeros((0, 1, 2, 2), np.uint8), np.zeros(0, np.int64)), 8, seed=1)


def test_lines_are_never_seen_twice():
    stream = ImageStream(LineSet(key=0), 512, seed=1)
    x = torch.cat([stream.bucketed(i).x for i in range(4)]).flatten(1)
    assert len(x.unique(dim=0)) == 2048


def test_all_images_come_in_order():
    stream = ImageStream(numbered(20), 8, seed=1)
    assert [b.labels.tolist() for b in stream.sequential(9)] == [[*range(9)], [*range(9, 18)], [18, 19]]
