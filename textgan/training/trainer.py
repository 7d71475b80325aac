"""The only place where gradients are taken and parameters updated."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import torch
from torch import Tensor

from textgan import distributed
from textgan.data.types import Images, Sentences
from textgan.device import Machine
from textgan.errors import NonFiniteLossError
from textgan.game import Game, Player, Turn
from textgan.randomness import Randomness
from textgan.training.state import check_state, load_optimizer

Batch = Sentences | Images


class Stream(Protocol):
    """Batches as pure functions of (seed, rank, key)."""

    batch_size: int
    """Rows of a batch over all ranks."""

    def bucketed(self, index: int) -> Batch:
        """The index-th batch of the endless, epoch-wise stream (of sentences: of near-equal length)."""
        ...

    def uniform(self, *key: int, batch_size: int | None = None) -> Batch:
        """A uniform sample, of this size over all ranks (None: the usual one), that depends on the key alone."""
        ...

    def labeled(self, *key: int, batch_size: int | None = None) -> Batch:
        """The same among the labeled examples."""
        ...


class Trainer:
    """Plays a game round by round.

    Every random number and every batch is a pure function of (seed, round, turn, repeat): a trainer that loads a state
    goes on as the one that saved it would have, bit for bit.

    Args:
        game: the model; moved to the machine's device.
        stream: the batches.
        machine: device, precision, threads.
        seed: of noise.
        length: rounds after which the run is meant to end: learning rates that decay are zero there.

    Attributes:
        progress: share of the run that is played; it never falls, though the length may be foreseen anew.
    """

    def __init__(self, game: Game, stream: Stream, machine: Machine, seed: int, length: float = math.inf) -> None:
        self.game, self.stream, self.machine = game.to(machine.device), stream, machine
        self.players = game.make_players()
        self.randomness = Randomness(seed, distributed.rank(), distributed.world_size())
        self.round, self.length, self.progress = 0, length, 0.0
        self._totals: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}
        self._bad_round, self._bad_turn = (torch.tensor(-1, device=machine.device) for _ in range(2))
        self._titles: dict[int, str] = {}
        self._check_players()

    def play_round(self) -> None:
        """Let every player take its turns."""
        self.game.train()
        self.game.random = self.randomness
        self.progress = max(self.progress, min(1.0, self.round / self.length))
        self.game.progress = self.progress
        for player in self.players.values():
            for group in player.optimizer.param_groups:
                group["lr"] = player.config.rate(self.round, self.length)
        for number, turn in enumerate(self.game.turns(self.round)):
            for repeat, batch in enumerate(self._batches(turn, number)):
                self.randomness.at(self.round, number, repeat)
                self.move(turn, batch, number)
        self.round += 1

    def move(self, turn: Turn, batch: Any, number: int = 0) -> None:
        """Take all gradients of a turn, then update its players: simultaneous players are at the same state.

        Args:
            turn: players and loss.
            batch: what the loss is given.
            number: of the turn in its round, from 0, to name it in an error.
        """
        self._titles[number] = turn.title
        for name in turn.names:
            _clamp(self.players[name])
        with self.machine.autocast(turn.full_precision):
            losses, logs = turn.loss(batch)
        losses = losses if isinstance(losses, dict) else {turn.names[0]: losses}
        self._record(losses, logs, number)
        gradients = {}
        for place, name in enumerate(turn.names, 1):
            parameters = self.players[name].parameters
            local = _gradients(turn, name, losses[name], parameters, keep_graph=place < len(turn.names))
            gradients[name] = distributed.average_gradients(local, parameters)
        for name in turn.names:
            _step(self.players[name], gradients[name])
            _follow(self.players[name], self.round)

    def check(self, weights: bool = False) -> None:
        """Stop a run whose loss, or whose weights if they are asked for, are no longer numbers; on all ranks at once.

        Raises:
            NonFiniteLossError: names the turn and the round.
        """
        first = int(self._bad_round.item())
        bad_round = distributed.maximum(first)
        if bad_round >= 0:
            number = distributed.maximum(int(self._bad_turn.item()) if first == bad_round else -1)
            raise NonFiniteLossError(
                f"the loss of turn {number + 1} ({self._titles[number]}) in round {bad_round:,} is not finite; "
                "try a lower learning rate"
            )
        if weights:
            for name, parameter in self.game.named_parameters():
                if not parameter.isfinite().all():
                    raise NonFiniteLossError(
                        f"{name} is not finite after round {self.round - 1:,}; try a lower learning rate"
                    )

    def read_logs(self) -> dict[str, float]:
        """Means since the last call, over rounds and ranks; only this and `check` wait for the device."""
        self.check()
        means = {k: float(distributed.mean(total) / self._counts[k]) for k, total in self._totals.items()}
        self._totals, self._counts = {}, {}
        return means

    def state(self) -> dict[str, Any]:
        """All that resuming needs besides the weights: tensors and plain values; to be called on all ranks."""
        return {
            "round": self.round,
            "length": self.length,
            "progress": self.progress,
            "optimizers": {name: player.optimizer.state_dict() for name, player in self.players.items()},
            "buffers": {name: buffer.cpu() for name, buffer in _training_buffers(self.game).items()},
            "totals": {k: distributed.mean(v).cpu() for k, v in self._totals.items()},
            "counts": dict(self._counts),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a `state`; the weights are loaded into the game separately.

        Raises:
            UserError: the state is of another game, or damaged; then nothing of it is loaded.
        """
        check_state(state, self.players, _training_buffers(self.game))
        for name, player in self.players.items():
            load_optimizer(player.optimizer, state["optimizers"][name])
        for name, buffer in _training_buffers(self.game).items():
            buffer.copy_(state["buffers"][name])
        self.round = state["round"]
        self.length, self.progress = state["length"], state["progress"]
        self._totals = {k: v.to(self.machine.device) for k, v in state["totals"].items()}
        self._counts = dict(state["counts"])

    def _batches(self, turn: Turn, number: int) -> Iterator[Any]:
        """The batches of a turn, or what `precompute` makes of them."""
        if turn.batches == "none":
            yield from [self._local_batch_size(turn)] * turn.repeat
            return
        number -= turn.batches == "previous"
        if turn.batches == "uniform and labeled":
            both = (self._draws(turn, number, draw) for draw in (self.stream.uniform, self.stream.labeled))
            yield from (tuple(b.to(self.machine.device) for b in pair) for pair in zip(*both, strict=True))
            return
        if turn.batches == "epoch":
            draws = [self.stream.bucketed(self.round * turn.repeat + r) for r in range(turn.repeat)]
        else:
            draws = self._draws(turn, number, self.stream.labeled if turn.batches == "labeled" else self.stream.uniform)
        if turn.precompute is None:
            yield from (batch.to(self.machine.device) for batch in draws)
            return
        self.randomness.at(self.round, number)
        with torch.no_grad(), self.machine.autocast():
            inputs = turn.precompute(_join(draws).to(self.machine.device))
        yield from inputs.float().split([batch.batch_size for batch in draws])

    def _draws(self, turn: Turn, number: int, draw: Callable[..., Batch]) -> list[Batch]:
        return [draw(self.round, number, r, batch_size=turn.batch_size) for r in range(turn.repeat)]

    def _local_batch_size(self, turn: Turn) -> int:
        """This rank's share of the batch of a turn."""
        size, ranks = turn.batch_size or self.stream.batch_size, distributed.world_size()
        distributed.check_size(size, ranks, "batch_size")
        return size // ranks

    def _record(self, losses: dict[str, Tensor], logs: dict[str, Tensor], number: int) -> None:
        with torch.no_grad():
            for loss in losses.values():
                bad = ~loss.isfinite() & (self._bad_round < 0)
                self._bad_turn = torch.where(bad, number, self._bad_turn)
                self._bad_round = torch.where(bad, self.round, self._bad_round)
            for name, value in logs.items():
                value = value.float()
                self._totals[name] = self._totals[name] + value if name in self._totals else value.clone()
                self._counts[name] = self._counts.get(name, 0) + 1

    def _check_players(self) -> None:
        updated = {id(p) for player in self.players.values() for p in player.parameters}
        orphans = [name for name, p in self.game.named_parameters() if p.requires_grad and id(p) not in updated]
        if orphans:
            raise ValueError(
                f"no player of {type(self.game).__name__} updates {', '.join(orphans)}; every parameter needs one"
            )


