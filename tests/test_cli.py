"""The command line end to end: results on stdout, talk on stderr, bad input in one line."""

import io
import itertools
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import ROUNDS, TINY
from textgan.cli import COMMANDS
from textgan.recipes import MODELS, PRESETS
from textgan.training.log import read_metrics
from textgan.training.run_folder import last_checkpoint

CADENCE = ["--log-every=4", "--evaluate-every=6", "--sample-every=6", "--save-every=6"]
LINES = ["a man sleeps .", "two dogs is running in the park .", "a girl sits"]


@pytest.fixture
def run(run_folder, tmp_path) -> Path:
    """A run to continue."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.fixture
def places(run_folder, corpus_file, tmp_path) -> dict[str, Path]:
    """Files and folders that the arguments of bad commands name."""
    (tmp_path / "latin.txt").write_bytes(b"a man\ncaf\xe9\n")
    (tmp_path / "color.yaml").write_text("color: red\n")
    (tmp_path / "broken.yaml").write_text("rounds: [\n")
    (tmp_path / "typed.yaml").write_text("rounds: many\n")
    levels = [f"&{b} [{f'*{a}, ' * 9}]" for a, b in itertools.pairwise("abcdefghijkl")]
    (tmp_path / "bomb.yaml").write_text("generator_dims: [&a [1], " + ", ".join(levels) + "]\n")
    (tmp_path / "deep.yaml").write_text("generator_dims: " + "[" * 50_000 + "\n")
    (tmp_path / "digits.yaml").write_text("rounds: " + "9" * 5_000 + "\n")
    (tmp_path / "date.yaml").write_text("rounds: 2026-99-99\n")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    return {"run": run_folder, "corpus": corpus_file, "tmp": tmp_path}


def again(run: Path, corpus_file: Path, *flags: str) -> list[object]:
    return ["train", "arae", *TINY, f"--data={corpus_file}", f"--out={run}", *CADENCE, *flags]


def type_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))


def test_the_same_command_again_says_that_the_run_is_done(command, run, corpus_file, caplog):
    metrics = (run / "metrics.jsonl").read_bytes()
    with caplog.at_level(logging.INFO, "textgan"):
        outcome = command(*again(run, corpus_file, f"--rounds={ROUNDS}"))
    assert (outcome.code, outcome.out) == (0, "")
    assert f"is done: round {ROUNDS}" in caplog.text
    assert (run / "metrics.jsonl").read_bytes() == metrics


def test_more_rounds_resume_the_run(command, run, corpus_file, caplog):
    with caplog.at_level(logging.INFO, "textgan"):
        outcome = command(*again(run, corpus_file, "--rounds=14"))
    assert (outcome.code, outcome.out) == (0, "")
    assert f"resuming at round {ROUNDS}" in caplog.text
    assert [line["round"] for line in read_metrics(run)] == [4, 6, 8, 12, 14]
    assert [p.name for p in (run / "checkpoints").iterdir()] == ["round-00000014"]
    assert "rounds: 14\n" in (run / "config.yaml").read_text()


def test_the_file_of_a_run_resumes_it(command, run, caplog):
    with caplog.at_level(logging.INFO, "textgan"):
        outcome = command("train", "arae", "--config", run / "config.yaml", "--out", run)
    assert outcome.code == 0
    assert "is done" in caplog.text


def test_a_changed_setting_is_refused_with_both_values(command, run, corpus_file):
    complaint = command(*again(run, corpus_file, f"--rounds={ROUNDS}", "--critic-steps=9")).complaint
    assert "critic_steps: 3 -> 9" in complaint


def test_another_corpus_under_the_same_name_is_refused(command, run, corpus_file, tmp_path):
    changed = tmp_path / "changed.txt"
    shutil.copy(corpus_file, changed)
    settings = (run / "config.yaml").read_text().replace(str(corpus_file), str(changed))
    (run / "config.yaml").write_text(settings)
    assert command("train", "arae", "--config", run / "config.yaml", "--out", run).code == 0
    with changed.open("a") as file:
        file.write("one more man sleeps .\n")
    complaint = command("train", "arae", "--config", run / "config.yaml", "--out", run).complaint
    assert "the data is not that of" in complaint


def test_a_dry_run_tells_the_game_and_writes_nothing(command, corpus_file, tmp_path):
    out = tmp_path / "dry"
    outcome = command(*again(out, corpus_file, "--rounds=100", "--dry-run"))
    assert outcome.code == 0
    assert "critic down critic_loss" in outcome.out
    assert "a round; the whole run about" in outcome.out
    assert not out.exists()


def test_a_loss_that_is_not_finite_ends_the_run_with_its_turn(command, corpus_file, tmp_path):
    outcome = command(*again(tmp_path / "run", corpus_file, "--rounds=8", "--autoencoder-optimizer.lr=1e38"))
    assert outcome.code == 1
    assert len(outcome.err.splitlines()) == 1
    assert "autoencoder down reconstruction_loss" in outcome.err
    assert not list((tmp_path / "run").glob("checkpoints/*"))


def test_samples_are_one_a_line_and_those_of_the_library(command, run_folder, model):
    outcome = command("sample", run_folder, "-n", 6, "--seed", 2, "--temperature", 1)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == model.sample(6, 2, temperature=1.0)


def test_a_usual_temperature_that_is_not_greedy_is_said(command, run_folder, tmp_path, caplog):
    model = Path(shutil.copytree(last_checkpoint(run_folder), tmp_path / "model"))
    values = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(values | {"sampling_temperature": 0.5}))
    with caplog.at_level(logging.INFO, "textgan"):
        usual = command("sample", model, "-n", 6)
    assert caplog.messages == ["temperature 0.5, the model's usual; --temperature 0 is greedy"]
    assert usual.out == command("sample", model, "-n", 6, "--temperature", 0.5).out
    for flags in (("--temperature", 0), ("--beam-size", 2), ("--temperature", 1)):
        command("sample", model, "-n", 2, *flags)
    assert len(caplog.messages) == 1


def test_a_file_is_written_whole_and_stdout_left_empty(command, run_folder, model, tmp_path):
    outcome = command("sample", run_folder, "-n", 4, "--output", tmp_path / "samples.txt")
    assert (outcome.code, outcome.out) == (0, "")
    assert (tmp_path / "samples.txt").read_text().splitlines() == model.sample(4)
    assert len(list(tmp_path.iterdir())) == 1


def test_no_samples_are_no_lines(command, run_folder):
    assert command("sample", run_folder, "-n", 0) == (0, "", "")


def test_decodings_are_those_of_the_library(command, run_folder, model):
    from textgan import Decoding

    outcome = command("sample", run_folder, "-n", 5, "--beam-size", 3, "--allow-unknown", "false")
    assert outcome.out.splitlines() == model.sample(5, decoding=Decoding(beam_size=3, allow_unknown=False))


def test_a_file_is_reconstructed_in_order(command, run_folder, model, tmp_path):
    (tmp_path / "some.txt").write_text("\n".join(LINES) + "\n")
    outcome = command("reconstruct", run_folder, tmp_path / "some.txt")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == model.reconstruct(LINES)


@pytest.mark.parametrize("dash", [[], ["-"]])
def test_standard_input_is_reconstructed_in_order(command, run_folder, model, monkeypatch, dash):
    type_in(monkeypatch, "\n".join(LINES).encode())
    assert command("reconstruct", run_folder, *dash).out.splitlines() == model.reconstruct(LINES)


@pytest.mark.parametrize(("content", "written"), [(b"", ""), (b"\n  \n", "\n\n")])
def test_nothing_is_reconstructed_as_nothing(command, run_folder, monkeypatch, content, written):
    type_in(monkeypatch, content)
    assert command("reconstruct", run_folder) == (0, written, "")


def test_input_that_is_no_text_is_refused(command, run_folder, monkeypatch):
    type_in(monkeypatch, b"a man\n\xff\n")
    assert "standard input:2: byte 0xff is not UTF-8" in command("reconstruct", run_folder).complaint


def test_a_line_between_two_sentences_is_written(command, run_folder, model):
    outcome = command("interpolate", run_folder, LINES[0], LINES[1], "--steps", 4)
    assert outcome.code == 0
    assert outcome.out.splitlines() == model.interpolate(LINES[0], LINES[1], 4)


def test_unknown_words_are_talked_about(command, run_folder, caplog):
    outcome = command("interpolate", run_folder, "a zebra sleeps .", LINES[0])
    assert len(outcome.out.splitlines()) == 7
    assert "'a zebra sleeps .': not in the model's vocabulary, and read as <unk>: zebra" in caplog.text
    assert "write" not in caplog.text
    command("interpolate", run_folder, "A man sleeps.", LINES[0])
    assert (
        "'A man sleeps.': not in the model's vocabulary, and read as <unk>: A, sleeps.; write 'a man sleeps .'"
        in caplog.text
    )
    assert "a sentence is empty" in command("interpolate", run_folder, "", LINES[0]).complaint


def test_why_lines_repeat_is_said(command, run_folder, caplog):
    for first, last, why in (
        ("a zebra .", "a giraffe .", "are the same to the model"),
        (LINES[0], LINES[0], "are the same"),
    ):
        caplog.clear()
        command("interpolate", run_folder, first, last, "--steps", 3)
        assert f"2 of 3 lines repeat the one before: the two sentences {why}" in caplog.text


def test_cut_sentences_and_repeated_lines_are_talked_about(command, run_folder, model, caplog):
    long = "a man " * model.max_length + "."
    outcome = command("interpolate", run_folder, long, long, "--steps", 3, "--smooth")
    assert outcome.out.splitlines() == [long] * 3
    assert f"{long!r} is cut to {model.max_length} tokens" in caplog.text
    assert "2 of 3 lines repeat the one before: the two sentences are the same" in caplog.text


def test_codes_are_saved_as_an_array(command, run_folder, model, tmp_path):
    (tmp_path / "some.txt").write_text("\n".join(LINES) + "\n")
    outcome = command("encode", run_folder, tmp_path / "some.txt", "--output", tmp_path / "codes.npy")
    assert (outcome.code, outcome.out) == (0, "")
    codes = np.load(tmp_path / "codes.npy")
    assert codes.dtype == np.float32
    np.testing.assert_array_equal(codes, model.encode(LINES))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["codes.npy", "some.txt"]


def strict_json(path: Path) -> dict[str, object]:
    """JSON as others read it, where NaN and Infinity are errors."""
    result: dict[str, object] = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    return result


@pytest.mark.parametrize("sizes", [["-n", "50"], ["-n", "1", "--limit", "1"]], ids=["many", "one"])
def test_an_evaluation_is_a_table_and_a_file(command, run_folder, tmp_path, sizes):
    outcome = command("evaluate", run_folder, *sizes, "--json", tmp_path / "result.json")
    assert (outcome.code, outcome.err) == (0, "")
    result = strict_json(tmp_path / "result.json")
    for name in ("reconstruction_nll", "exact_match", "bleu", "unique", "novelty", "code_norm"):
        assert isinstance(result[name], float)
        assert any(line.startswith(name) for line in outcome.out.splitlines())
    assert set(result) >= {"real", "notes"}


def test_an_evaluation_of_scenes_is_strict_json_too(command, run_folder, tmp_path):
    # A model that has hardly learned writes nothing that a grammar derives: its log-likelihood is not a number.
    folder = tmp_path / "model"
    (checkpoint,) = (run_folder / "checkpoints").iterdir()
    shutil.copytree(checkpoint, folder)
    values = json.loads((folder / "config.json").read_text())
    values["data"]["data"] = "scenes"
    (folder / "config.json").write_text(json.dumps(values))
    data = tmp_path / "data"
    data.mkdir()
    for split in ("train", "valid"):
        (data / f"{split}.txt").write_text("\n".join(LINES) + "\n")
    outcome = command("evaluate", folder, "-n", 5, "--data", data, "--json", tmp_path / "result.json")
    assert outcome.code == 0, outcome.err
    strict_json(tmp_path / "result.json")


@pytest.mark.parametrize("preset", [None, *PRESETS["arae"]])
def test_every_recipe_builds_and_is_described(command, preset):
    outcome = command("describe", "arae", *(["--preset", preset] if preset else []))
    assert outcome.code == 0
    assert "ARAE: players" in outcome.out
    assert "turns of round 0" in outcome.out


def test_help_shows_the_defaults_of_one_kind_of_data_and_says_those_of_the_other(command):
    usual = [
        subprocess.run(
            [sys.executable, "-m", "textgan", "train", *arguments, "--help-all"], capture_output=True, text=True
        )
        for arguments in (["vae"], ["vae", "--data", "scenes"], ["lm"])
    ]
    images, text, lm = (" ".join(done.stdout.split()) for done in usual)
    assert "Defaults are those for images; for text (see them with --data scenes --help-all): code_dim: None" in images
    assert "kl_warmup_rounds: 0 -> 1000; free_bits: 0.0 -> 0.1." in images
    assert "Defaults are those for text; for images (see them with --data digits --help-all): code_dim: 64" in text
    assert "Defaults are" not in lm


def test_a_schedule_shows_in_the_description(command):
    early, late = (command("describe", "arae", "--preset=arae-2017", "--round", r).out for r in (0, 60_000))
    assert late.count("generator down generator_loss") == 4 * early.count("generator down generator_loss")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ("nonsense", "'nonsense'"),
        ("--nonsense", "'--nonsense'"),
        ("train nvae", "'nvae'"),
        ("train --rounds 3", "--rounds stands before the model"),
        ("train arae --color red", "--color"),
        ("train arae extra", "extra"),
        ("train arae --rounds many", "rounds"),
        ("train arae --rounds 1.5", "rounds"),
        ("train arae --rounds -1", "rounds is -1"),
        ("train arae --device tpu", "device"),
        ("train arae --lowercase perhaps", "lowercase"),
        ("train arae --batch-size 0", "batch_size is 0"),
        ("train arae --data {corpus} --out {tmp}/new --seed -1", "seed is -1"),
        ("train arae --data {corpus} --out {tmp}/new --threads -1", "threads is -1"),
        ("train arae --data {corpus} --out {tmp}/new --hidden-dim 0", "hidden_dim is 0"),
        ("train arae --data {corpus} --out {tmp}/new --critic-steps 0", "critic_steps is 0"),
        ("train arae --data {corpus} --out {tmp}/new --critic-optimizer.lr=-1", "lr is -1"),
        ("train arae --data {corpus} --out {tmp}/new --critic-optimizer.betas [0.9]", "betas"),
        ("train arae --generator-dims 16", "generator"),
        ("train arae --critic-optimizer.lr fast", "critic-optimizer.lr"),
        ("train arae --critic-optimizer.name adagrad", "critic-optimizer.name"),
        ("train arae --preset arae-1999", "arae-1999"),
        ("train arae --tokeniser word", "--tokeniser is not known (did you mean --tokenizer?)"),
        ("train arae --minutes three", "--minutes is three; expected a number, or null"),
        ("train arae --rounds 1.5", "--rounds is 1.5; expected a whole number, or null"),
        ("train arae --device gpu", "--device is gpu; expected one of auto, cpu, cuda"),
        ("train arae --lowercase maybe", "--lowercase is maybe; expected true or false"),
        ("train arae --generator-dims x", "--generator-dims is x; expected a list of values, each a whole number"),
        ("train arae --critic-optimizer.betas [1,x]", "is x; expected a list of 2 values, each a number"),
        ("train araee", "model 'araee' is not known (did you mean arae?)"),
        ("train arae --data {tmp}/latim.txt --out {tmp}/new", "(did you mean {tmp}/latin.txt?)"),
        ("smaple {run}", "command 'smaple' is not known (did you mean sample?)"),
        ("completion", "(did you mean --print-completion?)"),
        ("train arae more", "'more' is more than the command takes"),
        ("sample {run} --temperature 1 --outputt x", "--outputt is not known (did you mean --output?)"),
        ("sample {run} --temperatur 1", "--temperatur is not known (did you mean --temperature?)"),
        ("sample {run} -n 2.5", "-n is 2.5; expected a whole number"),
        ("evaluate {run} --limit none", "--limit is none; expected a whole number"),
        ("score {corpus} --reference {corpus} --data x", "--data is not known"),
        ("train arae --preset", "preset"),
        ("train arae --config {tmp}/none.yaml", "none.yaml"),
        ("train arae --config {tmp}/color.yaml", "setting 'color' of --config is not known"),
        ("train arae --config {tmp}/broken.yaml", "--config is no YAML"),
        ("train arae --config {tmp}/typed.yaml", "--rounds is many; expected a whole number, or null"),
        ("train arae --config {tmp}", "config"),
        ("train arae --data {tmp}/nope.txt --out {tmp}/new", "nope.txt"),
        ("train arae --data {tmp}/latin.txt --out {tmp}/new", "latin.txt:2"),
        ("train arae --data {corpus} --out {tmp}/full", "full is not a run and not empty"),
        ("train arae --data {corpus} --out {tmp}/latin.txt", "latin.txt"),
        ("train arae --data {corpus} --out {tmp}/latin.txt/run", "latin.txt"),
        ("train arae --data {corpus} --max-length 0 --out {tmp}/new", "max_length 0"),
        ("train arae --data {corpus} --max-length 1 --out {tmp}/new", "max_length 1"),
        ("sample", "run"),
        ("sample {tmp}/none", "none not found"),
        ("sample {tmp}", "holds no model yet"),
        ("sample owner/name", "hub"),
        ("sample {run} -n -1", "n is -1"),
        ("sample {run} -n many", "many"),
        ("sample {run} --seed -1", "seed"),
        ("sample {run} --temperature -1", "temperature is -1"),
        ("sample {run} --temperature nan", "nan"),
        ("sample {run} --temperature inf", "inf"),
        ("sample {run} --top-p 0", "top_p is 0"),
        ("sample {run} --beam-size 2 --temperature 1", "choose one"),
        ("sample {run} --output {tmp}/no/where.txt", "where.txt"),
        ("sample {run} --output {tmp}", "is a folder"),
        ("sample {run} --device tpu", "device"),
        ("reconstruct {run} {tmp}/none.txt", "none.txt not found"),
        ("reconstruct {run} {tmp}/latin.txt", "latin.txt:2"),
        ("reconstruct {run} {tmp}/color.yaml", "no known format"),
        ("interpolate {run} one two --steps 1", "steps is 1"),
        ("interpolate {run} one", "got one sentence; expected two, or none"),
        ("encode {run} {corpus} --output {tmp}/codes.txt", ".npy"),
        ("encode {run} {corpus} --output {tmp}/no/codes.npy", "codes.npy"),
        ("encode {run} {corpus}", "--output is missing"),
        ("evaluate {run} -n 0", "-n is 0"),
        ("evaluate {run} --limit 0", "--limit is 0"),
        ("evaluate {run} --split test -n 1", "no test split"),
        ("evaluate {run} --split train", "split"),
        ("evaluate {run} --data {tmp}/none -n 1", "none"),
        (f"sample {{run}} -n {10**20}", "expected 0 to 100,000,000"),
        (f"sample {{run}} --seed {2**64}", "seed is"),
        (f"sample {{run}} --seed {'9' * 5_000}", "seed"),
        (f"sample {{run}} --beam-size {10**15} --temperature 0", "beam_size"),
        (f"sample {'a' * 300}", "File name too long"),
        (f"evaluate {{run}} -n {10**20}", "-n is"),
        (f"interpolate {{run}} one two --steps {10**20}", "steps is"),
        (f"encode {{run}} {{corpus}} --output {{tmp}}/{'a' * 300}.npy", "too long"),
        (f"train arae --data {{corpus}} --out {{tmp}}/new --seed {2**64}", "seed"),
        (f"train arae --data {{corpus}} --out {{tmp}}/new --threads {10**20}", "threads"),
        ("train arae --data {corpus} --out {tmp}/new --threads 100000", "threads is 100000"),
        (f"train arae --data {{corpus}} --out {{tmp}}/{'a' * 300}", "too long"),
        (f"train arae --data {'a' * 300} --out {{tmp}}/new", "a" * 300),
        ("train arae --config {tmp}/bomb.yaml", "alias"),
        ("train arae --config {tmp}/deep.yaml", "nested without end"),
        ("train arae --config {tmp}/digits.yaml", "thousands of digits"),
        ("train arae --config {tmp}/date.yaml", "rounds"),
        ("train arae --generator-dims [&a[1],*a]", "generator"),
        ("describe", "model"),
        ("describe nvae", "'nvae'"),
        ("describe arae --preset x", "'x'"),
    ],
)
def test_bad_input_is_said_in_one_line(command, places, monkeypatch, arguments, part):
    monkeypatch.chdir(places["tmp"])
    before = sorted(places["tmp"].rglob("*"))
    assert (
        part.replace("{tmp}", str(places["tmp"])) in command(*(a.format(**places) for a in arguments.split())).complaint
    )
    assert sorted(places["tmp"].rglob("*")) == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize(
    "arguments", ["sample {run} --device cuda", "train arae --data {corpus} --out {tmp}/new --device cuda"]
)
def test_a_gpu_that_is_not_there_is_said_in_one_line(command, places, arguments):
    assert "no GPU" in command(*(a.format(**places) for a in arguments.split())).complaint


def test_a_mistyped_corpus_does_not_take_the_run_folder(command, corpus_file, tmp_path):
    out = tmp_path / "run"
    assert "nope.txt" in command(*again(out, tmp_path / "nope.txt", "--rounds=1")).complaint
    assert command(*again(out, corpus_file, "--rounds=1")).code == 0


def in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)


def test_help_does_not_wait_for_torch():
    done = in_a_process(f"""
