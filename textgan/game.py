"""Players take turns: the vocabulary in which every model states its training.

The mathematics of adversarial learning has one line: *player k descends its loss over its parameters*. A model declares
its players (`Player`), and in which order and down which losses they move (`Turn`). A move is one optimizer step. Only
the trainer takes gradients and updates parameters.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from textgan.device import moved
from textgan.errors import UserError
from textgan.muon import Matrix, Muon
from textgan.randomness import Randomness
from textgan.settings import Decoding, OptimizerConfig

Losses = Tensor | dict[str, Tensor]
Logs = dict[str, Tensor]


class Average(NamedTuple):
    """A slower copy of a network, which follows the exponential moving average of its parameters.

    Args:
        copy: the network that follows `source`; made by `copy_of`.
        source: the network that is trained.
        decay: of the moving average: weight of the copy against the source in each update.
    """

    copy: nn.Module
    source: nn.Module
    decay: float


class Player(NamedTuple):
    """Parameters and the optimizer that updates them.

    Two players may share parameters (ARAE's encoder is updated within the autoencoder and alone): each has an optimizer
    state of its own.

    Args:
        optimizer: of the player's parameters.
        config: learning rate and its decay, the norm to which the gradient is clipped.
        clamp: before each update, parameters are clamped to [-clamp, clamp] (the weight clipping of WGAN).
        average: the copy that follows after each update.
    """

    optimizer: Optimizer
    config: OptimizerConfig
    clamp: float | None = None
    average: Average | None = None

    @classmethod
    def of(
        cls,
        config: OptimizerConfig,
        parameters: Iterable[nn.Parameter],
        clamp: float | None = None,
        average: Average | None = None,
        matrices: Sequence[Matrix] = (),
    ) -> "Player":
        """The player of these parameters, with the optimizer that its configuration names.

        Args:
            config: the optimizer.
            parameters: what it updates.
            clamp: see the class.
            average: see the class.
            matrices: those among the parameters that Muon orthogonalizes the updates of.

        Raises:
            UserError: the optimizer is Muon, and there are no matrices.
        """
        movable = list(parameters)
        if config.name == "sgd":
            return cls(SGD(movable, lr=config.lr), config, clamp, average)
        # Fused: 5.7 ms a step for 11.7 M parameters on one core, against 20-48 ms. Not on the device without numbers.
        fused = all(p.device.type != "meta" for p in movable)
        if config.name == "muon":
            if not matrices:
                raise UserError("muon is for the matrices of sentence encoders and decoders; expected adam or sgd here")
            return cls(Muon(movable, matrices, config.lr, config.betas, fused), config, clamp, average)
        return cls(Adam(movable, lr=config.lr, betas=config.betas, fused=fused), config, clamp, average)

    @property
    def parameters(self) -> list[nn.Parameter]:
        """The parameters that this player updates."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]


def copy_of(network: nn.Module) -> nn.Module:
    """A copy that no player updates, for an `Average`."""
    return copy.deepcopy(network).requires_grad_(False)


Batches = Literal["epoch", "uniform", "labeled", "uniform and labeled", "previous", "none"]


class Turn(NamedTuple):
    """Which players are updated, down which loss, how many times, on which batches.

    Args:
        players: name of the player, or several names that are updated at once from the same state.
        loss: takes a batch (or what `precompute` makes of it), returns (loss, logs); for several players a dictionary
            of losses, one each.
        repeat: updates in a row, each on a new batch.
        batches: where they come from.
            epoch: epoch by epoch, sentences in batches of near-equal length: fast, and right for a loss that is a sum
            over examples; wrong for one that compares distributions.
            uniform: examples sampled uniformly.
            labeled: the same among the labeled examples; of pairs the batch has all first sentences, then all second.
            uniform and labeled: a tuple of both. A separate turn for the loss of labels would make its weight
            meaningless, since Adam is invariant to the scale of a loss.
            previous: the same batches as in the turn before.
            none: the loss needs no data, and gets the batch size of this rank instead (a generator needs only noise,
            and a critic may take its codes from a queue).
        batch_size: over all ranks, of labeled batches in labeled examples; None: that of the run.
        precompute: makes the input of the loss from the batches, for all repeats in one pass and without a graph, where
            it is constant for the players of the turn, as codes are for a critic.
        full_precision: compute in float32 even where the run is in bf16 (gradient penalties).
    """

    players: str | tuple[str, ...]
    loss: Callable[[Any], tuple[Losses, Logs]]
    repeat: int = 1
    batches: Batches = "uniform"
    batch_size: int | None = None
    precompute: Callable[[Any], Tensor] | None = None
    full_precision: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The players, as a tuple."""
        return (self.players,) if isinstance(self.players, str) else self.players

    @property
    def title(self) -> str:
        """The turn in words, for messages: 'critic down critic_loss'."""
        loss = getattr(self.loss, "func", self.loss)
        return f"{'+'.join(self.names)} down {getattr(loss, '__name__', str(loss))}"


class Game(nn.Module, ABC):
    """A model: five methods, and the randomness that the trainer or the sampler sets before each use.

    The five are abstract: `encode`, `decode`, `prior`, `make_players`, `turns`. A model of sentences has a sixth,
    `logits`, by which it is measured with the true words before each; without it that is left out (`has_logits`). Three
    more say what is usual, for a model to say otherwise: `features`, `projected`, `init_from_data`. What some models
    can do besides is an interface each: `Conditional`, `Classifies`, `GeneratesCodes`.
    """

    code_dim: int
    """D, the size of a code."""

    spec: Any
    """Shape of the data that it was built for, a `TextSpec` or an `ImageSpec`."""

    path: Literal["linear", "slerp"] = "linear"
    """How to interpolate between two codes so that the prior stays likely: on the sphere for Gaussian codes."""

    temperature: float = 0.0
    """The usual temperature for decoding given codes: 0 (greedy); 1 for a model without codes."""

    guidance: float = 0.0
    """The usual guidance for exchanging an attribute, see `Decoding`."""

    def __init__(self) -> None:
        super().__init__()
        self._random = Randomness()
        self._progress = 0.0
        self.sampling_temperature: float = self.temperature
        """The usual temperature for new sentences, of codes sampled from the prior. Validation chooses it; it is saved
        with the model."""
        self.findings: tuple[str, ...] = ()
        """What the last validation found wrong with the model, a line each; saved with it."""

    classes: int = 0
    """K, values of the one-hot label at the end of a conditional model's code; of others 0."""

    @property
    def unwrapped(self) -> "Game":
        """The model without what is wrapped around it, such as a classifier; here itself."""
        return self

    @property
    def random(self) -> Randomness:
        """The source of random numbers; setting it sets that of a wrapped model too."""
        return self._random

    @random.setter
    def random(self, random: Randomness) -> None:
        for game in self._games:
            game._random = random

    @property
    def progress(self) -> float:
        """Share of the run that is played, 0 to 1; the trainer sets it before each round, in a wrapped model too."""
        return self._progress

    @progress.setter
    def progress(self, share: float) -> None:
        for game in self._games:
            game._progress = share

    @cached_property
    def _games(self) -> list["Game"]:
        """The model and those that it wraps; kept, as inference comes here often."""
        return [module for module in self.modules() if isinstance(module, Game)]

    @property
    def steady_from(self) -> float:
        """Share of the run from which all rounds cost the same."""
        return 0.0

    @property
    def device(self) -> torch.device:
        """The device of the parameters."""
        return next(self.parameters()).device

    def normal(self, batch_size: int, *shape: int) -> Tensor:
        """Standard normal noise on the model's device, (batch_size, *shape)."""
        return moved(self.random.normal(batch_size, *shape), self.device)

    def uniform(self, batch_size: int, *shape: int) -> Tensor:
        """Uniform noise in [0, 1) on the model's device, (batch_size, *shape)."""
        return moved(self.random.uniform(batch_size, *shape), self.device)

    @abstractmethod
    def encode(self, batch: Any) -> Tensor:
        """Codes of data, (B, D)."""

    @abstractmethod
    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        """Data of codes: token ids (B, T) that end in </s> and then <pad>; mean pixels in [-1, 1], (B, C, H, W)."""

    @abstractmethod
    def prior(self, n: int) -> Tensor:
        """n codes sampled from the model's prior, (n, D)."""

    def features(self, batch: Any) -> Tensor:
        """Input of a classifier of data, (B, F): the code, unless the model's paper uses something else."""
        return self.encode(batch)

    def projected(self, z: Tensor) -> Tensor:
        """Codes (B, D) projected onto the set that codes of data lie in, such as a sphere: here unchanged."""
        return z

    def logits(self, z: Tensor, batch: Any) -> Tensor:
        """Next-token logits at the M real tokens of sentences, of a model of sentences: (M, V)."""
        raise NotImplementedError(f"{type(self).__name__} does not write sentences")

    def token_nlls(self, z: Tensor, batch: Any) -> Tensor:
        """-log p of the M real tokens of sentences, by their logits, or by less work: nats, (M,)."""
        return F.cross_entropy(self.logits(z, batch).float(), batch.real_targets, reduction="none")

    def init_from_data(self, vectors: Callable[[int], Tensor] | None, shares: Tensor) -> None:
        """Initialize from statistics of the data before the first round, as a model that learns labels may.

        Args:
            vectors: E -> vectors of words (V, E), see `textgan.data.word_vectors`; none: those there are stay.
            shares: of the classes among the labeled examples, (K,).
        """

    @abstractmethod
    def make_players(self) -> dict[str, Player]:
        """The players by name, with new optimizers."""

    @abstractmethod
    def turns(self, step: int) -> Sequence[Turn]:
        """The turns of round `step`, in order; a pure function of the step and of `progress`."""
