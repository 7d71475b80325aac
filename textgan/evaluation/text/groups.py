"""All measurements of sentences, in groups that can be asked for one by one."""

import math
from collections.abc import Callable, Sequence

import torch

from textgan.data.labeled import examples
from textgan.data.tokenfile import TokenFile
from textgan.evaluation.divergence import frechet_distance, mauve
from textgan.evaluation.likelihood import DRAWS, likelihood, variational
from textgan.evaluation.measurements import Group, Numbers, Report, choose, measure
from textgan.evaluation.text.classification import baselines, scores
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.kneser_ney import KneserNey, Perplexity, perplexity, perplexity_of
from textgan.evaluation.text.overlap import distinct, ms_jaccard, ngram_entropy, self_bleu
from textgan.evaluation.text.reconstruction import batches, code_distance, code_moments, free_running, teacher_forced
from textgan.evaluation.text.robustness import smoothness, swap_nll
from textgan.evaluation.text.statistics import diversity, judge_scenes, length_distance, lengths, novelty
from textgan.evaluation.text.train_lm import train_language_model
from textgan.evaluation.text.words import unknown
from textgan.sampling import SentenceModel, inference

_BOUNDED = 1000  # sentences


def evaluate(
    case: TextEvaluation, groups: Sequence[str] | None = None, on_group: Callable[[Report], None] = lambda group: None
) -> Report:
    """The measurements of `textgan evaluate` and `textgan score`.

    Args:
        case: the sentences, and what they are held against.
        groups: names in GROUPS; default: all that fit and do not take minutes.
        on_group: called with the measurements of each group as soon as they are known; what needs no language model
            comes first.

    Raises:
        UserError: see `choose`.
    """
    names = choose(GROUPS, case, groups, "here")
    # What a classifier says depends on none of the judges, whose vocabulary takes a minute of a large corpus.
    notes = case.notes() if {*names} - {"classification"} else {}
    return measure(GROUPS, case, names, notes, on_group)


def _model(case: TextEvaluation) -> SentenceModel:
    assert case.model is not None
    return case.model


def _reconstruction(case: TextEvaluation) -> Report:
    model = _model(case)
    numbers, signature = free_running(model, case.held_file, len(case.held_file))
    forced = teacher_forced(model.game, case.held_file) if model.game.foretells else {}
    return Report(forced | numbers, {}, {"bleu_signature": signature})


def _nll(case: TextEvaluation) -> Report:
    """Of a model without codes: how well it foretells held-out text."""
    nll = teacher_forced(_model(case).game, case.held_file)["reconstruction_nll"]
    tokens = float((case.held_file.lengths + 1).mean())
    of_split = {"valid_nll" if case.split == "valid" else "test_nll": nll}
    return Report(of_split | {"sentence_nll": nll * tokens, "perplexity": math.exp(nll)}, {}, {})


def _likelihood(case: TextEvaluation) -> Report:
    """Of a variational autoencoder, on fewer sentences: each is decoded a hundred times."""
    model = variational(_model(case).game)
    assert model is not None
    some = min(len(case.held_file), _BOUNDED)
    numbers = likelihood(model, (batch for _, batch in batches(case.held_file, _BOUNDED)), seed=case.seed)
    note = f"{some:,} held-out sentences, {DRAWS} codes each, end token counted; upper bounds of -log p(x)"
    return Report(numbers, {}, {"likelihood": note})


def _codes(case: TextEvaluation) -> Report:
    with inference(_model(case).game, case.seed) as game:
        drawn = game.prior(min(len(case.sentences), case.limit))
        real = torch.cat([game.encode(batch.to(game.device)) for _, batch in batches(case.held_file)])
    fake, true = (dict(zip(("code_norm", "code_variance"), code_moments(z), strict=True)) for z in (drawn, real))
    halves = {"code_distance": code_distance(real[::2], real[1::2])} if len(real) > 1 else {}
    return Report(fake | {"code_distance": code_distance(drawn, real)}, true | halves, {})


def _statistics(case: TextEvaluation) -> Report:
    def numbers(text: TokenFile) -> Numbers:
        return lengths(text) | distinct(text) | ngram_entropy(text)

    mine = diversity(case.sentences) | numbers(case.text) | {"length_distance": length_distance(case.text, case.held)}
    real = numbers(case.peers) | {"length_distance": length_distance(case.peers, case.held)}
    return Report(mine, diversity(case.peer_texts) | real, {})


def _perplexity(case: TextEvaluation) -> Report:
    """Forward: quality, by a judge of real text; reverse: diversity too, by a judge of what is measured."""

    def numbers(forward: Perplexity, reverse: Perplexity) -> Numbers:
        return {
            "forward_perplexity": forward.perplexity,
            "reverse_perplexity": reverse.perplexity,
            "forward_perplexity_with_unknown": forward.with_unknown,
            "reverse_perplexity_with_unknown": reverse.with_unknown,
        }

    mine = numbers(perplexity(case.of_real, case.text), perplexity(case.of_text, case.held))
    real = numbers(perplexity(case.of_real, case.held), perplexity(KneserNey(case.peers), case.held))
    shares = {"reverse_ratio": mine["reverse_perplexity"] / real["reverse_perplexity"]}
    oov = {"oov": unknown(case.text)}, {"oov": unknown(case.held)}
    notes = {"ngram_of_real": case.of_real.signature, "ngram_of_text": case.of_text.signature}
    return Report(mine | shares | oov[0], real | oov[1], notes)


