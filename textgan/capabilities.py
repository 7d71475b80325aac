"""What some models can do and others cannot: condition on labels, classify, generate codes; and how it is asked."""

from abc import abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from textgan.game import Game


class Conditional(Game):
    """A model that encodes and decodes data under a label: its codes are (z, one-hot label), `classes` values of D."""

    @abstractmethod
    def prior_of(self, labels: Tensor) -> Tensor:
        """Codes sampled from the prior for given labels (B,): (B, D)."""

    def with_attribute(self, z: Tensor, label: int) -> Tensor:
        """Codes (B, D) with the label replaced by this one: (B, D)."""
        labels = torch.full((len(z),), label, device=z.device)
        return torch.cat([z[:, : -self.classes], F.one_hot(labels, self.classes).float()], 1)


class Classifies(Game):
    """A model that itself predicts the class of data."""

    @abstractmethod
    def classify(self, batch: Any) -> Tensor:
        """Logits of the classes of data, (B, K)."""


class GeneratesCodes(Game):
    """A model whose generator makes codes from noise."""

    noise_dim: int
    """N, the size of the noise."""

    latent_dim: int
    """Size of what the generator makes; in a conditional model the code has the one-hot label after it."""

    @abstractmethod
    def generated_from(self, noise: Tensor) -> Tensor:
        """Codes from noise (B, N), without labels: (B, latent_dim)."""


def as_conditional(game: Game) -> Conditional | None:
    """The model, or what it wraps, as one conditioned on labels; none if it is not."""
    model = game.unwrapped
    return model if isinstance(model, Conditional) else None


def as_classifier(game: Game) -> Classifies | None:
    """The model, or what it wraps, as one that classifies; none if it does not."""
    return next((model for model in (game, game.unwrapped) if isinstance(model, Classifies)), None)


def as_generator(game: Game) -> GeneratesCodes | None:
    """The model, or what it wraps, as one that generates codes from noise; none if it does not."""
    model = game.unwrapped
    return model if isinstance(model, GeneratesCodes) else None


def has_logits(game: Game) -> bool:
    """Whether the model, or what it wraps, gives the logits of the next words."""
    return type(game.unwrapped).logits is not Game.logits


def learns_labels(game: Game) -> bool:
    """Whether labels are what the model learns to predict; a conditional model classifies to know its condition."""
    return as_classifier(game) is not None and as_conditional(game) is None
