"""A classifier of bags of words (Joulin et al. 2017, fastText, arXiv 1607.01759), without n-grams."""

import torch
from torch import Tensor, nn


class BagOfWords(nn.Module):
    """Logits of classes: a linear map of the mean embedding of the words.

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
