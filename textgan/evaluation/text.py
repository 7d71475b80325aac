"""Measurements of a sentence model: what it reconstructs, what it writes, and whether its two kinds of codes match."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from textgan.config import Decoding
from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.game import Game
from textgan.sampling import ROWS, SentenceModel, at_rest

Numbers = dict[str, float]


class Report(NamedTuple):
    """What was measured.

    Args:
        numbers: metric -> value.
        real: metric -> the same of real text, where that says something.
        notes: what the numbers depend on: sizes, seed, signatures.
    """

    numbers: Numbers
    real: Numbers
    notes: dict[str, str]


def batches(sentences: TokenFile, limit: int | None = None) -> Iterator[tuple[np.ndarray, Sentences]]:
    """The first `limit` sentences in batches of near-equal length, with their indices; each once."""
    n = len(sentences) if limit is None else min(limit, len(sentences))
    order = np.argsort(sentences.lengths[:n], kind="stable")
    for start in range(0, n, ROWS):
        indices = order[start : start + ROWS]
        tokens, lengths = sentences.rows(indices)
        yield indices, Sentences(torch.from_numpy(tokens), torch.from_numpy(lengths), float(lengths.sum()))


def teacher_forced(game: Game, sentences: TokenFile, limit: int | None = None) -> Numbers:
    """Reconstruction when the decoder reads the true words: codes without noise, the end token counted.

    Returns:
        reconstruction_nll in nats per token, token_accuracy in [0, 1].
    """
    nll = correct = count = 0.0
    decoder = game.get_submodule("decoder")
    with at_rest(game):
        for _, batch in batches(sentences, limit):
            batch = batch.to(game.device)
            logits, targets = decoder(game.encode(batch), batch.inputs, batch.mask), batch.targets[batch.mask]
            nll += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
            correct += int((logits.argmax(1) == targets).sum())
            count += len(targets)
    return {"reconstruction_nll": nll / count, "token_accuracy": correct / count}


def free_running(model: SentenceModel, sentences: TokenFile, limit: int) -> tuple[Numbers, str]:
    """Reconstruction when the decoder reads its own words, greedily.

    Returns:
        exact_match, token_accuracy_free_running (share of the true tokens, end token counted, that stand in the same
        place) and bleu in [0, 100]; and sacrebleu's signature.
    """
    import sacrebleu

    written, true, right, count, exact = [], [], 0, 0, 0
    with at_rest(model.game) as game:
        for _, batch in batches(sentences, limit):
            batch = batch.to(game.device)
            out = game.decode(game.encode(batch), Decoding())
            width = batch.targets.shape[1]
            same = torch.nn.functional.pad(out, (0, max(0, width - out.shape[1])))[:, :width] == batch.targets
            right += int((same & batch.mask).sum())
            count += int(batch.mask.sum())
            exact += int((same | ~batch.mask).all(1).sum())
            written += model.to_text(out)
            true += model.to_text(batch.targets)
    metric = sacrebleu.BLEU(force=True)  # tokenized text is meant: no warning
    bleu = metric.corpus_score(written, [true]).score
    numbers = {"exact_match": exact / len(true), "token_accuracy_free_running": right / count, "bleu": bleu}
    return numbers, str(metric.get_signature())


def diversity(sentences: Sequence[str]) -> Numbers:
    """unique: distinct sentences over all; most_common: share of the commonest; empty: share without a word."""
    n = max(len(sentences), 1)
    counts: dict[str, int] = {}
    for s in sentences:
        counts[s] = counts.get(s, 0) + 1
    return {
        "unique": len(counts) / n,
        "most_common": max(counts.values(), default=0) / n,
        "empty": sum(not s.strip() for s in sentences) / n,
    }


def mean_length(sentences: Sequence[str], tokens: Callable[[str], list[int]]) -> float:
    """Mean number of tokens, the end token not counted."""
    return float(np.mean([len(tokens(s)) for s in sentences])) if sentences else 0.0


def code_moments(codes: Tensor) -> tuple[float, float]:
    """Mean l2 norm, and sum of the variances of the dimensions (the paper's figure 2), of codes (N, D)."""
    variance = float(codes.var(dim=0).sum()) if len(codes) > 1 else 0.0
    return float(codes.norm(dim=1).mean()), variance


def novelty(sentences: Sequence[str], train: TokenFile, encode: Callable[[str], list[int]]) -> float:
    """Share of the sentences whose tokens do not stand as a sentence in the train split, of which none is held."""
    kind = train.tokens.dtype
    keys = [np.asarray(encode(s), dtype=kind).tobytes() for s in sentences]
    wanted = set(keys)
    spans = zip(train.starts.tolist(), train.ends.tolist(), strict=True)
    copied = {key for a, b in spans if (key := train.tokens[a:b].tobytes()) in wanted}
    return float(np.mean([key not in copied for key in keys])) if keys else 0.0


def look(model: SentenceModel, valid: TokenFile, limit: int = 2000, samples: int = 500) -> Numbers:
    """The quick look during training, under the names of metrics.jsonl."""
    numbers = teacher_forced(model.game, valid, limit)
    with at_rest(model.game, seed=0) as game:
        z_fake = game.prior(samples)
        sentences = model.to_text(game.decode(z_fake, Decoding()))
        z = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(valid, samples)])
    norm, variance = code_moments(z_fake)
    return {
        "valid.reconstruction_nll": numbers["reconstruction_nll"],
        "valid.token_accuracy": numbers["token_accuracy"],
        "samples.unique": diversity(sentences)["unique"],
        "samples.length": mean_length(sentences, model.tokenizer.encode),
        "codes.norm_generated": norm,
        "codes.variance_generated": variance,
        "codes.variance_real": code_moments(z)[1],
    }


