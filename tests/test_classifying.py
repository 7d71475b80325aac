"""The classifier on codes, the estimator, attribute transfer, and their commands."""

import copy
import inspect
import json
import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import textgan
from tests.conftest import TINY
from tests.tiny import LABELED, PAIRS, PIXELS, SPEC, tiny_batch, tiny_config, tiny_game, tiny_trainer
from textgan import SentenceClassifier, UserError
from textgan.capabilities import as_classifier, as_conditional, as_generator, has_logits, learns_labels
from textgan.data.tokenizer import WordTokenizer
from textgan.evaluation.likelihood import variational
from textgan.evaluation.text.classification import Predictions, confusion_matrix, scores
from textgan.game import Game
from textgan.models import build
from textgan.models.autoencoder import sentences_of
from textgan.models.with_classifier import WithClassifier
from textgan.networks.classifier import Classifier
from textgan.randomness import Randomness
from textgan.recipes import MODELS, recipe
from textgan.recipes.classifier import ClassifierConfig
from textgan.sampling import SentenceModel, inference
from textgan.sampling.arithmetic import on_sphere
from textgan.sampling.search import Samples
from textgan.settings import Decoding


def classifying(spec=LABELED, model="ae", **changes):
    settings = ClassifierConfig(**({"hidden_dims": (8,), "batch_size": 8, "unlabeled_batch_size": 0} | changes))
    return tiny_config(model, None, "text", classifier=settings)


def titles(config, step: int) -> list[str]:
    return [turn.title for turn in tiny_game(config, spec=LABELED).turns(step)]


def test_the_schedule_says_who_moves_when():
    own, mine = ["autoencoder down reconstruction_loss"], ["classifier down classification_loss"]
    joint, after = (classifying(schedule=s, pretrain_rounds=3) for s in ("joint", "after"))
    assert [titles(joint, step) for step in (0, 2, 3)] == [own, own, own + mine]
    assert [titles(after, step) for step in (0, 2, 3)] == [own, own, mine]
    assert titles(classifying(schedule="only", pretrain_rounds=3), 0) == mine
    with_consistency = classifying(schedule="only", unlabeled_batch_size=4)
    assert titles(with_consistency, 0) == [*mine, "classifier down consistency_loss"]


@pytest.mark.parametrize("moves", [True, False])
def test_the_classifier_moves_the_encoder_if_it_may_and_never_the_decoder(moves):
    trainer = tiny_trainer(classifying(schedule="only", trains_encoder=moves), spec=LABELED)
    before = {name: p.clone() for name, p in trainer.game.named_parameters()}
    trainer.play_round()
    names = {name: p for name, p in trainer.game.named_parameters() if not torch.equal(p, before[name])}
    moved = {".".join(name.removeprefix("model.").split(".")[:2]) for name in names}
    assert ("autoencoder.encoder" in moved) == moves
    assert "autoencoder.decoder" not in moved
    assert {"classifier.code_classifier", "classifier.word_vectors", "classifier.word_classifier"} <= moved


OF_SENTENCES = [name for name, config in MODELS.items() if "text" in config.defaults]


@pytest.mark.parametrize("model", [name for name in OF_SENTENCES if name not in ("lm", "arae_transfer")])
def test_what_is_wrapped_does_all_but_classify_as_it_does_alone(model):
    """The classifier is drawn after the model, so that both have the same parameters."""
    config, batch = tiny_config(model, None, "text"), tiny_batch(LABELED)
    alone, wrapped = tiny_game(config), tiny_game(config, spec=LABELED)
    assert isinstance(wrapped, WithClassifier)
    assert wrapped.unwrapped is wrapped.model
    assert type(wrapped.model) is type(alone)
    for name in ("path", "temperature", "guidance", "code_dim", "sampling_temperature"):
        assert getattr(wrapped, name) == getattr(alone, name)

    def said(game: Game) -> list[torch.Tensor]:
        with inference(game, seed=3):
            z = game.encode(batch)
            sampled = game.decode(game.prior(4), Decoding(temperature=1.0))
            return [z, game.features(batch), game.logits(z, batch), game.decode(z), sampled]

    assert all(torch.equal(a, b) for a, b in zip(said(alone), said(wrapped), strict=True))


def test_what_a_model_can_do_besides_it_can_do_with_a_classifier():
    words = WordTokenizer([f"w{i}" for i in range(16)])
    for name in ("arae", "vae"):
        config = tiny_config(name, None, "text")
        alone, wrapped = (SentenceModel(tiny_game(config, spec=spec), words, recipe(name)) for spec in (SPEC, LABELED))
        if name == "vae":
            assert variational(wrapped.network) is wrapped.network.unwrapped
            continue
        assert wrapped.interpolate(steps=4, space="noise") == alone.interpolate(steps=4, space="noise")
        assert np.array_equal(Samples(wrapped, 5).noise, Samples(alone, 5).noise)
        codes = 3 * alone.prior_codes(4)
        np.testing.assert_array_equal(on_sphere(wrapped.network, codes), on_sphere(alone.network, codes))
        np.testing.assert_allclose(np.linalg.norm(on_sphere(wrapped.network, codes), axis=1), 1, atol=1e-6)


