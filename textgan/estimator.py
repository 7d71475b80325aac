"""Classification with few labels, as a scikit-learn estimator."""

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from tqdm.auto import tqdm

from textgan.config import flatten, from_dict, merged, to_dict
from textgan.data.config import DataConfig, SettledDataConfig
from textgan.data.in_memory import classes_named, classes_of, plain_labels, texts_of, tokenize_rows, type_of
from textgan.data.tokenfile import TokenFile
from textgan.data.tokenizer import train_tokenizer
from textgan.data.types import TextSpec
from textgan.device import find_device
from textgan.errors import UserError
from textgan.files import scratch
from textgan.fitting import fit_game
from textgan.recipes import MODELS, RunConfig, recipe
from textgan.recipes.amount import Amount
from textgan.sampling import SentenceModel
from textgan.sampling.base import read_saved
from textgan.sampling.text import Texts
from textgan.settings import TrainConfig
from textgan.training.checkpoint import FILES, Saved, read_model, write_model
from textgan.training.model_info import ModelInfo


class SentenceClassifier(ClassifierMixin, BaseEstimator):
    """Tells the labels of sentences, or of pairs of them, having seen few; the other sentences need none.

    >>> import textgan
    >>> sentences = ["a man sings .", "two dogs run .", "a man plays .", "two dogs eat ."] * 20
    >>> y = [0, 1, -1, -1] * 20  # -1: no label
    >>> classifier = textgan.SentenceClassifier(rounds=5).fit(sentences, y)  # without rounds: as the data asks
    >>> classifier.predict_proba(["a man sings .", "two dogs run ."]).shape
    (2, 2)

    An autoencoder of sentences (by default ARAE, Zhao et al. 2018, section 5.3) learns from all rows, and a classifier
    on its codes, and on vectors of the words, from those that have a label and from its own sure answers for the
    others; see `textgan.models.with_classifier`. The labeled rows should be a fair sample: the answers are weighted
    towards the shares that the classes have there, unless settings={"classifier": {"align": False}}. The same
    data, settings and random_state give the same classifier on the same machine.

    What is not given follows the data. Fewer than 50,000 sentences have networks of 128 dimensions; `rounds` are eight
    epochs, from 400 to 800, and end sooner where the classifier learns no more: where a tenth of the labels is
    100 or more and no class has fewer than 20, that tenth is held out to see this, and the best state is kept; else it
    is seen on the sentences without labels, as the share of sure answers and of those on which both views agree.

    After `fit`: `classes_`; `model_`, a `SentenceModel`, which also samples, interpolates and so on, and whose `config`
    tells all sizes; `rounds_`, those played; `batch_size_`.

    Args:
        model: name of a model of sentences with codes, as of `textgan train`: arae, ae, daae, vae ...
        rounds: length of the training, all of which is played; none: as the data asks, see above.
        start: run, saved model or name on the Hugging Face hub to go on from, in place of `model`: its tokenizer,
            settings and weights.
        settings: other settings of the model by name, such as {"hidden_dim": 500, "classifier": {"dropout": 0.5}}.
        tokenizer: word, nltk, unigram or bpe; see `DataConfig`.
        lowercase: fold case.
        vocab_size: most frequent words kept.
        max_length: tokens after which a sentence is cut.
        batch_size: rows of a batch; none: 64, of many sentences 128, of long ones fewer.
        random_state: seed of parameters, batches and noise.
        threads: of the CPU; 0: all cores of the process.
        device: auto, cpu or cuda.
        verbose: whether to show a bar with the losses of the last rounds, and to say what was chosen, and after how
            many rounds and seconds the training ended.
    """

    def __init__(
        self,
        model: str = "arae",
        *,
        rounds: int | None = None,
        start: str | Path | None = None,
        settings: Mapping[str, Any] | None = None,
        tokenizer: str = "word",
        lowercase: bool = True,
        vocab_size: int = 11_000,
        max_length: int = 30,
        batch_size: int | None = None,
        random_state: int | np.random.RandomState | None = 0,
        threads: int = 0,
        device: str = "auto",
        verbose: bool = False,
    ) -> None:
        self.model = model
        self.rounds = rounds
        self.start = start
        self.settings = settings
        self.tokenizer = tokenizer
        self.lowercase = lowercase
        self.vocab_size = vocab_size
        self.max_length = max_length
        self.batch_size = batch_size
        self.random_state = random_state
        self.threads = threads
        self.device = device
        self.verbose = verbose

    @classmethod
    def from_pretrained(cls, run: str | Path, **parameters: Any) -> Self:
        """A classifier that goes on from a run, a saved model or a model on the Hugging Face hub.

        If that learned labels (`textgan train --labels`), it tells them at once, and `fit` is not needed.

        Raises:
            UserError: nothing loadable there, or a model of images.
        """
        classifier = cls(start=run, **parameters)
        model = SentenceModel.of(read_saved(run, classifier.device))
        if model.labels:
            classifier.model_, classifier.classes_ = model, classes_named(model.labels, model.game.spec.label_type)
        return classifier

    def fit(self, X: Texts, y: Sequence[Any] | npt.NDArray[Any]) -> Self:
        """Learn.

        Args:
            X: n sentences, or n pairs of them.
            y: n labels, -1 where there is none.

        Raises:
            ValueError: X or y is not that, or fewer than two classes are labeled.
            UserError: a setting that does not fit.
        """
        rows, (classes, ids) = texts_of(X), classes_of(y)
        if len(rows) != len(ids):
            raise ValueError(f"X has {len(rows)} rows and y {len(ids)}; expected as many")
        if len(classes) < 2:
            raise ValueError(f"y has {len(classes)} class (-1: no label); expected two classes or more")
        saved = self._saved()
        data = self._data() if saved is None else saved.config.data
        assert isinstance(data, DataConfig)
        tokenizer = saved.tokenizer if saved else train_tokenizer(data, chain.from_iterable(rows))
        assert tokenizer is not None
        longest = saved.game.spec.max_length if saved else data.settled().max_length
        names = tuple(map(str, classes))
        sentences = tokenize_rows(rows, tokenizer, longest, ids, names)
        spec = TextSpec(tokenizer.vocab_size, longest, names, len(rows[0]) == 2, type_of(classes))
        config = self._config(saved, data, sentences)
        fitted = fit_game(config, spec, sentences, saved, stops=self.rounds is None, bar=self._bar(config))
        played = replace(config, training=replace(config.training, rounds=fitted.rounds))
        counts = Counter(names[k] for k in ids if k >= 0)
        info = ModelInfo(fitted.rounds, fitted.seconds, len(sentences), dict(sorted(counts.items())))
        self.model_ = SentenceModel(fitted.game, tokenizer, played, info)
        self.rounds_, self.batch_size_ = fitted.rounds, config.training.batch_size
        self.classes_ = classes
        return self

    def predict(self, X: Texts) -> npt.NDArray[Any]:
        """The likeliest class of each row, (n,).

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X does not hold sentences, or pairs where pairs were learned.
        """
        probabilities = self.predict_proba(X)
        winners: npt.NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return winners

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float64]:
        """Probabilities of the classes, in the order of `classes_`: (n, K).

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X does not hold sentences, or pairs where pairs were learned.
        """
        check_is_fitted(self, "model_")
        rows, wanted = texts_of(X), 2 if self.model_.game.spec.pairs else 1
        if len(rows[0]) != wanted:
            raise ValueError(f"X has {len(rows[0])} sentences a row; expected {wanted}, as in fit")
        return self.model_.probabilities(rows)

    def score(self, X: Texts, y: Sequence[Any] | npt.NDArray[Any], sample_weight: npt.ArrayLike | None = None) -> float:
        """Accuracy on the rows that have a label.

        Args:
            X: n sentences, or n pairs of them.
            y: n labels, -1 where there is none: these rows are left out.
            sample_weight: of the rows, (n,).

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X or y is not that, no row has a label, or labels are not of the type of the classes.
        """
        check_is_fitted(self, "model_")
        rows, labels = texts_of(X), plain_labels(y)
        known = [i for i, label in enumerate(labels) if label is not None]
        if len(rows) != len(labels) or not known:
            raise ValueError(
                f"X has {len(rows)} rows and y {len(known)} labels; expected as many rows, one label or more"
            )
        truth = np.array([labels[i] for i in known])
        if (truth.dtype.kind == "U") != (type_of(self.classes_) == "str"):
            classes = repr(self.classes_.tolist())[:60]
            raise ValueError(
                f"y holds {truth.tolist()[0]!r} and the classes are {classes}; expected labels of their type"
            )
        right = self.predict([rows[i] for i in known]) == truth
        weights = None if sample_weight is None else np.asarray(sample_weight)[known]
        return float(np.average(right, weights=weights))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters; if deep also what stands in settings, as settings__hidden_dim."""
        own: dict[str, Any] = super().get_params(deep)
        nested = flatten(self.settings) if deep and isinstance(self.settings, Mapping) else ()
        return own | {f"settings__{name.replace('.', '__')}": value for name, value in nested}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters; settings__hidden_dim or settings__classifier__dropout changes one of the settings."""
        own = {name: value for name, value in parameters.items() if not name.startswith(_SETTINGS)}
        super().set_params(**own)
        for name, value in parameters.items():
            if name not in own:
                for part in reversed(name.removeprefix(_SETTINGS).split("__")):
                    value = {part: value}
                self.settings = merged(self.settings or {}, value)
        return self

    def _saved(self) -> Saved | None:
        """The model to go on from."""
        saved = None if self.start is None else read_saved(self.start, "cpu")
        if saved is not None and saved.tokenizer is None:
            raise UserError(f"{self.start} is a model of images; expected one of sentences")
        return saved

    def _data(self) -> SettledDataConfig:
        """How sentences are cut into tokens."""
        text = {name: getattr(self, name) for name in ("tokenizer", "lowercase", "vocab_size", "max_length")}
        return from_dict(SettledDataConfig, text | {"data": "in memory"})

    def _config(self, saved: Saved | None, data: DataConfig, sentences: TokenFile) -> RunConfig:
        """What to train: what the user says, and for the rest what the data asks for."""
        base = recipe(self.model, None, "text") if saved is None else saved.config
        amount = Amount(len(sentences), 1 + float(sentences.lengths.mean()))
        values = to_dict(base.settings)
        if saved is None:
            values = merged(values, amount.settings(values) | (_OF_ARAE if base.model == "arae" else {}))
        values = merged(values, self.settings or {})
        if saved is not None and "classifier" not in (self.settings or {}):
            values["classifier"] |= {"pretrain_rounds": 0}
        before = values["classifier"]["pretrain_rounds"]
        rounds = before + amount.rounds if self.rounds is None else self.rounds
        if rounds < 1 or before >= rounds:
            raise UserError(f"rounds is {rounds}; expected more than pretrain_rounds, so that the classifier learns")
        seed = self.random_state
        if not isinstance(seed, Integral):
            seed = check_random_state(seed).randint(1 << 31)
        batch_size = amount.batch_size if self.batch_size is None else self.batch_size
        training: dict[str, Any] = {"seed": int(seed), "rounds": rounds, "batch_size": batch_size}
        training |= {"threads": self.threads, "device": self.device}
        return RunConfig(base.model, from_dict(MODELS[base.model], values), data, from_dict(TrainConfig, training))

    def _bar(self, config: RunConfig) -> "tqdm[Any]":
        """Of rounds; before it stands what was chosen."""
        if self.verbose:
            sizes = {name: getattr(config.settings, name) for name in ("embedding_dim", "hidden_dim")}
            sizes |= {"batch_size": config.training.batch_size, "rounds": config.training.rounds}
            tqdm.write(", ".join(f"{name} {value}" for name, value in sizes.items()), file=sys.stderr)
        return tqdm(total=config.training.rounds, unit="round", disable=not self.verbose)

    def __sklearn_tags__(self) -> Any:
        """X is text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False, True
        tags.non_deterministic = self.random_state is None
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """For pickle, joblib and copy: the model as the files that it is saved in.

        Raises:
            UserError: the folder for temporary files cannot be written.
        """
        state: dict[str, Any] = dict(super().__getstate__())
        if "model_" in state:
            model = state.pop("model_")
            with scratch() as place:
                write_model(place, model.game, model.tokenizer, model.config, info=model.info)
                names = [name for name in FILES if (place / name).is_file()]
                state["_files"] = {name: (place / name).read_bytes() for name in names}
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The reverse."""
        files = state.pop("_files", None)
        super().__setstate__(state)
        if files is not None:
            with scratch() as place:
                for name, content in files.items():
                    if name not in FILES:
                        raise UserError(f"the pickle holds a file {name!r}; expected {', '.join(FILES)}")
                    (place / name).parent.mkdir(exist_ok=True)
                    (place / name).write_bytes(content)
                self.model_ = SentenceModel.of(read_model(place))
                device = "auto" if self.device == "cuda" and not torch.cuda.is_available() else self.device
                self.model_.game.to(find_device(device)).eval()


_SETTINGS = "settings__"
_OF_ARAE = {"code_gain": 5.0}
