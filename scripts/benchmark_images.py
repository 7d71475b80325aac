"""Speed of a round of every model of images, as measured in docs/results.md.

    python scripts/benchmark_images.py [MODEL ...] [--precision bf16] [--threads 1] [--rounds 20] [--batch-size 64]

Images of 1 x 28 x 28 in two values, default settings. images/s: the batch size over the time of a round, however many
batches its turns draw. GFLOP/s counts convolutions and matrix products, forward and backward; the peak is the
best of a 3 x 3 convolution, 64 to 64 channels, 64 images of 32 x 32.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from textgan.config import TrainConfig
from textgan.data.images import ImageStream
from textgan.data.images.binarize import Binarizer
from textgan.data.images.sets import ArraySet
from textgan.data.types import ImageSpec
from textgan.device import Machine, prepare
from textgan.recipes import MODELS, recipe
from textgan.trainer import Trainer

SPEC = ImageSpec((1, 28, 28), binary=True, classes=10)


class Work(TorchDispatchMode):
    """Counts floating-point operations; torch's own FlopCounterMode cannot see a gradient within a gradient."""

    total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        self.total += count(*args, **(kwargs or {}), out_val=out) if count else 0
        return out


def stream(batch_size: int) -> ImageStream:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (2000, *SPEC.shape)).astype(np.uint8)
    return ImageStream(ArraySet(pixels, rng.integers(0, 10, 2000), Binarizer("dynamic")), batch_size, 0)


def seconds(action: Callable[[], object]) -> float:
    synchronize()
    began = time.perf_counter()
    action()
    synchronize()
    return time.perf_counter() - began


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def convolution_peak(machine: Machine) -> float:
    """Best GFLOP/s of a convolution in this precision."""
    dtype = torch.bfloat16 if machine.precision == "bf16" else torch.float32
    x = torch.randn(64, 64, 32, 32, dtype=dtype, device=machine.device)
    weight = torch.randn(64, 64, 3, 3, dtype=dtype, device=machine.device)
    work = 2 * 64 * 64 * 9 * 64 * 32 * 32
    with torch.no_grad():
        return max(work / seconds(lambda: torch.conv2d(x, weight, padding=1)) for _ in range(20)) / 1e9


def measure(model: str, machine: Machine, rounds: int, batch_size: int, peak: float) -> str:
    torch.manual_seed(0)
    game = recipe(model, kind="images").settings.build(SPEC)
    trainer = Trainer(game, stream(batch_size), machine, 0)
    for _ in range(3):
        trainer.play_round()
    with Work() as counter:
        trainer.play_round()
    work = counter.total / 1e9
    pace = statistics.median(seconds(trainer.play_round) for _ in range(rounds))
    share = 100 * work / pace / peak
    return f"{model:<14}{1000 * pace:>8.0f} ms{batch_size / pace:>10,.0f}{work / pace:>10.0f}{share:>8.0f} %"


def main() -> None:
    of_images = [name for name, config in MODELS.items() if "images" in config.reads]
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("models", nargs="*", default=of_images)
    flags.add_argument("--precision", default="auto", choices=["auto", "float32", "bf16"])
    flags.add_argument("--threads", type=int, default=1)
    flags.add_argument("--rounds", type=int, default=20)
    flags.add_argument("--batch-size", type=int, default=64)
    flags.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    values = flags.parse_args()
    machine = prepare(TrainConfig(precision=values.precision, threads=values.threads, device=values.device))
    peak = convolution_peak(machine)
    print(f"{machine.precision}, {machine.threads} threads; a convolution's peak is {peak:.0f} GFLOP/s")
    print(f"{'':<14}{'round':>11}{'images/s':>10}{'GFLOP/s':>10}{'of peak':>10}")
    for model in values.models:
        print(measure(model, machine, values.rounds, values.batch_size, peak), flush=True)


if __name__ == "__main__":
    main()
