"""A run that is stopped, killed or extended goes on as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.tiny import write_corpus
from textgan import experiment
from textgan.cli import train
from textgan.training.log import read_metrics
from textgan.training.run_folder import last_checkpoint

TINY = [
    *("--embedding-dim", "16", "--hidden-dim", "16", "--generator-dims", "[16,16]", "--critic-dims", "[16]"),
    *("--gan-batch-size", "8", "--batch-size", "8", "--threads", "1", "--save-every", "10", "--log-every", "10"),
    *("--evaluate-every", "50", "--sample-every", "50", "--seed", "3", "--autoencoder-optimizer.decay-from", "0.5"),
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {"TEXTGAN_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1"}


BY_LENGTH = [part for part in TINY if part not in ("--evaluate-every", "--sample-every", "50")]
"""The same, but looks fall where they fall by default."""


def command(data: Path, out: Path, rounds: int, *more: str, flags: Sequence[str] = TINY) -> list[str]:
    train = [sys.executable, "-m", "textgan", "train", "arae", "--data", str(data), "--out", str(out)]
    return [*train, "--rounds", str(rounds), *flags, *more]


def weights(out: Path) -> dict[str, torch.Tensor]:
    checkpoint = last_checkpoint(out)
    assert checkpoint is not None
    return load_file(checkpoint / "model.safetensors")


def assert_same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def without_clock(out: Path) -> list[dict[str, float]]:
    return [{k: v for k, v in line.items() if k != "seconds"} for line in read_metrics(out)]


def test_a_run_killed_again_and_again_equals_the_uninterrupted_run_bit_for_bit(tmp_path, environment):
    data = write_corpus(tmp_path / "c.txt")
    # With a time limit too: which round is the last must not depend on the clock.
    whole, killed = (
        command(data, tmp_path / name, 300, "--minutes", "60", flags=BY_LENGTH) for name in ("whole", "killed")
    )
    subprocess.run(whole, check=True, env=environment, capture_output=True)
    kills = 0
    for wanted in (20, 110, 190):
        process = subprocess.Popen(killed, env=environment, stderr=subprocess.DEVNULL)
        while process.poll() is None:
            now = last_checkpoint(tmp_path / "killed")
            if now is not None and int(now.name.removeprefix("round-")) >= wanted:
                process.kill()  # SIGKILL: at whatever the process is doing, saving included
                kills += 1
                break
            time.sleep(0.001)
        process.wait()
    assert kills >= 2
    subprocess.run(killed, check=True, env=environment, capture_output=True)
    for part in (".", "best"):
        assert_same(weights(tmp_path / "killed" / part), weights(tmp_path / "whole" / part))
        names = [[p.name for p in (tmp_path / run / part / "checkpoints").iterdir()] for run in ("killed", "whole")]
        assert names[0] == names[1]
    lines = without_clock(tmp_path / "killed")
    assert lines == without_clock(tmp_path / "whole")
    looks = [line["round"] for line in lines if "valid.token_accuracy" in line]
    assert looks == list(range(30, 301, 30))


def test_what_another_process_saved_before_the_lock_was_ours_is_gone_on_from(tmp_path, monkeypatch, environment):
    data, out, aside = write_corpus(tmp_path / "c.txt"), tmp_path / "run", tmp_path / "aside"
    monkeypatch.setenv("TEXTGAN_CACHE", environment["TEXTGAN_CACHE"])
    arguments = command(data, out, 10)[4:]
    assert train.run(arguments) == 0
    before = weights(out), (out / "metrics.jsonl").read_bytes()
    (out / "checkpoints").rename(aside)
    prepare = experiment.prepare

    def slowly(*given, **named):
        ready = prepare(*given, **named)
        aside.rename(out / "checkpoints")  # the other process saves, and ends
        return ready

    monkeypatch.setattr(experiment, "prepare", slowly)
    assert train.run(arguments) == 0
    assert_same(weights(out), before[0])
    assert (out / "metrics.jsonl").read_bytes() == before[1]


def test_a_signal_stops_after_the_round_saves_and_says_how_to_go_on(tmp_path, environment):
    data, out = write_corpus(tmp_path / "c.txt"), tmp_path / "run"
    process = subprocess.Popen(command(data, out, 100_000), env=environment, stderr=subprocess.PIPE, text=True)
    while last_checkpoint(out) is None:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, talk = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "the same command goes on from there" in talk
    stopped = last_checkpoint(out)
    assert stopped is not None
    number = int(stopped.name.removeprefix("round-"))
    again = subprocess.run(command(data, out, number + 5), env=environment, capture_output=True, text=True, check=True)
    assert f"resuming at round {number:,}" in again.stderr
    finished = last_checkpoint(out)
    assert finished is not None
    assert finished.name == f"round-{number + 5:08d}"


def test_minutes_are_a_budget_over_all_starts(tmp_path, environment):
    data, out = write_corpus(tmp_path / "c.txt"), tmp_path / "run"
    timed = [a for a in command(data, out, 0, "--minutes", "0.05") if a not in ("--rounds", "0")]
    subprocess.run(timed, check=True, env=environment, capture_output=True)
    seconds = [line["seconds"] for line in read_metrics(out)]
    assert seconds[-1] > 0
    again = subprocess.run(timed, check=True, env=environment, capture_output=True, text=True)
    assert "is done" in again.stderr
    assert read_metrics(out)[-1]["seconds"] == seconds[-1]


def test_a_checkpoint_of_another_corpus_is_refused(tmp_path, environment):
    data, out = write_corpus(tmp_path / "c.txt"), tmp_path / "run"
    subprocess.run(command(data, out, 10), check=True, env=environment, capture_output=True)
    before = weights(out)
    data.write_text(data.read_text().replace("dogs", "cats"))
    again = subprocess.run(command(data, out, 20), env=environment, capture_output=True, text=True, check=False)
    assert again.returncode == 2
    assert "the data is not that of" in again.stderr.splitlines()[-1]
    assert_same(weights(out), before)


def test_two_processes_equal_one_on_the_joined_batch(tmp_path, environment):
    """The command itself; every model and preset stands in test_processes.py."""
    data, one, two = write_corpus(tmp_path / "c.txt"), tmp_path / "one", tmp_path / "two"
    float32 = ("--precision", "float32")
    subprocess.run(command(data, one, 8, *float32), check=True, env=environment, capture_output=True)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    subprocess.run([*torchrun, *command(data, two, 8, *float32)[2:]], check=True, env=environment, capture_output=True)
    a, b = weights(one), weights(two)
    for name in a:  # Adam makes much of rounding where a gradient is nearly 0: few numbers may differ more
        difference = (a[name] - b[name]).abs().double()
        assert difference.square().mean().sqrt() < 2e-5, name
        assert difference.max() < 5e-4, name
    first, second = without_clock(one)[-1], without_clock(two)[-1]
    assert first.keys() == second.keys()
    assert abs(first["reconstruction"] - second["reconstruction"]) < 1e-4


def assert_two_processes_learn_labels_as_one_does(data: Path, place: Path, environment, *flags: str) -> Path:
    few = ("--precision", "float32", "--labels", "label", "--labeled", "20", "--classifier.batch-size", "8", *flags)
    one, two = place / "one", place / "two"
    subprocess.run(command(data, one, 6, *few), check=True, env=environment, capture_output=True)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
    subprocess.run([*torchrun, *command(data, two, 6, *few)[2:]], check=True, env=environment, capture_output=True)
    a, b = weights(one), weights(two)
    assert any(name.startswith("classifier.") for name in a)
    for name in a:  # Adam makes much of rounding where a gradient is nearly 0: few numbers may differ more
        difference = (a[name] - b[name]).abs().double()
        assert difference.square().mean().sqrt() < 2e-5, name
        assert difference.max() < 5e-4, name
    return two


def test_two_processes_learn_the_labels_of_pairs_as_one_does(tmp_path, environment):
    words = ["dogs", "birds", "men", "girls"]
    rows = [
        {
            "sentence1": f"two {words[i % 4]} run {i}",
            "sentence2": f"the {words[i // 4 % 4]} sleep",
            "label": str(i % 4 == i // 4 % 4),
        }
        for i in range(96)
    ]
    data = tmp_path / "pairs.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    run = assert_two_processes_learn_labels_as_one_does(data, tmp_path, environment)
    classify = [sys.executable, "-m", "textgan", "classify", str(run), str(data)]
    told = subprocess.run(classify, check=True, env=environment, capture_output=True, text=True).stdout.splitlines()
    assert len(told) == 96
    assert {line.split("\t")[0] for line in told} <= {"True", "False"}
