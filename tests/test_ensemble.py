"""The ensemble of few labels: each member, their weights, what is explained and saved."""

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from scipy.special import log_softmax, softmax  # type: ignore[import-untyped]
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

import textgan
from textgan import scenes
from textgan.ensemble.alignment import aligned_units
from textgan.ensemble.calibration import agreement_of, class_bias, expected_accuracy, scale_to_confidence
from textgan.ensemble.combiner import Blend, combine, inverse_temperature, learn_blend
from textgan.ensemble.crossfit import crossfit, folds_of, learnable
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.explanation import explain_by_occlusion, explain_exactly
from textgan.ensemble.features import TextFeatures, as_rows, paired
from textgan.ensemble.members import aligning_bias, fit_members
from textgan.ensemble.naive_bayes import co_em, fit_naive_bayes
from textgan.ensemble.saving import NUMBERS, SETTINGS, from_files, to_files
from textgan.ensemble.softmax_regression import fit_softmax_regression
from textgan.ensemble.text import Vocabulary, char_ngrams, split_words, word_ngrams
from textgan.errors import UserError

RNG = np.random.default_rng


def test_words_and_their_units():
    assert split_words("It's fine, OK!") == ["it", "'", "s", "fine", ",", "ok", "!"]
    assert word_ngrams(["a", "b"]) == ["a", "b", "<s> a", "a b", "b </s>"]
    assert char_ngrams(["ab"]) == [" a", "ab", "b ", " ab", "ab ", " ab "]


def test_a_vocabulary_counts_and_weighs_rare_units_more():
    texts = [["a", "b", "a"], ["a"], ["c"]]
    vocabulary = Vocabulary.learn(texts, 1, 10)
    assert vocabulary.units == ["a", "b", "c"]
    assert vocabulary.counts(texts).toarray().tolist() == [[2, 1, 0], [1, 0, 0], [0, 0, 1]]
    np.testing.assert_allclose(vocabulary.idf, np.log([4 / 3, 4 / 2, 4 / 2]) + 1)
    np.testing.assert_allclose(np.linalg.norm(vocabulary.tfidf(vocabulary.counts(texts)).toarray(), axis=1), 1)
    assert Vocabulary.learn(texts, 2, 10).units == ["a"]


@pytest.mark.parametrize("sparse", [False, True])
def test_softmax_regression_is_that_of_scikit_learn(sparse):
    x = RNG(0).standard_normal((60, 5)) * (RNG(1).random((60, 5)) < 0.5)
    y = RNG(2).integers(3, size=60)
    model = fit_softmax_regression(csr_matrix(x) if sparse else x, np.eye(3)[y], l2=0.5, steps=500)
    expected = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(np.exp(model.log_probs(x)), expected, atol=5e-3)


def test_naive_bayes_is_that_of_scikit_learn():
    x = (RNG(0).random((40, 7)) < 0.4).astype(float)
    y = RNG(1).integers(2, size=40)
    targets = np.eye(2)[y]
    model = fit_naive_bayes(x.T @ targets, targets.sum(axis=0), smoothing=0.3)
    theirs = MultinomialNB(alpha=0.3, class_prior=(targets.sum(axis=0) + 1) / 42).fit(x, y)
    np.testing.assert_allclose(model.log_probs(x), theirs.predict_log_proba(x), atol=1e-9)


def test_one_round_of_co_em_counts_the_unlabeled_texts_by_their_first_answers():
    x, u = csr_matrix([[1.0, 0], [0, 1]]), csr_matrix([[1.0, 1], [1, 0], [1, 0]])
    first = np.array([[0.5, 0.5], [1, 0], [0, 1]])
    model = co_em({"f": x}, np.eye(2), {"f": u}, first, rounds=1)["f"]
    counts = np.eye(2) + 0.1 * (u.T @ first)
    expected = fit_naive_bayes(counts, 1 + 0.1 * first.sum(axis=0))
    np.testing.assert_allclose(model.weights, expected.weights, rtol=1e-5)
    np.testing.assert_allclose(model.bias, expected.bias, rtol=1e-5)


