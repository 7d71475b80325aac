"""A run stays in its folder, says in a line what cannot be written, and loses nothing that was whole."""

import dataclasses
import errno
import json
import logging
import os
import pickle
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import TINY
from textgan import distributed
from textgan.errors import SaidElsewhereError, UserError
from textgan.estimator import SentenceClassifier
from textgan.files import open_to_append, whole_file
from textgan.sampling import SentenceModel
from textgan.sampling.model_card import escaped
from textgan.training.checkpoint import FILES, read_model, save_checkpoint
from textgan.training.log import RunLog, read_log, read_metrics
from textgan.training.run_folder import Run, last_checkpoint

WORTH = "of great worth"
CADENCE = ["--log-every=4", "--evaluate-every=6", "--sample-every=6", "--save-every=6"]


@pytest.fixture
def run(run_folder, tmp_path) -> Path:
    """A run to continue."""
    return Path(shutil.copytree(run_folder, tmp_path / "run"))


@pytest.fixture
def mine(tmp_path) -> Path:
    """A file outside of the run."""
    path = tmp_path / "mine.txt"
    path.write_text(WORTH)
    return path


def more(run: Path, corpus: Path, *flags: str) -> list[object]:
    return ["train", "arae", *TINY, f"--data={corpus}", f"--out={run}", *CADENCE, *flags]


@pytest.mark.parametrize(
    "name", ["config.yaml", "metrics.jsonl", "curves.png", "samples", "checkpoints", "best", "best/checkpoints"]
)
def test_a_run_whose_files_are_links_is_refused(model, run, mine, tmp_path, name):
    outside = tmp_path / "outside"
    (run / name).rename(outside)
    (run / name).symlink_to(outside)
    before = sorted(outside.rglob("*"))
    with pytest.raises(UserError, match="is a link") as error:
        Run(run, model.config)
    assert "\n" not in str(error.value)
    assert sorted(outside.rglob("*")) == before


def test_nothing_is_written_through_links_that_wait_in_a_run(command, run, corpus_file, mine):
    for name in (".config.new", "metrics.new", ".curves.new.png", "samples/round-00000014.txt"):
        (run / name).symlink_to(mine)
    outcome = command(*more(run, corpus_file, "--rounds=14"))
    assert outcome.code == 0, outcome.err
    assert mine.read_text() == WORTH
    assert not (run / "samples" / "round-00000014.txt").is_symlink()


def test_unfinished_files_are_not_written_through_links(mine, tmp_path):
    link = tmp_path / f".x.txt.new-{os.getpid()}"
    link.symlink_to(mine)
    with whole_file(tmp_path / "x.txt", follow=False) as aside:
        aside.write_text("new")
    assert (mine.read_text(), (tmp_path / "x.txt").read_text()) == (WORTH, "new")


def test_a_run_replaces_a_link_and_a_user_means_what_it_leads_to(mine, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(mine)
    with whole_file(link) as aside:
        aside.write_text("new")
    assert link.is_symlink()
    assert mine.read_text() == "new"
    with whole_file(link, follow=False) as aside:
        aside.write_text("newer")
    assert not link.is_symlink()
    assert mine.read_text() == "new"


def test_the_log_is_not_written_through_a_link(mine, tmp_path):
    (tmp_path / "metrics.jsonl").symlink_to(mine)
    with pytest.raises(OSError, match="symbolic"):
        open_to_append(tmp_path / "metrics.jsonl")
    RunLog(tmp_path).write(1, {"loss": 1.0})
    assert not (tmp_path / "metrics.jsonl").is_symlink()
    assert mine.read_text() == WORTH


GARBAGE = [b"\xff\xfe\x80", b"[1, 2]", b"3", b"null", b'{"loss": 1}', b'{"round": "2"}', b'{"round": -1}', b"{", b"",
           b'{"round": 1e999}', b"[" * 10_000, b'{"round": ' + b"9" * 5_000 + b"}", b"\x00" * 50]  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda line: str(line[:16]))
def test_a_line_of_garbage_takes_no_other_with_it(tmp_path, caplog, garbage):
    log = RunLog(tmp_path)
    log.write(1, {"loss": 1.0})
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(garbage + b"\n")
    log.write(2, {"loss": 2.0})
    log.write(3, {"loss": 3.0})
    assert [line["round"] for line in read_log(tmp_path)] == [1, 2, 3]
    with caplog.at_level(logging.WARNING, "textgan"):
        again = RunLog(tmp_path, 2)
    assert "1 lines" in caplog.text
    again.write(3, {"loss": 4.0})
    assert [line["loss"] for line in read_metrics(tmp_path)] == [1.0, 2.0, 4.0]
    assert garbage in (tmp_path / "metrics.jsonl").read_bytes().split(b"\n")


