"""Pace of a model's rounds by the clock, one line a call; `scripts/benchmark_gpu.sh` calls it for several models.

    python scripts/benchmark_gpu.py MODEL [--autoencoder transformer] [--precision bf16] [--device cuda] [--tiny]

Models of sentences read random words with the lengths of captions, vocabulary 11,004; others ACAI's lines. On a GPU the
first rounds are played where torch refuses whatever waits for the device; then rounds follow each other without a pause
for the clock. `launched` is the host's part of that time: near all of it, the host is too slow for the GPU.
"""

import argparse
import dataclasses
import resource
import time
from typing import Any, NamedTuple

import torch
from benchmark import captions

from textgan.data.images import ImageStream
from textgan.data.images.builtin import LineSet
from textgan.data.stream import SentenceStream
from textgan.data.types import ImageSpec, TextSpec
from textgan.device import Machine, prepare
from textgan.models import build
from textgan.recipes import MODELS, recipe
from textgan.settings import TrainConfig
from textgan.training.trainer import Trainer

MAX_LENGTH, WARM = 15, 5


class Pace(NamedTuple):
    """Seconds of a number of rounds: in all, and until the host had launched them."""

    whole: float
    launched: float


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("model", choices=MODELS)
    flags.add_argument("--autoencoder", default="lstm", choices=["lstm", "transformer"])
    flags.add_argument("--precision", default="float32", choices=["float32", "bf16"])
    flags.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    flags.add_argument("--batch-size", type=int, default=128)
    flags.add_argument("--rounds", type=int, default=200)
    flags.add_argument("--tiny", action="store_true", help="toy sizes: does it run?")
    values = flags.parse_args()
    machine = prepare(TrainConfig(precision=values.precision, device=values.device, threads=1))
    batch_size, rounds = (8, 2) if values.tiny else (values.batch_size, values.rounds)
    trainer, units = trainer_of(values.model, values.autoencoder, machine, batch_size, values.tiny)
    refuse_waiting(trainer)
    pace = measure(trainer, rounds)
    name = "transformer " + values.model if values.autoencoder == "transformer" else values.model
    print(
        f"{name:<18}{machine.device.type:<6}{machine.precision:<9}{1000 * pace.whole / rounds:>9.2f} ms a round"
        f"{rounds / pace.whole:>10.1f} rounds/s{units * rounds / pace.whole:>13,.0f} {unit(trainer)}/s"
        f"{100 * pace.launched / pace.whole:>6.0f} % launched{peak(machine):>8.2f} GiB",
        flush=True,
    )


def trainer_of(model: str, networks: str, machine: Machine, batch_size: int, tiny: bool) -> tuple[Trainer, float]:
    """A trainer at round 0, and the units of its bucketed batch: tokens, end tokens counted, or images."""
    torch.manual_seed(0)
    if "text" in MODELS[model].defaults and model != "acai":
        vocabulary = 100 if tiny else 11_000
        changes: dict[str, Any] = {"autoencoder": networks}
        changes |= {"embedding_dim": 8, "hidden_dim": 8, "heads": 2, "layers": 1} if tiny else {}
        config: Any = dataclasses.replace(recipe(model, modality="text").settings, **changes)
        words = SentenceStream(captions(vocabulary), batch_size, 0)
        game = build(config, TextSpec(vocabulary + 4, MAX_LENGTH))
        return Trainer(game, words, machine, 0), words.bucketed(0).token_count
    config = recipe(model, modality="images").settings
    spec = ImageSpec((1, 32, 32))
    return Trainer(build(config, spec), ImageStream(LineSet(0), batch_size, 0), machine, 0), batch_size


def refuse_waiting(trainer: Trainer) -> None:
    """Warm up; then, on a GPU, play rounds in which torch raises where the host would wait."""
    for _ in range(WARM):
        trainer.play_round()
    if trainer.machine.device.type == "cuda":
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error")
        trainer.play_round()
        torch.cuda.set_sync_debug_mode("default")


def measure(trainer: Trainer, rounds: int) -> Pace:
    """Play rounds on end; the device is waited for before and after."""
    synchronize(trainer.machine.device)
    began = time.perf_counter()
    for _ in range(rounds):
        trainer.play_round()
    launched = time.perf_counter() - began
    synchronize(trainer.machine.device)
    trainer.check(weights=True)
    return Pace(time.perf_counter() - began, launched)


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def peak(machine: Machine) -> float:
    """Gibibytes at most: of tensors on a GPU, else of the process."""
    if machine.device.type == "cuda":
        return torch.cuda.max_memory_allocated(machine.device) / 2**30
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def unit(trainer: Trainer) -> str:
    return "tokens" if isinstance(trainer.stream, SentenceStream) else "images"


if __name__ == "__main__":
    main()
