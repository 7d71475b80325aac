"""All metrics of sentences, in groups that can be chosen."""

import math
from collections.abc import Callable, Sequence

import torch

from textgan.capabilities import as_classifier, as_conditional, has_logits
from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.evaluation.divergence import frechet_distance, mauve
from textgan.evaluation.likelihood import IMPORTANCE_SAMPLES, likelihood, variational
from textgan.evaluation.measurements import Group, Metrics, Report, choose_groups, measure
from textgan.evaluation.text.classification import scores
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.kneser_ney import KneserNey, PerplexityScores, perplexity, perplexity_of
from textgan.evaluation.text.label_baselines import label_baselines
from textgan.evaluation.text.overlap import distinct, ms_jaccard, ngram_entropy, self_bleu
from textgan.evaluation.text.reconstruction import (
    code_distance,
    free_running,
    norm_and_variance,
    sentence_batches,
    teacher_forced,
)
from textgan.evaluation.text.robustness import code_smoothness, swap_nll
from textgan.evaluation.text.statistics import diversity, grammaticality, length_distance, length_statistics, novelty
from textgan.evaluation.text.train_lm import train_reference_lm
from textgan.evaluation.text.words import unknown_share
from textgan.sampling import SentenceModel, inference

_BOUNDED = 1000  # sentences


def evaluate_text(
    case: TextEvaluation, groups: Sequence[str] | None = None, on_group: Callable[[Report], None] = lambda group: None
) -> Report:
    """The metrics of `textgan evaluate` and `textgan score`.

    Args:
        case: the sentences, and what they are compared with.
        groups: names in GROUPS; default: all that fit and do not take minutes.
        on_group: called with the metrics of each group as soon as they are known; what needs no language model
            comes first.

    Raises:
        UserError: see `choose_groups`.
    """
    names = choose_groups(TEXT_GROUPS, case, groups, "here")
    # Classification needs no vocabulary, which takes a minute for a large corpus.
    notes = case.notes() if {*names} - {"classification"} else {}
    return measure(TEXT_GROUPS, case, names, notes, on_group)


def _model(case: TextEvaluation) -> SentenceModel:
    assert case.model is not None
    return case.model


def _reconstruction(case: TextEvaluation) -> Report:
    model = _model(case)
    metrics, signature = free_running(model, case.heldout_tokens, len(case.heldout_tokens))
    forced = teacher_forced(model.game, case.heldout_tokens) if has_logits(model.game) else {}
    return Report(forced | metrics, {}, {"bleu_signature": signature})


def _nll(case: TextEvaluation) -> Report:
    """Of a model without codes: likelihood of held-out text."""
    nll = teacher_forced(_model(case).game, case.heldout_tokens)["reconstruction_nll"]
    tokens = float((case.heldout_tokens.lengths + 1).mean())
    of_split = {"valid_nll" if case.split == "valid" else "test_nll": nll}
    return Report(of_split | {"sentence_nll": nll * tokens, "perplexity": math.exp(nll)}, {}, {})


def _likelihood(case: TextEvaluation) -> Report:
    """Of a variational autoencoder, on fewer sentences: each is decoded a hundred times."""
    model = variational(_model(case).game)
    assert model is not None
    some = min(len(case.heldout_tokens), _BOUNDED)
    metrics = likelihood(model, (batch for _, batch in sentence_batches(case.heldout_tokens, _BOUNDED)), seed=case.seed)
    note = f"{some:,} held-out sentences, {IMPORTANCE_SAMPLES} codes each, end token counted; upper bounds of -log p(x)"
    return Report(metrics, {}, {"likelihood": note})


def _codes(case: TextEvaluation) -> Report:
    with inference(_model(case).game, case.seed) as game:
        sampled = game.prior(min(len(case.sentences), case.limit))
        real = torch.cat([game.encode(batch.to(game.device)) for _, batch in sentence_batches(case.heldout_tokens)])
    fake, true = (dict(zip(("code_norm", "code_variance"), norm_and_variance(z), strict=True)) for z in (sampled, real))
    halves = {"code_distance": code_distance(real[::2], real[1::2])} if len(real) > 1 else {}
    return Report(fake | {"code_distance": code_distance(sampled, real)}, true | halves, {})


