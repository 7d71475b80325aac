"""A model on disk: one directory, visible all at once or not at all.

    checkpoints/round-00001000/
        config.json          format and versions, model, data and training settings, size of the vocabulary,
                             fingerprint of the corpus, usual temperature and findings of the last look at validation
                             data, and what else is known of the model, see textgan.training.model_info
        model.safetensors    weights, see textgan.weights
        tokenizer/           see textgan.data.tokenizer
        training.pt          round, optimizers, clock: tensors and plain values, read with weights_only=True

It is written aside, fsynced file by file, and renamed: after kill -9 at any moment the last good one loads. What is
read may come from anybody: nothing of it is executed, and nothing is used before it is compared with the rest.
"""

import errno
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError

from textgan.config import to_dict
from textgan.data.tokenizer import Tokenizer, load_tokenizer
from textgan.data.types import LABEL_TYPES, ImageSpec, TextSpec
from textgan.errors import UserError, reason_of
from textgan.files import check_is_file, reason_of_system, sweep_beside
from textgan.game import Game
from textgan.models import build
from textgan.recipes import RunConfig, to_run_config
from textgan.training.model_info import FORMAT, ModelInfo, read_config
from textgan.training.run_folder import is_checkpoint, is_folder
from textgan.version import __version__
from textgan.weights import built_as, read_weights, write_weights

_LITTLE = 1 << 20  # bytes: a disk that has less is full
_HOTTEST = 1e9  # temperature
_MOST_TOKENS = 100_000  # of a sentence: what writes one must end


FILES = (
    "config.json", "model.safetensors", "tokenizer/tokenizer.json", "tokenizer/vocab.txt",
    "tokenizer/sentencepiece.model",
)  # fmt: skip
"""All that `write_model` may write."""


class Saved(NamedTuple):
    """A model read from disk.

    Args:
        game: the model, on the CPU.
        tokenizer: its tokenizer; None of images.
        config: how it was trained.
        fingerprint: of the corpus, "" if unknown.
        info: what else is known of it.
    """

    game: Game
    tokenizer: Tokenizer | None
    config: RunConfig
    fingerprint: str
    info: ModelInfo = ModelInfo()


