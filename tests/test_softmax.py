"""The output layers of decoders: exact probabilities, losses and gradients; clusters that fit the vocabulary."""

import pytest
import torch

from textgan.errors import UserError
from textgan.losses import token_nll
from textgan.networks.softmax import AdaptiveSoftmax, Softmax, output_layer, usual_cutoffs

H, V = 16, 50
STATES = torch.randn(40, H, dtype=torch.double, generator=torch.Generator().manual_seed(0))
TARGETS = torch.randint(0, V, (40,), generator=torch.Generator().manual_seed(1))


def layer(cutoffs: tuple[int, ...]) -> Softmax | AdaptiveSoftmax:
    torch.manual_seed(2)
    return output_layer(H, V, cutoffs).double()


@pytest.mark.parametrize("cutoffs", [(), (10,), (10, 30), (1, 2, 49)])
def test_the_loss_and_its_gradients_are_those_of_all_log_probabilities(cutoffs):
    output, results = layer(cutoffs), []
    for loss in (
        lambda x: output.nll(x, TARGETS, 7.0),
        lambda x: token_nll(output(x), TARGETS, 7.0),
    ):
        x = STATES.clone().requires_grad_()
        value = 3 * loss(x)
        results.append([value, *torch.autograd.grad(value, [x, *output.parameters()])])
    for ours, plain in zip(*results, strict=True):
        torch.testing.assert_close(ours, plain)


@pytest.mark.parametrize("cutoffs", [(), (10,), (10, 30), (1, 2, 49)])
def test_the_nats_of_each_word_are_those_of_all_log_probabilities(cutoffs):
    output = layer(cutoffs)
    expected = torch.nn.functional.cross_entropy(output(STATES), TARGETS, reduction="none")
    torch.testing.assert_close(output.nlls(STATES, TARGETS), expected)
    torch.testing.assert_close(output.nlls(STATES[:0], TARGETS[:0]), expected[:0])


@pytest.mark.parametrize("banned", [[0, 1], [0, 5, 12, 31, 49]])
@pytest.mark.parametrize("cutoffs", [(), (10,), (10, 30), (1, 2, 49)])
def test_the_likeliest_word_is_that_of_all_log_probabilities(cutoffs, banned):
    output, states = layer(cutoffs), 5 * STATES
    with torch.no_grad():
        logits = output(states)
        logits[:, banned] = -torch.inf
        found = output.likeliest(states, banned)
    assert torch.equal(found, logits.argmax(1))
    assert not {*found.tolist()} & {*banned}
    if cutoffs[:1] == (10,):
        assert found.min() < 10 <= found.max(), "words of more than one cluster"


@pytest.mark.parametrize("cutoffs", [(10,), (10, 30)])
def test_the_probabilities_of_all_words_sum_to_one(cutoffs):
    probabilities = layer(cutoffs)(STATES).exp()
    assert probabilities.shape == (40, V)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(40, dtype=torch.double))


def test_devices_that_sort_no_words_have_the_same_loss_and_gradients(monkeypatch):
    output, losses = layer((10, 30)), []
    for sorts in (True, False):
        monkeypatch.setattr("textgan.networks.softmax.sorts_words", lambda device, sorts=sorts: sorts)
        loss = output.nll(STATES, TARGETS, 7.0)
        losses.append([loss, *torch.autograd.grad(loss, [*output.parameters()])])
    for one, other in zip(*losses, strict=True):
        torch.testing.assert_close(one, other)


def test_a_cluster_that_no_word_is_of_has_a_gradient_of_zeros_as_other_processes_may_need():
    output = layer((10, 30))
    loss = output.nll(STATES, TARGETS % 10, 7.0)
    gradients = torch.autograd.grad(loss, [*output.parameters()])
    names = [name for name, _ in output.named_parameters()]
    zero = {name.split(".")[0] for name, g in zip(names, gradients, strict=True) if not g.any()}
    assert zero == {"maps", "tails"}


def test_without_gradients_the_loss_is_the_same():
    for output in (layer(()), layer((10, 30))):
        with torch.no_grad():
            alone = output.nll(STATES, TARGETS, 7.0)
        assert torch.equal(alone, output.nll(STATES, TARGETS, 7.0))


def test_improbable_words_have_finite_losses():
    output = layer(())
    loss = output.nll(1e4 * STATES, TARGETS, 1.0)
    torch.testing.assert_close(loss, token_nll(output(1e4 * STATES), TARGETS, 1.0))


def test_clusters_follow_the_vocabulary():
    sizes = {v: usual_cutoffs(v) for v in (20, 884, 3_999, 4_000, 11_004, 16_001, 50_004)}
    assert sizes == {
        20: (),
        884: (),
        3_999: (),
        4_000: (1_000,),
        11_004: (1_000, 4_000),
        16_001: (1_000, 4_000, 16_000),
        50_004: (1_000, 4_000, 16_000),
    }


@pytest.mark.parametrize("cutoffs", [(0, 10), (10, 10), (30, 10), (10, 50)])
def test_clusters_that_are_none_are_refused(cutoffs):
    with pytest.raises(UserError, match="expected rising numbers below 50"):
        output_layer(H, V, cutoffs)
