"""Classifiers of codes, of bags of words, and of several of these together."""

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
        pairs: whether labels are of pairs (u, v), given as [u; v; |u - v|; u * v] (Conneau et al. 2017).
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
            drop: dropout, applied to the input of each layer.
        """
        x = F.layer_norm(z, z.shape[1:])
        if self.pairs:
            u, v = x.chunk(2)
            x = torch.cat([u, v, (u - v).abs(), u * v], dim=1)
        for layer in self.layers:
            x = layer(drop(x))
        return x


class SeveralHeads(nn.Module):
    """Logits of the labels of sentences, or of pairs of them, by several heads: on codes, and on bags of words.

    Of a bag of words a head has the standardized sum of vectors of the words, through a linear layer (of pairs through
    hidden ones too). It learns from few labels; a code needs more, and then says what a bag of words cannot. A second
    such head starts from vectors in which frequent words are as large as others: what, who and how decide of questions,
    and say little elsewhere.

    Args:
        code_dim: D; 0: no head on codes.
        word_dim: size of the vectors of words; 0: no head on words.
        vocab_size: V.
        hidden_dims: sizes of the hidden layers.
        classes: K.
        pairs: as of `Classifier`.
        word_views: heads on words, 1 or 2.
    """

    shares: Tensor
    """Of the classes among the examples with labels, (K,)."""

    def __init__(
        self,
        code_dim: int,
        word_dim: int,
        vocab_size: int,
        hidden_dims: Sequence[int],
        classes: int,
        pairs: bool,
        word_views: int = 1,
    ) -> None:
        super().__init__()
        self.word_dim, self.word_views = word_dim, word_views if word_dim else 0
        self.register_buffer("shares", torch.full((classes,), 1 / classes))
        layers = hidden_dims if pairs else ()
        if code_dim:
            self.code_classifier = Classifier(code_dim, hidden_dims, classes, pairs)
        if self.word_views:
            self.word_vectors = nn.EmbeddingBag(vocab_size, word_dim, mode="sum")
            self.word_classifier = Classifier(word_dim, layers, classes, pairs)
        if self.word_views > 1:
            self.common_vectors = nn.EmbeddingBag(vocab_size, word_dim, mode="sum")
            self.common_classifier = Classifier(word_dim, layers, classes, pairs)

    def init_from_data(self, vectors: Tensor | None, shares: Tensor, common: Tensor | None = None) -> None:
        """Start from these vectors of words, of norm 1 or less, (V, word_dim), and shares of classes, (K,).

        The vectors are scaled to entries of up to about 1. Sums of them are standardized anyway; so Adam, whose steps
        are of one size, changes them less, and the few words that have labels stay near those that have none.

        Args:
            vectors: of the first head on words; none: as they are.
            shares: of the classes.
            common: of the second head on words.
        """
        self.shares.copy_(shares)
        if vectors is not None:
            self.word_vectors.load_state_dict({"weight": math.sqrt(self.word_dim) * vectors})
        if common is not None:
            self.common_vectors.load_state_dict({"weight": math.sqrt(self.word_dim) * common})

    def aligned(self, probabilities: Tensor) -> Tensor:
        """Probabilities (B, K) weighted so that over the batch of all ranks the classes have about their shares.

        Distribution alignment: Berthelot et al. 2020 (arXiv 1911.09785), section 3.1, over the batch in place of a
        moving average.
        """
        weighted = probabilities * (self.shares / mean(probabilities.mean(0)).clamp_min(1e-6))
        return weighted / weighted.sum(1, keepdim=True)

    def forward(self, z: Tensor | None, tokens: Tensor, mask: Tensor, drop: Callable[[Tensor], Tensor]) -> Tensor:
        """Logits in float32, (heads, B, K).

        Args:
            z: codes, as of `Classifier`; none without a head on codes.
            tokens: the words that they are of, (B, T), of pairs (2 B, T).
            mask: which of them count, of that shape.
            drop: dropout, applied to the input of each layer.
        """
        logits = [] if z is None else [self.code_classifier(z, drop)]
        if self.word_views:
            weights = mask.to(self.word_vectors.weight.dtype)
            logits.append(self.word_classifier(self.word_vectors(tokens, per_sample_weights=weights), drop))
            if self.word_views > 1:
                logits.append(self.common_classifier(self.common_vectors(tokens, per_sample_weights=weights), drop))
        return torch.stack([part.float() for part in logits])


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
