"""What is behind the tabs of the studio: plain functions, without a browser and without Gradio."""

import csv
import html
import io
import json
import math
import re
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import numpy as np
import pytest

from tests.tiny import LABELED, PIXELS, tiny_config, tiny_corpus, tiny_game
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.excerpt import Excerpt
from textgan.errors import UserError
from textgan.estimator import SentenceClassifier
from textgan.recipes import RunConfig
from textgan.sampling import ImageModel, SentenceModel
from textgan.sampling.edit_distance import word_edit_distances
from textgan.scenes import sample
from textgan.settings import Decoding
from textgan.studio.api import endpoints
from textgan.studio.app import TABS
from textgan.studio.classify import classifier_of, classify_rows, classify_sentence, rows_of_file, table_html
from textgan.studio.edit import edit_sentences, edits_html, lines_typed, transfer_sentences
from textgan.studio.gradient import example_pairs, gradient, gradient_csv, gradient_html
from textgan.studio.map import decode_points, draw_map, found_at, map_gradient, map_html, spread_line
from textgan.studio.marks import mark_gone, mark_new
from textgan.studio.nearest import NearestSentences
from textgan.studio.studio import MOST_CHARACTERS, StudioContext, typed_seed
from textgan.studio.write import WriteSettings, neighbors_of, samples_html, write_sentences

ENDS = ("a girl is sleeping .", "an old man in a black coat is cooking soup .")


@pytest.fixture(scope="module")
def studio() -> StudioContext:
    return StudioContext.open("scenes", "cpu")


@pytest.fixture(scope="module")
def tiny_studio(run_folder, corpus_file) -> StudioContext:
    """Of a run whose data is a file."""
    return StudioContext.open(str(run_folder), "cpu")


def plain(text: str) -> str:
    """The text of HTML."""
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", text).split()))


def refused(studio: StudioContext) -> dict[str, str]:
    return {tab.title: tab.refusal(studio) for tab in TABS if tab.refusal(studio)}


def of_tiny(name: str) -> StudioContext:
    config = tiny_config(name, modality="text")
    return StudioContext("tiny", SentenceModel(tiny_game(config), tiny_corpus().tokenizer, RunConfig(name, config)))


def test_words_that_changed_are_marked_and_gone_ones_leave_a_gap():
    assert mark_new("a man is here", "a woman is here") == "a <mark>woman</mark> is here"
    assert mark_gone("a man is here", "a woman is here") == "a <del>man</del> is here"
    assert mark_new("a big red dog", "a dog") == 'a <i class="tg-gap" title="gone: big red"></i> dog'
    assert mark_new("a dog", "a dog") == "a dog"
    assert mark_new("", "a") == "<mark>a</mark>"


def test_sentences_cannot_write_html():
    assert mark_new("x", "<img src=x onerror=alert(1)>").count("<") == 2 * 3
    assert "<script>" not in mark_new("a", "<script>") + mark_gone("<script>", "a")


def test_a_gradient_has_its_ends_and_is_the_same_for_a_seed(studio):
    steps = gradient(studio.sentences, *ENDS, steps=6)
    assert (steps[0].text, steps[-1].text, len(steps)) == (*ENDS, 6)
    assert gradient(studio.sentences, *ENDS, steps=6) == steps
    assert all(0 < step.fluency <= 1 for step in steps)
    texts = [step.text for step in steps]
    assert [step.changed for step in steps] == [0, *word_edit_distances(texts[:-1], texts[1:])]


def test_a_straight_gradient_is_that_of_the_model(studio):
    texts = [step.text for step in gradient(studio.sentences, *ENDS, steps=5, smooth=False)]
    assert texts == studio.sentences.interpolate(*ENDS, steps=5)


def test_a_gradient_is_saved_as_csv_and_written_as_html(studio):
    steps = gradient(studio.sentences, *ENDS, steps=4, smooth=False)
    rows = list(csv.DictReader(io.StringIO(gradient_csv(steps))))
    assert [row["sentence"] for row in rows] == [step.text for step in steps]
    written = gradient_html(steps)
    assert written.count('<li data-step="') == 4
    assert f'data-text="{chr(10).join(s.text for s in steps)}"' in written


