"""A trained model in a user's hands: sample, encode, decode, reconstruct, interpolate, share."""

import numpy as np
import pytest
import torch

from tests.conftest import tiny_sentences
from textgan import SentenceModel, load
from textgan.errors import UserError
from textgan.randomness import Randomness
from textgan.sampling import INFERENCE_BATCH_SIZE, batch_of, inference
from textgan.sampling.model_card import escaped
from textgan.settings import Decoding

SENTENCES = [
    "a man sleeps .",
    "two dogs is running in the park quietly .",
    "a girl sits",
    "the small child is eating .",
    "a",
]
DRAWN = Decoding(temperature=1.0)


@pytest.fixture
def own(run_folder) -> SentenceModel:
    """A model to change."""
    return SentenceModel.from_pretrained(run_folder, device="cpu")


def test_a_seed_gives_the_same_samples_whatever_came_before(model):
    first = model.sample(8, seed=3, temperature=1.0)
    model.sample(5, seed=9)
    model.reconstruct(SENTENCES, decoding=DRAWN)
    assert model.sample(8, seed=3, temperature=1.0) == first
    assert model.sample(8, seed=4, temperature=1.0) != first


def test_greedy_samples_differ_by_their_codes(model):
    with inference(model.game, 0) as game:
        codes = game.prior(5)
    assert model.decode(codes) == model.sample(5, seed=0, temperature=0)
    assert not codes[0].equal(codes[1])


@pytest.mark.parametrize("n", [0, 1, 7])
def test_as_many_samples_as_asked_for(model, n):
    samples = model.sample(n)
    assert len(samples) == n
    assert all(isinstance(s, str) and "\n" not in s and "<pad>" not in s and "</s>" not in s for s in samples)


def test_samples_are_no_longer_than_the_training_sentences(model):
    samples = model.sample(50, decoding=Decoding(temperature=2.0))
    assert max(len(s.split()) for s in samples) <= model.max_length


@pytest.mark.parametrize("settings", [{"n": -1}, {"temperature": -1.0}, {"seed": -1}], ids=str)
def test_samples_that_cannot_be_are_refused(model, settings):
    with pytest.raises(UserError, match=next(iter(settings))):
        model.sample(**settings)


def test_codes_are_float32_rows_of_norm_1(model):
    codes = model.encode(SENTENCES)
    assert codes.shape == (5, model.code_dim) == (5, 16)
    assert codes.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(codes, axis=1), 1, atol=1e-5)


def test_no_sentence_has_no_code(model):
    assert model.encode([]).shape == (0, 16)
    assert model.decode(np.zeros((0, 16))) == []
    assert model.reconstruct([]) == []


def test_padding_does_not_change_the_code(model):
    together = model.encode(SENTENCES)
    alone = np.concatenate([model.encode([s]) for s in SENTENCES])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-4


def test_codes_stand_in_the_order_of_the_sentences(model):
    sentences = tiny_sentences()
    assert len(sentences) > INFERENCE_BATCH_SIZE
    codes = model.encode(sentences)
    np.testing.assert_allclose(model.encode(sentences[::-1])[::-1], codes, atol=1e-5)
    np.testing.assert_allclose(model.encode(sentences[250:253]), codes[250:253], atol=1e-5)


def test_a_batch_is_sentences_between_begin_and_end():
    batch = batch_of([[7, 8], [], [9]])
    assert batch.tokens.tolist() == [[1, 7, 8, 2], [1, 2, 0, 0], [1, 9, 2, 0]]
    assert batch.lengths.tolist() == [3, 1, 2]
    assert batch.mask.sum().item() == batch.token_count == 6


@pytest.mark.parametrize("sentence", ["", "   ", "zyxw vuts", "🙂 <unk> <s> </s>", "a\x00b", "\ud800"], ids=repr)
def test_strange_sentences_have_codes_and_reconstructions(model, sentence):
    codes = model.encode([sentence, "a man sleeps ."])
    assert np.isfinite(codes).all()
    assert len(model.reconstruct([sentence])) == 1


def test_a_long_sentence_is_cut_to_the_longest_of_the_training(model):
    np.testing.assert_allclose(
        model.encode(["a man " * 40]), model.encode([" ".join(["a", "man"] * 8)[:-4]]), atol=1e-6
    )


def test_one_string_is_no_list_of_sentences(model):
    with pytest.raises(UserError, match="one string"):
        model.encode("a man sleeps .")


def test_unknown_words_are_counted(model):
    assert model.count_words("a zebra sleeps zzz .")[1] == 2
    assert model.count_words("")[1] == 0


