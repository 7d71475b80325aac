"""Many processes: the only place that knows torch.distributed.

One process is world size 1 and needs no set-up: every function here is then free. Parameters live in plain modules
and gradients are averaged by hand, because DistributedDataParallel wraps only `forward` and leaves a loss made of a
gradient penalty unsynchronised (pytorch#47562).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar, cast

import torch
import torch.distributed as dist
from torch import Tensor

from textgan.errors import SaidElsewhereError, UserError

T = TypeVar("T")

_LOST = ("gloo", "Gloo", "Connection closed", "Connection re", "Broken pipe", "NCCL", "TCPStore")
"""In messages of a process that waits for one that has ended."""


def rank() -> int:
    """Number of this process, 0 for the first."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """Number of processes that train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main() -> bool:
    """Whether this process is the one that logs and writes."""
    return rank() == 0


def local_world_size() -> int:
    """Processes on this machine, which share its cores."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def local_rank() -> int:
    """Number of this process on its machine: the GPU it takes."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def session(cuda: bool) -> Iterator[None]:
    """Join the processes that torchrun started, for the time of the block; does nothing in a single process.

    Args:
        cuda: whether the processes compute on GPUs (NCCL, and gloo for numbers of the host) or not (gloo).

    Raises:
        UserError: another process has ended.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if cuda:
        torch.cuda.set_device(local_rank())
    # All wait while the main process tokenizes a large corpus or validates the model; torchrun sees to those that die.
    # Numbers of the host go from host to host.
    dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=timedelta(days=1))
    try:
        yield
    except (RuntimeError, OSError) as error:
        if not any(sign in str(error) for sign in _LOST):
            raise
        raise UserError(
            f"process {rank()}: another process of this training has ended; what it printed says why, and the same "
            "command goes on from the last checkpoint, if there is one"
        ) from error
    finally:
        dist.destroy_process_group()  # without it, gloo aborts at exit


def check_size(size: int, world_size: int, name: str) -> None:
    """Refuse a number of rows that cannot be shared among the processes.

    Raises:
        UserError: it is no positive multiple of their number.
    """
    if size < 1 or size % world_size:
        raise UserError(f"{name} {size} over {world_size} processes; expected a positive multiple of {world_size}")


def average_gradients(gradients: Sequence[Tensor | None], like: Sequence[Tensor]) -> list[Tensor | None]:
    """Mean over ranks of the gradients of a step, in one all-reduce of a flat buffer.

    A gradient that is None on one rank is None on all, since all ranks take the same turn.

    Args:
        gradients: a gradient, or None where the loss does not reach the parameter.
        like: the parameters.
    """
    if world_size() == 1:
        return list(gradients)
    present = [g for g in gradients if g is not None]
    if not present:
        return list(gradients)
    flat = torch.cat([g.flatten() for g in present])
    dist.all_reduce(flat)
    flat /= world_size()
    parts = iter(flat.split([g.numel() for g in present]))
    return [None if g is None else next(parts).view_as(p) for g, p in zip(gradients, like, strict=True)]


def mean(value: Tensor) -> Tensor:
    """Mean of a tensor over ranks; no gradient flows through it."""
    if world_size() == 1:
        return value
    total = value.clone()
    dist.all_reduce(total)
    return total / world_size()


def joined(rows: Tensor) -> Tensor:
    """The rows of all ranks, (B / ranks, ...), dealt out in turn as those of the global batch were: (B, ...)."""
    if world_size() == 1:
        return rows
    parts = [torch.empty_like(rows) for _ in range(world_size())]
    dist.all_gather(parts, rows.contiguous())
    return torch.stack(parts, dim=1).flatten(0, 1)


def gathered(rows: Tensor) -> Tensor:
    """The global batch, (B, ...), of which this rank's rows, (B / ranks, ...); gradients flow through."""
    if world_size() == 1:
        return rows
    import torch.distributed.nn.functional as dist_nn

    whole = rows.new_zeros(len(rows) * world_size(), *rows.shape[1:])
    whole[rank() :: world_size()] = rows
    everything: Tensor = dist_nn.all_reduce(whole)
    return everything


def mirrored(rows: Tensor) -> Tensor:
    """The global batch backwards, of which this rank's rows, (B / ranks, ...); gradients flow through."""
    return gathered(rows).flip(0)[rank() :: world_size()]


def mean_with_gradient(value: Tensor) -> Tensor:
    """Mean of a tensor over ranks through which gradients flow, once and twice (for batch statistics)."""
    if world_size() == 1:
        return value
    import torch.distributed.nn.functional as dist_nn

    return dist_nn.all_reduce(value) / world_size()


def from_main(make: Callable[[], T]) -> T:
    """What the main process makes, on all of them: to compute it twice might not give the same to the last bit."""
    if world_size() == 1:
        return make()
    made = [make() if is_main() else None]
    dist.broadcast_object_list(made)
    return cast(T, made[0])


def on_main(make: Callable[[], T]) -> T | None:
    """What the main process makes, which alone has it; the others wait, and none goes on if it could not be made.

    Raises:
        UserError: what `make` raised, on the main process.
        SaidElsewhereError: the same, on the others.
    """
    made, failure = None, None
    if is_main():
        try:
            made = make()
        except (UserError, OSError) as error:
            failure = error
    failed = maximum(failure is not None)
    if failure is not None:
        raise failure
    if failed:
        raise SaidElsewhereError("the main process could not go on")
    return made


def maximum(number: int) -> int:
    """The largest number of all processes: whether any of them says stop, or the first trouble that one of them saw."""
    return maxima([number])[0]


def maxima(numbers: Sequence[int]) -> list[int]:
    """The same of several numbers at once."""
    if world_size() == 1:
        return [int(number) for number in numbers]
    largest = torch.tensor([int(number) for number in numbers])
    dist.all_reduce(largest, dist.ReduceOp.MAX)
    return [int(number) for number in largest.tolist()]


def barrier() -> None:
    """Wait for all processes."""
    if world_size() > 1:
        dist.barrier()