def test_measurements_that_are_no_numbers_are_not_drawn(tmp_path):
    line = {"round": 1, "loss": 1.0, "a": "b", "c": [1], "d": {"e": 1}, "f": True, "g": 10**400, "h": None}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    assert read_metrics(tmp_path) == [{"round": 1, "loss": 1.0}]
    RunLog(tmp_path, 1).close()
    assert (tmp_path / "curves.png").stat().st_size > 1000


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_log_that_is_no_file_is_refused(tmp_path, make):
    make(tmp_path / "metrics.jsonl")
    with pytest.raises(UserError, match=r"metrics\.jsonl"):
        RunLog(tmp_path)


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "tokenizer/../../out.txt", "x", "tokenizer"])
def test_a_pickle_writes_no_file_of_its_own_choice(model, tmp_path, monkeypatch, name):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "deep" / "er"))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    classifier = SentenceClassifier()
    classifier.model_, classifier.classes_ = model, np.array([0, 1])
    state = classifier.__getstate__()
    assert set(state["_files"]) <= set(FILES)
    state["_files"][name] = b"mine"
    with pytest.raises(UserError, match="the pickle holds"):
        SentenceClassifier().__setstate__(state)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_classifier_is_pickled_as_before(model):
    classifier = SentenceClassifier()
    classifier.model_, classifier.classes_ = model, np.array([0, 1])
    again = pickle.loads(pickle.dumps(classifier))
    assert again.model_.sample(3) == model.sample(3)


def test_what_is_shared_names_no_folder(model, tmp_path):
    places = {
        "data": "private/of/ann/corpus.txt",
        "unlabeled": "/private/ann/a.txt, ../secret/b.txt,hf:owner/name,scenes",
    }
    config = dataclasses.replace(model.config, data=dataclasses.replace(model.config.data, **places))
    SentenceModel(model.network, model.tokenizer, config).save_pretrained(tmp_path / "shared")
    text = "".join(path.read_text(errors="replace") for path in (tmp_path / "shared").rglob("*") if path.is_file())
    assert not [word for word in ("private", "ann", "secret", str(tmp_path)) if f"{word}/" in text]
    data = read_model(tmp_path / "shared").config.data
    assert (data.data, getattr(data, "unlabeled", "")) == ("corpus.txt", "a.txt,b.txt,hf:owner/name,scenes")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a <unk> man .", r"a \<unk\> man ."),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("a | b\n# c", r"a \| b \# c"),
        ("- a", r"\- a"),
        ("1. a", r"1\. a"),
        ("&lt; & c", r"\&lt; & c"),
        ("two dogs are running .", "two dogs are running ."),
    ],
)
def test_the_model_card_shows_what_samples_say_as_it_stands(text, shown):
    assert escaped(text) == shown


def test_the_same_data_under_another_spelling_resumes(model, run, corpus_file, tmp_path, monkeypatch):
    (tmp_path / "link.txt").symlink_to(corpus_file)
    monkeypatch.chdir(corpus_file.parent)
    detour = f"{corpus_file.parent}/../{corpus_file.parent.name}/tiny.txt"
    for name in (corpus_file.name, f"./{corpus_file.name}", detour, str(tmp_path / "link.txt")):
        Run(run, dataclasses.replace(model.config, data=dataclasses.replace(model.config.data, data=name))).close()
    with pytest.raises(UserError, match=r"data: .* -> .*other\.txt"):
        Run(run, dataclasses.replace(model.config, data=dataclasses.replace(model.config.data, data="other.txt")))


def test_a_run_that_was_removed_is_not_made_anew(model, run):
    running = Run(run, model.config)
    running.check_there()
    shutil.rmtree(run)
    with pytest.raises(UserError, match="was removed"):
        running.check_there()
    assert not run.exists()


def test_what_kills_left_is_swept_after_an_hour(tmp_path):
    now, old = tmp_path / ".x.txt.new-1", tmp_path / ".x.txt.new-2"
    other, notes = tmp_path / ".y.txt.new-3", tmp_path / ".x.txt.new-ideas"
    for path in (now, old, other, notes):
        path.write_text("half")
    for path in (old, other, notes):
        os.utime(path, (time.time() - 7200,) * 2)
    with whole_file(tmp_path / "x.txt") as aside:
        aside.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".x.txt.new-1", ".x.txt.new-ideas", ".y.txt.new-3", "x.txt",
    ]  # fmt: skip


