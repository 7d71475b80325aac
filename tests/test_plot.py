"""`textgan plot`: each picture of each model, what is in it, and bad input in one line."""

import html
import re
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from tests.tiny import PIXELS, POINTS, tiny_config, tiny_game
from textgan.data.config import ImageConfig
from textgan.evaluation.examples import (
    EncodedExamples,
    codes_on_map,
    encoded_images,
    generated_codes,
    save_training_map,
)
from textgan.pictures.curves import Curve, Curves, save_curves
from textgan.pictures.figures import FIGURE_COLORS
from textgan.pictures.gradients import WordChange, save_sentence_paths, word_changes
from textgan.pictures.latents import distances, effective_dimensions, save_latents, spectrum
from textgan.pictures.maps import MapPicture, save_map
from textgan.recipes import RunConfig
from textgan.sampling import ImageModel
from textgan.training.panels import PANELS, log_panels, runs_panels

RNG = np.random.default_rng(0)
REAL, MADE = RNG.normal(size=(60, 2)).astype("f"), RNG.normal(size=(40, 2)).astype("f")


def of_images(name: str, spec=PIXELS) -> ImageModel:
    config = tiny_config(name, modality="images")
    return ImageModel(tiny_game(config, spec=spec), RunConfig(name, config, data=ImageConfig(data="digits")))


def size(path: Path) -> tuple[int, int]:
    with PIL.Image.open(path) as picture:
        return picture.size


def texts_of(path: Path) -> set[str]:
    """What stands in an SVG: matplotlib draws letters, and leaves the words in comments."""
    return {html.unescape(text) for text in re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_same_drawing_gives_the_same_bytes_and_nothing_else(tmp_path, suffix):
    picture = MapPicture(REAL, MADE, (0.5, 0.25), ["a", "b"] * 30, ["a dog ."] * 60)
    for name in ("x", "y"):
        save_map(tmp_path / (name + suffix), picture, "Title", "Note")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x" + suffix, "y" + suffix]
    x, y = ((tmp_path / (name + suffix)).read_bytes() for name in ("x", "y"))
    assert x == y
    assert x.startswith({".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix])


def test_a_map_says_how_many_there_are_of_what_and_names_the_labels(tmp_path):
    labels = [["dogs", "cats", ""][i % 3] for i in range(60)]
    texts = [f"sentence $number$ {i} <b>" for i in range(60)]
    save_map(tmp_path / "map.svg", MapPicture(REAL, MADE, (0.5, 0.25), labels, texts, "images"), "A $title_1$ & more")
    written = texts_of(tmp_path / "map.svg")
    assert {"60 real images", "40 samples", "dogs", "cats", "label not known", "A $title_1$ & more"} <= written
    assert "first principal direction, 50 % of the variance" in written
    assert sum(line.startswith("sentence $number$") for line in written) == 8
    save_map(tmp_path / "plain.svg", MapPicture(REAL, MADE, (0.0, 0.0)))
    assert texts_of(tmp_path / "plain.svg") == {"60 real sentences", "40 samples"}


def test_labels_beyond_those_that_can_be_told_apart_are_counted(tmp_path):
    labels = [str(i % 25) for i in range(60)]
    picture = MapPicture(REAL, MADE, (0.5, 0.25), labels)
    assert picture.names == [str(i) for i in range(25)]
    save_map(tmp_path / "map.svg", picture)
    assert {"5 other labels", "19"} <= texts_of(tmp_path / "map.svg")


def test_colors_differ_in_lightness_or_hue_for_color_blind_eyes():
    """Apart in the red-green-blind projection of Machado et al. 2009 (deuteranopia, severity 1)."""
    project = np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]])
    seen = [project @ (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) / 255) for c in FIGURE_COLORS]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 0.1


def test_words_that_changed_are_in_reading_order():
    same, new, gone = (lambda words, change=change: WordChange(words, change) for change in ("same", "new", "gone"))
    assert word_changes("a man sleeps .", "a dog sleeps .") == [same("a"), new("dog"), same("sleeps .")]
    assert word_changes("a man sleeps .", "a man .") == [same("a man"), gone("sleeps"), same(".")]
    assert word_changes("a .", "") == [gone("a .")]
    assert word_changes("", "") == []


