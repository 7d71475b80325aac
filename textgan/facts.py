"""What a run or a saved model is, from its files, without loading it: nothing here waits for torch."""

import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from textgan.box import BOX_PREFIX
from textgan.config import flatten, to_dict
from textgan.data.config import DataConfig, ImageConfig
from textgan.data.modality import BUILT_IN_TEXT
from textgan.errors import UserError, reason_of
from textgan.files import check_is_file, expanded
from textgan.places import find_model
from textgan.recipes import Modality, RunConfig, recipe, to_run_config
from textgan.recipes.papers import PAPERS
from textgan.training.log import read_log
from textgan.training.model_info import FORMAT, Measurements, ModelInfo, read_config, with_evaluation
from textgan.training.run_folder import in_training, last_checkpoint, read_settings

_BEST_BY = ("valid.error", "samples.cost")
_NOT_LEARNED = ("data.data", "training.rounds", "training.minutes", "training.device", "training.threads")
_MOST_FILES = 10_000


class Facts(NamedTuple):
    """What a run or a saved model is.

    Args:
        place: its folder.
        state: saved model; or, of a run: in training, finished, stopped, without a checkpoint.
        config: its settings.
        info: how long it was trained, and what was measured.
        values: the config.json of the model; {} of a run without a checkpoint.
        dtype: how its weights are stored; "" where there are none.
        parameters: how many; 0: not known.
        files: name -> bytes, those of a folder added up.
    """

    place: Path
    state: str
    config: RunConfig
    info: ModelInfo
    values: Mapping[str, Any]
    dtype: str
    parameters: int
    files: Mapping[str, int]

    @property
    def modality(self) -> Modality:
        """What the model makes."""
        return "images" if isinstance(self.config.data, ImageConfig) else "text"

    @property
    def share(self) -> float | None:
        """Trained, as a share of the rounds or minutes that were planned, whichever is further; None: not known."""
        training = self.config.training
        planned = [self.info.seconds / (60 * training.minutes)] if training.minutes else []
        last = training.last_round
        planned += [self.info.rounds / last] if 0 < last < math.inf else []
        return min(1.0, max(planned)) if planned and self.info.rounds else None

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Setting -> its value and the default, where they differ, but what says where and how long it was trained."""
        usual = dict(flatten(to_dict(recipe(self.config.model, None, self.modality))))
        current = dict(flatten(to_dict(self.config)))
        data = self.config.data  # what the data chose is a change where it is not what it usually is
        chosen = dict(flatten({"data": to_dict(DataConfig().settled())})) if isinstance(data, DataConfig) else {}
        unchanged = {n for n in current if current[n] == (chosen if usual.get(n, 0) is None else usual).get(n)}
        names = [name for name in current if name not in _NOT_LEARNED and name not in unchanged]
        return {name.partition(".")[2]: (current[name], usual.get(name)) for name in names if name != "model"}

    @property
    def findings(self) -> list[str]:
        """What the last validation found wrong."""
        found = self.values.get("findings", [])
        return [str(line) for line in found] if isinstance(found, list) else []

    @property
    def shape(self) -> dict[str, Any]:
        """Of sentences vocab_size, max_length and pairs; of images shape, binary and classes; as far as known."""
        spec = self.values.get("spec")
        names = ("vocab_size", "max_length", "pairs") if self.modality == "text" else ("shape", "binary", "classes")
        return {name: spec[name] for name in names if name in spec} if isinstance(spec, dict) else {}

    @property
    def labels(self) -> list[str]:
        """Names of the labels that the model learned."""
        spec = self.values.get("spec")
        labels = self.values.get("labels", spec.get("labels") if isinstance(spec, dict) else None)
        return [str(label) for label in labels] if isinstance(labels, list) else []

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        info, training, paper = self.info, self.config.training, PAPERS.get(self.config.model)
        measured, best = (part and part._asdict() for part in (info.measured, info.best))
        return {
            "place": str(self.place),
            "state": self.state,
            "name": info.name,
            "model": self.config.model,
            "paper": paper and paper.line,
            "modality": self.modality,
            "data": {"name": self.config.data.data, "examples": info.examples or None, "shape": self.shape},
            "languages": list(info.languages),
            "labels": {name: info.label_shares.get(name) for name in self.labels},
            "parameters": self.parameters or None,
            "stored_as": self.dtype or None,
            "rounds": info.rounds or None,
            "seconds": info.seconds or None,
            "planned": {"rounds": training.rounds, "minutes": training.minutes},
            "share": self.share,
            "measured": measured,
            "best": best,
            "settings": {name: {"value": value, "default": usual} for name, (value, usual) in self.changed.items()},
            "findings": self.findings,
            "versions": {"format": FORMAT, "textgan": self._version("textgan"), "torch": self._version("torch")},
            "license": info.license,
            "files": dict(self.files),
        }

    def _version(self, name: str) -> str | None:
        version = self.values.get(name)
        return version if isinstance(version, str) else None


def facts_of(name: str) -> Facts:
    """What the run or the model of that name is.

    Args:
        name: a run folder, with a checkpoint or without, or any name of a model, see `textgan.places.find_model`.

    Raises:
        UserError: there is none of that name, or its files are not what textgan writes.
    """
    folder = expanded(name)
    if not name.startswith(BOX_PREFIX) and os.path.lexists(folder / "config.yaml"):
        return _of_run(folder)
    return _of_model(find_model(name))


def _of_model(folder: Path) -> Facts:
    values = read_config(folder)
    try:
        config, info = to_run_config(values), ModelInfo.of(values)
    except UserError as error:
        raise UserError(f"{folder / 'config.json'}: {error}") from error
    if not info.languages and config.data.data in BUILT_IN_TEXT:
        info = info._replace(languages=("en",))
    dtype, stored = _weights(folder / "model.safetensors")
    parameters = values.get("parameters")
    known = parameters if type(parameters) is int and parameters > 0 else stored
    return Facts(folder, "saved model", config, info, values, dtype, known, _files(folder))


def _of_run(folder: Path) -> Facts:
    config, checkpoint = read_settings(folder), last_checkpoint(folder)
    facts = Facts(folder, "", config, ModelInfo(), {}, "", 0, {}) if checkpoint is None else _of_model(checkpoint)
    info = _with_log(facts.info, folder)
    if checkpoint is not None:
        info = info._replace(evaluation=with_evaluation(facts.info, checkpoint, facts.config.data.data).evaluation)
    facts = facts._replace(place=folder, config=config, info=info, files=_files(folder))
    if in_training(folder):
        state = "in training"
    elif checkpoint is None:
        state = "without a checkpoint"
    else:
        state = "finished" if facts.share == 1 else "stopped"
    return facts._replace(state=state)


def _with_log(info: ModelInfo, folder: Path) -> ModelInfo:
    """What metrics.jsonl says beyond the last checkpoint: how far the run is, and its last and best measurements."""
    lines = read_log(folder)
    if not lines:
        return info
    last = lines[-1]
    if last["round"] >= info.rounds:
        seconds = last.get("seconds", 0.0)
        known = type(seconds) in (int, float) and 0 <= seconds < math.inf
        info = info._replace(rounds=last["round"], seconds=max(info.seconds, float(seconds) if known else 0.0))
    measured = [Measurements.of(line["round"], {k: v for k, v in line.items() if "." in k}) for line in lines]
    measured = [part for part in measured if part.metrics]
    if measured and (info.validation is None or measured[-1].round > info.validation.round):
        info = info._replace(validation=measured[-1]._replace(real=info.validation.real if info.validation else {}))
    by = next((name for name in _BEST_BY if any(name in part.metrics for part in measured)), None)
    if by is not None and (info.best is None or info.best.by == by):
        found = min((part for part in measured if by in part.metrics), key=lambda part: part.metrics[by])
        if info.best is None or found.metrics[by] < info.best.metrics.get(by, math.inf):
            info = info._replace(best=found._replace(by=by))
    return info


def _weights(path: Path) -> tuple[str, int]:
    """How the weights of a file are stored, and how many there are, by its header.

    Raises:
        UserError: it is missing or damaged.
    """
    import safetensors

    check_is_file(path, "a saved model")
    try:
        with safetensors.safe_open(path, framework="np") as file:
            dtype = str((file.metadata() or {}).get("dtype", "float32"))
            names = [name for name in file.keys() if not (dtype == "int8" and name.endswith(".scale"))]  # noqa: SIM118
            return dtype, sum(math.prod(file.get_slice(name).get_shape()) for name in names)
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise UserError(f"{path} does not load ({reason_of(error)}); restore the saved model") from error


def _files(folder: Path) -> dict[str, int]:
    """Name -> bytes of what is in a folder, links aside; of the folders in it, behind whose names a / stands, all."""
    found: dict[str, int] = {}
    for count, (root, _, names) in enumerate(os.walk(folder)):
        for name in names:
            path = Path(root, name)
            try:
                about = path.lstat()
            except OSError:  # a file of a run in training may be gone
                continue
            first, *deeper = path.relative_to(folder).parts
            if stat.S_ISREG(about.st_mode):
                entry = first + "/" * bool(deeper)
                found[entry] = found.get(entry, 0) + about.st_size
        if count > _MOST_FILES:
            break
    return dict(sorted(found.items()))