@pytest.mark.parametrize("first", ["", "  ", "a " * MOST_CHARACTERS])
def test_a_sentence_must_be_one(studio, first):
    with pytest.raises(UserError, match="the first sentence"):
        gradient(studio.sentences, first, "a man is here .")


def test_a_model_without_logits_or_data_still_has_examples_and_gradients():
    studio = of_tiny("ae")
    for first, last in example_pairs(studio):
        assert len(gradient(studio.sentences, first, last, steps=3)) == 3


def test_the_map_has_real_sentences_and_samples_and_says_how_wide_the_clouds_are(studio):
    found = draw_map(studio, 60)
    assert found.real.tolist() == [True] * 60 + [False] * 60
    assert draw_map(studio, 60) is found
    assert set(found.labels) <= set(studio.sentences.labels)
    assert "the real sentences" in spread_line(found)
    values = json.loads(html.unescape(re.search('data-map="([^"]*)"', map_html(found))[1]))
    assert values["texts"] == found.texts
    assert np.abs(np.array([values["x"], values["y"]]).T - found.points).max() < 1e-3


def test_a_click_reads_what_is_there_and_a_path_is_a_gradient(studio):
    found = draw_map(studio, 60)
    assert decode_points(studio, found, found.points[60:64]) == found.texts[60:64]
    assert found.texts[63] in plain(found_at(studio, found, found.points[63:64].tolist()))
    steps = map_gradient(studio, found, found.points[[60, 61]].tolist())
    assert (steps[0].text, steps[-1].text) == (found.texts[60], found.texts[61])
    assert "tg-walk" in found_at(studio, found, found.points[[60, 61]].tolist())


def test_a_collapsed_generator_is_a_small_cloud(studio):
    found = draw_map(studio, 60)
    found.points[~found.real] *= 0.1
    assert "times as wide" in spread_line(found)
    found.points[~found.real] *= 10


@pytest.mark.parametrize("n", [2, 10**6])
def test_a_map_has_bounds(studio, n):
    with pytest.raises(UserError, match="expected 3 to"):
        draw_map(studio, n)


def test_without_training_sentences_the_map_is_of_samples_alone():
    studio = StudioContext("scenes", StudioContext.open("scenes").model, data="no/such/file.txt")
    found = draw_map(studio, 20)
    assert not found.real.any()
    assert "not here" in spread_line(found)
    assert neighbors_of(studio, ["a"]) == [None]
    assert "copies cannot be found" in samples_html(["a"], 1, [None])


def test_samples_follow_the_seed_and_the_wishes(studio):
    model = studio.sentences
    assert write_sentences(model, WriteSettings(5, seed=3)) == model.sample(5, seed=3)
    assert all("dog" in text.split() for text in write_sentences(model, WriteSettings(3, contains="dog")))
    assert not any("a" in text.split() for text in write_sentences(model, WriteSettings(3, avoid="a, man")))
    with pytest.raises(UserError, match="set temperature"):
        write_sentences(model, WriteSettings(top_k=5))


def test_copies_are_found_and_marked(tiny_studio, corpus_file):
    lines = corpus_file.read_text().splitlines()
    known = tiny_studio.read_texts()
    assert set(known) <= set(lines)
    near = neighbors_of(tiny_studio, [known[7], known[7].replace("is", "was") + " zzz"])
    assert near[0] == (known[7], 0)
    assert near[1] is not None
    assert near[1].distance >= 1
    page = samples_html([known[7]], 2, near[:1], len(known))
    assert "copied" in page
    assert f"1 of 1 stand word for word among {len(known)} training sentences" in plain(page)
    assert "Only 1 of 2" in plain(page)


