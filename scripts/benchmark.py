"""Speed of a round of ARAE and of sampling, as measured in docs/results.md.

    python scripts/benchmark.py [--precision bf16] [--threads 1] [--rounds 100] [--data CORPUS]

The round is the paper's: 1 autoencoder, 5 critic, 1 encoder, 1 generator move; vocabulary 11,004, embedding and hidden
size 300, batch 64, sentences of up to 15 words (--recipe default: the default recipe, also at batch 64). Without --data
the corpus is random words with the lengths of captions.
"""

import argparse
import resource
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from textgan.config import Decoding, TrainConfig
from textgan.data.config import DataConfig
from textgan.data.corpus import open_corpus
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import TextSpec
from textgan.device import Machine, prepare
from textgan.recipes import ARAEConfig
from textgan.sampling import at_rest
from textgan.trainer import Trainer

VOCABULARY, WIDTH, BATCH, MAX_LENGTH = 11_000, 300, 64, 15
PAPER = ARAEConfig(
    generator_dims=(300, 300),
    generator_norm="none",
    generator_residual=False,
    gan_batch_size=None,
    encoder_batch_size=None,
    critic_steps=5,
)


def corpus(data: str | None) -> TokenFile:
    if data:
        return open_corpus(DataConfig(data=data, vocab_size=VOCABULARY, max_length=MAX_LENGTH)).train
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.normal(10.9, 2.4, 50_000).round().astype(np.int64), 3, MAX_LENGTH)
    tokens = np.minimum(4 + rng.zipf(1.3, lengths.sum()), VOCABULARY + 3).astype(np.uint16)
    ends = lengths.cumsum()
    return TokenFile(tokens, ends - lengths, ends, WordTokenizer([f"w{i}" for i in range(VOCABULARY)]))


def matmul_peak(precision: str, device: torch.device) -> float:
    """Best GFLOP/s of a 1024^3 product."""
    a = torch.randn(1024, 1024, dtype=torch.bfloat16 if precision == "bf16" else torch.float32, device=device)
    return max(2 * 1024**3 / seconds(lambda: a @ a) for _ in range(20)) / 1e9


def seconds(action: Callable[[], object]) -> float:
    synchronize()
    began = time.perf_counter()
    action()
    synchronize()
    return time.perf_counter() - began


def synchronize() -> None:
    """Wait for the GPU, where there is one: its work is only launched when a call returns."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def flops(config: ARAEConfig, tokens: float) -> float:
    """Products of a round on real tokens: forward 2 a weight and token, backward twice as much."""
    lstm = 4 * WIDTH * 2 * WIDTH
    decoder = 4 * WIDTH * 3 * WIDTH + WIDTH * (VOCABULARY + 4)
    reconstruction = 3 * 2 * tokens * (lstm + decoder)
    gan_tokens = tokens * (config.gan_batch_size or BATCH) / BATCH
    codes = 2 * gan_tokens * config.critic_steps * lstm
    encoder = 3 * 2 * tokens * lstm
    critic = WIDTH * (config.critic_dims[0] + config.critic_dims[-1])
    gan = 2 * (config.gan_batch_size or BATCH) * config.critic_steps * 12 * critic
    return reconstruction + codes + encoder + gan


def measure_training(config: ARAEConfig, data: TokenFile, machine: Machine, rounds: int) -> None:
    torch.manual_seed(0)
    spec = TextSpec(VOCABULARY + 4, MAX_LENGTH)
    stream = SentenceStream(data, BATCH, 0)
    trainer = Trainer(config.build(spec), stream, machine, 0)
    for _ in range(10):
        trainer.play_round()
    times, tokens = [], []
    for r in range(10, 10 + rounds):
        tokens.append(stream.bucketed(r).token_count)
        times.append(seconds(trainer.play_round))
    pace = statistics.median(times)
    done = statistics.mean(tokens)
    work = flops(config, done) / pace / 1e9
    peak = matmul_peak(machine.precision, machine.device)
    print(f"round: median {pace * 1000:.0f} ms, {done / pace:,.0f} tokens/s of the autoencoder", end="; ")
    print(f"{work:.0f} GFLOP/s, {100 * work / peak:.0f} % of the {peak:.0f} of a 1024^3 product")
    measure_sampling(trainer)


def measure_sampling(trainer: Trainer) -> None:
    torch.set_autocast_enabled("cpu", False)
    for name, decoding in (("greedy", Decoding()), ("temperature 1", Decoding(temperature=1.0))):
        with at_rest(trainer.game) as game:
            decode = partial(game.decode, game.prior(2000), decoding)
            pace = min(seconds(decode) for _ in range(2))
        print(f"sampling, {name}: {2000 / pace:,.0f} sentences/s (an untrained model's: all of full length)")


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--precision", default="auto", choices=["auto", "float32", "bf16"])
    flags.add_argument("--threads", type=int, default=1)
    flags.add_argument("--rounds", type=int, default=60)
    flags.add_argument("--data", default=None)
    flags.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    flags.add_argument("--recipe", default="paper", choices=["paper", "default"])
    values = flags.parse_args()
    settings = TrainConfig(precision=values.precision, threads=values.threads, device=values.device)
    machine = prepare(settings)
    config = PAPER if values.recipe == "paper" else ARAEConfig()
    print(f"{machine.precision}, {machine.threads} threads, recipe {values.recipe}")
    measure_training(config, corpus(values.data), machine, values.rounds)
    print(f"peak resident memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


if __name__ == "__main__":
    main()
