"""Whether near sentences have near codes: reconstruction of sentences whose words were swapped, likeness of codes."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics, spread
from textgan.evaluation.text.reconstruction import sentence_batches
from textgan.sampling import Codes, SentenceModel, batch_of, inference
from textgan.sampling.edit_distance import WordIds, edit_distances, to_word_ids


def swap_nll(model: SentenceModel, sentences: TokenFile, swaps: int = 4, limit: int = 2000, seed: int = 0) -> Metrics:
    """Negative log-likelihood of sentences under the decoder, given the codes of the same after k swaps of words.

    A smooth encoder loses little (Zhao et al. 2018, "Adversarially regularized autoencoders", the table of k swaps,
    whose unit is that of swap_nll_sentence_k). A swap takes two random places; the one with k swaps is one swap from
    the one with k - 1. Teacher forcing with the original; codes are without noise, the end token is counted.

    Args:
        model: the model.
        sentences: real sentences that it was not trained on. One of a single word stays as it is.
        swaps: the largest k.
        limit: most sentences to use.
        seed: of the places.

    Returns:
        swap_nll_k in nats per token, swap_nll_sentence_k in nats per sentence, for k = 0 ... swaps; k = 0 is
        reconstruction_nll of the same sentences.

    Raises:
        UserError: no sentences, or a model without codes.
    """
    _need(model, sentences)
    used = spread(len(sentences), limit)
    places = dict(zip(used.tolist(), np.random.default_rng(seed).random((len(used), swaps, 2)), strict=True))
    nll, tokens = np.zeros(swaps + 1), 0
    with inference(model.network, seed) as game:
        for indices, batch in sentence_batches(sentences, limit):
            batch = batch.to(game.device)
            targets = batch.real_targets
            versions = [swapped(sentences, int(i), places[int(i)], model.max_length) for i in indices]
            for k, rows in enumerate(zip(*versions, strict=True)):
                logits = game.logits(game.encode(batch_of(rows).to(game.device)), batch)
                nll[k] += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
            tokens += len(targets)
    per_token = {f"swap_nll_{k}": float(value / tokens) for k, value in enumerate(nll)}
    return per_token | {f"swap_nll_sentence_{k}": float(value / len(used)) for k, value in enumerate(nll)}


def swapped(sentences: TokenFile, index: int, places: npt.NDArray[np.float64], max_length: int) -> list[list[int]]:
    """A sentence after 0, 1, ... swaps of two words, as token ids.

    Args:
        sentences: where it is.
        index: which one.
        places: for each swap two numbers from [0, 1), which say the two places whatever the number of words, (K, 2).
        max_length: most tokens; swapped words can need more of them than before where tokens are pieces of words.

    Returns:
        K + 1 versions; the first is the sentence itself.
    """
    ids = sentences.tokens[sentences.starts[index] : sentences.ends[index]].tolist()
    # A word tokenizer may detokenize, so that the text has other words than the sentence.
    by_word = isinstance(sentences.tokenizer, WordTokenizer)
    words = ids.copy() if by_word else sentences.text(index).split()
    to_ids: Callable[[list], list[int]] = list if by_word else lambda words: sentences.tokenizer.encode(" ".join(words))
    versions = [ids]
    for u, v in places:
        if len(words) < 2:
            versions.append(ids)
            continue
        i = int(u * len(words))
        j = (i + 1 + int(v * (len(words) - 1))) % len(words)
        words[i], words[j] = words[j], words[i]
        versions.append(to_ids(words)[:max_length])
    return versions


def code_smoothness(
    model: SentenceModel,
    sentences: TokenFile,
    count: int = 250,
    neighbours: int = 100,
    distance: int = 5,
    limit: int = 10_000,
    seed: int = 0,
) -> Metrics:
    """Mean cosine of the angle between the codes of sentences that differ in few words (Zhao et al. 2018).

    Args:
        model: the model.
        sentences: real sentences that it was not trained on; one that comes twice counts once.
        count: random sentences whose neighbors are searched.
        neighbours: most sentences to compare each with, sampled from those near enough.
        distance: largest edit distance of a neighbour, in words.
        limit: most sentences to find neighbours among; the more there are, the more of them have some.
        seed: of the sentences and their neighbours.

    Returns:
        smoothness: cosine with neighbours, mean over the sentences that have one, of the mean over neighbours; left
            out if none has.
        smoothness_random: the same of as many random other sentences: what a code says of any sentence; left out if
            there is no other.
        smoothness_neighbours: mean number of neighbours found, up to `neighbours`: with few, the mean is a rough one.

    Raises:
        UserError: no sentences, or a model without codes.
    """
    _need(model, sentences)
    texts = list(dict.fromkeys(sentences.text(i) for i in spread(len(sentences), limit)))
    words, codes = to_word_ids(texts, {}), model.encode(texts)
    codes = codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-12)
    rng = np.random.default_rng(seed)
    near, far, found = [], [], 0
    for i in rng.permutation(len(texts))[:count]:
        close = rng.permutation(_near(words, int(i), distance))[:neighbours]
        others = rng.permutation(len(texts))[: neighbours + 1]
        near += _cosine(codes, int(i), close)
        far += _cosine(codes, int(i), others[others != i][:neighbours])
        found += len(close)
    metrics = {"smoothness": float(np.mean(near))} if near else {}
    metrics |= {"smoothness_random": float(np.mean(far))} if far else {}
    return metrics | {"smoothness_neighbours": found / min(count, len(texts))}


def _near(words: WordIds, i: int, distance: int) -> npt.NDArray[np.int64]:
    """Sentences at an edit distance from 1 to `distance` of sentence i."""
    # No sentence is nearer than the difference of the lengths, which is cheap to check.
    rows = np.flatnonzero(np.abs(words.lengths - words.lengths[i]) <= distance)
    distances = edit_distances(words.take(np.full(len(rows), i)), words.take(rows))
    return rows[(distances > 0) & (distances <= distance)]


def _cosine(codes: Codes, i: int, others: npt.NDArray[np.int64]) -> list[float]:
    """Mean cosine of code i with others, of unit length all, in a list; an empty one if there are no others."""
    return [float((codes[others] @ codes[i]).mean())] if len(others) else []


def _need(model: SentenceModel, sentences: TokenFile) -> None:
    if model.code_dim == 0:
        raise UserError(f"{model.config.model} has no codes, only sentences; expected a model that encodes them")
    if len(sentences) == 0:
        raise UserError("no held-out sentences to encode; expected 1 or more")
