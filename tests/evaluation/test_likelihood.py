"""Bounds of a variational autoencoder against the integral over its code, which of one dimension can be computed."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from tests.tiny import PIXELS, SPEC, Spec, tiny_batch, tiny_config, tiny_corpus, tiny_game
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.types import Images, ImageSpec, Sentences
from textgan.errors import UserError
from textgan.evaluation.likelihood import estimate_bounds, likelihood
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.groups import evaluate_text
from textgan.evaluation.text.reconstruction import sentence_batches, teacher_forced
from textgan.models.vae import VAE
from textgan.recipes import RunConfig
from textgan.sampling import SentenceModel, inference

EACH = pytest.mark.parametrize("spec", [SPEC, PIXELS], ids=["sentences", "images"])


def of_one_dimension(spec: Spec) -> VAE:
    """A model whose decoder uses its code, and whose encoder is off: the bound is loose."""
    image = isinstance(spec, ImageSpec)
    sizes: dict[str, Any] = {"code_channels": 1, "code_width": 1} if image else {"code_dim": 1}
    game = tiny_game(tiny_config("vae", modality="images" if image else "text", **sizes), spec=spec)
    assert isinstance(game, VAE)
    assert game.code_dim == 1
    with torch.no_grad():
        for name, parameter in game.autoencoder.named_parameters():
            parameter.mul_(10 if "decoder" in name and not image else 1)
        game.mean.bias.fill_(0.6)
        game.log_variance.bias.fill_(0.2)
    return game


def repeated(batch: Sentences | Images, row: int, times: int) -> Sentences | Images:
    """One row many times."""
    if isinstance(batch, Images):
        return Images(batch.x[row].expand(times, *batch.x.shape[1:]), batch.labels[row].expand(times))
    return replace(batch, tokens=batch.tokens[row].expand(times, -1), lengths=batch.lengths[row].expand(times))


def integrals(model: VAE, batch: Sentences | Images) -> torch.Tensor:
    """-log of the integral of p(x | z) N(z; 0, 1) over z from -8 to 8, by sums over small steps: nats, (B,)."""
    z = torch.linspace(-8, 8, 3201)
    of_prior = -z.double().square() / 2 - math.log(2 * math.pi) / 2 + math.log(float(z[1] - z[0]))
    nlls = [model.nlls(z[:, None], repeated(batch, row, len(z))).double() for row in range(batch.batch_size)]
    return torch.stack([-(of_prior - nll).logsumexp(0) for nll in nlls])


@EACH
def test_many_draws_give_the_integral_and_the_bound_lies_above_it(spec):
    model, batch = of_one_dimension(spec), tiny_batch(spec, rows=4)
    with inference(model, seed=1):
        exact = integrals(model, batch)
        found = estimate_bounds(model, batch, 2000)
    torch.testing.assert_close(found.importance.double(), exact, atol=0.04, rtol=0)
    assert (found.reconstruction + found.kl > exact + 0.08).all(), "else there is nothing to tell apart"


@EACH
def test_one_draw_is_the_bound_that_training_descends(spec):
    model, batch = of_one_dimension(spec), tiny_batch(spec, rows=8)
    with inference(model, seed=3):
        found = estimate_bounds(model, batch, 1)
    with inference(model, seed=3):
        loss, logs = model.negative_elbo(batch, kl_weight=0.0)
    units = model.autoencoder.units(batch)
    assert float(found.reconstruction.mean()) == pytest.approx(units * float(loss), rel=1e-5)
    assert float(found.kl.mean()) == pytest.approx(float(logs["kl"]), rel=1e-5)


def test_a_decoder_without_its_code_is_a_language_model_and_no_bound_is_loose():
    """Of a posterior at the prior all three are -log p(x), and the perplexity is that of teacher forcing."""
    model = of_one_dimension(SPEC)
    with torch.no_grad():
        for layer in (model.mean, model.log_variance):
            layer.weight.zero_()
            layer.bias.zero_()
        model.get_parameter("autoencoder.decoder.lstm.weight_ih_l0")[:, -1] = 0  # which reads the code
    corpus = tiny_corpus(30)
    metrics = likelihood(model, (batch for _, batch in sentence_batches(corpus)), draws=3)
    assert metrics["elbo_kl"] == 0
    assert metrics["negative_elbo"] == pytest.approx(metrics["importance_weighted_nll"], rel=1e-5)
    exact = math.exp(teacher_forced(model, corpus)["reconstruction_nll"])
    assert metrics["elbo_perplexity"] == pytest.approx(exact, rel=1e-5)
    assert metrics["importance_weighted_perplexity"] == pytest.approx(exact, rel=1e-5)


def test_a_report_of_sentences_has_the_bound_beside_its_perplexity(tmp_path):
    (tmp_path / "train.txt").write_text("".join(f"w{i % 7} w{i % 5} w1\n" for i in range(60)))
    (tmp_path / "valid.txt").write_text("".join(f"w{i % 3} w{i % 4}\n" for i in range(20)))
    corpus = open_corpus(DataConfig(data=str(tmp_path)), cache=tmp_path / "cache")
    config = RunConfig("vae", tiny_config("vae", modality="text"), DataConfig(data=str(tmp_path)))
    model = SentenceModel(tiny_game(config.settings, spec=corpus.spec), corpus.tokenizer, config)
    report = evaluate_text(TextEvaluation(["w1 w2"], corpus, "valid", 20, 10, 0, model=model), ["likelihood"])
    metrics = report.metrics
    assert metrics["negative_elbo"] == pytest.approx(metrics["elbo_reconstruction_nll"] + metrics["elbo_kl"])
    assert metrics["elbo_perplexity"] == pytest.approx(math.exp(metrics["negative_elbo"] / 3))
    assert metrics["importance_weighted_perplexity"] <= metrics["elbo_perplexity"]
    assert report.notes["likelihood"].startswith("10 held-out sentences, 100 codes each")


def test_no_draws_and_no_data_are_refused():
    model = of_one_dimension(SPEC)
    with pytest.raises(UserError, match="draws is 0"):
        likelihood(model, [tiny_batch(SPEC)], draws=0)
    with pytest.raises(UserError, match="expected 1 or more"):
        likelihood(model, [])