def test_what_a_model_can_do_is_found_in_it_and_in_what_it_wraps():
    text = {name: tiny_config(name, None, "text") for name in ("ae", "arae", "arae_transfer")}
    asked = (as_conditional, as_classifier, as_generator)

    def answers(game: Game) -> list[Game | None]:
        return [ask(game) for ask in asked]

    plain, wrapped = tiny_game(text["arae"]), tiny_game(text["arae"], spec=LABELED)
    assert answers(plain) == [None, None, plain]
    assert answers(wrapped) == [None, wrapped, wrapped.unwrapped]
    assert answers(tiny_game(text["ae"])) == [None, None, None]
    transfer = tiny_game(text["arae_transfer"], spec=LABELED)
    assert answers(transfer) == [transfer, transfer, transfer]
    around = WithClassifier(transfer, text["arae_transfer"].classifier)
    assert answers(around) == [transfer, around, transfer]
    assert [learns_labels(game) for game in (plain, wrapped, transfer)] == [False, True, False]
    assert has_logits(plain)
    assert has_logits(wrapped)
    for changes, expected in (({}, [0, 0]), ({"conditional": True}, [1, 0]), ({"semi_supervised": True}, [0, 1])):
        ali = tiny_game(tiny_config("ali", **changes), spec=PIXELS)
        assert [game is ali for game in answers(ali)[:2]] == expected
        assert not has_logits(ali)


def test_the_loss_is_the_cross_entropy_of_the_labels_that_are_shown():
    settings = classifying(word_deletion=0.0, dropout=0.0, word_dim=0)
    game, batch = tiny_game(settings, spec=LABELED), tiny_batch(LABELED)
    loss, logs = game.train().classification_loss(batch)
    log_p = game.classify(batch).log_softmax(1)
    assert (batch.labels >= 0).all()
    torch.testing.assert_close(loss, -log_p[torch.arange(8), batch.labels].mean())
    torch.testing.assert_close(logs["accuracy"], (log_p.argmax(1) == batch.labels).float().mean())


def test_code_and_words_are_two_views_each_with_a_loss_and_the_answer_is_their_mean():
    game = tiny_game(classifying(word_deletion=0.0, dropout=0.0), spec=LABELED).train()
    batch = tiny_batch(LABELED)
    game.classifier.init_from_data(torch.randn(*game.classifier.word_vectors.weight.shape), torch.ones(3) / 3)
    identity = lambda x: x  # noqa: E731
    code = game.classifier.code_classifier(game.encode(batch), identity).softmax(1)
    sums = (game.classifier.word_vectors.weight[batch.targets] * batch.mask[:, :, None]).sum(1)
    words = game.classifier.word_classifier(sums, identity).softmax(1)
    torch.testing.assert_close(game.classify(batch).softmax(1), (code + words) / 2)
    right = torch.arange(8), batch.labels
    torch.testing.assert_close(game.classification_loss(batch)[0], -(code[right].log() + words[right].log()).mean())


def test_codes_alone_need_no_vectors_of_words():
    game = tiny_game(classifying(word_dim=0), spec=LABELED)
    game.init_from_data(lambda size: pytest.fail("not asked for"), torch.tensor([0.5, 0.3, 0.2]))
    assert game.classifier.shares.tolist() == pytest.approx([0.5, 0.3, 0.2])


def test_a_second_view_of_words_starts_from_vectors_of_one_norm_and_needs_no_code():
    settings = classifying(word_deletion=0.0, dropout=0.0, word_views=2, code_view=False, schedule="only")
    game, batch = tiny_game(settings, spec=LABELED).train(), tiny_batch(LABELED)
    game.encode = lambda batch: pytest.fail("not asked for")
    vectors = torch.rand(*game.classifier.word_vectors.weight.shape) * 0.1
    game.init_from_data(lambda size: vectors, torch.ones(3) / 3)
    norms = game.classifier.common_vectors.weight.norm(dim=1) / math.sqrt(vectors.shape[1])
    torch.testing.assert_close(norms[4:], torch.ones(len(norms) - 4))
    torch.testing.assert_close(norms[:4], vectors[:4].norm(dim=1))
    views = [
        head((bag.weight[batch.targets] * batch.mask[:, :, None]).sum(1), lambda x: x).softmax(1)
        for bag, head in (
            (game.classifier.word_vectors, game.classifier.word_classifier),
            (game.classifier.common_vectors, game.classifier.common_classifier),
        )
    ]
    torch.testing.assert_close(game.classify(batch).softmax(1), sum(views) / 2)
    moved = {id(p) for group in game.make_players()["classifier"].optimizer.param_groups for p in group["params"]}
    assert moved == {id(p) for p in game.classifier.parameters()}
    with pytest.raises(UserError, match="nothing is left to classify by"):
        classifying(code_view=False, word_dim=0)


