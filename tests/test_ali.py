"""ALI: its losses by hand, who feels what, labels."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.tiny import CPU, PIXELS, POINTS, tiny_batch, tiny_config, tiny_game, tiny_images, tiny_stream
from textgan.data.images import ImageStream
from textgan.data.images.sets import ArraySet
from textgan.data.types import Images, ImageSpec
from textgan.errors import UserError
from textgan.models.ali import ALI
from textgan.networks.gradients import MaxPieces
from textgan.networks.maxout import dropout
from textgan.recipes import recipe
from textgan.training.trainer import Trainer


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
    noise = game.normal(batch.batch_size, game.latent_dim)
    if spec.is_image:
        mu, log_sigma = game.encoder(batch.x).chunk(2, 1)
        z_hat = mu + log_sigma.clamp(-8, 2).exp() * noise
    else:
        z_hat = game.encoder(batch.x, noise)
    z = game.normal(batch.batch_size, game.latent_dim)
    logits = game.discriminator(torch.cat([batch.x, game.decoder(z)]), torch.cat([z_hat, z]))
    data, prior = torch.sigmoid(logits[: batch.batch_size]), torch.sigmoid(logits[batch.batch_size :])
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
    noise = game.normal(batch.batch_size, game.latent_dim)
    assert noise.shape == (batch.batch_size, game.latent_dim)
    x_tilde = game.decoder(game.normal(batch.batch_size, game.latent_dim))
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
    noise = game.normal(batch.batch_size, game.latent_dim)
    torch.testing.assert_close(z_hat, mu + math.exp(-1.0) * noise)


def test_a_conditional_code_carries_its_label():
    game, batch = ali(conditional=True).eval(), tiny_batch(PIXELS)
    z = game.encode(batch)
    assert z.shape == (batch.batch_size, game.latent_dim + PIXELS.classes)
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
    known = tiny_stream(PIXELS).labeled(1)
    batch = Images(batch.x, torch.full_like(batch.labels, -1))
    seen = {}
    game.discriminator.register_forward_hook(lambda module, inputs, output: seen.update(logits=output))
    losses, _ = game.semi_supervised_loss((batch, known))
    logits = torch.cat([seen["logits"], torch.zeros(3 * batch.batch_size, 1)], 1)  # of class K + 1 always 0
    real, labeled, generated = logits.softmax(1).chunk(3)
    unlabeled = 0.5 * (-torch.log(1 - real[:, -1]).mean() - torch.log(generated[:, -1]).mean())
    among = labeled[:, :-1] / labeled[:, :-1].sum(1, keepdim=True)
    label_nll = -among[torch.arange(known.batch_size), known.labels].log().mean()
    torch.testing.assert_close(losses["discriminator"], unlabeled + 3 * label_nll)
    fooled = -torch.log(real[:, -1]).mean() - torch.log(1 - generated[:, -1]).mean()
    torch.testing.assert_close(losses["generator"], fooled)


@pytest.mark.parametrize("change", ["conditional", "semi_supervised"])
def test_every_step_sees_labels_however_few_there_are(change):
    images = tiny_images(PIXELS, n=200)
    labels = images.labels.copy()
    labels[3:] = -1
    few = ImageStream(ArraySet(images.pixels(np.arange(200)), labels, images.binarizer), 8, 0)
    trainer = Trainer(ali(**{change: True}), few, CPU, seed=0)
    seen = []
    loss = trainer.game.turns(0)[0].loss.__name__
    original = getattr(trainer.game, loss)

    def watched(batch):
        seen.append(batch[1].labels if change == "semi_supervised" else batch.labels)
        return original(batch)

    setattr(trainer.game, loss, watched)
    for _ in range(5):
        trainer.play_round()
    assert len(seen) == 5
    assert all((labels >= 0).all() for labels in seen)


def test_codes_that_hold_the_label_cannot_be_those_that_it_is_told_by():
    with pytest.raises(UserError, match="conditional"):
        ali(conditional=True, semi_supervised=True)


def test_the_semi_supervised_discriminator_classifies():
    game, batch = ali(semi_supervised=True).eval(), tiny_batch(PIXELS)
    assert game.classify(batch).shape == (batch.batch_size, PIXELS.classes)


def test_labels_cannot_be_learned_where_there_are_none():
    for name in ("conditional", "semi_supervised"):
        with pytest.raises(UserError, match=name):
            ali(ImageSpec((1, 8, 8)), **{name: True})


def test_too_small_images_are_refused():
    with pytest.raises(UserError, match="4 x 4"):
        ali(ImageSpec((1, 4, 4)), channels=(4, 4, 4))


@pytest.mark.parametrize("maps", [True, False])
@pytest.mark.parametrize("shape", [(64, 32), (16, 8, 6, 6)])
def test_dropout_keeps_the_mean_and_drops_what_the_noise_says(shape, maps):
    of = shape[:2] + (1,) * (len(shape) - 2) if maps else shape
    uniform = torch.rand(of, generator=torch.Generator().manual_seed(0))
    y = dropout(torch.ones(shape), 0.25, lambda *size: uniform.view(size), maps)
    torch.testing.assert_close(y, ((uniform >= 0.25) / 0.75).expand(shape))
    assert dropout(y, 0.25, None) is y


def test_the_largest_has_the_gradient_of_amax_once_and_twice():
    y = torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(MaxPieces.apply, y)
    assert torch.autograd.gradgradcheck(lambda y: MaxPieces.apply(y).square(), y)


def test_the_preset_of_images_has_the_authors_rectifiers_and_drops_single_values():
    game = tiny_game(tiny_config("ali", "ali-2016"), spec=PIXELS)
    assert isinstance(game, ALI)
    slopes = {name: m.slope for name, m in game.named_modules() if hasattr(m, "slope")}
    heads = [name for name in slopes if ".head." in name]  # linear for images
    assert {slopes[name] for name in slopes if name not in heads} == {0.01}
    trunk = game.discriminator.trunk
    x, uniform = tiny_batch(PIXELS).x, torch.rand(1, 4, 4, 4, generator=torch.Generator().manual_seed(0))
    seen = []
    trunk.layers[0].register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0]))
    trunk.train().maps(x[:1], lambda *size: uniform[tuple(slice(n) for n in size)])
    assert torch.equal(seen[0] == 0, uniform < 0.2)


def test_old_blocks_weighed_the_new_gradient_by_beta1():
    config = recipe("ali", "ali-2016-mixture").settings
    assert config.discriminator_optimizer.betas == config.generator_optimizer.betas == (0.2, 0.999)
