"""Players take turns: the vocabulary in which every model states its training.

The mathematics of adversarial learning has one line: *player k descends its own loss over its own parameters*. A model
declares who can move (`Player`), when and down which loss (`Turn`); only the trainer takes gradients and moves
parameters.
"""

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import torch
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
        copy: the network that is moved after `source`; made by `copy_of`.
        source: the network that is trained.
        decay: share of the copy that is kept in a move.
    """

    copy: nn.Module
    source: nn.Module
    decay: float


class Player(NamedTuple):
    """Who can move.

    Two players may own the same parameters (ARAE's encoder moves within the autoencoder and alone): each has its own
    optimizer state.

    Args:
        optimizer: owns the parameters that the player moves.
        config: learning rate and its decay, the norm to which the gradient is cut.
        clamp: before each move, parameters are clamped to [-clamp, clamp] (the weight clipping of WGAN).
        average: after each move, this copy follows.
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
        """A player that moves these parameters as its configuration says.

        Args:
            config: the optimizer.
            parameters: what it moves.
            clamp: see the class.
            average: see the class.
            matrices: those among the parameters that Muon moves as matrices.

        Raises:
            UserError: Muon, where no matrix is known.
        """
        movable = list(parameters)
        if config.name == "sgd":
            return cls(SGD(movable, lr=config.lr), config, clamp, average)
        # Fused: 5.7 ms a step for 11.7 M parameters on one core, against 20-48 ms. Not on the device without numbers.
        fused = all(p.device.type != "meta" for p in movable)
        if config.name == "muon":
            if not matrices:
                raise UserError("muon moves the matrices of sentence encoders and decoders; expected adam or sgd here")
            return cls(Muon(movable, matrices, config.lr, config.betas, fused), config, clamp, average)
        return cls(Adam(movable, lr=config.lr, betas=config.betas, fused=fused), config, clamp, average)

    @property
    def parameters(self) -> list[nn.Parameter]:
        """The parameters that this player moves."""
        return [p for group in self.optimizer.param_groups for p in group["params"]]


def copy_of(network: nn.Module) -> nn.Module:
    """A copy that no player moves, for an `Average`."""
    return copy.deepcopy(network).requires_grad_(False)


Batches = Literal["epoch", "uniform", "labeled", "uniform and labeled", "previous", "none"]


class Turn(NamedTuple):
    """Who moves, down which loss, how many times, on which batches.

    Args:
        players: name of the player, or several names that move at once from the same state.
        loss: what is descended: takes a batch (or what `precompute` makes of it), returns (loss, logs); for several
            players a loss each.
        repeat: moves in a row, each on a batch of its own.
        batches: epoch: epoch by epoch, sentences in batches of near-equal length: fast, and right for a loss that is a
            sum over examples; wrong for one that compares distributions. uniform: uniform draws. labeled: uniform draws
            among the examples whose label is shown; of pairs the batch holds all first sides, then all second ones.
            uniform and labeled: both, as a tuple: in a turn of its own the weight of a loss of labels would mean
            little to Adam. previous: those of the turn before, drawn again. none: the loss sees no data, and is given
            the size of this rank's batch instead (a generator reads noise alone, and a critic codes that the model has
            kept).
        batch_size: of a draw, over all ranks, of labeled ones in examples; None: that of the run.
        precompute: what the loss sees instead of the batch, constant for the mover (the codes that a critic is shown):
            computed for all repeats in one pass without a graph.
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
        """The players that move, as a tuple."""
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
    """The way between two codes that stays where the prior is: on the sphere for Gaussian codes."""

    temperature: float = 0.0
    """At which sentences of given codes are written unless it is said: 0, greedily; 1 without codes."""

    guidance: float = 0.0
    """Weight of guidance at which an attribute is exchanged where none is given, see `Decoding`."""

    def __init__(self) -> None:
        super().__init__()
        self._random = Randomness()
        self.sampling_temperature: float = self.temperature
        """The model's usual temperature, at which new sentences, of codes drawn from the prior, are written unless it
        is said. Looks at validation data choose it; it is saved with the model."""
        self.findings: tuple[str, ...] = ()
        """What the last look at validation data found wrong with the model, a line each; saved with it."""

    classes: int = 0
    """K, values of the one-hot label at the end of a conditional model's code; of others 0."""

    @property
    def unwrapped(self) -> "Game":
        """The model without what is wrapped around it, such as a classifier; here itself."""
        return self

    @property
    def random(self) -> Randomness:
        """Where random numbers come from; whoever sets it sets that of a wrapped model too."""
        return self._random

    @random.setter
    def random(self, random: Randomness) -> None:
        for module in self.modules():
            if isinstance(module, Game):
                module._random = random

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
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
        """n codes drawn from the model's prior, (n, D)."""

    def features(self, batch: Any) -> Tensor:
        """What a classifier is given of data, (B, F): the code, unless the model's paper says otherwise."""
        return self.encode(batch)

    def projected(self, z: Tensor) -> Tensor:
        """Codes (B, D), each as near as a code of data can be: here itself."""
        return z

    def logits(self, z: Tensor, batch: Any) -> Tensor:
        """Next-token logits at the M real tokens of sentences, of a model of sentences: (M, V)."""
        raise NotImplementedError(f"{type(self).__name__} does not write sentences")

    def init_from_data(self, vectors: Callable[[int], Tensor] | None, shares: Tensor) -> None:
        """Start, before the first round, from what all of the data tells; a model that learns labels may.

        Args:
            vectors: of words, (V, E), for a size E, see `textgan.data.word_vectors`; none: it keeps those it has.
            shares: of the classes among the labels that are shown, (K,).
        """

    @abstractmethod
    def make_players(self) -> dict[str, Player]:
        """Who can move."""

    @abstractmethod
    def turns(self, step: int) -> Sequence[Turn]:
        """Who moves in round `step`, down which loss, how often; a pure function of the step."""
