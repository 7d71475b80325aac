"""The model card is what the Hugging Face hub takes, says what was measured, and its lines run as they stand."""

import dataclasses
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard

import textgan
from textgan.recipes import MODELS, recipe
from textgan.recipes.papers import PAPERS
from textgan.sampling import ImageModel, SentenceModel
from textgan.sampling.model_card import CardContent, escaped, model_card, sentence_of
from textgan.training.metric_titles import TITLES, duration, headline, rounded_number
from textgan.training.model_info import Measurements, ModelInfo

TINY: dict[str, Any] = {"batch_size": 4, "threads": 1, "device": "cpu", "precision": "float32", "rounds": 2}
LABELED = [(f"{who} {does} .", does) for who in ("a man", "a dog", "she") for does in ("runs", "sits")] * 10
SMALL = {"hidden_dim": 8, "embedding_dim": 8}


def saved(model: Any, folder: Path, **given: Any) -> ModelCard:
    model.save_pretrained(folder, **given)
    return ModelCard.load(folder / "README.md")


def run_usage(card: ModelCard) -> dict[str, Any]:
    """The block of Python of a card, run."""
    (code,) = re.findall(r"```python\n(.*?)```", card.text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    lines = [line for line in code.splitlines() if line and not line.startswith("import")]
    names["last"] = eval(lines[-1], names)
    return names


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_card_of_sentences_has_what_the_hub_asks_for(model, here):
    card = saved(model, here / "mine", name="Tiny sentences", license="cc-by-4.0", language="en")
    data = card.data
    assert (data.library_name, data.license, data.language) == ("textgan", "cc-by-4.0", ["en"])
    assert (data.pipeline_tag, data.model_name) == ("text-generation", "Tiny sentences")
    assert {"arae", "gan", "arxiv:1706.04223"} == set(data.tags)
    assert data.datasets is None  # a file of one's own is no data set of the hub
    found = {result.metric_type: result for result in data.eval_results}
    measured = model.info.validation.metrics
    assert found["reconstruction_nll"].metric_value == measured["valid.reconstruction_nll"]
    assert found["forward_perplexity"].metric_value == measured["samples.forward_perplexity"]
    assert {result.dataset_name for result in data.eval_results} == {"tiny.txt"}


def test_a_card_of_sentences_says_what_a_person_asks(model, here):
    text = saved(model, here / "mine", license="mit").text
    measured, real = model.info.validation.metrics, model.info.validation.real
    row = f"| {rounded_number(measured['samples.unique'])} | {rounded_number(real['samples.unique'])} |"
    assert f"| share of distinct samples {row}" in text
    assert f"tiny.txt: {model.info.examples:,} sentences of at most 15 tokens" in text
    assert "12 rounds in batches of 8" in text
    assert "mit, for these weights" in text
    assert "after round 12" in text
    assert "@inproceedings{zhao2018," in text
    assert all(f"- {escaped(sentence)}" in text for sentence in model.sample(10, seed=0))
    assert len(text.splitlines()) < 90


def test_without_a_licence_the_card_says_so(model, here):
    card = saved(model, here / "mine")
    assert card.data.license is None
    assert "Not stated" in card.text


def test_the_lines_of_a_card_of_sentences_run(model, here):
    names = run_usage(saved(model, here / "mine", dtype="int8"))
    assert isinstance(names["model"], SentenceModel)
    assert len(names["last"]) == 7


def test_the_lines_of_a_card_with_labels_run(here):
    model = textgan.train("ae", data=LABELED, settings=SMALL, **TINY)
    card = saved(model, here / "a \"b\" 'c'")
    assert run_usage(card)["last"][0] in ("runs", "sits")
    assert card.data.pipeline_tag == "text-classification"
    assert "## Labels\n\n2, with their shares" in card.text
    assert re.search(r"runs \(\d\d\.\d%\), sits \(\d\d\.\d%\)", card.text)
    assert "in memory: " in card.text
    assert str(here) not in card.text


def test_the_lines_of_a_card_of_exchanged_labels_run(here):
    model = textgan.train("arae_transfer", data=LABELED, settings=SMALL, **TINY)
    card = saved(model, here / "mine")
    assert card.data.pipeline_tag == "text-generation"
    assert "gives a sentence another label" in card.text
    assert isinstance(run_usage(card)["last"][0], str)


def test_a_language_model_has_no_codes_in_its_card(here):
    model = textgan.train("lm", data=[text for text, _ in LABELED], settings=SMALL, **TINY)
    card = saved(model, here / "mine")
    assert "codes" not in card.text
    assert len(run_usage(card)["last"]) == 5


@pytest.mark.parametrize(
    ("name", "settings", "task"),
    [
        ("ae", {}, "unconditional-image-generation"),
        ("ali", {"conditional": True}, None),
        ("ali", {"semi_supervised": True}, "unconditional-image-generation"),
    ],
)
def test_the_lines_of_a_card_of_images_run(here, name, settings, task):
    x = np.random.default_rng(0).integers(0, 256, (40, 28, 28)).astype(np.uint8)
    model = textgan.train(name, data=(x, np.arange(40) % 2), settings=settings, **TINY)
    card = saved(model, here / "mine", license="mit")
    assert card.data.pipeline_tag == task
    assert card.data.language is None
    assert ("model-index" in card.data.to_dict()) == (task is not None)
    assert "36 images of 1 x 28 x 28" in card.text
    names = run_usage(card)
    assert isinstance(names["model"], ImageModel)
    assert names["x"].shape == (2, 1, 28, 28)
    assert "Measured on validation data in training, after round 2." in card.text


def content(**changes: Any) -> CardContent:
    """A card of made-up values."""
    known: dict[str, Any] = {
        "model": "arae",
        "info": ModelInfo(),
        "modality": "text",
        "task": "text-generation",
    } | changes
    config = recipe(known.pop("model"), None, known["modality"])
    if "data" in known:
        config = dataclasses.replace(config, data=dataclasses.replace(config.data, data=known.pop("data")))
    made: dict[str, Any] = {
        "place": "me/mine",
        "abilities": "It does.",
        "usage": (),
        "data_shape": "sentences",
        "sizes": "Small",
    }
    return CardContent(**(made | {"config": config} | known))


def test_datasets_of_the_hub_are_named_and_others_are_not():
    known = {"hf:nyu-mll/glue/sst2": ["nyu-mll/glue"], "hf:imdb,my.txt": ["imdb"], "hf:./mine": None, "scenes": None}
    for data, expected in known.items():
        assert ModelCard(model_card(content(data=data))).data.datasets == expected


def test_an_evaluation_is_shown_in_place_of_the_last_look():
    look = Measurements(5, {"valid.token_accuracy": 0.25})
    metrics = {"token_accuracy": 0.5, "mauve": 0.75, "strange": 1.0, "accuracy_tfidf": 0.625}
    evaluated = Measurements(7, metrics, {"mauve": 0.875})
    card = ModelCard(model_card(content(info=ModelInfo(validation=look, evaluation=evaluated))))
    text = card.text
    assert {result.metric_type for result in card.data.eval_results} == {"token_accuracy", "mauve"}
    assert "TF-IDF, from the same labels | 0.625 |" in text
    assert "Measured by `textgan evaluate` on validation data, after round 7." in text
    assert "| MAUVE of samples (higher is better) | 0.75 | 0.875 |" in text
    assert "0.25" not in text
    assert "strange" not in text


def test_without_measurements_there_is_no_table_and_no_model_index():
    card = ModelCard(model_card(content()))
    assert "How well" not in card.text
    assert "model-index" not in card.data.to_dict()


def test_many_labels_are_cut_and_said():
    text = model_card(content(labels=tuple(map(str, range(50)))))
    assert "50: 0, 1, " in text
    assert ", 19, and 30 more in config.json." in text


def test_what_would_be_markup_is_shown_as_it_stands():
    info = ModelInfo(name="a: [b] <c>")
    card = ModelCard(model_card(content(info=info, samples=("<unk> | x",), labels=("*a*",), findings=("# b",))))
    for shown in (r"# a: \[b\] \<c\>", r"- \<unk\> \| x", r"\*a\*", r"- \# b"):
        assert shown in card.text


@pytest.mark.parametrize("model", MODELS)
def test_every_paper_is_cited(model):
    text = model_card(content(model=model, modality=next(iter(MODELS[model].defaults))))
    paper = PAPERS.get(model)
    assert ("@inproceedings" in text) == (paper is not None)
    if paper is not None:
        assert paper.short in text
        assert paper.bibtex in text


def test_papers_are_of_models_that_there_are():
    assert set(PAPERS) <= set(MODELS)
    assert set(MODELS) - set(PAPERS) == {"ae"}
    assert PAPERS["vae"].short == "Kingma and Welling 2014"
    assert PAPERS["lm"].line.startswith("Mikolov et al. 2010, Recurrent Neural Network")


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123456, "0.1235"), (1234.5, "1,234"), (1, "1"), (-2000.0, "-2,000"), (0.0, "0")]
)
def test_numbers_have_four_digits(value, shown):
    assert rounded_number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(6.294, "6.29 seconds"), (210, "3.5 minutes"), (43_200, "12 hours"), (200_000, "2.31 days")]
)
def test_times_have_the_largest_unit_that_fits(seconds, shown):
    assert duration(seconds) == shown


def test_measurements_in_training_have_the_titles_of_evaluation():
    titles = TITLES["text"]
    assert headline({"valid.error": 0.1, "samples.unique": 1, "other": 2}, "text") == {
        "samples.unique": titles["unique"], "valid.error": titles["error"],
    }  # fmt: skip


def test_parts_are_joined_as_one_speaks():
    assert [sentence_of(parts) for parts in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


def test_a_copy_of_a_saved_model_loads_wherever_it_is(model, here):
    model.save_pretrained("mine", license="mit")
    shutil.copytree("mine", "other")
    assert textgan.load("other", "cpu").info.license == "mit"
