"""What the machine offers and how it is used: device, precision, threads, memory allocator."""

import ctypes
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from textgan import distributed
from textgan.errors import UserError
from textgan.limits import available_cores
from textgan.settings import TrainConfig

logger = logging.getLogger("textgan")

_NAMES = {"cpu": "processor", "cuda": "GPU"}
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3
_MIB = 1 << 20


class Machine(NamedTuple):
    """The settings that were chosen.

    Args:
        device: where the model computes.
        precision: "float32" or "bf16".
        threads: threads of the CPU.
    """

    device: torch.device
    precision: str
    threads: int

    def autocast(self, full_precision: bool = False) -> AbstractContextManager[object]:
        """The block computes in bf16 where that is the precision; not if it needs full precision."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=not full_precision)


def find_device(wanted: str) -> torch.device:
    """The device for auto, cpu or cuda; with many ranks each takes the GPU of its local rank.

    Raises:
        UserError: cuda without a GPU.
    """
    if wanted not in ("auto", "cpu", "cuda"):
        raise UserError(f"device is {wanted!r}; expected auto, cpu or cuda")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UserError("device is cuda, but torch finds no GPU here; expected one, or --device cpu")
    if wanted == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", distributed.local_rank())


def prepare_machine(config: TrainConfig) -> Machine:
    """Choose device, precision and threads, and set up the process for training.

    That is for the whole process: PyTorch's threads, how float32 products are computed, and, which nothing undoes, how
    much freed memory the C library keeps. `process_restored` puts the first two back.
    """
    device = find_device(config.device)
    threads = config.threads or max(1, available_cores() // distributed.local_world_size())
    torch.set_num_threads(threads)
    if device.type == "cpu":
        _keep_memory()
        float32_through_onednn()
    return Machine(device, _precision(config.precision, device), threads)


@contextmanager
def process_restored() -> Iterator[None]:
    """After the block PyTorch has the threads and the float32 products that it had before."""
    threads, products = torch.get_num_threads(), _products()
    precision = products and products.fp32_precision
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        if products is not None:
            products.fp32_precision = precision


def _products() -> Any:
    """PyTorch's setting, since 2.9, of how float32 products are computed; None: it has none."""
    return getattr(torch.backends.mkldnn, "matmul", None)


def _precision(wanted: str, device: torch.device) -> str:
    """What is computed in: bf16 only where it is faster; emulated, a round takes over twice as long."""
    capable = _computes_in_bf16(device)
    if wanted == "bf16" and not capable:
        logger.warning("bf16 is slower than float32 on this %s: float32 is used", _NAMES[device.type])
    return "bf16" if capable and wanted != "float32" else "float32"


def moved(x: Tensor, device: torch.device) -> Tensor:
    """The tensor on `device`, its host not waiting for the device.

    A GPU fetches memory by itself only if that is page-locked; of other memory the host makes the copy, after all that
    the device still has to do.
    """
    if device.type == "cuda" and x.device.type == "cpu":
        x = x.pin_memory()
    return x.to(device, non_blocking=True)


@cache
def _capabilities() -> Mapping[str, Any]:
    """What the processor can do; empty where torch does not know."""
    return torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}


def _computes_in_bf16(device: torch.device) -> bool:
    """Whether bf16 products are faster than float32 ones, and not emulated."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return processor_is_fast_in_bf16()


def processor_is_fast_in_bf16() -> bool:
    """Whether the processor multiplies faster in bf16 than in float32.

    It does with AMX, and with AMD's AVX-512. Intel's AVX-512 has bf16 too, at half the rate: without AMX, which a
    virtual machine may hide, products take twice as long in bf16 as in float32. Others emulate it.
    """
    capabilities = _capabilities()
    intel = "intel" in str(capabilities.get("cpu_name", "")).lower()
    return processor_has_amx() or bool(capabilities.get("avx512_bf16") and not intel)


def processor_has_amx() -> bool:
    """Whether the processor multiplies tiles of bf16 (Intel's AMX)."""
    return bool(_capabilities().get("amx_bf16"))


def float32_through_onednn() -> None:
    """Send float32 products to oneDNN, which is twice as fast as MKL on processors with bf16 instructions.

    The switch permits bf16 inside a product, which oneDNN uses only with AMX: there it is left alone.
    """
    capabilities, products = _capabilities(), _products()
    if products is not None and capabilities.get("avx512_bf16") and not processor_has_amx():
        products.fp32_precision = "bf16"


def _keep_memory() -> None:
    """Let glibc keep freed memory instead of returning it each step: 10-20 % of a training step are page faults else.

    The thresholds lie just above the largest tensor; with gigabytes instead, memory grew for hours.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # another C library than glibc: nothing to set
        return
    mallopt(_M_MMAP_THRESHOLD, 32 * _MIB)
    mallopt(_M_TRIM_THRESHOLD, 256 * _MIB)
    mallopt(_M_TOP_PAD, 64 * _MIB)


def return_memory() -> None:
    """Let glibc return what `_keep_memory` kept: after other work than training, whose sizes are not those of a round.

    Else a run's memory grows, at ever fewer MB a minute, by what validations leave between blocks in use.
    """
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
