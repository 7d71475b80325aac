"""Language model (Mikolov, Karafiat, Burget, Cernocky, Khudanpur; Interspeech 2010)."""

from collections.abc import Sequence

import torch
from torch import Tensor

from textgan.data.types import Sentences, TextSpec
from textgan.game import Game, Logs, Player, Turn
from textgan.models.autoencoder import SentenceAutoencoder
from textgan.recipes.autoencoders import LMConfig
from textgan.settings import Decoding


class LM(Game):
    """The decoder without a code, by maximum likelihood: the baseline of every generator of sentences.

        w_1 ... w_{t-1} -> decoder -> p(w_t)

    -log p(x), nats per token. Its codes have no dimensions, D = 0: all variation is sampled word by word, so the
    usual temperature is 1.
    """

    temperature = 1.0

    def __init__(self, config: LMConfig, spec: TextSpec) -> None:
        super().__init__()
        self.config, self.spec, self.code_dim = config, spec, 0
        self.autoencoder = SentenceAutoencoder(config, spec, coded=False)

    def encode(self, batch: Sentences) -> Tensor:
        """Nothing, (B, 0)."""
        return self.autoencoder.encode(batch)

    def features(self, batch: Sentences) -> Tensor:
        """The mean of the hidden states over a sentence, (B, H)."""
        states = self.autoencoder.states(self.encode(batch), batch, self).float()
        total = states.new_zeros(batch.batch_size, states.shape[1]).index_add(0, batch.owners, states)
        return total / batch.counts[:, None]

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Sentences, (B, max_length + 1), for B codes without dimensions."""
        return self.autoencoder.decode(z, decoding, self)

    def prior(self, n: int) -> Tensor:
        """n codes without dimensions, (n, 0)."""
        return torch.zeros(n, 0, device=self.device)

    def logits(self, z: Tensor, batch: Sentences) -> Tensor:
        """Next-token logits, (M, V)."""
        return self.autoencoder.logits(z, batch)

    def make_players(self) -> dict[str, Player]:
        """The language model."""
        return {"language_model": self.autoencoder.make_player()}

    def turns(self, step: int) -> Sequence[Turn]:
        """One step of maximum likelihood."""
        return [Turn("language_model", self.nll, batches="epoch")]

    def nll(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(x), nats per token, end token counted."""
        loss = self.autoencoder.loss(self.encode(batch), batch, self)
        return loss, {"nll": loss}
