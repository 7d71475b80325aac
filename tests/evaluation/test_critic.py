"""The independent critic on distributions whose distance is known."""

import numpy as np
import pytest
import torch

from textgan.evaluation.images.critic import CriticProtocol, ImageCritic, blurred, critic_controls, wasserstein_critic

QUICK = CriticProtocol(steps=150, lr=1e-3, width=8, seeds=(0,))


def points(n: int, shift: float, seed: int) -> torch.Tensor:
    x = 0.1 * torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))
    x[:, 0] += shift
    return x


def test_the_same_distribution_scores_about_zero():
    score = wasserstein_critic(*(points(400, 0, seed) for seed in range(4)), QUICK)
    assert abs(score.mean) < 0.05


def test_a_shift_scores_minus_its_length():
    """The Wasserstein distance of a distribution to itself shifted by d is d."""
    score = wasserstein_critic(points(400, 0, 0), points(400, 0, 1), points(400, 1, 2), points(400, 1, 3), QUICK)
    assert score.mean == pytest.approx(-1, abs=0.1)


def test_the_larger_shift_scores_lower():
    real = points(400, 0, 0), points(400, 0, 1)
    near, far = (wasserstein_critic(*real, points(400, d, 2), points(400, d, 3), QUICK).mean for d in (0.5, 2.0))
    assert far < near < -0.3


def test_the_score_is_a_function_of_the_seed_alone():
    sets = [points(100, d, seed) for seed, d in enumerate((0, 0, 1, 1))]
    protocol = CriticProtocol(steps=5, seeds=(3, 4))
    torch.manual_seed(1)
    first = wasserstein_critic(*sets, protocol)
    torch.manual_seed(2)
    second = wasserstein_critic(*sets, protocol)
    assert first == second
    assert first.values[0] != first.values[1]
    assert first.mean == pytest.approx(np.mean(first.values))
    assert first.std == pytest.approx(np.std(first.values))


def test_training_a_critic_leaves_the_global_random_numbers_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    wasserstein_critic(*(points(50, 0, seed) for seed in range(4)), CriticProtocol(steps=2, seeds=(0,)))
    assert torch.equal(before, torch.get_rng_state())


def stripes(n: int, seed: int) -> torch.Tensor:
    """Images with one bright row each."""
    rows = torch.randint(12, (n,), generator=torch.Generator().manual_seed(seed))
    x = -torch.ones(n, 1, 12, 12)
    x[torch.arange(n), 0, rows] = 1
    return x


def test_controls_stand_in_order():
    controls = critic_controls(stripes(400, 0), stripes(800, 1), QUICK)
    test, noise, blur = (controls[f"wasserstein_critic_{name}"].mean for name in ("test", "noise", "blurred"))
    assert noise < blur < test
    assert test == pytest.approx(0, abs=1)


def test_points_have_no_blurred_control():
    controls = critic_controls(points(40, 0, 0), points(40, 0, 1), CriticProtocol(steps=1, seeds=(0,)))
    assert set(controls) == {"wasserstein_critic_test", "wasserstein_critic_noise"}


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 48), (1, 8, 8), (2, 4, 4)])
def test_images_of_any_size_have_a_score_each(shape):
    x = torch.zeros(2, *shape)
    assert ImageCritic(shape, 4)(x.flatten(1)).shape == (2,)


def test_blurring_keeps_a_flat_image():
    flat = torch.full((1, 2, 5, 5), 0.25)
    torch.testing.assert_close(blurred(flat), flat)