def test_answers_are_aligned_with_the_shares_of_the_classes():
    game = tiny_game(classifying(), spec=LABELED)
    predictions = torch.tensor([[0.9, 0.1, 0.0], [0.6, 0.2, 0.2], [0.9, 0.0, 0.1], [0.6, 0.3, 0.1]])
    shares = torch.tensor([0.5, 0.25, 0.25])
    game.classifier.shares.copy_(shares)
    aligned = game.classifier.aligned(predictions)
    torch.testing.assert_close(aligned.sum(1), torch.ones(4))
    assert ((aligned.mean(0) - shares).abs() < (predictions.mean(0) - shares).abs()).all()
    torch.testing.assert_close(aligned[0], torch.tensor([0.6, 0.1 / 0.6, 0.0]) / (0.6 + 0.1 / 0.6))
    game.classifier.shares.copy_(predictions.mean(0))
    torch.testing.assert_close(game.classifier.aligned(predictions), predictions)


def test_unaligned_answers_are_learned_as_they_are_told():
    predictions = []
    for align in (True, False):
        game = tiny_game(
            classifying(unlabeled_batch_size=4, confidence_threshold=0.0, distribution_alignment=align), spec=LABELED
        ).train()
        game.classifier.shares.copy_(torch.tensor([0.998, 0.001, 0.001]))
        predictions.append(game.consistency_loss(tiny_batch(LABELED))[0])
    assert predictions[0] != predictions[1]


def test_a_pair_is_seen_as_both_codes_their_distance_and_their_product():
    network = Classifier(4, (), 2, pairs=True)
    z = torch.randn(6, 4)
    u, v = torch.nn.functional.layer_norm(z, (4,)).chunk(2)
    seen = []
    network(z, lambda x: seen.append(x) or x)
    torch.testing.assert_close(seen[0], torch.cat([u, v, (u - v).abs(), u * v], 1))
    assert network(z, lambda x: x).shape == (3, 2)


def test_the_sides_of_a_pair_are_told_apart():
    game, batch = tiny_game(classifying(), spec=PAIRS).eval(), tiny_batch(PAIRS)
    order = torch.tensor([4, 5, 6, 7, 0, 1, 2, 3])
    turned = replace(batch, tokens=batch.tokens[order], lengths=batch.lengths[order])
    assert game.classify(batch).shape == (4, 3)
    assert not torch.allclose(game.classify(batch), game.classify(turned))


def test_only_sure_answers_are_learned():
    sure = tiny_game(classifying(unlabeled_batch_size=4, confidence_threshold=0.0), spec=LABELED).train()
    unsure = tiny_game(classifying(unlabeled_batch_size=4, confidence_threshold=0.999), spec=LABELED).train()
    loss, logs = sure.consistency_loss(tiny_batch(LABELED))
    assert loss > 0
    assert logs["sure"] == 1
    loss, logs = unsure.consistency_loss(tiny_batch(LABELED))
    assert loss == 0
    assert logs["sure"] == 0
    assert unsure.training


def test_a_language_model_has_nothing_to_classify_by():
    with pytest.raises(UserError, match="lm has no codes"):
        build(tiny_config("lm", None, "text"), LABELED)


def test_scores_by_hand():
    predictions = Predictions(np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]]), np.array([0, 1, 1, 0]))
    found = scores(predictions)
    assert found["accuracy"] == 0.75
    np.testing.assert_allclose(found["classification_nll"], -np.log([0.9, 0.4, 0.8, 0.7]).mean())
    # Each answer is in a bin of its own: |1 - .9|, |0 - .6|, |1 - .8|, |1 - .7|, a quarter each.
    np.testing.assert_allclose(found["calibration_error"], (0.1 + 0.6 + 0.2 + 0.3) / 4)
    np.testing.assert_allclose(found["macro_f1"], (0.8 + 2 / 3) / 2)
    assert confusion_matrix(predictions).tolist() == [[2, 0], [1, 1]]


def test_a_class_that_is_absent_counts_in_macro_f1():
    predictions = Predictions(np.array([[0.9, 0.1, 0], [0.2, 0.8, 0]]), np.array([0, 1]))
    np.testing.assert_allclose(scores(predictions)["macro_f1"], 2 / 3)


def test_calibration_counts_a_bin_as_a_whole():
    predictions = Predictions(np.tile([0.75, 0.25], (4, 1)), np.array([0, 0, 0, 1]))
    assert scores(predictions)["calibration_error"] == pytest.approx(0)


