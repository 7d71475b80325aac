"""Sentences as lists of token ids: to and from codes, their likelihood, and their labels."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.capabilities import as_classifier
from textgan.data.specials import BOS, EOS, PAD
from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.game import Game
from textgan.sampling.base import Codes
from textgan.sampling.inference import INFERENCE_BATCH_SIZE, inference
from textgan.settings import Decoding

TokenIds = tuple[int, ...]
"""Token ids of a sentence, without begin and end."""


def batch_of(lines: Sequence[Sequence[int]]) -> Sentences:
    """Token ids without specials as a batch."""
    width = max(map(len, lines), default=0) + 2
    tokens = torch.tensor([[BOS, *line, EOS] + [PAD] * (width - 2 - len(line)) for line in lines])
    lengths = torch.tensor([len(line) + 1 for line in lines])
    return Sentences(tokens, lengths, float(lengths.sum()))


def lines_of(tokens: Tensor) -> list[TokenIds]:
    """Lines that a model wrote, (B, T), each up to its end token, if there is one."""
    rows = tokens.tolist()
    return [tuple(row[: row.index(EOS)] if EOS in row else row) for row in rows]


def encode_lines(game: Game, lines: Sequence[Sequence[int]]) -> Codes:
    """Codes of lines, float32, (N, D)."""
    codes = np.empty((len(lines), game.code_dim), dtype=np.float32)
    with inference(game):
        for chunk, batch in _batches(lines):
            codes[chunk] = game.encode(batch.to(game.device)).float().cpu().numpy()
    return codes


def decode_lines(game: Game, codes: Codes, decoding: Decoding = Decoding(), seed: int = 0) -> list[TokenIds]:
    """Lines of codes (N, D)."""
    with inference(game, seed):
        return lines_of(game.decode(torch.from_numpy(codes).to(game.device), decoding)) if len(codes) else []


def line_token_nlls(game: Game, lines: Sequence[Sequence[int]], codes: Codes) -> list[npt.NDArray[np.float32]]:
    """Negative log-likelihood of each token of lines under codes (N, D), that of the end last: nats."""
    nlls: list[npt.NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(lines)
    with inference(game):
        for chunk, batch in _batches(lines):
            batch = batch.to(game.device)
            found = game.token_nlls(torch.from_numpy(codes[chunk]).to(game.device), batch)
            for i, part in zip(chunk, found.cpu().split(batch.mask.sum(1).tolist()), strict=True):
                nlls[i] = part.numpy()
    return nlls


def line_nll(game: Game, lines: Sequence[Sequence[int]], codes: Codes) -> npt.NDArray[np.float64]:
    """Negative log-likelihood of lines under codes (N, D), nats per token, the end's included: (N,)."""
    return np.array([nlls.mean(dtype=np.float64) for nlls in line_token_nlls(game, lines, codes)], dtype=np.float64)


def class_probabilities(game: Game, sentences: TokenFile, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What a classifying model says of sentences, or of pairs, whose first sides are given: (N, K)."""
    order = np.argsort(sentences.lengths_of(rows), kind="stable")
    probabilities = np.empty((len(rows), len(game.spec.labels)))
    classifier = as_classifier(game)
    assert classifier is not None, "a model that learned labels classifies"
    with inference(game):
        for start in range(0, len(order), INFERENCE_BATCH_SIZE):
            chunk = order[start : start + INFERENCE_BATCH_SIZE]
            sides = [rows[chunk]] if sentences.sides is None else [rows[chunk], rows[chunk] + 1]
            batch = Sentences.join([Sentences.of(*sentences.rows(side)) for side in sides])
            probabilities[chunk] = classifier.classify(batch.to(game.device)).double().softmax(1).cpu().numpy()
    return probabilities


def noisy_copies(codes: Codes, copies: int, noise: float, rng: np.random.Generator) -> Codes:
    """Copies of codes (N, D) with Gaussian noise, those of a code side by side, (N * copies, D).

    Args:
        codes: without it.
        copies: of each.
        noise: its standard deviation, in units of the code's root mean square.
        rng: of the noise.
    """
    repeated = np.repeat(codes, copies, axis=0)
    scale = np.sqrt(np.square(repeated).mean(axis=1, keepdims=True))
    noisy: Codes = repeated + noise * scale * rng.standard_normal(repeated.shape, dtype=np.float32)
    return noisy


def _batches(lines: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Sentences]]:
    """Rows of near-equal length side by side, so that there is less padding, and their batch."""
    order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
    for start in range(0, len(order), INFERENCE_BATCH_SIZE):
        chunk = order[start : start + INFERENCE_BATCH_SIZE]
        yield chunk, batch_of([lines[i] for i in chunk])
