"""The Transformer's networks: what a place may see, what the cache holds, and where the code goes."""

import pytest
import torch
from torch import Tensor

from textgan.data.specials import BOS, EOS
from textgan.decoding import Guided, generate
from textgan.networks.transformer import TransformerDecoder, TransformerEncoder
from textgan.settings import Decoding

V, E, H, D, LENGTH = 17, 6, 8, 5, 7


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def some_tokens(rows: int = 4, width: int = LENGTH + 1) -> Tensor:
    tokens = torch.randint(4, V, (rows, width), generator=torch.Generator().manual_seed(0))
    tokens[:, 0] = BOS
    return tokens


@pytest.fixture
def decoder() -> TransformerDecoder:
    torch.manual_seed(0)
    return TransformerDecoder(V, E, H, D, layers=2, heads=2, max_length=LENGTH)


@pytest.fixture
def encoder() -> TransformerEncoder:
    torch.manual_seed(0)
    return TransformerEncoder(V, E, H, D, layers=2, heads=2, max_length=LENGTH)


def all_logits(decoder: TransformerDecoder, z: Tensor, tokens: Tensor) -> Tensor:
    """(B, T, V)."""
    return decoder(z, tokens, torch.arange(tokens.numel())).view(*tokens.shape, V)


def test_what_is_written_step_by_step_is_what_is_read_at_once(decoder):
    z, tokens = draw(4, D), some_tokens()
    whole = all_logits(decoder, z, tokens)
    stepper = decoder.stepper(4)
    state, rows = stepper.start(z), torch.arange(4)
    for place in range(tokens.shape[1]):
        if place == 3:  # sentences that have ended are dropped
            rows = torch.tensor([3, 1])
            state = tuple(part[rows] for part in state)
        logits, state = stepper.step(state, tokens[rows, place])
        torch.testing.assert_close(logits, whole[rows, place], atol=1e-5, rtol=1e-4)


def test_guided_it_steps_as_two_decoders_that_read_at_once(decoder):
    mine, other, tokens = draw(4, D), 1 - draw(4, D), some_tokens()
    a, b = (all_logits(decoder, z, tokens) for z in (mine, other))
    stepper = Guided(decoder.stepper(8), 0.7)
    state, rows = stepper.start(torch.cat([mine, other], 1)), torch.arange(4)
    for place in range(tokens.shape[1]):
        if place == 3:  # sentences that have ended are dropped
            rows = torch.tensor([3, 1])
            state = tuple(part[rows] for part in state)
        logits, state = stepper.step(state, tokens[rows, place])
        torch.testing.assert_close(logits, (a + 0.7 * (a - b))[rows, place], atol=1e-5, rtol=1e-4)


def test_a_place_does_not_see_what_comes_after(decoder):
    z, tokens = draw(4, D), some_tokens()
    changed = tokens.clone()
    changed[:, 4:] = 5
    before, after = all_logits(decoder, z, tokens), all_logits(decoder, z, changed)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert (before[:, 4:] - after[:, 4:]).abs().max() > 1e-4


def test_the_code_is_seen_at_every_place(decoder):
    tokens = some_tokens()
    difference = all_logits(decoder, draw(4, D), tokens) - all_logits(decoder, draw(4, D).flip(0), tokens)
    assert (difference.abs().amax(2) > 1e-4).all()


def test_padding_changes_neither_code_nor_logits(encoder, decoder):
    tokens, lengths = some_tokens(), torch.tensor([3, 8, 1, 5])
    other = tokens.masked_fill(torch.arange(8) >= lengths[:, None], 9)
    torch.testing.assert_close(encoder(tokens, lengths), encoder(other, lengths))
    torch.testing.assert_close(encoder(tokens, lengths)[:1], encoder(tokens[:1, :3], lengths[:1]))
    places = torch.tensor([0, 1, 2, 8, 9, 10, 11, 12, 16, 24, 25, 26, 27, 28])
    wide, narrow = decoder(draw(4, D), tokens, places), decoder(draw(4, D), tokens[:, :5], places - places // 8 * 3)
    torch.testing.assert_close(wide, narrow)


def test_codes_of_different_sentences_differ_from_the_beginning(encoder):
    codes = encoder(some_tokens(), torch.tensor([8, 8, 8, 8]))
    assert codes.std(0).mean() > 0.01 * codes.abs().mean()


def test_without_a_code_it_is_a_language_model():
    torch.manual_seed(0)
    decoder = TransformerDecoder(V, H, H, 0, layers=1, heads=2, max_length=LENGTH)
    out = generate(decoder.stepper(3), torch.zeros(3, 0), Decoding(temperature=1.0), LENGTH, torch.rand(3, LENGTH + 1))
    assert out.shape == (3, LENGTH + 1)
    assert (out == EOS).any(1).all()


@pytest.mark.parametrize("decoding", [Decoding(), Decoding(beam_size=3)])
def test_it_writes_greedily_and_by_search(decoder, decoding):
    with torch.no_grad():
        decoder.output.bias[EOS] = 0.05
    z = draw(6, D)
    out = generate(decoder.stepper(6), z, decoding, LENGTH, torch.zeros(6, LENGTH + 1))
    assert (out == EOS).any(1).all()
    alone = generate(decoder.stepper(1), z[2:3], decoding, LENGTH, torch.zeros(1, LENGTH + 1))
    assert torch.equal(alone, out[2:3])


def test_too_long_a_sentence_is_refused_in_words(encoder, decoder):
    tokens = some_tokens(width=LENGTH + 2)
    with pytest.raises(ValueError, match="9 tokens for a Transformer of 8 places"):
        encoder(tokens, torch.full((4,), LENGTH + 2))
    with pytest.raises(ValueError, match="9 tokens"):
        all_logits(decoder, draw(4, D), tokens)


def test_every_parameter_is_reached(encoder, decoder):
    tokens, lengths = some_tokens(), torch.tensor([8, 8, 3, 5])
    all_logits(decoder, encoder(tokens, lengths), tokens).square().mean().backward()
    for network in (encoder, decoder):
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert name.endswith("key_value.bias") or parameter.grad.abs().sum() > 0, name
