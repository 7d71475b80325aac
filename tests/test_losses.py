"""Losses against their closed forms."""

import math

import pytest
import torch
from torch import Tensor, nn

from textgan.losses import gradient_penalty, projected_nll, token_nll, unit
from textgan.networks.gradients import RecordRowNorm, RescaleRowNorm


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def codes(rows: int = 6, dim: int = 4) -> tuple[Tensor, Tensor, Tensor]:
    """Real codes, generated ones, and places between them."""
    return numbers(rows, dim), numbers(rows, dim, seed=1), torch.linspace(0, 0.9, rows)[:, None]


def direction_of_norm(norm: float, dim: int = 4) -> Tensor:
    w = numbers(dim, seed=2)
    return norm * w / w.norm()


def mlp(dim: int = 4) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(dim, 8), nn.Tanh(), nn.Linear(8, 1), nn.Flatten(0))


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 4.0), (3.0, 0.0), (6.0, 0.25)])
def test_the_penalty_of_a_linear_critic_of_norm_3_is_known(slope, expected):
    w = direction_of_norm(3.0)
    penalty = gradient_penalty(lambda z: z @ w, *codes(), slope)
    assert penalty.item() == pytest.approx(expected, abs=1e-5)


def test_the_penalty_of_a_linear_critic_has_the_gradient_of_its_closed_form():
    w = direction_of_norm(3.0).requires_grad_()
    (gradient,) = torch.autograd.grad(gradient_penalty(lambda z: z @ w, *codes(), 1.0), w)
    expected = 2 * (w.norm() - 1) * w / w.norm()
    torch.testing.assert_close(gradient, expected.detach())


def test_the_penalty_is_measured_at_the_mixed_codes():
    real, fake, mix = codes()
    expected = ((2 * (mix * real + (1 - mix) * fake)).norm(dim=1) / 0.7 - 1).square().mean()
    penalty = gradient_penalty(lambda z: z.square().sum(1), real, fake, mix, 0.7)
    torch.testing.assert_close(penalty, expected)


def test_the_penalty_at_slope_b_is_the_authors_penalty_of_the_batch_mean():
    critic = mlp()
    real, fake, mix = codes()
    z = (mix * real + (1 - mix) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(z).mean(), z)
    authors = (gradient.norm(dim=1) - 1).square().mean()
    penalty = gradient_penalty(critic, real, fake, mix, slope=float(len(real)))
    torch.testing.assert_close(penalty, authors)


def test_the_penalty_moves_the_critic_and_not_the_codes():
    critic = mlp()
    real, fake, mix = codes()
    real.requires_grad_()
    fake.requires_grad_()
    penalty = gradient_penalty(critic, real, fake, mix, 1.0)
    weights = [p for n, p in critic.named_parameters() if n.endswith("weight")]
    *of_weights, of_real, of_fake = torch.autograd.grad(penalty, [*weights, real, fake], allow_unused=True)
    assert of_real is None
    assert of_fake is None
    assert all(g is not None and g.abs().sum() > 0 for g in of_weights)


def test_uniform_logits_cost_ln_v_nats_a_token():
    logits = torch.full((7, 13), 0.3)
    assert token_nll(logits, torch.arange(7), 7).item() == pytest.approx(math.log(13), rel=1e-6)


def test_sure_and_right_logits_cost_nothing():
    targets = torch.tensor([2, 0, 1])
    assert token_nll(1e4 * nn.functional.one_hot(targets, 3).float(), targets, 3).item() == 0


def test_the_mean_over_ranks_is_the_loss_of_the_joined_batch():
    logits, targets = numbers(8, 11), torch.arange(8)
    parts = [token_nll(logits[:5], targets[:5], 8 / 2), token_nll(logits[5:], targets[5:], 8 / 2)]
    torch.testing.assert_close(torch.stack(parts).mean(), token_nll(logits, targets, 8))


