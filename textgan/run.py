"""The run folder: opened, compared with what is asked for, and never overwritten."""

import fcntl
import os
from pathlib import Path
from typing import IO

import yaml

from textgan.config import MAY_CHANGE, difference, to_dict
from textgan.errors import UserError
from textgan.files import is_empty, open_lock
from textgan.recipes import RunConfig

_LOCK, _ASIDE = ".lock", ".config.new"


class Run:
    """A folder that holds one training run.

        config.yaml       the settings, readable by --config
        metrics.jsonl     what was measured, a JSON object a line, see `textgan.thinning`
        curves.png        the same, drawn
        samples/          sentences written, or pictures made, during training: the first 50 times and the last
        checkpoints/      the last checkpoint
        best/             the best model so far by a validation measurement, which loads as a run does

    Args:
        folder: made if it is not there.
        config: what is asked for.

    Raises:
        UserError: the folder holds something else, a run of other settings, or a run that is being trained.
    """

    def __init__(self, folder: Path, config: RunConfig) -> None:
        self.folder, self.config = folder, config
        check_folder(folder, config)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"{folder} cannot be made ({error.strerror}); choose another --out") from error
        self._lock = _lock(folder)
        aside = folder / _ASIDE
        with aside.open("w", encoding="utf-8") as file:
            file.write(as_yaml(config))
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, folder / "config.yaml")

    @property
    def samples(self) -> Path:
        """The folder of what the model makes, made if it is not there."""
        folder = self.folder / "samples"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def best(self) -> Path:
        """The folder of the best model."""
        return self.folder / "best"

    def close(self) -> None:
        """Let others train in this folder."""
        self._lock.close()


def check_folder(folder: Path, config: RunConfig) -> None:
    """Whether a run of these settings may begin or go on in a folder; nothing is written.

    Raises:
        UserError: the folder holds something else, or a run of other settings.
    """
    settings = folder / "config.yaml"
    if settings.exists():
        _refuse_changes(folder, settings, config)
    elif folder.exists() and not (folder.is_dir() and is_empty(folder, {_LOCK, _ASIDE})):
        raise UserError(f"{folder} is not a run and not empty; expected a new or empty folder: choose another --out")


def as_yaml(config: RunConfig) -> str:
    """The settings as flat YAML: the flags of `textgan train`."""
    values = to_dict(config)
    flat = {**values["data"], **values["training"], **values["settings"]}
    return f"# textgan train {config.model} --config FILE\n" + yaml.safe_dump(
        {"model": config.model} | flat, sort_keys=False, allow_unicode=True
    )


def _refuse_changes(folder: Path, settings: Path, config: RunConfig) -> None:
    try:
        old = yaml.safe_load(settings.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{settings} is not YAML ({reason}); choose another --out") from error
    if not isinstance(old, dict):
        raise UserError(f"{settings} holds no settings of a run; choose another --out")
    new = yaml.safe_load(as_yaml(config))
    changes = difference(*({k: v for k, v in values.items() if k not in MAY_CHANGE} for values in (old, new)))
    if changes:
        raise UserError(
            f"{folder} is a run of other settings ({'; '.join(changes)}); "
            "repeat its command to resume it, or choose another --out"
        )


def _lock(folder: Path) -> IO[str]:
    try:
        file = open_lock(folder / _LOCK)
    except OSError as error:
        raise UserError(
            f"{folder / _LOCK} cannot be opened ({error.strerror}); expected a file that this run may write: remove it"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise UserError(
            f"{folder} is being trained by another process; wait for it, or choose another --out"
        ) from error
    return file
