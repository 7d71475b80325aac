"""A model on disk: one directory, visible all at once or not at all.

    checkpoints/round-00001000/
        config.json          model, data and training settings, size of the vocabulary, fingerprint of the corpus,
                             usual temperature and findings of the last look at validation data
        model.safetensors    weights, see textgan.weights
        tokenizer/           see textgan.data.tokenizer
        training.pt          round, optimizers, clock: tensors and plain values, read with weights_only=True

It is written aside, fsynced file by file, and renamed: after kill -9 at any moment the last good one loads.
"""

import json
import math
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from textgan.config import to_dict
from textgan.data.tokenizer import Tokenizer, load_tokenizer
from textgan.data.types import ImageSpec, TextSpec
from textgan.errors import UserError
from textgan.game import Game
from textgan.models import build
from textgan.recipes import RunConfig, to_run_config
from textgan.weights import read_weights, write_weights

_NAME = re.compile(r"round-(\d{8,})$")


class Saved(NamedTuple):
    """A model read from disk.

    Args:
        game: the model, on the CPU.
        tokenizer: its tokenizer; None of images.
        config: how it was trained.
        fingerprint: of the corpus, "" if unknown.
    """

    game: Game
    tokenizer: Tokenizer | None
    config: RunConfig
    fingerprint: str


def write_model(
    folder: Path,
    game: Game,
    tokenizer: Tokenizer | None,
    config: RunConfig,
    fingerprint: str = "",
    dtype: str = "float32",
) -> None:
    """Write config.json, model.safetensors and, of sentences, tokenizer/ into an existing folder.

    Raises:
        UserError: a dtype in which weights are not stored, see `write_weights`.
    """
    values = to_dict(config) | {"spec": game.spec._asdict(), "fingerprint": fingerprint}
    values |= {"sampling_temperature": game.sampling_temperature, "findings": list(game.findings)}
    (folder / "config.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    write_weights(folder / "model.safetensors", game, dtype)
    if tokenizer is not None:
        tokenizer.save(folder / "tokenizer")


def read_model(folder: Path) -> Saved:
    """Read what `write_model` wrote.

    Raises:
        UserError: a file is missing or not what it should be.
    """
    values = _read_config(folder)
    fingerprint, spec = values.pop("fingerprint", ""), _spec(values.pop("spec", None), folder)
    temperature, findings = values.pop("sampling_temperature", None), values.pop("findings", [])
    config = to_run_config(values)
    game = build(config.settings, spec)
    _tell(game, temperature, findings, folder)
    read_weights(folder / "model.safetensors", game)
    tokenizer = load_tokenizer(folder / "tokenizer") if isinstance(spec, TextSpec) else None
    return Saved(game, tokenizer, config, fingerprint)


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / "config.json"
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} not found; expected a folder that textgan saved a model in") from error
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); expected a configuration that textgan wrote") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} is no JSON object; expected a configuration that textgan wrote")
    return values


def _spec(values: Any, folder: Path) -> TextSpec | ImageSpec:
    if isinstance(values, dict) and {"vocab_size", "max_length"} <= set(values) <= set(TextSpec._fields):
        vocab_size, max_length, labels, pairs = TextSpec(**values)
        named = isinstance(labels, list | tuple) and all(isinstance(name, str) for name in labels)
        if _is_whole(vocab_size) and _is_whole(max_length) and named and type(pairs) is bool:
            return TextSpec(vocab_size, max_length, tuple(labels), pairs)
    if isinstance(values, dict) and set(values) == set(ImageSpec._fields):
        shape, binary, classes = (values[name] for name in ImageSpec._fields)
        if isinstance(shape, list) and all(map(_is_whole, shape)) and type(binary) is bool and _is_whole(classes):
            return ImageSpec(tuple(shape), binary, classes)
    names = ", ".join(TextSpec._fields), ", ".join(ImageSpec._fields)
    raise UserError(
        f"{folder / 'config.json'}: spec is {values!r}; expected whole numbers {names[0]}, or of images {names[1]}"
    )


def _tell(game: Game, temperature: Any, findings: Any, folder: Path) -> None:
    """Give a model what its looks at validation data came to."""
    if temperature is not None:
        if type(temperature) not in (int, float) or not 0 <= temperature < math.inf:
            raise UserError(
                f"{folder / 'config.json'}: sampling_temperature is {temperature!r}; expected 0 (greedy) or more"
            )
        game.sampling_temperature = float(temperature)
    if not isinstance(findings, list) or not all(isinstance(line, str) for line in findings):
        raise UserError(f"{folder / 'config.json'}: findings are {findings!r}; expected a list of lines")
    game.findings = tuple(findings)


def _is_whole(value: Any) -> bool:
    return type(value) is int


def save_checkpoint(
    run: Path,
    number: int,
    game: Game,
    tokenizer: Tokenizer | None,
    config: RunConfig,
    fingerprint: str,
    state: Mapping[str, Any] | None,
) -> Path:
    """Make round `number` the run's checkpoint; older ones go once it is safe.

    Args:
        run: the run folder.
        number: rounds played.
        game: the model.
        tokenizer: its tokenizer; None of images.
        config: the run's settings.
        fingerprint: of the corpus.
        state: of the trainer: tensors, numbers, strings, lists and dictionaries only; None: the model alone.
    """
    parent = run / "checkpoints"
    final = parent / f"round-{number:08d}"
    if final.exists():
        return final
    with replaced_at_once(final) as folder:
        write_model(folder, game, tokenizer, config, fingerprint)
        if state is not None:
            torch.save(dict(state), folder / "training.pt")
    for old in parent.iterdir():
        if old != final and (_NAME.match(old.name) or old.name.startswith(".new-")):
            shutil.rmtree(old)
    return final


def last_checkpoint(run: Path) -> Path | None:
    """The newest whole checkpoint of a run, or None."""
    parent = run / "checkpoints"
    found = [p for p in parent.iterdir() if _NAME.match(p.name)] if parent.is_dir() else []
    return max(found, key=rounds_of, default=None)


def rounds_of(checkpoint: Path) -> int:
    """Rounds that were played when a checkpoint was made."""
    return int(checkpoint.name.removeprefix("round-"))


def read_training_state(checkpoint: Path) -> dict[str, Any]:
    """The trainer's state, read without executing anything.

    Raises:
        UserError: the file is missing, damaged, or holds more than tensors and plain values.
    """
    path = checkpoint / "training.pt"
    try:
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # torch raises its own, zipfile's and pickle's errors for damaged files
        raise UserError(f"{path} is damaged or was not written by textgan ({type(error).__name__})") from error
    return state


@contextmanager
def replaced_at_once(final: Path) -> Iterator[Path]:
    """A folder to fill, which then appears as `final` in a single rename, its files safe on disk."""
    final.parent.mkdir(parents=True, exist_ok=True)
    aside = final.parent / f".new-{final.name}-{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        for path in [*(p for p in aside.rglob("*")), aside]:
            _fsync(path)
        aside.rename(final)
        _fsync(final.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
