"""Samples against real images, as our own classifier sees them: inception score, kernel distance, classes.

Frechet distance on the same features: `textgan.evaluation.divergence`.

The names are those of the Inception network, the formulas are the same. Numbers depend on the classifier: give its
accuracy and its hash with them, and the same numbers of real images.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from textgan.evaluation.arrays import ArrayOrTensor, to_numpy, to_tensor
from textgan.evaluation.measurements import Metrics


def inception_score(logits: ArrayOrTensor, splits: int = 10, seed: int = 0) -> Metrics:
    """exp(E_x KL(p(y|x) || p(y))), p(y) of a tenth of the samples: from 1 to K (Salimans et al. 2016).

    Args:
        logits: of the classifier on samples, (N, K).
        splits: parts of the shuffled samples, each with its own score.
        seed: of the shuffle.

    Returns:
        inception_score, the mean over parts; inception_score_std.
    """
    from torchmetrics.image.inception import InceptionScore

    with _quiet(), _seeded(seed):
        metric = InceptionScore(feature=nn.Identity(), splits=splits)
        # Where p(y) comes out as 0 the score is not a number; e^-100 counts for nothing and stays above it.
        metric.update(torch.log_softmax(to_tensor(logits).double(), dim=1).clamp_min(-100))
        mean, std = metric.compute()
    return {"inception_score": float(mean), "inception_score_std": float(std) if splits > 1 else 0.0}


def kernel_distance(
    real: ArrayOrTensor, fake: ArrayOrTensor, subsets: int = 100, subset_size: int = 1000, seed: int = 0
) -> Metrics:
    """Squared maximum mean discrepancy under the kernel (x.y / F + 1)^3, unbiased (Binkowski et al. 2018).

    Args:
        real: features of real images, (N, F).
        fake: features of samples, (M, F).
        subsets: random subsets averaged over.
        subset_size: rows of each, at most what there is.
        seed: of the subsets.

    Returns:
        kernel_distance, the mean over subsets, about 0 or below for equal distributions; kernel_distance_std.
    """
    from torchmetrics.image.kid import KernelInceptionDistance

    size = min(subset_size, len(real), len(fake))
    with _quiet(), _seeded(seed):
        metric = KernelInceptionDistance(feature=nn.Identity(), subsets=subsets, subset_size=size)
        metric.update(to_tensor(real), real=True)
        metric.update(to_tensor(fake), real=False)
        mean, std = metric.compute()
    return {"kernel_distance": float(mean), "kernel_distance_std": float(std)}


def class_histogram(labels: ArrayOrTensor, classes: int) -> np.ndarray:
    """Share of each class among labels (N,): (K,), of sum 1."""
    return np.bincount(to_numpy(labels), minlength=classes) / max(len(labels), 1)


def class_scores(fake: ArrayOrTensor, real: ArrayOrTensor, classes: int) -> Metrics:
    """How the classes of samples compare with those of real images.

    Args:
        fake: class of each sample, by the classifier, (N,).
        real: class of each real image, by the same classifier, (M,).
        classes: K.

    Returns:
        class_histogram_distance: total variation, half the sum of |differences of shares|, in [0, 1].
        classes_covered: classes with a sample, of K.
        class_share_min, class_share_max: of samples in the rarest and in the commonest class.
    """
    shares, wanted = class_histogram(fake, classes), class_histogram(real, classes)
    return {
        "class_histogram_distance": float(np.abs(shares - wanted).sum() / 2),
        "classes_covered": float((shares > 0).sum()),
        "class_share_min": float(shares.min()),
        "class_share_max": float(shares.max()),
    }


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Global random numbers of this seed inside, because torchmetrics draws from them; untouched after."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that features are held in memory, which are few, and that one part has no deviation."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="std")
        warnings.filterwarnings("ignore", message="Metric .* will save all extracted features")
        yield