def test_unlabeled_texts_teach_what_no_label_says():
    """Only unlabeled texts tie the words of the test to those that have a label."""
    x = csr_matrix([[1.0, 0, 0, 0], [0, 1, 0, 0]])
    u = csr_matrix(np.repeat([[1.0, 0, 1, 0], [0, 1, 0, 1]], 20, axis=0))
    model = co_em({"f": x}, np.eye(2), {"f": u}, np.full((40, 2), 0.5))["f"]
    assert model.log_probs(csr_matrix([[0, 0, 1.0, 0], [0, 0, 0, 1]])).argmax(axis=1).tolist() == [0, 1]


def test_biases_bring_the_classes_to_their_shares():
    logits = RNG(0).standard_normal((500, 3)) + np.array([2, 0, -1])
    shares = np.array([0.2, 0.3, 0.5])
    moved = softmax(logits + aligning_bias(logits, shares), axis=1).mean(axis=0)
    np.testing.assert_allclose(moved, shares, atol=0.01)


@pytest.mark.parametrize("rows", [[("a b a",), ("c",)], [("a b", "a"), ("c", "c b")]])
def test_single_words_are_a_view_without_pairs_of_them(rows):
    features, matrices = TextFeatures.learn(rows)
    assert {features.words.units[j] for j in features.single} == {"a", "b", "c"}
    sides = 4 if len(rows[0]) == 2 else 1
    columns = [side * len(features.words.units) + j for side in range(sides) for j in features.single]
    np.testing.assert_array_equal(matrices["has_words"].toarray(), matrices["has_ngrams"].toarray()[:, columns])


def test_a_member_that_is_right_outweighs_the_prior_and_one_that_knows_nothing_gets_none():
    y = RNG(0).integers(2, size=400)
    right, noise = np.eye(2)[y] * 2 - 1, RNG(1).standard_normal((400, 2))
    noise -= noise.mean(axis=1, keepdims=True)
    weights = combine({"words": right, "has_ngrams": noise, "has_chars": noise}, y)
    assert weights["words"] > 1
    assert max(weights["has_ngrams"], weights["has_chars"]) < 0.1
    assert combine({"words": right[:0], "has_ngrams": noise[:0]}, y[:0])["words"] == 0


def test_the_temperature_makes_answers_mean_what_they_say():
    truth = RNG(0).standard_normal((4000, 3))
    y = np.array([RNG(i).choice(3, p=p) for i, p in enumerate(softmax(truth, axis=1))])
    assert inverse_temperature(truth * 5, y) == pytest.approx(0.2, rel=0.1)


def test_the_scale_brings_the_mean_confidence_to_what_is_expected():
    logits = RNG(0).standard_normal((500, 3))
    scaled = logits * scale_to_confidence(logits, 0.6)
    assert softmax(scaled, axis=1).max(axis=1).mean() == pytest.approx(0.6, abs=1e-3)
    assert scale_to_confidence(np.zeros((5, 2)), 0.9) > 0


def test_many_labels_say_how_sure_to_be_and_few_are_outvoted_by_agreement():
    assert expected_accuracy(0.8, 10_000, 2) == pytest.approx(0.8, abs=0.001)
    assert expected_accuracy(0.0, 0, 2) == pytest.approx(0.725)
    chance, certain = (expected_accuracy(0.8, 20, 2, agreement) for agreement in (0.5, 1.0))
    assert chance < 0.68 < 0.78 < certain < 1
    assert expected_accuracy(0.1, 20, 4, 0.1) > 0.25
    assert agreement_of([]) is None
    assert agreement_of([(np.array([0, 1]), np.array([0, 0]))]) == 0.5


