"""Measuring sentences from the command line, the models besides ARAE, and the best model of a run."""

import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.conftest import ROUNDS, TINY, tiny_sentences
from textgan.evaluation.text.validation import BEST_BY
from textgan.sampling import SentenceModel
from textgan.settings import TrainConfig
from textgan.training.log import read_metrics
from textgan.training.resume import Best
from textgan.training.run_folder import last_checkpoint

FAST = "statistics,perplexity,overlap,copying"
SMALL = [
    f for f in TINY if f.split("=")[0] not in ("--generator-dims", "--critic-dims", "--noise-dim", "--gan-batch-size")
]
CADENCE = ["--log-every=4", "--evaluate-every=4", "--sample-every=6", "--save-every=6"]


@pytest.fixture(scope="session")
def lm_folder(tmp_path_factory, corpus_file) -> Path:
    """A language model of a few rounds."""
    out = tmp_path_factory.mktemp("lm") / "lm"
    flags = [*SMALL, f"--data={corpus_file}", f"--out={out}", f"--rounds={ROUNDS}", *CADENCE]
    command = [sys.executable, "-m", "textgan", "train", "lm", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def reference(tmp_path) -> Path:
    """Train, valid and test of the tiny sentences."""
    folder = tmp_path / "reference"
    folder.mkdir()
    lines = tiny_sentences()
    for name, part in {"train": lines[:200], "valid": lines[200:250], "test": lines[250:]}.items():
        (folder / f"{name}.txt").write_text("\n".join(part) + "\n")
    return folder


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines))
    return path


def scored(command, file: Path, reference: Path, tmp_path: Path, *flags: object) -> dict[str, object]:
    outcome = command("score", file, "--reference", reference, "--json", tmp_path / "s.json", "--metrics", FAST, *flags)
    assert outcome.code == 0, outcome.err
    result: dict[str, object] = json.loads((tmp_path / "s.json").read_text())
    return result


def test_a_file_of_real_sentences_scores_as_real_text_does(command, reference, tmp_path):
    file = written(tmp_path / "real.txt", tiny_sentences()[200:250])
    result = scored(command, file, reference, tmp_path)
    real = result["real"]
    assert result["forward_perplexity"] == pytest.approx(real["forward_perplexity"])
    assert result["novelty"] == 1
    assert result["ms_jaccard_4"] == pytest.approx(1)
    assert result["length_distance"] == 0
    assert result["oov"] == 0


def test_a_collapsed_file_is_measured_and_found_out(command, reference, tmp_path):
    result = scored(command, written(tmp_path / "one.txt", ["a man sleeps ."] * 300), reference, tmp_path)
    assert result["unique"] == pytest.approx(1 / 300)
    assert result["self_bleu_4"] == pytest.approx(1)
    assert result["reverse_ratio"] > 3


def test_sentences_come_from_standard_input_too_and_the_split_is_said(command, reference, tmp_path, monkeypatch):
    import io

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a man sleeps .\na Girl sits\n"), encoding="utf-8"))
    result = scored(command, Path("-"), reference, tmp_path, "--split", "test", "--lowercase", "true")
    assert result["oov"] == 0
    assert result["notes"]["split"] == "test"