def test_the_nearest_sentence_is_that_of_least_edit_distance():
    rng = np.random.default_rng(0)
    sentences = [" ".join(f"w{k}" for k in rng.integers(0, 12, rng.integers(2, 8))) for _ in range(200)]
    texts = [" ".join(f"w{k}" for k in rng.integers(0, 12, 6)) for _ in range(40)]
    found = NearestSentences(sentences).nearest(texts)
    least = [int(word_edit_distances([text] * 200, sentences).min()) for text in texts]
    extra = [near.distance - best for near, best in zip(found, least, strict=True) if near is not None]
    assert len(extra) == 40
    assert min(extra) >= 0
    assert np.mean(extra) < 0.3
    assert NearestSentences([]).nearest(["a"]) == [None]


def test_arithmetic_changes_the_word_that_is_added(studio):
    before = ["a man is playing a guitar .", "an old man is sleeping ."]
    after = edit_sentences(studio, before, "woman", "man")
    assert after == edit_sentences(studio, before, "woman", "man")
    assert sum("woman" in text.split() for text in after) >= 1
    assert edit_sentences(studio, before, "woman", "man", scale=0) == studio.sentences.reconstruct(before)
    found = edit_sentences(studio, before, "woman", "man", searching=True)
    assert all("woman" in text.split() for text in found)
    assert "<del>man</del>" in edits_html(before, found)


@pytest.mark.parametrize(
    ("add", "subtract", "searching", "message"),
    [
        ("", "", False, "nothing to add"),
        ("zzz", "", False, "none of 2000 samples holds 'zzz'"),
        ("a man is here .", "", True, "a search needs words"),
        ("\n".join("abcdefghijklmnopqrstuvwxyz"), "", False, "at most 20"),
    ],
)
def test_what_cannot_be_added_is_one_line(studio, add, subtract, searching, message):
    with pytest.raises(UserError, match=message):
        edit_sentences(studio, ["a man is here ."], add, subtract, searching=searching)


def test_lines_are_bounded():
    assert lines_typed(" a \n\n b\n", "it") == ["a", "b"]
    with pytest.raises(UserError, match="it is empty"):
        lines_typed("\n \n", "it")
    with pytest.raises(UserError, match="21 lines"):
        lines_typed("a\n" * 21, "it")


def test_labels_come_with_probabilities_and_the_words_that_speak(studio):
    parts = classifier_of(studio)
    assert parts is not None
    verdict = classify_sentence(parts, ["a woman is playing a flute on stage ."])
    assert verdict.shares[0][0] == "music"
    assert sum(share for _, share in verdict.shares) == pytest.approx(1)
    assert max(verdict.words, key=lambda pair: pair[1])[0] == "flute"
    assert classify_rows(parts, [("a woman is playing a flute on stage .",)])[0][0] == "music"
    with pytest.raises(UserError, match="2 sentences; expected 1"):
        classify_sentence(parts, ["a", "b"])


def test_a_column_of_a_file_is_classified(studio, tmp_path):
    path = tmp_path / "upload.csv"
    path.write_text("number,words\n1,two dogs are running .\n2,a man is playing a flute .\n")
    rows = rows_of_file(str(path), "words")
    labels = classify_rows(classifier_of(studio), rows)
    assert [label for label, _ in labels] == studio.sentences.classify([row[0] for row in rows])
    assert "2 sentences." in plain(table_html(rows, labels))
    with pytest.raises(UserError) as error:
        rows_of_file(str(path), "nothing")
    assert str(tmp_path) not in str(error.value)


def test_uploads_are_bounded(tmp_path):
    path = tmp_path / "upload.txt"
    path.write_text("a\n" * 2_001)
    with pytest.raises(UserError, match="at most 2,000"):
        rows_of_file(str(path))


def test_a_tab_that_a_model_cannot_serve_says_why(studio):
    assert set(refused(studio)) <= {"Training", "Images"}
    assert refused(of_tiny("ae"))["Classify"] == "it learned no labels"
    language_model = refused(of_tiny("lm"))
    assert language_model["Gradient"] == language_model["Map"] == "lm has no codes"
    assert "Write" not in language_model
    config = tiny_config("ae", modality="images")
    model = ImageModel(tiny_game(config, spec=PIXELS), RunConfig("ae", config, ImageConfig()))
    images = StudioContext("digits", model)
    assert {"Gradient", "Map", "Write", "Edit", "Classify"} <= set(refused(images))