def test_unit_rows_have_norm_1():
    torch.testing.assert_close(unit(1e3 * numbers(5, 4)).norm(dim=1), torch.ones(5))


def test_unit_keeps_directions():
    z = numbers(5, 4)
    torch.testing.assert_close(unit(z) * z.norm(dim=1, keepdim=True), z)


def test_a_zero_row_stays_zero_and_its_gradient_finite():
    z = torch.zeros(2, 4, requires_grad=True)
    u = unit(z)
    (gradient,) = torch.autograd.grad(u.sum(), z)
    assert u.abs().sum().item() == 0
    assert gradient.isfinite().all()


def test_unit_computes_in_float32():
    assert unit(numbers(2, 4).bfloat16()).dtype == torch.float32


def test_recording_stores_the_mean_row_norm_and_changes_nothing():
    z, w, record = numbers(5, 4).requires_grad_(), numbers(5, 4, seed=3), torch.zeros(())
    y = RecordRowNorm.apply(z, record)
    assert y.equal(z)
    assert record.item() == 0
    (gradient,) = torch.autograd.grad((y * w).sum(), z)
    assert gradient.equal(w)
    torch.testing.assert_close(record, w.norm(dim=1).mean())


def test_rescaling_gives_the_gradient_the_wanted_mean_row_norm():
    z, w, target = numbers(5, 4).requires_grad_(), numbers(5, 4, seed=3), torch.tensor(0.25)
    y = RescaleRowNorm.apply(z, target)
    assert y.equal(z)
    (gradient,) = torch.autograd.grad((y * w).sum(), z)
    torch.testing.assert_close(gradient, 0.25 * w / w.norm(dim=1).mean())
    torch.testing.assert_close(gradient.norm(dim=1).mean(), target)


def test_rescaling_a_zero_gradient_keeps_it_zero():
    z = numbers(3, 4).requires_grad_()
    (gradient,) = torch.autograd.grad((RescaleRowNorm.apply(z, torch.tensor(0.25)) * 0).sum(), z)
    assert gradient.equal(torch.zeros(3, 4))


@pytest.mark.parametrize("logits", [7_500_000, 60, 23, 1])
def test_a_loss_in_pieces_has_the_loss_and_the_gradients_of_the_whole(monkeypatch, logits):
    monkeypatch.setattr("textgan.losses.LOGITS", logits)
    monkeypatch.setattr("textgan.losses.ROUNDED", 2)
    output = torch.nn.Linear(4, 11).double()
    states = numbers(9, 4).double().requires_grad_()
    targets = torch.arange(9) % 11
    inputs = (states, output.weight, output.bias)
    whole = token_nll(output(states), targets, 7.5)
    pieces = projected_nll(states, output, targets, 7.5)
    torch.testing.assert_close(pieces, whole.to(pieces.dtype))
    for a, b in zip(torch.autograd.grad(3 * pieces, inputs), torch.autograd.grad(3 * whole, inputs), strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("bias", [True, False])
def test_a_loss_in_pieces_goes_backward_once_and_says_so(bias):
    states, output = torch.randn(5, 4, requires_grad=True), nn.Linear(4, 7, bias=bias)
    loss = projected_nll(states, output, torch.arange(5), 5)
    (first,) = torch.autograd.grad(loss, states, retain_graph=True)
    kept = first.clone()
    for players in (states, output.weight):
        with pytest.raises(RuntimeError, match="backward once only: compute the loss again"):
            torch.autograd.grad(loss, players, retain_graph=True)
    assert torch.equal(first, kept)


def test_a_loss_in_pieces_is_not_differentiated_twice():
    states, output = torch.randn(5, 4, requires_grad=True), nn.Linear(4, 7)
    loss = projected_nll(states.square(), output, torch.arange(5), 5)
    (gradient,) = torch.autograd.grad(loss, states, create_graph=True)
    with pytest.raises(RuntimeError):
        torch.autograd.grad(gradient.sum(), output.weight)