@pytest.mark.parametrize("shape", [(16,), (2, 15), (2, 17), (1, 2, 16), (0,)])
def test_codes_of_another_shape_are_refused(model, shape):
    with pytest.raises(UserError, match=r"expected \(N, 16\)"):
        model.decode(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_codes_that_are_no_numbers_are_refused(model, value):
    codes = np.zeros((2, 16))
    codes[1, 3] = value
    with pytest.raises(UserError, match="not finite"):
        model.decode(codes)


@pytest.mark.parametrize("codes", [[[0.0], [0.0, 1.0]], [["a"] * 16], None], ids=["ragged", "text", "nothing"])
def test_what_is_no_array_of_numbers_is_refused(model, codes):
    with pytest.raises(UserError, match="codes"):
        model.decode(codes)


def test_codes_may_be_lists_arrays_or_tensors(model):
    codes = model.encode(SENTENCES)
    texts = model.decode(codes)
    assert model.decode(codes.astype(np.float64)) == texts
    assert model.decode(codes.tolist()) == texts
    assert model.decode(torch.from_numpy(codes).requires_grad_()) == texts


def test_a_reconstruction_is_the_code_decoded(model):
    assert model.reconstruct(SENTENCES) == model.decode(model.encode(SENTENCES))
    assert model.reconstruct(SENTENCES, 5, DRAWN) == model.decode(model.encode(SENTENCES), 5, DRAWN)


@pytest.mark.parametrize("steps", [2, 5, 9])
def test_a_line_runs_from_one_reconstruction_to_the_other(model, steps):
    a, b = SENTENCES[:2]
    line = model.interpolate(a, b, steps)
    assert len(line) == steps
    assert [line[0], line[-1]] == model.reconstruct([a, b])


def test_a_line_is_straight_in_the_code_space(model):
    a, b = SENTENCES[:2]
    first, last = model.encode([a, b])
    assert model.interpolate(a, b, 5)[1] == model.decode([0.75 * first + 0.25 * last])[0]


@pytest.mark.parametrize("steps", [1, 0, -3])
def test_a_line_has_two_ends(model, steps):
    with pytest.raises(UserError, match=f"steps is {steps}"):
        model.interpolate("a", "b", steps)


@pytest.mark.parametrize("training", [True, False])
def test_sampling_leaves_the_game_as_it_was(own, training):
    game = own.game
    game.train(training)
    randomness = game.random = Randomness(3)
    randomness.at(1)
    expected = randomness.normal(4)
    randomness.at(1)
    own.sample(3, temperature=1.0)
    own.encode(SENTENCES)
    own.decode(np.zeros((1, 16)))
    assert game.random is randomness
    assert randomness.normal(4).equal(expected)
    assert {m.training for m in game.modules()} == {training}
    assert not torch.is_inference_mode_enabled()
    game.encode(batch_of([[5, 6]])).sum().backward()


def test_an_error_at_rest_leaves_the_game_as_it_was(own):
    own.game.train()
    randomness = own.game.random

    def fail() -> None:
        with inference(own.game):
            assert not own.game.training
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        fail()
    assert own.game.random is randomness
    assert own.game.training


def test_a_shared_model_is_the_model(own, tmp_path):
    own.save_pretrained(tmp_path / "shared")
    again = SentenceModel.from_pretrained(tmp_path / "shared", device="cpu")
    np.testing.assert_array_equal(again.encode(SENTENCES), own.encode(SENTENCES))
    assert again.sample(5, seed=2, temperature=1.0) == own.sample(5, seed=2, temperature=1.0)
    assert again.config.settings == own.config.settings
    assert again.config.data.data == "tiny.txt"  # not the folders that lead to it
    assert not again.game.training


def test_a_shared_model_has_a_card_and_no_pickles(own, tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()  # an empty folder is as good as none
    own.save_pretrained(str(folder))
    assert sorted(p.name for p in folder.iterdir()) == ["README.md", "config.json", "model.safetensors", "tokenizer"]
    assert list(tmp_path.iterdir()) == [folder]
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "\nlibrary_name: textgan\n" in card.split("---")[1]
    assert "hidden_dim" not in card  # config.json has the settings
    assert str(tmp_path.parent) not in card
    assert all(f"- {escaped(s)}" in card for s in own.sample(10, seed=0))


def test_a_folder_that_holds_something_is_not_overwritten(own, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for place in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(UserError, match="not empty"):
            own.save_pretrained(place)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_checkpoint_folder_loads_too(model, run_folder):
    (checkpoint,) = (run_folder / "checkpoints").iterdir()
    np.testing.assert_array_equal(load(checkpoint, "cpu").encode(SENTENCES), model.encode(SENTENCES))


@pytest.mark.parametrize("name", ["nowhere", "./no/where", "runs/nothing", "a/b/c", "/no/such/folder"])
def test_a_missing_model_is_said_in_a_line(name):
    with pytest.raises(UserError, match=rf"{name} not found") as error:
        load(name)
    assert "\n" not in str(error.value)


def test_a_folder_without_model_is_said_in_a_line(tmp_path):
    with pytest.raises(UserError, match="holds no model yet"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["nobody/no-such-model", "not a name/at all", "-x/y..z"])
def test_a_model_that_the_hub_does_not_give_is_said_in_a_line(name):
    with pytest.raises(UserError, match="hub did not give it") as error:
        load(name)
    assert "\n" not in str(error.value)


def test_a_device_that_is_none_is_refused(run_folder):
    with pytest.raises(UserError, match="device is 'gpu'"):
        load(run_folder, device="gpu")


def test_new_sentences_have_the_usual_temperature_and_given_codes_are_read_greedily(run_folder, tmp_path):
    own = SentenceModel.from_pretrained(run_folder, device="cpu")
    own.game.sampling_temperature, own.game.findings = 0.7, ("a finding; do something",)
    assert own.sample(20, seed=1) == own.sample(20, seed=1, temperature=0.7) != own.sample(20, seed=1, temperature=0.0)
    beams = Decoding(beam_size=2)
    assert own.sample(3, decoding=beams) == own.sample(3, decoding=Decoding(temperature=0.0, beam_size=2))
    codes, greedy = own.encode(["a man sleeps .", "two dogs is running"]), Decoding(temperature=0.0)
    assert own.decode(codes) == own.decode(codes, decoding=greedy)
    assert own.reconstruct(["a man sleeps ."]) == own.reconstruct(["a man sleeps ."], decoding=greedy)
    own.save_pretrained(tmp_path / "model")
    again = SentenceModel.from_pretrained(tmp_path / "model", device="cpu")
    assert (again.game.sampling_temperature, again.game.findings) == (0.7, ("a finding; do something",))
    assert again.sample(20, seed=1) == own.sample(20, seed=1)
    card = (tmp_path / "model" / "README.md").read_text()
    assert "temperature 0.7, the model's usual" in card
    assert "- a finding; do something" in card