def test_a_saved_classifier_without_a_network_only_classifies(tmp_path):
    texts = ["a dog runs", "a dog sits", "dogs run", "a cat sleeps", "a cat eats", "cats sleep"]
    SentenceClassifier().fit(texts, ["dog"] * 3 + ["cat"] * 3).save_pretrained(tmp_path / "saved")
    studio = StudioContext.open(str(tmp_path / "saved"), "cpu")
    parts = classifier_of(studio)
    assert parts is not None
    verdict = classify_sentence(parts, ["a dog runs"])
    assert verdict.shares[0][0] == "dog"
    assert [word for word, _ in verdict.words] == ["a", "dog", "runs"]
    assert set(endpoints(studio)) == {"classify"}
    assert {tab.title for tab in TABS} - set(refused(studio)) == {"Classify"}


def test_an_attribute_is_exchanged_where_the_model_can():
    config = tiny_config("arae_transfer", modality="text")
    corpus = tiny_corpus(spec=LABELED)
    model = SentenceModel(tiny_game(config, spec=LABELED), corpus.tokenizer, RunConfig("arae_transfer", config))
    studio = StudioContext("tiny", model)
    assert transfer_sentences(studio, ["w1 w2 w3"], "yes", 0.5) == model.transfer(
        ["w1 w2 w3"], "yes", decoding=Decoding(guidance=0.5)
    )
    assert endpoints(studio)["transfer"](["w1 w2 w3"], "no") == model.transfer(["w1 w2 w3"], "no")
    with pytest.raises(UserError, match="expected one of no, yes, perhaps"):
        transfer_sentences(studio, ["w1"], "never")


@pytest.mark.parametrize("seed", [None, -1, 0.5, 2**40, float("nan")])
def test_a_seed_that_is_none_is_one_line(seed):
    with pytest.raises(UserError, match=r"the seed is .*; expected 0 to"):
        typed_seed(seed)


def test_an_excerpt_is_read_as_far_as_it_is_needed(corpus_file, tmp_path):
    excerpt = Excerpt(DataConfig(data=str(corpus_file)))
    assert excerpt.read(5) == 5
    assert not excerpt.whole
    first = list(excerpt.sentences)
    assert excerpt.read(10**9) == len(excerpt.sentences) > 250
    assert excerpt.whole
    assert excerpt.sentences[:5] == first
    scenes = Excerpt(DataConfig())
    scenes.read(20)
    assert list(zip(scenes.sentences, scenes.labels, strict=True)) == [(s.text, s.label) for s in sample(20, 0)]
    with pytest.raises(UserError, match="give --data FILE"):
        Excerpt(DataConfig(data="hf:owner/name")).read(1)
    with pytest.raises(UserError, match="no data"):
        Excerpt(DataConfig(data=str(tmp_path / "none"))).read(1)


def test_the_functions_of_the_api_give_json(studio):
    api = endpoints(studio)
    assert set(api) == {"write", "gradient", "points", "edit", "classify"}
    answers = [
        api["write"](2, 0),
        api["gradient"](*ENDS, 3, False),
        api["points"]([[0.0, 0.0]], 60),
        api["edit"](["a man is here ."], "woman", "man"),
        api["classify"](["two dogs are running ."]),
    ]
    assert json.loads(json.dumps(answers)) == answers
    with pytest.raises(UserError, match="expected 1 to 20"):
        api["edit"]([], "woman")
    assert "transfer" not in api