import sys
from textgan.cli import main
helps = [[], ["--help"], ["--help-all"], ["help"], ["--version"], ["train"], ["train", "--help"]]
helps += [[name, "--help"] for name in {list(COMMANDS)!r}] + [["sample", "--help-all"], ["--print-completion", "bash"]]
helps += [["train", name, "--help-all"] for name in {list(MODELS)!r}]
for arguments in helps:
    try:
        main(arguments)
    except SystemExit as end:
        assert end.code == 0, arguments
    assert "torch" not in sys.modules, arguments
try:
    main(["train", "arae", "--batch-size", "0"])
except SystemExit as end:
    assert end.code == 2
assert "torch" not in sys.modules
""")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == ["textgan: batch_size is 0; expected 1 or more"]
    for word in ("--critic-steps", "--batch-size", "--data", "--preset", "--beam-size", "textgan 0"):
        assert word in done.stdout
    assert all(f"  {name}" in done.stdout for name in COMMANDS)


def test_the_package_does_not_wait_for_torch():
    done = in_a_process("import sys, textgan; assert 'torch' not in sys.modules; assert callable(textgan.load)")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "--help",
        "describe --help",
        "train arae --help",
        "sample {run} -n 3 --temperature 0",
        "sample {run} -n 3000 --temperature 0",
    ],
)
def test_a_reader_that_goes_away_is_no_error(run_folder, arguments):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        command = [sys.executable, "-m", "textgan", *arguments.format(run=run_folder).split()]
        # Buffered, as it is for users: what little is written goes out only when the process ends.
        surroundings = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, text=True, timeout=120, env=surroundings)
    assert (done.returncode, done.stderr) == (0, "")
