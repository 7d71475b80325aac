"""The state of a training as it comes from disk, compared with what a trainer has before anything of it is used.

A fused optimizer goes through memory as large as its parameter: momentum of another shape would be another's memory.
"""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from textgan.errors import UserError
from textgan.game import Player
from textgan.muon import Muon

_MOST = 1 << 53
"""Rounds, or whatever else is counted; below it a float is exact."""


def check_state(state: Any, players: Mapping[str, Player], buffers: Mapping[str, Tensor]) -> None:
    """Whether a state is one of a trainer with these players and buffers.

    Args:
        state: what should be what `Trainer.state` gave.
        players: of the trainer, by name.
        buffers: that training has to remember, by name.

    Raises:
        UserError: names what is not as expected.
    """
    try:
        _need(state, dict, "the state")
        for name, kind in _PARTS.items():
            _need(state.get(name), kind, name)
        _need_number(state["round"], "round")
        if not state["length"] > 0:
            raise ValueError(f"length is {state['length']}")
        _same_names(state["optimizers"], players, "players")
        for name, player in players.items():
            _check_optimizer(state["optimizers"][name], player.optimizer, name)
        _same_names(state["buffers"], buffers, "buffers")
        for name, buffer in buffers.items():
            _check_tensor(state["buffers"][name], buffer, name)
        _same_names(state["counts"], state["totals"], "counts")
        for name, total in state["totals"].items():
            _need_number(state["counts"][name], name)
            if not (isinstance(total, Tensor) and total.numel() == 1 and total.is_floating_point()):
                raise ValueError(f"the total of {name} is no number")
    except ValueError as error:
        raise _not_of_this_run(error) from error


def check_past(state: Any) -> None:
    """Whether a state says what earlier starts of a run leave behind besides the trainer's state.

    Raises:
        UserError: names what is not as expected.
    """
    try:
        seconds, best = _need(state.get("seconds"), int | float, "seconds"), _need(state.get("best"), list, "best")
        if not 0 <= seconds < _MOST:
            raise ValueError(f"seconds are {seconds}")
        if len(best) != 2 or type(best[0]) not in (int, float) or math.isnan(best[0]):
            raise ValueError("best is no measurement and a number of looks")
        _need_number(best[1], "best")
        for name in ("rounds", "minutes"):
            _need(state.get(name), int | float | None, name)
        _need(state.get("machine"), dict, "machine")
    except ValueError as error:
        raise _not_of_this_run(error) from error


def load_optimizer(optimizer: Optimizer, saved: dict[str, Any]) -> None:
    """Give an optimizer a state that `check_state` let pass; what its configuration says stays as it is."""
    own = _parameters(optimizer)
    state = {}
    for number, values in saved["state"].items():
        moments = {name: torch.empty_like(own[number]).copy_(values[name]) for name in values if name != "step"}
        state[number] = {"step": values["step"]} | moments
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


_PARTS = {"round": int, "length": int | float, "optimizers": dict, "buffers": dict, "totals": dict, "counts": dict}


def _not_of_this_run(error: ValueError) -> UserError:
    return UserError(
        f"the checkpoint's training.pt is not the state of this run ({error}); restore it, or choose another --out"
    )


def _need(value: Any, kind: Any, name: str) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is missing" if value is None else f"{name} is {type(value).__name__}")
    return value


def _need_number(value: Any, name: str) -> None:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{name} is no whole number of 0 or more")


def _same_names(came: Mapping[Any, Any], expected: Mapping[str, Any], what: str) -> None:
    if set(came) != set(expected):
        shown = ", ".join(sorted(map(str, came)))[:200]
        raise ValueError(f"its {what} are {shown or 'none'}; expected {', '.join(sorted(expected)) or 'none'}")


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _check_optimizer(saved: Any, optimizer: Optimizer, player: str) -> None:
    _need(saved, dict, player)
    groups, state = _need(saved.get("param_groups"), list, player), _need(saved.get("state"), dict, player)
    places = [group["params"] for group in optimizer.state_dict()["param_groups"]]
    if [group.get("params") if isinstance(group, dict) else None for group in groups] != places:
        raise ValueError(f"{player} moves other parameters")
    own = _parameters(optimizer)
    matrices = set(places[1]) if isinstance(optimizer, Muon) else set[int]()
    for number, values in state.items():
        if type(number) is not int or not 0 <= number < len(own):
            raise ValueError(f"{player} has no parameter {str(number)[:20]}")
        where = f"of parameter {number} of {player}"
        _need(values, dict, f"the momentum {where}")
        moments = ("exp_avg",) if number in matrices else ("exp_avg", "exp_avg_sq")
        _same_names(values, dict.fromkeys(("step", *moments)), f"moments {where}")
        _check_tensor(values["step"], torch.zeros(()), f"step {where}")
        for name in moments:
            _check_tensor(values[name], own[number], f"{name} {where}")


def _check_tensor(value: Any, like: Tensor, name: str) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} is {type(value).__name__}")
    if (value.layout, value.dtype, value.shape) != (torch.strided, like.dtype, like.shape):
        raise ValueError(f"{name} is {value.dtype} {tuple(value.shape)}, not {like.dtype} {tuple(like.shape)}")
    if not value.isfinite().all():
        raise ValueError(f"{name} holds values that are not finite")
    if not value.is_floating_point() and (value < 0).any():
        raise ValueError(f"{name} is negative")