def test_without_gradio_a_line_says_what_to_install(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert 'pip install "textgan[studio]"' in command("studio").complaint


needs_gradio = pytest.mark.skipif(find_spec("gradio") is None, reason="needs gradio")


@needs_gradio
def test_a_port_that_is_taken_is_one_line(command):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port {port} of 127.0.0.1 cannot be served" in command("studio", "--port", port).complaint
    assert "expected 1 to 65535" in command("studio", "--port", 0).complaint


@needs_gradio
def test_a_model_that_is_not_there_is_one_line(command):
    assert "not found" in command("studio", "runs/none", "--port", 47_861).complaint


@pytest.mark.parametrize(
    ("name", "arguments", "part"),
    [
        ("write", ["a"], "n: 'a'; expected a number"),
        ("write", [None], "n: None; expected a number"),
        ("write", [2.5], "n is 2.5; expected a whole number"),
        ("write", [101], "101 sentences; expected 1 to 100"),
        ("write", [2, "a"], "the seed is a; expected 0 to"),
        ("write", [2, 0, "x"], "temperature: 'x'"),
        ("write", [2, 0, 0.0, None], "words wanted: None; expected a text"),
        ("gradient", [*ENDS, "7"], "steps: '7'"),
        ("gradient", [["x"], "b"], "the first sentence is empty"),
        ("points", ["ab"], "expected a list"),
        ("points", [[[1]]], "pairs of numbers"),
        ("points", [[[0, math.inf]]], "expected a number"),
        ("points", [[[0, 0]] * 101], "101 places; expected 1 to 100"),
        ("edit", ["a man", "woman"], "sentences: 'a man'; expected a list"),
        ("edit", [["a man"], 5], "what is added: 5"),
        ("edit", [["a man"], "woman", "", "x"], "scale: 'x'"),
        ("classify", [[5]], "a sentence is empty"),
        ("classify", [{"a": 1}], "expected a list"),
        ("classify", [[["a", "b"]]], "rows of another number"),
    ],
)
def test_a_request_of_another_type_is_one_line(studio, name, arguments, part):
    with pytest.raises(UserError, match=re.escape(part)):
        endpoints(studio)[name](*arguments)


def test_a_sentence_typed_in_two_lines_is_one(studio):
    steps = gradient(studio.sentences, "a girl is\nsleeping .", ENDS[1], steps=3)
    assert steps[0].text == "a girl is sleeping ."
    assert len(re.search('data-text="([^"]*)"', gradient_html(steps))[1].split("\n")) == 3


def test_a_run_without_a_checkpoint_is_no_classifier(tmp_path):
    assert "classifier" not in StudioContext("run", None, run_folder=tmp_path).heading


def test_two_visitors_may_find_at_once_that_the_training_sentences_are_gone():
    studio = StudioContext("none", None, data="no/such/file.txt")
    with ThreadPoolExecutor(8) as pool:
        studio.lock.acquire()
        answers = [pool.submit(studio.first_texts, 5) for _ in range(8)]
        time.sleep(0.1)  # all of them wait for the lock
        studio.lock.release()
        assert [answer.result() for answer in answers] == [([], [])] * 8


def test_data_that_is_named_must_be_there(tmp_path):
    with pytest.raises(UserError, match="no data"):
        StudioContext.open("scenes", "cpu", data=str(tmp_path / "none.txt"))
    config = tiny_config("ae", modality="images")
    ImageModel(tiny_game(config, spec=PIXELS), RunConfig("ae", config, ImageConfig())).save_pretrained(tmp_path / "ae")
    with pytest.raises(UserError, match="--data has no use"):
        StudioContext.open(str(tmp_path / "ae"), "cpu", data="scenes")


def test_a_model_of_the_hub_opens_no_files_of_this_machine(tiny_studio, corpus_file):
    model = tiny_studio.sentences
    assert model.config.data.data == str(corpus_file)
    studio = StudioContext("owner/name", model)
    studio.leave_out_files()
    assert studio.first_texts(3) == ([], [])
    boxed = StudioContext("owner/name", model, data="scenes")
    boxed.leave_out_files()
    assert len(boxed.first_texts(3)[0]) == 3


@needs_gradio
@pytest.mark.parametrize(("page", "line"), [(True, "&lt;unk&gt; is no word"), (False, "<unk> is no word")])
def test_an_error_is_html_on_the_page_and_plain_in_json(studio, page, line):
    import gradio

    from textgan.studio.page import answering

    def refuse() -> None:
        raise UserError("<unk> is\nno word")

    with pytest.raises(gradio.Error) as error:
        answering(studio, refuse, page=page)()
    assert error.value.message == line