def test_a_report_is_a_page_and_its_curves_are_in_the_file(command, run_folder, lm_folder, tmp_path):
    page, file = tmp_path / "report.html", tmp_path / "e.json"
    outcome = command(
        "evaluate", run_folder, "-n", 60, "--metrics", "perplexity,interpolation", "--html", page, "--json", file,
        "--temperatures", "0,1", "--against", lm_folder / "best",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    curves = json.loads(file.read_text())["curves"]
    assert [p["temperature"] for p in curves[run_folder.name]] == [0, 1]
    assert [p["temperature"] for p in curves["lm"]] == [1]  # greedily it would write one sentence
    text = page.read_text()
    assert "<svg" in text
    assert "forward_perplexity" in text
    assert "Interpolations" in text
    assert "Map of codes" in text
    assert "reconstruction (lower is better)" in text


def test_the_best_of_several_is_measured_at_each_temperature(command, run_folder, tmp_path):
    found = []
    for best_of in (1, 8):
        flags = ("--best-of", best_of, "--temperature", 1, "--temperatures", 1, "--metrics", "perplexity")
        outcome = command("evaluate", run_folder, "-n", 60, *flags, "--json", tmp_path / "e.json")
        assert outcome.code == 0, outcome.err
        numbers = json.loads((tmp_path / "e.json").read_text())
        assert numbers["curves"][run_folder.name][0]["forward_perplexity"] == numbers["forward_perplexity"]
        assert numbers["notes"]["decoding"].endswith("best of 8") == (best_of == 8)
        found.append(numbers["forward_perplexity"])
    assert found[1] != found[0]


def test_a_language_model_writes_and_is_measured_but_has_no_codes(command, lm_folder, tmp_path):
    lines = command("sample", lm_folder, "-n", 20).out.splitlines()
    assert len(set(lines)) > 5
    outcome = command("evaluate", lm_folder, "-n", 40, "--json", tmp_path / "e.json", "--metrics", f"nll,{FAST}")
    assert outcome.code == 0, outcome.err
    numbers = json.loads((tmp_path / "e.json").read_text())
    assert numbers["valid_nll"] > 0
    assert numbers["perplexity"] == pytest.approx(math.exp(numbers["valid_nll"]))
    assert numbers["sentence_nll"] > 3 * numbers["valid_nll"], "in nats a sentence, of four tokens or more"
    assert "'likelihood' does not fit" in command("evaluate", lm_folder, "--metrics", "likelihood", "-n", 5).complaint
    source = written(tmp_path / "x.txt", ["a man sleeps ."])
    assert "lm has no codes" in command("reconstruct", lm_folder, source).complaint
    assert "lm has no codes" in command("encode", lm_folder, source, "--output", tmp_path / "c.npy").complaint
    assert "lm has no codes" in command("interpolate", lm_folder, "a man", "a girl").complaint
    assert not (tmp_path / "c.npy").exists()
    assert "'codes' does not fit" in command("evaluate", lm_folder, "--metrics", "codes", "-n", 5).complaint


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("score {file} --reference {tmp}/none", "none"),
        ("score {tmp}/none --reference {ref}", "none"),
        ("score {file} {file} --reference {ref}", "2 files"),
        ("score {file}", "reference"),
        ("score {file} --reference {ref} --metrics color", "'color'"),
        ("score {file} --reference {ref} --metrics codes", "'codes' does not fit"),
        ("score {file} --reference {ref} --data x", "--data is not known"),
        ("score {file} --reference {ref} --limit 0", "--limit is 0"),
        ("score {empty} --reference {ref}", "no sentence"),
        ("evaluate {run} --against {run}", "--temperatures"),
        ("evaluate {run} --temperatures hot", "--temperatures is hot"),
        ("evaluate {run} --temperatures=-1", "--temperatures has -1"),
        ("evaluate {run} --temperatures 0,1 --best-of 2", "best_of is 2, but temperature 0"),
        ("evaluate {run} --metrics color", "'color'"),
        ("train arae --autoencoder transformer --heads 7 --dry-run", "7 heads"),
        ("train lm --data digits", "text"),
        ("train arae --patience 0 --dry-run", "patience is 0"),
        ("train acai --max-length 9 --critic-dims [] --dry-run", "critic_dims is ()"),
        ("train ae --max-length 9 --code-dim 100000 --dry-run", "100,000 dimensions"),
        ("score {file} --reference {ref} --json {tmp}/none/a.json", "--json is"),
        ("evaluate {run} --html {tmp}/none/a.html", "--html is"),
        ("evaluate {run} --temperatures 1 --against {tmp}/none", "none"),
        ("score {file} --reference digits", "holds images"),
    ],
)
def test_bad_input_earns_one_line(command, run_folder, reference, tmp_path, arguments, part):
    file, empty = written(tmp_path / "some.txt", ["a man sleeps ."]), written(tmp_path / "empty.txt", [])
    places = {"file": file, "empty": empty, "ref": reference, "tmp": tmp_path, "run": run_folder}
    assert part in command(*arguments.format(**places).split()).complaint


