"""Muon: orthogonal steps for matrices, Adam for the rest."""

import pytest
import torch
from torch import nn
from torch.optim import Adam

from tests.tiny import tiny_config, tiny_game
from textgan.errors import UserError
from textgan.game import Player
from textgan.muon import UPDATE_RMS, Matrix, Muon, orthogonalized
from textgan.settings import OptimizerConfig


@pytest.mark.parametrize("shape", [(64, 16), (16, 64), (20, 20), (5, 1)])
def test_orthogonalized_keeps_the_singular_vectors_and_makes_the_values_near_one(shape):
    torch.manual_seed(0)
    u, _, v = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    values = torch.logspace(0, -1, min(shape))
    found = orthogonalized(1e3 * u @ torch.diag(values) @ v)
    coordinates = u.T @ found @ v.T
    diagonal = coordinates.diagonal()
    assert diagonal.min() > 0.4
    assert diagonal.max() < 1.25
    torch.testing.assert_close(coordinates, torch.diag(diagonal), atol=2e-4, rtol=0)


def test_orthogonalized_does_not_see_the_size_and_leaves_zeros():
    matrix = torch.randn(12, 4, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(orthogonalized(1e-6 * matrix), orthogonalized(1e6 * matrix))
    assert not orthogonalized(torch.zeros(3, 2)).any()


def parameters():
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(8, 5)), nn.Parameter(torch.randn(8)), nn.Parameter(torch.randn(6, 4))]


def test_a_matrix_moves_by_the_orthogonal_part_of_its_momentum_each_input_alone():
    matrix, *others = parameters()
    before, gradients = matrix.detach().clone(), [torch.randn(8, 5), torch.randn(8, 5)]
    muon = Muon([matrix, *others], [Matrix(matrix, (3, 2))], lr=0.1, betas=(0.9, 0.999), fused=False)
    momentum, wanted = torch.zeros(8, 5), before.clone()
    for gradient in gradients:
        matrix.grad = gradient
        muon.step()
        momentum = 0.9 * momentum + 0.1 * gradient
        ahead = 0.1 * gradient + 0.9 * momentum
        step = torch.cat([orthogonalized(ahead[:, :3]), orthogonalized(ahead[:, 3:])], 1)
        wanted -= 0.1 * UPDATE_RMS * 8**0.5 * step
    torch.testing.assert_close(matrix.detach(), wanted)


def test_all_other_parameters_move_as_with_adam():
    mine, theirs = parameters(), parameters()
    muon = Muon(mine, [Matrix(mine[0], (5,))], lr=0.1, betas=(0.9, 0.99), fused=True)
    adam = Adam(theirs, lr=0.1, betas=(0.9, 0.99), fused=True)
    for number in range(3):
        for own in (mine, theirs):
            for p in own:
                p.grad = torch.full_like(p, 0.3 - number)
        muon.step()
        adam.step()
    torch.testing.assert_close(mine[1:], theirs[1:], rtol=0, atol=0)
    assert not torch.equal(mine[0], theirs[0])


def test_a_saved_state_goes_on_bit_for_bit():
    def played(rounds, state=None, at=0):
        own = parameters() if state is None else [nn.Parameter(p.clone()) for p in state[0]]
        muon = Muon(own, [Matrix(own[0], (5,))], lr=0.1, betas=(0.9, 0.99), fused=True)
        if state is not None:
            muon.load_state_dict(state[1])
        for number in range(at, rounds):
            for p in own:
                p.grad = torch.randn(p.shape, generator=torch.Generator().manual_seed(number))
            muon.step()
        return own, muon.state_dict()

    through = played(6)[0]
    resumed = played(6, played(3), at=3)[0]
    assert all(torch.equal(a, b) for a, b in zip(through, resumed, strict=True))


@pytest.mark.parametrize("model", ["arae", "vae", "lm", "ae"])
def test_lstms_are_matrices_and_words_are_not(model):
    game = tiny_game(tiny_config(model, modality="text", autoencoder_optimizer=OptimizerConfig("muon")))
    moved = {id(m.weight) for m in game.autoencoder.matrices}
    names = {name for name, p in game.named_parameters() if id(p) in moved}
    lstms = {n for n, p in game.autoencoder.named_parameters(prefix="autoencoder") if ".lstm.weight" in n}
    assert lstms <= names
    assert not any("embedding" in name or "output" in name for name in names)
    optimizer = next(iter(game.make_players().values())).optimizer
    assert isinstance(optimizer, Muon)
    assert {id(p) for p in optimizer.param_groups[1]["params"]} == moved


def test_no_matrices_no_muon():
    with pytest.raises(UserError, match="expected adam or sgd"):
        Player.of(OptimizerConfig("muon"), parameters())
