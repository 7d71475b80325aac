"""Interpolation between sentences through the code space of a model, decoded and compared word by word."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from textgan.capabilities import has_logits
from textgan.data.tokenfile import TokenFile
from textgan.errors import UserError
from textgan.evaluation.measurements import Metrics, spread
from textgan.sampling import Codes
from textgan.sampling.edit_distance import word_edit_distances
from textgan.sampling.text import SentenceModel

SentenceScorer = Callable[[Sequence[str]], tuple[npt.ArrayLike, npt.ArrayLike]]
"""A language model as a function: N sentences -> the log-probability of each in nats, (N,), and its tokens, (N,)."""

_SHEET = 4096  # codes decoded at a time: memory is flat for any number of paths


def interpolations(
    model: SentenceModel, pairs: Sequence[tuple[str, str]], steps: int = 7, path: str | None = None
) -> list[list[str]]:
    """As `SentenceModel.interpolate` for each pair, decoded greedily: `steps` sentences of each, both ends included.

    Raises:
        UserError: fewer than two steps, another path, or a model without codes.
    """
    first, last = (model.encode([pair[side] for pair in pairs]) for side in (0, 1))
    codes = [model.between(a, b, steps, path) for a, b in zip(first, last, strict=True)]
    flat = np.concatenate(codes) if codes else np.zeros((0, model.code_dim), dtype=np.float32)
    written: list[str] = []
    for start in range(0, len(flat), _SHEET):
        written += model.decode(flat[start : start + _SHEET])
    return [written[start : start + steps] for start in range(0, len(written), steps)]


def path_metrics(paths: Sequence[Sequence[str]], score: SentenceScorer, prefix: str = "interpolation") -> Metrics:
    """How even, how straight and how fluent paths between sentences are.

    Args:
        paths: as `interpolations` gives them; all with as many sentences.
        score: the language model.
        prefix: of the names.

    Returns:
        interpolation_distinct: mean number of different sentences on a path, from 1 to steps.
        interpolation_largest_step: the largest edit distance between neighbours over the sum of all of them, mean
            over paths, from 1 / (steps - 1), all steps alike, to 1, a single jump. A path on which nothing changes
            counts as 1: the sentences of a pair differ, and their decodings do not.
        interpolation_unevenness: Gini coefficient of these distances, mean over paths: 0, all steps alike, to
            (steps - 2) / (steps - 1), a single jump, as which a path on which nothing changes counts.
        interpolation_path_ratio: the sum of those distances over the distance of the ends, mean over the paths whose
            ends differ; 1 is straight, and what stands in where no ends differ.
        interpolation_midpoint_perplexity, interpolation_end_perplexity: e to the nats per token of the sentences in
            the middle (two of each path if steps is even), and at both ends, which shows what the decoder alone costs.

    Raises:
        UserError: no path, or a path of one sentence.
    """
    if not paths or len(paths[0]) < 2:
        raise UserError(f"{len(paths)} paths between sentences; expected 1 or more, each of 2 sentences or more")
    steps = len(paths[0])
    before, after = [s for path in paths for s in path[:-1]], [s for path in paths for s in path[1:]]
    edits = word_edit_distances(before, after).reshape(len(paths), steps - 1)
    ends = word_edit_distances([path[0] for path in paths], [path[-1] for path in paths])
    total, apart = edits.sum(axis=1), ends > 0
    largest = np.where(total > 0, edits.max(axis=1) / np.maximum(total, 1), 1.0)
    order = 2 * np.arange(1, steps) - steps
    gini = np.where(total > 0, np.sort(edits) @ order / np.maximum((steps - 1) * total, 1), (steps - 2) / (steps - 1))
    middle = slice((steps - 1) // 2, steps // 2 + 1)
    metrics = {
        "distinct": float(np.mean([len(set(path)) for path in paths])),
        "largest_step": float(largest.mean()),
        "unevenness": float(gini.mean()),
        "path_ratio": float((total[apart] / ends[apart]).mean()) if apart.any() else 1.0,
        "midpoint_perplexity": _perplexity([s for path in paths for s in path[middle]], score),
        "end_perplexity": _perplexity([s for path in paths for s in (path[0], path[-1])], score),
    }
    return {f"{prefix}_{name}": value for name, value in metrics.items()}


def distance_correlation(sentences: Sequence[str], codes: Codes, pairs: int = 10_000, seed: int = 0) -> float:
    """Spearman's rank correlation between the distance of codes (l2) and the edit distance of their sentences.

    1: sentences are the further apart, the further their codes are; 0: no relation, or one of the two never differs.

    Args:
        sentences: N of them.
        codes: of the sentences, (N, D).
        pairs: random pairs of two of them, with repetition.
        seed: of the pairs.
    """
    if len(sentences) < 2:
        return 0.0
    rng = np.random.default_rng(seed)
    first = rng.integers(len(sentences), size=pairs)
    second = (first + rng.integers(1, len(sentences), size=pairs)) % len(sentences)
    edits = word_edit_distances([sentences[i] for i in first], [sentences[i] for i in second])
    apart = np.linalg.norm(codes[first] - codes[second], axis=1)
    x, y = (ranks - ranks.mean() for ranks in (_ranks(edits), _ranks(apart)))
    scale = math.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / scale, -1, 1)) if scale > 0 else 0.0


def interpolation(
    model: SentenceModel,
    sentences: TokenFile,
    score: SentenceScorer,
    pairs: int = 200,
    smooth_pairs: int = 50,
    steps: int = 7,
    limit: int = 2000,
    seed: int = 0,
    path: str | None = None,
) -> tuple[list[list[str]], list[list[str]], Metrics]:
    """Paths between random pairs of held-out sentences, and all that is measured of them.

    Args:
        model: the model.
        sentences: real sentences that it was not trained on; one that comes twice counts once.
        score: the language model that scores fluency, see `SentenceScorer`.
        pairs: paths, or half as many as there are sentences.
        smooth_pairs: of these, smooth paths as well, which take some tenths of a second each.
        steps: sentences on a path, both ends included.
        limit: most held-out sentences to use.
        seed: of the pairs.
        path: linear or slerp; default: that of the model.

    Returns:
        The paths; smooth ones between the first pairs; the numbers of `path_metrics`, of smooth paths under the
        prefix smooth_interpolation (their ends are the held-out sentences themselves), and as
        interpolation_distance_correlation that of `distance_correlation` over the sentences in use.

    Raises:
        UserError: fewer than two different sentences, fewer than two steps, a model without codes.
    """
    texts = distinct_texts(sentences, limit)
    ends = path_ends(texts, pairs, seed)
    paths = interpolations(model, ends, steps, path)
    smooth = [
        model.interpolate(a, b, steps, seed, path=path, smooth=True)
        for a, b in ends[: smooth_pairs if has_logits(model.network) else 0]
    ]
    correlation = distance_correlation(texts, model.encode(texts), seed=seed)
    metrics = path_metrics(paths, score) | {"interpolation_distance_correlation": correlation}
    return paths, smooth, metrics | (path_metrics(smooth, score, "smooth_interpolation") if smooth else {})


def distinct_texts(sentences: TokenFile, limit: int) -> list[str]:
    """Sentences, evenly spread where there are more than the limit; one that comes twice counts once."""
    return list(dict.fromkeys(sentences.text(i) for i in spread(len(sentences), limit)))


def path_ends(texts: Sequence[str], pairs: int, seed: int) -> list[tuple[str, str]]:
    """Random pairs of different sentences, none of which comes twice: so many, or half as many as there are sentences.

    Raises:
        UserError: fewer than two sentences.
    """
    if len(texts) < 2:
        raise UserError(f"{len(texts)} different held-out sentences; expected 2 or more to interpolate between")
    order = np.random.default_rng(seed).permutation(len(texts))
    chosen = [texts[i] for i in order[: 2 * min(pairs, len(texts) // 2)]]
    return list(zip(chosen[::2], chosen[1::2], strict=True))


def _perplexity(sentences: Sequence[str], score: SentenceScorer) -> float:
    """e to the negative log-likelihood per token, in nats."""
    log_probs, tokens = (np.asarray(part, dtype=np.float64) for part in score(sentences))
    return float(np.exp(-log_probs.sum() / max(tokens.sum(), 1)))


def _ranks(values: npt.NDArray[np.number]) -> npt.NDArray[np.float64]:
    """Places in the sorted order, from 1; equal values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
