"""Checks of a training state that was read from disk, before anything of it is loaded.

A fused optimizer reads as much memory as its parameter has: from momentum of a smaller shape it would read beyond.
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
    """Check that a state is one of a trainer with these players and buffers.

    Args:
        state: as `Trainer.state` returns it, if it is whole.
        players: of the trainer, by name.
        buffers: that are part of the training state, by name.

    Raises:
        UserError: names what is not as expected.
    """
    try:
        _check_type(state, dict, "the state")
        for name, expected in _PARTS.items():
            _check_type(state.get(name), expected, name)
        _check_count(state["round"], "round")
        if not state["length"] > 0:
            raise ValueError(f"length is {state['length']}")
        if not 0 <= state["progress"] <= 1:
            raise ValueError(f"progress is {state['progress']}")
        _check_names(state["optimizers"], players, "players")
        for name, player in players.items():
            _check_optimizer(state["optimizers"][name], player.optimizer, name)
        _check_names(state["buffers"], buffers, "buffers")
        for name, buffer in buffers.items():
            _check_tensor(state["buffers"][name], buffer, name)
        _check_names(state["counts"], state["totals"], "counts")
        for name, total in state["totals"].items():
            _check_count(state["counts"][name], name)
            if not (isinstance(total, Tensor) and total.numel() == 1 and total.is_floating_point()):
                raise ValueError(f"the total of {name} is no number")
    except ValueError as error:
        raise _user_error(error) from error


def check_past(state: Any) -> None:
    """Check the rest of the state, which earlier starts of a run left besides the trainer's.

    Raises:
        UserError: names what is not as expected.
    """
    try:
        seconds = _check_type(state.get("seconds"), int | float, "seconds")
        best = _check_type(state.get("best"), list, "best")
        if not 0 <= seconds < _MOST:
            raise ValueError(f"seconds are {seconds}")
        if len(best) != 2 or type(best[0]) not in (int, float) or math.isnan(best[0]):
            raise ValueError("best is no measurement and a number of validations")
        _check_count(best[1], "best")
        for name in ("rounds", "minutes"):
            _check_type(state.get(name), int | float | None, name)
        _check_type(state.get("machine"), dict, "machine")
    except ValueError as error:
        raise _user_error(error) from error


def load_optimizer(optimizer: Optimizer, saved: dict[str, Any]) -> None:
    """Load a state that passed `check_state` into an optimizer; its settings stay those of the configuration."""
    parameters = _parameters(optimizer)
    state = {}
    for number, values in saved["state"].items():
        moments = {name: torch.empty_like(parameters[number]).copy_(values[name]) for name in values if name != "step"}
        state[number] = {"step": values["step"]} | moments
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


_PARTS = {
    "round": int,
    "length": int | float,
    "progress": int | float,
    "optimizers": dict,
    "buffers": dict,
    "totals": dict,
    "counts": dict,
}


def _user_error(error: ValueError) -> UserError:
    return UserError(
        f"the checkpoint's training.pt is not the state of this run ({error}); restore it, or choose another --out"
    )


def _check_type(value: Any, expected: Any, name: str) -> Any:
    if not isinstance(value, expected) or isinstance(value, bool):
        raise ValueError(f"{name} is missing" if value is None else f"{name} is {type(value).__name__}")
    return value


def _check_count(value: Any, name: str) -> None:
    if type(value) is not int or not 0 <= value < _MOST:
        raise ValueError(f"{name} is no whole number of 0 or more")


def _check_names(came: Mapping[Any, Any], expected: Mapping[str, Any], what: str) -> None:
    if set(came) != set(expected):
        names = ", ".join(sorted(map(str, came)))[:200]
        raise ValueError(f"its {what} are {names or 'none'}; expected {', '.join(sorted(expected)) or 'none'}")


def _parameters(optimizer: Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _check_optimizer(saved: Any, optimizer: Optimizer, player: str) -> None:
    _check_type(saved, dict, player)
    groups, state = _check_type(saved.get("param_groups"), list, player), _check_type(saved.get("state"), dict, player)
    places = [group["params"] for group in optimizer.state_dict()["param_groups"]]
    if [group.get("params") if isinstance(group, dict) else None for group in groups] != places:
        raise ValueError(f"{player} updates other parameters")
    parameters = _parameters(optimizer)
    matrices = set(places[1]) if isinstance(optimizer, Muon) else set[int]()
    for number, values in state.items():
        if type(number) is not int or not 0 <= number < len(parameters):
            raise ValueError(f"{player} has no parameter {str(number)[:20]}")
        where = f"of parameter {number} of {player}"
        _check_type(values, dict, f"the momentum {where}")
        moments = ("exp_avg",) if number in matrices else ("exp_avg", "exp_avg_sq")
        _check_names(values, dict.fromkeys(("step", *moments)), f"moments {where}")
        _check_tensor(values["step"], torch.zeros(()), f"step {where}")
        for name in moments:
            _check_tensor(values[name], parameters[number], f"{name} {where}")


def _check_tensor(value: Any, like: Tensor, name: str) -> None:
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} is {type(value).__name__}")
    if (value.layout, value.dtype, value.shape) != (torch.strided, like.dtype, like.shape):
        raise ValueError(f"{name} is {value.dtype} {tuple(value.shape)}, not {like.dtype} {tuple(like.shape)}")
    if not value.isfinite().all():
        raise ValueError(f"{name} holds values that are not finite")
    if not value.is_floating_point() and (value < 0).any():
        raise ValueError(f"{name} is negative")
