"""The Transformer autoencoder for sentences: pre-norm blocks (Xiong et al. 2020), one code, a cache when it writes."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from textgan.device import moved
from textgan.networks.attention import Attention, TokenEmbedding, TransformerBlock, init_linear, linear
from textgan.networks.softmax import output_layer


class TransformerEncoder(nn.Module):
    """Reads a sentence into one code, pooled by a learned query over the states of the last block.

    Args:
        vocab_size: V.
        embedding_dim: E.
        hidden_dim: H.
        code_dim: D.
        layers: blocks.
        heads: of attention; H is a multiple.
        max_length: most words of a sentence.
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        hidden_dim: int,
        code_dim: int,
        layers: int,
        heads: int,
        max_length: int,
    ) -> None:
        super().__init__()
        self.words = TokenEmbedding(vocab_size, embedding_dim, hidden_dim, max_length + 1)
        self.blocks = nn.ModuleList(TransformerBlock(hidden_dim, heads, layers) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden_dim)
        self.query = nn.Parameter(torch.randn(1, 1, hidden_dim))
        self.pool = Attention(hidden_dim, heads, layers)
        self.to_code = nn.Linear(hidden_dim, code_dim)
        # Codes of random networks would be nearly equal: a scale that lets them differ from the first round on.
        for layer in (self.pool.key_value, self.pool.output, self.to_code):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Codes of sentences.

        Args:
            tokens: ids, (B, T).
            lengths: tokens read in each row, (B,), on the CPU.

        Returns:
            (B, D).
        """
        tokens = tokens[:, : int(lengths.max())]  # padding that no row needs
        real = torch.arange(tokens.shape[1], device=tokens.device) < moved(lengths, tokens.device)[:, None]
        mask = real[:, None, None, :]
        x = self.words(tokens)
        for block in self.blocks:
            x = block(x, mask)
        keys, values = self.pool.keys_and_values(self.norm(x))
        z: Tensor = self.to_code(self.pool(self.query.expand(len(tokens), -1, -1), keys, values, mask).squeeze(1))
        return z


class TransformerDecoder(nn.Module):
    """Writes a sentence from a code z: causal blocks, before each of which a linear map of z is added at every place.

    One code is one key: attention over it could only copy it everywhere. So it is added, and anew before each block, so
    that no block has to carry it on. With D = 0 this is a language model.

    Args:
        vocab_size: V.
        embedding_dim: E.
        hidden_dim: H.
        code_dim: D.
        layers: blocks.
        heads: of attention; H is a multiple.
        max_length: most words of a sentence.
        cutoffs: of an adaptive softmax; none: a full one.
    """

    def __init__(
        self,
        vocab_size: int,
        embedding_dim: int,
        hidden_dim: int,
        code_dim: int,
        layers: int,
        heads: int,
        max_length: int,
        cutoffs: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.words = TokenEmbedding(vocab_size, embedding_dim, hidden_dim, max_length + 1)
        self.blocks = nn.ModuleList(TransformerBlock(hidden_dim, heads, layers) for _ in range(layers))
        of_code = linear(code_dim, layers * hidden_dim, 1 / math.sqrt(code_dim), bias=False) if code_dim else None
        self.code, self.norm = of_code, nn.LayerNorm(hidden_dim)
        self.output = output_layer(hidden_dim, vocab_size, cutoffs)
        for layer in self.output.modules():
            if isinstance(layer, nn.Linear):
                init_linear(layer)

    def codes(self, z: Tensor) -> list[Tensor]:
        """What is added before each block, (B, 1, H) each."""
        if self.code is None:
            return [z.new_zeros(len(z), 1, self.norm.normalized_shape[0])] * len(self.blocks)
        return list(self.code(z)[:, None].chunk(len(self.blocks), dim=2))

    def forward(self, z: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """Next-token logits at `places`, where there is a next token.

        Args:
            z: codes, (B, D).
            tokens: ids read, (B, T).
            places: the M positions wanted, in a flat (B, T), (M,).

        Returns:
            Unnormalized log-probabilities, (M, V), row by row.
        """
        logits: Tensor = self.output(self.states(z, tokens, places))
        return logits

    def states(self, z: Tensor, tokens: Tensor, places: Tensor) -> Tensor:
        """What the logits are made of, (M, H)."""
        x = self.words(tokens)
        for block, code in zip(self.blocks, self.codes(z), strict=True):
            x = block(x + code, causal=True)
        return self.norm(x.flatten(0, 1).index_select(0, places))

    def stepper(self, sentences: int) -> "TransformerStepper":
        """The decoder made ready to write about so many sentences token by token."""
        return TransformerStepper(self)


class TransformerStepper:
    """One token at a time; what a place has computed stays in a cache.

    Its state is, a tensor each, what the code adds before the blocks, and keys and values of every block so far.

    Args:
        decoder: the decoder to run.
    """

    def __init__(self, decoder: TransformerDecoder) -> None:
        self.decoder = decoder

    def start(self, z: Tensor) -> tuple[Tensor, ...]:
        """State before the first token."""
        blocks = [block.attention for block in self.decoder.blocks if isinstance(block, TransformerBlock)]
        empty = [z.new_zeros(len(z), a.heads, 0, a.query.out_features // a.heads) for a in blocks for _ in range(2)]
        return torch.cat(self.decoder.codes(z), dim=1), *empty

    def step(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read one token a row, (B,); return logits (B, V) and the next state."""
        h, state = self._read(state, tokens)
        return self.decoder.output(h), state

    def likeliest(
        self, state: tuple[Tensor, ...], tokens: Tensor, banned: Sequence[int]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read one token a row, (B,); return the likeliest next one that is not banned, (B,), and the next state."""
        h, state = self._read(state, tokens)
        return self.decoder.output.likeliest(h, banned), state

    def _read(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        codes, *cache = state
        x = self.decoder.words(tokens[:, None], first=cache[0].shape[2])
        grown: list[Tensor] = []
        for number, block in enumerate(self.decoder.blocks):
            assert isinstance(block, TransformerBlock)
            x = x + codes[:, number : number + 1]
            normed = block.attention_norm(x)
            new = block.attention.keys_and_values(normed)
            grown += [torch.cat(pair, dim=2) for pair in zip(cache[2 * number : 2 * number + 2], new, strict=True)]
            x = block.finish(x, block.attention(normed, *grown[-2:]))
        return self.decoder.norm(x[:, 0]), (codes, *grown)
