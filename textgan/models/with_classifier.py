"""A classifier on the codes of any model of sentences: learning from few labels and many sentences without."""

from collections.abc import Callable, Sequence

import torch.nn.functional as F
from torch import Tensor

from textgan.capabilities import Classifies
from textgan.data.specials import SPECIALS
from textgan.data.types import Sentences
from textgan.game import Game, Logs, Player, Turn
from textgan.models.autoencoder import Autoencoder, deleted
from textgan.networks.classifier import SeveralHeads
from textgan.recipes.classifier import ClassifierConfig
from textgan.settings import Decoding


class WithClassifier(Classifies):
    """A model of sentences, and a classifier that trains the encoder too.

        x -> encoder -> z -> MLP -> label          pairs: [u; v; |u - v|; u * v] -> MLP -> label
        x -> sum of word vectors -> linear -> label                                     once or twice, and the mean

    After the model's turns, on all sentences, comes one of the classifier down -log p(label | z), on the labeled ones.
    Zhao et al. 2018 (section 5.3) say of theirs only that its input is the code; the features of pairs are those of
    Conneau et al. 2017 (arXiv 1705.02364). Codes are standardized within each sentence (LayerNorm) first, so that it
    does not matter whether a model's codes have norm 1.

    The second view, of word vectors, is ours. From few labels an encoder cannot learn what words mean; word vectors
    computed from all sentences contain it from the start. On unlabeled sentences each view learns the predictions of
    which both together are confident (Blum and Mitchell 1998, co-training).

    Args:
        model: any model of sentences with labels that has an `Autoencoder`.
        config: of the classifier, and how it learns.
    """

    def __init__(self, model: Game, config: ClassifierConfig) -> None:
        super().__init__()
        self.model, self.config, self.spec = model, config, model.spec
        self.code_dim, self.classes = model.code_dim, model.classes
        self.path, self.temperature, self.guidance = model.path, model.temperature, model.guidance
        self.sampling_temperature, self.random = model.sampling_temperature, model.random
        labels = len(self.spec.labels)
        code_dim, vocab_size = self.code_dim if config.code_view else 0, self.spec.vocab_size
        self.classifier = SeveralHeads(
            code_dim, config.word_dim, vocab_size, config.hidden_dims, labels, self.spec.pairs, config.word_views
        )

    @property
    def unwrapped(self) -> Game:
        """The model without the classifier."""
        return self.model.unwrapped

    @property
    def steady_from(self) -> float:
        """The model's."""
        return self.model.steady_from

    def encode(self, batch: Sentences) -> Tensor:
        """Codes of sentences, (B, D)."""
        return self.model.encode(batch)

    def features(self, batch: Sentences) -> Tensor:
        """The model's input for a classifier that is trained apart, (B, F)."""
        return self.model.features(batch)

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Sentences of codes (B, D): token ids, (B, max_length + 1)."""
        return self.model.decode(z, decoding)

    def logits(self, z: Tensor, batch: Sentences) -> Tensor:
        """Next-token logits of sentences, (M, V)."""
        return self.model.logits(z, batch)

    def token_nlls(self, z: Tensor, batch: Sentences) -> Tensor:
        """-log p of real tokens, nats, (M,)."""
        return self.model.token_nlls(z, batch)

    def prior(self, n: int) -> Tensor:
        """Codes of the model's prior, (n, D)."""
        return self.model.prior(n)

    def projected(self, z: Tensor) -> Tensor:
        """Codes projected onto the set that codes of data lie in, (B, D)."""
        return self.model.projected(z)

    def init_from_data(self, vectors: Callable[[int], Tensor] | None, shares: Tensor) -> None:
        """Initialize from vectors of words and shares of classes: see `Game.init_from_data`."""
        self.model.init_from_data(vectors, shares)
        size = self.config.word_dim
        small = vectors(size) if size and vectors else None
        common = None if small is None or self.config.word_views == 1 else _of_one_norm(small)
        self.classifier.init_from_data(small, shares, common)

    def classify(self, batch: Sentences) -> Tensor:
        """Logits of the labels of sentences, (B, K); of pairs, all first sides before all second ones, (B / 2, K)."""
        return _mean_of_heads(self._heads(batch, self.config.dropout if self.training else 0.0))

    def make_players(self) -> dict[str, Player]:
        """The model's, and the classifier with the encoder."""
        parameters = [*self.classifier.parameters()]
        if self.config.trains_encoder and self.config.code_view:
            autoencoder = self.model.autoencoder
            assert isinstance(autoencoder, Autoencoder)
            parameters += autoencoder.encoder.parameters()
        return self.model.make_players() | {"classifier": Player.of(self.config.optimizer, parameters)}

    def turns(self, step: int) -> Sequence[Turn]:
        """The model's, then the classifier's, as the schedule says."""
        c = self.config
        turns = self.model.turns(step)
        if c.schedule != "only" and step < c.pretrain_rounds:
            return turns
        classifier_turns = [
            Turn("classifier", self.classification_loss, c.steps, batch_size=c.batch_size, batches="labeled")
        ]
        if c.unlabeled_batch_size and not self.spec.pairs:
            classifier_turns.append(Turn("classifier", self.consistency_loss, batch_size=c.unlabeled_batch_size))
        return [*turns, *classifier_turns] if c.schedule == "joint" else classifier_turns

    def classification_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(label | z) - log p(label | words), nats, mean over labeled examples."""
        assert batch.labels is not None
        c = self.config
        heads = self._heads(self._shortened(batch, c.word_deletion), c.dropout)
        labels = batch.labels[: heads.shape[1]]
        loss = _cross_entropy(heads, labels).mean()
        return loss, {"classification": loss, "accuracy": (_mean_of_heads(heads).argmax(1) == labels).float().mean()}

    def consistency_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(k | sentence without some words) of each view, k the class predicted from all words; nats.

        FixMatch (Sohn et al. 2020, arXiv 2001.07685, eq. 4) with deletion of words as the strong augmentation: the mean
        over the batch, in which a row whose prediction is not confident counts as 0. Predicted probabilities are
        aligned first: weighted so that over the batch the classes have the shares that they have among the labels;
        otherwise all rows may end in one class.
        """
        c = self.config
        whole = self._heads(batch, 0.0)
        predicted = _mean_of_heads(whole).softmax(1)
        aligned = self.classifier.aligned(predicted) if c.distribution_alignment else predicted
        confidence, pseudo_labels = aligned.max(1)
        confident = (confidence > c.confidence_threshold).float()
        agreed = (whole.argmax(2) == whole[0].argmax(1)).all(0).float()
        heads = self._heads(self._shortened(batch, c.consistency_deletion), c.dropout)
        loss = (_cross_entropy(heads, pseudo_labels) * confident).mean()
        logs = {"consistency": loss, "sure": confident.mean()}
        return loss, logs | ({"agreement": agreed.mean()} if len(whole) > 1 else {})

    def _heads(self, batch: Sentences, dropout: float) -> Tensor:
        """Logits by the code and by the words, (heads, B, K)."""
        z = self.encode(batch) if self.config.code_view else None
        logits: Tensor = self.classifier(z, batch.targets, batch.mask, lambda x: self._dropped(x, dropout))
        return logits

    def _shortened(self, batch: Sentences, share: float) -> Sentences:
        return deleted(batch, self.random.uniform(*batch.targets.shape) < share) if share > 0 else batch

    def _dropped(self, x: Tensor, share: float) -> Tensor:
        if share == 0:
            return x
        return x * (self.uniform(*x.shape) >= share).to(x.dtype) / (1 - share)


def _of_one_norm(vectors: Tensor) -> Tensor:
    """Vectors of words (V, E) in which frequent words are as large as others; special tokens stay as they are."""
    common = vectors / vectors.norm(dim=1, keepdim=True).clamp_min(1e-9)
    common[: len(SPECIALS)] = vectors[: len(SPECIALS)]
    return common


def _mean_of_heads(logits: Tensor) -> Tensor:
    """Logits of the mean probability, (B, K), of logits (heads, B, K); of one head they stay as they are."""
    return logits[0] if len(logits) == 1 else logits.log_softmax(2).logsumexp(0)


def _cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Summed over the heads, nats, (B,)."""
    return F.cross_entropy(logits.transpose(1, 2), labels.expand(len(logits), -1), reduction="none").sum(0)
