"""Sentence arithmetic: vectors of attributes between codes.

vector = mean code of sentences with the attribute - mean code of sentences without
edited = decode(code + scale * vector)
"""

import dataclasses
import math
import string
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import torch

from textgan.errors import UserError
from textgan.game import Game
from textgan.sampling.base import Codes
from textgan.sampling.text import SentenceModel
from textgan.settings import Decoding

PRIOR_SAMPLES = 10_000
"""Codes of the prior whose mean stands for any sentence; the authors take a million."""

VARIANTS = 100
"""Sentences drawn from one code, as in the paper."""


def folded_words(sentence: str) -> list[str]:
    """Words between spaces, case folded, without punctuation around them: the same for every tokenizer."""
    return [part.strip(string.punctuation) or part for part in sentence.casefold().split()]


def holds(sentence: str, words: Collection[str]) -> bool:
    """Whether one of the words stands in a sentence."""
    return not set(folded_words(sentence)).isdisjoint(word for text in words for word in folded_words(text))


def attribute_vector(
    model: SentenceModel, add: Sequence[str] | None = None, subtract: Sequence[str] | None = None, seed: int = 0
) -> Codes:
    """Mean code of the sentences `add` minus mean code of the sentences `subtract`, float32, (D,).

    Args:
        model: one with codes.
        add: sentences with the attribute. None or empty: codes of the model's prior take their place.
        subtract: sentences without it; the same.
        seed: of the prior's codes.

    Raises:
        UserError: neither add nor subtract holds a sentence, or the model has no codes.
    """
    if not add and not subtract:
        raise UserError("nothing to add and nothing to subtract; expected sentences of at least one of the two")
    plus, minus = (
        (model.encode(part) if part else model.prior_codes(PRIOR_SAMPLES, seed)).mean(0) for part in (add, subtract)
    )
    vector: Codes = plus - minus
    return vector


def shifted(model: SentenceModel, codes: Codes, vector: npt.ArrayLike, scale: float = 1.0) -> Codes:
    """Codes (N, D) + scale * vector (D,), brought back to norm 1 where the model's codes have it: (N, D).

    Raises:
        UserError: a vector of another shape, or a scale or a vector that is not finite.
    """
    step = np.asarray(vector, np.float32)
    if step.shape != (model.code_dim,):
        raise UserError(f"vector has shape {step.shape}; expected ({model.code_dim},), as attribute_vector makes it")
    if not (math.isfinite(scale) and np.isfinite(step).all()):
        raise UserError(f"scale {scale} times the vector is not finite; expected numbers")
    return on_sphere(model.network, (codes + scale * step).astype(np.float32))


def edit(
    model: SentenceModel,
    sentences: Sequence[str],
    vector: npt.ArrayLike,
    scale: float = 1.0,
    seed: int = 0,
    decoding: Decoding = Decoding(),
) -> list[str]:
    """Sentences whose codes were moved by scale * vector.

    Args:
        model: one with codes.
        sentences: to edit.
        vector: of an attribute, (D,); see `attribute_vector`.
        scale: how far; 1 is the distance between the two means, 0 gives reconstructions.
        seed: of the drawing, with a temperature above 0.
        decoding: how they are read off the codes.

    Raises:
        UserError: see `shifted`.
    """
    return model.decode(shifted(model, model.encode(sentences), vector, scale), seed, decoding)


def draw_variants(
    model: SentenceModel, codes: Codes, count: int = VARIANTS, seed: int = 0, decoding: Decoding = Decoding()
) -> list[list[str]]:
    """`count` sentences drawn from each code (N, D), at temperature 1 unless `decoding` has another above 0.

    Raises:
        UserError: fewer than one variant.
    """
    if count < 1:
        raise UserError(f"count is {count}; expected 1 or more variants")
    drawing = dataclasses.replace(decoding, temperature=decoding.temperature or 1.0, beam_size=1)
    sampled: list[list[str]] = []
    for row, code in enumerate(codes):
        sampled.append(model.decode(np.tile(code, (count, 1)), seed + row, drawing))
    return sampled


def match(variants: Sequence[Sequence[str]], words: Collection[str]) -> float:
    """Share of sentences of whose variants at least one holds one of the words, from 0 to 1; NaN of none.

    The paper's Match %, with 100 variants of each sentence.
    """
    return float(np.mean([any(holds(s, words) for s in of_one) for of_one in variants])) if variants else math.nan


def precision(originals: Sequence[str], outputs: Sequence[str]) -> float:
    """Mean share of an output's words that stand in its original, from 0 to 1; NaN of no sentences.

    A word that stands in the original once counts once; an output without words has precision 0.

    Raises:
        UserError: not one output for each original.
    """
    if len(originals) != len(outputs):
        raise UserError(f"{len(outputs)} outputs for {len(originals)} originals; expected one for each")
    shares = []
    for original, output in zip(originals, outputs, strict=True):
        before, after = Counter(folded_words(original)), Counter(folded_words(output))
        shares.append((before & after).total() / max(after.total(), 1))
    return float(np.mean(shares)) if shares else math.nan


def on_sphere(game: Game, codes: Codes) -> Codes:
    """Codes (B, D) as near as the model's codes of data can be, see `Game.projected`: those of ARAE have norm 1."""
    return game.projected(torch.from_numpy(codes)).numpy()
