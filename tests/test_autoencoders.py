"""ACAI and the autoencoders that it is compared with: losses by hand, and many processes as one."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from tests.tiny import CPU, PIXELS, SGD, tiny_batch, tiny_config, tiny_game, tiny_images
from textgan.config import OptimizerConfig
from textgan.data.images import ImageStream
from textgan.data.types import ImageSpec
from textgan.game import Game
from textgan.models.acai import ACAI
from textgan.models.vae import VAE
from textgan.models.vqvae import VQVAE
from textgan.networks.codebook import Codebook
from textgan.networks.moments import CodeMoments
from textgan.trainer import Trainer

GREY = ImageSpec((1, 8, 8))
FAMILY = ("acai", "ae", "dropout_ae", "denoising_ae", "vae", "aae", "vqvae")


def family_member(name: str, spec: ImageSpec = GREY, **changes: Any) -> Game:
    return tiny_game(tiny_config(name, kind="images", **changes), spec=spec).train()


def test_acai_descends_the_losses_of_the_paper():
    game, batch = family_member("acai"), tiny_batch(GREY)
    assert isinstance(game, ACAI)
    game.random.at(1)
    losses, _ = game.losses(batch)
    game.random.at(1)
    u = game.uniform(batch.rows)
    alpha = torch.minimum(u, 1 - u)
    x, encode, decode = batch.x, game.autoencoder.networks.encode, game.autoencoder.networks.decode
    z = encode(x)
    partner = torch.cat([z[4:], z[:4]])
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


def played(name: str) -> dict[str, torch.Tensor]:
    """A model's weights after three rounds of the global batch, by as many processes as there are."""
    config = tiny_config(name, kind="images")
    # Adam turns a gradient of nearly zero into a step of its learning rate: not so SGD.
    players = [f.name for f in dataclasses.fields(config) if isinstance(getattr(config, f.name), OptimizerConfig)]
    config = dataclasses.replace(config, **dict.fromkeys(players, SGD))
    rank, size = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    trainer = Trainer(tiny_game(config, spec=GREY), ImageStream(tiny_images(GREY), 8, 0, rank, size), CPU, 0)
    for _ in range(3):
        trainer.play_round()
    return trainer.game.state_dict()


def play_as_rank(rank: int, meeting: str, output: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    weights = {name: played(name) for name in FAMILY}
    if rank == 0:
        torch.save(weights, output)
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def by_two(tmp_path_factory) -> dict[str, dict[str, torch.Tensor]]:
    """The weights of all models, trained by two processes."""
    folder: Path = tmp_path_factory.mktemp("ranks")
    places = str(folder / "meeting"), str(folder / "weights.pt")
    torch.multiprocessing.start_processes(play_as_rank, places, nprocs=2, start_method="spawn")
    weights: dict[str, dict[str, torch.Tensor]] = torch.load(places[1], weights_only=True)
    return weights


@pytest.mark.parametrize("name", FAMILY)
def test_two_processes_equal_one_on_the_joined_batch(name, by_two):
    for key, value in played(name).items():
        torch.testing.assert_close(by_two[name][key], value, rtol=1e-4, atol=1e-5, msg=lambda m, key=key: f"{key}: {m}")
