"""The HTML report of sentences: numbers, the curve of quality against diversity, samples, paths."""

from collections.abc import Mapping, Sequence

import numpy as np

from textgan.evaluation.measurements import Numbers, Report
from textgan.evaluation.report.html import Curve, Curves, Notes, Paths, Section, Sentences, Table
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.temperature import Point
from textgan.evaluation.text.transfer import TransferPoint

_SHOWN = 40

EXPLANATIONS = {
    "reconstruction_nll": "held-out text from its own code, true words before, nats per token",
    "sentence_nll": "held-out text by the language model, nats a sentence",
    "perplexity": "the same as perplexity, end token counted",
    "elbo_reconstruction_nll": "held-out text from codes drawn for it, nats a sentence",
    "elbo_kl": "of these codes' distribution from the prior, nats a sentence; near 0 the decoder does without codes",
    "negative_elbo": "the sum: at least the negative log-likelihood, nats a sentence",
    "elbo_perplexity": "the same as perplexity: at most this, end token counted",
    "importance_weighted_nll": "a tighter bound by importance weighting, nats a sentence",
    "importance_weighted_perplexity": "the same as perplexity: held against a language model's",
    "token_accuracy": "the same, share of tokens foretold",
    "exact_match": "held-out sentences that come back word for word",
    "token_accuracy_free_running": "share of tokens that come back in their place",
    "bleu": "of what comes back, 0 to 100",
    "forward_perplexity_with_unknown": "the same, words that the vocabulary lacks counted as <unk>",
    "reverse_perplexity_with_unknown": "the same, words that the vocabulary lacks counted as <unk>",
    "accuracy": "share of held-out examples whose label is told",
    "macro_f1": "mean over classes of the F1 score",
    "classification_nll": "of the true label, nats an example",
    "calibration_error": "how far the probability of the winning label is from its accuracy, mean over 15 bins",
    "accuracy_majority": "of always telling the commonest label",
    "accuracy_tfidf": "of logistic regression on TF-IDF, learned from the same labels",
    "transfer_accuracy": "share of rewritten sentences that an independent classifier takes for the wanted label; "
    "beside it of copies",
    "transfer_bleu": "of the rewritten to the source, 0 to 100",
    "transfer_perplexity": "of the rewritten by a model of real text; beside it of copies",
    "transfer_reverse_perplexity": "of real text by a model of the rewritten; beside it of copies",
    "judge_accuracy": "of the independent classifier on held-out real text",
    "code_norm": "of codes drawn; beside it of codes of real text: they should be equal",
    "code_variance": "sum over dimensions; near 0 the codes have collapsed",
    "code_distance": "between the mean codes, drawn and real; beside it of two halves of the real ones",
    "unique": "share of distinct sentences",
    "most_common": "share of the commonest sentence: near 1 the model says one thing",
    "duplicates": "share that repeats an earlier sentence",
    "empty": "share without a word",
    "length_distance": "between the distributions of lengths and held-out ones, words",
    "forward_perplexity": "of the sentences, by an n-gram model of real text: fluency; low alone may be repetition",
    "reverse_perplexity": "of real held-out text, by an n-gram model of the sentences: variety too; lower is better",
    "reverse_ratio": "reverse perplexity over that of as many real sentences: 1 is perfect",
    "oov": "share of words that the judges' vocabulary lacks; they count in no perplexity",
    "self_bleu_4": "each sentence against all others, 0 to 1: higher is less various",
    "ms_jaccard_4": "n-grams shared with held-out text, 0 to 1: quality and variety together",
    "novelty": "share that is no train sentence",
    "longest_copied_span": "longest run of words that a train sentence has, mean, words",
    "frechet_distance": "between features of sentences and of held-out text: 0 is perfect",
    "mauve": "how far both distributions of features cover each other, 0 to 1",
    "interpolation_distinct": "different sentences on a path of seven",
    "interpolation_largest_step": "the largest step over the whole path: an even path has 0.17",
    "interpolation_midpoint_perplexity": "forward perplexity half-way: as fluent as the ends?",
    "interpolation_end_perplexity": "the same of the decoded ends",
    "smoothness": "cosine of codes of sentences at most five edits apart",
    "smoothness_random": "the same of any two sentences",
    "grammatical": "share that the grammar of the corpus derives",
    "grammar_log_likelihood": "of these by the grammar, nats a sentence: higher is likelier, not better",
    "lstm_forward_perplexity": "as forward perplexity, by an LSTM",
    "lstm_reverse_perplexity": "as reverse perplexity, by an LSTM; with --judge paper trained as the paper's",
}
"""What a metric says, in a line."""