def test_rare_classes_get_a_little_more():
    logits = RNG(0).standard_normal((2000, 2)) + np.array([0, 3.0])
    before, after = (softmax(z, axis=1).mean(axis=0)[0] for z in (logits, logits + class_bias(logits)))
    assert before < after < 2 * before
    assert class_bias(np.array([[1.0, 0], [0, 1]])) == pytest.approx([0, 0])


def test_few_labels_are_halved_and_no_member_judges_what_it_learned(few):
    _, matrices = TextFeatures.learn(as_rows(few[0][:120]))
    ids = few[1][:40] % 3
    known, others = ({name: x[rows] for name, x in matrices.items()} for rows in (slice(40), slice(40, None)))
    empty = {name: np.zeros((0, 3)) for name in matrices}
    found = crossfit(known, np.eye(3)[ids], ids, others, empty, seed=0)
    assert np.bincount(found.examples).tolist() == [5] * 40
    assert len(found.halves) == found.repeats == 5
    assert {z.shape for half in found.halves[0] for z in half.values()} == {(80, 3)}
    folds = folds_of(ids, 2, seed=0)
    half = fit_members(*({n: x[folds != 0] for n, x in known.items()}, np.eye(3)[ids[folds != 0]]), others)
    rows = np.flatnonzero(folds == 0)
    assert (found.examples[: len(rows)] == rows).all()
    for name, member in half.items():
        np.testing.assert_allclose(found.log_probs[name][: len(rows)], member.log_probs(known[name][rows]), atol=1e-6)


def test_folds_share_every_class_and_a_class_of_one_is_judged_by_nobody():
    y = np.array([0] * 10 + [1] * 5 + [2])
    folds = folds_of(y, 5, seed=0)
    assert all((np.bincount(y[folds == k], minlength=3)[:2] == [2, 1]).all() for k in range(5))
    assert learnable(y, folds).tolist() == [True] * 15 + [False]


def test_a_network_is_weighed_by_labels_that_nobody_learned():
    y = RNG(0).integers(2, size=300)
    right, noise = 3.0 * np.eye(2)[y], RNG(1).standard_normal((300, 2))
    good, bad = learn_blend(noise, right, y), learn_blend(right, noise, y)
    assert (good.logits(noise, right).argmax(axis=1) == y).mean() > 0.98
    assert (bad.logits(right, noise).argmax(axis=1) == y).mean() > 0.98
    usual = learn_blend(right, 10 * right)
    assert usual.ensemble == 0.7
    assert usual.network == pytest.approx(0.03)


def test_features_of_pairs():
    u, v = np.array([[0.6, 0.8]]), np.array([[0.6, 0.0]])
    np.testing.assert_allclose(
        paired("words", csr_matrix(u), csr_matrix(v)).toarray(), [[0.3, 0.4, 0.3, 0, 0.3, 0, 0, 0.4]]
    )
    has = paired("has_chars", csr_matrix([[1.0, 1, 0]]), csr_matrix([[0.0, 1, 1]])).toarray()
    assert has.tolist() == [[1, 1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 1]]
    assert paired("common", u, v).shape == (1, 8)


def test_new_words_stand_beside_the_word_most_like_them():
    places, vectors = {"man": 0, "dog": 1, "woman": 2}, np.array([[1.0, 0], [0, 1], [0.8, 0.6]])
    units = aligned_units(["a", "man", "dog"], ["a", "woman", "zzz"], places, vectors)
    assert {"man>woman", ">woman", ">zzz", "~4", "a woman", "woman zzz", "# new 2", "# old 1"} <= set(units)
    assert not any(unit.endswith(">a") for unit in units)
    assert aligned_units([], [], places, vectors) == ["# new 0", "# old 0", "# pairs 0", "# length 0"]


