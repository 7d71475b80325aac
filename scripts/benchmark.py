"""What a round costs: CPU time, tokens and memory of ARAE, an autoencoder and a language model, beside a plain loop.

    python scripts/benchmark.py [--vocabularies 1000,5000,11000,50000] [--threads 1] [--precision float32] [--rounds 20]

The plain loop is an LSTM autoencoder as one writes it first: nn.LSTM over padded batches, a full softmax everywhere,
Adam, float32. All have embeddings, states and codes of 300, and batches of 128 sentences as long as captions of up to
15 words, which follow Zipf's law. What counts are the ratios: times differ from machine to machine and from day to
day. Each case runs in a process of its own. Samples are drawn greedily and at temperature 1.
"""

import argparse
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from textgan.data.specials import PAD
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import Sentences, TextSpec
from textgan.device import prepare
from textgan.models import build
from textgan.recipes import recipe
from textgan.sampling import inference
from textgan.settings import Decoding, TrainConfig
from textgan.training.trainer import Trainer

WIDTH, BATCH, MAX_LENGTH, WARM = 300, 128, 15, 3
MODELS = ("plain loop", "ae", "lm", "arae")


class Cost(NamedTuple):
    """Of a round: CPU seconds, tokens a CPU second; gibibytes at most; sentences a CPU second of sampling."""

    seconds: float
    tokens: float
    memory: float
    sampling: str


class PlainAutoencoder(nn.Module):
    """Encoder, decoder and loss as in a tutorial."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.read, self.write = nn.Embedding(vocabulary, WIDTH), nn.Embedding(vocabulary, WIDTH)
        self.encoder = nn.LSTM(WIDTH, WIDTH, batch_first=True)
        self.decoder = nn.LSTM(2 * WIDTH, WIDTH, batch_first=True)
        self.output = nn.Linear(WIDTH, vocabulary)

    def forward(self, batch: Sentences) -> Tensor:
        """Nats per token."""
        states, _ = self.encoder(self.read(batch.inputs))
        code = states[torch.arange(batch.batch_size), batch.lengths - 1]
        codes = code[:, None].expand(-1, batch.inputs.shape[1], -1)
        states, _ = self.decoder(torch.cat([self.write(batch.inputs), codes], dim=2))
        logits = self.output(states)
        return nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=PAD)


def captions(vocabulary: int) -> TokenFile:
    """Random words, the common ones far more often, in 50,000 sentences as long as captions."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.normal(10.9, 2.4, 50_000).round().astype(np.int64), 3, MAX_LENGTH)
    chances = 1 / (np.arange(vocabulary) + 2.7)  # Zipf and Mandelbrot
    tokens = 4 + rng.choice(vocabulary, lengths.sum(), p=chances / chances.sum())
    ends = lengths.cumsum()
    tokenizer = WordTokenizer([f"w{i}" for i in range(vocabulary)])
    return TokenFile(tokens.astype(np.uint16), ends - lengths, ends, tokenizer)


def measure(model: str, vocabulary: int, settings: TrainConfig, rounds: int) -> Cost:
    """Play rounds of one model."""
    machine = prepare(settings)
    torch.manual_seed(0)
    stream = SentenceStream(captions(vocabulary), BATCH, 0)
    sampling = ""
    if model == "plain loop":
        play = plain_rounds(PlainAutoencoder(vocabulary + 4), stream)
    else:
        game = build(recipe(model, modality="text").settings, TextSpec(vocabulary + 4, MAX_LENGTH))
        trainer = Trainer(game, stream, machine, 0)
        play = trainer.play_round
    for _ in range(WARM):
        play()
    times = [cpu_seconds(play) for _ in range(rounds)]
    tokens = statistics.mean(float(stream.bucketed(r).lengths.sum()) for r in range(WARM, WARM + rounds))
    if model != "plain loop":
        sampling = sampled(trainer)
    seconds = statistics.mean(times)
    return Cost(seconds, tokens / seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, sampling)


def plain_rounds(network: PlainAutoencoder, stream: SentenceStream) -> Callable[[], None]:
    optimizer = torch.optim.Adam(network.parameters())
    numbers = iter(range(1_000_000))

    def play() -> None:
        optimizer.zero_grad()
        network(stream.bucketed(next(numbers))).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()

    return play


def sampled(trainer: Trainer) -> str:
    """Sentences a CPU second, greedily and drawn."""
    paces = []
    for decoding in (Decoding(temperature=0.0), Decoding(temperature=1.0)):
        with inference(trainer.game) as game:
            decode = partial(game.decode, game.prior(1000), decoding)
            paces.append(1000 / min(cpu_seconds(decode) for _ in range(2)))
    return " and ".join(f"{pace:,.0f}" for pace in paces)


def cpu_seconds(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began


def matmul_peak(threads: int) -> float:
    """Best GFLOP/s of a 1024^3 product of float32."""
    torch.set_num_threads(threads)
    a = torch.randn(1024, 1024)
    return max(2 * 1024**3 / cpu_seconds(lambda: a @ a) for _ in range(10)) / 1e9


def main() -> None:
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("--vocabularies", default="1000,5000,11000,50000")
    flags.add_argument("--precision", default="float32", choices=["auto", "float32", "bf16"])
    flags.add_argument("--threads", type=int, default=1)
    flags.add_argument("--rounds", type=int, default=20)
    values = flags.parse_args()
    settings = TrainConfig(precision=values.precision, threads=values.threads, device="cpu")
    print(f"{values.precision}, {values.threads} threads; 1024^3 product {matmul_peak(1):.0f} GFLOP/s a core")
    print("| vocabulary | model | CPU ms a round | of the plain loop | of ae | tokens a CPU s | GiB | samples a CPU s")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
        for vocabulary in map(int, values.vocabularies.split(",")):
            costs = {m: pool.submit(measure, m, vocabulary, settings, values.rounds).result() for m in MODELS}
            for model, cost in costs.items():
                ratios = [f"{cost.seconds / costs[other].seconds:.2f}" for other in ("plain loop", "ae")]
                numbers = [f"{1000 * cost.seconds:,.0f}", *ratios, f"{cost.tokens:,.0f}", f"{cost.memory:.2f}"]
                print("|", " | ".join([f"{vocabulary:,}", model, *numbers, cost.sampling or "-"]), flush=True)


if __name__ == "__main__":
    main()
