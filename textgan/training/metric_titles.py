"""What measurements are, in words for a person who has not read the documentation."""

from collections.abc import Mapping

from textgan.recipes import Modality

TITLES: dict[Modality, dict[str, str]] = {
    "text": {
        "forward_perplexity": "perplexity of samples under an n-gram model of real text (lower is better)",
        "reverse_perplexity": "perplexity of held-out text under an n-gram model of samples (lower is better)",
        "mauve": "MAUVE of samples (higher is better)",
        "frechet_distance": "Fréchet distance of samples to real text (lower is better)",
        "ms_jaccard_4": "MS-Jaccard of samples, 1- to 4-grams (higher is better)",
        "self_bleu_4": "self-BLEU-4 of samples (near that of real text is best)",
        "unique": "share of distinct samples",
        "novelty": "share of samples that are not in the training text",
        "grammatical": "share of grammatical samples",
        "mean_length": "mean length of samples, words",
        "nll": "negative log-likelihood of held-out text, nats per token",
        "valid_nll": "negative log-likelihood of held-out text, nats per token",
        "test_nll": "negative log-likelihood of held-out text, nats per token",
        "perplexity": "perplexity of held-out text (lower is better)",
        "reconstruction_nll": "reconstruction of held-out text, nats per token (lower is better)",
        "token_accuracy": "reconstruction: share of tokens right, given the true ones before",
        "exact_match": "reconstruction: share of sentences that come back whole",
        "bleu": "reconstruction: BLEU",
        "accuracy": "labels predicted right, share of held-out text",
        "macro_f1": "macro F1 of the labels",
        "error": "labels predicted wrong, share of held-out text",
        "accuracy_majority": "accuracy of the commonest label",
        "accuracy_tfidf": "accuracy of logistic regression on TF-IDF, from the same labels",
        "accuracy_ensemble": "accuracy of SentenceClassifier(), from the same labels",
        "transfer_accuracy": "label exchanged: share that take the new label",
        "transfer_bleu": "label exchanged: BLEU to the source",
    },
    "images": {
        "frechet_distance": "Fréchet distance of samples to real images, own features (lower is better)",
        "modes": "modes that samples reach",
        "high_quality": "share of samples near a mode",
        "sample_diversity": "diversity of samples, 1 - MS-SSIM",
        "within_class_diversity": "diversity of samples within a class, 1 - MS-SSIM",
        "variance": "variance of samples, summed over pixels",
        "wasserstein_critic": "distance to held-out images by an independent critic (lower is better)",
        "nearest_neighbor_distance": "distance of samples to the nearest training image",
        "reconstruction_nll": "reconstruction of held-out images, nats per image (lower is better)",
        "pixel_error": "reconstruction: error per pixel (lower is better)",
        "pixel_rmse": "reconstruction: root mean square error, grey levels of 255 (lower is better)",
        "point_rmse": "reconstruction: root mean square error (lower is better)",
        "reconstruction_ratio": "reconstruction: distance to the image over that to another one (0 is perfect)",
        "classification_error": "labels predicted wrong, share of held-out images",
        "probe_accuracy": "accuracy of a classifier on the codes",
        "linear_probe_accuracy": "accuracy of a linear classifier on the codes",
        "clustering_accuracy": "accuracy of clusters of the codes",
        "mean_distance": "interpolation of lines: mean distance (lower is better)",
        "smoothness": "interpolation of lines: smoothness (lower is better)",
    },
}
"""Modality -> measurement -> its title, in the order of a table; the others are in config.json only."""

_LOWER = """forward_perplexity reverse_perplexity frechet_distance nll valid_nll test_nll perplexity reconstruction_nll
error excess_nll cost classification_nll wasserstein_critic pixel_error pixel_rmse point_rmse reconstruction_ratio
classification_error mean_distance smoothness distance"""
_HIGHER = """mauve ms_jaccard_4 grammatical token_accuracy exact_match bleu accuracy macro_f1 transfer_accuracy
transfer_bleu modes high_quality probe_accuracy linear_probe_accuracy clustering_accuracy"""
_NEAR_REAL = "self_bleu_4 unique mean_length sample_diversity within_class_diversity variance"

DIRECTIONS: dict[str, str] = {
    name: direction
    for direction, names in {"lower": _LOWER, "higher": _HIGHER, "near real": _NEAR_REAL}.items()
    for name in names.split()
}
"""Measurement -> which value is best: the lower, the higher, the one near that of real data."""

BASELINE_METRICS = (
    "accuracy_majority",
    "accuracy_tfidf",
    "accuracy_ensemble",
    "accuracy_naive_bayes_em",
    "accuracy_word_vectors",
    "accuracy_self_training",
)
"""Those of other predictors, which stand in a table beside the model's."""


def headline(metrics: Mapping[str, float], modality: Modality) -> dict[str, str]:
    """The measurements worth a row of a table, with their titles, in its order.

    Those of validation in training have the same titles behind their first part: `samples.unique`, `valid.error`.
    """
    titles, found = TITLES[modality], {name.rpartition(".")[2]: name for name in metrics}
    return {found[name]: title for name, title in titles.items() if name in found}


def rounded_number(value: float) -> str:
    """A measurement as a person reads it: four digits."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def duration(seconds: float) -> str:
    """A time in the largest unit that fits it: "42 seconds", "3.5 minutes", "12 hours"."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} seconds"
