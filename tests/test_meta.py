"""Rounds on the device that holds no numbers: whatever needs them, and so would wait for a GPU, is refused there."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.test_contract import cases
from tests.tiny import CPU, tiny_game, tiny_stream
from textgan.training.trainer import Trainer

aten = torch.ops.aten
COPIES = (aten._to_copy.default, aten.copy_.default)
CHOICES = (aten.index.Tensor, aten.index_put.default, aten.index_put_.default)
GIVEN = (torch.tensor, torch.as_tensor, torch.asarray, torch.from_numpy, Tensor.new_tensor)
META = torch.device("meta")


class NoNumbersGiven(TorchFunctionMode):
    """Refuses to make tensors on the device of numbers of the host: a copy that waits, and that no dispatch sees."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        assert func not in GIVEN or found.device.type == "cpu", f"{func} on the device"
        if func in (Tensor.__getitem__, Tensor.__setitem__):
            indices = args[1] if isinstance(args[1], tuple) else (args[1],)
            assert not any(isinstance(i, list) for i in indices), "a list as an index"
        return found


class NeverWaits(TorchDispatchMode):
    """Refuses what would make the host wait for a GPU, as far as the meta device lets it pass.

    That is a copy from one device to the other that waits for its end, a choice by a mask, and an operation on tensors
    of both devices, where only a single number may be on the host.
    """

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensors = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        devices = {x.device for x in tensors if x.dim() or func in COPIES}
        if func in COPIES:
            to = kwargs.get("device") or args[0].device
            assert {*devices, to} == {to} or kwargs.get("non_blocking") or args[2:] == (True,), f"{func} waits"
        else:
            assert len(devices) < 2, f"{func} of tensors of several devices: {[(x.device, x.shape) for x in tensors]}"
        if func in CHOICES:
            assert not any(i is not None and i.dtype in (torch.bool, torch.uint8) for i in args[1]), f"{func} by a mask"
        return func(*args, **kwargs)


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_no_round_waits_for_the_device(case):
    trainer = Trainer(tiny_game(case.config, spec=case.spec), tiny_stream(case.spec), CPU._replace(device=META), 0)
    with NoNumbersGiven(), NeverWaits():
        for _ in range(2):
            trainer.play_round()
    assert {p.device for p in trainer.game.state_dict().values()} == {META}


ON = torch.zeros(4, 3, device=META)
PLACES = torch.tensor([0, 1])
WAITING: dict[str, Callable[[], object]] = {
    "reading a number": lambda: float(ON.sum()),
    "asking": lambda: bool((ON > 0).all()),
    "finding": lambda: ON.nonzero(),
    "choosing by a mask": lambda: ON[ON > 0],
    "setting by a mask": lambda: ON.__setitem__(ON[:, 0] > 0, ON[:1]),
    "repeating": lambda: torch.repeat_interleave(PLACES.to(META, non_blocking=True)),
    "bringing": lambda: PLACES.to(META),
    "fetching": lambda: ON.cpu(),
    "choosing by places on the host": lambda: ON[PLACES],
    "choosing by a list": lambda: ON[[0, 1]],
    "mixing": lambda: ON * torch.zeros(3),
    "making": lambda: torch.tensor([1.0], device=META),
    "making alike": lambda: ON.new_tensor([1.0]),
}


@pytest.mark.parametrize("act", WAITING.values(), ids=WAITING)
def test_what_waits_is_refused(act):
    with pytest.raises((AssertionError, RuntimeError)), NoNumbersGiven(), NeverWaits():
        act()
