"""The models of sentences besides ARAE: losses by hand, what is hidden from encoder and decoder, no codes at all."""

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from tests.tiny import tiny_batch, tiny_config, tiny_game, tiny_trainer
from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.data.types import Sentences
from textgan.game import Game
from textgan.models.acai import ACAI
from textgan.models.autoencoder import SentenceAutoencoder, deleted, sentences_of
from textgan.models.lm import LM
from textgan.models.vae import VAE
from textgan.sampling import inference
from textgan.settings import Decoding, OptimizerConfig

FAST = OptimizerConfig(lr=0.01)
OTHERS = ("lm", "ae", "dropout_ae", "denoising_ae", "vae", "aae", "daae", "acai")


def game_of(name: str, **changes: Any) -> Game:
    return tiny_game(tiny_config(name, modality="text", **changes)).train()


def batch_of(*rows: list[int]) -> Sentences:
    width = max(map(len, rows))
    tokens = torch.tensor([[BOS, *row, EOS] + [PAD] * (width - len(row)) for row in rows])
    lengths = torch.tensor([len(row) + 1 for row in rows])
    return Sentences(tokens, lengths, float(lengths.sum()))


def test_deleted_words_leave_the_others_in_order():
    batch = batch_of([5, 6, 7, 8], [9], [10, 11])
    gone = torch.tensor([[1, 0, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 1, 1, 1]], dtype=torch.bool)
    left = deleted(batch, gone)
    assert left.lengths.tolist() == [3, 1, 3]
    assert left.tokens.tolist() == [
        [BOS, 6, 8, EOS, PAD, PAD],
        [BOS, EOS, PAD, PAD, PAD, PAD],
        [BOS, 10, 11, EOS, PAD, PAD],
    ]


def test_the_places_of_real_targets_are_those_of_the_mask_and_never_stale():
    batch = batch_of([5, 6, 7, 8], [9], [10, 11])
    wide = replace(batch, tokens=F.pad(batch.tokens, (0, 3)))
    shorter = deleted(batch, torch.rand(batch.targets.shape) < 0.5)
    elsewhere = Sentences.join([batch, wide]).to(torch.device("meta"))
    for seen in (batch, wide, shorter, Sentences.join([batch, wide])):
        rows, columns = seen.mask.nonzero(as_tuple=True)
        assert torch.equal(seen.places, rows * seen.targets.shape[1] + columns)
        assert torch.equal(seen.owners, rows)
        assert torch.equal(seen.real_targets, seen.targets[seen.mask])
    assert (elsewhere.places.device.type, elsewhere.places.shape) == ("meta", (20,))


def test_a_batch_first_read_in_inference_mode_serves_training_too():
    batch, weight = batch_of([5, 6], [9]), torch.ones(6, 2, requires_grad=True)
    with torch.inference_mode():
        assert len(batch.places) == len(batch.owners) == 5
    weight.index_select(0, batch.places).sum().backward()
    assert weight.grad is not None


def test_words_are_deleted_in_their_share_and_only_in_training():
    game = game_of("ae", word_deletion=0.3)
    batch = tiny_batch(rows=400)
    seen = game.autoencoder.corrupted(batch, game)
    words, left = (batch.lengths - 1).sum(), (seen.lengths - 1).sum()
    assert float(left / words) == pytest.approx(0.7, abs=0.05)
    game.eval()
    assert game.autoencoder.corrupted(batch, game) is batch


def test_what_was_written_can_be_read():
    written = torch.tensor([[7, 8, EOS, PAD], [EOS, PAD, PAD, PAD]])
    read = sentences_of(written)
    assert read.tokens.tolist() == [[BOS, 7, 8, EOS], [BOS, EOS, PAD, PAD]]
    assert read.lengths.tolist() == [3, 1]


def test_the_decoder_reads_unknown_words_in_their_share_and_never_loses_the_beginning():
    game = game_of("ae", word_dropout=0.5)
    reads: list[torch.Tensor] = []
    states = game.autoencoder.decoder.states
    game.autoencoder.decoder.states = lambda z, inputs, places: (reads.append(inputs), states(z, inputs, places))[1]
    batch = tiny_batch(rows=200)
    game.reconstruction_loss(batch)
    (inputs,) = reads
    assert (inputs[:, 0] == BOS).all()
    words = batch.mask[:, 1:]
    assert float((inputs[:, 1:] == UNK)[words].float().mean()) == pytest.approx(0.5, abs=0.07)


def test_dropped_states_are_zero_for_a_whole_sentence_and_the_others_scaled_up():
    game, batch = game_of("lm", state_dropout=0.5), tiny_batch()
    z = game.encode(batch)
    kept = game.autoencoder.states(z, batch, game)
    game.eval()
    whole = game.autoencoder.states(z, batch, game)
    assert ((kept == 0) | torch.isclose(kept, 2 * whole, atol=1e-6)).all()
    first = kept[: int(batch.lengths[0])]
    assert ((first == 0).all(0) | (first != 0).all(0)).all()
    assert 0.3 < float((kept == 0).float().mean()) < 0.7


def test_the_language_model_descends_the_cross_entropy_of_its_tokens():
    game, batch = game_of("lm", state_dropout=0.0), batch_of([5, 6], [7])
    assert isinstance(game, LM)
    z = game.encode(batch)
    assert z.shape == (2, 0)
    of_tokens = F.cross_entropy(game.logits(z, batch), batch.real_targets)
    torch.testing.assert_close(game.nll(batch)[0], of_tokens)