def evaluate(
    model: SentenceModel, sentences: TokenFile, train: TokenFile, n: int, seed: int, decoding: Decoding, limit: int
) -> Report:
    """All measurements of `textgan evaluate`.

    Args:
        model: the model.
        sentences: real sentences that it was not trained on.
        train: those it was trained on.
        n: samples to write.
        seed: of the samples.
        decoding: of the samples; reconstructions are greedy.
        limit: most real sentences to use.
    """
    numbers = teacher_forced(model.game, sentences, limit)
    rebuilt, signature = free_running(model, sentences, limit)
    written = model.sample(n, seed, decoding=decoding)
    real = [sentences.text(i) for i in range(min(limit, len(sentences)))]
    with at_rest(model.game, seed) as game:
        fake_norm, fake_variance = code_moments(game.prior(n))
        z = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(sentences, limit)])
    norm, variance = code_moments(z)
    tokens = model.tokenizer.encode
    numbers |= rebuilt | diversity(written)
    numbers |= {"novelty": novelty(written, train, tokens), "mean_length": mean_length(written, tokens)}
    numbers |= {"code_norm": fake_norm, "code_variance": fake_variance}
    of_real = diversity(real) | {"novelty": novelty(real, train, tokens), "mean_length": mean_length(real, tokens)}
    of_real |= {"code_norm": norm, "code_variance": variance}
    if model.config.data.data == "scenes":
        numbers, of_real = numbers | judge_scenes(written), of_real | judge_scenes(real)
    notes = {"samples": f"{n:,}", "seed": str(seed), "decoding": str(decoding), "bleu_signature": signature}
    return Report(numbers, of_real, notes | {"real_sentences": f"{len(real):,}"})


def judge_scenes(sentences: Sequence[str]) -> Numbers:
    """What the grammar of the built-in corpus says.

    Returns:
        valid: share that the grammar derives; log_likelihood: their mean exact log-probability, nats per sentence.
    """
    from textgan.data import scenes

    scores = np.array([scenes.log_prob(s) for s in sentences])
    finite = scores[np.isfinite(scores)]
    return {
        "valid": len(finite) / max(len(scores), 1),
        "log_likelihood": float(finite.mean()) if len(finite) else -np.inf,
    }
