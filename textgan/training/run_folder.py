"""The run folder: opened, compared with what is asked for, and never overwritten."""

import fcntl
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import yaml

from textgan.config import difference, to_dict
from textgan.data.config import LEFT_TO_DATA
from textgan.errors import UserError, reason_of
from textgan.files import is_clutter, is_folder, open_lock, read_file, refuse_links, whole_file
from textgan.plain_yaml import PARTS, flat_settings, plain_yaml
from textgan.recipes import RunConfig, to_run_config
from textgan.settings import MAY_CHANGE

_LOCK = ".lock"
_CHECKPOINT = re.compile(r"round-([0-9]{8,18})$")
_WRITTEN = (
    "config.yaml", "metrics.jsonl", "curves.png", "samples", "checkpoints", "best", "best/checkpoints", "tensorboard",
)  # fmt: skip
_UNFINISHED = re.compile(r"\.config\.(new|yaml\.new-\d+)")
_MOST_SETTINGS = 1 << 20  # bytes


class Run:
    """A folder that holds one training run.

        config.yaml       the settings, readable by --config
        metrics.jsonl     what was measured, a JSON object a line, see `textgan.training.log`
        curves.png        the same, plotted
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
        with whole_file(folder / "config.yaml", follow=False) as aside, aside.open("w", encoding="utf-8") as file:
            file.write(as_yaml(config))
            file.flush()
            os.fsync(file.fileno())

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

    def check_there(self) -> None:
        """Whether the folder is still there: it must not be made anew, with half of a run in it.

        Raises:
            UserError: it was removed.
        """
        if os.fstat(self._lock.fileno()).st_nlink == 0:
            raise UserError(f"{self.folder} was removed while it was trained; expected it to stay")

    def close(self) -> None:
        """Let others train in this folder."""
        self._lock.close()


def last_checkpoint(run: Path) -> Path | None:
    """The newest whole checkpoint of a run, or None; a file or a link of such a name is none."""
    parent = run / "checkpoints"
    found = [path for path in parent.iterdir() if is_checkpoint(path)] if parent.is_dir() else []
    return max(found, key=rounds_of, default=None)


def is_checkpoint(path: Path) -> bool:
    """Whether a path is a folder with the name of a checkpoint."""
    return _CHECKPOINT.match(path.name) is not None and is_folder(path)


def rounds_of(checkpoint: Path) -> int:
    """Rounds that were played when a checkpoint was made."""
    return int(checkpoint.name.removeprefix("round-"))


def read_settings(folder: Path) -> RunConfig:
    """The settings of a run.

    Raises:
        UserError: config.yaml is missing, no YAML, or holds what are no settings.
    """
    path = folder / "config.yaml"
    values = _read_yaml(path, "expected the settings of a run")
    if set(values) != {"model", *PARTS}:
        raise UserError(
            f"{path} holds {', '.join(map(str, values))[:200] or 'nothing'}; expected model, {', '.join(PARTS)}"
        )
    try:
        return to_run_config(values)
    except UserError as error:
        raise UserError(f"{path}: {error}") from error


def in_training(folder: Path) -> bool:
    """Whether a process trains in a run folder now."""
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def check_folder(folder: Path, config: RunConfig) -> None:
    """Whether a run of these settings may begin or go on in a folder; nothing is written.

    Raises:
        UserError: the folder holds something else, a run of other settings, or links in the place of what it writes.
    """
    settings = folder / "config.yaml"
    try:
        refuse_links(*(folder / name for name in _WRITTEN))
        there = settings.exists()
        names = [p.name for p in folder.iterdir()] if folder.is_dir() else ["."] if folder.exists() else []
    except OSError as error:
        raise UserError(f"{folder} cannot be opened ({error.strerror}); choose another --out") from error
    if there:
        _refuse_changes(folder, settings, config)
    elif not all(name == _LOCK or is_clutter(name) or _UNFINISHED.fullmatch(name) for name in names):
        raise UserError(f"{folder} is not a run and not empty; expected a new or empty folder: choose another --out")


def with_stored(folder: Path, config: RunConfig) -> RunConfig:
    """The settings, of which those that are left to the data are as an earlier start in the folder chose them.

    Raises:
        UserError: the settings of that start cannot be read.
    """
    if not (folder / "config.yaml").exists():
        return config
    stored = to_dict(read_settings(folder).data)
    left = {name: stored[name] for name in _left_to_data(to_dict(config.data)) if name in stored}
    return replace(config, data=replace(config.data, **left))


def _left_to_data(values: Mapping[str, Any]) -> list[str]:
    return [name for name in LEFT_TO_DATA if name in values and values[name] is None]


def as_yaml(config: RunConfig) -> str:
    """The settings as config.yaml holds them: in the parts that a saved model's config.json has too."""
    text: str = yaml.safe_dump(to_dict(config), sort_keys=False, allow_unicode=True)
    return f"# textgan train {config.model} --config FILE\n{text}"


def _refuse_changes(folder: Path, settings: Path, config: RunConfig) -> None:
    old = flat_settings(_read_yaml(settings, "choose another --out"))
    new = flat_settings(plain_yaml(as_yaml(config)))
    for values in (old, new):
        values |= {name: _place(values[name]) for name in ("data", "unlabeled") if isinstance(values.get(name), str)}
    may_change = MAY_CHANGE.union(_left_to_data(new))
    changes = difference(*({k: v for k, v in values.items() if k not in may_change} for values in (old, new)))
    if changes:
        raise UserError(
            f"{folder} is a run of other settings ({'; '.join(changes)}); "
            "repeat its command to resume it, or choose another --out"
        )


def _read_yaml(settings: Path, advice: str) -> dict[str, Any]:
    content = read_file(settings, "the settings of a run", _MOST_SETTINGS)
    try:
        values = plain_yaml(content.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{settings} is not YAML ({reason_of(error)}); {advice}") from error
    if not isinstance(values, dict):
        raise UserError(f"{settings} holds no settings of a run; {advice}")
    return values


def _place(data: str) -> str:
    """Data by where it lies, however its path is spelled; of several, with commas between them, each."""
    parts = [data] if os.path.exists(data) else data.split(",")
    return ",".join(os.path.realpath(part) if os.path.exists(part) else part for part in parts)


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
