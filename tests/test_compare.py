"""`textgan compare`: what differs, what is best, what is missing; in 80 columns, as JSON and as HTML."""

import json
import shutil
from pathlib import Path

import pytest

from tests.evaluation.test_html import Page
from textgan.evaluation.report.comparison import compare_runs, letter_of
from textgan.training.metric_titles import DIRECTIONS


@pytest.fixture
def other(run_folder, tmp_path) -> Path:
    """The same run, as if its code noise had been another, and its measurements worse but one."""
    folder = tmp_path / "other"
    shutil.copytree(run_folder, folder)
    settings = (folder / "config.yaml").read_text()
    assert "code_noise:" in settings
    lines = [line if "code_noise:" not in line else "  code_noise: 0.75" for line in settings.splitlines()]
    (folder / "config.yaml").write_text("\n".join(lines) + "\n")
    log = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    log[-1] |= {"round": 20, "valid.token_accuracy": 0.999, "samples.forward_perplexity": 1e6}
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))
    return folder


def test_what_differs_and_what_is_best(run_folder, other):
    found = compare_runs([str(run_folder), str(other)])
    assert found.settings == {"code_noise": [pytest.approx(0.1), 0.75]}
    metrics = {metric.name: metric for metric in found.metrics}
    assert metrics["token_accuracy"].best == [1]
    assert metrics["forward_perplexity"].best == [0]
    assert metrics["reconstruction_nll"].best == [], "both are alike"
    assert metrics["forward_perplexity"].direction == "lower"
    assert metrics["forward_perplexity"].real is not None
    assert [len(run.sentences) for run in found.runs] == [20, 20]


def test_the_table_fits_80_columns_and_marks_the_best(run_folder, other, command):
    done = command("compare", run_folder, other, run_folder, other, run_folder, other)
    assert done.code == 0, done.err
    assert max(map(len, done.out.splitlines())) <= 80
    line = next(line for line in done.out.splitlines() if line.startswith("token_accuracy"))
    assert line.split()[1] == "higher"
    assert line.count("*") == 2
    assert "A  " in done.out
    assert "F  " in done.out


def test_a_saved_model_has_no_log_and_other_data_has_no_best(run_folder, command, tmp_path):
    page = tmp_path / "c.html"
    done = command("compare", run_folder, "scenes", "--html", page, "--json", tmp_path / "c.json")
    assert done.code == 0, done.err
    text = " ".join(done.out.split())
    assert "B is a saved model without a log: no curves" in text
    assert "different data" in text
    assert "measured in different ways" in text
    assert "*" not in done.out
    found = json.loads((tmp_path / "c.json").read_text())
    assert [run["letter"] for run in found["runs"]] == ["A", "B"]
    assert all(metric["best"] == [] for metric in found["metrics"].values())
    html = Page(page.read_text())
    assert html.open == []
    assert {"Settings that differ", "Measurements", "Curves", "Samples"} <= set(html.text["h2"])
    assert "svg" in html.tags


def test_an_unfinished_run_without_validation_says_so(run_folder, other, command):
    shutil.rmtree(other / "checkpoints")
    shutil.rmtree(other / "samples")
    (other / "metrics.jsonl").write_text('{"round": 3, "reconstruction": 2.0}\n')
    done = command("compare", run_folder, other, "--json")
    assert done.code == 0, done.err
    notes = json.loads(done.out)["notes"]
    assert "B is unfinished: without a checkpoint, 25% of its training" in notes
    assert "B has no validation: no measurements" in notes


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("{run}", "compare got 1 run; expected 2"),
        ("{run} nothing-here", "nothing-here not found"),
        ("{run} {run} --html {tmp}/none/x.html", "--html is"),
        ("", "missing"),
    ],
)
def test_bad_input_is_one_line(arguments, part, run_folder, command, tmp_path):
    assert part in command("compare", *arguments.format(run=run_folder, tmp=tmp_path).split()).complaint


def test_letters_and_directions():
    assert [letter_of(n) for n in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]
    assert set(DIRECTIONS.values()) == {"lower", "higher", "near real"}
