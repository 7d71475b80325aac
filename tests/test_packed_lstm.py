"""The packed LSTM against PyTorch's, and what it is chosen for."""

import pytest
import torch
from torch import Tensor, nn

from textgan.networks import packed_lstm
from textgan.networks.lstm import LSTMDecoder, LSTMEncoder
from textgan.networks.packed_lstm import Packing, packs

LENGTHS = torch.tensor([3, 9, 1, 5, 9])
TOKENS = torch.randint(0, 30, (5, 11), generator=torch.Generator().manual_seed(1))
PLACES = torch.tensor([11 * row + t for row, n in enumerate(LENGTHS.tolist()) for t in range(n)])


def with_gradients(network: nn.Module, out: Tensor, *inputs: Tensor) -> list[Tensor]:
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    return [out, *torch.autograd.grad((out * weights).sum(), [*network.parameters(), *inputs], allow_unused=True)]


@pytest.fixture(params=[True, False], ids=["packed", "padded"])
def both(request, monkeypatch):
    """Runs a function with PyTorch's LSTM and with ours, in either order."""

    def run(function):
        results = []
        for packed in (request.param, not request.param):
            for name in ("textgan.networks.lstm.packs", "textgan.networks.packed_lstm.packs"):
                monkeypatch.setattr(name, lambda device, packed=packed: packed)
            results.append(function())
        return zip(*results, strict=True)

    return run


@pytest.mark.parametrize("reverse", [False, True])
def test_codes_and_gradients_are_those_of_the_padded_lstm(both, reverse):
    torch.manual_seed(0)
    encoder = LSTMEncoder(30, 6, 7, code_dim=4, reverse=reverse).double()
    for ours, theirs in both(lambda: with_gradients(encoder, encoder(TOKENS, LENGTHS))):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("code_dim", [0, 4])
def test_states_and_gradients_are_those_of_the_padded_lstm(both, code_dim):
    torch.manual_seed(0)
    decoder = LSTMDecoder(30, 6, 7, code_dim).double()
    del decoder.output
    z = torch.randn(5, code_dim, dtype=torch.double, requires_grad=code_dim > 0)
    wanted = [z] if code_dim else []
    for ours, theirs in both(lambda: with_gradients(decoder, decoder.states(z, TOKENS, PLACES), *wanted)):
        torch.testing.assert_close(ours, theirs)


def test_a_packing_holds_every_real_token_once_and_nothing_else():
    for reverse in (False, True):
        packing = Packing.of(LENGTHS, 11, reverse)
        assert sorted(packing.tokens.tolist()) == PLACES.tolist()
        assert packing.sizes == [5, 4, 4, 3, 3, 2, 2, 2, 2]
        firsts = packing.tokens[:5] % 11
        assert firsts.tolist() == [n - 1 if reverse else 0 for n in sorted(LENGTHS.tolist(), reverse=True)]
        assert (packing.tokens[packing.last] // 11).tolist() == [0, 1, 2, 3, 4]
    assert packing.tokens[packing.last].tolist() == [0, 11, 22, 33, 44]  # read backwards, the first word comes last


def test_the_order_of_the_states_is_that_of_the_sentences():
    packing = Packing.of(LENGTHS, 11)
    assert torch.equal(packing.tokens[packing.unpacked], PLACES)


def processor(monkeypatch, fast_in_bf16: bool, amx: bool) -> None:
    monkeypatch.setattr(packed_lstm, "processor_is_fast_in_bf16", lambda: fast_in_bf16)
    monkeypatch.setattr(packed_lstm, "processor_has_amx", lambda: amx)


def test_bf16_reads_sentences_in_float32_where_the_processor_is_slow_in_bf16(monkeypatch):
    processor(monkeypatch, fast_in_bf16=False, amx=False)
    encoder = LSTMEncoder(30, 6, 7)
    exact = encoder(TOKENS, LENGTHS)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(encoder(TOKENS, LENGTHS), exact)


@pytest.mark.parametrize("code_dim", [0, 4])
def test_in_bf16_states_and_gradients_are_within_rounding_of_exact_ones(monkeypatch, code_dim):
    processor(monkeypatch, fast_in_bf16=True, amx=False)
    torch.manual_seed(0)
    decoder = LSTMDecoder(30, 32, 48, code_dim)
    del decoder.output
    z = torch.randn(5, code_dim, requires_grad=code_dim > 0)
    wanted = [z] if code_dim else []
    exact = with_gradients(decoder, decoder.states(z, TOKENS, PLACES), *wanted)
    with torch.autocast("cpu", torch.bfloat16):
        states = decoder.states(z, TOKENS, PLACES)
    assert states.dtype == torch.bfloat16
    for rounded, number in zip(with_gradients(decoder, states.float(), *wanted), exact, strict=True):
        assert rounded.dtype == torch.float32
        assert (rounded - number).norm() < 0.01 * number.norm()


def test_the_padded_lstm_is_left_to_processors_with_amx_and_to_other_devices(monkeypatch):
    for amx in (False, True):
        processor(monkeypatch, fast_in_bf16=True, amx=amx)
        assert packs(torch.device("cpu"))
        assert not packs(torch.device("meta"))
        with torch.autocast("cpu", torch.bfloat16):
            assert packs(torch.device("cpu")) is not amx
