"""ALI: its losses by hand, who feels what, labels."""

import math

import pytest
import torch
import torch.nn.functional as F

from tests.tiny import CPU, PIXELS, POINTS, tiny_batch, tiny_config, tiny_game, tiny_stream
from textgan.data.types import Images, ImageSpec
from textgan.errors import UserError
from textgan.models.ali import ALI
from textgan.networks.gradients import Largest
from textgan.networks.maxout import dropout
from textgan.trainer import Trainer


def ali(spec: ImageSpec = PIXELS, seed: int = 0, **changes) -> ALI:
    plain = {"image_noise": 0.0, "discrete": "probabilities", "discriminator_norm": "batch"}
    game = tiny_game(tiny_config("ali", None, None, **plain | changes), seed, spec)
    assert isinstance(game, ALI)
    return game.train()


def gradient_of(loss: torch.Tensor, network: torch.nn.Module) -> float:
    gradients = torch.autograd.grad(loss, list(network.parameters()), retain_graph=True, allow_unused=True)
    return sum(float(g.abs().sum()) for g in gradients if g is not None)


@pytest.mark.parametrize("spec", [PIXELS, POINTS])
def test_both_losses_are_those_of_the_paper_on_one_joined_batch(spec):
    game, batch = ali(spec, dropout=0.0), tiny_batch(spec)
    game.random.at(1)
    losses, _ = game.loss(batch)
    game.random.at(1)
    noise = game.normal(batch.rows, game.latent_dim)
    if spec.is_image:
        mu, log_sigma = game.encoder(batch.x).chunk(2, 1)
        z_hat = mu + log_sigma.clamp(-8, 2).exp() * noise
    else:
        z_hat = game.encoder(batch.x, noise)
    z = game.normal(batch.rows, game.latent_dim)
    logits = game.discriminator(torch.cat([batch.x, game.decoder(z)]), torch.cat([z_hat, z]))
    data, prior = torch.sigmoid(logits[: batch.rows]), torch.sigmoid(logits[batch.rows :])
    torch.testing.assert_close(losses["discriminator"], -(data.log() + (1 - prior).log()).mean())
    torch.testing.assert_close(losses["generator"], -((1 - data).log() + prior.log()).mean())


@pytest.mark.parametrize("spec", [PIXELS, POINTS])
def test_encoder_and_decoder_both_feel_the_discriminator(spec):
    game = ali(spec)
    losses, _ = game.loss(tiny_batch(spec))
    assert gradient_of(losses["generator"], game.encoder) > 0
    assert gradient_of(losses["generator"], game.decoder) > 0


def test_the_discriminators_moments_are_those_of_both_kinds_of_pairs():
    game, batch = ali(dropout=0.0), tiny_batch(PIXELS)
    norm = game.discriminator.trunk.norms[1]
    game.random.at(1)
    game.loss(batch)
    game.random.at(1)
    noise = game.normal(batch.rows, game.latent_dim)
    assert noise.shape == (batch.rows, game.latent_dim)
    x_tilde = game.decoder(game.normal(batch.rows, game.latent_dim))
    first = game.discriminator.trunk
    maps = F.leaky_relu(first.layers[0](F.pixel_unshuffle(torch.cat([batch.x, x_tilde]), 2)), 0.2)
    mean = first.layers[1](maps).mean((0, 2, 3))
    torch.testing.assert_close(norm.running_mean, 0.1 * mean, atol=1e-6, rtol=1e-4)


def test_a_move_of_the_generator_lowers_its_own_loss():
    game, batch = ali(dropout=0.0, init_std=None), tiny_batch(PIXELS)
    trainer = Trainer(game, tiny_stream(PIXELS), CPU, seed=0)

    def value() -> float:
        game.random.at(1)
        return game.loss(batch)[0]["generator"].item()

    before, saved = value(), {k: v.clone() for k, v in game.discriminator.state_dict().items()}
    game.random.at(1)
    trainer.move(game.turns(0)[0], batch)
    game.discriminator.load_state_dict(saved)
    assert value() < before


def test_a_sigma_beyond_the_bounds_is_cut():
    game = ali(min_log_sigma=-1.0, max_log_sigma=-1.0)
    batch = tiny_batch(PIXELS)
    game.random.at(1)
    z_hat = game._infer(batch, noisy=True)
    game.random.at(1)
    mu = game._infer(batch, noisy=False)
    noise = game.normal(batch.rows, game.latent_dim)
    torch.testing.assert_close(z_hat, mu + math.exp(-1.0) * noise)


