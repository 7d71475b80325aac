"""Many processes end where one does: every model and preset, with batches that are odd on each of them."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from tests.test_contract import Case, cases
from tests.tiny import CPU, LABELED, PIXELS, SPEC, tiny_config, tiny_game, tiny_stream
from textgan.settings import OptimizerConfig
from textgan.training.trainer import Trainer

ROUNDS, ROWS = 2, 6
SGD = OptimizerConfig("sgd", lr=0.01)
Result = dict[str, torch.Tensor]


def more_cases() -> Iterator[Case]:
    """Every model and preset, and settings that none of them has."""
    yield from cases()
    yield Case("vae images free bits", tiny_config("vae", modality="images", free_bits=0.05), PIXELS)
    yield Case("vae text free bits", tiny_config("vae", modality="text", free_bits=0.05, kl_warmup_rounds=0), SPEC)
    yield Case("acai codes", tiny_config("acai", modality="text", critic_input="codes"), SPEC)
    yield Case("arae_transfer", tiny_config("arae_transfer", attribute_weight=5.0), LABELED)


def by_sgd(config: Any) -> Any:
    """The same model moved by SGD: Adam makes a step of its learning rate of a gradient of nearly zero."""
    changes = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if isinstance(value, OptimizerConfig):
            changes[field.name] = SGD
        elif dataclasses.is_dataclass(value):
            changes[field.name] = by_sgd(value)
    return dataclasses.replace(config, **changes)


def played(case: Case) -> Result:
    """Weights and logs after two rounds of the global batch, by as many processes as there are."""
    rank, size = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    stream = tiny_stream(case.spec, ROWS, 0, rank, size)
    trainer = Trainer(tiny_game(by_sgd(case.config), spec=case.spec), stream, CPU, 0)
    for _ in range(ROUNDS):
        trainer.play_round()
    logs = {f"log {name}": torch.tensor(value) for name, value in trainer.read_logs().items()}
    return trainer.game.state_dict() | logs


def play_as_rank(rank: int, meeting: str, output: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    results = {case.name: played(case) for case in more_cases()}
    if rank == 0:
        torch.save(results, output)
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def by_two(tmp_path_factory) -> dict[str, Result]:
    """What two processes end with, for each case."""
    folder: Path = tmp_path_factory.mktemp("ranks")
    places = str(folder / "meeting"), str(folder / "results.pt")
    torch.multiprocessing.start_processes(play_as_rank, places, nprocs=2, start_method="spawn")
    results: dict[str, Result] = torch.load(places[1], weights_only=True)
    return results


@pytest.mark.parametrize("case", [*more_cases()], ids=lambda case: case.name)
def test_two_processes_equal_one_on_the_joined_batch(case, by_two):
    expected = played(case)
    assert set(expected) == set(by_two[case.name])
    for key, value in expected.items():
        found = by_two[case.name][key]
        torch.testing.assert_close(found, value, rtol=1e-4, atol=1e-5, msg=lambda m, key=key: f"{key}: {m}")