def _statistics(case: TextEvaluation) -> Report:
    def metrics(text: TokenFile) -> Metrics:
        return length_statistics(text) | distinct(text) | ngram_entropy(text)

    mine = (
        diversity(case.sentences) | metrics(case.text) | {"length_distance": length_distance(case.text, case.heldout)}
    )
    real = metrics(case.real_sample) | {"length_distance": length_distance(case.real_sample, case.heldout)}
    return Report(mine, diversity(case.real_sample_texts) | real, {})


def _perplexity(case: TextEvaluation) -> Report:
    """Forward: quality, by a model of real text; reverse: diversity too, by a model of the sentences."""

    def metrics(forward: PerplexityScores, reverse: PerplexityScores) -> Metrics:
        return {
            "forward_perplexity": forward.perplexity,
            "reverse_perplexity": reverse.perplexity,
            "forward_perplexity_with_unknown": forward.with_unknown,
            "reverse_perplexity_with_unknown": reverse.with_unknown,
        }

    mine = metrics(perplexity(case.real_ngram_model, case.text), perplexity(case.text_ngram_model, case.heldout))
    real = metrics(
        perplexity(case.real_ngram_model, case.heldout), perplexity(KneserNey(case.real_sample), case.heldout)
    )
    shares = {"reverse_ratio": mine["reverse_perplexity"] / real["reverse_perplexity"]}
    oov = {"oov": unknown_share(case.text)}, {"oov": unknown_share(case.heldout)}
    notes = {"real_ngram_model": case.real_ngram_model.signature, "text_ngram_model": case.text_ngram_model.signature}
    return Report(mine | shares | oov[0], real | oov[1], notes)


def _overlap(case: TextEvaluation) -> Report:
    mine, real = (self_bleu(text) | ms_jaccard(text, case.heldout) for text in (case.text, case.real_sample))
    sizes = f"{len(case.text):,} sentences; real: {len(case.real_sample):,}"
    return Report(
        mine,
        real,
        {
            "self_bleu": f"{sizes}; references: all other sentences; smoothing 0.1 where nothing matches",
            "ms_jaccard": f"{sizes}; against {len(case.heldout):,} held-out sentences",
        },
    )


def _copying(case: TextEvaluation) -> Report:
    return Report(novelty(case.text, case.training_text), novelty(case.heldout, case.training_text), {})


def _features(case: TextEvaluation) -> Report:
    """Distances on the features of the reference language model, which knows real text only."""
    f = case.features
    mine, real = (
        {"frechet_distance": frechet_distance(f["heldout"], f[side])} | mauve(f["heldout"], f[side], seed=case.seed)
        for side in ("text", "real_sample")
    )
    sizes = ", ".join(
        f"{len(f[side]):,} {name}"
        for side, name in (("text", "sentences"), ("real_sample", "real ones"), ("heldout", "held-out ones"))
    )
    fewer = f"MAUVE: the same number on both sides, at most {min(map(len, f.values())):,}"
    return Report(mine, real, {"features": f"{case.feature_lm.note()}; {sizes}; {fewer}"})


def _lstm(case: TextEvaluation) -> Report:
    """Perplexities by LSTMs of one size: one is trained on real text, one on the sentences that are measured.

    The measure is that of Zhao et al. 2018; the protocol is theirs too where `case.perplexity_lm_config` is `PAPER_LM`.
    """

    def metrics(forward: TokenFile, reverse: TokenFile) -> Metrics:
        learned = train_reference_lm(reverse, case.perplexity_lm_split[1], case.perplexity_lm_config)
        return {
            "lstm_forward_perplexity": perplexity_of(case.perplexity_lm.log_probs(forward), forward).perplexity,
            "lstm_reverse_perplexity": perplexity_of(learned.log_probs(case.heldout), case.heldout).perplexity,
        }

    real = metrics(case.heldout, case.real_sample_for_lm)
    return Report(metrics(case.text, case.text), real, {"lstm": case.perplexity_lm.note()})


