"""How large and how long a classifier of few labels is where nobody says, and when its training ends."""

import re

import numpy as np
import pytest
import torch

from tests.test_classifying import SETTINGS, animals, small
from tests.tiny import LABELED, tiny_config, tiny_corpus, tiny_trainer
from textgan.fitting import split_labels
from textgan.recipes.amount import Amount
from textgan.training.early_stopping import EarlyStopping


def watched(scores: list[float | None], length: int = 1000, keep_best: bool = False) -> EarlyStopping:
    """After one look every 50 rounds that found these scores; none of the rounds is played."""
    trainer, left = tiny_trainer(tiny_config("ae")), iter(scores)
    trainer.length = length
    stopping = EarlyStopping(trainer, lambda logs: next(left), "accuracy", keep_best)
    for _ in scores:
        trainer.round += 50
        with torch.no_grad():
            next(trainer.game.parameters()).fill_(trainer.round)
        stopping.update({})
    return stopping


def test_a_score_that_no_longer_grows_ends_the_training_after_rates_have_fallen():
    stopping = watched([0.2, 0.5, 0.7, 0.703, 0.7, 0.69, 0.704])
    assert (stopping.stopped_at, stopping.trainer.length) == (350, 437)
    stopping.trainer.round = 437
    assert stopping.reason == "ended after round 437: at 350 accuracy (70%) had not grown for 200 rounds"


@pytest.mark.parametrize(
    "scores",
    [
        [0.1 * i for i in range(10)],  # it grows
        [0.5, 0.5, 0.5, 0.5],  # too early to say
        [None] * 10,  # not known
        [0.5, 0.5, 0.5, 0.5, 0.51, 0.51, 0.51, 0.52],  # slowly, but it grows
    ],
)
def test_a_training_that_still_learns_goes_on(scores):
    stopping = watched(scores)
    assert (stopping.stopped_at, stopping.trainer.length) == (None, 1000)


def test_the_end_of_a_training_never_moves_back():
    stopping = watched([0.5] * 5, length=300)
    assert (stopping.stopped_at, stopping.trainer.length) == (None, 300)


@pytest.mark.parametrize(("keep_best", "kept"), [(True, 100), (False, 150)])
def test_the_best_state_is_kept_where_the_score_is_of_other_data(keep_best, kept):
    stopping = watched([0.2, 0.9, 0.4], keep_best=keep_best)
    stopping.restore_best()
    assert (next(stopping.trainer.game.parameters()) == kept).all()


def test_labels_are_held_out_only_where_there_are_many():
    corpus = tiny_corpus(1200, spec=LABELED)
    corpus.labels = np.arange(1200) % 3
    shown, held = split_labels(corpus, seed=0)
    assert held is not None
    assert (len(shown), len(held)) == (1080, 120)
    assert not set(shown) & set(held)
    corpus.labels = np.where(np.arange(1200) < 990, corpus.labels, -1)
    shown, held = split_labels(corpus, seed=0)
    assert (len(shown), held) == (990, None)
    corpus.labels = np.where(np.arange(1200) < 19, 2, np.arange(1200) % 2)
    assert split_labels(corpus, seed=0)[1] is None


def test_sizes_follow_the_data():
    assert Amount(200_000, 24.0).batch_size == 128
    assert Amount(200_000, 200.0).batch_size == Amount(100, 49.0).batch_size == 16, "halved, but not below 16"
    few, many, long = Amount(10_000, 12.0), Amount(200_000, 12.0), Amount(10_000, 31.0)
    assert (few.batch_size, many.batch_size, long.batch_size) == (64, 128, 32)
    assert [Amount(n, 12.0).rounds for n in (100, 5_000, 10_000, 200_000)] == [400, 625, 800, 800]
    assert few.settings({"hidden_dim": 300, "noise_dim": 100}) == {"hidden_dim": 128}
    assert many.settings({"hidden_dim": 300}) == {}


def test_the_classifier_chooses_and_says_what_is_not_given_and_keeps_what_is(capsys):
    sentences, y = animals(24)
    light = {"hidden_dim": 24, "classifier": SETTINGS["classifier"] | {"schedule": "only"}}
    classifier = small(rounds=None, batch_size=None, settings=light, verbose=True)
    classifier.fit(sentences, np.where(np.arange(24) < 12, y, -1))
    assert classifier.get_params()["rounds"] is None
    assert 200 <= classifier.rounds_ < 400
    assert classifier.model_.config.training.rounds == classifier.rounds_
    assert classifier.batch_size_ == 64
    settings = classifier.model_.config.settings
    assert (settings.embedding_dim, settings.hidden_dim) == (128, 24)
    said = capsys.readouterr().err
    assert "embedding_dim 128, hidden_dim 24, batch_size 64, rounds 400" in said
    assert f"ended after round {classifier.rounds_}" in said
    assert re.search(rf"{classifier.rounds_} rounds in [0-9.]+ s; classification [0-9.]+", said)
    assert small(rounds=2).fit(sentences, y).rounds_ == 2
