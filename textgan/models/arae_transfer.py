"""ARAE with an attribute that can be exchanged: style transfer without pairs (Zhao et al. 2018, sections 4 and 5.4)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.capabilities import Classifies, Conditional
from textgan.data.types import ImageSpec, Sentences, TextSpec
from textgan.game import Logs, Player, Turn
from textgan.models.arae import ARAE
from textgan.models.autoencoder import SentenceAutoencoder
from textgan.networks.classifier import BagOfWords, Classifier
from textgan.recipes.arae import ARAETransferConfig
from textgan.settings import Decoding


class ARAETransfer(ARAE, Conditional, Classifies):
    """ARAE whose encoder hides an attribute y of the sentence, on which its decoder is conditioned.

        x -> encoder -> z, ||z|| = 1;  [z; embedding(y)] -> decoder -> x_hat       adversary: y from z?

    min over encoder and decoder of  -log p(x | z, y) + attribute_weight * -log(1 - p_u(y | z)),  plus ARAE's game;
    the adversary u minimizes -log p_u(y | z). For two attributes the second term is the paper's -log p_u(1 - y | z).
    Decoded with another y, a sentence keeps its content z and takes the other attribute.

    A code of this model is (z, one-hot y), so that it decodes, interpolates and is saved as every other. Where y is not
    given, a bag-of-words classifier, trained beside, predicts it.
    Differs from the authors' code: one decoder conditioned on y, instead of one decoder for each y; the encoder's loss
    against the adversary is part of the reconstruction turn, so that attribute_weight weighs the two.
    """

    config: ARAETransferConfig
    spec: TextSpec
    autoencoder: SentenceAutoencoder
    guidance = 0.8

    def __init__(self, config: ARAETransferConfig, spec: TextSpec) -> None:
        super().__init__(config, spec)
        self.classes = len(spec.labels)
        self.code_dim = self.latent_dim + self.classes
        self.attribute = nn.Linear(self.classes, config.attribute_dim, bias=False)
        self.adversary = Classifier(self.latent_dim, config.adversary_dims, self.classes)
        self.recognizer = BagOfWords(spec.vocab_size, config.recognizer_dim, self.classes)

    def _autoencoder(self, config: ARAETransferConfig, spec: TextSpec | ImageSpec) -> SentenceAutoencoder:  # type: ignore[override]
        assert isinstance(spec, TextSpec)
        return SentenceAutoencoder(config, spec, condition_dim=config.attribute_dim)

    def encode(self, batch: Sentences) -> Tensor:  # type: ignore[override]
        """Codes of sentences with their attributes, given or predicted: (B, D + K)."""
        return torch.cat([self.latent(batch), self._one_hot(self.attributes(batch))], 1)

    def attributes(self, batch: Sentences) -> Tensor:
        """The attribute of each sentence, predicted where it is not given: (B,)."""
        predicted, given = self.classify(batch).argmax(1), batch.labels
        return predicted if given is None else torch.where(given >= 0, given, predicted)

    def classify(self, batch: Sentences) -> Tensor:
        """Logits of the attributes of sentences by their words alone, (B, K)."""
        logits: Tensor = self.recognizer(batch.targets, batch.mask)
        return logits

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Sentences of codes (B, D + K): token ids, (B, max_length + 1); guidance against the other attributes."""
        if not decoding.guidance:
            return self.autoencoder.decode(self.decoder_input(z), decoding, self)
        latent, attribute = z.split([self.latent_dim, self.classes], 1)
        others = torch.cat([latent, (1 - attribute) / (self.classes - 1)], 1)
        return self.autoencoder.decode(self.decoder_input(z), decoding, self, self.decoder_input(others))

    def logits(self, z: Tensor, batch: Sentences) -> Tensor:  # type: ignore[override]
        """Next-token logits of sentences, (M, V)."""
        return self.autoencoder.logits(self.decoder_input(z), batch)

    def token_nlls(self, z: Tensor, batch: Sentences) -> Tensor:  # type: ignore[override]
        """-log p of real tokens, nats, (M,)."""
        return self.autoencoder.token_nlls(self.decoder_input(z), batch)

    def prior(self, n: int) -> Tensor:
        """Generated codes with attributes sampled uniformly, (n, D + K)."""
        return self.prior_of((self.uniform(n) * self.classes).long())

    def prior_of(self, labels: Tensor) -> Tensor:
        """Generated codes with these attributes (B,): (B, D + K)."""
        return torch.cat([self.generated(len(labels)), self._one_hot(labels)], 1)

    def make_players(self) -> dict[str, Player]:
        """Those of ARAE, the attribute's embedding in the autoencoder's; the adversary and the recognizer."""
        c = self.config
        return super().make_players() | {
            "autoencoder": self.autoencoder.make_player(*self.attribute.parameters()),
            "adversary": Player.of(c.adversary_optimizer, self.adversary.parameters()),
            "recognizer": Player.of(c.recognizer_optimizer, self.recognizer.parameters()),
        }

    def turns(self, step: int) -> Sequence[Turn]:
        """The recognizer, the adversary, then ARAE's, whose reconstruction hides the attribute from the adversary."""
        c = self.config
        recognize = Turn("recognizer", self.recognizer_loss, batches="labeled")
        oppose = Turn("adversary", self.adversary_loss, c.adversary_steps, precompute=self.encode, batches="labeled")
        return [recognize, oppose, *super().turns(step)]

    def recognizer_loss(self, batch: Sentences) -> tuple[Tensor, Logs]:
        """-log p(y | words)."""
        assert batch.labels is not None
        loss = F.cross_entropy(self.classify(batch), batch.labels)
        return loss, {"recognizer": loss}

    def adversary_loss(self, codes: Tensor) -> tuple[Tensor, Logs]:
        """-log p_u(y | z) of codes (z, one-hot y), (B, D + K)."""
        z, attribute = codes.split([self.latent_dim, self.classes], 1)
        logits, labels = self._opposing(z), attribute.argmax(1)
        loss = F.cross_entropy(logits, labels)
        return loss, {"adversary": loss, "adversary_accuracy": (logits.argmax(1) == labels).float().mean()}

    def reconstruction_loss(self, batch: Sentences, noise_std: float) -> tuple[Tensor, Logs]:  # type: ignore[override]
        """-log p(x | z + noise, y), nats per token, plus attribute_weight * -log(1 - p_u(y | z))."""
        labels, z = self.attributes(batch), self.learned(batch)
        code = torch.cat([self.perturbed(self.recorded(z), noise_std), self._one_hot(labels)], 1)
        reconstruction = self.autoencoder.loss(self.decoder_input(code), batch, self)
        logits = self._opposing(z)
        others = logits.masked_fill(self._one_hot(labels).bool(), -torch.inf)
        hidden = (logits.logsumexp(1) - others.logsumexp(1)).mean()
        return reconstruction + self.config.attribute_weight * hidden + self.adversarial(z), {
            "reconstruction": reconstruction,
            "attribute": hidden,
        }

    def _opposing(self, z: Tensor) -> Tensor:
        logits: Tensor = self.adversary(z, lambda x: x)
        return logits.float()

    def decoder_input(self, z: Tensor) -> Tensor:
        """The decoder's input for codes (B, D + K): (B, D + E)."""
        latent, attribute = z.split([self.latent_dim, self.classes], 1)
        return torch.cat([super().decoder_input(latent), self.attribute(attribute).float()], 1)

    def _one_hot(self, labels: Tensor) -> Tensor:
        return F.one_hot(labels, self.classes).float()