def write_model(
    folder: Path,
    game: Game,
    tokenizer: Tokenizer | None,
    config: RunConfig,
    fingerprint: str = "",
    dtype: str = "float32",
    info: ModelInfo = ModelInfo(),
) -> None:
    """Write config.json, model.safetensors and, of sentences, tokenizer/ into an existing folder.

    Raises:
        UserError: a dtype in which weights are not stored, see `write_weights`.
    """
    spec, parameters = game.spec, sum(p.numel() for p in game.parameters())
    modality, labels = ("text", spec.labels) if isinstance(spec, TextSpec) else ("images", range(spec.classes))
    values: dict[str, Any] = {"format": FORMAT, "textgan": __version__, "torch": str(torch.__version__)}
    values |= {"modality": modality, "labels": [str(label) for label in labels], "parameters": parameters}
    values |= info.to_dict() | to_dict(config) | {"spec": spec._asdict(), "fingerprint": fingerprint}
    values |= {"sampling_temperature": game.sampling_temperature, "findings": list(game.findings)}
    (folder / "config.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    with _system_errors(folder):
        write_weights(folder / "model.safetensors", game, dtype)
    if tokenizer is not None:
        tokenizer.save(folder / "tokenizer")


@contextmanager
def _system_errors(folder: Path) -> Iterator[None]:
    """What libraries raise where nothing can be written, as what Python raises."""
    try:
        yield
    except (RuntimeError, SafetensorError) as error:
        if "write" not in str(error) and "os error" not in str(error):
            raise
        full = shutil.disk_usage(folder).free < _LITTLE
        code, reason = (errno.ENOSPC, os.strerror(errno.ENOSPC)) if full else (errno.EIO, reason_of(error))
        raise OSError(code, reason) from error


def read_model(folder: Path) -> Saved:
    """Read what `write_model` wrote.

    Raises:
        UserError: a file is missing or not what it should be.
    """
    values = read_config(folder)
    fingerprint, spec = values.pop("fingerprint", ""), _spec(values.pop("spec", None), folder)
    temperature, findings = values.pop("sampling_temperature", None), values.pop("findings", [])
    if not isinstance(fingerprint, str):
        raise UserError(f"{folder / 'config.json'}: fingerprint is {fingerprint!r}; expected a text")
    config, info = to_run_config(values), _info(values, folder)
    tokenizer = load_tokenizer(folder / "tokenizer") if isinstance(spec, TextSpec) else None
    if isinstance(spec, TextSpec) and tokenizer is not None and tokenizer.vocab_size != spec.vocab_size:
        raise UserError(
            f"{folder / 'tokenizer'} holds {tokenizer.vocab_size:,} tokens; expected the {spec.vocab_size:,} "
            "of config.json: restore the saved model"
        )
    weights = folder / "model.safetensors"
    game = built_as(weights, lambda: build(config.settings, spec))
    _tell(game, temperature, findings, folder)
    read_weights(weights, game)
    return Saved(game, tokenizer, config, fingerprint, info)


def _info(values: dict[str, Any], folder: Path) -> ModelInfo:
    try:
        return ModelInfo.of(values)
    except UserError as error:
        raise UserError(f"{folder / 'config.json'}: {error}") from error


def _spec(values: Any, folder: Path) -> TextSpec | ImageSpec:
    if isinstance(values, dict) and {"vocab_size", "max_length"} <= set(values) <= set(TextSpec._fields):
        vocab_size, max_length, labels, pairs, label_type = TextSpec(**values)
        named = isinstance(labels, list | tuple) and all(isinstance(name, str) for name in labels)
        short = _is_size(max_length) and max_length <= _MOST_TOKENS
        known = type(pairs) is bool and named and _are_named(labels, label_type)
        if _is_size(vocab_size) and short and known:
            return TextSpec(vocab_size, max_length, tuple(labels), pairs, label_type)
    if isinstance(values, dict) and set(values) == set(ImageSpec._fields):
        shape, binary, classes = (values[name] for name in ImageSpec._fields)
        known = type(binary) is bool and type(classes) is int and 0 <= classes < 1 << 31
        if known and isinstance(shape, list) and len(shape) in (1, 3) and all(map(_is_size, shape)):
            return ImageSpec(tuple(shape), binary, classes)
    names = ", ".join(TextSpec._fields), ", ".join(ImageSpec._fields)
    raise UserError(
        f"{folder / 'config.json'}: spec is {values!r}; expected whole numbers {names[0]} (max_length at most "
        f"{_MOST_TOKENS:,}), or of images {names[1]}"
    )


def _are_named(labels: Sequence[str], label_type: object) -> bool:
    """Whether these are the names of classes of a type, one of `LABEL_TYPES`."""
    try:
        return all(str(LABEL_TYPES[str(label_type)](name)) == name for name in labels)
    except (ValueError, KeyError):
        return False


def _tell(game: Game, temperature: Any, findings: Any, folder: Path) -> None:
    """Give a model what its looks at validation data came to."""
    if temperature is not None:
        if type(temperature) not in (int, float) or not 0 <= temperature < _HOTTEST:
            raise UserError(
                f"{folder / 'config.json'}: sampling_temperature is {temperature!r}; expected 0 (greedy) or more"
            )
        game.sampling_temperature = float(temperature)
    if not isinstance(findings, list) or not all(isinstance(line, str) for line in findings):
        raise UserError(f"{folder / 'config.json'}: findings are {findings!r}; expected a list of lines")
    game.findings = tuple(findings)


def _is_size(value: Any) -> bool:
    return type(value) is int and 1 <= value < 1 << 31


def save_checkpoint(
    run: Path,
    number: int,
    game: Game,
    tokenizer: Tokenizer | None,
    config: RunConfig,
    fingerprint: str,
    state: Mapping[str, Any] | None,
    info: ModelInfo = ModelInfo(),
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
        info: what else is known of the model.
    """
    parent = run / "checkpoints"
    final = parent / f"round-{number:08d}"
    with replaced_at_once(final, again=True) as folder:
        write_model(folder, game, tokenizer, config, fingerprint, info=info)
        if state is not None:
            with _system_errors(folder):
                torch.save(dict(state), folder / "training.pt")
    for old in parent.iterdir():
        if old != final and (is_checkpoint(old) or (old.name.startswith(".new-") and is_folder(old))):
            shutil.rmtree(old)
    return final


def read_training_state(checkpoint: Path) -> dict[str, Any]:
    """The trainer's state, read without executing anything.

    Raises:
        UserError: the file is missing, damaged, or holds more than tensors and plain values.
    """
    path = checkpoint / "training.pt"
    check_is_file(path, "the state of a training")
    try:
        _refuse_bombs(path)
        state: Any = torch.load(path, weights_only=True, map_location="cpu")
    except Exception as error:  # torch raises its own, zipfile's and pickle's errors for damaged files
        raise UserError(f"{path} is damaged or was not written by textgan ({type(error).__name__})") from error
    if not isinstance(state, dict):
        raise UserError(f"{path} holds no state of a training; restore it, or choose another --out")
    return state


def _refuse_bombs(path: Path) -> None:
    """Whether what a file unpacks to is no larger than the file: textgan packs nothing.

    Raises:
        ValueError: it is.
    """
    with zipfile.ZipFile(path) as parts:
        if sum(part.file_size for part in parts.infolist()) > path.stat().st_size:
            raise ValueError("packed")
    # Without numbers: a tensor may claim to be larger than what is stored of it, and would be made so.
    todo: list[Any] = [torch.load(path, weights_only=True, map_location="meta")]
    seen, size = set[int](), 0
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, list | tuple | set):
            todo += value
        elif isinstance(value, torch.Tensor):
            size += max(value.numel() * value.element_size(), value.untyped_storage().nbytes())
    if size > path.stat().st_size:
        raise ValueError("larger than its file")


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the time of the block.

    Raises:
        UserError: there is no place for it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="textgan-") as place:
            yield Path(place)
    except OSError as error:
        where = error.filename or tempfile.gettempdir()
        raise UserError(
            f"{where} cannot be written ({reason_of_system(error)}); free space, or set TMPDIR to another folder"
        ) from error


@contextmanager
def replaced_at_once(final: Path, again: bool = False) -> Iterator[Path]:
    """A folder to fill, which then appears as `final` in a single rename, its files safe on disk.

    Args:
        final: is not there, or an empty folder.
        again: whether a folder that is there and not empty makes room, for that moment under another name.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    sweep_beside(final)
    aside, before = (final.parent / f".{kind}-{final.name}-{os.getpid()}" for kind in ("new", "new-old"))
    for left in (aside, before):
        shutil.rmtree(left, ignore_errors=True)
    aside.mkdir()
    try:
        yield aside
        for path in [*(p for p in aside.rglob("*")), aside]:
            _fsync(path)
        if again and is_folder(final):
            final.rename(before)
        aside.rename(final)
        _fsync(final.parent)
    finally:
        if before.exists() and not final.exists():
            before.rename(final)
        shutil.rmtree(aside, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
