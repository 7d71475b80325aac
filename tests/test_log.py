"""What a run says of itself survives crashes and resumes."""

import json
import math
from pathlib import Path

import pytest

from textgan.training.log import RunLog, draw_curves, read_log, read_metrics, sampled_rounds, thin_samples, thinned


def lines_of(folder: Path) -> list[str]:
    return (folder / "metrics.jsonl").read_text().splitlines()


def written(folder: Path, rounds: list[int]) -> None:
    log = RunLog(folder)
    for number in rounds:
        log.write(number, {"loss": 1 / number, "seconds": float(number)})


def is_png(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") and path.stat().st_size > 1000


def test_measurements_are_a_json_object_a_line(tmp_path):
    written(tmp_path, [1, 2])
    assert [json.loads(line) for line in lines_of(tmp_path)] == read_metrics(tmp_path)
    assert read_metrics(tmp_path)[1] == {"round": 2, "loss": 0.5, "seconds": 2.0}


def test_a_new_run_begins_with_an_empty_file(tmp_path):
    RunLog(tmp_path)
    assert lines_of(tmp_path) == []
    assert read_metrics(tmp_path) == []


def test_a_folder_without_metrics_has_none(tmp_path):
    assert read_metrics(tmp_path) == []


@pytest.mark.parametrize("cut", ['{"round": 3, "lo', "{", "\x00\x00\x00", '{"round": 3, "loss": 0.25'])
def test_a_last_line_that_a_crash_cut_is_left_out(tmp_path, cut):
    written(tmp_path, [1, 2])
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write(cut)
    assert [line["round"] for line in read_metrics(tmp_path)] == [1, 2]
    RunLog(tmp_path, 2).write(3, {"loss": 0.5})
    assert [json.loads(line)["round"] for line in lines_of(tmp_path)] == [1, 2, 3]


def test_rounds_that_are_played_again_are_dropped(tmp_path):
    written(tmp_path, [1, 2, 3, 4])
    RunLog(tmp_path, 2)
    assert [line["round"] for line in read_metrics(tmp_path)] == [1, 2]


def test_a_run_from_round_0_keeps_nothing(tmp_path):
    written(tmp_path, [1, 2])
    RunLog(tmp_path)
    assert read_metrics(tmp_path) == []


def test_nothing_is_left_beside_the_metrics(tmp_path):
    written(tmp_path, [1])
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_curves_are_drawn(tmp_path):
    log = RunLog(tmp_path)
    for number in range(1, 40):
        log.write(number, {"loss": 1 / number} | ({"valid.nll": 2.0, "a": 1.0, "b": 2.0} if number % 10 == 0 else {}))
    log.close()
    assert is_png(tmp_path / "curves.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.png", "metrics.jsonl"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
def test_curves_are_drawn_of_numbers_that_are_none(tmp_path, value):
    log = RunLog(tmp_path)
    log.write(1, {"loss": 1.0, "other": value})
    log.write(2, {"loss": value, "other": value})
    log.close()
    assert is_png(tmp_path / "curves.png")
    back = read_metrics(tmp_path)[1]["loss"]
    assert back == value or (math.isnan(value) and math.isnan(back))


def test_a_run_without_measurements_has_no_curves(tmp_path):
    draw_curves(tmp_path)
    RunLog(tmp_path).close()
    assert not (tmp_path / "curves.png").exists()


def test_a_run_writes_metrics_curves_and_samples(run_folder):
    metrics = read_metrics(run_folder)
    assert [line["round"] for line in metrics] == [4, 6, 8, 12]
    assert {"reconstruction", "wasserstein", "penalty", "fake_norm"} <= set(metrics[0])
    assert {"valid.reconstruction_nll", "samples.unique", "codes.variance_real"} <= set(metrics[1])
    assert all(math.isfinite(value) for line in metrics for value in line.values())
    assert is_png(run_folder / "curves.png")
    samples = sorted((run_folder / "samples").iterdir())
    assert [path.name for path in samples if path.suffix == ".txt"] == ["round-00000006.txt", "round-00000012.txt"]
    assert all(len(path.read_text().splitlines()) == 20 for path in samples if path.suffix == ".txt")
    maps = [path for path in samples if path.suffix == ".png"]
    assert [path.name for path in maps] == ["round-00000006-map.png", "round-00000012-map.png"]
    assert all(map(is_png, maps))
    assert sampled_rounds(run_folder) == [6, 12]
    assert sampled_rounds(run_folder / "nowhere") == []
    assert [path.name for path in (run_folder / "checkpoints").iterdir()] == ["round-00000012"]


def test_tensorboard_has_the_measurements_too(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import (  # type: ignore[import-untyped]
        EventAccumulator,
    )

    log = RunLog(tmp_path, tensorboard=True)
    log.write(3, {"valid.nll": 2.5})
    log.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    (point,) = events.Scalars("valid/nll")
    assert (point.step, point.value) == (3, 2.5)


def test_findings_are_kept_beside_the_measurements(tmp_path):
    RunLog(tmp_path).write(3, {"loss": 1.0}, ["it has not learned; train longer"])
    RunLog(tmp_path, last_round=3).write(4, {"loss": 0.5})
    assert [line.get("findings") for line in read_log(tmp_path)] == [["it has not learned; train longer"], None]
    assert read_metrics(tmp_path) == [{"round": 3, "loss": 1.0}, {"round": 4, "loss": 0.5}]
    draw_curves(tmp_path)


def test_a_run_that_has_not_learned_says_so_in_its_log_its_model_and_its_card(run_folder, model):
    found = tuple(read_log(run_folder)[-1]["findings"])
    assert "token accuracy" in " ".join(found)
    assert model.network.findings == found
    card = model.card("models/mine", model.config)
    assert all(f"- {line}\n" in card for line in found)


def test_a_long_run_keeps_few_lines_and_more_of_its_looks(tmp_path, monkeypatch):
    monkeypatch.setattr("textgan.training.log.MOST_LOG_LINES", 80)
    log = RunLog(tmp_path)
    for number in range(1, 1001):
        look = {"valid.nll": 1.0} if number % 50 == 0 else {}
        log.write(number, {"loss": 1.0} | look)
    lines = read_log(tmp_path)
    rounds = [line["round"] for line in lines]
    assert len(lines) <= 80
    assert rounds == sorted(set(rounds))
    assert rounds[-10:] == list(range(991, 1001))
    assert rounds[0] == 1
    assert sum("valid.nll" in line for line in lines) >= 5


def test_what_is_thinned_keeps_its_order_and_its_end():
    lines = [{"round": n} | ({"valid.x": 0} if n % 10 == 0 else {}) for n in range(400)]
    kept = thinned(lines, 100)
    assert len(kept) <= 100
    assert kept[-25:] == lines[-25:]
    assert kept == sorted(kept, key=lambda line: line["round"])
    assert thinned(lines[:100], 100) == lines[:100]
    assert len(thinned([{"round": n, "valid.x": 0} for n in range(5000)], 8)) <= 8


def test_samples_of_the_first_and_the_last_rounds_are_kept(tmp_path):
    for number in range(10, 40):
        (tmp_path / f"round-{number:08d}.txt").write_text("")
        (tmp_path / f"round-{number:08d}-grid.png").write_text("")
    (tmp_path / "notes.txt").write_text("")
    for _ in range(2):
        thin_samples(tmp_path, 6)
        names = sorted(path.name for path in tmp_path.iterdir())
        assert len(names) == 13
        kept = [name for name in names if name.endswith(".txt")]
        assert kept == ["notes.txt", *(f"round-{n:08d}.txt" for n in (10, 11, 12, 37, 38, 39))]