def _join(batches: list[Any]) -> Any:
    return type(batches[0]).join(batches)


def _training_buffers(game: Game) -> dict[str, Tensor]:
    """The buffers that resuming needs but a trained model does not: those that are not in its state_dict."""
    saved = game.state_dict()
    return {name: buffer for name, buffer in game.named_buffers() if name not in saved}


def _gradients(
    turn: Turn, name: str, loss: Tensor, parameters: list[torch.nn.Parameter], keep_graph: bool
) -> tuple[Tensor | None, ...]:
    """Gradients of this loss over this player's parameters and no others, laid out in memory as these are."""
    gradients: tuple[Tensor | None, ...] = (None,) * len(parameters)
    if loss.requires_grad:
        gradients = torch.autograd.grad(loss, parameters, retain_graph=keep_graph, allow_unused=True)
    if all(g is None for g in gradients):
        raise ValueError(f"the loss of {turn.title} does not depend on any parameter of player {name!r}")
    return tuple(_unshared(gradients, parameters))


def _unshared(gradients: tuple[Tensor | None, ...], parameters: list[torch.nn.Parameter]) -> Iterator[Tensor | None]:
    """Each gradient in separate memory, laid out as its parameter.

    Two biases that are added share one gradient tensor, which clipping in place would scale twice; and fused Adam goes
    through gradient and parameter in memory order: in another layout each weight would get another's gradient.
    """
    pointers: set[int] = set()
    for g, p in zip(gradients, parameters, strict=True):
        shared = g is not None and g.data_ptr() in pointers
        pointers |= set() if g is None else {g.data_ptr()}
        yield g if g is None or (not shared and g.stride() == p.stride()) else torch.empty_like(p).copy_(g)


def _step(player: Player, gradients: list[Tensor | None]) -> None:
    for p, g in zip(player.parameters, gradients, strict=True):
        p.grad = g  # None where unused: a zero would let Adam's momentum drift the parameter
    if player.config.clip_norm is not None:
        torch.nn.utils.clip_grad_norm_(player.parameters, player.config.clip_norm)
    player.optimizer.step()
    for p in player.parameters:
        p.grad = None


@torch.no_grad()
def _clamp(player: Player) -> None:
    if player.clamp is not None and math.isfinite(player.clamp):
        for p in player.parameters:
            p.clamp_(-player.clamp, player.clamp)


@torch.no_grad()
def _follow(player: Player, number: int) -> None:
    """Update the moving average, at first with a smaller decay, so that it soon forgets the initial weights."""
    if player.average is None:
        return
    copy, source, decay = player.average
    decay = min(decay, (1 + number) / (10 + number))
    torch._foreach_lerp_(list(copy.parameters()), list(source.parameters()), 1 - decay)
    for slow, now in zip(copy.buffers(), source.buffers(), strict=True):
        slow.copy_(now)
