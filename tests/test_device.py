"""Precision, threads and memory on any machine: what is not there is not used, and said."""

import logging

import pytest
import torch

from textgan import cores, device
from textgan.settings import TrainConfig

CPU = TrainConfig(device="cpu", threads=1)


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def chosen(precision: str, monkeypatch: pytest.MonkeyPatch, **capabilities: bool) -> str:
    monkeypatch.setattr(device, "_capabilities", lambda: capabilities)
    monkeypatch.setattr(device, "float32_through_onednn", lambda: None)
    return device.prepare(TrainConfig(device="cpu", threads=1, precision=precision)).precision  # type: ignore[arg-type]


@pytest.mark.parametrize("capable", ["avx512_bf16", "amx_bf16"])
def test_bf16_is_taken_where_the_processor_has_it(monkeypatch, capable):
    assert [chosen(p, monkeypatch, **{capable: True}) for p in ("auto", "bf16", "float32")] == [
        "bf16",
        "bf16",
        "float32",
    ]


def test_elsewhere_it_is_float32_and_said_if_bf16_was_asked_for(monkeypatch, caplog):
    with caplog.at_level(logging.WARNING, logger="textgan"):
        assert chosen("auto", monkeypatch, avx2=True) == chosen("float32", monkeypatch) == "float32"
        assert caplog.messages == []
        assert chosen("bf16", monkeypatch, avx2=True) == "float32"
    assert caplog.messages == ["this processor does not compute in bf16: float32, which is faster here"]


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_machine_without_glibc_trains_all_the_same(monkeypatch, error):
    def none(name: object) -> None:
        raise error

    monkeypatch.setattr(device.ctypes, "CDLL", none)
    assert device.prepare(CPU).threads == 1


def test_all_cores_are_taken_where_nothing_says_which(monkeypatch):
    monkeypatch.delattr(cores.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 3)
    assert device.prepare(TrainConfig(device="cpu")).threads == 3