# The estimator.

SETTINGS = {
    "embedding_dim": 16,
    "hidden_dim": 24,
    "classifier": {"hidden_dims": [16], "batch_size": 16, "unlabeled_batch_size": 16, "optimizer": {"lr": 0.01}},
}


def small(**changes) -> SentenceClassifier:
    parameters: dict[str, Any] = {
        "model": "ae",
        "rounds": 40,
        "settings": SETTINGS,
        "batch_size": 16,
        "threads": 1,
        "device": "cpu",
    }
    return SentenceClassifier(**(parameters | changes))


def animals(n: int = 60) -> tuple[list[str], np.ndarray]:
    """Sentences of dogs and of birds, with other words around them."""
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    fillers = ["here", "there", "now", "today", "again"]
    return [f"the {('dog runs', 'bird flies')[label]} {rng.choice(fillers)}" for label in y], y


@pytest.fixture(scope="module")
def fitted() -> SentenceClassifier:
    sentences, y = animals()
    return small().fit(sentences, np.where(np.arange(60) < 20, y, -1))


def test_it_learns_from_few_labels(fitted):
    sentences, y = animals()
    assert fitted.classes_.tolist() == [0, 1]
    assert fitted.score(sentences, y) > 0.95
    p = fitted.predict_proba(sentences)
    assert p.shape == (60, 2)
    np.testing.assert_allclose(p.sum(1), 1)
    assert (fitted.predict(sentences) == fitted.classes_[p.argmax(1)]).all()


def test_its_model_is_a_model_of_sentences(fitted):
    assert fitted.model_.labels == ("0", "1")
    assert len(fitted.model_.sample(3)) == 3
    assert fitted.model_.classify(["the dog runs now"]) == ["0"]


