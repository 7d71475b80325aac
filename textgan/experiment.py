"""A run put together and trained: what the command line and Python have in common."""

import logging
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple, cast

from textgan import distributed
from textgan.config import from_dict, merged, to_dict
from textgan.data.choice import choose_settings
from textgan.data.config import LEFT_TO_DATA, DataConfig
from textgan.data.corpus import check_data
from textgan.data.memory import LABEL_COLUMN, store
from textgan.data.modality import modality_of_data
from textgan.device import find_device, prepare_machine, process_restored
from textgan.errors import NonFiniteLossError, SaidElsewhereError, UserError, did_you_mean
from textgan.files import expanded, reason_of_system
from textgan.recipes import MODELS, RunConfig, recipe
from textgan.run_data import RunData, open_data
from textgan.sampling import ImageModel, SentenceModel
from textgan.settings import TrainConfig
from textgan.training.callbacks import Callback
from textgan.training.checkpoint import Saved
from textgan.training.loop import TrainingLoop
from textgan.training.model_info import ModelInfo
from textgan.training.resume import ResumeState, resume
from textgan.training.run_folder import Run, check_folder, last_checkpoint, rounds_of, with_stored
from textgan.training.start import make_trainer
from textgan.training.trainer import Trainer

logger = logging.getLogger("textgan")


class Trained(NamedTuple):
    """A run after a start.

    Args:
        trainer: with the model.
        data: that it was trained on.
        config: its settings, with nothing left to the data.
        stopped_by: the signal that ended it early, or None.
        info: what is known of the model.
        was_over: whether an earlier start had used up rounds, minutes or patience, so that nothing was trained.
    """

    trainer: Trainer
    data: RunData
    config: RunConfig
    info: ModelInfo
    stopped_by: int | None = None
    was_over: bool = False


def train(
    model: str = "arae",
    data: Any = None,
    *,
    out: str | Path | None = None,
    preset: str | None = None,
    settings: Mapping[str, Any] | None = None,
    callbacks: Sequence[Callback] = (),
    **options: Any,
) -> SentenceModel | ImageModel:
    """Train a model, as `textgan train` does, and return it.

    >>> import textgan
    >>> from textgan import scenes
    >>> sentences = [scene.text for scene in scenes.sample(200, seed=0)]  # or a file, data="my.txt"
    >>> model = textgan.train("arae", data=sentences, rounds=1, hidden_dim=32)  # or minutes=30
    >>> len(model.sample(3, seed=0))
    3

    Ctrl-C stops after the round and returns the model so far. With `out` the run is saved there, and the same call
    resumes it. In a terminal and in a notebook there is a progress bar.

    Args:
        model: name of a model, such as arae, ae, vae, lm, acai, ali.
        data: path or name of a corpus or of images, as for --data. Or sentences: a list of strings, of (text, label),
            or of dictionaries, a pandas Series or DataFrame, a `datasets.Dataset`. Or images: an array (N, H, W),
            (N, H, W, C) or (N, C, H, W), uint8 or floats from 0 to 1, or a pair of it and labels (N,). Or a dictionary
            of these by split: train, valid, test. None: the model's usual data.
        out: run folder; none: nothing is kept.
        preset: a published recipe.
        settings: of the model by name, such as {"hidden_dim": 500, "classifier": {"dropout": 0.5}}.
        callbacks: called after rounds, measurements and checkpoints.
        options: settings of training, data and model by name, as the flags of `textgan train`: rounds, minutes, seed,
            batch_size, max_length, tokenizer ...

    Raises:
        UserError: an unknown model, preset or setting, a value that does not fit, or data that cannot be read.
        NonFiniteLossError: the training went astray; the last checkpoint is whole.
    """
    config = _configured(model, data, preset, settings or {}, options)
    place = nullcontext(str(out)) if out is not None else tempfile.TemporaryDirectory(prefix="textgan-")
    cuda = find_device(config.training.device).type == "cuda"
    with process_restored(), place as folder, distributed.session(cuda):
        trained = run_experiment(config, expanded(folder), callbacks)
    if trained.stopped_by not in (None, signal.SIGINT):
        signal.raise_signal(trained.stopped_by)
    return _model(trained)


def _model(trained: Trained) -> SentenceModel | ImageModel:
    """The model at rest."""
    game, tokenizer = trained.trainer.game.eval(), trained.data.tokenizer
    saved = Saved(game, tokenizer, trained.config, trained.data.fingerprint, trained.info)
    return ImageModel.of(saved) if tokenizer is None else SentenceModel.of(saved)


def _configured(
    model: str, data: Any, preset: str | None, settings: Mapping[str, Any], options: Mapping[str, Any]
) -> RunConfig:
    """The configuration of a run from what a program says.

    Raises:
        UserError: see `train`.
    """
    place = None if data is None else store(data)
    several = len(getattr(MODELS.get(model), "defaults", ())) > 1
    modality = modality_of_data(place.data) if place is not None and several else None
    base = recipe(model, preset, modality)
    of_data: dict[str, Any] = {}
    if place is not None:
        of_data["data"] = place.data
        if place.labeled and isinstance(base.data, DataConfig):
            of_data["labels"] = LABEL_COLUMN
    parts: dict[str, Any] = {"data": base.data, "training": base.training, "settings": base.settings}
    changes: dict[str, dict[str, Any]] = {"data": of_data, "training": {}, "settings": dict(settings)}
    for name, value in options.items():
        owner = next((part for part, of in parts.items() if name in {f.name for f in fields(of)}), None)
        if owner is None:
            known = [f.name for of in parts.values() for f in fields(of)]
            raise UserError(f"setting {name!r} of {model} is not known{did_you_mean(name, known)}")
        changes[owner][name] = str(value) if isinstance(value, os.PathLike) else value
    made: dict[str, Any] = {
        name: from_dict(type(part), merged(to_dict(part), changes[name])) for name, part in parts.items()
    }
    return replace(base, **made)


