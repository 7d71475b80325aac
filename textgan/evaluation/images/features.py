"""What codes know of classes: linear classifiers on them, with all labels or few, and clusters."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from textgan.errors import UserError
from textgan.evaluation.arrays import ArrayOrTensor, seeded_generator, to_numpy, to_tensor
from textgan.evaluation.measurements import Metrics


class LabeledCodes(NamedTuple):
    """Codes of labeled images.

    Args:
        z: (N, D).
        labels: from 0 to K - 1, (N,).
    """

    z: ArrayOrTensor
    labels: ArrayOrTensor

    @property
    def features(self) -> np.ndarray:
        """The codes as float32, (N, D)."""
        return to_numpy(self.z).astype(np.float32, copy=False)

    @property
    def targets(self) -> np.ndarray:
        """The labels as int64, (N,)."""
        return to_numpy(self.labels).astype(np.int64, copy=False)

    @property
    def classes(self) -> int:
        """K, the largest label and one."""
        return int(self.targets.max()) + 1


def probe_accuracy(
    train: LabeledCodes, test: LabeledCodes, steps: int = 20_000, batch_size: int = 256, lr: float = 1e-2, seed: int = 0
) -> float:
    """Accuracy on test of one dense layer and softmax, trained by Adam on the codes as they are (ACAI, section 4).

    The paper trains it along with the model at a rate of 1e-4 for 262,144 steps; here the codes stand still, and fewer
    steps at a rate that falls from `lr` to 0 in half a cosine reach the same optimum.

    Args:
        train: codes to train on.
        test: codes to judge on.
        steps: of Adam.
        batch_size: codes in a step.
        lr: first learning rate.
        seed: of the weights and the batches.

    Returns:
        In [0, 1].
    """
    z, labels = to_tensor(train.z), torch.from_numpy(train.targets)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Linear(z.shape[1], max(train.classes, test.classes))
    adam = torch.optim.Adam(layer.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    draw = seeded_generator(seed, 2)
    for _ in range(steps):
        rows = torch.randint(len(z), (batch_size,), generator=draw)
        loss = F.cross_entropy(layer(z[rows]), labels[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        schedule.step()
    with torch.no_grad():
        predicted = layer(to_tensor(test.z)).argmax(dim=1).numpy()
    return float((predicted == test.targets).mean())


def linear_probe_accuracy(train: LabeledCodes, test: LabeledCodes, c: float = 1.0, max_iter: int = 500) -> float:
    """Accuracy on test of scikit-learn's multinomial logistic regression on standardized codes, in [0, 1].

    Args:
        train: codes to train on; their means and standard deviations standardize both.
        test: codes to judge on.
        c: inverse of the strength of the l2 penalty.
        max_iter: of L-BFGS.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=max_iter))
    model.fit(train.features, train.targets)
    return float(model.score(test.features, test.targets))


def svm_error(
    pool: LabeledCodes,
    valid: LabeledCodes,
    test: LabeledCodes,
    labels: int = 1000,
    draws: int = 100,
    grid: int = 25,
    seed: int = 0,
) -> Metrics:
    """Test error of an L2-SVM that sees few labels: the protocol of ALI (Dumoulin et al. 2017, section 4.3).

    LinearSVC with squared hinge, one against the rest. C is chosen from exp(-20) ... exp(20) by the error on `valid`
    after one draw of labels, as many of each class; then fresh draws. The paper has 50 values of C.

    Args:
        pool: codes of which labels are drawn.
        valid: codes on which C is chosen.
        test: codes to judge on.
        labels: drawn, over all classes.
        draws: fresh draws.
        grid: values of C.
        seed: of the draws.

    Returns:
        svm_error_LABELS in [0, 1], the mean over draws; svm_error_LABELS_std; svm_c_LABELS, the chosen C.

    Raises:
        UserError: a class has too few codes in `pool`.
    """
    rng = np.random.default_rng(seed)
    by_class = [np.flatnonzero(pool.targets == k) for k in range(pool.classes)]
    each = labels // len(by_class)
    if min(map(len, by_class)) < each or not each:
        raise UserError(
            f"{labels} labels of {len(by_class)} classes, the rarest with {min(map(len, by_class))} images; "
            "expected as many of each class: ask for fewer"
        )

    def error(c: float, rows: np.ndarray, judged: LabeledCodes) -> float:
        return 1 - float(_svm(c, pool.features[rows], pool.targets[rows]).score(judged.features, judged.targets))

    def draw() -> np.ndarray:
        return np.concatenate([rng.choice(rows, each, replace=False) for rows in by_class])

    first = draw()
    candidates = np.exp(np.linspace(-20, 20, grid))
    chosen = min(candidates, key=lambda c: error(c, first, valid))
    errors = [error(chosen, draw(), test) for _ in range(draws)]
    name = f"svm_error_{labels}"
    return {name: float(np.mean(errors)), f"{name}_std": float(np.std(errors)), f"svm_c_{labels}": float(chosen)}


def clustering_accuracy(
    train: LabeledCodes, test: LabeledCodes, clusters: int | None = None, starts: int = 20, seed: int = 0
) -> float:
    """Share of test codes whose k-means cluster is the one matched to their class (Berthelot et al. 2018, section 4.2).

    Codes are whitened (mean and right singular vectors of train, divided by singular values + 1e-5), clusters fitted to
    train, test codes assigned, and the one-to-one match of clusters to classes that is best *on test* is taken
    (Hungarian). The authors start 1,000 times at random; here fewer times by k-means++.

    Args:
        train: codes to cluster; their labels are not used.
        test: codes to judge on.
        clusters: K; none: as many as there are classes in test.
        starts: the best of so many runs, by k-means' own criterion.
        seed: of the starts.

    Returns:
        In [0, 1].

    Raises:
        UserError: fewer train codes than clusters.
    """
    from sklearn.cluster import KMeans

    z = train.features.astype(np.float64)
    mean = z.mean(axis=0)
    _, scale, directions = np.linalg.svd(z - mean, full_matrices=False)

    def whiten(codes: np.ndarray) -> np.ndarray:
        white: np.ndarray = (codes - mean) @ directions.T / (scale + 1e-5) * np.sqrt(len(z))
        return white.astype(np.float32)

    k = clusters or test.classes
    if len(z) < k:
        raise UserError(f"{len(z)} codes to put into {k} clusters; expected as many or more: raise --limit")
    model = KMeans(k, init="k-means++", n_init=starts, max_iter=1000, random_state=seed).fit(whiten(z))
    return matched_accuracy(model.predict(whiten(test.features)), test.targets)


def matched_accuracy(clusters: np.ndarray, labels: np.ndarray) -> float:
    """Accuracy under the best one-to-one map from clusters (N,) to labels (N,), in [0, 1]."""
    from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

    size = int(max(clusters.max(), labels.max())) + 1
    counts = np.zeros((size, size), dtype=np.int64)
    np.add.at(counts, (clusters, labels), 1)
    return float(counts[linear_sum_assignment(counts, maximize=True)].sum() / len(labels))


def _svm(c: float, z: np.ndarray, labels: np.ndarray) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    with warnings.catch_warnings():
        # At the far end of the grid of C no solver arrives; the choice on validation codes is what counts.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # The primal problem: for a large C the dual solver takes minutes.
        return LinearSVC(C=c, loss="squared_hinge", dual=False, max_iter=200).fit(z, labels)
