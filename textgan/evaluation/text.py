"""Measurements of a sentence model: what it reconstructs, what it writes, and whether its two kinds of codes match."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from textgan.config import Decoding
from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.evaluation.report import Numbers, Report, spread
from textgan.game import Game
from textgan.sampling import ROWS, SentenceModel, at_rest


def batches(sentences: TokenFile, limit: int | None = None) -> Iterator[tuple[np.ndarray, Sentences]]:
    """At most `limit` sentences in batches of near-equal length, with their indices; each once."""
    chosen = spread(len(sentences), limit)
    order = chosen[np.argsort(sentences.lengths_of(chosen), kind="stable")]
    for start in range(0, len(order), ROWS):
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


def mean_length(sentences: Sequence[Sequence[int]]) -> float:
    """Mean number of token ids, the end token not counted."""
    return float(np.mean([len(ids) for ids in sentences])) if sentences else 0.0


def code_moments(codes: Tensor) -> tuple[float, float]:
    """Mean l2 norm, and sum of the variances of the dimensions (the paper's figure 2), of codes (N, D)."""
    variance = float(codes.var(dim=0).sum()) if len(codes) > 1 else 0.0
    return float(codes.norm(dim=1).mean()), variance


def novelty(sentences: Sequence[Sequence[int]], train: TokenFile) -> float:
    """Share of the sentences (token ids) that are no sentence of the train split, of which none is held in memory."""
    kind = train.tokens.dtype
    keys = [np.asarray(ids, dtype=kind).tobytes() for ids in sentences]
    wanted, copied, block = set(keys), set(), 1 << 16
    for first in range(0, len(train), block):
        spans = zip(
            train.starts[first : first + block].tolist(), train.ends[first : first + block].tolist(), strict=True
        )
        copied |= {key for a, b in spans if (key := train.tokens[a:b].tobytes()) in wanted}
    return float(np.mean([key not in copied for key in keys])) if keys else 0.0


def look(model: SentenceModel, valid: TokenFile, limit: int = 2000, samples: int = 500) -> Numbers:
    """The quick look during training, under the names of metrics.jsonl."""
    numbers = teacher_forced(model.game, valid, limit)
    with at_rest(model.game, seed=0) as game:
        z_fake = game.prior(samples)
        z = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(valid, samples)])
    norm, variance = code_moments(z_fake)
    written = model.sample_ids(samples, seed=0)
    return {
        "valid.reconstruction_nll": numbers["reconstruction_nll"],
        "valid.token_accuracy": numbers["token_accuracy"],
        "samples.unique": diversity([model.tokenizer.decode(ids) for ids in written])["unique"],
        "samples.length": mean_length(written),
        "codes.norm_generated": norm,
        "codes.variance_generated": variance,
        "codes.variance_real": code_moments(z)[1],
    }


def _of_sentences(
    model: SentenceModel, sentences: Sequence[Sequence[int]], train: TokenFile | None, codes: Tensor
) -> Numbers:
    """What is measured of written and of real sentences alike."""
    texts = [model.tokenizer.decode(ids) for ids in sentences]
    numbers = diversity(texts)
    if train is not None:
        numbers["novelty"] = novelty(sentences, train)
    norm, variance = code_moments(codes)
    numbers |= {"mean_length": mean_length(sentences), "code_norm": norm, "code_variance": variance}
    return numbers | (judge_scenes(texts) if model.config.data.data == "scenes" else {})


def evaluate(
    model: SentenceModel,
    sentences: TokenFile,
    train: TokenFile | None,
    n: int,
    seed: int,
    decoding: Decoding,
    limit: int,
) -> Report:
    """All measurements of `textgan evaluate`.

    Args:
        model: the model.
        sentences: real sentences that it was not trained on.
        train: those it was trained on; None leaves novelty out.
        n: samples to write.
        seed: of the samples.
        decoding: of the samples; reconstructions are greedy.
        limit: most real sentences to use.
    """
    chosen = spread(len(sentences), limit)
    sides = {
        "written": model.sample_ids(n, seed, decoding),
        "real": [sentences.tokens[sentences.starts[i] : sentences.ends[i]].tolist() for i in chosen],
    }
    with at_rest(model.game, seed) as game:
        codes = {
            "written": game.prior(min(n, limit)),
            "real": torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(sentences, limit)]),
        }
    numbers, of_real = (_of_sentences(model, sides[side], train, codes[side]) for side in ("written", "real"))
    rebuilt, signature = free_running(model, sentences, limit)
    numbers = teacher_forced(model.game, sentences, limit) | rebuilt | numbers
    notes = {"samples": f"{n:,}", "seed": str(seed), "decoding": str(decoding), "bleu_signature": signature}
    return Report(numbers, of_real, notes | {"real_sentences": f"{len(chosen):,}"})


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
