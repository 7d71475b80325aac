"""All metrics of a model of images, in groups that can be chosen."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
import torch

from textgan.capabilities import as_classifier
from textgan.data.images.builtin import MEANS, SIGMA
from textgan.data.types import Images
from textgan.evaluation.divergence import frechet_distance
from textgan.evaluation.images.critic import CriticProtocol, critic_controls, wasserstein_critic
from textgan.evaluation.images.diversity import (
    mixture_modes,
    mode_coverage,
    nearest_neighbor_ratio,
    sample_diversity,
    stacked_modes,
    within_class_diversity,
)
from textgan.evaluation.images.evaluation import ClassifiedImages, ImageEvaluation
from textgan.evaluation.images.features import clustering_accuracy, linear_probe_accuracy, probe_accuracy, svm_error
from textgan.evaluation.images.lines import cross_fade, line_scores
from textgan.evaluation.images.reconstruction import reconstruction
from textgan.evaluation.images.scores import class_scores, inception_score, kernel_distance
from textgan.evaluation.images.validation import image_pairs, interpolate_pairs, moments, spread_images
from textgan.evaluation.likelihood import IMPORTANCE_SAMPLES, likelihood, variational
from textgan.evaluation.measurements import Group, Metrics, Report, choose_groups, measure, spread
from textgan.pictures import Pixels
from textgan.sampling import INFERENCE_BATCH_SIZE

_PAIRS = 256  # of lines, as in ACAI's protocol
_LABELS = (100, 1000)  # for the SVM
_BOUNDED = 1000  # images, each decoded a hundred times
_COPIES = 1000  # samples whose nearest training image is searched
_SEARCHED = 60_000, 1 << 28  # training images, and values in them (1 GB), that are searched


def evaluate_images(
    case: ImageEvaluation, groups: Sequence[str] | None = None, on_group: Callable[[Report], None] = lambda group: None
) -> Report:
    """The metrics of `textgan evaluate` of a model of images or points.

    Args:
        case: the model, and the data that it is compared with.
        groups: names in IMAGE_GROUPS; default: all that fit the data.
        on_group: called with the metrics of each group as soon as they are known.

    Raises:
        UserError: see `choose_groups`.
    """
    names = choose_groups(IMAGE_GROUPS, case, groups, case.data.name)
    return measure(IMAGE_GROUPS, case, names, case.notes(), on_group)


def _reconstruction(case: ImageEvaluation) -> Report:
    x, labels = case.heldout
    return _plain(reconstruction(x, case.model.reconstruct(x, labels), case.model.spec))


def _likelihood(case: ImageEvaluation) -> Report:
    model = variational(case.model.game)
    assert model is not None
    x, labels = _few(case.heldout.x, _BOUNDED), _few(case.heldout.labels, _BOUNDED)
    parts = (torch.from_numpy(values).split(INFERENCE_BATCH_SIZE) for values in (x, labels))
    metrics = likelihood(model, (Images(*part) for part in zip(*parts, strict=True)), seed=case.seed)
    pixels = (
        ""
        if case.model.spec.binary
        else "; gray pixels count as probabilities: not the likelihood of a normalized model"
    )
    note = f"{len(x):,} held-out images, {IMPORTANCE_SAMPLES} codes each; upper bounds of -log p(x){pixels}"
    return Report(metrics, {}, {"likelihood": note})


def _codes(case: ImageEvaluation) -> Report:
    names = ("code_norm", "code_mean", "code_variance")
    sampled, real = case.model.prior_codes(min(case.n, case.limit), case.seed), case.model.encode(*case.heldout)
    fake, true = (dict(zip(names, moments(z), strict=True)) for z in (sampled, real))
    return Report(fake, true, {})


def _probe(case: ImageEvaluation) -> Report:
    train, heldout = case.features("train"), case.features("heldout")
    metrics = {
        "probe_accuracy": probe_accuracy(train, heldout, seed=case.seed),
        "linear_probe_accuracy": linear_probe_accuracy(train, heldout),
    }
    shape = " x ".join(f"{n:,}" for n in train.features.shape)
    return Report(metrics, {}, {"probe": f"trained on features of {shape}, tested on {len(heldout.targets):,}"})


def _classifier(case: ImageEvaluation) -> Report:
    """Of the model's classifier of K + 1 classes."""
    x, labels = case.heldout
    wrong = case.model.classify(x[labels >= 0]).argmax(1) != labels[labels >= 0]
    return _plain({"classification_error": float(wrong.mean())})


def _svm(case: ImageEvaluation) -> Report:
    """As ALI has it; with fewer labels where the rarest class has too few images."""
    pool, tuning, testing = (case.features(part) for part in ("train", "tuning", "testing"))
    rarest = int(np.bincount(pool.targets, minlength=pool.classes).min())
    metrics: Metrics = {}
    for labels in _LABELS:
        if 1 <= labels // pool.classes <= rarest:
            metrics |= svm_error(pool, tuning, testing, labels, seed=case.seed)
    note = f"C chosen on {len(tuning.targets):,} images, tested on {len(testing.targets):,} others"
    return Report(metrics, {}, {"svm": note})


def _clustering(case: ImageEvaluation) -> Report:
    return _plain(
        {"clustering_accuracy": clustering_accuracy(case.codes("train"), case.codes("heldout"), seed=case.seed)}
    )


