"""The studio's tabs Training and Images: what is behind them, and a curve that moves while a run trains."""

import base64
import html
import io
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tests.conftest import TINY
from tests.test_studio_page import MISSING, PATIENCE, browser  # noqa: F401
from tests.tiny import PIXELS, POINTS, tiny_config, tiny_game
from textgan.data.config import ImageConfig
from textgan.errors import UserError
from textgan.pictures.curves import Curve, Curves
from textgan.pictures.small_plots import plots_html
from textgan.recipes import RunConfig
from textgan.sampling import ImageModel
from textgan.studio.app import build_page
from textgan.studio.images import (
    IMAGES_TAB,
    MOST_IMAGES,
    SKETCH_SIZE,
    grid_html,
    reconstruct_one,
    reconstructed_html,
    rows_html,
    sketched,
    uploaded,
)
from textgan.studio.studio import StudioContext
from textgan.studio.training import (
    TRAINING_TAB,
    both_samples,
    other_run,
    runs_beside,
    samples_at,
    state_of_run,
    training_html,
)
from textgan.training.log import RunLog

PNG = re.compile(r'src="data:image/png;base64,([^"]+)"')


def plain(text: str) -> str:
    return html.unescape(" ".join(re.sub("<[^>]*>", " ", text).split()))


def pictures_in(text: str) -> list[tuple[int, int]]:
    """The sizes of the pictures in HTML."""
    return [PIL.Image.open(io.BytesIO(base64.b64decode(found))).size for found in PNG.findall(text)]


def of_images(name: str = "ae", spec: Any = PIXELS, data: str = "digits") -> StudioContext:
    config = tiny_config(name, modality="images")
    model = ImageModel(tiny_game(config, spec=spec), RunConfig(name, config, data=ImageConfig(data=data)))
    return StudioContext("tiny", model)


@pytest.fixture
def two_runs(run_folder, tmp_path) -> tuple[Path, Path]:
    for name in ("one", "two"):
        shutil.copytree(run_folder, tmp_path / name)
    for path in (tmp_path / "two" / "samples").glob("round-00000012*"):
        path.rename(path.with_name(path.name.replace("12", "11")))
    (tmp_path / "no-run").mkdir()
    return tmp_path / "one", tmp_path / "two"


def test_the_state_and_the_curves_of_a_run(run_folder):
    page = plain(training_html(run_folder))
    assert page.startswith("tiny: finished, 12 rounds")
    assert "reconstruction (lower is better)" in page
    assert "training, as in the loss" in page
    assert training_html(run_folder).count("<figure") > 8


def test_two_runs_stand_side_by_side(two_runs):
    one, two = two_runs
    assert runs_beside(one) == ["two"]
    assert other_run(one, "two") == two
    assert other_run(one, "(none)") is None
    page = plain(training_html(one, two))
    assert "one: finished" in page
    assert "two: finished" in page
    both = plain(both_samples(one, two, 2))
    assert "one, round 12" in both
    assert "two, round 11" in both


@pytest.mark.parametrize("name", ["no-run", "../one", "/etc", "one"])
def test_only_runs_of_the_list_are_read(two_runs, name):
    with pytest.raises(UserError, match="no run beside one"):
        other_run(two_runs[0], name)


def test_samples_are_those_of_their_time(two_runs):
    one, _ = two_runs
    first, last = samples_at(one, 1), samples_at(one, 99)
    assert plain(first).startswith("one, round 6")
    assert plain(last).startswith("one, round 12")
    assert first.count("<li") == last.count("<li") == 20
    assert len(pictures_in(last)) == 1, "the map"
    (one / "samples" / "round-00000012.txt").write_text("<script>\n")
    assert "&lt;script&gt;" in samples_at(one, 2)


def test_a_run_that_goes_on_is_noticed(two_runs):
    one, _ = two_runs
    before = state_of_run(one)
    assert state_of_run(one) == before
    RunLog(one, 12).write(13, {"reconstruction": 1.0})
    assert state_of_run(one) != before


def test_a_run_that_has_measured_nothing_says_so(two_runs):
    one, _ = two_runs
    (one / "metrics.jsonl").write_text("")
    shutil.rmtree(one / "samples")
    assert "No measurement yet" in training_html(one)
    assert "no samples yet" in samples_at(one, 1)


def test_a_plot_says_its_last_values_and_stays_small():
    long = Curve("a <b>", [(r, 1 / r) for r in range(1, 5000)])
    page = plots_html([Curves("loss", [long, Curve("b", [(1, 2.0), (2, float("nan"))])], "round", "nats")])
    assert "a &lt;b&gt; 0.0002" in page
    assert "b 2 at round 1" in page
    assert len(page) < 12_000
    assert "nan" not in page
    assert plots_html([]) == '<div class="tg-plots"></div>'


def test_tabs_are_left_out_of_models_that_cannot_serve_them(run_folder):
    run = StudioContext.open(str(run_folder), "cpu")
    assert TRAINING_TAB.refusal(run) == ""
    assert IMAGES_TAB.refusal(run) == "needs a model of images"
    assert IMAGES_TAB.refusal(of_images()) == ""
    assert IMAGES_TAB.refusal(of_images("ali", POINTS, "mixture")) == "the model is of points"
    assert "no log" in TRAINING_TAB.refusal(of_images())


