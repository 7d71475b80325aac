"""Our own LSTM language model of real sentences, which never sees the model that is measured, and its features.

Numbers depend on it: its perplexity on held-out real text and the hash of its weights belong to each of them. How it is
trained: `textgan.evaluation.text.train_lm`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.losses import LOGITS
from textgan.networks.softmax import output_layer, usual_cutoffs
from textgan.settings import OptimizerConfig

_TOKENS = 16_384  # in a batch, padding included


@dataclass(frozen=True)
class ReferenceLMConfig:
    """How a language model is made: by default that of the features, 500 updates of small networks, half a minute of a
    core for captions.

    Perplexities are by `SHORT_LM`, or by `PAPER_LM`, which is as large and learns as long as that of ARAE's authors.
    Compare numbers of one setting only.

    Args:
        embedding_dim: E.
        hidden_dim: H, and F of the features.
        dropout: share of embeddings and of last hidden states dropped in training.
        steps: most updates.
        epochs: most passes over the train sentences; after each, and at the end, the model is looked at.
        batch_size: sentences of nearly equal length in an update.
        optimizer: Adam whose learning rate falls to 0 at the last update. After a quarter of a pass over captions, it
            falling to 0 there, perplexity was 49 at 3e-3 and 37 at 1e-2.
        seed: of weights, dropout and batches.
    """

    embedding_dim: int = 128
    hidden_dim: int = 128
    dropout: float = 0.2
    steps: int = 500
    epochs: int = 15
    batch_size: int = 64
    optimizer: OptimizerConfig = OptimizerConfig(lr=1e-2, clip_norm=5.0, decay_from=0.0)
    seed: int = 0


FEATURE_LM = ReferenceLMConfig()
"""Of the features."""

SHORT_LM = ReferenceLMConfig(embedding_dim=300, hidden_dim=300, steps=1500)
"""Of the group `judge`: less than one pass over 100,000 captions."""

PAPER_LM = replace(
    SHORT_LM, steps=10**9, batch_size=32, optimizer=OptimizerConfig("sgd", lr=1.0, clip_norm=5.0, decay_from=1.0)
)
"""As ARAE's authors (Zhao et al. 2018, released code): SGD at learning rate 1, 15 epochs of batches of 32, about 50
minutes of a core for 105,000 captions."""


REFERENCE_LMS = {"short": SHORT_LM, "paper": PAPER_LM}
"""By the name that `--reference-lm` takes."""


class LanguageModel(nn.Module):
    """h_t = LSTM(embedding(w_{t-1}), h_{t-1}), logits = W h_t + b, h_0 = 0; an adaptive softmax of large vocabularies.

    Not the decoder of the models that are judged: what changes there must not change the judge.

    Args:
        vocab_size: V.
        config: sizes and dropout.
    """

    scale: Tensor

    def __init__(self, vocab_size: int, config: ReferenceLMConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, config.embedding_dim)
        self.feature_lm_config = nn.LSTM(config.embedding_dim, config.hidden_dim, batch_first=True)
        self.output = output_layer(config.hidden_dim, vocab_size, usual_cutoffs(vocab_size))
        self.dropout = nn.Dropout(config.dropout)
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -0.1, 0.1)
        self.register_buffer("scale", torch.ones(()))

    def forward(self, batch: Sentences) -> Tensor:
        """Hidden states, (B, T, H): each has read <s> w_1 ... w_{t-1}, and foretells w_t."""
        states: Tensor = self.feature_lm_config(self.dropout(self.embedding(batch.inputs)))[0]
        return self.dropout(states)

    def nll(self, batch: Sentences) -> Tensor:
        """-log p(x), nats per token, end token counted."""
        return self.output.nll(self.states(batch), batch.real_targets, batch.token_count)

    def states(self, batch: Sentences) -> Tensor:
        """The hidden states that foretell the real tokens, row by row, (M, H)."""
        return self(batch).flatten(0, 1).index_select(0, batch.places)


class ReferenceLM(NamedTuple):
    """A trained language model and what is known of it.

    Args:
        network: in evaluation mode.
        perplexity: on `valid_sentences` sentences that chose among its states.
        valid_sentences: their number.
        updates: made until that state.
        sha256: of the file of weights.
    """

    network: LanguageModel
    perplexity: float = float("nan")
    valid_sentences: int = 0
    updates: int = 0
    sha256: str = ""

    @torch.inference_mode()
    def log_probs(self, text: TokenFile) -> np.ndarray:
        """log p(w_t | w_1 ... w_{t-1}), nats, of every word and of </s> after each sentence's words, in order.

        Args:
            text: n sentences of N words, of the vocabulary that the judge learned.

        Returns:
            (N + n,), float64, computed in float32. Minus its mean is the log of the perplexity.
        """
        ends = np.cumsum(text.lengths + 1)
        found = np.zeros(int(ends[-1]) if len(ends) else 0)
        for rows, batch in _batches(text, self._device):
            values = self._of_targets(self.network.states(batch), batch.real_targets)
            lengths = batch.lengths.numpy()
            begins = ends[rows] - lengths.cumsum()  # of a row among all, less that among the batch's
            found[np.repeat(begins, lengths) + np.arange(len(values))] = values.cpu().numpy()
        return found

    @torch.inference_mode()
    def features(self, text: TokenFile) -> np.ndarray:
        """The mean over positions of the hidden states, of mean square 1 on train sentences.

        The last state alone tells where a sentence ends more than how it began, and the first ones are alike; the mean
        holds all of them, whatever the length.

        Args:
            text: N sentences.

        Returns:
            (N, F), float32; 100,000 captions take about ten seconds of one core.
        """
        found = np.zeros((len(text), self.network.feature_lm_config.hidden_size), dtype=np.float32)
        for rows, batch in _batches(text, self._device):
            shares = batch.mask / batch.counts[:, None]
            mean = torch.bmm(shares[:, None], self.network(batch))[:, 0]
            found[rows] = (mean / self.network.scale).cpu().numpy()
        return found

    def note(self) -> str:
        """The judge in words, for reports."""
        of = f"on the {self.valid_sentences:,} sentences that chose its state, {self.updates:,} updates"
        return f"LSTM of perplexity {self.perplexity:.2f} {of}, weights sha256 {self.sha256[:16]}"

    @property
    def _device(self) -> torch.device:
        return self.network.scale.device

    def _of_targets(self, states: Tensor, targets: Tensor) -> Tensor:
        """log p of each target, (M,), without ever holding all logits."""
        size = max(1, LOGITS // self.network.embedding.num_embeddings)
        pairs = zip(states.split(size), targets.split(size), strict=True)
        return torch.cat([-F.cross_entropy(self.network.output(h), w, reduction="none") for h, w in pairs])


def _batches(text: TokenFile, device: torch.device) -> Iterator[tuple[np.ndarray, Sentences]]:
    """All sentences, those of like length together, and which they are."""
    order = np.argsort(text.lengths, kind="stable")
    begin = 0
    while begin < len(order):
        # The longest of a batch comes last: as many rows as there is room for, were all as long as the row there.
        widths = np.arange(1, len(order) - begin + 1) * (text.lengths[order[begin:]] + 1)
        size = max(1, int(np.searchsorted(widths, _TOKENS, side="right")))
        rows = order[begin : begin + size]
        tokens, lengths = text.rows(rows)
        yield rows, Sentences(torch.from_numpy(tokens), torch.from_numpy(lengths), float(lengths.sum())).to(device)
        begin += size
