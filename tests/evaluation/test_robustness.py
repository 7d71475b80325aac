"""Swapped words and near sentences, against direct computations and codes that are known."""

import itertools
import math

import nltk
import numpy as np
import pytest
import torch
from torch import Tensor

from tests.conftest import tiny_sentences
from tests.tiny import SPEC, tiny_config, tiny_corpus, tiny_game
from textgan.data.config import DataConfig
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import WordTokenizer, train_tokenizer
from textgan.data.types import Sentences
from textgan.errors import UserError
from textgan.evaluation.text.reconstruction import teacher_forced
from textgan.evaluation.text.robustness import code_smoothness, swap_nll, swapped
from textgan.evaluation.text.words import as_words
from textgan.game import Game, Player, Turn
from textgan.recipes import recipe
from textgan.sampling import SentenceModel
from textgan.settings import Decoding

CORPUS = tiny_corpus(60)


class Fixed(Game):
    """Its code says what words a sentence has; its decoder is sure of the words of the code, if they are in order.

    Args:
        blind: the code is of the words whatever their order.
    """

    code_dim = SPEC.vocab_size

    def __init__(self, blind: bool) -> None:
        super().__init__()
        self.spec, self.blind = SPEC, blind
        self.somewhere = torch.nn.Parameter(torch.zeros(()))

    def encode(self, batch: Sentences) -> Tensor:
        seen = torch.nn.functional.one_hot(batch.targets, self.code_dim).float() * batch.mask[:, :, None]
        place = torch.arange(1, seen.shape[1] + 1)[None, :, None]
        return (seen if self.blind else seen * place).sum(1)

    def logits(self, z: Tensor, batch: Sentences) -> Tensor:
        agrees = (z == self.encode(batch)).all(1, keepdim=True).float()
        sure = 50.0 * torch.nn.functional.one_hot(batch.targets, self.code_dim) * agrees[:, :, None]
        return sure[batch.mask]

    def decode(self, z: Tensor, decoding: Decoding = Decoding()) -> Tensor:
        raise NotImplementedError

    def prior(self, n: int) -> Tensor:
        raise NotImplementedError

    def make_players(self) -> dict[str, Player]:
        return {}

    def turns(self, step: int) -> list[Turn]:
        return []


def model_of(game: Game, corpus: TokenFile = CORPUS) -> SentenceModel:
    return SentenceModel(game, corpus.tokenizer, recipe("arae"))


def sentences(*lines: str) -> TokenFile:
    return as_words(lines, WordTokenizer([f"w{i}" for i in range(SPEC.vocab_size - 4)]))


def test_without_a_swap_it_is_the_reconstruction():
    game = tiny_game(tiny_config("arae"))
    metrics = swap_nll(model_of(game), CORPUS, limit=50)
    expected = teacher_forced(game, CORPUS, 50)["reconstruction_nll"]
    assert metrics["swap_nll_0"] == pytest.approx(expected, rel=1e-6)
    tokens = teacher_tokens(50)
    assert metrics["swap_nll_sentence_3"] == pytest.approx(metrics["swap_nll_3"] * tokens / 50)
    assert list(metrics) == [f"swap_nll_{k}" for k in range(5)] + [f"swap_nll_sentence_{k}" for k in range(5)]


def teacher_tokens(limit: int) -> int:
    chosen = np.arange(limit) * len(CORPUS) // limit
    return int((CORPUS.lengths[chosen] + 1).sum())


def test_an_encoder_that_does_not_see_the_order_loses_nothing_by_swaps():
    metrics = swap_nll(model_of(Fixed(blind=True)), CORPUS)
    assert all(value == pytest.approx(0, abs=1e-6) for value in metrics.values())


def test_an_encoder_that_sees_the_order_loses_all_by_a_swap():
    corpus = sentences("w0 w1 w2", "w3 w4", "w5 w6 w7 w8")
    metrics = swap_nll(model_of(Fixed(blind=False)), corpus, swaps=1)
    assert metrics["swap_nll_0"] == pytest.approx(0, abs=1e-6)
    assert metrics["swap_nll_1"] == pytest.approx(math.log(SPEC.vocab_size), rel=1e-5)
    assert metrics["swap_nll_sentence_1"] == pytest.approx(4 * math.log(SPEC.vocab_size), rel=1e-5)


def test_a_swap_changes_two_places_and_keeps_the_words():
    corpus = sentences("w0 w1 w2 w3 w4 w5")
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        versions = swapped(corpus, 0, rng.random((4, 2)), SPEC.max_length)
        assert versions[0] == corpus.tokens.tolist()
        for before, after in itertools.pairwise(versions):
            assert sorted(before) == sorted(after)
            assert sum(a != b for a, b in zip(before, after, strict=True)) == 2
        seen.add(tuple(i for i in range(6) if versions[1][i] != versions[0][i]))
    assert len(seen) == 15, "every pair of places"