def sections(
    case: TextEvaluation,
    report: Report,
    curves: Mapping[str, Sequence[Point]],
    transfers: Mapping[str, Sequence[TransferPoint]] = {},
    history: Sequence[Mapping[str, float]] = (),
    findings: Sequence[str] = (),
) -> list[Section]:
    """The parts of the report that there is something to show of.

    Args:
        case: what was measured.
        report: the measurements.
        curves: quality and diversity over temperatures, by run.
        transfers: accuracy and BLEU of labels exchanged, over guidance, by run.
        history: the lines of the run's metrics.jsonl.
        findings: what is wrong with the model, a line each.
    """
    parts: list[Section] = [Sentences("What is wrong", list(findings))] if findings else []
    parts.append(Table("Measurements", report, EXPLANATIONS))
    if curves:
        parts.append(_curves(case, report, curves))
    if transfers:
        parts.append(transfer_curves(transfers, case.transfer.copied, case.split))
    parts.append(_lengths(case))
    if "swap_nll_0" in report.numbers:
        parts.append(_swaps(report))
    parts += _training(history)
    parts.append(Sentences("Sentences", list(case.sentences[:_SHOWN]), "The first ones, none left out."))
    parts.append(Sentences("Real sentences", case.held_texts[:_SHOWN], "Held out, for comparison."))
    if case.coded:
        caption = f"From a held-out sentence to another: {case.way} in code space; what changed is marked."
        parts.append(Paths("Interpolations", case.paths[0][:10], caption))
    if case.model is not None:
        from textgan.config import flatten, to_dict

        settings = dict(flatten(to_dict(case.model.config)))
        parts.append(Notes("Settings", {name: str(value) for name, value in settings.items()}))
    return parts


def _lengths(case: TextEvaluation) -> Curves:
    """How many sentences have how many words."""
    drawn = []
    longest = max(int(text.lengths.max(initial=0)) for text in (case.text, case.held))
    for name, text in (("measured", case.text), ("real, held out", case.held)):
        shares = np.bincount(text.lengths, minlength=longest + 1) / max(len(text), 1)
        drawn.append(Curve(name, [(float(n), float(share)) for n, share in enumerate(shares)]))
    return Curves("Lengths", drawn, "words", "share of the sentences")


def _swaps(report: Report) -> Curves:
    """What swapped words do to a sentence's code (Zhao et al. 2018, figure 3)."""
    points = [(float(k), report.numbers[f"swap_nll_{k}"]) for k in range(5) if f"swap_nll_{k}" in report.numbers]
    caption = "The flatter, the smoother the space: near sentences have near codes."
    labels = "words swapped before encoding", "nats a token of the sentence before"
    return Curves("Swapped words", [Curve("reconstruction", points)], *labels, caption=caption)


_WATCHED = {
    "Training": ("valid.reconstruction_nll", "valid.nll", "reconstruction", "nll"),
    "Training: samples at the usual temperature, beyond real text": ("samples.excess_nll",),
    "Training: perplexity of 1,000 samples at the usual temperature": (
        "samples.forward_perplexity",
        "samples.reverse_perplexity",
    ),
    "Training: usual temperature": ("samples.temperature",),
    "Training: variance of codes": ("codes.variance_real", "codes.variance_generated"),
    "Training: norm of codes": ("codes.norm_real", "codes.norm_generated"),
    "Training: errors of the classifier": ("valid.error",),
}


def _training(history: Sequence[Mapping[str, float]]) -> list[Section]:
    """What was watched, over the rounds; the moments of codes are figure 2 of Zhao et al. 2018."""
    found: list[Section] = []
    for title, names in _WATCHED.items():
        drawn = [Curve(name, [(line["round"], line[name]) for line in history if name in line]) for name in names]
        drawn = [curve for curve in drawn if len(curve.points) > 1]
        if drawn:
            found.append(Curves(title, drawn, "round", "value"))
    return found


def _curves(case: TextEvaluation, report: Report, curves: Mapping[str, Sequence[Point]]) -> Curves:
    drawn = [
        Curve(
            name,
            [(p.forward_perplexity, p.reverse_perplexity) for p in points],
            ["greedy" if p.temperature == 0 else f"{p.temperature:g}" for p in points],
        )
        for name, points in curves.items()
    ]
    real = report.real.get("forward_perplexity"), report.real.get("reverse_perplexity")
    if real[0] is not None and real[1] is not None:
        drawn.append(Curve("real text", [(real[0], real[1])], [""]))
    caption = f"Over the decoder's temperature. Nearer to the lower left is better; held out: {case.split}."
    axes = "forward perplexity (quality)", "reverse perplexity (diversity)"
    return Curves("Quality and diversity", drawn, *axes, logarithmic=True, caption=caption)


def transfer_curves(transfers: Mapping[str, Sequence[TransferPoint]], copied: Numbers, split: str) -> Curves:
    """Accuracy against BLEU of labels exchanged.

    Args:
        transfers: over guidance, by run.
        copied: of sentences that stay as they are.
        split: the held-out sentences.
    """
    drawn = [
        Curve(name, [(p.bleu, p.accuracy) for p in points], [f"{p.guidance:g}" for p in points])
        for name, points in transfers.items()
    ]
    drawn.append(Curve("copies", [(copied["transfer_bleu"], copied["transfer_accuracy"])], [""]))
    caption = f"Over the decoder's guidance. Nearer to the upper right is better; held out: {split}."
    return Curves("Labels exchanged", drawn, "BLEU to the source", "share that takes the label", caption=caption)
