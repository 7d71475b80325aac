"""Lines have the pixels of the released benchmark."""

import math

import numpy as np
import pytest

from textgan.data.images.builtin import LINE_CLASSES, LineSet, draw_lines

ANGLES = np.concatenate([np.arange(97) * 2 * np.pi / 97, np.arange(16) * np.pi / 8])


def line_by_hand(angle: float) -> np.ndarray:
    """The definition, one pixel at a time: cover of a pixel by a band two wide, along the longer axis."""
    right, down = 15 * math.cos(-angle), 15 * math.sin(-angle)
    lying = abs(right) > abs(down)
    along, across = (right, down) if lying else (down, right)
    begin, end = sorted((16, 16 + along))
    image = np.full((32, 32), -1.0)
    for step in range(32):
        drawn = min(1.0, step + 1 - begin) if math.floor(begin) <= step < end else 0.0
        low = 16 + across / along * (step - 16.5) - 1
        for cell in range(32):
            cover = max(0.0, min(cell + 1, low + 2) - max(cell, low))
            image[(cell, step) if lying else (step, cell)] += 2 * drawn * cover
    return image


def test_lines_are_those_drawn_by_hand():
    by_hand = np.stack([line_by_hand(angle) for angle in ANGLES])
    np.testing.assert_allclose(draw_lines(ANGLES)[:, 0], by_hand, atol=1e-6)


def test_lines_are_as_wide_and_bright_as_the_reference_says():
    lines = draw_lines(np.linspace(0, 2 * np.pi, 2000, endpoint=False))
    assert lines.shape == (2000, 1, 32, 32)
    assert lines.dtype == np.float32
    assert (lines.min(), lines.max()) == (-1, 1)
    assert (lines > -1).sum(axis=(1, 2, 3)).mean() == pytest.approx(42, abs=0.5)
    assert lines.mean() == pytest.approx(-0.946, abs=5e-4)


@pytest.mark.parametrize(
    ("angle", "row", "column"), [(0, 16, 29), (np.pi / 2, 2, 16), (np.pi, 16, 2), (4.7124, 29, 16)]
)
def test_angles_turn_counterclockwise_from_the_right(angle, row, column):
    assert draw_lines([angle])[0, 0, row, column] == pytest.approx(1, abs=1e-3)


def test_blends_of_two_lines_are_as_far_from_lines_as_published():
    reference_angles = np.linspace(0, 2 * np.pi - 2 * np.pi / 10_000, 10_000)
    reference = draw_lines(reference_angles).reshape(10_000, -1)
    reference /= np.linalg.norm(reference, axis=1, keepdims=True)

    def nearest(angles: np.ndarray) -> np.ndarray:
        ends = draw_lines(angles).reshape(2, -1)
        blend = np.linspace(1, 0, 16)[:, None] * ends[0] + np.linspace(0, 1, 16)[:, None] * ends[1]
        return 1 - (blend / np.linalg.norm(blend, axis=1, keepdims=True)) @ reference.T

    distances = nearest(np.array([5 * np.pi / 7, 3 * np.pi / 2]))
    assert distances.min(axis=1).mean() == pytest.approx(0.00722, abs=5e-6)
    angles = np.unwrap(reference_angles[distances.argmin(axis=1)])
    smoothness = np.abs(np.diff(angles)).max() / abs(angles[-1] - angles[0]) - 1 / 15
    # In the middle two lines, mirror images, are exactly as near: which is taken is the rounding's choice.
    assert min(abs(smoothness - s) for s in (0.9401, 0.9209)) < 5e-4


def test_labels_are_tenths_of_the_turn_and_each_index_has_its_angle():
    lines = LineSet(key=7, size=500)
    batch = lines.first(500)
    assert set(batch.labels.tolist()) == set(range(LINE_CLASSES))
    assert lines.batch(np.array([3, 499])).x.equal(batch.x[[3, 499]])
    right_and_a_little_up = batch.x[batch.labels == 0]
    assert (right_and_a_little_up[..., :15] == -1).all()
    assert (right_and_a_little_up[..., :16, 20:].flatten(1) > -1).any(1).all()
    assert (right_and_a_little_up[..., 18:, :] == -1).all()


def test_a_set_without_end_has_an_image_for_every_index():
    lines = LineSet(key=7)
    assert lines.endless
    assert lines.first(70_000 - len(lines) + 5).batch_size == 10_005
    assert lines.batch(np.array([2**62 - 1])).batch_size == 1
    assert LineSet(key=7, size=10).first(100).batch_size == 10
