"""Precision, threads and memory on any machine: what is not there is not used, and said."""

import logging

import pytest
import torch

from textgan import device, limits
from textgan.settings import TrainConfig

CPU = TrainConfig(device="cpu", threads=1)


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def chosen(precision: str, monkeypatch: pytest.MonkeyPatch, **capabilities: bool | str) -> str:
    monkeypatch.setattr(device, "_capabilities", lambda: capabilities)
    monkeypatch.setattr(device, "float32_through_onednn", lambda: None)
    return device.prepare_machine(TrainConfig(device="cpu", threads=1, precision=precision)).precision  # type: ignore[arg-type]


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
    assert caplog.messages == ["bf16 is slower than float32 on this processor: float32 is used"]


@pytest.mark.parametrize(
    ("name", "amx", "precision"),
    [("Intel Xeon", False, "float32"), ("Intel Xeon", True, "bf16"), ("AMD EPYC", False, "bf16")],
)
def test_bf16_at_half_the_rate_of_float32_is_not_taken(monkeypatch, name, amx, precision):
    assert chosen("auto", monkeypatch, avx512_bf16=True, amx_bf16=amx, cpu_name=name) == precision


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_machine_without_glibc_trains_all_the_same(monkeypatch, error):
    def none(name: object) -> None:
        raise error

    monkeypatch.setattr(device.ctypes, "CDLL", none)
    assert device.prepare_machine(CPU).threads == 1


def test_all_cores_are_taken_where_nothing_says_which(monkeypatch):
    monkeypatch.delattr(limits.os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(limits.os, "cpu_count", lambda: 3)
    assert device.prepare_machine(TrainConfig(device="cpu")).threads == 3