def settled(config: RunConfig, out: Path | None = None) -> RunConfig:
    """The settings with nothing left to the data, the same on all processes; what is chosen is said in the log.

    Args:
        config: of the run.
        out: its folder: an earlier start there has chosen already.

    Raises:
        UserError: the data cannot be read.
    """
    data = config.data
    if not isinstance(data, DataConfig) or None not in (getattr(data, name) for name in LEFT_TO_DATA):
        return config

    def choose() -> RunConfig:
        known = with_stored(out, config) if out is not None else config
        assert isinstance(known.data, DataConfig)
        check_data(known.data)
        choice = choose_settings(known.data)
        if choice.line:
            logger.info(choice.line)
        return replace(known, data=choice.config)

    chosen = distributed.on_main(choose)  # which alone chooses, and from which alone the others take it
    return cast(RunConfig, distributed.from_main(lambda: chosen))


def prepare(config: RunConfig, from_data: bool = True) -> tuple[Trainer, RunData]:
    """The trainer at round 0, and the data.

    Args:
        config: of the run, see `settled`.
        from_data: whether to initialize the model from the data; not if a checkpoint is to follow.

    Raises:
        UserError: data that cannot be read, or that the model cannot learn.
    """
    machine = prepare_machine(config.training)
    # The main process builds the cache, then one of each host that does not share it, and then the others find it.
    its_turn = 0 if distributed.is_main() else 1 if distributed.local_rank() == 0 else 2
    for turn in range(3):
        if turn == its_turn:
            data = open_data(config)
        distributed.barrier()
    trainer = make_trainer(config, data.spec, data.stream, machine, data.init_from_data if from_data else None)
    logger.info("%s on %s, %d threads", machine.precision, machine.device, machine.threads)
    return trainer, data


def run_experiment(config: RunConfig, out: Path, callbacks: Sequence[Callback] = ()) -> Trained:
    """Train, or resume, the run in a folder until rounds, minutes or patience are used up, or a signal comes.

    Args:
        config: of the run.
        out: its folder, new or of an earlier start.
        callbacks: called after rounds, measurements and checkpoints.

    Raises:
        UserError: the folder holds something else, the data cannot be read, or the disk is full.
        NonFiniteLossError: the training went astray; the last checkpoint is whole.
    """
    check_folder(out, config)
    config = settled(config, out)
    trainer, data = prepare(config, from_data=last_checkpoint(out) is None)
    folder = distributed.on_main(lambda: Run(out, config))
    try:
        checkpoint = last_checkpoint(out)  # now that the folder is locked: another process may have trained meanwhile
        past = resume(trainer, checkpoint, data.fingerprint, config.training)
        validation, info = data.validation(trainer.game), data.info.resumed(past.info)
        if _is_over(config.training, past, trainer):
            return Trained(trainer, data, config, past.info, was_over=True)
        with _saying_what_is_kept(out):
            session = TrainingLoop(
                trainer, folder, data.tokenizer, data.fingerprint, validation, config.training, past, info, callbacks
            )
            finish = session.play()
    finally:
        if folder:
            folder.close()
    if not finish.stopped_by and distributed.is_main():
        for line in trainer.game.findings:
            logger.warning("%s", line)
    return Trained(trainer, data, config, session.info, finish.stopped_by)


@contextmanager
def _saying_what_is_kept(out: Path) -> Iterator[None]:
    """An error in the block says too from where the run can go on."""
    try:
        yield
    except SaidElsewhereError:
        raise
    except NonFiniteLossError as error:
        raise NonFiniteLossError(f"{error}; {_kept(out)}") from error
    except UserError as error:
        raise UserError(f"{error}; {_kept(out)}" if last_checkpoint(out) else str(error)) from error
    except OSError as error:
        if isinstance(error, ConnectionError):
            raise
        where = error.filename or out
        raise UserError(f"{where} cannot be written ({reason_of_system(error)}); {_kept(out)}") from error


def _kept(out: Path) -> str:
    last = last_checkpoint(out)
    if last is None:
        return "the run has no checkpoint yet"
    return f"the last checkpoint, of round {rounds_of(last):,}, is whole: the same command goes on from there"


def _is_over(settings: TrainConfig, past: ResumeState, trainer: Trainer) -> bool:
    """Whether an earlier start has used up rounds, minutes or patience."""
    rounds = trainer.round >= min(settings.last_round, trainer.length)
    minutes = settings.minutes is not None and past.seconds >= 60 * settings.minutes
    return rounds or minutes or (settings.patience is not None and past.best.stale >= settings.patience)