def test_sentences_too_short_to_swap_stay_as_they_are():
    corpus = sentences("", "w1")
    assert swapped(corpus, 0, np.zeros((2, 2)), 6) == [[], [], []]
    assert swapped(corpus, 1, np.full((2, 2), 0.99), 6) == [corpus.tokens.tolist()] * 3
    metrics = swap_nll(model_of(Fixed(blind=False)), corpus)
    assert metrics["swap_nll_4"] == metrics["swap_nll_0"]


@pytest.mark.parametrize("kind", ["nltk", "bpe"])
def test_words_are_swapped_whole_whatever_the_tokens(kind):
    texts = tiny_sentences(100)
    tokenizer = train_tokenizer(DataConfig(tokenizer=kind, vocab_size=300 if kind == "bpe" else None), texts)
    rows = [tokenizer.encode(text) for text in texts]
    ends = np.cumsum([len(row) for row in rows])
    corpus = TokenFile(np.concatenate(rows), ends - [len(row) for row in rows], ends, tokenizer)
    for i, row in enumerate(rows):
        original, once = swapped(corpus, i, np.array([[0.3, 0.6]]), max_length=200)
        assert original == row
        cut = (lambda ids: tokenizer.decode(ids).split()) if kind == "bpe" else list
        assert sorted(cut(once)) == sorted(cut(row))
        assert sum(a != b for a, b in zip(cut(once), cut(row), strict=True)) in (0, 2)
    assert len(swapped(corpus, 0, np.array([[0.3, 0.6]]), max_length=2)[1]) == 2


def test_swaps_are_a_function_of_the_seed():
    model = model_of(Fixed(blind=False))
    assert swap_nll(model, CORPUS, seed=1) == swap_nll(model, CORPUS, seed=1)
    assert swap_nll(model, CORPUS, seed=1)["swap_nll_1"] != swap_nll(model, CORPUS, seed=2)["swap_nll_1"]


def test_smoothness_is_the_mean_over_near_sentences():
    texts = list(dict.fromkeys(CORPUS.text(i) for i in range(len(CORPUS))))
    assert len(texts) == 56 < len(CORPUS)
    model = model_of(tiny_game(tiny_config("arae")))
    codes = model.encode(texts).astype(np.float64)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    edits = np.array([[nltk.edit_distance(a.split(), b.split()) for b in texts] for a in texts])
    cosines, near = codes @ codes.T, (edits > 0) & (edits <= 3)
    of_each = [cosines[i, near[i]].mean() for i in range(56) if near[i].any()]
    metrics = code_smoothness(model, CORPUS, distance=3)
    assert metrics["smoothness"] == pytest.approx(np.mean(of_each), rel=1e-5)
    assert metrics["smoothness_random"] == pytest.approx((cosines.sum() - 56) / (56 * 55), rel=1e-5)
    assert metrics["smoothness_neighbours"] == pytest.approx(near.sum() / 56)


def test_codes_of_words_are_alike_where_words_are_shared():
    metrics = code_smoothness(model_of(Fixed(blind=True)), CORPUS, distance=2, neighbours=10)
    assert metrics["smoothness"] > metrics["smoothness_random"]
    assert metrics["smoothness_neighbours"] <= 10


def test_smoothness_is_a_function_of_the_seed():
    model = model_of(tiny_game(tiny_config("arae")))
    metrics = code_smoothness(model, CORPUS, count=5, neighbours=3, seed=1)
    assert metrics == code_smoothness(model, CORPUS, count=5, neighbours=3, seed=1)
    assert metrics != code_smoothness(model, CORPUS, count=5, neighbours=3, seed=2)


def test_what_no_sentence_has_is_left_out():
    model = model_of(Fixed(blind=True))
    far = sentences("w0 w1 w2 w3 w4 w5", "w6 w7 w8 w9 w10 w11")
    assert set(code_smoothness(model, far)) == {"smoothness_random", "smoothness_neighbours"}
    same = sentences("w0 w1", "w0 w1", "w0 w1")
    assert code_smoothness(model, same) == {"smoothness_neighbours": 0}
    assert code_smoothness(model, sentences("", "")) == {"smoothness_neighbours": 0}


def test_no_sentences_are_refused():
    model = model_of(Fixed(blind=True))
    for measure in (swap_nll, code_smoothness):
        with pytest.raises(UserError, match="expected 1 or more"):
            measure(model, CORPUS.subset(np.zeros(0, np.int64)))
