"""What all tabs share: a model, the sentences it learned from, and one lock."""

import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple, TypeVar, final

from textgan import box
from textgan.classifier_parts import ClassifierParts, read_classifier
from textgan.data.builtin import CORPORA
from textgan.data.config import DataConfig
from textgan.data.excerpt import MOST_TEXTS, Excerpt
from textgan.device import float32_through_onednn
from textgan.ensemble import SETTINGS
from textgan.errors import UserError
from textgan.files import expanded
from textgan.sampling import ImageModel, SentenceModel, load
from textgan.training.run_folder import last_checkpoint

logger = logging.getLogger("textgan")

MOST_CHARACTERS = 1_000
"""Of a sentence that is typed or uploaded."""

_LARGEST_SEED = 2**31 - 1
_MOST_MADE = 16
_PIECE = 1_000  # sentences that are read at a time
_PAUSE = 0.002  # seconds in which others may take the lock

Made = TypeVar("Made")


@final
class StudioContext:
    """What the tabs share.

    Args:
        name: of the run or the model, as the user gave it.
        model: of sentences or of images; none of a classifier that has no network.
        data: sentences to use in place of those of the training: see `DataConfig.data`.
        classifier: where a `SentenceClassifier` was saved.
        run_folder: of a run, whose curves can be drawn.
        seed: that the page begins with.

    Attributes:
        lock: whoever uses the model holds it; requests wait for each other.
        excerpt: the first sentences of the training; none where there are none.
        when_opened: what the tab that is being built wants to do when it is opened first: function, inputs, output.
    """

    def __init__(
        self,
        name: str,
        model: SentenceModel | ImageModel | None,
        data: str | None = None,
        classifier: ClassifierParts | None = None,
        run_folder: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.name, self.model, self.classifier, self.run_folder, self.seed = name, model, classifier, run_folder, seed
        self.lock = RLock()
        self.when_opened: list[tuple[Callable[..., Any], list[Any], Any]] = []
        self._made: dict[Hashable, Any] = {}
        config = model.config.data if model is not None else DataConfig()
        self.excerpt: Excerpt | None = None
        if isinstance(config, DataConfig) and (data is not None or model is not None):
            self.excerpt = Excerpt(config if data is None else _data(config, data))

    @classmethod
    def open(cls, name: str, device: str = "auto", data: str | None = None, seed: int = 0) -> "StudioContext":
        """The studio of the model of that name.

        Args:
            name: run folder, saved model or classifier, model that comes with textgan, or owner/name on the hub.
            device: auto, cpu or cuda.
            data: see the class.
            seed: see the class.

        Raises:
            UserError: there is none; data that is not there, or that is of no use.
        """
        float32_through_onednn()
        folder = expanded(name)
        run_folder = folder if (folder / "config.yaml").is_file() else None
        if (folder / SETTINGS).is_file():
            parts = read_classifier(folder, device)
            return cls(name, parts.model, data, parts, seed=seed)
        if run_folder is not None and last_checkpoint(folder) is None:
            logger.info("%s has no checkpoint yet: only its curves are there", name)
            return cls(name, None, data, run_folder=run_folder, seed=seed)
        model = load(name, device)
        if isinstance(model, ImageModel) and data is not None:
            raise UserError(f"--data has no use for {name}, a model of images; leave it out")
        studio = cls(name, model, data, run_folder=run_folder, seed=seed)
        if data is not None and studio.excerpt is not None:
            studio.excerpt.read(1)
        elif not _is_here(name):
            studio.leave_out_files()
        return studio

    def leave_out_files(self) -> None:
        """Show no training sentences unless they come with textgan: a stranger's model names files as it likes, and
        the page would show what stands in them."""
        if self.excerpt is not None and self.excerpt.config.data not in CORPORA:
            logger.info("%s was not trained here, so no file is read for it; --data FILE names sentences", self.name)
            self.excerpt = None

    @property
    def sentences(self) -> SentenceModel:
        """The model, of sentences.

        Raises:
            UserError: it is none.
        """
        if not isinstance(self.model, SentenceModel):
            raise UserError(f"{self.name} is no model of sentences")
        return self.model

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` makes, made once for a key; the last few are kept."""
        with self.lock:
            if key not in self._made:
                made = make()
                while len(self._made) >= _MOST_MADE:
                    del self._made[next(iter(self._made))]
                self._made[key] = made
            found: Made = self._made[key]
            return found

    def first_texts(self, n: int) -> tuple[list[str], list[str]]:
        """The first n sentences of the training and their labels; none where they are not here, which is logged."""
        excerpt = self._read(n)
        return ([], []) if excerpt is None else (excerpt.sentences[:n], excerpt.labels[:n])

    def read_texts(self, n: int = MOST_TEXTS) -> list[str]:
        """The first n sentences of the training, read in pieces between which others may use the model."""
        excerpt, count = self.excerpt, 0
        while excerpt is not None and count < n and not excerpt.whole:
            count += _PIECE
            excerpt = self._read(count)
            time.sleep(_PAUSE)
        return [] if excerpt is None else excerpt.sentences[:n]

    def _read(self, n: int) -> Excerpt | None:
        excerpt = self.excerpt  # another request may find at the same time that there is none
        if excerpt is None:
            return None
        try:
            with self.lock:
                excerpt.read(n)
        except UserError as error:
            logger.info("the sentences of the training are not used: %s", error)
            self.excerpt = None
            return None
        return excerpt

    @property
    def heading(self) -> str:
        """What the model is, in a line."""
        if self.model is None:
            return "classifier of sentences" if self.classifier is not None else "a run without a checkpoint yet"
        config = self.model.config
        parts = [f"{config.model} of {config.data.data}"]
        parts += [f"codes of {self.model.code_dim}"] if self.model.code_dim else []
        if isinstance(self.model, SentenceModel) and self.model.labels:
            parts.append(f"{len(self.model.labels)} labels")
        return ", ".join(parts)


class Tab(NamedTuple):
    """A tab of the page.

    Args:
        title: on the tab.
        build: makes its components, within the page that is being made.
        refusal: why this model cannot serve it, in a few words; "" where it can.
    """

    title: str
    build: Callable[[StudioContext], None]
    refusal: Callable[[StudioContext], str]


def needs_codes(studio: StudioContext) -> str:
    """Why a tab that goes through codes of sentences is left out; "" where it is not."""
    if not isinstance(studio.model, SentenceModel):
        return "needs a model of sentences"
    return "" if studio.model.code_dim else f"{studio.model.config.model} has no codes"


def typed(text: str | None, what: str) -> str:
    """A sentence that a user typed, in one line and without spaces around it.

    Raises:
        UserError: it is empty, or longer than `MOST_CHARACTERS`.
    """
    found = " ".join(text.splitlines()).strip() if isinstance(text, str) else ""
    if not found:
        raise UserError(f"{what} is empty; expected a sentence")
    if len(found) > MOST_CHARACTERS:
        raise UserError(f"{what} has {len(found):,} characters; expected at most {MOST_CHARACTERS:,}")
    return found


def typed_seed(value: float | None) -> int:
    """A seed that a user typed.

    Raises:
        UserError: it is none.
    """
    is_number = isinstance(value, int | float)
    if value is None or not is_number or not 0 <= value <= _LARGEST_SEED or value != int(value):
        raise UserError(f"the seed is {'empty' if value is None else value}; expected 0 to {_LARGEST_SEED:,}")
    return int(value)


def _is_here(name: str) -> bool:
    """Whether a model is a folder of this machine or comes with textgan; others are of the hub."""
    return expanded(name).exists() or name in box.names() or name.startswith(box.BOX_PREFIX)


def _data(config: DataConfig, data: str) -> DataConfig:
    """Other data, whose columns have the usual names."""
    plain = DataConfig()
    return replace(config, data=data, text_column=plain.text_column, second_column=plain.second_column, labels=None)
