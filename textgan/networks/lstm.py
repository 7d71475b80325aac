"""The LSTM autoencoder for sentences (Zhao et al. 2018, section 5): the decoder has the code as input at every step."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from textgan.device import moved
from textgan.networks.packed_lstm import Packing, packs, read
from textgan.networks.softmax import output_layer


class LSTMEncoder(nn.Module):
    """Reads a sentence into the last hidden state of a one-layer LSTM, or a linear map of it.

    Args:
        vocab_size: V.
        embedding_dim: E.
        hidden_dim: H.
        code_dim: D, size of the linear map; none: the state itself.
        reverse: read from the last token to the first, so that the state is freshest where the decoder begins
            (Sutskever et al. 2014).
    """

    def __init__(
        self, vocab_size: int, embedding_dim: int, hidden_dim: int, code_dim: int | None = None, reverse: bool = False
    ) -> None:
        super().__init__()
        self.reverse = reverse
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.to_code = nn.Identity() if code_dim is None else nn.Linear(hidden_dim, code_dim)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The state after the last token that is read.

        Args:
            tokens: ids, (B, T).
            lengths: tokens read in each row, (B,), on the CPU.

        Returns:
            (B, D).
        """
        if packs(tokens.device):
            packing = Packing.of(lengths, tokens.shape[1], self.reverse)
            last = read(self.lstm, self.embedding, tokens, packing).index_select(0, packing.last)
            packed: Tensor = self.to_code(last)
            return packed
        lengths = moved(lengths, tokens.device)
        if self.reverse:
            backwards = lengths[:, None] - 1 - torch.arange(tokens.shape[1], device=tokens.device)
            tokens = tokens.gather(1, backwards.clamp_min(0))
        states, _ = self.lstm(self.embedding(tokens))
        z: Tensor = self.to_code(states[torch.arange(len(tokens), device=tokens.device), lengths - 1])
        return z


class LSTMDecoder(nn.Module):
    """Writes a sentence from a code z: h_t = LSTM([embedding(w_{t-1}); z], h_{t-1}), logits = W h_t + b, h_0 = 0.

    Args:
        vocab_size: V.
        embedding_dim: E.
        hidden_dim: H.
        code_dim: D.
        cutoffs: of an adaptive softmax; none: a full one.
    """

    def __init__(
        self, vocab_size: int, embedding_dim: int, hidden_dim: int, code_dim: int, cutoffs: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.lstm = nn.LSTM(embedding_dim + code_dim, hidden_dim, batch_first=True)
        self.output = output_layer(hidden_dim, vocab_size, cutoffs)

    def forward(self, z: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """Next-token logits at `places`, where there is a next token.

        Projecting only real positions saves the V-wide product over padding, the largest of the whole model.

        Args:
            z: codes, (B, D).
            tokens: ids read, (B, T).
            places: the M positions wanted, in a flat (B, T), (M,): of each row the first ones, at least one.

        Returns:
            Unnormalized log-probabilities, (M, V), row by row.
        """
        logits: Tensor = self.output(self.states(z, tokens, places))
        return logits

    def states(self, z: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """The hidden states of which `forward` makes logits, (M, H)."""
        if packs(tokens.device):
            lengths = torch.bincount(places // tokens.shape[1], minlength=len(tokens))
            packing = Packing.of(lengths, tokens.shape[1])
            return read(self.lstm, self.embedding, tokens, packing, z).index_select(0, packing.unpacked)
        embedded = self.embedding(tokens)
        code = z.to(embedded.dtype)[:, None].expand(-1, tokens.shape[1], -1)
        states, _ = self.lstm(torch.cat([embedded, code], dim=2))
        return states.flatten(0, 1).index_select(0, places)

    def stepper(self, sentences: int) -> "LSTMStepper":
        """The decoder made ready to write about so many sentences token by token."""
        return LSTMStepper(self, sentences)


class LSTMStepper:
    """One token at a time, with what does not change computed once: the code's and the words' part of the gates.

    Args:
        decoder: the decoder to run.
        sentences: number that will be written; with many, the words' part is tabulated for the whole vocabulary.
    """

    def __init__(self, decoder: LSTMDecoder, sentences: int) -> None:
        width = decoder.embedding.embedding_dim
        self.output = decoder.output
        self.embedding = decoder.embedding.weight
        input_weight, state_weight, input_bias, state_bias = decoder.lstm.all_weights[0]
        self.word_weight, self.code_weight = input_weight[:, :width].t(), input_weight[:, width:].t()
        self.state_weight = state_weight.t()
        self.bias = input_bias + state_bias
        self.table = self.embedding @ self.word_weight if 8 * sentences > len(self.embedding) else None

    def start(self, z: Tensor) -> tuple[Tensor, ...]:
        """State before the first token: (code's part of the gates (B, 4H), h (B, H), c (B, H))."""
        code_gates = torch.addmm(self.bias, z, self.code_weight)
        zeros = z.new_zeros(len(z), self.state_weight.shape[0])
        return code_gates, zeros, zeros

    def step(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read one token a row, (B,); return logits (B, V) and the next state."""
        h, state = self._read(state, tokens)
        return self.output(h), state

    def likeliest(
        self, state: tuple[Tensor, ...], tokens: Tensor, banned: Sequence[int]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read one token a row, (B,); return the likeliest next one that is not banned, (B,), and the next state."""
        h, state = self._read(state, tokens)
        return self.output.likeliest(h, banned), state

    def _read(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        code_gates, h, c = state
        words = self.table[tokens] if self.table is not None else self.embedding[tokens] @ self.word_weight
        gates = torch.addmm(code_gates + words, h, self.state_weight)
        i, f, g, o = gates.chunk(4, dim=1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return h, (code_gates, h, c)