def test_pairs_are_told_apart_by_what_changed_and_saved_ones_predict_alike(tmp_path):
    drawn = scenes.sample_pairs(900, seed=3)
    names = sorted({pair.label for pair in drawn})
    rows, y = [(p.premise, p.hypothesis) for p in drawn], np.array([names.index(p.label) for p in drawn])
    classifier = textgan.SentenceClassifier().fit(rows[:600], y[:600])
    assert classifier.score(rows[600:], y[600:]) > 0.6
    assert classifier.ensemble_.weights["aligned"] > 0
    classifier.save_pretrained(tmp_path / "saved")
    again = textgan.SentenceClassifier.from_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(again.predict_proba(rows), classifier.predict_proba(rows), atol=1e-4)
    [found] = classifier.explain([("a man is here .", "a man sleeps .")])
    assert found.words == [*["a", "man", "is", "here", "."], *["a", "man", "sleeps", "."]]


@pytest.fixture(scope="module")
def few() -> tuple[list[str], np.ndarray, list[str]]:
    """Scenes, of which one in ten has its label."""
    drawn = scenes.sample(700, seed=5)
    names = sorted({scene.label for scene in drawn})
    y = np.array([names.index(scene.label) for scene in drawn])
    return [scene.text for scene in drawn], y, names


@pytest.fixture(scope="module")
def ensemble(few) -> Ensemble:
    texts, y, names = few
    return Ensemble.fit(texts[:600], np.where(np.arange(600) < 60, y[:600], -1), len(names))


def test_it_learns_from_few_labels_more_than_the_labels_say(few, ensemble):
    texts, y, _ = few
    alone = fit_softmax_regression(
        (matrices := TextFeatures.learn(as_rows(texts[:600]))[1])["words"][:60],
        np.eye(10)[y[:60]][:, : y.max() + 1],
        0.1,
    )
    accuracy = (ensemble.log_probs(texts[100:600]).argmax(axis=1) == y[100:600]).mean()
    assert accuracy > (alone.log_probs(matrices["words"][100:600]).argmax(axis=1) == y[100:600]).mean() + 0.05
    np.testing.assert_allclose(np.exp(ensemble.log_probs(texts[600:])).sum(axis=1), 1)


def test_the_matrices_of_new_texts_are_those_of_the_same_texts_in_training(few):
    texts = as_rows(few[0][:200])
    features, learned = TextFeatures.learn(texts)
    for name, again in features.matrices(texts).items():
        dense = [x.toarray() if hasattr(x, "toarray") else x for x in (learned[name], again)]
        np.testing.assert_allclose(*dense)


def test_members_are_the_same_wherever_the_unlabeled_texts_stand(few):
    _, matrices = TextFeatures.learn(as_rows(few[0][:200]))
    known, others = ({name: x[rows] for name, x in matrices.items()} for rows in (slice(50), slice(50, None)))
    turned = {name: x[::-1] for name, x in others.items()}
    targets = np.eye(10)[few[1][:50]]
    first, second = fit_members(known, targets, others), fit_members(known, targets, turned)
    for name, member in first.items():
        np.testing.assert_allclose(member.weights, second[name].weights, atol=1e-3)


@pytest.mark.parametrize("text", ["two dogs are running in the park .", "xyz dogs dogs", "", " "])
def test_an_explanation_adds_up_to_the_logits(ensemble, text):
    words, contributions, rest = explain_exactly(ensemble, text)
    assert words == split_words(text)
    np.testing.assert_allclose(contributions.sum(axis=0) + rest, ensemble.logits([text])[0], atol=1e-9)


def test_the_word_that_decides_speaks_for_its_class(few, ensemble):
    texts = few[0]
    found = [explain_exactly(ensemble, text) for text in texts[100:300]]
    word = "puppy"
    spoken = [e.contributions[e.words.index(word)].argmax() for e in found if word in e.words]
    assert spoken
    assert few[2][np.bincount(spoken).argmax()] == "animals"


