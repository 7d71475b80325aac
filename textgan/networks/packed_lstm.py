"""An LSTM over sentences of unequal length, without padding, with all that does not recur computed once.

nn.LSTM multiplies the input weights with every place of a padded batch. Of a batch of sentences most words come
several times, and a code is the same at every place of its sentence: here the words' part of the gates is computed once
for each distinct word, the code's once for each sentence, and padding not at all. In float32 this takes half to three
quarters of the time, with the same numbers up to rounding. In bf16 products are rounded, gates and cells are not: a
decoder with a code takes 0.6 of the time of oneDNN's on AMD's processors, one without as long as it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from textgan.device import processor_has_amx, processor_is_fast_in_bf16


class Packing(NamedTuple):
    """Where the M real tokens of a batch go when they are put step by step, longest sentence first.

    Args:
        sizes: sentences that have a token at each step, (T,), not increasing.
        rows: the sentence that comes first, second, ..., (B,).
        tokens: place of each packed token in the (B, W) tokens of the batch, row by row, (M,).
        unpacked: packed place of each real token, row by row, first token first, (M,).
        last: packed place of the token of each sentence that is read last, in the batch's order, (B,).
    """

    sizes: list[int]
    rows: Tensor
    tokens: Tensor
    unpacked: Tensor
    last: Tensor

    @classmethod
    def of(cls, lengths: Tensor, width: int, reverse: bool = False) -> "Packing":
        """The packing of B sentences.

        Args:
            lengths: tokens of each, 1 or more, (B,), on the CPU.
            width: W.
            reverse: read each from its last token to its first.
        """
        counts = lengths.numpy()
        rows = np.argsort(-counts, kind="stable")
        longest = counts[rows]
        steps, ranks = np.nonzero(np.arange(longest[0])[:, None] < longest)
        owners = rows[ranks]
        places = longest[ranks] - 1 - steps if reverse else steps
        unpacked = np.empty_like(steps)
        unpacked[(counts.cumsum() - counts)[owners] + places] = np.arange(len(steps))
        sizes = np.bincount(steps)
        last = np.empty_like(rows)
        last[rows] = (sizes.cumsum() - sizes)[longest - 1] + np.arange(len(rows))
        arrays = (rows, owners * width + places, unpacked, last)
        return cls(sizes.tolist(), *(torch.from_numpy(a) for a in arrays))


def packs(device: torch.device) -> bool:
    """Whether an LSTM on this device is faster packed: on a CPU, unless it computes in bf16 with AMX, as oneDNN can."""
    return device.type == "cpu" and not (torch.is_autocast_enabled("cpu") and processor_has_amx())


def read(lstm: nn.LSTM, embedding: nn.Embedding, tokens: Tensor, packing: Packing, z: Tensor | None = None) -> Tensor:
    """States of a one-layer LSTM over the embedded words of sentences, and over a code that is the same at each place.

    Args:
        lstm: its inputs are [embedding; code].
        embedding: of words.
        tokens: ids, (B, W).
        packing: of the sentences.
        z: codes, (B, D); None where its inputs are words alone.

    Returns:
        States of the packed tokens, (M, H); bf16 under autocast where the processor is fast in it, else as the weights.
    """
    input_weight, state_weight, input_bias, state_bias = lstm.all_weights[0]
    width, bias = embedding.embedding_dim, input_bias + state_bias
    in_bf16 = torch.is_autocast_enabled("cpu") and processor_is_fast_in_bf16()
    with torch.autocast("cpu", torch.bfloat16, enabled=in_bf16):
        distinct, which = tokens.flatten().index_select(0, packing.tokens).unique(return_inverse=True)
        words = F.linear(embedding(distinct), input_weight[:, :width]).to(bias.dtype) + bias
        rows = None
        if z is not None and z.shape[1] > 0:
            rows = F.linear(z.index_select(0, packing.rows), input_weight[:, width:]).to(bias.dtype)
    with torch.autocast("cpu", enabled=False):
        return packed_lstm(words, which, rows, state_weight, packing.sizes, torch.bfloat16 if in_bf16 else bias.dtype)


def packed_lstm(
    words: Tensor,
    which: Tensor,
    rows: Tensor | None,
    state_weight: Tensor,
    sizes: Sequence[int],
    precision: torch.dtype,
) -> Tensor:
    """Hidden states of an LSTM from a zero state, gates in PyTorch's order (input, forget, cell, output).

    Args:
        words: the distinct words' part of the gates, biases included, (U, 4H).
        which: of them each packed token is, (M,).
        rows: the part of the gates that is one per sentence, longest first, (B, 4H); None: there is none.
        state_weight: from the previous state to the gates, (4H, H).
        sizes: sentences at each step, see `Packing`.
        precision: of the products from step to step, and of the result; gates and cells have that of `words`.

    Returns:
        States of the packed tokens, (M, H).
    """
    states: Tensor = _PackedLSTM.apply(words, which, rows, state_weight, sizes, precision)
    return states


class _PackedLSTM(torch.autograd.Function):
    """See `packed_lstm`."""

    @staticmethod
    def forward(
        ctx: Any,
        words: Tensor,
        which: Tensor,
        rows: Tensor | None,
        state_weight: Tensor,
        sizes: Sequence[int],
        precision: torch.dtype,
    ) -> Tensor:
        """Step by step; gates, cells and their tanh are kept for the way back."""
        h, weight = state_weight.shape[1], state_weight.to(precision)
        gates, transposed = words.index_select(0, which), weight.t()
        cells, squashed = (gates.new_empty(len(gates), h) for _ in range(2))
        states = gates.new_empty(len(gates), h, dtype=precision)
        for part, before, n in _steps(sizes):
            now = gates[part]
            if rows is not None:
                now += rows[:n]
            if before is not None:
                _add_product(now, states[before][:n], transposed)
            now[:, : 2 * h].sigmoid_()
            now[:, 2 * h : 3 * h].tanh_()
            now[:, 3 * h :].sigmoid_()
            i, f, g, o = now.chunk(4, dim=1)
            torch.mul(i, g, out=cells[part])
            if before is not None:
                cells[part].addcmul_(f, cells[before][:n])
            torch.tanh(cells[part], out=squashed[part])
            torch.mul(o, squashed[part], out=states[part])
        ctx.sizes, ctx.distinct, ctx.rows = sizes, len(words), None if rows is None else len(rows)
        ctx.save_for_backward(which, weight, gates, states, cells, squashed)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Through time; what needs no gradient from the future is computed for all steps at once."""
        which, weight, gates, states, cells, squashed = ctx.saved_tensors
        h, first = weight.shape[1], ctx.sizes[0]
        earlier = _earlier(ctx.sizes)
        i, f, g, o = gates.chunk(4, dim=1)
        of_cell = o * (1 - squashed.square())
        of_gates = torch.empty_like(gates)
        torch.mul(g, i * (1 - i), out=of_gates[:, :h])
        of_gates[:first, h : 2 * h] = 0  # there is no cell before the first step
        torch.mul(cells[earlier], (f * (1 - f))[first:], out=of_gates[first:, h : 2 * h])
        torch.mul(i, 1 - g.square(), out=of_gates[:, 2 * h : 3 * h])
        torch.mul(squashed, o * (1 - o), out=of_gates[:, 3 * h :])
        of_states = gradients[0].to(gates.dtype, copy=True)
        rounded = of_gates if weight.dtype == gates.dtype else torch.empty_like(of_gates, dtype=weight.dtype)
        carried = of_states.new_zeros(0, h)
        for part, before, n in reversed(_steps(ctx.sizes)):
            cell = of_states[part] * of_cell[part]
            cell[: len(carried)] += carried
            of_gates[part, : 3 * h].view(n, 3, h).mul_(cell[:, None])
            of_gates[part, 3 * h :].mul_(of_states[part])
            if rounded is not of_gates:
                rounded[part] = of_gates[part]
            if before is not None:
                _add_product(of_states[before][:n], rounded[part], weight)
            carried = cell.mul_(f[part])
        of_rows = None
        if ctx.rows is not None:
            of_rows = gates.new_zeros(ctx.rows, 4 * h)
            for part, _, n in _steps(ctx.sizes):
                of_rows[:n] += of_gates[part]
        of_words = gates.new_zeros(ctx.distinct, 4 * h).index_add_(0, which, of_gates)
        return of_words, None, of_rows, (rounded[first:].t() @ states[earlier]).to(gates.dtype), None, None


def _add_product(sums: Tensor, a: Tensor, b: Tensor) -> None:
    """Add a @ b, in place; float32 sums of a product in another precision too."""
    if a.dtype == sums.dtype:
        sums.addmm_(a, b)
    else:
        sums += a @ b


def _steps(sizes: Sequence[int]) -> list[tuple[slice, slice | None, int]]:
    """The packed places of each step, those of the step before it, and how many there are."""
    ends = np.cumsum(sizes).tolist()
    parts = [slice(end - n, end) for end, n in zip(ends, sizes, strict=True)]
    return list(zip(parts, [None, *parts[:-1]], sizes, strict=True))


def _earlier(sizes: Sequence[int]) -> Tensor:
    """Packed place of the token before each token that is not the first of its sentence, (M - sizes[0],)."""
    starts = np.cumsum([0, *sizes])
    places = [start + np.arange(n) for start, n in zip(starts, sizes[1:], strict=False)]
    return torch.from_numpy(np.concatenate([np.zeros(0, dtype=np.int64), *places]))
