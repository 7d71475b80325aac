"""The network of a sentence classifier: what it is where nobody says, and its training."""

import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state
from tqdm.auto import tqdm

from textgan.config import from_dict, merged, to_dict
from textgan.data.config import DataConfig, SettledDataConfig
from textgan.data.in_memory import tokenize_rows, type_of
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import Tokenizer, train_tokenizer
from textgan.data.types import TextSpec
from textgan.errors import UserError
from textgan.fitting import fit_game
from textgan.recipes import MODELS, RunConfig, recipe
from textgan.recipes.amount import Amount
from textgan.sampling import SentenceModel
from textgan.sampling.base import read_saved
from textgan.settings import TrainConfig
from textgan.training.checkpoint import Saved
from textgan.training.model_info import ModelInfo

logger = logging.getLogger("textgan")

_OF_ARAE = {"code_gain": 5.0}


class FittedNetwork(NamedTuple):
    """A trained network.

    Args:
        model: the model, and what it was trained with.
        heldout: rows whose labels were held out, to see when to end; none if there were too few.
    """

    model: SentenceModel
    heldout: npt.NDArray[np.int64] | None


def fit_network(
    parameters: Mapping[str, Any],
    rows: Sequence[tuple[str, ...]],
    classes: npt.NDArray[Any],
    ids: npt.NDArray[np.int64],
) -> FittedNetwork:
    """Train a model of sentences and its classifier.

    Args:
        parameters: of `SentenceClassifier`, by name.
        rows: n sentences or pairs.
        classes: K.
        ids: the place of each row's label among them, -1 where there is none, (n,).

    Raises:
        UserError: a setting that does not fit.
    """
    saved = _saved(parameters)
    data = _data(parameters) if saved is None else saved.config.data
    assert isinstance(data, DataConfig)
    tokenizer = saved.tokenizer if saved else train_tokenizer(data, chain.from_iterable(rows))
    assert tokenizer is not None
    longest = saved.game.spec.max_length if saved else data.settled().max_length
    names = tuple(map(str, classes))
    sentences = tokenize_rows(rows, tokenizer, longest, ids, names)
    spec = TextSpec(tokenizer.vocab_size, longest, names, len(rows[0]) == 2, type_of(classes))
    _say_what_is_cut(rows, sentences, tokenizer, longest)
    config = _config(parameters, saved, data, sentences)
    stops = parameters["rounds"] is None
    fitted = fit_game(config, spec, sentences, saved, stops=stops, bar=_bar(parameters["verbose"], config))
    played = replace(config, training=replace(config.training, rounds=fitted.rounds))
    counts = Counter(names[k] for k in ids if k >= 0)
    info = ModelInfo(fitted.rounds, fitted.seconds, len(sentences), dict(sorted(counts.items())))
    model = SentenceModel(fitted.game, tokenizer, played, info)
    return FittedNetwork(model, None if fitted.heldout is None else fitted.heldout // len(rows[0]))


def _say_what_is_cut(rows: Sequence[tuple[str, ...]], sentences: TokenFile, tokenizer: Tokenizer, longest: int) -> None:
    """One line, if some of the sentences are longer than `longest` tokens."""
    texts = list(chain.from_iterable(rows))
    full = np.flatnonzero(np.asarray(sentences.lengths) == longest)
    number = sum(len(tokenizer.encode(texts[i])) > longest for i in full)
    if number:
        logger.warning(
            "%s of %s sentences have more than %d tokens, of which the network reads the first %d; max_length says "
            "how many, and effort fast reads all",
            *(f"{number:,}", f"{len(texts):,}", longest, longest),
        )


def seed_of(random_state: Any) -> int:
    """A seed, as scikit-learn's random_state gives it."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(1 << 31))


def _saved(parameters: Mapping[str, Any]) -> Saved | None:
    """The model to go on from."""
    start = parameters["start"]
    saved = None if start is None else read_saved(start, "cpu")
    if saved is not None and saved.tokenizer is None:
        raise UserError(f"{start} is a model of images; expected one of sentences")
    return saved


def _data(parameters: Mapping[str, Any]) -> DataConfig:
    """How sentences are cut into tokens."""
    text = {name: parameters[name] for name in ("tokenizer", "lowercase", "vocab_size", "max_length")}
    return from_dict(DataConfig, to_dict(from_dict(SettledDataConfig, text | {"data": "in memory"})))


def _config(parameters: Mapping[str, Any], saved: Saved | None, data: DataConfig, sentences: TokenFile) -> RunConfig:
    """What to train: what the user says, and for the rest what the data asks for."""
    base = recipe(parameters["model"], None, "text") if saved is None else saved.config
    amount = Amount(len(sentences), 1 + float(sentences.lengths.mean()))
    values, settings = to_dict(base.settings), parameters["settings"] or {}
    if saved is None:
        values = merged(values, amount.settings(values) | (_OF_ARAE if base.model == "arae" else {}))
    values = merged(values, settings)
    if saved is not None and "classifier" not in settings:
        values["classifier"] |= {"pretrain_rounds": 0}
    before = values["classifier"]["pretrain_rounds"]
    rounds = before + amount.rounds if parameters["rounds"] is None else parameters["rounds"]
    if rounds < 1 or before >= rounds:
        raise UserError(f"rounds is {rounds}; expected more than pretrain_rounds, so that the classifier learns")
    batch_size = amount.batch_size if parameters["batch_size"] is None else parameters["batch_size"]
    training: dict[str, Any] = {"seed": seed_of(parameters["random_state"]), "rounds": rounds, "batch_size": batch_size}
    training |= {name: parameters[name] for name in ("threads", "device")}
    return RunConfig(base.model, from_dict(MODELS[base.model], values), data, from_dict(TrainConfig, training))


def _bar(verbose: bool, config: RunConfig) -> "tqdm[Any]":
    """Of rounds; before it stands what was chosen."""
    if verbose:
        sizes = {name: getattr(config.settings, name) for name in ("embedding_dim", "hidden_dim")}
        sizes |= {"batch_size": config.training.batch_size, "rounds": config.training.rounds}
        tqdm.write(", ".join(f"{name} {value}" for name, value in sizes.items()), file=sys.stderr)
    return tqdm(total=config.training.rounds, unit="round", disable=not verbose)
