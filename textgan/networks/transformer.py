"""The Transformer autoencoder for sentences: pre-norm blocks (Xiong et al. 2020), one code, a cache when it writes."""

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from textgan.device import moved
from textgan.networks.softmax import output_layer

_STD = 0.02  # of initial weights, as in GPT-2
_ALL = (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.CUDNN_ATTENTION, SDPBackend.MATH)


class Attention(nn.Module):
    """Multi-head attention of queries over states (Vaswani et al. 2017).

    Args:
        dim: H, shared by the heads.
        heads: how many.
        layers: blocks of the stack, for the size of initial weights.
    """

    def __init__(self, dim: int, heads: int, layers: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key_value = _linear(dim, dim), _linear(dim, 2 * dim)
        self.output = _residual(dim, dim, layers)

    def keys_and_values(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Of states (B, T, H): (B, heads, T, H / heads) each."""
        keys, values = self.key_value(states).chunk(2, dim=2)
        return self._split(keys), self._split(values)

    def forward(
        self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        """What queries (B, Q, H) find, (B, Q, H).

        Args:
            queries: who asks.
            keys: of `keys_and_values`.
            values: of `keys_and_values`.
            mask: true at states that may be seen, (B, 1, 1, T); None: all.
            causal: a query sees the states up to its own place.
        """
        asked = self._split(self.query(queries))
        with sdpa_kernel(_backends(asked)):
            found = F.scaled_dot_product_attention(asked, keys, values, attn_mask=mask, is_causal=causal)
        out: Tensor = self.output(found.transpose(1, 2).flatten(2))
        return out

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    """x + attention(norm(x)), then x + MLP(norm(x)).

    Args:
        dim: H.
        heads: of the attention.
        layers: blocks of the stack, for the size of initial weights.
    """

    def __init__(self, dim: int, heads: int, layers: int) -> None:
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = Attention(dim, heads, layers)
        self.mlp = nn.Sequential(_linear(dim, 4 * dim), nn.GELU(), _residual(4 * dim, dim, layers))

    def forward(self, x: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """States (B, T, H) -> (B, T, H); see `Attention.forward`."""
        seen = self.attention_norm(x)
        return self.finish(x, self.attention(seen, *self.attention.keys_and_values(seen), mask, causal))

    def finish(self, x: Tensor, found: Tensor) -> Tensor:
        """The block's end, from what attention found."""
        x = x + found
        out: Tensor = x + self.mlp(self.mlp_norm(x))
        return out


class Words(nn.Module):
    """Embeddings of words and of their places, summed.

    Places are learned: sentences are short, and none is longer than those of the training.

    Args:
        vocab_size: V.
        embedding_dim: E; projected to H where it differs.
        dim: H.
        places: longest input.
    """

    def __init__(self, vocab_size: int, embedding_dim: int, dim: int, places: int) -> None:
        super().__init__()
        self.embedding, self.place = _embedding(vocab_size, embedding_dim), _embedding(places, dim)
        self.project = nn.Identity() if embedding_dim == dim else _linear(embedding_dim, dim)

    def forward(self, tokens: Tensor, first: int = 0) -> Tensor:
        """States of ids (B, T), of which the first stands at place `first`: (B, T, H).

        Raises:
            ValueError: more tokens than there are places.
        """
        end = first + tokens.shape[1]
        if end > self.place.num_embeddings:
            raise ValueError(
                f"{end} tokens for a Transformer of {self.place.num_embeddings} places; "
                "expected sentences of at most max_length words: cut them"
            )
        x: Tensor = self.project(self.embedding(tokens)) + self.place.weight[first:end]
        return x


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
        self.words = Words(vocab_size, embedding_dim, hidden_dim, max_length + 1)
        self.blocks = nn.ModuleList(Block(hidden_dim, heads, layers) for _ in range(layers))
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
        self.words = Words(vocab_size, embedding_dim, hidden_dim, max_length + 1)
        self.blocks = nn.ModuleList(Block(hidden_dim, heads, layers) for _ in range(layers))
        of_code = _linear(code_dim, layers * hidden_dim, 1 / math.sqrt(code_dim), bias=False) if code_dim else None
        self.code, self.norm = of_code, nn.LayerNorm(hidden_dim)
        self.output = output_layer(hidden_dim, vocab_size, cutoffs)
        for layer in self.output.modules():
            if isinstance(layer, nn.Linear):
                _draw(layer)

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

    def stepper(self, rows: int) -> "TransformerStepper":
        """The decoder made ready to write about `rows` sentences token by token."""
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
        blocks = [block.attention for block in self.decoder.blocks if isinstance(block, Block)]
        empty = [z.new_zeros(len(z), a.heads, 0, a.query.out_features // a.heads) for a in blocks for _ in range(2)]
        return torch.cat(self.decoder.codes(z), dim=1), *empty

    def step(self, state: tuple[Tensor, ...], tokens: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Read one token a row, (B,); return logits (B, V) and the next state."""
        codes, *cache = state
        x = self.decoder.words(tokens[:, None], first=cache[0].shape[2])
        grown: list[Tensor] = []
        for number, block in enumerate(self.decoder.blocks):
            assert isinstance(block, Block)
            x = x + codes[:, number : number + 1]
            seen = block.attention_norm(x)
            new = block.attention.keys_and_values(seen)
            grown += [torch.cat(pair, dim=2) for pair in zip(cache[2 * number : 2 * number + 2], new, strict=True)]
            x = block.finish(x, block.attention(seen, *grown[-2:]))
        logits: Tensor = self.decoder.output(self.decoder.norm(x[:, 0]))
        return logits, (codes, *grown)


def _backends(x: Tensor) -> list[SDPBackend]:
    """The kernels that may compute attention.

    On a CPU the fused one takes five times as long as plain products where there is a gradient, bf16 and a dozen words.
    """
    plain = x.device.type == "cpu" and torch.is_grad_enabled()
    return [SDPBackend.MATH] if plain else list(_ALL)


def _linear(in_dim: int, out_dim: int, std: float = _STD, bias: bool = True) -> nn.Linear:
    """A linear layer with weights as in GPT-2 (Radford et al. 2019)."""
    return _draw(nn.Linear(in_dim, out_dim, bias), std)


def _draw(layer: nn.Linear, std: float = _STD) -> nn.Linear:
    nn.init.normal_(layer.weight, 0, std)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _residual(in_dim: int, out_dim: int, layers: int) -> nn.Linear:
    """One whose output is added to the stream: smaller weights, the more there are of it."""
    return _linear(in_dim, out_dim, _STD / math.sqrt(2 * layers))


def _embedding(size: int, dim: int) -> nn.Embedding:
    table = nn.Embedding(size, dim)
    nn.init.normal_(table.weight, 0, _STD)
    return table