def _lines(case: ImageEvaluation) -> Report:
    """Of the model, and of the natural control: the same pairs, pixels blended."""
    x, labels = case.heldout
    first, last = image_pairs(x[: 2 * _PAIRS], labels[: 2 * _PAIRS])
    control = line_scores(cross_fade(first.x, last.x))
    blended = {f"{name}_of_cross_fade": control[name] for name in ("mean_distance", "smoothness")}
    scores = line_scores(interpolate_pairs(case.model, first, last, "linear"))
    note = f"{len(first.x)} pairs, 16 images on each path, linear in code space"
    return Report(scores | blended, {}, {"lines": note})


def _samples(case: ImageEvaluation) -> Report:
    """Scores by the classifier; real: training images instead of samples."""
    heldout, classes = case.classified_heldout, case.classifier.network.output.out_features

    def scores(x: ClassifiedImages) -> Metrics:
        distances = {"frechet_distance": frechet_distance(heldout.features, x.features)}
        distances |= kernel_distance(heldout.features, x.features, seed=case.seed)
        return inception_score(x.logits, seed=case.seed) | distances | class_scores(x.labels, heldout.labels, classes)

    train = case.classify(_few(case.train.x, case.n))
    return Report(
        scores(case.classified_samples),
        scores(train),
        _classifier_note(case) | {"real_scores": f"{len(train.features):,} training images"},
    )


def _modes(case: ImageEvaluation) -> Report:
    if case.data.name == "mixture":
        fake, real = (mixture_modes(x, MEANS, SIGMA) for x in (case.samples, _few(case.heldout.x, case.n)))
        return Report(fake, real, {})
    classes, modes = case.classifier.network.output.out_features, case.data.spec.classes
    classified = case.classified_samples, case.classify(_few(case.heldout.x, case.n))
    fake, real = (mode_coverage(stacked_modes(s.channel_labels, classes), modes) for s in classified)
    return Report(fake, real, _classifier_note(case))


def _diversity(case: ImageEvaluation) -> Report:
    fake, real = (_spread_of(x, case) for x in (case.samples, case.heldout.x))
    if not case.classifiable or case.stacked:
        return Report(fake, real, {})
    for metrics, x, classified in (
        (fake, case.samples, case.classified_samples),
        (real, case.heldout.x, case.classified_heldout),
    ):
        metrics["within_class_diversity"] = within_class_diversity(x, classified.labels, seed=case.seed)
    return Report(fake, real, _classifier_note(case))


def _spread_of(x: Pixels, case: ImageEvaluation) -> Metrics:
    return {"sample_diversity": sample_diversity(x, seed=case.seed)}


def _memorization(case: ImageEvaluation) -> Report:
    most, values = _SEARCHED
    train, _ = spread_images(case.data.train, min(most, values // case.data.spec.size))
    metrics = nearest_neighbor_ratio(case.samples[:_COPIES], _few(case.heldout.x, _COPIES), train)
    real = metrics.pop("nearest_neighbor_distance_of_test")
    samples, heldout = min(case.n, _COPIES), min(len(case.heldout.x), _COPIES)
    note = f"nearest of {len(train):,} training images to {samples:,} samples and {heldout:,} images of {case.split}"
    return Report(metrics, {"nearest_neighbor_distance": real}, {"memorization": note})


def _critic(case: ImageEvaluation) -> Report:
    protocol = CriticProtocol(steps=case.critic_steps, device=str(case.model.game.device))
    tuning, testing = case.tuning.x, case.testing.x
    fake, fresh = case.more_samples(len(tuning), 1), case.more_samples(len(testing), 2)
    settings = ", ".join(f"{name} {value}" for name, value in asdict(protocol).items())
    score = wasserstein_critic(tuning, testing, fake, fresh, protocol)
    metrics = {"wasserstein_critic": score.mean, "wasserstein_critic_std": score.std}
    once = CriticProtocol(steps=case.critic_steps, device=protocol.device, seeds=(0,))
    metrics |= {name: control.mean for name, control in critic_controls(tuning, testing, once).items()}
    note = f"{settings}; trained on {len(tuning):,} real images and as many samples, tested on {len(testing):,}"
    return Report(metrics, {}, {"critic": note})


def _few(x: np.ndarray, n: int) -> np.ndarray:
    """At most n of the images, of all classes even where they are sorted."""
    return x[spread(len(x), n)]


def _classifier_note(case: ImageEvaluation) -> dict[str, str]:
    return {"classifier": case.classifier.note()}


def _plain(metrics: Metrics) -> Report:
    return Report(metrics, {}, {})


IMAGE_GROUPS: dict[str, Group[ImageEvaluation]] = {
    "reconstruction": Group(lambda case: True, _reconstruction),
    "likelihood": Group(lambda case: variational(case.model.game) is not None, _likelihood),
    "codes": Group(lambda case: True, _codes),
    "probe": Group(lambda case: case.labeled, _probe),
    "classifier": Group(lambda case: case.labeled and as_classifier(case.model.game) is not None, _classifier),
    "svm": Group(lambda case: case.labeled, _svm),
    "clustering": Group(lambda case: case.labeled, _clustering),
    "lines": Group(lambda case: case.data.name == "lines", _lines),
    "samples": Group(lambda case: case.classifiable, _samples),
    "modes": Group(lambda case: case.data.name == "mixture" or case.stacked, _modes),
    "diversity": Group(lambda case: min(case.data.spec.shape[1:], default=0) >= 8, _diversity),
    "memorization": Group(lambda case: True, _memorization),
    "critic": Group(lambda case: True, _critic),
}
"""By name, the fast ones first."""