def test_a_language_model_draws_its_words_unless_it_is_told_not_to():
    with inference(game_of("lm")) as game:
        z = game.prior(50)
        assert len(game.decode(z).unique(dim=0)) > 10
        assert len(game.decode(z, Decoding(temperature=0.0)).unique(dim=0)) == 1
        assert len(game.decode(z, Decoding(beam_size=2)).unique(dim=0)) == 1


def test_the_features_of_a_language_model_are_means_over_real_tokens():
    with inference(game_of("lm")) as game:
        long, alone = batch_of([5, 6], [7, 8, 9, 10]), batch_of([5, 6])
        torch.testing.assert_close(game.features(long)[:1], game.features(alone))


def test_the_negative_elbo_of_sentences_is_per_token():
    game, batch = game_of("vae", free_bits=0.0), tiny_batch()
    assert isinstance(game, VAE)
    game.random.at(1)
    loss, _ = game.negative_elbo(batch, 0.7)
    game.random.at(1)
    h = game.features(batch)
    mu, log_variance = game.mean(h), game.log_variance(h)
    q = torch.distributions.Normal(mu, (log_variance / 2).exp())
    z = mu + q.stddev * game.normal(*mu.shape)
    nll = F.cross_entropy(game.logits(z, batch), batch.real_targets, reduction="sum")
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum()
    torch.testing.assert_close(loss, (nll + 0.7 * kl) / batch.lengths.sum())


def test_free_bits_leave_dimensions_below_them_alone():
    game, batch = game_of("vae", free_bits=100.0), tiny_batch()
    game.random.at(1)
    loss, logs = game.negative_elbo(batch, 1.0)
    paid = 100.0 * game.code_dim / game.autoencoder.units(batch)
    torch.testing.assert_close(loss, logs["reconstruction"] + paid)


def test_the_weight_of_the_divergence_rises_from_nearly_nothing_to_its_own():
    game = game_of("vae", kl_weight=0.5, kl_warmup_rounds=100)
    weights = [game.turns(step)[0].loss.keywords["kl_weight"] for step in (0, 49, 99, 5000)]
    assert weights == pytest.approx([0.005, 0.25, 0.5, 0.5])


@pytest.mark.parametrize("inputs", ["decoded", "codes"])
def test_acai_of_sentences_descends_the_losses_of_the_paper(inputs):
    game, batch = game_of("acai", critic_input=inputs, blend=0.0), tiny_batch()
    assert isinstance(game, ACAI)
    game.random.at(1)
    losses, logs = game.losses(batch)
    game.random.at(1)
    u = game.uniform(batch.batch_size)
    alpha = torch.minimum(u, 1 - u)
    z = game.encode(batch)
    mix = alpha[:, None] * z + (1 - alpha[:, None]) * torch.cat([z[4:], z[:4]])

    def answers(codes: torch.Tensor) -> Any:
        if inputs == "codes":
            return game.critic(codes)
        read = sentences_of(game.decode(codes, Decoding(temperature=0.0)))
        assert isinstance(game.autoencoder, SentenceAutoencoder)
        places = torch.arange(read.inputs.numel())
        return game.critic(
            game.autoencoder.decoder.states(codes, read.inputs, places).view(*read.inputs.shape, -1), read.mask
        )

    of_mix, of_codes = answers(mix), answers(z)
    torch.testing.assert_close(losses["critic"], (of_mix - alpha).square().mean() + of_codes.square().mean())
    expected = logs["reconstruction"] + game.config.interpolation_weight * of_mix.square().mean()
    torch.testing.assert_close(losses["autoencoder"], expected)


def test_the_critic_of_sequences_scores_each_by_its_own_states_whatever_their_number():
    game = game_of("acai")
    states = torch.randn(2, 5, game.config.hidden_dim, generator=torch.Generator().manual_seed(0))
    mask = torch.arange(5) < torch.tensor([[2], [3]])
    together = game.critic(states, mask)
    torch.testing.assert_close(game.critic(states[:1, :2], mask[:1, :2]), together[:1])
    torch.testing.assert_close(game.critic(states.repeat(1, 2, 1), mask.repeat(1, 2)), together)
    assert not torch.allclose(game.critic(states, mask | True), together)


@pytest.mark.parametrize("networks", ["lstm", "transformer"])
@pytest.mark.parametrize("name", OTHERS)
def test_every_model_learns_a_few_sentences(name, networks):
    sizes = {"hidden_dim": 24, "embedding_dim": 24, "code_dim": 8 if name == "vae" else None, "heads": 2, "layers": 1}
    plain = {"state_dropout": 0.0, "word_deletion": 0.0, "autoencoder_optimizer": FAST, "transformer_optimizer": FAST}
    config = tiny_config(name, modality="text", autoencoder=networks, **sizes, **plain)
    trainer = tiny_trainer(config, batch_size=16)
    first = None
    for _ in range(30):
        trainer.play_round()
        first = first or trainer.read_logs()
    last = trainer.read_logs()
    key = "nll" if name == "lm" else "reconstruction"
    assert last[key] < first[key] - 0.1


def test_a_transformer_of_heads_that_do_not_share_its_states_is_refused():
    from textgan.errors import UserError

    with pytest.raises(UserError, match="7 heads"):
        tiny_config("ae", modality="text", autoencoder="transformer", heads=7)
