"""The studio in a browser: every tab is used, nothing is loaded from elsewhere, the console has no errors."""

import json
import os
import re
import runpy
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.pages import ROOT, blocks
from tests.tiny import LABELED, SPEC, tiny_config, tiny_corpus, tiny_game
from textgan.recipes import RunConfig
from textgan.sampling import SentenceModel
from textgan.studio.studio import StudioContext

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = [
    name
    for name, there in {
        "gradio": find_spec("gradio"),
        "playwright": find_spec("playwright"),
        "a chromium in the path": BROWSER,
    }.items()
    if not there
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")

FLAGS = (
    *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
    *("disable-background-networking", "disable-component-update", "disable-sync"),
)
PATIENCE = 120_000  # milliseconds, for machines that do much else


class Visit(NamedTuple):
    """A page in the browser, and what was noted while it was open."""

    page: Any
    address: str
    problems: list[str]
    outside: list[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `textgan studio`, which Ctrl-C then ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("studio")
    command = [sys.executable, "-m", "textgan", "studio", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(folder), "PYTHONFAULTHANDLER": "1"}
    errors = folder / "errors.txt"
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # who runs in the background has it ignored, and hands it on
    with errors.open("w") as file:
        process = subprocess.Popen(command, stderr=file, stdout=file, cwd=folder, env=environment)
    address = f"http://127.0.0.1:{port}/"
    end = time.monotonic() + PATIENCE / 1000
    while f"is at {address}" not in errors.read_text():
        assert process.poll() is None, errors.read_text()
        assert time.monotonic() < end, errors.read_text()
        time.sleep(0.2)
    yield address
    process.send_signal(signal.SIGINT)
    try:
        code = process.wait(PATIENCE / 1000)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # says where it hangs
        process.wait()
        raise AssertionError(errors.read_text()) from None
    assert code == 0
    assert len(errors.read_text().splitlines()) == 1, errors.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=[f"--{flag}" for flag in FLAGS])
        yield opened
        opened.close()


def visit(browser: Any, address: str, width: int = 1280, scheme: str = "light") -> Visit:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, accept_downloads=True)
    page.set_default_timeout(PATIENCE)
    found = Visit(page, address, [], [])
    local = (address, "data:", "blob:")
    page.on("console", lambda m: found.problems.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: found.problems.append(str(error)))
    page.on("response", lambda r: found.problems.append(f"{r.status} {r.url}") if r.status >= 400 else None)
    page.on("request", lambda r: None if r.url.startswith(local) else found.outside.append(r.url))
    page.goto(address)
    page.wait_for_selector("#gradient .tg-lines .tg-here")
    return found


@pytest.fixture(scope="module")
def opened(browser: Any, served: str) -> Visit:
    return visit(browser, served)