def test_the_same_settings_give_the_same_classifier_and_no_global_state_moves():
    sentences, y = animals(20)
    torch.manual_seed(1)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    first, second, other = (small(rounds=3, random_state=seed).fit(sentences, y) for seed in (0, 0, 1))
    assert torch.equal(state, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads
    assert (first.predict_proba(sentences) == second.predict_proba(sentences)).all()
    assert (first.predict_proba(sentences) != other.predict_proba(sentences)).any()


def test_copies_predict_alike(fitted, tmp_path):
    sentences, _ = animals()
    expected = fitted.predict_proba(sentences)
    for twin in (pickle.loads(pickle.dumps(fitted)), copy.deepcopy(fitted)):
        assert (twin.predict_proba(sentences) == expected).all()
    fitted.model_.save_pretrained(tmp_path / "saved")
    again = SentenceClassifier.from_pretrained(tmp_path / "saved", device="cpu")
    np.testing.assert_allclose(again.predict_proba(sentences), expected, atol=1e-6)
    assert again.classes_.tolist() == [0, 1]


def test_scikit_learn_can_use_it():
    sentences, y = animals(24)
    classifier = clone(small(rounds=15))
    assert classifier.get_params()["rounds"] == 15
    assert classifier.set_params(rounds=10).rounds == 10
    pipeline = make_pipeline(FunctionTransformer(lambda rows: [s.upper() for s in rows]), classifier)
    assert pipeline.fit(sentences, y).predict(sentences).shape == (24,)
    assert len(cross_val_score(small(rounds=10), np.array(sentences), y, cv=2)) == 2
    with pytest.raises(NotFittedError):
        small().predict(sentences)


@pytest.mark.parametrize(
    "name",
    [
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_valid_tag_types",
        "check_estimator_tags_renamed",
        "check_mixin_order",
    ],
)
def test_the_checks_of_scikit_learn_that_feed_no_numbers(name):
    from sklearn.utils import estimator_checks

    getattr(estimator_checks, name)("SentenceClassifier", small(rounds=1))


def test_it_works_within_joblib_and_a_grid():
    sentences, y = animals(24)
    grid = GridSearchCV(small(rounds=2), {"rounds": [1, 2]}, cv=2, n_jobs=2)
    assert grid.fit(np.array(sentences, dtype=object), y).predict(sentences).shape == (24,)


def test_what_means_no_label():
    sentences, y = animals(8)
    named = np.array(["bird" if label else "dog" for label in y], dtype=object)
    for unknown in (-1, None, float("nan")):
        named[6:] = unknown
        assert small(rounds=1).fit(sentences, named).classes_.tolist() == ["bird", "dog"]
    assert small(rounds=1).fit(sentences, np.array(["a", "b", "-1"] * 2 + ["a", "b"])).classes_.tolist() == ["a", "b"]


def test_a_table_of_pairs_is_gone_through_by_rows():
    class Table:
        def to_numpy(self) -> np.ndarray:
            return np.array([("the dog runs", "a bird flies"), ("the bird flies", "a dog runs")] * 4, dtype=object)

        def __iter__(self):
            return iter(["sentence1", "sentence2"])

    classifier = small(rounds=1).fit(Table(), [0, 1] * 4)
    assert classifier.predict(Table()).shape == (8,)


def test_a_refit_with_the_same_labels_goes_on_and_other_sizes_are_refused(fitted, tmp_path):
    sentences, y = animals(20)
    fitted.model_.save_pretrained(tmp_path / "saved")
    still = {"classifier": {"optimizer": {"lr": 1e-12}, "schedule": "only", "unlabeled_batch_size": 0}}
    again = small(start=tmp_path / "saved", rounds=1, settings=still).fit(sentences, y)
    np.testing.assert_allclose(again.predict_proba(sentences), fitted.predict_proba(sentences), atol=1e-4)
    with pytest.raises(UserError, match="do not fit the settings"):
        small(start=tmp_path / "saved", rounds=1, settings={"hidden_dim": 30}).fit(sentences, y)


def test_a_classifier_that_would_never_learn_is_refused():
    sentences, y = animals(8)
    late = {"classifier": {"pretrain_rounds": 5}}
    with pytest.raises(UserError, match="rounds is 5; expected more than pretrain_rounds"):
        small(rounds=5, settings=late).fit(sentences, y)


def test_its_model_can_be_pickled(fitted):
    twin = pickle.loads(pickle.dumps(fitted.model_.network))
    assert type(twin) is type(fitted.model_.network)
    for name, value in fitted.model_.network.state_dict().items():
        assert torch.equal(value, twin.state_dict()[name])


def test_its_class_is_one_of_a_file():
    game = tiny_game(classifying(), spec=LABELED)
    assert "class WithClassifier(Classifies)" in inspect.getsource(type(game))
    twin = copy.deepcopy(game)
    twin.random = Randomness(5)
    assert twin.model.random is twin.random
    assert game.model.random is game.random is not twin.random


def test_pairs_and_names_of_classes():
    sentences, y = animals(40)
    pairs = [(a, b) for a, b in zip(sentences, sentences[::-1], strict=True)]
    names = np.array(["same" if a == b else "other" for a, b in zip(y, y[::-1], strict=True)], dtype=object)
    names[:4] = ["same", "other", "same", "other"]
    names[30:] = -1
    classifier = small(rounds=3).fit(pairs, names)
    assert classifier.classes_.tolist() == ["other", "same"]
    assert set(classifier.predict(pairs)) <= {"other", "same"}
    assert (classifier.predict_proba(np.array(pairs)) == classifier.predict_proba(pairs)).all()
    with pytest.raises(ValueError, match="X has 1 sentences a row; expected 2"):
        classifier.predict(sentences)


def test_it_goes_on_from_a_run(run_folder, model):
    sentences, y = animals(20)
    classifier = SentenceClassifier.from_pretrained(run_folder, device="cpu", rounds=1, batch_size=8, threads=1)
    assert not hasattr(classifier, "model_")
    frozen = {"classifier": {"schedule": "only", "trains_encoder": False, "unlabeled_batch_size": 0}}
    classifier.set_params(settings=frozen).fit(sentences, y)
    np.testing.assert_allclose(classifier.model_.encode(sentences), model.encode(sentences), atol=1e-5)
    assert classifier.model_.tokenizer.fingerprint == model.tokenizer.fingerprint


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (["a", "b"], [0], "X has 2 rows and y 1"),
        (["a", "b"], [0, 0], r"y has 1 class \(-1: no label\)"),
        (["a", "b"], [-1, -1], "y has 0 class"),
        ([], [], "X has 0 rows"),
        ("a b", [0, 1], "X is 'a b'; expected a list"),
        ([1.0, 2.0], [0, 1], r"X holds 1\.0 in row 0"),
        (["a", "b", None], [0, 1, 1], "X holds None in row 2"),
        ({"a", "b"}, [0, 1], "expected a list"),
        ({"a": 0, "b": 1}, [0, 1], "expected a list"),
        (["a", "b"], {0, 1}, "expected one label a row"),
        ([("a", "b"), ("a",)], [0, 1], r"rows of X have \[1, 2\] sentences"),
        ([("a", "b", "c")] * 2, [0, 1], r"rows of X have \[3\] sentences"),
        (["a", "b"], [[0], [1]], r"y has shape \(2, 1\)"),
    ],
)
def test_what_is_no_data_is_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        small().fit(x, y)


def test_a_gain_scales_what_the_decoder_sees():
    plain, gained = (tiny_game(tiny_config("arae", None, "text", code_gain=gain)).eval() for gain in (1.0, 3.0))
    batch = tiny_batch()
    z = plain.encode(batch)
    torch.testing.assert_close(gained.encode(batch), z)
    torch.testing.assert_close(gained.logits(z, batch), plain.logits(3 * z, batch))


