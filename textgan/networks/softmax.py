"""From hidden states to words: the output layers of decoders."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.errors import UserError
from textgan.losses import IGNORED, projected_nll, widened

FIRST_CUTOFF, GROWTH = 1000, 4
NARROWEST = 16


class Softmax(nn.Linear):
    """One logit for each word: W h + b."""

    def nll(self, states: Tensor, targets: Tensor, token_count: float) -> Tensor:
        """See `textgan.losses.projected_nll`."""
        return projected_nll(states, self, targets, token_count)

    def nlls(self, states: Tensor, targets: Tensor) -> Tensor:
        """-log p of targets (M,) after states (M, H): nats, (M,)."""
        return F.cross_entropy(widened(self(states)), targets, reduction="none")

    def likeliest(self, states: Tensor, banned: Sequence[int]) -> Tensor:
        """The likeliest word after each of the states (M, H), of those that are not banned: (M,)."""
        return self(states).index_fill(1, torch.tensor(banned, device=states.device), -torch.inf).argmax(dim=1)


class AdaptiveSoftmax(nn.Module):
    """Words in clusters by their frequency, rare ones behind one logit a cluster (Grave et al. 2017, arXiv 1609.04309).

        p(w) = softmax(head h)_w                               of the frequent words,
        p(w) = softmax(head h)_cluster * softmax(tail W h)_w   of the others,

    where each next cluster's W maps to a quarter of the dimensions. Exactly normalized, so its log-probabilities serve
    as logits wherever those of `Softmax` do. A sentence of captions takes a fifth of the time of a full softmax.

    Unlike `nn.AdaptiveLogSoftmaxWithLoss` it has a bias for every word, never holds all logits, gives every cluster a
    gradient in every batch (as many processes need), and on devices other than the CPU it sorts no words: it computes
    all clusters for all words, so that nothing waits for the device.

    Args:
        hidden_dim: H.
        vocab_size: V; word ids in order of frequency.
        cutoffs: the first id of each cluster, rising, more than 0 and less than V.
    """

    def __init__(self, hidden_dim: int, vocab_size: int, cutoffs: Sequence[int]) -> None:
        super().__init__()
        if not all(a < b for a, b in pairwise((0, *cutoffs, vocab_size))):
            raise UserError(
                f"softmax cutoffs are {[*cutoffs]}; expected rising numbers below {vocab_size}, the vocabulary"
            )
        self.edges = (0, *cutoffs, vocab_size)
        self.head = nn.Linear(hidden_dim, cutoffs[0] + len(cutoffs))
        maps, tails = list[nn.Linear](), list[nn.Linear]()
        for number, (first, end) in enumerate(pairwise(self.edges[1:]), 1):
            width = max(min(NARROWEST, hidden_dim), hidden_dim // GROWTH**number)
            maps.append(nn.Linear(hidden_dim, width, bias=False))
            tails.append(nn.Linear(width, end - first))
        self.maps, self.tails = nn.ModuleList(maps), nn.ModuleList(tails)

    def forward(self, states: Tensor) -> Tensor:
        """Log-probabilities of all words after states (M, H): (M, V)."""
        head = F.log_softmax(widened(self.head(states)), dim=1)
        parts, of_clusters = [head[:, : self.edges[1]]], head[:, self.edges[1] :]
        for number, (narrow, tail) in enumerate(zip(self.maps, self.tails, strict=True)):
            within = F.log_softmax(widened(tail(narrow(states))), dim=1)
            parts.append(within + of_clusters[:, number, None])
        return torch.cat(parts, dim=1)

    def nll(self, states: Tensor, targets: Tensor, token_count: float) -> Tensor:
        """Their sum of -log p over `token_count`, see `textgan.losses.projected_nll`: scalar, nats per token."""
        of_head = targets
        parts = []
        for number, (first, end) in enumerate(pairwise(self.edges[1:])):
            narrow, tail = self.maps[number], self.tails[number]
            assert isinstance(tail, nn.Linear)
            inside = (targets >= first) & (targets < end)
            of_head = of_head.masked_fill(inside, self.edges[1] + number)
            rows, words = states, (targets - first).masked_fill(~inside, IGNORED)
            if sorts_words(states.device):
                chosen = inside.nonzero().squeeze(1)
                rows, words = states[chosen], words[chosen]
            parts.append(projected_nll(narrow(rows), tail, words, token_count))
        return torch.stack([projected_nll(states, self.head, of_head, token_count), *parts]).sum()

    def nlls(self, states: Tensor, targets: Tensor) -> Tensor:
        """-log p of targets (M,) after states (M, H): nats, (M,). Clusters are computed for their words alone."""
        if not sorts_words(states.device):
            return F.nll_loss(self(states), targets, reduction="none")
        clusters = torch.bucketize(targets, torch.tensor(self.edges[1:-1]), right=True)
        of_head = torch.where(clusters == 0, targets, self.edges[1] + clusters - 1)
        found = F.cross_entropy(widened(self.head(states)), of_head, reduction="none")
        for number, (narrow, tail) in enumerate(zip(self.maps, self.tails, strict=True), 1):
            rows = (clusters == number).nonzero().squeeze(1)
            logits = widened(tail(narrow(states[rows])))
            nlls = F.cross_entropy(logits, targets[rows] - self.edges[number], reduction="none")
            found = found.index_add(0, rows, nlls)
        return found

    def likeliest(self, states: Tensor, banned: Sequence[int]) -> Tensor:
        """The likeliest word after each of the states (M, H), of those that are not banned: (M,).

        A word is no likelier than its cluster, so a cluster is computed where it is likelier than the best word before.
        """
        logits = widened(self.head(states))
        words, of_clusters = logits[:, : self.edges[1]], logits[:, self.edges[1] :]
        words[:, [word for word in banned if word < self.edges[1]]] = -torch.inf
        best, chosen = words.max(dim=1)
        for number, (narrow, tail) in enumerate(zip(self.maps, self.tails, strict=True)):
            first, end = self.edges[number + 1 : number + 3]
            rows = (of_clusters[:, number] > best).nonzero().squeeze(1)
            within = widened(tail(narrow(states[rows])))
            cluster = of_clusters[rows, number] - within.logsumexp(dim=1)
            within[:, [word - first for word in banned if first <= word < end]] = -torch.inf
            top, place = within.max(dim=1)
            better = top + cluster > best[rows]
            best[rows] = torch.where(better, top + cluster, best[rows])
            chosen[rows] = torch.where(better, place + first, chosen[rows])
        return chosen


def sorts_words(device: torch.device) -> bool:
    """Whether each cluster is computed for its words alone, whose number other devices would be waited for."""
    return device.type == "cpu"


def output_layer(hidden_dim: int, vocab_size: int, cutoffs: Sequence[int]) -> Softmax | AdaptiveSoftmax:
    """A full softmax, or where there are cutoffs an adaptive one."""
    return AdaptiveSoftmax(hidden_dim, vocab_size, cutoffs) if cutoffs else Softmax(hidden_dim, vocab_size)


def usual_cutoffs(vocab_size: int) -> tuple[int, ...]:
    """Where clusters begin in a vocabulary of this size, at 1,000, 4,000, 16,000 ...; none where it is small."""
    if vocab_size < GROWTH * FIRST_CUTOFF:
        return ()
    cutoffs = [FIRST_CUTOFF]
    while GROWTH * cutoffs[-1] < vocab_size:
        cutoffs.append(GROWTH * cutoffs[-1])
    return tuple(cutoffs)
