"""Measurements against direct computations, closed forms and a model that makes no mistake."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.tiny import tiny_config
from textgan.capabilities import has_logits
from textgan.data.config import DataConfig
from textgan.data.corpus import Corpus, open_corpus
from textgan.data.specials import EOS, UNK
from textgan.data.types import Sentences, TextSpec
from textgan.errors import UserError
from textgan.evaluation.measurements import spread
from textgan.evaluation.text.evaluation import TextEvaluation
from textgan.evaluation.text.groups import evaluate_text
from textgan.evaluation.text.kneser_ney import KneserNey, perplexity
from textgan.evaluation.text.reconstruction import free_running, norm_and_variance, sentence_batches, teacher_forced
from textgan.evaluation.text.reference_lm import PAPER_LM, REFERENCE_LMS, SHORT_LM, ReferenceLMConfig
from textgan.evaluation.text.statistics import diversity, grammaticality
from textgan.evaluation.text.temperature import TEMPERATURES, quality_diversity
from textgan.evaluation.text.validation import BEST_BY, TextValidation
from textgan.evaluation.text.words import as_words, build_vocabulary
from textgan.game import Game, Player, Turn
from textgan.models import build
from textgan.recipes import RunConfig
from textgan.sampling import SentenceModel
from textgan.settings import Decoding

QUICK = ReferenceLMConfig(embedding_dim=8, hidden_dim=8, steps=5)


class Memory(Game):
    """Its code is the sentence itself, so it reconstructs without a mistake, or with as many as it is set to make.

    Args:
        width: tokens of a sentence, the end token counted.
        mistakes: first tokens of each sentence that are written as <unk>.
    """

    def __init__(self, width: int, mistakes: int = 0) -> None:
        super().__init__()
        self.code_dim, self.mistakes = width, mistakes
        self.spec = TextSpec(9, width - 1)
        self.somewhere = nn.Parameter(torch.zeros(()))

    def encode(self, batch: Sentences) -> Tensor:
        return nn.functional.pad(batch.targets, (0, self.code_dim - batch.targets.shape[1])).float()

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        tokens = z.long().clone()
        tokens[:, : self.mistakes] = UNK
        return tokens

    def prior(self, n: int) -> Tensor:
        return torch.full((n, self.code_dim), float(EOS))

    def make_players(self) -> dict[str, Player]:
        return {}

    def turns(self, step: int) -> Sequence[Turn]:
        return []


@pytest.fixture(scope="module")
def corpus(model) -> Corpus:
    return open_corpus(model.config.data, model.tokenizer)


def memory(model, mistakes: int = 0) -> SentenceModel:
    return SentenceModel(Memory(model.max_length + 1, mistakes), model.tokenizer, model.config)


def sentence_file(tmp_path, lines: list[str]):
    (tmp_path / "train.txt").write_text("".join(line + "\n" for line in lines))
    (tmp_path / "valid.txt").write_text("x\n")
    return open_corpus(DataConfig(data=str(tmp_path)), cache=tmp_path / "cache").train


def test_each_sentence_is_measured_once(corpus):
    used = [i for indices, _ in sentence_batches(corpus.train) for i in indices]
    assert sorted(used) == list(range(len(corpus.train)))
    assert len(used) > 256
    for indices, batch in sentence_batches(corpus.train, 10):
        assert sorted(indices) == spread(len(corpus.train), 10).tolist()
        assert [corpus.train.text(i) for i in indices] == [
            corpus.tokenizer.decode(row) for row in batch.targets.tolist()
        ]


def test_teacher_forcing_equals_a_direct_computation(model, corpus):
    metrics = teacher_forced(model.game, corpus.valid)
    nll, right, count = 0.0, 0, 0
    with torch.no_grad():
        for i in range(len(corpus.valid)):
            tokens, lengths = corpus.valid.rows([i])
            batch = Sentences(torch.from_numpy(tokens), torch.from_numpy(lengths), float(lengths.sum()))
            z = model.game.encode(batch)
            logits = model.game.logits(z, batch)
            targets = batch.real_targets
            nll -= float(logits.double().log_softmax(1)[torch.arange(len(targets)), targets].sum())
            right += int((logits.argmax(1) == targets).sum())
            count += len(targets)
    assert metrics["reconstruction_nll"] == pytest.approx(nll / count, rel=1e-5)
    assert metrics["token_accuracy"] == pytest.approx(right / count)
    assert 0 < metrics["reconstruction_nll"] < 2 * math.log(model.tokenizer.vocab_size)


def test_a_model_without_mistakes_reconstructs_everything(model, corpus):
    metrics, signature = free_running(memory(model), corpus.valid, limit=100)
    assert metrics == pytest.approx({"exact_match": 1.0, "token_accuracy_free_running": 1.0, "bleu": 100.0})
    assert "tok:" in signature


def test_a_mistake_in_each_sentence_is_counted(model, corpus):
    metrics, _ = free_running(memory(model, mistakes=1), corpus.valid, limit=100)
    tokens = int(sum(corpus.valid.lengths)) + len(corpus.valid)
    assert metrics["exact_match"] == 0
    assert metrics["token_accuracy_free_running"] == pytest.approx(1 - len(corpus.valid) / tokens)
    assert 0 < metrics["bleu"] < 100


def test_reconstructing_freely_is_the_same_as_the_users_way(model, corpus):
    sentences = [corpus.valid.text(i) for i in range(len(corpus.valid))]
    share = np.mean([a == b for a, b in zip(model.reconstruct(sentences), sentences, strict=True)])
    assert free_running(model, corpus.valid, 1000)[0]["exact_match"] == pytest.approx(share)


def test_a_model_of_exactly_five_methods_is_validated_and_evaluated(model, corpus):
    """It has no `logits`: what needs them is left out, and its first validation is not its last."""
    five = memory(model)
    assert not has_logits(five.game)
    metrics = TextValidation(five, corpus.train, corpus.valid, samples=20)()
    assert {"samples.unique", "codes.norm_real", BEST_BY} <= set(metrics)
    assert not any(name.startswith("valid.") for name in metrics)
    case = TextEvaluation(five.sample(20), corpus, "valid", 50, 40, 0, feature_lm_config=QUICK, model=five)
    report = evaluate_text(case, ["reconstruction", "codes", "interpolation"])
    assert report.metrics["exact_match"] == 1
    assert "reconstruction_nll" not in report.metrics
    with pytest.raises(UserError, match="'robustness' does not fit"):
        evaluate_text(case, ["robustness"])


def test_a_part_of_a_corpus_is_spread_over_all_of_it():
    assert spread(10, 4).tolist() == [0, 2, 5, 7]
    assert spread(3, 10).tolist() == [0, 1, 2]
    assert spread(3, None).tolist() == [0, 1, 2]
    assert spread(0, 5).tolist() == []


def test_codes_have_the_moments_of_their_closed_form():
    norm, variance = norm_and_variance(torch.tensor([[3.0, 4.0], [-3.0, 4.0]]))
    assert norm == 5
    assert variance == pytest.approx(18.0)
    points = torch.randn(4000, 9, generator=torch.Generator().manual_seed(0))
    assert norm_and_variance(points / points.norm(dim=1, keepdim=True)) == pytest.approx((1.0, 1.0), rel=0.01)


def test_one_code_has_no_variance():
    assert norm_and_variance(torch.ones(1, 4)) == (2.0, 0.0)


@pytest.fixture
def fresh_model(run_folder) -> SentenceModel:
    """A model whose usual temperature may be changed."""
    return SentenceModel.from_pretrained(run_folder, device="cpu")


def test_validation_agrees_with_evaluation(fresh_model, corpus):
    model = fresh_model
    validation = TextValidation(model, corpus.train, corpus.valid)
    metrics, long = validation(), teacher_forced(model.game, corpus.valid)
    assert metrics["valid.reconstruction_nll"] == long["reconstruction_nll"]
    assert metrics["valid.token_accuracy"] == long["token_accuracy"]
    assert metrics["codes.norm_generated"] == pytest.approx(1, abs=1e-4)
    assert 0 < metrics["codes.variance_generated"] <= 1
    assert 0 < metrics["samples.unique"] <= 1
    assert model.game.sampling_temperature == metrics["samples.temperature"] in TEMPERATURES
    model.game.sampling_temperature = 0.3
    assert validation() == metrics, "it depends on the weights alone"


def test_validation_is_of_the_samples_that_a_user_gets(fresh_model, corpus):
    metrics = TextValidation(fresh_model, corpus.train, corpus.valid, samples=100)()
    written = fresh_model.sample(100, seed=0)
    assert written == fresh_model.sample(100, seed=0, temperature=metrics["samples.temperature"])
    train, valid = ([part.text(i) for i in range(len(part))] for part in (corpus.train, corpus.valid))
    text, heldout = (as_words(part, build_vocabulary(train)) for part in (written, valid))
    assert metrics["samples.reverse_perplexity"] == pytest.approx(perplexity(KneserNey(text), heldout).perplexity)
    assert metrics["samples.mean_length"] == pytest.approx(text.lengths.mean())
    assert metrics["samples.unique"] == diversity(written)["unique"]


def test_a_model_without_codes_is_never_greedy_and_has_no_reconstruction(corpus):
    config = RunConfig("lm", tiny_config("lm"))
    lm = SentenceModel(build(config.settings, corpus.spec), corpus.tokenizer, config)
    metrics = TextValidation(lm, corpus.train, corpus.valid, samples=50)()
    assert metrics["samples.temperature"] > 0
    assert "valid.nll" in metrics
    assert not {"valid.reconstruction_nll", "codes.distance"} & set(metrics)


def case_of(model, corpus, n: int = 40, **changes) -> TextEvaluation:
    decoding = Decoding(temperature=1.0)
    values = {"split": "valid", "words": 100, "limit": 100, "seed": 1, "model": model, "decoding": decoding}
    return TextEvaluation(model.sample(n, 1, decoding=decoding), corpus, **values | changes)


def test_a_report_holds_everything_in_its_range(model, corpus):
    case = case_of(model, corpus, feature_lm_config=QUICK)
    report = evaluate_text(case)
    shares = [
        "token_accuracy",
        "exact_match",
        "unique",
        "duplicates",
        "most_common",
        "empty",
        "novelty",
        "oov",
        "mauve",
    ]
    shares += ["self_bleu_4", "distinct_2", "ms_jaccard_4", "copied_span_share", "interpolation_largest_step"]
    positive = [
        "forward_perplexity",
        "reverse_perplexity",
        "forward_perplexity_with_unknown",
        "reverse_perplexity_with_unknown",
        "reverse_ratio",
        "entropy_1",
        "frechet_distance",
        "swap_nll_4",
    ]
    assert all(0 <= report.metrics[name] <= 1 for name in shares)
    assert all(report.metrics[name] > 0 for name in positive)
    assert all(math.isfinite(value) for value in report.metrics.values())
    floors = [
        "unique",
        "self_bleu_4",
        "forward_perplexity",
        "reverse_perplexity",
        "mauve",
        "frechet_distance",
        "novelty",
    ]
    assert set(floors) <= set(report.real)
    assert report.real["unique"] == 1
    assert report.real["code_norm"] == pytest.approx(1, abs=1e-5)
    assert report.notes["sentences"] == "40"
    assert "order:5" in report.notes["text_ngram_model"]
    assert all(isinstance(note, str) for note in report.notes.values())
    json.dumps(report.metrics)


def test_groups_are_made_one_by_one_and_the_slow_one_only_when_asked(model, corpus):
    case = case_of(model, corpus, perplexity_lm_config=QUICK)
    assert set(evaluate_text(case, ["perplexity"]).metrics) == {
        "forward_perplexity",
        "reverse_perplexity",
        "forward_perplexity_with_unknown",
        "reverse_perplexity_with_unknown",
        "reverse_ratio",
        "oov",
    }
    lstm = evaluate_text(case, ["lstm"])
    assert lstm.metrics["lstm_reverse_perplexity"] > 1
    assert lstm.real["lstm_forward_perplexity"] > 1


def test_the_epoch_of_the_lstm_is_never_chosen_by_what_it_evaluates(model, corpus):
    case = case_of(model, corpus)
    learned, chosen = case.perplexity_lm_split
    texts = {"learned": learned, "chosen": chosen, "reverse": case.real_sample_for_lm, "all": case.train}
    spans = {name: {*zip(text.starts, text.ends, strict=True)} for name, text in texts.items()}
    assert not spans["chosen"] & (spans["learned"] | spans["reverse"])
    assert spans["chosen"] | spans["learned"] == spans["all"]
    of_test = case_of(model, replace(corpus, test=corpus.valid), split="test")
    assert of_test.perplexity_lm_split == (of_test.train, of_test.lm_valid)


def test_the_lstm_of_the_paper_can_be_chosen():
    assert (REFERENCE_LMS["paper"], REFERENCE_LMS["short"]) == (PAPER_LM, SHORT_LM)
    assert (PAPER_LM.optimizer.name, PAPER_LM.optimizer.lr, PAPER_LM.batch_size, PAPER_LM.epochs) == (
        "sgd",
        1.0,
        32,
        15,
    )


def test_what_needs_no_language_model_is_reported_before_one_is_trained(model, corpus):
    case = case_of(model, corpus, feature_lm_config=QUICK)
    reported = []
    report = evaluate_text(case, on_group=lambda group: reported.append((group, "feature_lm" in vars(case))))
    assert [name for group, _ in reported for name in group.metrics] == list(report.metrics)
    *before, last = reported
    assert "frechet_distance" in last[0].metrics
    assert last[1]
    assert len(before) > 5
    assert not any(trained for _, trained in before)


def test_a_report_measures_the_samples_of_its_seed(model, corpus):
    report = evaluate_text(case_of(model, corpus, 30), ["statistics"])
    samples = model.sample(30, 1, temperature=1.0)
    assert report.metrics["unique"] == diversity(samples)["unique"]
    assert report.metrics["mean_length"] == pytest.approx(np.mean([len(s.split()) for s in samples]))


def test_peers_are_as_many_real_sentences_as_are_measured(model, corpus):
    case = case_of(model, corpus, 30)
    assert len(case.real_sample) == len(case.real_sample_texts) == 30
    assert [case.real_sample.text(i) for i in range(30)] == case.real_sample_texts
    assert len(case_of(model, corpus, 1000).real_sample) == len(corpus.train)


def test_a_curve_has_a_point_for_each_temperature(model, corpus):
    case = case_of(model, corpus)
    points = quality_diversity(case, model, 50, [0.0, 1.0])
    assert [p.temperature for p in points] == [0.0, 1.0]
    again = perplexity(case.real_ngram_model, as_words(model.sample(50, 1, temperature=1.0), case.tokenizer))
    assert points[1].forward_perplexity == pytest.approx(again.perplexity)


def test_the_grammar_scores_scenes():
    from textgan import scenes

    real = [scene.text for scene in scenes.sample(20, 0)]
    assert grammaticality(real)["grammatical"] == 1
    assert grammaticality(real)["grammar_log_likelihood"] == pytest.approx(np.mean([scenes.log_prob(s) for s in real]))
    assert grammaticality([*real, *["colorless green ideas"] * 20])["grammatical"] == 0.5
    assert grammaticality(["colorless green ideas"]) == {"grammatical": 0.0, "grammar_log_likelihood": -math.inf}