# Transfer.


def transferring(**changes):
    config = tiny_config("arae_transfer", None, "text", **changes)
    return tiny_game(config, spec=LABELED)


def test_the_adversary_moves_alone_and_the_encoder_hides_from_it():
    game, batch = transferring(attribute_weight=1.0, encoder_weight=0.0).train(), tiny_batch(LABELED)
    loss, logs = game.reconstruction_loss(batch, 0.0)
    z = game.latent(batch)
    p = game._opposing(z).softmax(1)[torch.arange(8), batch.labels]
    torch.testing.assert_close(logs["attribute"], -(1 - p).log().mean())
    torch.testing.assert_close(loss, logs["reconstruction"] + logs["attribute"])
    adversary, _ = game.adversary_loss(game.encode(batch))
    torch.testing.assert_close(adversary, -p.log().mean())


def test_the_decoder_is_told_the_attribute_and_the_code_carries_it():
    game, batch = transferring(), tiny_batch(LABELED)
    with inference(game):
        z = game.encode(batch)
        assert z.shape == (8, game.latent_dim + 3)
        assert z[:, game.latent_dim :].argmax(1).tolist() == batch.labels.tolist()
        other = game.with_attribute(z, 1)
        assert torch.equal(other[:, : game.latent_dim], z[:, : game.latent_dim])
        assert other[:, game.latent_dim :].tolist() == [[0, 1, 0]] * 8
        assert game.prior_of(torch.tensor([2, 0]))[:, game.latent_dim :].argmax(1).tolist() == [2, 0]
        changed = replace(batch, labels=(batch.labels + 1) % 3)
        assert not torch.allclose(game.logits(game.encode(changed), batch), game.logits(z, batch))


def test_an_attribute_that_is_not_told_is_recognized():
    game, batch = transferring().eval(), tiny_batch(LABELED)
    recognized = game.classify(batch).argmax(1)
    assert torch.equal(game.attributes(replace(batch, labels=None)), recognized)
    half = torch.where(torch.arange(8) < 4, batch.labels, -1)
    assert game.attributes(replace(batch, labels=half)).tolist() == [*batch.labels[:4], *recognized[4:]]


def test_guidance_writes_what_the_attribute_says_and_the_others_do_not():
    game = transferring().eval()
    with torch.no_grad():
        game.attribute.weight.mul_(30)  # or a network that learned nothing would hardly hear it
        z = game.with_attribute(game.prior(64), 2)
        others = torch.cat([z[:, : game.latent_dim], torch.tensor([[0.5, 0.5, 0]]).expand(64, 3)], 1)
        gains = []
        for guidance in (None, 0.0, 1.0, 8.0):
            batch = sentences_of(game.decode(z, Decoding(guidance=guidance)))
            mine, theirs = (game.logits(code, batch).log_softmax(1) for code in (z, others))
            words = batch.real_targets[:, None]
            gains.append(float((mine - theirs).gather(1, words).mean()))
    assert gains[0] == gains[1]
    assert gains[1] < gains[2] < gains[3]


def test_an_attribute_is_exchanged_with_the_models_guidance():
    game = transferring().eval()
    with torch.no_grad():
        game.attribute.weight.mul_(30)
    model = SentenceModel(game, WordTokenizer([f"w{i}" for i in range(16)]), recipe("arae_transfer"))
    sentences = [f"w{i} w{i + 3} w{2 * i}" for i in range(8)]
    assert game.guidance > 0
    game.guidance = 8.0
    usual = model.transfer(sentences, "yes")
    assert usual == model.transfer(sentences, "yes", decoding=Decoding(guidance=game.guidance))
    assert usual != model.transfer(sentences, "yes", decoding=Decoding(guidance=0.0))


def test_guidance_needs_an_attribute():
    model = SentenceModel(
        tiny_game(tiny_config("arae", None, "text")), WordTokenizer([f"w{i}" for i in range(16)]), recipe("arae")
    )
    for write in (model.sample, lambda decoding: model.decode(model.prior_codes(2), decoding=decoding)):
        with pytest.raises(UserError, match="arae's decoder is conditioned on no attribute; leave it out"):
            write(decoding=Decoding(guidance=0.5))
    for strange in (-1, 1e39):
        with pytest.raises(UserError, match="to 100"):
            Decoding(guidance=strange)


# Commands.


@pytest.fixture(scope="module")
def labeled_runs(tmp_path_factory) -> Path:
    """A run that learned labels and one that exchanges them, of twelve rounds each."""
    from tests.conftest import train_tiny

    folder = tmp_path_factory.mktemp("labeled")
    sentences, y = animals(80)
    rows = [{"text": f"{s} {i}", "label": "ab"[label]} for i, (s, label) in enumerate(zip(sentences, y, strict=True))]
    for name, part in (("train", rows[:60]), ("valid", rows[60:])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part), encoding="utf-8")
    few = ("--labels=label", "--labeled=10", "--rounds=12", "--evaluate-every=6")
    done = train_tiny(folder / "run", folder, *few)
    assert done.returncode == 0, done.stderr
    assert "10 of 60 sentences of train keep their labels" in done.stderr
    return folder