def test_gradients_of_sentences_are_as_tall_as_they_have_lines(tmp_path):
    short, long = [["a b", "a c"]], [["a b", "a c", "a c d", ""], ["x $y_1$", "x"]]
    save_sentence_paths(tmp_path / "a.png", short)
    save_sentence_paths(tmp_path / "b.png", long, "Title", "Note")
    assert size(tmp_path / "a.png")[1] < size(tmp_path / "b.png")[1]
    save_sentence_paths(tmp_path / "c.svg", long)
    assert {"x $y_1$", "a c", "d"} <= texts_of(tmp_path / "c.svg")


def test_characters_of_no_font_are_counted_in_a_line(tmp_path, caplog):
    save_sentence_paths(tmp_path / "a.png", [["a \U000f1234 b", "a \U000f1235"]])
    assert [record.getMessage().partition(" in /")[0] for record in caplog.records] == [
        "2 characters are in no font here and stand as boxes"
    ]


def test_curves_of_the_log_stand_together_train_beside_validation():
    lines = [{"round": r, "reconstruction": 3.0, "other": float(r), "seconds": 1.0} for r in (1, 2)]
    lines += [{"round": 2, "valid.reconstruction_nll": 2.5, "samples.forward_perplexity": float("inf")}]
    panels = log_panels(lines)
    assert [panel.title for panel in panels] == [
        "reconstruction (lower is better)",
        "perplexities (lower is better)",
        "other",
    ]
    assert [(c.name, list(c.points)) for c in panels[0].curves] == [
        ("training, as in the loss", [(1, 3.0), (2, 3.0)]),
        ("validation", [(2, 2.5)]),
    ]
    assert log_panels([]) == []


def test_two_runs_share_a_plot_for_each_measurement():
    a, b = ([{"round": 1, "reconstruction": value, "valid.reconstruction_nll": 2 * value}] for value in (1.0, 2.0))
    panels = runs_panels({"a": a, "b": b})
    assert [panel.title for panel in panels] == [
        "reconstruction (lower is better): training, as in the loss",
        "reconstruction (lower is better): validation",
    ]
    assert [(curve.name, list(curve.points)) for curve in panels[1].curves] == [("a", [(1, 2.0)]), ("b", [(1, 4.0)])]


def test_each_measurement_has_one_plot():
    names = [name for panel in PANELS for name in panel.curves]
    assert len(names) == len(set(names))
    assert len({panel.title for panel in PANELS}) == len(PANELS)


def test_curves_are_drawn_where_numbers_are_not_finite(tmp_path):
    panel = Curves("t", [Curve("c", [(1, float("nan")), (2, 1.0)]), Curve("none", [(1, float("inf"))])], "round", "y")
    save_curves(tmp_path / "c.png", [panel, panel], "Title")
    assert size(tmp_path / "c.png")[0] > 500


def test_the_spectrum_is_that_of_the_covariance_and_counts_directions():
    codes = np.zeros((4, 3))
    codes[:, 0], codes[:, 1] = [3, -3, 3, -3], [1, 1, -1, -1]
    np.testing.assert_allclose(spectrum(codes), [12, 4 / 3, 0], atol=1e-9)
    assert effective_dimensions(np.array([2.0, 2.0, 0.0])) == 2
    assert effective_dimensions(np.zeros(3)) == 0
    np.testing.assert_allclose(np.sort(distances(codes)), [2, 2, 6, 6, 40**0.5, 40**0.5])


def test_codes_that_have_collapsed_are_drawn_too(tmp_path):
    real, collapsed = RNG.normal(size=(50, 5)), np.ones((30, 5))
    save_latents(tmp_path / "l.svg", real, collapsed)
    assert {"generated: 0.0 effective directions", "generated: 0 of 5 in use"} <= texts_of(tmp_path / "l.svg")