def test_a_model_that_no_tab_can_serve_is_refused_in_a_line():
    with pytest.raises(UserError, match=r"nothing to show of .*Images \(the model is of points\).*textgan plot draws"):
        build_page(of_images("ali", POINTS, "mixture"))


def test_grids_and_rows_are_pictures():
    studio = of_images()
    assert pictures_in(grid_html(studio, 4, 0)) == [(130, 130)]
    assert grid_html(studio, 4, 0) == grid_html(studio, 4, 0) != grid_html(studio, 4, 1)
    rows = rows_html(studio, 2, 5, 0)
    assert pictures_in(rows) == [(5 * 64 + 4 * 2, 130)]
    assert "from one sample" in rows, "there are no real images of 8 x 8 pixels"


@pytest.mark.parametrize("n", [0, MOST_IMAGES + 1])
def test_grids_are_bounded(n):
    with pytest.raises(UserError, match="expected 1 to"):
        grid_html(of_images(), n, 0)


def test_a_drawing_is_centered_and_scaled_as_digits_are():
    ink = np.zeros((SKETCH_SIZE, SKETCH_SIZE))
    ink[4:16, 40:44] = 1  # a stroke in a corner
    x = sketched(of_images(), ink.ravel().tolist())
    assert x.shape == (1, 8, 8)
    assert x.max() == 1
    assert x.min() == -1
    rows, columns = (np.flatnonzero((x[0] > -0.9).any(axis=axis)) for axis in (1, 0))
    assert len(rows) == 6, "a seventh is left free on each side"
    assert abs(columns.mean() - 3.5) <= 0.5
    found = reconstruct_one(of_images(), x)
    assert found.x_hat.shape == (1, 8, 8)
    assert len(pictures_in(reconstructed_html(found))) == 2


@pytest.mark.parametrize(
    ("values", "part"),
    [
        ([0.0] * SKETCH_SIZE**2, "nothing is drawn"),
        ([1.0], "no drawing"),
        ([float("nan")] * SKETCH_SIZE**2, "no drawing"),
    ],
)
def test_what_is_no_drawing_is_refused(values, part):
    with pytest.raises(UserError, match=part):
        sketched(of_images(), values)


def test_an_upload_is_read_and_a_bad_one_says_why_without_its_path(tmp_path):
    PIL.Image.new("L", (40, 30), 255).save(tmp_path / "white.png")
    assert (uploaded(of_images(), str(tmp_path / "white.png")) == 1).all()
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UserError) as error:
        uploaded(of_images(), str(tmp_path / "text.png"))
    assert str(tmp_path) not in str(error.value)
    with pytest.raises(UserError, match="no picture"):
        uploaded(of_images(), None)


needs_browser = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")


def serve(studio: StudioContext) -> Any:
    """The page of a studio, served in this process, and its address."""
    from textgan.studio.app import build_page, start

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = build_page(studio)
    return page, start(page, port=port)


@pytest.fixture
def training(tmp_path, corpus_file) -> Iterator[Path]:
    """A run that is being trained, and has logged."""
    out = tmp_path / "live"
    flags = ["--log-every=10", "--evaluate-every=100000", "--sample-every=100000", "--minutes=5", "--quiet"]
    command = [sys.executable, "-m", "textgan", "train", "ae", f"--data={corpus_file}", f"--out={out}", *flags]
    command += [flag for flag in TINY if flag.startswith(("--emb", "--hid", "--batch", "--thr", "--dev", "--prec"))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + PATIENCE / 1000
    while not (out / "metrics.jsonl").is_file() or not (out / "metrics.jsonl").stat().st_size:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.2)
    yield out
    process.kill()
    process.communicate()


@needs_browser
def test_a_curve_moves_while_a_run_trains(training, browser):  # noqa: F811
    served, address = serve(StudioContext.open(str(training), "cpu"))
    page = browser.new_page(viewport={"width": 400, "height": 900})
    page.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((address, "data:")) else problems.append(r.url))
    page.goto(address)
    page.locator("#tab-training").click()
    page.wait_for_selector("#training .tg-plot polyline")
    assert "in training" in page.locator("#training .tg-states").inner_text()
    moved = "(before) => document.querySelector('#training polyline').getAttribute('points') !== before"
    for _ in range(2):
        before = page.locator("#training polyline").first.get_attribute("points")
        page.wait_for_function(moved, arg=before)
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    page.close()
    served.close(verbose=False)
    assert problems == []


@needs_browser
def test_a_drawn_digit_is_reconstructed_on_the_page(browser):  # noqa: F811
    served, address = serve(of_images())
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else problems.append(r.url))
    page.goto(address)
    page.locator("#tab-images").click()
    page.wait_for_selector("#images img")
    page.wait_for_selector("#images-rows img")
    canvas = page.locator("#sketch canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 160)
    page.mouse.up()
    page.wait_for_selector("#images-out .tg-pair img")
    assert page.locator("#images-out img").count() == 2
    page.close()
    served.close(verbose=False)
    assert problems == []
