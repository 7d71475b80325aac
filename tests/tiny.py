"""A small model, and sentences, images and points, that every test can build in milliseconds."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import torch

from textgan.data.images import ImageStream
from textgan.data.images.binarize import Binarizer
from textgan.data.images.sets import ArraySet, PointSet
from textgan.data.labeled import examples
from textgan.data.stream import SentenceStream
from textgan.data.tokenfile import FIRST, SECOND, TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.data.types import Images, ImageSpec, Sentences, TextSpec
from textgan.device import Machine
from textgan.game import Game
from textgan.models import build
from textgan.recipes import MODELS, Modality, ModelConfig, recipe
from textgan.recipes.classifier import ClassifierConfig
from textgan.settings import OptimizerConfig
from textgan.training.trainer import Trainer

SPEC = TextSpec(vocab_size=20, max_length=6)
LABELED = SPEC._replace(labels=("no", "yes", "perhaps"))
PAIRS = LABELED._replace(pairs=True)
PIXELS = ImageSpec((1, 8, 8), binary=True, classes=3)
POINTS = ImageSpec((2,), classes=3)
Spec = TextSpec | ImageSpec
CPU = Machine(torch.device("cpu"), "float32", 1)
SIZES = {
    "embedding_dim": 8,
    "hidden_dim": 8,
    "noise_dim": 4,
    "image_dims": (8, 8),
    "image_decoder_dims": (8, 8, 8),
    "generator_dims": (8, 8),
    "critic_dims": (8, 8),
    "gan_batch_size": 8,
    "depth": 4,
    "code_width": 2,
    "codebook_size": 16,
    "gather_dim": 8,
    "free_rounds": 1,
    "code_dim": 6,
    "channels": (4, 8),
    "encoder_dims": (8, 8),
    "decoder_dims": (8, 8),
    "discriminator_dims": (8, 8),
    "code_dims": (8,),
    "joint_dims": (8,),
    "code_discriminator_dims": (8, 8),
    "classifier": ClassifierConfig(hidden_dims=(8,), batch_size=8, unlabeled_batch_size=8, confidence_threshold=0.0),
    "adversary_dims": (8,),
    "recognizer_dim": 4,
    "attribute_dim": 4,
}


def tiny_config(
    model: str = "arae", preset: str | None = None, modality: Modality | None = None, **changes: Any
) -> Any:
    """A model's configuration cut down to toy sizes."""
    config = recipe(model, preset, modality).settings
    sizes = {k: v for k, v in SIZES.items() if k in MODELS[model].__dataclass_fields__}
    return dataclasses.replace(config, **(sizes | changes))


def tiny_game(config: ModelConfig, seed: int = 0, spec: Spec = SPEC) -> Game:
    """A model with parameters drawn from `seed`."""
    torch.manual_seed(seed)
    return build(config, spec)


def tiny_corpus(n: int = 50, seed: int = 0, spec: TextSpec = SPEC) -> TokenFile:
    """n random sentences of 1 to 6 words, the even ones with labels if there are such; or n / 2 pairs of them."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, SPEC.max_length + 1, n)
    tokens = rng.integers(4, SPEC.vocab_size, lengths.sum())
    ends = lengths.cumsum()
    words = [f"w{i}" for i in range(SPEC.vocab_size - 4)]
    labels = np.where(np.arange(n) % 4 < 2, np.arange(n) // 4 % 3, -1) if spec.labels else None
    sides = np.where(np.arange(n) % 2, SECOND, FIRST) if spec.pairs else None
    return TokenFile(tokens, ends - lengths, ends, WordTokenizer(words), labels, spec.labels, sides)


def tiny_images(spec: ImageSpec = PIXELS, n: int = 50, seed: int = 0) -> ArraySet | PointSet:
    """n random images or points, with labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, max(spec.classes, 1), n)
    if not spec.is_image:
        return PointSet(rng.normal(size=(n, *spec.shape)).astype(np.float32), labels)
    pixels = rng.integers(0, 256, (n, *spec.shape)).astype(np.uint8)
    return ArraySet(pixels, labels, Binarizer("threshold" if spec.binary else "none"))


def tiny_stream(
    spec: Spec = SPEC, batch_size: int = 8, seed: int = 0, rank: int = 0, world_size: int = 1
) -> SentenceStream | ImageStream:
    """Batches of data of this shape."""
    place = batch_size, seed, rank, world_size
    if isinstance(spec, ImageSpec):
        return ImageStream(tiny_images(spec), *place)
    corpus = tiny_corpus(spec=spec)
    return SentenceStream(corpus, *place, examples(corpus) if spec.labels else None)


def tiny_batch(spec: Spec = SPEC, rows: int = 8) -> Sentences | Images:
    """Some data of this shape."""
    stream = tiny_stream(spec, rows, seed=1)
    return (
        stream.labeled(0, batch_size=rows // (1 + spec.pairs))
        if isinstance(spec, TextSpec) and spec.labels
        else stream.uniform(0)
    )


def tiny_trainer(
    config: ModelConfig, batch_size: int = 8, seed: int = 0, length: float = float("inf"), spec: Spec = SPEC
) -> Trainer:
    """A trainer at round 0."""
    return Trainer(tiny_game(config, spec=spec), tiny_stream(spec, batch_size, seed), CPU, seed, length)


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
