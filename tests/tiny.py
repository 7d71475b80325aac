"""A small model and corpus that every test can build in milliseconds."""

import dataclasses
from pathlib import Path

import numpy as np
import torch

from textgan.config import OptimizerConfig
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import TextSpec
from textgan.device import Machine
from textgan.game import Game
from textgan.recipes import MODELS, ModelConfig, recipe
from textgan.trainer import Trainer

SPEC = TextSpec(vocab_size=20, max_length=6)
CPU = Machine(torch.device("cpu"), "float32", 1)
SIZES = {
    "embedding_dim": 8,
    "hidden_dim": 8,
    "noise_dim": 4,
    "generator_dims": (8, 8),
    "critic_dims": (8, 8),
    "gan_batch_size": 8,
}


def tiny_config(model: str = "arae", preset: str | None = None, **changes: object) -> ModelConfig:
    """A model's configuration cut down to toy sizes."""
    config = recipe(model, preset).settings
    sizes = {k: v for k, v in SIZES.items() if k in MODELS[model].__dataclass_fields__}
    return dataclasses.replace(config, **(sizes | changes))  # type: ignore[arg-type]


def tiny_game(config: ModelConfig, seed: int = 0) -> Game:
    """A model with parameters drawn from `seed`."""
    torch.manual_seed(seed)
    return config.build(SPEC)


def tiny_corpus(n: int = 50, seed: int = 0) -> TokenFile:
    """n random sentences of 1 to 6 words."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, SPEC.max_length + 1, n)
    tokens = rng.integers(4, SPEC.vocab_size, lengths.sum())
    ends = lengths.cumsum()
    words = [f"w{i}" for i in range(SPEC.vocab_size - 4)]
    return TokenFile(tokens, ends - lengths, ends, WordTokenizer(words))


def tiny_trainer(config: ModelConfig, batch_size: int = 8, seed: int = 0, length: float = float("inf")) -> Trainer:
    """A trainer at round 0."""
    return Trainer(tiny_game(config), SentenceStream(tiny_corpus(), batch_size, seed), CPU, seed, length)


SGD = OptimizerConfig("sgd", lr=0.1)


def write_corpus(path: Path, n: int = 300) -> Path:
    """n short sentences, one a line."""
    subjects, verbs, places = ["a man", "a girl", "two dogs"], ["runs", "sleeps", "eats"], ["here", "there", "outside"]
    rng = np.random.default_rng(0)
    lines = [
        f"{rng.choice(subjects)} {rng.choice(verbs)} {rng.choice(places)} {' '.join(rng.choice(places, i % 4))}".strip()
        for i in range(n)
    ]
    path.write_text("".join(line + f" n{i % 40}\n" for i, line in enumerate(lines)), encoding="utf-8")
    return path
