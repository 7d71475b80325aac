"""Models that many threads use at once give each of them what they would give it alone."""

import pickle
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch

from tests.test_classifying import animals, small
from tests.tiny import PIXELS, tiny_config, tiny_game
from textgan.device import process_restored
from textgan.recipes import RunConfig, recipe
from textgan.sampling import ImageModel, inference
from textgan.settings import Decoding

THREADS = 8
SENTENCES = ["a man sleeps .", "two dogs is running in the park ."]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], Any], times: int = 3 * THREADS) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(times)))


@pytest.mark.parametrize(
    "work",
    [
        lambda model, k: model.sample(3, seed=k, temperature=1.0),
        lambda model, k: model.decode(model.prior_codes(2, seed=k), k, Decoding(temperature=0.5)),
        lambda model, k: model.encode(SENTENCES[: 1 + k % 2]).tolist(),
        lambda model, k: model.reconstruct(SENTENCES, k, Decoding(temperature=1.0)),
        lambda model, k: model.interpolate(*SENTENCES, steps=3, seed=k, decoding=Decoding(temperature=1.0)),
    ],
    ids=["sample", "decode", "encode", "reconstruct", "interpolate"],
)
def test_sentences_are_those_of_one_thread(model, impatient, work):
    alone = [work(model, k) for k in range(3 * THREADS)]
    assert together(lambda k: work(model, k)) == alone
    assert not model.network.training


def test_images_are_those_of_one_thread(impatient):
    config = tiny_config("vae", modality="images")
    base = recipe("vae", None, "images")
    model = ImageModel(tiny_game(config, spec=PIXELS), RunConfig("vae", config, base.data, base.training))
    x = np.where(np.random.default_rng(0).normal(size=(4, *PIXELS.shape)) > 0, 1, -1).astype(np.float32)

    def work(k: int) -> Any:
        return model.sample(2, seed=k), model.encode(x[: 1 + k % 4]), model.reconstruct(x)

    alone = [work(k) for k in range(3 * THREADS)]
    for one, many in zip(alone, together(work), strict=True):
        for a, b in zip(one, many, strict=True):
            np.testing.assert_array_equal(a, b)


def test_another_threads_sampling_leaves_randomness_and_mode_alone(model, impatient):
    random = model.network.random
    together(lambda k: model.sample(2, seed=k))
    assert model.network.random is random
    with inference(model.network, 1) as outer, inference(outer, 2):
        assert model.network.random.seed == 2


def test_a_model_that_was_used_can_be_pickled(model):
    model.sample(1)
    assert type(pickle.loads(pickle.dumps(model.network))) is type(model.network)


def test_classifiers_that_are_trained_at_once_are_those_of_one_thread(impatient):
    sentences, y = animals(12)
    torch.manual_seed(5)
    state = torch.random.get_rng_state()

    def probabilities(seed: int) -> list[Any]:
        return small(rounds=2, random_state=seed).fit(sentences, y).predict_proba(sentences).tolist()

    alone = [probabilities(k) for k in range(4)]
    assert together(probabilities, 4) == alone
    assert torch.equal(torch.random.get_rng_state(), state)


def test_what_training_sets_for_the_process_is_put_back():
    products = getattr(torch.backends.mkldnn, "matmul", None)
    before = torch.get_num_threads(), products and products.fp32_precision
    with process_restored():
        torch.set_num_threads(3)
        if products is not None:
            products.fp32_precision = "ieee"
    assert (torch.get_num_threads(), products and products.fp32_precision) == before