def test_empty_lines_are_sentences_that_a_generator_failed_to_write(command, reference, tmp_path):
    file = written(tmp_path / "some.txt", ["a man sleeps .", "", "", ""])
    out = tmp_path / "out.json"
    done = command("score", file, "--reference", reference, "--metrics", "statistics,perplexity", "--json", out)
    assert done.code == 0, done.err
    found = json.loads(out.read_text())
    assert found["empty"] == 0.75
    assert found["notes"]["sentences"] == "4"


def test_unknown_words_are_not_free(command, reference, tmp_path):
    file = written(tmp_path / "some.txt", ["xq zv wk", "zz qq"])
    out = tmp_path / "out.json"
    assert command("score", file, "--reference", reference, "--metrics", "perplexity", "--json", out).code == 0
    found = json.loads(out.read_text())
    assert found["oov"] == 1
    assert found["forward_perplexity_with_unknown"] > 2 * found["forward_perplexity"]


def test_the_judges_words_do_not_depend_on_the_models(tmp_path, command, corpus_file):
    found = []
    for size in (6, 11_000):
        out = tmp_path / str(size)
        few = (*TINY, "--rounds=1", f"--vocab-size={size}", f"--data={corpus_file}", f"--out={out}")
        assert command("train", "arae", *few).code == 0
        done = command("evaluate", out, "--metrics", "perplexity", "-n", 20, "--json", f"{out}.json")
        assert done.code == 0, done.err
        found.append(json.loads(Path(f"{out}.json").read_text()))
    assert found[0]["real"] == found[1]["real"]
    assert found[0]["notes"]["vocabulary"].split(";")[0] == found[1]["notes"]["vocabulary"].split(";")[0]


def test_a_run_whose_patience_is_spent_is_done(tmp_path, command, corpus_file, caplog):
    cadence = ("--rounds=50", "--evaluate-every=1", "--patience=1")
    flags = (*TINY, *cadence, f"--data={corpus_file}", f"--out={tmp_path / 'run'}")
    assert command("train", "arae", *flags).code == 0
    before = (tmp_path / "run" / "metrics.jsonl").read_bytes()
    again = command("train", "arae", *flags)
    assert again.code == 0
    assert "is done" in caplog.text
    assert (tmp_path / "run" / "metrics.jsonl").read_bytes() == before


def test_a_model_of_both_kinds_knows_the_built_in_text(command):
    done = command("train", "aae", "--data=scenes", "--dry-run", "--embedding-dim=8", "--hidden-dim=8", "--threads=1")
    assert done.code == 0, done.err
    assert "AAE: players" in done.out


def test_the_best_model_is_kept_and_loads_as_a_run_does(run_folder):
    rows = [row for row in read_metrics(run_folder) if BEST_BY in row]
    best = min(rows, key=lambda row: row[BEST_BY])
    kept = last_checkpoint(run_folder / "best")
    assert kept is not None
    assert kept.name == f"round-{best['round']:08d}"
    assert not (kept / "training.pt").exists()
    assert SentenceModel.from_pretrained(run_folder / "best", "cpu").sample(2)


def test_a_run_ends_when_patience_does(command, corpus_file, tmp_path):
    out = tmp_path / "run"
    flags = [*SMALL, f"--data={corpus_file}", f"--out={out}", "--rounds=400", "--evaluate-every=2", "--patience=1"]
    still = ["--autoencoder-optimizer.lr=0", "--log-every=50"]  # nothing is learned: the second look is no better
    assert command("train", "lm", *flags, *still).code == 0
    last = last_checkpoint(out)
    assert last is not None
    assert last.name == "round-00000004"


def test_the_best_look_survives_a_resume(command, run_folder, corpus_file, tmp_path):
    run = Path(shutil.copytree(run_folder, tmp_path / "run"))
    checkpoint = last_checkpoint(run)
    assert checkpoint is not None
    value, stale = torch.load(checkpoint / "training.pt", weights_only=True)["best"]
    rows = [row[BEST_BY] for row in read_metrics(run) if BEST_BY in row]
    assert value == min(rows)
    assert stale == len(rows) - 1 - rows.index(value)


def test_looks_are_counted_since_the_best():
    best = Best().after(5.0)
    assert best == Best(5.0, 0)
    assert best.after(6.0).after(5.0) == Best(5.0, 2)
    assert best.after(6.0).after(4.0) == Best(4.0, 0)
    assert TrainConfig().patience is None
