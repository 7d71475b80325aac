"""A classifier on the codes of any model of sentences: learning from few labels and many sentences without."""

from collections.abc import Sequence
from typing import Any, cast

import torch.nn.functional as F
from torch import Tensor

from textgan.data.types import Sentences, TextSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.models.autoencoder import Autoencoder, deleted
from textgan.networks.mlp import Classifier
from textgan.recipes.sentences import SentenceConfig


class Classifying(Game):
    """A model of sentences, and a classifier that moves its encoder too.

        x -> encoder -> z -> MLP -> label          pairs: [u; v; |u - v|; u * v] -> MLP -> label

    After the model's own turns, which see all sentences, comes one of the classifier down -log p(label | z), which
    sees the labelled ones. Zhao et al. 2018 (section 5.3) say no more of theirs than that it reads the encoder's code;
    the features of pairs are those of Conneau et al. 2017 (arXiv 1705.02364). Codes are standardized within each
    sentence (LayerNorm) first, so that it does not matter whether a model's codes have norm 1.
    """

    classifies = True
    config: SentenceConfig
    autoencoder: Autoencoder

    def __init__(self, config: SentenceConfig, spec: TextSpec) -> None:
        cast(Any, super()).__init__(config, spec)
        c = config.classifier
        self.classifier = Classifier(self.code_dim, c.hidden_dims, len(spec.labels), spec.pairs)

    def classify(self, batch: Sentences) -> Tensor:
        """Logits of the labels of sentences, (B, K); of pairs, all first sides before all second ones, (B / 2, K)."""
        dropout = self.config.classifier.dropout if self.training else 0.0
        logits: Tensor = self.classifier(self.encode(batch), lambda x: self._dropped(x, dropout))
        return logits.float()

    def players(self) -> dict[str, Player]:
        """The model's, and the classifier with the encoder."""
        c = self.config.classifier
        reader = [*self.autoencoder.reader.parameters()] if c.moves_encoder else []
        return cast(Game, super()).players() | {
            "classifier": player(c.optimizer, [*self.classifier.parameters(), *reader])
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """The model's, then the classifier's, as the schedule says."""
        c = self.config.classifier
        own = cast(Game, super()).turns(step)
        if c.schedule != "only" and step < c.pretrain_rounds:
            return own
        classify = Turn("classifier", self.classification_loss, c.moves, rows=c.rows, labelled=True)
        return [*own, classify] if c.schedule == "joint" else [classify]

    def classification_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(label | z), nats, mean over labelled examples."""
        labels = batch.labels
        assert labels is not None
        share = self.config.classifier.word_deletion
        if share > 0:
            batch = deleted(batch, self.random.uniform(*batch.targets.shape) < share)
        logits = self.classify(batch)
        labels = labels[: len(logits)]
        loss = F.cross_entropy(logits, labels)
        return loss, {"classification": loss, "accuracy": (logits.argmax(1) == labels).float().mean()}

    def _dropped(self, x: Tensor, share: float) -> Tensor:
        if share == 0:
            return x
        return x * (self.uniform(*x.shape) >= share).to(x.dtype) / (1 - share)


def classifying(model: type[Game]) -> type[Game]:
    """The model with a classifier on its codes."""
    return type(f"Classifying{model.__name__}", (Classifying, model), {"__doc__": Classifying.__doc__})