def test_a_run_starts_from_word_vectors(labeled_runs):
    game = textgan.SentenceModel.from_pretrained(labeled_runs / "run").network
    norms = game.classifier.word_vectors.weight[4:].norm(dim=1)
    assert norms.median() < 5  # most words of so few are frequent; drawn vectors have norm 10
    assert game.classifier.shares.tolist() == [0.5, 0.5]


def test_the_estimator_starts_from_them_too_and_knows_the_shares():
    sentences, y = animals()
    few = [*np.flatnonzero(y == 0)[:9], *np.flatnonzero(y == 1)[:3]]
    classifier = small(rounds=1).fit(sentences, np.where(np.isin(np.arange(60), few), y, -1))
    game = classifier.model_.network
    assert game.classifier.shares.tolist() == [0.75, 0.25]
    assert game.classifier.word_vectors.weight[4:].norm(dim=1).median() < 5


def test_going_on_with_the_same_labels_keeps_the_vectors_and_takes_the_new_shares(fitted, tmp_path, monkeypatch):
    fitted.model_.save_pretrained(tmp_path)
    sentences, y = animals()
    few = [*np.flatnonzero(y == 0)[:9], *np.flatnonzero(y == 1)[:3]]
    labels = np.where(np.isin(np.arange(60), few), y, -1)
    monkeypatch.setattr(textgan.fitting, "word_vectors", lambda *_: pytest.fail("they are learned already"))
    went_on = SentenceClassifier.from_pretrained(tmp_path, rounds=1).fit(sentences, labels)
    assert went_on.model_.network.classifier.shares.tolist() == [0.75, 0.25]


def test_the_best_model_is_that_of_fewest_errors(labeled_runs):
    looks = [json.loads(line) for line in (labeled_runs / "run" / "metrics.jsonl").read_text().splitlines()]
    errors = [look["valid.error"] for look in looks if "valid.error" in look]
    assert len(errors) == 2
    assert all(0 <= error <= 1 for error in errors)
    best = textgan.load(labeled_runs / "run" / "best")
    rows = [json.loads(line) for line in (labeled_runs / "valid.jsonl").read_text().splitlines()]
    predictions = best.classify([row["text"] for row in rows])
    wrong = np.mean([label != row["label"] for label, row in zip(predictions, rows, strict=True)])
    assert wrong == pytest.approx(min(errors))


def test_classify_prints_label_and_probability(labeled_runs, command, tmp_path):
    (tmp_path / "a.txt").write_text("the dog runs here 3\nthe bird flies now 5\n")
    lines = command("classify", labeled_runs / "run", tmp_path / "a.txt").out.splitlines()
    assert len(lines) == 2
    label, p = lines[0].split("\t")
    assert label in "ab"
    assert 0.5 <= float(p) <= 1
    table = command("classify", labeled_runs / "run", tmp_path / "a.txt", "--proba").out.splitlines()
    assert table[0] == "label\ta\tb"
    values = table[1].split("\t")
    assert values[0] == label
    assert sum(map(float, values[1:])) == pytest.approx(1, abs=2e-4)
    assert max(map(float, values[1:])) == pytest.approx(float(p))


def test_evaluate_measures_the_classifier_and_draws_its_confusion(labeled_runs, command, tmp_path):
    done = command("evaluate", labeled_runs / "run", "--metrics", "classification", "-n", 50,
                   "--json", tmp_path / "a.json", "--confusion", tmp_path / "a.png")  # fmt: skip
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "a.json").read_text())
    assert {"accuracy", "macro_f1", "classification_nll", "calibration_error"} <= set(found)
    assert found["accuracy_majority"] == 0.5
    for name in ("tfidf", "ensemble", "naive_bayes_em", "word_vectors", "self_training"):
        assert 0.5 <= found[f"accuracy_{name}"] <= 1, name
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_commands_refuse_what_they_cannot_do(labeled_runs, run_folder, command, tmp_path):
    (tmp_path / "a.txt").write_text("the dog runs\n")
    (tmp_path / "pairs.jsonl").write_text('{"sentence1": "a", "sentence2": "b"}\n')
    said = command("classify", run_folder, tmp_path / "a.txt").complaint
    assert "learned no labels; expected a run trained with --labels" in said
    said = command("classify", labeled_runs / "run", tmp_path / "pairs.jsonl").complaint
    assert "holds pairs of sentences; " in said
    said = command("transfer", labeled_runs / "run", tmp_path / "a.txt", "--to", "a").complaint
    assert "exchanges no attributes" in said
    said = command("evaluate", run_folder, "--confusion", tmp_path / "a.png", "-n", 10).complaint
    assert "learned no labels; leave it out" in said
    said = command("evaluate", labeled_runs / "run", "--guidances", "0,1", "-n", 10).complaint
    assert "transfers the labels none; expected a, b, of arae_transfer" in said
    said = command("evaluate", run_folder, "--guidances", "0,500").complaint
    assert "guidance is 500.0; expected 0 (none) to 100" in said
    said = command("sample", run_folder, "--guidance", "0.5").complaint
    assert "guidance is 0.5, but arae's decoder is conditioned on no attribute; leave it out" in said


