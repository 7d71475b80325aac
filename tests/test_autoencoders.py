"""ACAI and the autoencoders that it is compared with: losses by hand."""

from typing import Any

import pytest
import torch

from tests.tiny import PIXELS, tiny_batch, tiny_config, tiny_game
from textgan.data.types import ImageSpec
from textgan.game import Game
from textgan.models import build
from textgan.models.acai import ACAI
from textgan.models.vae import VAE
from textgan.models.vqvae import VQVAE
from textgan.networks.codebook import Codebook
from textgan.networks.moments import CodeMoments
from textgan.recipes import MODELS, recipe

GREY = ImageSpec((1, 8, 8))


def family_member(name: str, spec: ImageSpec = GREY, **changes: Any) -> Game:
    return tiny_game(tiny_config(name, modality="images", **changes), spec=spec).train()


def test_acai_descends_the_losses_of_the_paper():
    game, batch = family_member("acai"), tiny_batch(GREY)
    assert isinstance(game, ACAI)
    game.random.at(1)
    losses, _ = game.losses(batch)
    game.random.at(1)
    u = game.uniform(batch.batch_size)
    alpha = torch.minimum(u, 1 - u)
    x, encode, decode = batch.x, game.autoencoder.networks.encode, game.autoencoder.networks.decode
    z = encode(x)
    partner = z[range(7, -1, -1)]
    x_mix = decode(alpha[:, None] * z + (1 - alpha[:, None]) * partner)
    x_hat = decode(z)
    d_mix, d_blend = (game.critic(seen).mean((1, 2, 3)) for seen in (x_mix, 0.2 * x + 0.8 * x_hat))
    expected = (x - x_hat).square().mean() + 0.5 * d_mix.square().mean()
    torch.testing.assert_close(losses["autoencoder"], expected)
    torch.testing.assert_close(losses["critic"], (d_mix - alpha).square().mean() + d_blend.square().mean())


def test_the_negative_elbo_is_that_of_the_paper():
    game, batch = family_member("vae", PIXELS), tiny_batch(PIXELS)
    assert isinstance(game, VAE)
    game.random.at(1)
    loss, _ = game.negative_elbo(batch, 1.0)
    game.random.at(1)
    mu, log_variance = (layer(game.features(batch)) for layer in (game.mean, game.log_variance))
    q = torch.distributions.Normal(mu, (log_variance / 2).exp())
    z = mu + q.stddev * game.normal(*mu.shape)
    p = torch.distributions.Bernoulli(logits=game.autoencoder.networks.decode(z))
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
    nll = -p.log_prob((batch.x + 1) / 2).sum((1, 2, 3))
    torch.testing.assert_close(loss, (nll + kl).mean())


def test_a_codebook_follows_the_vectors_that_it_stands_for_and_only_in_training():
    torch.manual_seed(0)
    book = Codebook(3, 2, decay=0.9)
    book.vectors.copy_(torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]))
    book.sums.copy_(book.vectors)
    book.looks += 1
    z = torch.tensor([[[9.0, 0.0], [8.0, 1.0], [0.5, 0.5]]])
    nearest = torch.tensor([[[10.0, 0.0], [10.0, 0.0], [0.0, 0.0]]])
    assert torch.equal(book.eval()(z), nearest)
    assert torch.equal(book.vectors[1], torch.tensor([10.0, 0.0]))
    assert torch.equal(book.train()(z), nearest)
    expected = (0.9 * torch.tensor([10.0, 0.0]) + 0.1 * torch.tensor([17.0, 1.0])) / (0.9 + 0.1 * 2)
    torch.testing.assert_close(book.vectors[1], expected)
    torch.testing.assert_close(book.vectors[2], torch.tensor([0.0, 10.0]))


def test_a_codebook_begins_where_the_first_vectors_are():
    torch.manual_seed(0)
    z = 100 + torch.randn(4, 2, 3)
    book = Codebook(64, 3, decay=0.9)
    assert (book(z) - z).abs().max() < 1.0
    assert book.vectors.min() > 90


def test_the_gradient_passes_the_codebook_by():
    game, batch = family_member("vqvae", commitment_weight=0.0), tiny_batch(GREY)
    assert isinstance(game, VQVAE)
    loss, _ = game.reconstruction_loss(batch)
    gradients = torch.autograd.grad(loss, list(game.autoencoder.encoder.parameters()))
    assert all(g.abs().sum() > 0 for g in gradients)


def test_codes_are_drawn_with_the_moments_of_those_that_were_seen():
    torch.manual_seed(0)
    spread = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    moments = CodeMoments(2)
    for _ in range(400):
        moments(torch.randn(64, 2) @ spread.T + torch.tensor([3.0, -1.0]))
    drawn = moments.draw(torch.randn(20_000, 2))
    torch.testing.assert_close(drawn.mean(0), torch.tensor([3.0, -1.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(torch.cov(drawn.T), spread @ spread.T, atol=0.3, rtol=0)


def test_a_vq_vae_is_that_of_acais_code():
    game, batch = family_member("vqvae", latents=3, gather_dim=7).eval(), tiny_batch(GREY)
    assert isinstance(game, VQVAE)
    z = game.encode(batch)
    torch.testing.assert_close(z, game.autoencoder.encode(batch.x))
    vectors = game.spread(z)
    assert vectors.shape == (batch.batch_size, 3 * game.code_dim)
    nearest = game.codebook(vectors.view(batch.batch_size, 3, game.code_dim)).flatten(1)
    first, last = game.gather[1], game.gather[3]
    read = last(torch.relu(first(torch.relu(nearest))))
    assert first.out_features == 7
    torch.testing.assert_close(game.features(batch), read)
    torch.testing.assert_close(game.decode(z), game.autoencoder.decode(read))


def test_a_code_of_mnist_has_the_32_values_of_the_paper():
    game = build(recipe("vqvae", "vqvae-mnist").settings, ImageSpec((1, 28, 28)))
    assert game.code_dim == 32
    assert [(m.in_features, m.out_features) for m in game.gather if isinstance(m, torch.nn.Linear)] == [
        (320, 512),
        (512, 32),
    ]


@pytest.mark.parametrize("name", [name for name, config in MODELS.items() if hasattr(config, "input_noise")])
def test_noise_on_images_reaches_the_encoder_in_training_alone(name):
    quiet, noisy = (family_member(name, input_noise=std) for std in (0.0, 0.5))
    batch = tiny_batch(GREY)
    encoder = "autoencoder.encoder" if name == "vqvae" else "autoencoder.networks.encoder"

    def seen(game: Game) -> torch.Tensor:
        shown: list[torch.Tensor] = []
        game.get_submodule(encoder).register_forward_hook(lambda m, inputs, y: shown.append(inputs[0]))
        game.random.at(1)
        game.turns(0)[0].loss(batch)
        game.eval().encode(batch)
        assert torch.equal(shown[-1], batch.x)
        return shown[0]

    assert torch.equal(seen(quiet), batch.x)
    assert float((seen(noisy) - batch.x).std()) == pytest.approx(0.5, rel=0.1)
