"""Speed of a round of every model of images, as measured in docs/results.md.

    python scripts/benchmark_images.py [MODEL ...] [--precision bf16] [--threads 1] [--rounds 20] [--batch-size 64]

Images of 1 x 28 x 28 in two values, default settings. images/s: the batch size over the time of a round, however many
batches its turns draw. GFLOP/s counts convolutions and matrix products, forward and backward; the peak is the
best of a 3 x 3 convolution, 64 to 64 channels, 64 images of 32 x 32. Products that a model gets around do not count.

ACAI is timed beside a loop in plain PyTorch on the same networks, in turns: the median of the ratios of their rounds.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from textgan.data.images import ImageStream
from textgan.data.images.binarize import Binarizer
from textgan.data.images.sets import ArraySet
from textgan.data.types import ImageSpec
from textgan.device import Machine, prepare
from textgan.models import build
from textgan.recipes import MODELS, recipe
from textgan.recipes.autoencoders import ACAIConfig
from textgan.settings import TrainConfig
from textgan.training.trainer import Trainer

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


def convolution(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.LeakyReLU(0.2))


def plain_encoder(config: ACAIConfig, scales: int) -> nn.Module:
    """The layers of ACAI's paper, one by one; images of 28 x 28 get a border of two."""
    layers: list[nn.Module] = [nn.ConstantPad2d(2, -1.0), nn.Conv2d(1, config.depth, 1)]
    width = config.depth
    for k in range(scales):
        wide = config.depth * 2**k
        layers += [convolution(width, wide), convolution(wide, wide), nn.AvgPool2d(2)]
        width = wide
    last = config.depth * 2**scales
    return nn.Sequential(*layers, convolution(width, last), nn.Conv2d(last, config.code_channels, 3, padding=1))


def plain_decoder(config: ACAIConfig, scales: int) -> nn.Module:
    layers: list[nn.Module] = []
    width = config.code_channels
    for k in reversed(range(scales)):
        narrow = config.depth * 2**k
        layers += [convolution(width, narrow), convolution(narrow, narrow), nn.Upsample(scale_factor=2)]
        width = narrow
    return nn.Sequential(*layers, convolution(width, width), nn.Conv2d(width, 1, 3, padding=1), nn.ZeroPad2d(-2))


class PlainACAI:
    """ACAI as one writes it down: detach, zero_grad, backward, step."""

    def __init__(self, config: ACAIConfig, machine: Machine, images: ImageStream) -> None:
        self.config, self.machine, self.images, self.round = config, machine, images, 0
        scales = (32 // config.code_width).bit_length() - 1
        self.encoder, self.decoder, self.critic = (
            make(config, scales).to(machine.device) for make in (plain_encoder, plain_decoder, plain_encoder)
        )
        self.of_autoencoder = [*self.encoder.parameters(), *self.decoder.parameters()]
        self.of_critic = list(self.critic.parameters())
        self.optimizers = [torch.optim.Adam(own, 1e-4, fused=True) for own in (self.of_autoencoder, self.of_critic)]

    def answer(self, x: Tensor) -> Tensor:
        """The critic's guess of alpha, (B,)."""
        return self.critic(x).mean((1, 2, 3))

    def play_round(self) -> None:
        """Move the autoencoder, then the critic on what was made before."""
        x = self.images.bucketed(self.round).x.to(self.machine.device)
        self.round += 1
        with self.machine.autocast():
            z = self.encoder(x).float()
            alpha = torch.rand(len(x), device=x.device) / 2
            share = alpha[:, None, None, None]
            logits = self.decoder(z)
            x_hat, x_mix = (
                torch.tanh(y.float() / 2) for y in (logits, self.decoder(torch.lerp(z.roll(1, 0), z, share)))
            )
            loss = F.softplus(-x * logits.float()).mean()
            loss = loss + self.config.interpolation_weight * self.answer(x_mix).square().mean()
        self.step(0, loss, self.of_autoencoder)
        with self.machine.autocast():
            found = (self.answer(x_mix.detach()) - alpha).square().mean()
            loss = found + self.answer(torch.lerp(x_hat.detach(), x, self.config.blend)).square().mean()
        self.step(1, loss, self.of_critic)

    def step(self, player: int, loss: Tensor, parameters: list[nn.Parameter]) -> None:
        """Descend a loss over one player's parameters."""
        self.optimizers[player].zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizers[player].step()


def against_plain(trainer: Trainer, config: ACAIConfig, rounds: int) -> float:
    """How many times as long a round takes in plain PyTorch."""
    plain = PlainACAI(config, trainer.machine, stream(trainer.stream.bucketed(0).batch_size))
    plain.play_round()
    return statistics.median(seconds(plain.play_round) / seconds(trainer.play_round) for _ in range(rounds))


def measure(model: str, machine: Machine, rounds: int, batch_size: int, peak: float) -> str:
    torch.manual_seed(0)
    config = recipe(model, modality="images").settings
    trainer = Trainer(build(config, SPEC), stream(batch_size), machine, 0)
    for _ in range(3):
        trainer.play_round()
    with Work() as counter:
        trainer.play_round()
    work = counter.total / 1e9
    pace = statistics.median(seconds(trainer.play_round) for _ in range(rounds))
    share = 100 * work / pace / peak
    row = f"{model:<14}{1000 * pace:>8.0f} ms{batch_size / pace:>10,.0f}{work / pace:>10.0f}{share:>8.0f} %"
    if isinstance(config, ACAIConfig):
        row += f"   plain PyTorch takes {against_plain(trainer, config, rounds):.2f} times as long"
    return row


def main() -> None:
    of_images = [name for name, config in MODELS.items() if "images" in config.defaults]
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