def test_labels_of_other_data_are_matched_by_name(labeled_runs, command, tmp_path):
    rows = [json.loads(line) for line in (labeled_runs / "valid.jsonl").read_text().splitlines()]
    kept = [row for row in rows if row["label"] == "b"]
    for label, name in (("b", "known"), ("z", "strange")):
        (tmp_path / name).mkdir()
        lines = [json.dumps(row | {"label": "b" if i else label}) for i, row in enumerate(kept)]
        for split in ("train", "valid"):
            (tmp_path / name / f"{split}.jsonl").write_text("\n".join([*lines, json.dumps(rows[0])]) + "\n")
    wanted = ("--metrics", "classification", "-n", 10, "--json", tmp_path / "a.json")
    done = command("evaluate", labeled_runs / "run", "--data", tmp_path / "known", *wanted)
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "a.json").read_text())
    model = textgan.load(labeled_runs / "run")
    predictions = model.classify([row["text"] for row in [*kept, rows[0]]])
    assert found["accuracy"] == np.mean(
        [a == row["label"] for a, row in zip(predictions, [*kept, rows[0]], strict=True)]
    )
    assert "accuracy_tfidf" not in found
    said = command("evaluate", labeled_runs / "run", "--data", tmp_path / "strange", *wanted).complaint
    assert "the data has the label 'z'; expected those of the model: a, b" in said


def test_no_model_is_best_before_its_classifier_learns(labeled_runs, command, tmp_path):
    flags = (*TINY, f"--data={labeled_runs}", "--labels=label", "--rounds=8", "--evaluate-every=2", "--patience=1")
    few = ("--classifier.pretrain-rounds=6",)
    assert command("train", "arae", *flags, *few, f"--out={tmp_path / 'run'}").code == 0
    assert next((tmp_path / "run" / "best" / "checkpoints").iterdir()).name == "round-00000008"
    said = command("train", "arae", *flags, "--classifier.pretrain-rounds=8", f"--out={tmp_path / 'x'}")
    assert said.code == 2
    assert "classifier.pretrain_rounds is 8 of 8" in said.err


def test_transfer_writes_a_sentence_for_each(labeled_runs, command, tmp_path):
    out = tmp_path / "run"
    done = command("train", "arae_transfer", *TINY, f"--data={labeled_runs}", f"--out={out}", "--rounds=6")
    assert done.code == 0, done.err
    (tmp_path / "a.txt").write_text("the dog runs here 3\n\nthe bird flies now 5\n")
    lines = command("transfer", out, tmp_path / "a.txt", "--to", "b").out.split("\n")
    assert len(lines) == 4
    assert lines[1] == ""
    assert "expected one of a, b" in command("transfer", out, tmp_path / "a.txt", "--to", "c").complaint
    done = command("evaluate", out, "--metrics", "transfer,classification", "-n", 20, "--json", tmp_path / "a.json")
    assert done.code == 0, done.err
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["real"]["transfer_bleu"] == pytest.approx(100)
    assert found["transfer_classifier_accuracy"] == 1
    assert found["real"]["transfer_accuracy"] == 0
    pages = ("--json", tmp_path / "b.json", "--html", tmp_path / "b.html")
    done = command("evaluate", out, "--metrics", "transfer", "-n", 20, "--guidances", "0,0.8", "--against", out, *pages)
    assert done.code == 0, done.err
    assert len(json.loads((tmp_path / "b.json").read_text())["transfer_curves"]) == 2
    curve = json.loads((tmp_path / "b.json").read_text())["transfer_curves"]["run"]
    assert [point["guidance"] for point in curve] == [0, 0.8]  # 0.8 is usual
    names = ("accuracy", "bleu", "perplexity")
    assert {name: found[f"transfer_{name}"] for name in names} == {name: curve[1][name] for name in names}
    assert "Attribute transfer" in (tmp_path / "b.html").read_text()
    said = command(
        "train", "arae_transfer", *TINY, f"--data={labeled_runs}", "--labels=null", f"--out={tmp_path / 'x'}"
    )
    assert "expected sentences with labels: --labels" in said.complaint