def text_of(page: Any, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


def changed(page: Any, selector: str, before: str) -> str:
    """The text of an element once it is another."""
    found = "document.querySelector(s)?.innerText.replace(/\\s+/g, ' ').trim()"
    check = f"([s, b]) => ![undefined, b].includes({found})"
    page.wait_for_function(check, arg=[selector, before])
    return text_of(page, selector)


def test_the_slider_walks_along_the_gradient(opened):
    page = opened.page
    before = text_of(page, "#gradient .tg-large")
    page.locator("#gradient input[type=range]").focus()
    page.keyboard.press("End")
    assert changed(page, "#gradient .tg-large", before) == "two boys are flying kites at the beach ."
    page.locator("#gradient .tg-lines button").first.click()
    assert text_of(page, "#gradient .tg-large") == "a woman is playing a flute ."


def test_another_gradient_is_drawn_copied_and_saved(opened):
    page = opened.page
    before = text_of(page, "#gradient .tg-lines")
    page.locator("#gradient-from textarea, #gradient-from input").first.fill("a girl is sleeping .")
    page.locator("#gradient-go").click()
    lines = changed(page, "#gradient .tg-lines", before)
    assert "1 a girl is sleeping ." in lines
    assert page.locator("#gradient mark").count() > 0
    assert page.locator("#gradient svg").count() == 2
    with page.expect_download() as saved:
        page.locator("#gradient [data-save]").click()
    table = Path(saved.value.path()).read_text()
    assert table.startswith("step,sentence,fluency,changed\n1,a girl is sleeping .,")
    assert saved.value.suggested_filename == "gradient.csv"


def test_what_is_wrong_is_one_line_on_the_page(opened):
    page = opened.page
    page.locator("#gradient-from textarea, #gradient-from input").first.fill(" ")
    page.locator("#gradient-go").click()
    page.get_by_text("the first sentence is empty; expected a sentence").wait_for()
    page.locator("#gradient-from textarea, #gradient-from input").first.fill("a girl is sleeping .")


def test_the_map_answers_to_the_pointer_and_to_keys(opened):
    page = opened.page
    page.locator("#tab-map").click()
    canvas = page.locator("#map canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.click(x, y)
    page.wait_for_selector("#map-out .tg-aside")
    assert "The nearest" in text_of(page, "#map-out")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 20)
    page.mouse.move(x + 120, y - 60)
    page.mouse.up()
    page.wait_for_selector("#map-out .tg-walk")
    assert page.locator("#map-out .tg-lines li").count() == 9
    canvas.focus()
    for key in ("Escape", "ArrowLeft", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#map-out .tg-aside")
    page.locator("#map .tg-legend input").check()
    assert "animals" in text_of(page, "#map .tg-legend")


def test_sentences_are_written_and_compared(opened):
    page = opened.page
    page.locator("#tab-write").click()
    page.locator("#write-contains textarea, #write-contains input").first.fill("dog")
    page.locator("#write-go").click()
    page.wait_for_function("document.querySelector('#write')?.innerText.includes('training sentences.')")
    rows = page.locator("#write .tg-rows li > p:first-child").all_inner_texts()
    assert len(rows) == 8
    assert all("dog" in row.split() for row in rows)


def test_a_sentence_is_edited(opened):
    page = opened.page
    page.locator("#tab-edit").click()
    page.locator("#edit-go").click()
    page.wait_for_selector("#edit .tg-pairs mark")
    assert "woman" in page.locator("#edit mark").all_inner_texts()


def test_a_sentence_and_a_file_are_classified(opened, tmp_path):
    page = opened.page
    page.locator("#tab-classify").click()
    page.locator("#classify-go").click()
    page.wait_for_selector("#classify .tg-bars")
    assert text_of(page, "#classify .tg-large").startswith("music")
    upload = tmp_path / "upload.txt"
    upload.write_text("two dogs are running .\na man is playing a flute .\n")
    page.get_by_text("A file of sentences").click()
    page.locator("#panel-classify input[type=file]").set_input_files(str(upload))
    page.get_by_text("2 sentences.").wait_for()


def test_tabs_are_reached_by_keys(opened):
    page = opened.page
    page.locator("#tab-gradient").click()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.documentElement.dataset.tab") == "map"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#gradient-from') !== null")


def test_a_phone_in_the_dark_needs_no_scrolling_sideways(browser, served):
    phone = visit(browser, served, 400, "dark")
    page = phone.page
    for tab in page.locator(".tg-tabs button").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 400
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) < 150
    page.close()
    assert (phone.problems, phone.outside) == ([], [])


def test_the_lines_of_the_page_on_the_api_run(served):
    lines = [line for block in blocks("docs/studio.md") for line in block.text.splitlines() if line.startswith("curl")]
    assert len(lines) == 2
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    for line in lines:
        command = [part.replace("http://127.0.0.1:7860/", served) for part in shlex.split(line)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        (answer,) = json.loads(done.stdout)["data"]
        assert len(answer) > 1, done.stdout


def test_a_mistake_in_a_request_is_a_line_of_json(served):
    import urllib.error
    import urllib.request

    body = json.dumps({"data": ["", "a man is here .", 5, True, 0]}).encode()
    request = urllib.request.Request(
        f"{served}gradio_api/run/gradient", body, {"Content-Type": "application/json"}, method="POST"
    )
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=60)
    assert "the first sentence is empty" in error.value.read().decode()


def test_the_space_is_the_same_page():
    import gradio

    found = runpy.run_path(str(ROOT / "docs" / "space" / "app.py"), run_name="space")
    assert isinstance(found["page"], gradio.Blocks)


@pytest.mark.parametrize(("name", "tabs"), [("lm", ["write"]), ("arae_transfer", ["gradient", "map", "write", "edit"])])
def test_pages_of_other_models_are_built_with_the_tabs_that_they_can_serve(name, tabs):
    from textgan.studio.app import build_page

    config = tiny_config(name, modality="text")
    spec = LABELED if name == "arae_transfer" else SPEC
    model = SentenceModel(tiny_game(config, spec=spec), tiny_corpus(spec=spec).tokenizer, RunConfig(name, config))
    page = build_page(StudioContext("tiny", model))
    ids = {component["props"].get("elem_id") for component in page.get_config_file()["components"]}
    found = [str(i).removeprefix("panel-") for i in ids if str(i).startswith("panel-")]
    assert {*tabs} <= {*found}
    assert ("classify" in found) == bool(model.labels)
    assert "images" not in found


def test_nothing_went_wrong_and_nothing_left_the_machine(opened):
    assert (opened.problems, opened.outside) == ([], [])
