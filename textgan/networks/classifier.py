"""Classifiers of codes, of bags of words, and of both together."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.distributed import mean
from textgan.networks.mlp import HiddenLayer


class Classifier(nn.Module):
    """Logits of the labels of codes, or of pairs of them: hidden layers with ReLU, then a linear layer.

    Args:
        code_dim: D.
        hidden_dims: sizes of the hidden layers.
        classes: K.
        pairs: whether labels are of pairs (u, v), seen as [u; v; |u - v|; u * v] (Conneau et al. 2017).
    """

    def __init__(self, code_dim: int, hidden_dims: Sequence[int], classes: int, pairs: bool = False) -> None:
        super().__init__()
        self.pairs = pairs
        dims = [code_dim * 4 if pairs else code_dim, *hidden_dims]
        self.layers = nn.ModuleList([*(HiddenLayer(i, o) for i, o in pairwise(dims)), nn.Linear(dims[-1], classes)])

    def forward(self, z: Tensor, drop: Callable[[Tensor], Tensor]) -> Tensor:
        """Logits (B, K).

        Args:
            z: codes, (B, D); of pairs first all u, then all v, (2 B, D). Each is standardized over its dimensions.
            drop: dropout, applied to what each layer sees.
        """
        x = F.layer_norm(z, z.shape[1:])
        if self.pairs:
            u, v = x.chunk(2)
            x = torch.cat([u, v, (u - v).abs(), u * v], dim=1)
        for layer in self.layers:
            x = layer(drop(x))
        return x


class TwoHeadClassifier(nn.Module):
    """Logits of the labels of sentences, or of pairs of them, seen in two ways: by their codes, and by their words.

    The second view is the standardized sum of vectors of the words, through a linear layer (of pairs through hidden
    ones too). It learns from few labels what a code tells after many only, and a code tells what a bag of words cannot.

    Args:
        code_dim: D.
        word_dim: size of the vectors of words; 0: codes alone.
        vocab_size: V.
        hidden_dims: sizes of the hidden layers.
        classes: K.
        pairs: as of `Classifier`.
    """

    shares: Tensor
    """Of the classes among the examples with labels, (K,)."""

    def __init__(
        self, code_dim: int, word_dim: int, vocab_size: int, hidden_dims: Sequence[int], classes: int, pairs: bool
    ) -> None:
        super().__init__()
        self.word_dim = word_dim
        self.code_classifier = Classifier(code_dim, hidden_dims, classes, pairs)
        self.register_buffer("shares", torch.full((classes,), 1 / classes))
        if word_dim:
            self.word_vectors = nn.EmbeddingBag(vocab_size, word_dim, mode="sum")
            self.word_classifier = Classifier(word_dim, hidden_dims if pairs else (), classes, pairs)

    def init_from_data(self, vectors: Tensor | None, shares: Tensor) -> None:
        """Start from vectors of words of norm 1 or less, (V, word_dim), or from one's own; and shares of classes (K,).

        The vectors are scaled to entries of up to about 1. Sums of them are standardized anyway; so Adam, whose steps
        are of one size, moves them less, and the few words that have labels stay near those that have none.
        """
        self.shares.copy_(shares)
        if vectors is not None:
            self.word_vectors.load_state_dict({"weight": math.sqrt(self.word_dim) * vectors})

    def aligned(self, probabilities: Tensor) -> Tensor:
        """Probabilities (B, K) weighted so that over the batch of all ranks the classes have about their shares.

        Distribution alignment: Berthelot et al. 2020 (arXiv 1911.09785), section 3.1, over the batch in place of a
        moving average.
        """
        weighted = probabilities * (self.shares / mean(probabilities.mean(0)).clamp_min(1e-6))
        return weighted / weighted.sum(1, keepdim=True)

    def forward(self, z: Tensor, tokens: Tensor, mask: Tensor, drop: Callable[[Tensor], Tensor]) -> Tensor:
        """Logits in float32, (views, B, K).

        Args:
            z: codes, as of `Classifier`.
            tokens: the words that they are of, (B, T), of pairs (2 B, T).
            mask: which of them count, of that shape.
            drop: dropout, applied to what each layer sees.
        """
        views = [self.code_classifier(z, drop)]
        if self.word_dim:
            weights = mask.to(self.word_vectors.weight.dtype)
            views.append(self.word_classifier(self.word_vectors(tokens, per_sample_weights=weights), drop))
        return torch.stack([view.float() for view in views])


class BagOfWords(nn.Module):
    """Logits of classes: a linear map of the mean embedding of the words (Joulin et al. 2017, arXiv 1607.01759).

    fastText's classifier without n-grams.

    Args:
        vocab_size: V.
        embedding_dim: E.
        classes: K.
    """

    def __init__(self, vocab_size: int, embedding_dim: int, classes: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.output = nn.Linear(embedding_dim, classes)
        nn.init.uniform_(self.embedding.weight, -1 / embedding_dim, 1 / embedding_dim)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """Logits (B, K) of tokens (B, T), of which `mask` (B, T) says which count."""
        weights = mask.to(self.embedding.weight.dtype)
        mean = torch.einsum("bte,bt->be", self.embedding(tokens), weights) / weights.sum(1, keepdim=True)
        logits: Tensor = self.output(mean)
        return logits.float()