def _interpolation(case: TextEvaluation) -> Report:
    straight, smooth, metrics = case.paths
    pairs, steps = f"{len(straight)}, smooth {len(smooth)}", len(straight[0])
    note = f"{pairs} pairs of held-out sentences, {steps} steps, {case.interpolation_path}, greedy decoding"
    return Report(metrics, {}, {"interpolation": note})


def _robustness(case: TextEvaluation) -> Report:
    model, seed = _model(case), case.seed
    metrics = swap_nll(model, case.heldout_tokens, seed=seed) | code_smoothness(model, case.heldout_tokens, seed=seed)
    swapped = min(len(case.heldout_tokens), 2000)
    note = f"word swaps: {swapped:,} held-out sentences; smoothness: 250, at most 100 neighbors each"
    return Report(metrics, {}, {"robustness": note})


def _classification(case: TextEvaluation) -> Report:
    """Of all examples of the split that have a label, beyond the limit too."""
    corpus, heldout = case.model_corpus, case.heldout_split
    labeled = corpus.labeled if case.model_train is None else None
    simple = label_baselines(corpus.train, labeled, heldout) if labeled is not None else {}
    notes = {"labels": f"{len(case.predictions.labels):,} held-out examples"}
    if labeled is not None:
        notes["labels"] += f", {len(labeled):,} training examples; TF-IDF is trained on the same"
    return Report(scores(case.predictions) | simple, {}, notes)


def _transfer(case: TextEvaluation) -> Report:
    transfer = case.transfer
    written = transfer.rewritten(_model(case), case.code_decoding)
    accuracy = {"transfer_classifier_accuracy": transfer.classifier_accuracy}
    return Report(written.metrics() | accuracy, transfer.copied, transfer.notes(written))


def _grammar(case: TextEvaluation) -> Report:
    return Report(grammaticality(case.sentences), grammaticality(case.real_sample_texts), {})


def _has_codes(case: TextEvaluation) -> bool:
    return case.has_codes


def _foretells(case: TextEvaluation) -> bool:
    return case.model is not None and has_logits(case.model.game)


def _classifies(case: TextEvaluation) -> bool:
    classifies = case.model is not None and as_classifier(case.model.game) is not None
    return classifies and len(examples(case.heldout_split)) > 0


def _transfers(case: TextEvaluation) -> bool:
    return _classifies(case) and as_conditional(_model(case).game) is not None


def _bounded(case: TextEvaluation) -> bool:
    return case.model is not None and variational(case.model.game) is not None


def _of_scenes(case: TextEvaluation) -> bool:
    return case.data == "scenes"


TEXT_GROUPS: dict[str, Group[TextEvaluation]] = {
    "reconstruction": Group(_has_codes, _reconstruction),
    "nll": Group(lambda case: _foretells(case) and not case.has_codes, _nll),
    "likelihood": Group(_bounded, _likelihood),
    "codes": Group(_has_codes, _codes),
    "statistics": Group(lambda case: True, _statistics),
    "perplexity": Group(lambda case: True, _perplexity),
    "overlap": Group(lambda case: True, _overlap),
    "copying": Group(lambda case: True, _copying),
    "interpolation": Group(lambda case: _has_codes(case) and len(set(case.heldout_texts)) > 1, _interpolation),
    "robustness": Group(lambda case: _has_codes(case) and _foretells(case), _robustness),
    "grammar": Group(_of_scenes, _grammar),
    "classification": Group(_classifies, _classification),
    "transfer": Group(_transfers, _transfer),
    "features": Group(lambda case: min(len(case.sentences), len(case.heldout_texts)) > 1, _features),
    "lstm": Group(lambda case: True, _lstm, usual=False),
}
"""By name."""