def _overlap(case: TextEvaluation) -> Report:
    mine, real = (self_bleu(text) | ms_jaccard(text, case.held) for text in (case.text, case.peers))
    sizes = f"{len(case.text):,} sentences, beside them {len(case.peers):,} real ones"
    return Report(
        mine,
        real,
        {
            "self_bleu": f"{sizes}; each against all others, exact; smoothing 0.1 where nothing matches",
            "ms_jaccard": f"{sizes}; against {len(case.held):,} held-out ones",
        },
    )


def _copying(case: TextEvaluation) -> Report:
    return Report(novelty(case.text, case.learned), novelty(case.held, case.learned), {})


def _features(case: TextEvaluation) -> Report:
    """Of the LSTM judge, which never saw the model."""
    f = case.features
    mine, real = (
        {"frechet_distance": frechet_distance(f["held"], f[side])} | mauve(f["held"], f[side], seed=case.seed)
        for side in ("text", "peers")
    )
    sizes = ", ".join(
        f"{len(f[side]):,} {name}" for side, name in (("text", "measured"), ("peers", "real"), ("held", "held out"))
    )
    fewer = f"MAUVE takes as many of each side, {min(map(len, f.values())):,} at most"
    return Report(mine, real, {"features": f"{case.judge.note()}; {sizes}; {fewer}"})


def _judge(case: TextEvaluation) -> Report:
    """LSTMs of equal size: one learns what is measured, one as much real text.

    The measure is that of the paper; the protocol is, where `case.long_lstm` is `PAPER`.
    """

    def numbers(forward: TokenFile, reverse: TokenFile) -> Numbers:
        learned = train_language_model(reverse, case.judge_split[1], case.long_lstm)
        return {
            "lstm_forward_perplexity": perplexity_of(case.long_judge.log_probs(forward), forward).perplexity,
            "lstm_reverse_perplexity": perplexity_of(learned.log_probs(case.held), case.held).perplexity,
        }

    real = numbers(case.held, case.peers_for_judge)
    return Report(numbers(case.text, case.text), real, {"lstm": case.long_judge.note()})


def _interpolation(case: TextEvaluation) -> Report:
    _, numbers = case.paths
    note = f"{len(case.paths[0])} pairs of held-out sentences, {len(case.paths[0][0])} steps, {case.way}, greedy"
    return Report(numbers, {}, {"interpolation": note})


def _robustness(case: TextEvaluation) -> Report:
    model, seed = _model(case), case.seed
    numbers = swap_nll(model, case.held_file, seed=seed) | smoothness(model, case.held_file, seed=seed)
    note = f"swaps in {min(len(case.held_file), 2000):,} held-out sentences; smoothness of 250, 100 neighbours each"
    return Report(numbers, {}, {"robustness": note})


def _classification(case: TextEvaluation) -> Report:
    """Of all examples of the split that have a label, whatever the limit."""
    corpus, held = case.of_model, case.held_split
    shown = corpus.labeled is not None and case.own_train is None
    simple = baselines(corpus.train, corpus.labeled, held) if shown and corpus.labeled is not None else {}
    notes = {"labels": f"{len(case.predictions.labels):,} held-out examples"}
    if shown and corpus.labeled is not None:
        notes["labels"] += f", {len(corpus.labeled):,} shown in training; TF-IDF learned from the same"
    return Report(scores(case.predictions) | simple, {}, notes)


def _transfer(case: TextEvaluation) -> Report:
    transfer = case.transfer
    written = transfer.rewritten(_model(case), case.reading)
    own = {"judge_accuracy": transfer.judge_accuracy}
    return Report(written.numbers() | own, transfer.copied, transfer.notes(written))


def _grammar(case: TextEvaluation) -> Report:
    return Report(judge_scenes(case.sentences), judge_scenes(case.peer_texts), {})


def _coded(case: TextEvaluation) -> bool:
    return case.coded


def _foretells(case: TextEvaluation) -> bool:
    return case.model is not None and case.model.game.foretells


def _classifies(case: TextEvaluation) -> bool:
    return case.model is not None and case.model.game.classifies and bool(len(examples(case.held_split)))


def _transfers(case: TextEvaluation) -> bool:
    return _classifies(case) and _model(case).game.conditional


def _bounded(case: TextEvaluation) -> bool:
    return case.model is not None and variational(case.model.game) is not None


def _of_scenes(case: TextEvaluation) -> bool:
    return case.data == "scenes"


GROUPS: dict[str, Group[TextEvaluation]] = {
    "reconstruction": Group(_coded, _reconstruction),
    "nll": Group(lambda case: _foretells(case) and not case.coded, _nll),
    "likelihood": Group(_bounded, _likelihood),
    "codes": Group(_coded, _codes),
    "statistics": Group(lambda case: True, _statistics),
    "perplexity": Group(lambda case: True, _perplexity),
    "overlap": Group(lambda case: True, _overlap),
    "copying": Group(lambda case: True, _copying),
    "interpolation": Group(lambda case: _coded(case) and len(set(case.held_texts)) > 1, _interpolation),
    "robustness": Group(lambda case: _coded(case) and _foretells(case), _robustness),
    "grammar": Group(_of_scenes, _grammar),
    "classification": Group(_classifies, _classification),
    "transfer": Group(_transfers, _transfer),
    "features": Group(lambda case: min(len(case.sentences), len(case.held_texts)) > 1, _features),
    "judge": Group(lambda case: True, _judge, usual=False),
}
"""By name."""
