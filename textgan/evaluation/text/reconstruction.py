"""Reconstructions of a sentence model, with teacher forcing and greedy, and moments of its codes."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from textgan.data.tokenfile import TokenFile
from textgan.data.types import Sentences
from textgan.evaluation.measurements import Metrics, spread
from textgan.game import Game
from textgan.sampling import INFERENCE_BATCH_SIZE, SentenceModel, inference
from textgan.settings import Decoding

BATCH_LOGITS = 1 << 24
"""Most logits of a batch, 64 MB, copied by the softmax: a large vocabulary or long sentences mean fewer rows."""


def sentence_batches(sentences: TokenFile, limit: int | None = None) -> Iterator[tuple[np.ndarray, Sentences]]:
    """At most `limit` sentences in batches of near-equal length, with their indices; each once.

    A batch has at most INFERENCE_BATCH_SIZE rows, and fewer where its logits, one for each token and
    word, would be more than LOGITS.
    """
    chosen = spread(len(sentences), limit)
    lengths = sentences.lengths_of(chosen)
    order = np.argsort(lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = int(lengths[order[start : start + INFERENCE_BATCH_SIZE][-1]]) + 1
        rows = min(INFERENCE_BATCH_SIZE, max(1, BATCH_LOGITS // (longest * sentences.tokenizer.vocab_size)))
        indices = chosen[order[start : start + rows]]
        yield indices, Sentences.of(*sentences.rows(indices))
        start += rows


def teacher_forced(game: Game, sentences: TokenFile, limit: int | None = None) -> Metrics:
    """Reconstruction with teacher forcing: codes without noise, the end token counted.

    Returns:
        reconstruction_nll in nats per token, token_accuracy in [0, 1].
    """
    nll = correct = count = 0.0
    with inference(game):
        for _, batch in sentence_batches(sentences, limit):
            batch = batch.to(game.device)
            logits, targets = game.logits(game.encode(batch), batch), batch.real_targets
            nll += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
            correct += int((logits.argmax(1) == targets).sum())
            count += len(targets)
    return {"reconstruction_nll": nll / count, "token_accuracy": correct / count}


def free_running(model: SentenceModel, sentences: TokenFile, limit: int) -> tuple[Metrics, str]:
    """Reconstruction by greedy decoding.

    Returns:
        exact_match, token_accuracy_free_running (share of the true tokens, end token counted, that stand in the same
        place) and bleu in [0, 100]; and sacrebleu's signature.
    """
    import sacrebleu

    decoded, true, right, count, exact = [], [], 0, 0, 0
    with inference(model.network) as game:
        for _, batch in sentence_batches(sentences, limit):
            batch = batch.to(game.device)
            out = game.decode(game.encode(batch), Decoding())
            width = batch.targets.shape[1]
            same = torch.nn.functional.pad(out, (0, max(0, width - out.shape[1])))[:, :width] == batch.targets
            right += int((same & batch.mask).sum())
            count += int(batch.mask.sum())
            exact += int((same | ~batch.mask).all(1).sum())
            decoded += model.to_text(out)
            true += model.to_text(batch.targets)
    metric = sacrebleu.BLEU(force=True)  # tokenized text is meant: no warning
    bleu = metric.corpus_score(decoded, [true]).score
    metrics = {"exact_match": exact / len(true), "token_accuracy_free_running": right / count, "bleu": bleu}
    return metrics, str(metric.get_signature())


def code_distance(codes: Tensor, others: Tensor) -> float:
    """Norm of the difference between the mean of codes (N, D) and that of others (M, D)."""
    return float((codes.mean(dim=0) - others.mean(dim=0)).norm())


def norm_and_variance(codes: Tensor) -> tuple[float, float]:
    """Mean l2 norm, and sum of the variances of the dimensions (the paper's figure 2), of codes (N, D)."""
    variance = float(codes.var(dim=0).sum()) if len(codes) > 1 else 0.0
    return float(codes.norm(dim=1).mean()), variance