def test_occlusion_says_what_is_lost_without_each_word():
    def logits(rows):
        return np.array([[row[0].count("good"), row[1].count("bad")] for row in rows], dtype=float)

    words, contributions, _ = explain_by_occlusion(logits, ("so good", "bad , bad"))
    assert words == ["so", "good", "bad", ",", "bad"]
    np.testing.assert_allclose(contributions, [[0, 0], [0.5, -0.5], [-0.5, 0.5], [0, 0], [-0.5, 0.5]])


def test_what_is_saved_is_what_is_read(few, ensemble, tmp_path):
    for name, content in to_files(ensemble, {"classes": few[2]}).items():
        (tmp_path / name).write_bytes(content)
    again = from_files(tmp_path, len(few[2]))
    np.testing.assert_allclose(again.logits(few[0]), ensemble.logits(few[0]), atol=1e-4)
    with pytest.raises(UserError, match=r"does not fit ensemble\.json"):
        from_files(tmp_path, len(few[2]) + 1)


@pytest.mark.parametrize("change", ["", "[]", '{"format": 9}', "unit", "sides", "numbers"])
def test_a_damaged_classifier_is_refused_in_one_line(few, ensemble, tmp_path, change):
    files = to_files(ensemble, {"classes": few[2]})
    values = json.loads(files[SETTINGS])
    if change == "unit":
        values["words"][0] = values["words"][1]
    if change == "sides":
        values["aligned"] = ["a>b"]
    files[SETTINGS] = change.encode() if change[:1] in ("", "[", "{") else json.dumps(values).encode()
    if change == "numbers":
        files[NUMBERS] = files[NUMBERS][:-9]
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as caught:
        from_files(tmp_path, len(few[2]))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["a", "b"], [0, 1]),
        (["", "", "x y"], [0, 1, -1]),
        (["same"] * 6, [0, 1, -1, 0, 1, 0]),
        ([("a b", "b c"), ("c d", "d e"), ("a", "")], [0, 1, -1]),
    ],
)
def test_next_to_nothing_to_learn_from_gives_probabilities(texts, labels):
    found = Ensemble.fit(texts, np.array(labels), 2).log_probs(texts)
    assert found.shape == (len(texts), 2)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)


# In the estimator.


@pytest.fixture(scope="module")
def fast(few) -> textgan.SentenceClassifier:
    texts, y, names = few
    known = [names[k] if i < 60 else None for i, k in enumerate(y[:600])]
    return textgan.SentenceClassifier().fit(texts[:600], known)


def test_the_default_is_the_ensemble(few, fast, ensemble):
    texts, _, names = few
    assert fast.classes_.tolist() == names
    assert not hasattr(fast, "model_")
    np.testing.assert_allclose(np.log(fast.predict_proba(texts)), ensemble.log_probs(texts), atol=1e-9)
    assert fast.score(texts[600:], np.array(names)[few[1][600:]]) > 0.35


def test_copies_and_saved_ones_predict_alike(few, fast, tmp_path):
    expected = fast.predict_proba(few[0])
    twin = pickle.loads(pickle.dumps(fast))
    np.testing.assert_allclose(twin.predict_proba(few[0]), expected, atol=1e-4)
    fast.save_pretrained(tmp_path / "saved")
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [SETTINGS, NUMBERS]
    again = textgan.SentenceClassifier.from_pretrained(tmp_path / "saved")
    np.testing.assert_allclose(again.predict_proba(few[0]), expected, atol=1e-4)
    assert again.classes_.tolist() == fast.classes_.tolist()
    with pytest.raises(UserError, match="exists and is not empty; expected a new folder"):
        fast.save_pretrained(tmp_path / "saved")
    assert not hasattr(clone(fast), "ensemble_")


