"""Classification with few labels, as a scikit-learn estimator."""

from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from textgan.classifier_parts import (
    ClassifierParts,
    blend_of,
    content_of,
    known_labels,
    read_classifier,
    refused,
    training_data,
    weighted_mean,
    write_classifier,
)
from textgan.config import flatten, merged
from textgan.data.in_memory import classes_named, texts_of
from textgan.efforts import class_weights_of, effort_of, of_network, said
from textgan.ensemble import SETTINGS
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.explanation import Explanation
from textgan.files import expanded, scratch
from textgan.network_fit import fit_network, seed_of
from textgan.sampling import SentenceModel
from textgan.sampling.base import read_saved
from textgan.sampling.text import Texts


class SentenceClassifier(ClassifierMixin, BaseEstimator):
    """Predicts the labels of sentences, or of pairs of them, from few labels; the other sentences need none.

    >>> import textgan
    >>> sentences = ["a man sings .", "two dogs run .", "a man plays .", "two dogs eat ."] * 20
    >>> y = [0, 1, -1, -1] * 20  # -1: no label
    >>> classifier = textgan.SentenceClassifier(rounds=5).fit(sentences, y)  # without rounds: as the data asks
    >>> classifier.predict_proba(["a man sings .", "two dogs run ."]).shape
    (2, 2)

    What learns is said by `effort`:

    - fast, the default: an ensemble of linear models on words, characters and vectors of words, which learn from texts
      without labels too; see `textgan.ensemble`. Seconds for 10,000 short texts. Texts of any length are read whole.
    - balanced: the ensemble, and a network of two views on vectors of words, which teach each other on texts without
      labels. At most a minute more.
    - thorough: the ensemble, and an autoencoder of sentences (by default ARAE, Zhao et al. 2018, section 5.3) with a
      classifier on its codes and on vectors of words; see `textgan.models.with_classifier`. Minutes; for pairs of
      sentences and many labels.
    - network: that autoencoder and its classifier alone.

    The log-probabilities of ensemble and network are weighted by labels that were held out from both, if there are
    1,000 or more.

    The labeled rows should be a fair sample of the classes. The same data, settings and random_state give the same
    classifier on the same machine.

    Of the network, what is not given follows the data. Fewer than 50,000 sentences have networks of 128 dimensions;
    `rounds` are eight epochs, from 400 to 800, and end sooner where the classifier learns no more: with 1,000 labels,
    20 of each class, a tenth is held out to see this, and the best state is kept; with fewer it is seen on the
    sentences without labels, as the share of sure answers and of those on which all heads agree.

    After `fit`: `classes_`; `ensemble_`, an `Ensemble`, unless effort is network; unless it is fast `model_`, a
    `SentenceModel`, which, unless effort is balanced, also samples, interpolates and so on, and whose `config` has all
    sizes; `rounds_`, those trained; `batch_size_`.

    Args:
        model: name of a model of sentences with codes, as of `textgan train`: arae, ae, daae, vae ...
        effort: fast, balanced, thorough or network; none: fast, or network where model, rounds, start or settings are
            given.
        class_weight: weights of the examples of each class in the ensemble, class -> weight; "balanced": so that all
            classes weigh the same; none: 1.
        rounds: length of the training of the network, all of which is played; none: as the data asks, see above.
        start: run, saved model or name on the Hugging Face hub to go on from, in place of `model`: its tokenizer,
            settings and weights.
        settings: other settings of the model by name, such as {"hidden_dim": 500, "classifier": {"dropout": 0.5}}.
        tokenizer: of the network: word, nltk, unigram or bpe; see `DataConfig`.
        lowercase: fold case.
        vocab_size: most frequent words kept.
        max_length: tokens after which a sentence is cut.
        batch_size: rows of a batch; none: 64, of many sentences 128, of long ones fewer.
        random_state: seed of parameters, batches and noise.
        threads: of the CPU; 0: all cores of the process.
        device: auto, cpu or cuda.
        verbose: whether to say each part and its seconds, and of the network what was chosen, a bar with the losses of
            the last rounds, and when the training ended.
    """

    def __init__(
        self,
        model: str = "arae",
        *,
        effort: str | None = None,
        class_weight: Mapping[Any, float] | str | None = None,
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
        self.effort = effort
        self.class_weight = class_weight
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
        """A classifier from a folder of `save_pretrained`, from a run, or from a model, on the Hugging Face hub too.

        One of a run or model goes on from it in `fit`; if that learned labels (`textgan train --labels`), it predicts
        them at once.

        Raises:
            UserError: nothing loadable there, or a model of images.
        """
        if (expanded(run) / SETTINGS).is_file():
            classifier = cls(**parameters)
            classifier._set_parts(read_classifier(expanded(run), classifier.device))
            return classifier
        classifier = cls(start=run, **parameters)
        model = SentenceModel.of(read_saved(run, classifier.device))
        if model.labels:
            classifier.model_, classifier.classes_ = model, classes_named(model.labels, model.network.spec.label_type)
        return classifier

    def save_pretrained(self, folder: str | Path) -> None:
        """Write all that predicts to a new folder: JSON and safetensors, from which nothing is executed.

        Raises:
            NotFittedError: `fit` was not called.
            UserError: the folder holds something, or cannot be written; then it stays as it was.
        """
        check_is_fitted(self, "classes_")
        write_classifier(expanded(folder), content_of(self._parts()))

    def fit(self, X: Texts, y: Sequence[Any] | npt.NDArray[Any]) -> Self:
        """Learn.

        Args:
            X: n sentences, or n pairs of them.
            y: n labels, -1 where there is none.

        Raises:
            ValueError: X or y is not that, or fewer than two classes are labeled.
            UserError: a setting that does not fit.
        """
        rows, classes, ids = training_data(X, y)
        parameters = self.get_params(deep=False)
        effort = effort_of(parameters, type(self)().get_params(deep=False))
        weights = class_weights_of(self.class_weight, classes, ids)
        for name in ("classes_", *_LEARNED):
            self.__dict__.pop(name, None)
        if effort != "network":
            with said(self.verbose, f"ensemble of {len(rows):,} texts, {(ids >= 0).sum():,} labeled"):
                self.ensemble_ = Ensemble.fit(rows, ids, len(classes), seed_of(self.random_state), weights)
        if effort != "fast":
            network = fit_network(of_network(parameters, effort), rows, classes, ids)
            self.model_, training = network.model, network.model.config.training
            self.rounds_, self.batch_size_ = training.rounds, training.batch_size
            if effort != "network":
                with said(self.verbose, "weights of ensemble and network"):
                    self.blend_ = blend_of(self.ensemble_, self.model_, rows, ids, network.heldout, weights)
        self.classes_ = classes
        return self

    def predict(self, X: Texts, reject_below: float = 0.0) -> npt.NDArray[Any]:
        """The likeliest class of each row, (n,).

        Args:
            X: n sentences, or n pairs of them.
            reject_below: where the likeliest class is less likely, the answer is -1 ("-1" of classes that are strings).

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X does not hold sentences, or pairs where pairs were learned; reject_below is no probability.
        """
        if not isinstance(reject_below, Real) or not 0 <= reject_below <= 1:
            raise ValueError(f"reject_below is {reject_below!r}; expected a probability from 0 to 1")
        probabilities = self.predict_proba(X)
        winners: npt.NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return refused(winners, probabilities.max(axis=1) < reject_below)

    def predict_proba(self, X: Texts) -> npt.NDArray[np.float64]:
        """Probabilities of the classes, in the order of `classes_`: (n, K).

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X does not hold sentences, or pairs where pairs were learned.
        """
        parts = self._parts()
        return parts.probabilities(parts.checked(X))

    def explain(self, X: Texts) -> list[Explanation]:
        """What each word adds to the logits, see `textgan.ensemble.explanation`: exact of an ensemble on sentences,
        else what they lose without the word.

        Raises:
            NotFittedError: `fit` was not called.
            ValueError: X does not hold sentences, or pairs where pairs were learned.
        """
        parts = self._parts()
        return parts.explain(parts.checked(X))

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
        check_is_fitted(self, "classes_")
        rows = texts_of(X)
        known, truth = known_labels(y, len(rows), self.classes_)
        right = self.predict([rows[i] for i in known]) == truth
        return weighted_mean(right, known, len(rows), sample_weight)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All parameters; if deep also what stands in settings, as settings__hidden_dim."""
        plain: dict[str, Any] = super().get_params(deep)
        nested = flatten(self.settings) if deep and isinstance(self.settings, Mapping) else ()
        return plain | {f"settings__{name.replace('.', '__')}": value for name, value in nested}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters; settings__hidden_dim or settings__classifier__dropout changes one of the settings."""
        plain = {name: value for name, value in parameters.items() if not name.startswith(_SETTINGS)}
        super().set_params(**plain)
        for name, value in parameters.items():
            if name not in plain:
                for part in reversed(name.removeprefix(_SETTINGS).split("__")):
                    value = {part: value}
                self.settings = merged(self.settings or {}, value)
        return self

    def __sklearn_tags__(self) -> Any:
        """X is text."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False, True
        tags.non_deterministic = self.random_state is None
        return tags

    def _parts(self) -> ClassifierParts:
        """What `fit` learned."""
        check_is_fitted(self, "classes_")
        return ClassifierParts(self.classes_, *(getattr(self, name, None) for name in _LEARNED))

    def _set_parts(self, parts: ClassifierParts) -> None:
        self.classes_ = parts.classes
        for name, part in zip(_LEARNED, parts[1:], strict=True):
            if part is not None:
                setattr(self, name, part)

    def __getstate__(self) -> dict[str, Any]:
        """For pickle, joblib and copy: what was learned as the files that it is saved in."""
        state: dict[str, Any] = dict(super().__getstate__())
        if any(name in state for name in _LEARNED):
            state["_files"] = content_of(self._parts())
        return {name: value for name, value in state.items() if name not in _LEARNED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The reverse."""
        files = state.pop("_files", None)
        super().__setstate__(state)
        if files is not None:
            with scratch() as place:
                write_classifier(place / "files", files)
                self._set_parts(read_classifier(place / "files", self.device))


_SETTINGS = "settings__"
_LEARNED = ("ensemble_", "model_", "blend_")
