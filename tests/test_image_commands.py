"""The command line with models of images: pictures and arrays in and out, and bad input in one line."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from textgan.cli.train import read_arguments
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.images import ImageData, open_images
from textgan.errors import UserError
from textgan.evaluation.images.lines import line_scores
from textgan.evaluation.images.validation import save_pictures, spread_images, validate
from textgan.models import build
from textgan.recipes import MODELS, RunConfig, recipe
from textgan.sampling import ImageModel, load
from textgan.sampling.base import line
from textgan.training.checkpoint import write_model

SHAPE = (1, 28, 28)
TINY = {"depth": 2, "channels": (4, 8), "encoder_dims": (8,), "decoder_dims": (8,), "discriminator_dims": (8,)}


def tiny_model(name: str, settings: dict[str, object] | None = None, **data: object) -> ImageModel:
    """A model as its training begins, on the CPU."""
    config = recipe(name, None, "images")
    sizes = {k: v for k, v in TINY.items() if k in MODELS[name].__dataclass_fields__}
    changed = dataclasses.replace(config.settings, **sizes, **settings or {})
    config = dataclasses.replace(config, settings=changed, data=ImageConfig(**data))  # type: ignore[arg-type]
    torch.manual_seed(0)
    game = build(changed, data_of(config).spec)
    game.eval()
    return ImageModel(game, config)


def data_of(config: RunConfig) -> ImageData:
    assert isinstance(config.data, ImageConfig)
    return open_images(config.data)


def saved(model: ImageModel, folder: Path) -> Path:
    folder.mkdir()
    write_model(folder, model.network, None, model.config)
    return folder


@pytest.fixture(scope="module")
def image_run(tmp_path_factory) -> Path:
    """A run of three rounds on digits."""
    out = tmp_path_factory.mktemp("image-runs") / "acai"
    sizes = ["--depth=2", "--batch-size=8", "--threads=1", "--device=cpu", "--precision=float32"]
    arguments = ["train", "acai", "--data=digits", "--rounds=3", f"--out={out}", *sizes]
    done = subprocess.run([sys.executable, "-m", "textgan", *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def image_model(image_run) -> ImageModel:
    model = load(image_run, "cpu")
    assert isinstance(model, ImageModel)
    return model


@pytest.fixture
def images(tmp_path) -> dict[str, Path]:
    """Two pictures and arrays of four images."""
    x = np.random.default_rng(0).uniform(-1, 1, (4, *SHAPE)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", x=x)
    for name, shade in (("black", 0), ("white", 255)):
        PIL.Image.new("RGB", (40, 50), (shade,) * 3).save(tmp_path / f"{name}.png")
    return {p.name: p for p in tmp_path.iterdir()}


def size(path: Path) -> tuple[int, int]:
    with PIL.Image.open(path) as picture:
        return picture.size


def test_training_leaves_pictures_and_measurements(image_run):
    drawn = {p.name for p in (image_run / "samples").iterdir()}
    pictures = ("samples", "reconstructions", "interpolations", "map")
    assert drawn == {f"round-0000000{number}-{what}.png" for number in (1, 2, 3) for what in pictures}
    last = json.loads((image_run / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"valid.pixel_error", "codes.norm_generated"} <= set(last)


def test_samples_are_a_grid_or_those_of_the_library(command, image_run, image_model, tmp_path):
    assert command("sample", image_run, "-n", 64, "--output", tmp_path / "grid.png") == (0, "", "")
    assert size(tmp_path / "grid.png") == (8 * 84 + 7 * 2,) * 2
    for name in ("x.npy", "x.npz"):
        assert command("sample", image_run, "-n", 5, "--seed", 3, "--output", tmp_path / name).code == 0
    expected = image_model.sample(5, seed=3)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), expected)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npz")["x"], expected)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["grid.png", "x.npy", "x.npz"]


def test_an_interpolation_is_a_row_between_two_pictures(command, image_run, image_model, images, tmp_path):
    ends = images["black.png"], images["white.png"]
    assert command("interpolate", image_run, *ends, "--output", tmp_path / "row.png").code == 0
    assert size(tmp_path / "row.png") == (8 * 84 + 7 * 2, 84)
    flags = ["--steps", 3, "--path", "slerp", "--output", tmp_path / "row.npy"]
    assert command("interpolate", image_run, *ends, *flags).code == 0
    expected = image_model.interpolate(-np.ones(SHAPE), np.ones(SHAPE), 3, "slerp")
    np.testing.assert_allclose(np.load(tmp_path / "row.npy"), expected, atol=1e-6)


def test_pictures_and_arrays_are_reconstructed_in_order(command, image_run, image_model, images, tmp_path):
    given = images["white.png"], images["x.npy"], images["black.png"]
    assert command("reconstruct", image_run, *given, "--output", tmp_path / "back.npy").code == 0
    x = np.concatenate([np.ones((1, *SHAPE)), np.load(images["x.npy"]), -np.ones((1, *SHAPE))])
    np.testing.assert_allclose(np.load(tmp_path / "back.npy"), image_model.reconstruct(x), atol=1e-6)
    assert command("reconstruct", image_run, *given, "--output", tmp_path / "back.png").code == 0
    assert size(tmp_path / "back.png") == (6 * 84 + 5 * 2, 2 * 84 + 2)


def test_without_files_the_runs_own_images_are_reconstructed(command, image_run, tmp_path):
    assert command("reconstruct", image_run, "--output", tmp_path / "back.npy").code == 0
    assert np.load(tmp_path / "back.npy").shape == (64, *SHAPE)


def test_codes_of_files_are_those_of_the_library(command, image_run, image_model, images, tmp_path):
    for name in ("x.npy", "x.npz"):
        assert command("encode", image_run, images[name], "--output", tmp_path / "z.npy").code == 0
        np.testing.assert_array_equal(np.load(tmp_path / "z.npy"), image_model.encode(np.load(images["x.npy"])))


def test_codes_of_the_runs_own_images_come_with_labels(command, image_run, image_model, tmp_path):
    flags = ["--split", "test", "--limit", 20, "--output", tmp_path / "z.npz"]
    assert command("encode", image_run, *flags).code == 0
    codes = np.load(tmp_path / "z.npz")
    assert codes["z"].shape == (20, image_model.code_dim)
    assert codes["labels"].shape == (20,)
    assert set(codes["labels"]) <= set(range(10))


def evaluated(command, model: object, path: Path, *flags: object) -> dict[str, object]:
    outcome = command("evaluate", model, "--json", path, *flags)
    assert outcome.code == 0, outcome.err
    result: dict[str, object] = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    table = {line.split()[0] for line in outcome.out.splitlines()}
    assert set(result) - table - {"round"} == {"findings", "real", "notes"}
    return result


def test_an_evaluation_is_a_table_and_a_file(command, image_run, tmp_path):
    flags = ["-n", 60, "--limit", 120, "--split", "test", "--steps", 2]
    groups = "reconstruction,codes,clustering,memorization,critic"
    result = evaluated(command, image_run, tmp_path / "e.json", *flags, "--metrics", groups)
    assert {"pixel_error", "clustering_accuracy", "nearest_neighbor_ratio"} <= set(result)
    assert {"wasserstein_critic", "wasserstein_critic_test", "wasserstein_critic_noise"} <= set(result)
    notes, real = result["notes"], result["real"]
    assert isinstance(notes, dict)
    assert isinstance(real, dict)
    said = {"data": "digits", "split": "test", "samples": "60", "real_images": "120 test"}
    assert said.items() <= notes.items()
    assert "steps 2, " in notes["critic"]
    assert real["nearest_neighbor_distance"] > 0


@pytest.mark.slow
def test_all_that_fits_is_measured_and_the_judge_is_named(command, image_run, tmp_path):
    result = evaluated(command, image_run, tmp_path / "e.json", "-n", 100, "--limit", 1200, "--steps", 2)
    assert {"probe_accuracy", "linear_probe_accuracy", "svm_error_100", "clustering_accuracy"} <= set(result)
    assert {"inception_score", "frechet_distance", "kernel_distance", "class_histogram_distance"} <= set(result)
    notes, real = result["notes"], result["real"]
    assert isinstance(notes, dict)
    assert isinstance(real, dict)
    assert "sha256" in notes["classifier"]
    assert 5 < real["inception_score"] <= 10
    assert real["classes_covered"] == 10
    assert 0 < real["within_class_diversity"] < real["sample_diversity"] < 1


@pytest.mark.slow
def test_modes_of_stacked_digits_are_counted_by_channel(command, tmp_path):
    folder = saved(tiny_model("dcgan", data="digits", color_digits=True), tmp_path / "stacked")
    result = evaluated(command, folder, tmp_path / "e.json", "-n", 100, "--limit", 500, "--metrics", "modes,samples")
    real = result["real"]
    assert isinstance(real, dict)
    assert 50 < real["modes"] <= 100
    assert {"modes", "mode_kl", "inception_score"} <= set(result)


def test_only_the_measurements_that_are_asked_for_are_made(command, image_run, tmp_path):
    result = evaluated(command, image_run, tmp_path / "e.json", "-n", 20, "--metrics", "codes")
    assert set(result) - {"round"} == {"code_norm", "code_mean", "code_variance", "findings", "real", "notes"}


def test_the_bound_of_a_variational_autoencoder_is_measured(command, tmp_path):
    folder = saved(tiny_model("vae", data="digits", binarize="threshold"), tmp_path / "vae")
    result = evaluated(command, folder, tmp_path / "e.json", "-n", 4, "--limit", 20, "--metrics", "likelihood")
    assert result["negative_elbo"] == pytest.approx(result["elbo_reconstruction_nll"] + result["elbo_kl"])
    assert result["elbo_kl"] < result["importance_weighted_nll"] < result["negative_elbo"]
    notes = result["notes"]
    assert isinstance(notes, dict)
    assert notes["likelihood"] == "20 held-out images, 100 codes each; upper bounds of -log p(x)"


def test_lines_are_measured_beside_their_control(command, tmp_path):
    folder = saved(tiny_model("acai", data="lines"), tmp_path / "lines")
    result = evaluated(command, folder, tmp_path / "e.json", "-n", 20, "--limit", 100, "--metrics", "lines")
    assert isinstance(result["mean_distance"], float)
    assert isinstance(result["smoothness_nan"], float)
    assert result["mean_distance_of_cross_fade"] == pytest.approx(6.3e-3, rel=0.2)
    assert result["smoothness_of_cross_fade"] == pytest.approx(0.89, abs=0.1)


def test_lines_are_scored_on_straight_ways_whatever_the_model_prefers():
    model = tiny_model("vae", data="lines")
    assert model.network.path == "slerp"
    x = spread_images(data_of(model.config).valid, 256)[0]
    ends = zip(model.encode(x[:64]), model.encode(x[64:128]), strict=True)
    codes = np.concatenate([np.linspace(a, b, 16) for a, b in ends])
    expected = line_scores(model.decode(codes).reshape(64, 16, 1, 32, 32))["mean_distance"]
    assert validate(model, data_of(model.config))["lines.mean_distance"] == pytest.approx(expected, rel=1e-4)


def test_a_flag_of_images_says_what_a_dataset_of_the_hub_holds():
    config, _, _ = read_arguments(["arae", "--data", "hf:ylecun/mnist", "--binarize", "dynamic"])
    assert config.data == ImageConfig(data="hf:ylecun/mnist", binarize="dynamic")
    config, _, _ = read_arguments(["arae", "--data", "hf:owner/sentences"])
    assert isinstance(config.data, DataConfig)


def test_data_without_train_labels_is_measured_without_classes(command, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (60, *SHAPE[1:])).astype(np.uint8)
    np.savez(tmp_path / "x.npz", x_train=x, x_test=x[:20], y_test=rng.integers(0, 3, 20))
    folder = saved(tiny_model("ae", data=str(tmp_path / "x.npz")), tmp_path / "run")
    complaint = command("evaluate", folder, "--split", "test", "--metrics", "probe").complaint
    assert "'probe' does not fit" in complaint


def test_modes_of_points_are_counted_beside_those_of_the_data(command, tmp_path):
    folder = saved(tiny_model("ali", data="mixture"), tmp_path / "mixture")
    flags = ["-n", 2000, "--limit", 2000, "--metrics", "reconstruction,modes"]
    result = evaluated(command, folder, tmp_path / "e.json", *flags)
    real = result["real"]
    assert isinstance(real, dict)
    assert real["modes"] == 25
    assert real["high_quality"] == pytest.approx(0.989, abs=0.01)
    assert {"modes", "high_quality", "point_rmse"} <= set(result)


def test_points_go_in_and_out_as_arrays(command, tmp_path):
    model = tiny_model("ali", data="mixture")
    folder = saved(model, tmp_path / "mixture")
    np.save(tmp_path / "a.npy", np.array([4.0, -4.0]))
    np.save(tmp_path / "b.npy", np.array([[0.0, 2.0]]))
    assert command("sample", folder, "--output", tmp_path / "x.png").code == 0
    flags = ["--steps", 5, "--output", tmp_path / "path.npy"]
    assert command("interpolate", folder, tmp_path / "a.npy", tmp_path / "b.npy", *flags).code == 0
    expected = model.interpolate(np.array([4.0, -4.0]), np.array([0.0, 2.0]), 5)
    np.testing.assert_allclose(np.load(tmp_path / "path.npy"), expected, atol=1e-5)


def test_binary_images_are_read_and_sampled_as_such(command, tmp_path):
    model = tiny_model("arae", data="digits", binarize="threshold")
    folder = saved(model, tmp_path / "binary")
    grey = np.random.default_rng(0).uniform(-1, 1, (3, *SHAPE)).astype(np.float32)
    np.save(tmp_path / "grey.npy", grey)
    command("encode", folder, tmp_path / "grey.npy", "--output", tmp_path / "z.npy")
    np.testing.assert_allclose(np.load(tmp_path / "z.npy"), model.encode(np.where(grey > 0, 1, -1)), atol=1e-6)
    command("sample", folder, "--output", tmp_path / "mean.npy")
    command("sample", folder, "--discrete", "--output", tmp_path / "x.npy")
    mean = np.load(tmp_path / "mean.npy")
    assert len(np.unique(mean)) > 2
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), np.where(mean > 0, 1, -1))


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("acai", {"data": "digits"}, {"valid.pixel_error"}),
        ("arae", {"data": "digits", "binarize": "threshold"}, ("valid.pixel_error", "valid.reconstruction_nll")),
        ("acai", {"data": "lines"}, {"lines.mean_distance"}),
        ("ali", {"data": "mixture"}, ("samples.modes", "samples.high_quality")),
        ("dcgan", {"data": "digits", "color_digits": True}, {"valid.pixel_error"}),
    ],
    ids=str,
)
def test_a_look_leaves_the_model_as_it_was(name, data, wanted, tmp_path):
    model = tiny_model(name, **data)
    model.network.train()
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    numbers = validate(model, data_of(model.config))
    save_pictures(model, data_of(model.config), tmp_path, 7)
    assert {*wanted, "codes.norm_generated", "codes.norm_real"} <= set(numbers)
    assert all(np.isfinite(v) for v in numbers.values())
    assert numbers == validate(model, data_of(model.config))
    assert model.network.training
    assert all(torch.equal(v, before[k]) for k, v in model.network.state_dict().items())
    kinds = ["map", "points"] if name == "ali" else ["interpolations", "map", "reconstructions", "samples"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"round-00000007-{kind}.png" for kind in kinds]


@pytest.mark.parametrize("name", [name for name, config in MODELS.items() if "images" in config.defaults])
def test_every_model_of_images_is_described(command, name):
    outcome = command("describe", name, "--data", "digits")
    assert outcome.code == 0, outcome.err
    assert "turns of round 0" in outcome.out


def test_a_description_depends_on_the_data(command):
    digits, points = (command("describe", "ali", "--data", data).out for data in ("digits", "mixture"))
    assert digits != points


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("sample {run}", "--output is missing"),
        ("sample {run} --output {tmp}/x.jpg", "x.jpg"),
        ("sample {run} --output {tmp}/no/x.png", "x.png cannot be written"),
        ("sample {run} -n -1 --output {tmp}/x.png", "n is -1"),
        ("sample {run} -n 0 --output {tmp}/x.png", "no images"),
        ("sample {run} --seed -1 --output {tmp}/x.png", "seed is -1"),
        ("sample {run} --temperature 1 --output {tmp}/x.png", "--temperature has no use for a model of images"),
        ("sample {run} --beam-size 3 --output {tmp}/x.png", "--beam-size has no use for a model of images"),
        ("sample {text} --discrete", "--discrete has no use for a model of sentences"),
        ("interpolate {run} {tmp}/black.png {tmp}/white.png", "--output is missing"),
        ("interpolate {run} {tmp}/black.png {tmp}/none.png --output {tmp}/row.png", "none.png not found"),
        ("interpolate {run} {tmp}/black.png {tmp}/x.npy --output {tmp}/row.png", "x.npy holds 4"),
        ("interpolate {run} {tmp}/black.png {tmp}/text.txt --output {tmp}/row.png", "text.txt is no image"),
        ("interpolate {run} {tmp}/black.png {tmp}/white.png --steps 1 --output {tmp}/row.png", "steps is 1"),
        ("interpolate {run} {tmp}/black.png {tmp}/white.png --path long --output {tmp}/row.png", "long"),
        ("interpolate {text} one two --path long", "long"),
        ("interpolate {run} {tmp}/black.png --output {tmp}/row.png", "no two images"),
        ("interpolate {run} {tmp}/black.png {tmp}/white.png --space noise --output {tmp}/row.png", "has no generator"),
        ("evaluate {run} --path linear", "--path has no use for a model of images"),
        ("reconstruct {run} {tmp}/white.png", "--output is missing"),
        ("reconstruct {run} {tmp}/none.npy --output {tmp}/back.png", "none.npy not found"),
        ("reconstruct {run} {tmp}/wrong.npy --output {tmp}/back.png", "expected (N, 1, 28, 28)"),
        ("reconstruct {run} {tmp}/bytes.npy --output {tmp}/back.png", "expected uint8, or floats from -1 to 1"),
        ("reconstruct {text} {tmp}/text.txt {tmp}/text.txt", "2 files given"),
        ("encode {run} {tmp}/white.png --output {tmp}/z.txt", ".npy"),
        ("encode {run} {tmp}/white.png --split test --output {tmp}/z.npy", "--split"),
        ("encode {run} --limit 0 --output {tmp}/z.npy", "--limit is 0"),
        ("encode {text} --output {tmp}/z.npy", "0 files given"),
        ("encode {text} {tmp}/text.txt --split test --output {tmp}/z.npy", "--split has no use"),
        ("encode {text} {tmp}/text.txt --output {tmp}/z.npz", ".npy"),
        ("evaluate {run} --metrics color", "'color' is not known"),
        ("evaluate {run} --metrics lines", "'lines' does not fit digits"),
        ("evaluate {run} --metrics modes", "'modes' does not fit digits"),
        ("evaluate {run} --steps 0", "--steps is 0"),
        ("evaluate {run} --metrics critic --limit 1 -n 4 --steps 1", "raise --limit"),
        ("evaluate {run} --metrics clustering --limit 1", "6 codes to put into 9 clusters"),
        ("evaluate {run} --data lines", "lines is of 1 x 32 x 32, the model of 1 x 28 x 28"),
        ("evaluate {run} --data {tmp}/none", "none"),
        ("evaluate {run} --temperature 1", "--temperature has no use for a model of images"),
        ("evaluate {run} --html x.html", "--html has no use for a model of images"),
        ("evaluate {text} --steps 3", "--steps has no use for a model of sentences"),
        ("describe dcgan --data scenes", "does not read text"),
        ("describe acai --data {tmp}", "--data is"),
        ("train acai --data digits --out {tmp}/new --patience 2", "no measurement says which"),
    ],
)
def test_bad_input_is_said_in_one_line(command, image_run, run_folder, images, tmp_path, caplog, arguments, part):
    (tmp_path / "text.txt").write_text("a man sleeps .\n")
    np.save(tmp_path / "wrong.npy", np.zeros((2, 1, 32, 32)))
    np.save(tmp_path / "bytes.npy", np.full((2, *SHAPE), 255.0))
    before = sorted(tmp_path.rglob("*"))
    places = {"run": image_run, "text": run_folder, "tmp": tmp_path}
    assert part in command(*(a.format(**places) for a in arguments.split())).complaint
    assert sorted(tmp_path.rglob("*")) == before


@pytest.fixture(scope="module")
def conditional() -> ImageModel:
    """Conditional ALI whose label matters, though it is not trained."""
    return tiny_model("ali", settings={"conditional": True, "init_std": 0.3}, data="digits")


def held_out_digits(model: ImageModel, n: int) -> tuple[np.ndarray, np.ndarray]:
    return spread_images(data_of(model.config).valid, n)


def test_a_conditional_model_says_which_labels_it_needs(conditional):
    x, labels = held_out_digits(conditional, 6)
    for read in (conditional.encode, conditional.features, conditional.reconstruct):
        with pytest.raises(UserError, match="6 of 6 images without a label"):
            read(x)
        with pytest.raises(UserError, match="label 10"):
            read(x, 10)
        assert not np.allclose(read(x, labels), read(x, (labels + 1) % 10))
    with pytest.raises(UserError, match="2 of 2 images without a label"):
        conditional.interpolate(x[0], x[1])
    with pytest.raises(UserError, match="labels are int64 of shape"):
        conditional.encode(x, labels[:3])
    np.testing.assert_array_equal(conditional.encode(x, 3)[:, -10:].argmax(1), [3] * 6)


def test_on_the_way_between_two_codes_the_label_stays_a_label(conditional):
    x, labels = held_out_digits(conditional, 2)
    a, b = conditional.encode(x, labels)
    for path in ("linear", "slerp"):
        codes = line(a, b, 5, path, classes=10)
        np.testing.assert_allclose(codes[:, -10:].sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(codes[[0, -1]], [a, b], atol=1e-5)
        row = conditional.interpolate(x[0], x[1], 5, path, labels)
        np.testing.assert_allclose(row, conditional.decode(codes), atol=1e-5)
    same = line(a, np.concatenate([b[:-10], a[-10:]]), 5, "slerp", classes=10)
    np.testing.assert_allclose(same[:, -10:], np.tile(a[-10:], (5, 1)), atol=1e-6)


def test_pictures_and_numbers_of_training_are_those_of_images_with_their_labels(conditional, tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(conditional.network, "encode", lambda batch: (told.append(batch.labels), encode(batch))[1])
    encode = type(conditional.network).encode.__get__(conditional.network)
    data = data_of(conditional.config)
    save_pictures(conditional, data, tmp_path, 1)
    assert validate(conditional, data)["valid.pixel_error"] >= 0
    assert len(told) > 3
    assert all((labels >= 0).all() for labels in told)


def test_commands_take_labels_from_a_flag_or_from_the_file(command, conditional, tmp_path):
    folder = saved(conditional, tmp_path / "run")
    x, labels = held_out_digits(conditional, 4)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "one.npy", x[0])
    np.savez(tmp_path / "xy.npz", x=x, y=labels.astype(np.float64)[:, None])  # as pandas writes a column with gaps
    back, z = tmp_path / "back.npy", tmp_path / "z.npy"

    def made(name: str, *arguments: object) -> np.ndarray:
        outcome = command(name, folder, *arguments, "--output", back)
        assert outcome.code == 0, outcome.err
        return np.load(back)

    np.testing.assert_allclose(made("reconstruct", tmp_path / "xy.npz"), conditional.reconstruct(x, labels), atol=1e-5)
    flagged = made("reconstruct", tmp_path / "x.npy", "--label", 3)
    np.testing.assert_allclose(flagged, conditional.reconstruct(x, 3), atol=1e-5)
    np.testing.assert_allclose(made("encode", tmp_path / "xy.npz"), conditional.encode(x, labels), atol=1e-5)
    ends = [tmp_path / "one.npy"] * 2
    row = made("interpolate", *ends, "--label", 3, "--last-label", 5, "--steps", 4)
    np.testing.assert_allclose(row, conditional.interpolate(x[0], x[0], 4, None, (3, 5)), atol=1e-5)
    assert len(made("reconstruct")) == 64
    for arguments in (("reconstruct", tmp_path / "x.npy"), ("encode", tmp_path / "x.npy"), ("interpolate", *ends)):
        assert "without a label" in command(arguments[0], folder, *arguments[1:], "--output", z).complaint
    assert "label is 10" in command("reconstruct", folder, tmp_path / "x.npy", "--label", 10, "--output", z).complaint
    assert not z.exists()


def test_an_evaluation_of_a_conditional_model_encodes_with_labels(command, conditional, tmp_path):
    folder = saved(conditional, tmp_path / "run")
    x, labels = spread_images(data_of(conditional.config).valid, 50)
    result = evaluated(command, folder, tmp_path / "e.json", "--metrics", "reconstruction,codes", "--limit", 50)
    error = 127.5 * np.abs(x - conditional.reconstruct(x, labels)).mean()  # in grey levels
    assert result["pixel_error"] == pytest.approx(error, rel=1e-3)


def test_a_conditional_model_is_not_measured_on_images_without_labels(command, conditional, tmp_path):
    folder = saved(conditional, tmp_path / "run")
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).integers(0, 256, (20, *SHAPE[1:]), np.uint8))
    complaint = command("evaluate", folder, "--data", tmp_path / "x.npz", "--metrics", "reconstruction").complaint
    assert "none of 2 images has a label" in complaint