def test_a_classifier_is_saved_whole_or_not_at_all(fast, tmp_path, monkeypatch):
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / ".gitkeep").write_text("kept")
    write = Path.write_bytes

    def until_the_disk_is_full(path: Path, content: bytes) -> int:
        if path.name == NUMBERS:
            raise OSError(28, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", until_the_disk_is_full)
        with pytest.raises(UserError, match=r"cannot be written .*No space left on device"):
            fast.save_pretrained(folder)
    assert [path.name for path in folder.iterdir()] == [".gitkeep"]
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]
    fast.save_pretrained(folder)
    assert sorted(path.name for path in folder.iterdir()) == [".gitkeep", SETTINGS, NUMBERS]
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(UserError, match="is the working folder"):
        fast.save_pretrained(".")


@pytest.mark.parametrize("classes", [[0, 1], ["a", "b"], [False, True], [0.5, 1.5]])
def test_what_is_less_likely_than_asked_is_rejected(few, classes):
    texts, y, _ = few
    labels = [classes[int(k == 2)] for k in y[:200]]
    classifier = textgan.SentenceClassifier().fit(texts[:200], labels)
    sure = classifier.predict_proba(texts).max(axis=1)
    usual, strict = classifier.predict(texts), classifier.predict(texts, reject_below=float(np.median(sure)))
    rejected = np.array([str(x) in ("-1", "-1.0") for x in strict])
    assert (rejected == (sure < np.median(sure))).all()
    assert (strict[~rejected] == usual[~rejected]).all()
    assert 0 < rejected.sum() < len(texts)


def test_class_weights_move_the_answers(few):
    texts, y, _ = few
    rare = np.where(np.arange(600) < 100, y[:600] == 2, -1)
    plain, heavy = (
        textgan.SentenceClassifier(class_weight=w).fit(texts[:600], rare).predict_proba(texts[600:])[:, 1].mean()
        for w in (None, {1: 10.0})
    )
    assert heavy > plain + 0.02
    assert textgan.SentenceClassifier(class_weight="balanced").fit(texts[:600], rare).classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"effort": "great"}, "effort is 'great'; expected one of fast, balanced, thorough, network"),
        ({"effort": "fast", "rounds": 3}, "effort is fast, but rounds given"),
        ({"effort": "balanced", "model": "ae", "settings": {"hidden_dim": 3}}, "balanced, but model, settings given"),
        ({"effort": "network", "class_weight": "balanced"}, "class_weight is given, which the ensemble has"),
        ({"class_weight": [1, 2]}, "expected a weight above 0 of classes among"),
        ({"class_weight": {0: None}}, "expected a weight above 0 of classes among"),
        ({"class_weight": "even"}, "class_weight is 'even'; expected balanced"),
        ({"class_weight": {7: 1.0}}, "expected a weight above 0 of classes among"),
        ({"class_weight": {0: -1.0}}, "expected a weight above 0 of classes among"),
    ],
)
def test_settings_that_mean_nothing_are_refused(parameters, message):
    with pytest.raises(UserError, match=message):
        textgan.SentenceClassifier(**parameters).fit(["a b", "c d"], [0, 1])


def test_a_balanced_one_learns_from_words_alone_and_writes_nothing(few, tmp_path):
    texts, y, _ = few
    classifier = textgan.SentenceClassifier(effort="balanced", rounds=3, batch_size=16, threads=1, device="cpu")
    classifier.fit(texts[:100], np.where(np.arange(100) < 60, y[:100], -1))
    assert classifier.blend_.network > 0
    names = [name for name, _ in classifier.model_.network.classifier.named_children()]
    assert names == ["word_vectors", "word_classifier", "common_vectors", "common_classifier"]
    for use in (lambda model: model.sample(1), lambda model: model.encode(texts[:1])):
        with pytest.raises(UserError, match="learned labels from words, and nothing of sentences"):
            use(classifier.model_)
    expected = classifier.predict_proba(texts[100:150])
    classifier.save_pretrained(tmp_path / "words")
    again = textgan.SentenceClassifier.from_pretrained(tmp_path / "words", device="cpu")
    np.testing.assert_allclose(again.predict_proba(texts[100:150]), expected, atol=1e-4)


