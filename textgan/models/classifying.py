"""A classifier on the codes of any model of sentences: learning from few labels and many sentences without."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, cast

import torch.nn.functional as F
from torch import Tensor

from textgan.data.types import Sentences, TextSpec
from textgan.game import Game, Logs, Player, Turn, player
from textgan.models.autoencoder import Autoencoder, deleted
from textgan.networks.classifier import TwoHeadClassifier
from textgan.recipes.sentences import SentenceConfig


class Classifying(Game):
    """A model of sentences, and a classifier that moves its encoder too.

        x -> encoder -> z -> MLP -> label          pairs: [u; v; |u - v|; u * v] -> MLP -> label
        x -> sum of word vectors -> linear -> label                                        and the mean of both

    After the model's own turns, which see all sentences, comes one of the classifier down -log p(label | z), which
    sees the labeled ones. Zhao et al. 2018 (section 5.3) say no more of theirs than that it reads the encoder's code;
    the features of pairs are those of Conneau et al. 2017 (arXiv 1705.02364). Codes are standardized within each
    sentence (LayerNorm) first, so that it does not matter whether a model's codes have norm 1.

    The second view is ours: of few labels a code must learn what words mean, where vectors of words that all sentences
    have been read for know that from the start. Of sentences without labels each view learns what both together are
    sure of (Blum and Mitchell 1998, co-training).
    """

    classifies = True
    config: SentenceConfig
    autoencoder: Autoencoder

    def __init__(self, config: SentenceConfig, spec: TextSpec) -> None:
        cast(Any, super()).__init__(config, spec)
        c = config.classifier
        self.classifier = TwoHeadClassifier(
            self.code_dim, c.word_dim, spec.vocab_size, c.hidden_dims, len(spec.labels), spec.pairs
        )

    def init_from_data(self, vectors: Callable[[int], Tensor] | None, shares: Tensor) -> None:
        """Start from vectors of words and shares of classes: see `Game.init_from_data`."""
        size = self.config.classifier.word_dim
        self.classifier.init_from_data(vectors(size) if size and vectors else None, shares)

    def classify(self, batch: Sentences) -> Tensor:
        """Logits of the labels of sentences, (B, K); of pairs, all first sides before all second ones, (B / 2, K)."""
        return _together(self._views(batch, self.config.classifier.dropout if self.training else 0.0))

    def _views(self, batch: Sentences, dropout: float) -> Tensor:
        z = self.encode(batch)
        logits: Tensor = self.classifier(z, batch.targets, batch.mask, lambda x: self._dropped(x, dropout))
        return logits

    def make_players(self) -> dict[str, Player]:
        """The model's, and the classifier with the encoder."""
        c = self.config.classifier
        encoder = [*self.autoencoder.encoder.parameters()] if c.moves_encoder else []
        return cast(Game, super()).make_players() | {
            "classifier": player(c.optimizer, [*self.classifier.parameters(), *encoder])
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """The model's, then the classifier's, as the schedule says."""
        c = self.config.classifier
        own = cast(Game, super()).turns(step)
        if c.schedule != "only" and step < c.pretrain_rounds:
            return own
        mine = [Turn("classifier", self.classification_loss, c.steps, batch_size=c.batch_size, batches="labeled")]
        if c.unlabeled_batch_size and not self.spec.pairs:
            mine.append(Turn("classifier", self.consistency_loss, batch_size=c.unlabeled_batch_size))
        return [*own, *mine] if c.schedule == "joint" else mine

    def classification_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(label | z) - log p(label | words), nats, mean over labeled examples."""
        assert batch.labels is not None
        c = self.config.classifier
        views = self._views(self._shortened(batch, c.word_deletion), c.dropout)
        labels = batch.labels[: views.shape[1]]
        loss = _cross_entropy(views, labels).mean()
        return loss, {"classification": loss, "accuracy": (_together(views).argmax(1) == labels).float().mean()}

    def consistency_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(k | sentence without some words) of each view, k the sure answer for all of it; nats, mean over rows.

        FixMatch (Sohn et al. 2020, arXiv 2001.07685, eq. 4) with deletion of words as the strong change; a row
        without a sure answer counts as 0. The answers are aligned before they count as sure: weighted so that over the
        batch the classes have the shares that they have among the labels, for otherwise one class may take all.
        """
        c = self.config.classifier
        whole = self._views(batch, 0.0)
        told = _together(whole).softmax(1)
        sure, answers = (self.classifier.aligned(told) if c.distribution_alignment else told).max(1)
        kept = (sure > c.confidence_threshold).float()
        agreed = (whole.argmax(2) == whole[0].argmax(1)).all(0).float()
        views = self._views(self._shortened(batch, c.consistency_deletion), c.dropout)
        loss = (_cross_entropy(views, answers) * kept).mean()
        logs = {"consistency": loss, "sure": kept.mean()}
        return loss, logs | ({"agreement": agreed.mean()} if len(whole) > 1 else {})

    def __reduce_ex__(self, protocol: Any) -> Any:
        """For pickle and copy, which look classes up by name: this one is made by `classifying`."""
        model = next(base for base in type(self).__mro__ if base not in (type(self), Classifying))
        return _unmade, (model,), self.__dict__

    def _shortened(self, batch: Sentences, share: float) -> Sentences:
        return deleted(batch, self.random.uniform(*batch.targets.shape) < share) if share > 0 else batch

    def _dropped(self, x: Tensor, share: float) -> Tensor:
        if share == 0:
            return x
        return x * (self.uniform(*x.shape) >= share).to(x.dtype) / (1 - share)


def _together(views: Tensor) -> Tensor:
    """Logits of the mean probability, (B, K), of logits (views, B, K); of one view they stay as they are."""
    return views[0] if len(views) == 1 else views.log_softmax(2).logsumexp(0)


def _cross_entropy(views: Tensor, labels: Tensor) -> Tensor:
    """Summed over the views, nats, (B,)."""
    return F.cross_entropy(views.transpose(1, 2), labels.expand(len(views), -1), reduction="none").sum(0)


@cache
def classifying(model: type[Game]) -> type[Game]:
    """The model with a classifier on its codes."""
    return type(f"Classifying{model.__name__}", (Classifying, model), {"__doc__": Classifying.__doc__})


def _unmade(model: type[Game]) -> Game:
    """An empty one, for pickle to fill."""
    made = classifying(model)
    return made.__new__(made)
