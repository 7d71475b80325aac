"""Ways through the noise of ARAE's generator, and the noise of given codes."""

import numpy as np
import pytest
import torch

from tests.tiny import LABELED, SPEC, tiny_config, tiny_corpus, tiny_game
from textgan.errors import UserError
from textgan.models.arae import ARAE
from textgan.recipes import recipe
from textgan.sampling import SentenceModel, inference
from textgan.sampling.noise import noise_of, through_noise, way

TOKENIZER = tiny_corpus().tokenizer


def model_of(name: str = "arae") -> tuple[SentenceModel, ARAE]:
    game = tiny_game(tiny_config(name, modality="text"), spec=LABELED if name == "arae_transfer" else SPEC).eval()
    assert isinstance(game, ARAE) or name == "vae"
    return SentenceModel(game, TOKENIZER, recipe(name)), game  # type: ignore[return-value]


def test_the_noise_of_codes_that_the_generator_made_makes_them_again():
    model, game = model_of()
    made = torch.from_numpy(model.prior_codes(6, seed=5))
    noise = noise_of(game, made)
    with inference(game):
        assert (game.generated_from(noise) - made).norm(dim=1).max() < 0.02
    assert not noise.requires_grad
    assert all(p.grad is None for p in game.parameters())


def test_of_codes_that_it_cannot_make_the_noise_is_nearer_than_any_that_is_drawn():
    model, game = model_of()
    codes = torch.from_numpy(model.encode(["w1 w2 w3", "w4"]))
    noise = noise_of(game, codes)
    with inference(game, seed=0):
        drawn = torch.cdist(codes, game.generated_from(game.normal(1024, 4))).amin(1)
        assert ((game.generated_from(noise) - codes).norm(dim=1) <= drawn).all()


def test_without_ends_the_way_is_straight_between_two_draws_as_in_the_paper():
    model, game = model_of()
    with inference(game, seed=7):
        first, last = game.normal(2, 4)
        shares = torch.linspace(0, 1, 5)[:, None]
        expected = game.generated_from((1 - shares) * first + shares * last).numpy()
    np.testing.assert_allclose(through_noise(game, None, 5, seed=7), expected, atol=1e-5)
    assert model.interpolate(steps=5, seed=7, space="noise") == model.decode(expected)
    assert not np.allclose(through_noise(game, None, 5, "slerp", seed=7), expected, atol=1e-5)
    drawn = way(model, None, 4, seed=7)
    np.testing.assert_allclose(drawn[[0, -1]], model.prior_codes(2, seed=7), atol=1e-6)


def test_an_attribute_goes_from_that_of_the_one_end_to_that_of_the_other():
    _, game = model_of("arae_transfer")
    ends = np.eye(2, game.code_dim, dtype=np.float32)
    ends[:, game.latent_dim :] = np.eye(3)[[0, 2]]
    codes = through_noise(game, ends, 3)
    np.testing.assert_allclose(codes[:, game.latent_dim :], [[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1]], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(codes[:, : game.latent_dim], axis=1), 1, atol=1e-5)


def test_what_has_no_noise_and_other_spaces_are_refused():
    with pytest.raises(UserError, match="vae has no generator"):
        model_of("vae")[0].interpolate("w1", "w2", space="noise")
    with pytest.raises(UserError, match="space is 'words'; expected codes or noise"):
        model_of()[0].interpolate("w1", "w2", space="words")
    with pytest.raises(UserError, match="expected two, or none"):
        model_of()[0].interpolate("w1")