@pytest.mark.parametrize(("name", "spec"), [("ae", PIXELS), ("ali", POINTS), ("dcgan", PIXELS)])
def test_maps_of_images_and_points(name, spec, tmp_path):
    model = of_images(name, spec)
    x = RNG.uniform(-1, 1, (12, *spec.shape)).astype("f")
    real = encoded_images(model, x, np.array([0, 1, -1] * 4))
    picture = codes_on_map(model, real, 9)
    assert (picture.real.shape, picture.sampled.shape, picture.names) == ((12, 2), (9, 2), ["0", "1"])
    assert picture.examples == ("images" if spec.is_image else "points")
    save_training_map(model, real, tmp_path, 3)
    save_training_map(model, EncodedExamples(real.codes[:2]), tmp_path, 4)
    assert [path.name for path in tmp_path.iterdir()] == ["round-00000003-map.png"]


def test_the_label_in_the_codes_of_a_conditional_model_is_not_drawn():
    config = tiny_config("ali", conditional=True)
    model = ImageModel(tiny_game(config, spec=PIXELS), RunConfig("ali", config, data=ImageConfig(data="digits")))
    real = encoded_images(model, RNG.uniform(-1, 1, (6, 1, 8, 8)).astype("f"), np.arange(6) % 3)
    assert real.codes.shape[1] == generated_codes(model, 4).shape[1] == model.code_dim - 3


@pytest.mark.parametrize("what", ["map", "latents", "gradient", "curves"])
def test_a_run_of_sentences_is_drawn(what, run_folder, command, tmp_path):
    output = tmp_path / "x.svg"
    n = [] if what == "curves" else ["-n", 20]
    done = command("plot", run_folder, "--what", what, *n, "--output", output, "--title", "My title")
    assert (done.code, done.out) == (0, ""), done.err
    assert "My title" in texts_of(output)
    assert [path.name for path in tmp_path.iterdir()] == ["x.svg"]


def test_a_gradient_has_the_ends_that_are_given(run_folder, command, tmp_path):
    ends = "a man sleeps .", "two dogs sits at home ."
    assert (
        command(
            "plot", run_folder, *ends, "--what=gradient", "--steps=4", "--smooth", f"--output={tmp_path}/x.svg"
        ).code
        == 0
    )
    assert "a man sleeps ." in texts_of(tmp_path / "x.svg")


def test_the_box_is_drawn_without_reading_a_corpus(command, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTGAN_CACHE", str(tmp_path / "cache"))
    assert command("plot", "scenes", "-n", 30, "--output", tmp_path / "x.svg").code == 0
    assert {"30 real sentences", "30 samples", "sport"} <= texts_of(tmp_path / "x.svg")
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("{run}", "--output is missing"),
        ("{run} --output {tmp}/x.jpg", "a name in .png, .svg or .pdf"),
        ("{run} --output {tmp}/none/x.png", "existing folder"),
        ("{run} --output {tmp}/x.png -n 0", "-n is 0"),
        ("{run} --output {tmp}/x.png --what histogram", "--what is histogram"),
        ("{run} --output {tmp}/x.png --smooth", "--smooth has no use for --what map"),
        ("{run} a b --output {tmp}/x.png", "'a' has no use for --what map"),
        ("{run} --what curves -n 5 --output {tmp}/x.png", "-n has no use for --what curves"),
        ("{run} a --what gradient --output {tmp}/x.png", "one sentence"),
        ("{run} a b --what gradient -n 3 --output {tmp}/x.png", "-n has no use"),
        ("{run} --what gradient --steps 100000 --output {tmp}/x.png", "--steps is 100000"),
        ("{run} --data nowhere.txt --output {tmp}/x.png", "nowhere.txt"),
        ("scenes --what curves --output {tmp}/x.png", "no log of its training"),
        ("nothing-here --what curves --output {tmp}/x.png", "nothing-here not found"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(arguments, part, run_folder, command, tmp_path):
    words = arguments.format(run=run_folder, tmp=tmp_path).split()
    assert part in command("plot", *words).complaint
    assert list(tmp_path.iterdir()) == []