def test_what_is_not_used_and_what_is_cut_is_said(few, caplog):
    texts, y, _ = few
    textgan.SentenceClassifier(max_length=5, vocab_size=90).fit(texts[:40], y[:40])
    assert caplog.messages == ["effort is fast, which reads texts whole and in lower case: no vocab_size, max_length"]
    caplog.clear()
    long = sum(len(text.split()) > 9 for text in texts[:40])
    textgan.SentenceClassifier(effort="balanced", rounds=1, max_length=9, threads=1).fit(texts[:40], y[:40])
    [said] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert said.startswith(f"{long} of 40 sentences have more than 9 tokens, of which the network reads the first 9;")


def test_progress_is_said_where_it_is_asked_for(few, capsys):
    texts, y, _ = few
    textgan.SentenceClassifier().fit(texts[:40], y[:40])
    assert capsys.readouterr().err == ""
    textgan.SentenceClassifier(effort="balanced", rounds=1, threads=1, verbose=True).fit(texts[:40], y[:40])
    said = capsys.readouterr().err
    assert "ensemble of 40 texts, 40 labeled ..." in said
    for pattern in (r"labeled: \d+\.\d s", r"1 rounds in", r"weights of ensemble and network: \d+\.\d s"):
        assert re.search(pattern, said)


def test_a_thorough_one_has_both_and_is_saved_with_both(few, tmp_path):
    texts, y, _ = few
    settings = {"embedding_dim": 8, "hidden_dim": 8, "classifier": {"hidden_dims": [8], "word_dim": 8}}
    classifier = textgan.SentenceClassifier(
        "ae", effort="thorough", rounds=3, settings=settings, batch_size=16, threads=1, device="cpu"
    )
    classifier.fit(texts[:100], np.where(np.arange(100) < 60, y[:100], -1))
    expected = classifier.predict_proba(texts[100:150])
    by_hand = classifier.blend_.logits(
        classifier.ensemble_.logits(texts[100:150]), np.log(classifier.model_.probabilities(texts[100:150]))
    )
    np.testing.assert_allclose(np.log(expected), log_softmax(by_hand, axis=1), atol=1e-6)
    classifier.save_pretrained(tmp_path / "both")
    again = textgan.SentenceClassifier.from_pretrained(tmp_path / "both", device="cpu")
    np.testing.assert_allclose(again.predict_proba(texts[100:150]), expected, atol=1e-4)
    assert isinstance(again.blend_, Blend)
    [found] = again.explain(texts[100:101])
    assert found.words == split_words(texts[100])


def test_classify_predicts_and_explains_with_a_saved_one(few, fast, command, tmp_path):
    fast.save_pretrained(tmp_path / "saved")
    (tmp_path / "new.txt").write_text("the puppy is sleeping .\nzzz\n")
    plain = command("classify", tmp_path / "saved", tmp_path / "new.txt").out.splitlines()
    [winner] = fast.predict(["the puppy is sleeping ."])
    assert plain[0].split("\t")[0] == winner
    explained = command("classify", tmp_path / "saved", tmp_path / "new.txt", "--explain").out.splitlines()
    assert explained[0].startswith(plain[0] + "\t")
    found = fast.explain(["the puppy is sleeping ."])[0]
    best = found.contributions[:, list(fast.classes_).index(winner)].argmax()
    assert explained[0].split("\t")[2].startswith(f"{found.words[best]} +")
    table = command("classify", tmp_path / "saved", tmp_path / "new.txt", "--proba").out.splitlines()
    assert table[0].split("\t") == ["label", *few[2]]
    (tmp_path / "pairs.jsonl").write_text('{"sentence1": "a", "sentence2": "b"}\n')
    said = command("classify", tmp_path / "saved", tmp_path / "pairs.jsonl").complaint
    assert "holds pairs of sentences; " in said
