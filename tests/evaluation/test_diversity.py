"""1 - MS-SSIM: closed forms and order."""

import numpy as np
import pytest
import torch

from textgan.errors import UserError
from textgan.evaluation.images.diversity import ms_ssim, sample_diversity, within_class_diversity
from textgan.evaluation.images.validation import findings

NOISE = torch.rand(12, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_equal_images_have_no_diversity():
    assert sample_diversity(NOISE[:1].expand(5, -1, -1, -1), pairs=10) == pytest.approx(0, abs=1e-5)


def test_noise_is_more_diverse_than_noise_on_one_image():
    assert sample_diversity(NOISE, 50) > sample_diversity(NOISE[:1] + 0.1 * NOISE, 50) > 0


def test_flat_images_differ_by_their_luminance_at_the_coarsest_scale():
    """Contrast and structure of flat images are 1; luminance is (2 a b + c) / (a^2 + b^2 + c), c = 0.01^2."""
    a, b = 0.5, 0.25
    luminance = (2 * a * b + 1e-4) / (a * a + b * b + 1e-4)
    pair = (torch.full((1, 1, 32, 32), value) for value in (a, b))
    exponent = 0.3001 / (0.0448 + 0.2856 + 0.3001)
    assert float(ms_ssim(*pair)) == pytest.approx(luminance**exponent, rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 64, 64), (1, 176, 176)])
def test_every_size_has_scales_that_fit(shape):
    x = torch.rand(4, *shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert 0 < sample_diversity(x, pairs=4) <= 1


def test_within_classes_copies_have_no_diversity_though_classes_differ():
    copies = NOISE[:2].repeat(5, 1, 1, 1)
    labels = np.arange(10) % 2
    assert within_class_diversity(copies, labels, 40) == pytest.approx(0, abs=1e-5)
    assert sample_diversity(copies, 40) > 0.3


def test_a_class_with_one_image_counts_for_nothing():
    labels = np.array([0] * 11 + [1])
    assert within_class_diversity(NOISE, labels, 40) == pytest.approx(sample_diversity(NOISE[:11], 40))
    assert np.isnan(within_class_diversity(NOISE, np.arange(12), 40))


def test_too_few_or_too_small_images_are_refused():
    with pytest.raises(UserError, match="at least 2"):
        sample_diversity(NOISE[:1])
    with pytest.raises(UserError, match="at least 8"):
        sample_diversity(NOISE[:, :, :4, :4])


def test_samples_that_hardly_vary_are_a_finding():
    assert findings({"samples.variance": 30.0, "samples.variance_real": 52.0}) == []
    assert findings({"valid.mse": 0.1}) == []
    (line,) = findings({"samples.variance": 2.6, "samples.variance_real": 52.0})
    assert "0.05 times" in line
    assert line.endswith("train longer (--minutes)")