def test_a_conditional_code_carries_its_label():
    game, batch = ali(conditional=True).eval(), tiny_batch(PIXELS)
    z = game.encode(batch)
    assert z.shape == (batch.rows, game.latent_dim + PIXELS.classes)
    torch.testing.assert_close(z[:, game.latent_dim :], F.one_hot(batch.labels, PIXELS.classes).float())
    wanted = game.prior_of(torch.tensor([2, 0]))
    assert wanted[:, game.latent_dim :].tolist() == [[0, 0, 1], [1, 0, 0]]
    assert game.prior(5)[:, game.latent_dim :].sum(1).tolist() == [1] * 5


def test_a_label_changes_what_is_decoded_and_encoded():
    game, batch = ali(conditional=True, init_std=0.5).eval(), tiny_batch(PIXELS)
    z = game.encode(batch)
    other = batch._replace(labels=(batch.labels + 1) % PIXELS.classes)
    assert not torch.allclose(game.encode(other)[:, : game.latent_dim], z[:, : game.latent_dim])
    swapped = torch.cat([z[:, : game.latent_dim], z[:, game.latent_dim :].roll(1, 1)], 1)
    assert not torch.allclose(game.decode(swapped), game.decode(z))


def test_an_unknown_label_is_a_row_of_zeros():
    game, batch = ali(conditional=True).eval(), tiny_batch(PIXELS)
    z = game.encode(batch._replace(labels=torch.full_like(batch.labels, -1)))
    assert z[:, game.latent_dim :].abs().sum() == 0


def test_the_loss_of_k_plus_one_classes_is_the_one_by_hand():
    game, batch = ali(semi_supervised=True, dropout=0.0, label_weight=3.0), tiny_batch(PIXELS)
    labels = batch.labels.clone()
    labels[::2] = -1
    batch = Images(batch.x, labels)
    seen = {}
    game.discriminator.register_forward_hook(lambda module, inputs, output: seen.update(logits=output))
    losses, _ = game.loss(batch)
    logits = torch.cat([seen["logits"], torch.zeros(2 * batch.rows, 1)], 1)  # of class K + 1 always 0
    p = logits.softmax(1)
    real, generated = p[: batch.rows], p[batch.rows :]
    unlabelled = 0.5 * (-torch.log(1 - real[:, -1]).mean() - torch.log(generated[:, -1]).mean())
    known = labels >= 0
    among = real[known, :-1] / real[known, :-1].sum(1, keepdim=True)
    labelled = -among[torch.arange(int(known.sum())), labels[known]].log().mean()
    torch.testing.assert_close(losses["discriminator"], unlabelled + 3 * labelled)
    fooled = -torch.log(real[:, -1]).mean() - torch.log(1 - generated[:, -1]).mean()
    torch.testing.assert_close(losses["generator"], fooled)


def test_without_labels_in_a_batch_their_loss_is_zero():
    game, batch = ali(semi_supervised=True), tiny_batch(PIXELS)
    losses, logs = game.loss(batch._replace(labels=torch.full_like(batch.labels, -1)))
    assert logs["label_nll"] == 0
    assert losses["discriminator"].isfinite()


def test_the_semi_supervised_discriminator_classifies():
    game, batch = ali(semi_supervised=True).eval(), tiny_batch(PIXELS)
    assert game.classify(batch).shape == (batch.rows, PIXELS.classes)


def test_labels_cannot_be_learned_where_there_are_none():
    for name in ("conditional", "semi_supervised"):
        with pytest.raises(UserError, match=name):
            ali(ImageSpec((1, 8, 8)), **{name: True})


def test_too_small_images_are_refused():
    with pytest.raises(UserError, match="4 x 4"):
        ali(ImageSpec((1, 4, 4)), channels=(4, 4, 4))


@pytest.mark.parametrize("shape", [(64, 32), (16, 8, 6, 6)])
def test_dropout_keeps_the_mean_and_drops_what_the_noise_says(shape):
    uniform = torch.rand(*shape[:2], *[1] * (len(shape) - 2), generator=torch.Generator().manual_seed(0))
    y = dropout(torch.ones(shape), 0.25, lambda *size: uniform.view(size))
    torch.testing.assert_close(y, ((uniform >= 0.25) / 0.75).expand(shape))
    assert dropout(y, 0.25, None) is y


def test_the_largest_has_the_gradient_of_amax_once_and_twice():
    y = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(Largest.apply, y)
    assert torch.autograd.gradgradcheck(lambda y: Largest.apply(y).square(), y)
