"""Layers of a Transformer: attention, blocks, embeddings of words and places."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

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
        self.query, self.key_value = linear(dim, dim), linear(dim, 2 * dim)
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


class TransformerBlock(nn.Module):
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
        self.mlp = nn.Sequential(linear(dim, 4 * dim), nn.GELU(), _residual(4 * dim, dim, layers))

    def forward(self, x: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
        """States (B, T, H) -> (B, T, H); see `Attention.forward`."""
        seen = self.attention_norm(x)
        return self.finish(x, self.attention(seen, *self.attention.keys_and_values(seen), mask, causal))

    def finish(self, x: Tensor, found: Tensor) -> Tensor:
        """The block's end, from what attention found."""
        x = x + found
        out: Tensor = x + self.mlp(self.mlp_norm(x))
        return out


class TokenEmbedding(nn.Module):
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
        self.project = nn.Identity() if embedding_dim == dim else linear(embedding_dim, dim)

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


def _backends(x: Tensor) -> list[SDPBackend]:
    """The kernels that may compute attention.

    On a CPU the fused one takes five times as long as plain products where there is a gradient, bf16 and a dozen words.
    """
    plain = x.device.type == "cpu" and torch.is_grad_enabled()
    return [SDPBackend.MATH] if plain else list(_ALL)


def linear(in_dim: int, out_dim: int, std: float = _STD, bias: bool = True) -> nn.Linear:
    """A linear layer with weights as in GPT-2 (Radford et al. 2019)."""
    return init_linear(nn.Linear(in_dim, out_dim, bias), std)


def init_linear(layer: nn.Linear, std: float = _STD) -> nn.Linear:
    """The layer with weights from N(0, std^2) and bias 0."""
    nn.init.normal_(layer.weight, 0, std)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _residual(in_dim: int, out_dim: int, layers: int) -> nn.Linear:
    """One whose output is added to the stream: smaller weights, the more there are of it."""
    return linear(in_dim, out_dim, _STD / math.sqrt(2 * layers))


def _embedding(size: int, dim: int) -> nn.Embedding:
    table = nn.Embedding(size, dim)
    nn.init.normal_(table.weight, 0, _STD)
    return table