def test_on_a_read_only_file_system_the_cause_is_said(tmp_path, monkeypatch):
    refusal = OSError(errno.EROFS, os.strerror(errno.EROFS))

    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise refusal

    def write() -> None:
        with whole_file(tmp_path / "x.txt"):
            monkeypatch.setattr(Path, "unlink", refuse)
            raise refusal

    with pytest.raises(UserError, match="Read-only file system"):
        write()


def test_names_as_long_as_file_systems_allow_are_written(tmp_path):
    path = tmp_path / ("x" * 255)
    with whole_file(path) as aside:
        aside.write_text("x")
    assert path.read_text() == "x"


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk on which no file can be larger, which to whoever writes is as a full one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [10, 2_000, 20_000])
def test_a_checkpoint_for_which_there_is_no_room_leaves_the_last_one_whole(model, tmp_path, size):
    state = {"optimizers": torch.zeros(10_000)}
    first = save_checkpoint(tmp_path, 5, model.network, model.tokenizer, model.config, "", state)
    before = {path.name: path.read_bytes() for path in first.rglob("*") if path.is_file()}
    with files_of_at_most(size), pytest.raises(OSError, match=r"large|write|space|error"):
        save_checkpoint(tmp_path, 6, model.network, model.tokenizer, model.config, "", state)
    assert list((tmp_path / "checkpoints").iterdir()) == [first]
    assert {path.name: path.read_bytes() for path in first.rglob("*") if path.is_file()} == before


def test_a_full_disk_ends_training_in_a_line_that_says_what_is_kept(command, run, corpus_file):
    def full(*arguments: object, **names: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    last = last_checkpoint(run)
    assert last is not None
    before = {path.name: path.read_bytes() for path in last.rglob("*") if path.is_file()}
    for place in ("torch.save", "textgan.training.checkpoint.write_weights", "textgan.training.log.open_to_append"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, full)
            complaint = command(*more(run, corpus_file, "--rounds=99", "--log-every=1", "--save-every=1")).complaint
        assert "No space left on device" in complaint
        assert "the last checkpoint, of round 12, is whole" in complaint
        assert [path.name for path in (run / "checkpoints").iterdir()] == [last.name]
        assert {path.name: path.read_bytes() for path in last.rglob("*") if path.is_file()} == before


def test_a_run_without_a_checkpoint_does_not_speak_of_one(command, corpus_file, tmp_path):
    outcome = command(*more(tmp_path / "run", corpus_file, "--rounds=3", "--autoencoder-optimizer.lr=1e38"))
    assert outcome.code == 1
    assert "no checkpoint yet" in outcome.err


@pytest.mark.parametrize("shell", [">&-", ">/dev/full", ">&- 2>&-"])
def test_output_that_cannot_be_written_is_said_in_one_line(shell):
    command = f"exec {sys.executable} -m textgan help {shell}"
    done = subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, int("2>" not in shell)), done.stderr


def test_with_all_streams_closed_a_file_is_written_all_the_same(run_folder, tmp_path):
    out = tmp_path / "out.txt"
    command = f"exec {sys.executable} -m textgan sample {run_folder} -n 3 --temperature 0 --output {out} <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 0
    assert len(out.read_text().splitlines()) == 3


def _as_rank(rank: int, place: str, port: int) -> None:
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    said = "nothing"
    try:
        with distributed.session(False):
            try:
                distributed.on_main(_fail)
            except SaidElsewhereError:
                said = "elsewhere"
            except UserError as error:
                said = str(error)
            Path(place, f"first-{rank}").write_text(said)
            if rank == 1:
                os._exit(0)
            distributed.barrier()
    except UserError as error:
        Path(place, "second").write_text(str(error))


def _fail() -> None:
    raise UserError("the folder is taken")


def test_of_many_processes_none_waits_for_one_that_cannot_go_on_or_was_killed(tmp_path):
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.start_processes(_as_rank, (str(tmp_path), port), nprocs=2, start_method="spawn")
    assert (tmp_path / "first-0").read_text() == "the folder is taken"
    assert (tmp_path / "first-1").read_text() == "elsewhere"
    assert "another process of this training has ended" in (tmp_path / "second").read_text()
