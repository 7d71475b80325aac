"""What a sentence classifier is made of: an ensemble, a network, or both; how they predict, and their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import softmax  # type: ignore[import-untyped]

from textgan.data.in_memory import UNLABELED, classes_named, classes_of, plain_labels, texts_of, type_of
from textgan.data.types import LABEL_TYPES
from textgan.device import find_device
from textgan.ensemble import SETTINGS
from textgan.ensemble.combiner import Blend, learn_blend
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.explanation import Explanation, explain_by_occlusion, explain_exactly
from textgan.ensemble.features import TextRows
from textgan.ensemble.saving import NUMBERS, from_files, read_ensemble_settings, to_files
from textgan.errors import UserError
from textgan.files import new_folder, scratch
from textgan.recipes.sentences import learns_words_alone
from textgan.sampling import SentenceModel
from textgan.training.checkpoint import FILES, read_model, write_model

CLASSIFIER_FILES = (*FILES, SETTINGS, NUMBERS)
"""All that a classifier may be saved in."""

_ENOUGH = 1_000  # texts whose logits show how large logits are
_OF_CODES, _OF_WORDS = 0.3, 0.1  # usual weight of a network beside an ensemble, see docs/results.md


class ClassifierParts(NamedTuple):
    """An ensemble, a network, or both.

    Args:
        classes: in the order of the probabilities, (K,).
        ensemble: linear models.
        model: a model of sentences with a classifier.
        blend: weights of both.
    """

    classes: npt.NDArray[Any]
    ensemble: Ensemble | None = None
    model: SentenceModel | None = None
    blend: Blend | None = None

    @property
    def sides(self) -> int:
        """1, or 2 of pairs."""
        if self.ensemble is not None:
            return self.ensemble.features.sides
        return 2 if self.model is not None and self.model.network.spec.pairs else 1

    def checked(self, x: Any) -> list[tuple[str, ...]]:
        """Rows of as many sentences as in fit.

        Raises:
            ValueError: they are none, or of another number.
        """
        rows = texts_of(x)
        if len(rows[0]) != self.sides:
            raise ValueError(f"X has {len(rows[0])} sentences a row; expected {self.sides}, as in fit")
        return rows

    def logits(self, rows: TextRows) -> npt.NDArray[np.float64]:
        """Of the classes, (n, K)."""
        if self.model is None:
            assert self.ensemble is not None
            return self.ensemble.logits(rows)
        of_network = log_probs(self.model, rows)
        if self.ensemble is None or self.blend is None:
            return of_network
        return self.blend.logits(self.ensemble.logits(rows), of_network)

    def probabilities(self, rows: TextRows) -> npt.NDArray[np.float64]:
        """Of the classes, (n, K)."""
        if self.ensemble is None and self.model is not None:
            return self.model.probabilities(rows)
        found: npt.NDArray[np.float64] = softmax(self.logits(rows), axis=1)
        return found

    def explain(self, rows: TextRows) -> list[Explanation]:
        """Of an ensemble on sentences exact; else what the logits lose without each word."""
        if self.ensemble is not None and self.model is None and self.sides == 1:
            return [explain_exactly(self.ensemble, row[0]) for row in rows]
        return [explain_by_occlusion(self.logits, row) for row in rows]


def log_probs(model: SentenceModel, rows: TextRows) -> npt.NDArray[np.float64]:
    """Of the classes by a network, (n, K)."""
    return np.log(np.maximum(model.probabilities(rows), 1e-12))


def training_data(x: Any, y: Any) -> tuple[list[tuple[str, ...]], npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Sentences or pairs as n rows, their K classes, and the place of each row's class, -1 where there is none.

    Raises:
        ValueError: X or y is not that, they are not as many, or fewer than two classes are labeled.
    """
    rows, (classes, ids) = texts_of(x), classes_of(y)
    if len(rows) != len(ids):
        raise ValueError(f"X has {len(rows)} rows and y {len(ids)}; expected as many")
    if len(classes) < 2:
        raise ValueError(f"y has {len(classes)} class (-1: no label); expected two classes or more")
    return rows, classes, ids


def weighted_mean(values: npt.NDArray[Any], known: list[int], number: int, weights: npt.ArrayLike | None) -> float:
    """The mean of values of the rows that are known, by weights of all rows, (number,).

    Raises:
        ValueError: not as many weights.
    """
    if weights is None:
        return float(values.mean())
    given = np.asarray(weights)
    if given.shape != (number,):
        raise ValueError(f"sample_weight has shape {given.shape}; expected a weight of each of {number} rows")
    return float(np.average(values, weights=given[known]))


def known_labels(y: Any, number: int, classes: npt.NDArray[Any]) -> tuple[list[int], npt.NDArray[Any]]:
    """TextRows that have a label, and their labels.

    Args:
        y: labels, see `classes_of`.
        number: how many there should be.
        classes: that were learned.

    Raises:
        ValueError: not as many, no label, or labels of another type than the classes.
    """
    labels = plain_labels(y)
    known = [i for i, label in enumerate(labels) if label is not None]
    if number != len(labels) or not known:
        raise ValueError(f"X has {number} rows and y {len(known)} labels; expected as many rows, one label or more")
    truth = np.array([labels[i] for i in known])
    if (truth.dtype.kind == "U") != (type_of(classes) == "str"):
        names = repr(classes.tolist())[:60]
        raise ValueError(f"y holds {truth.tolist()[0]!r} and the classes are {names}; expected labels of their type")
    return known, truth


def refused(winners: npt.NDArray[Any], rejected: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """Classes (n,) with -1 where they are rejected, (n,): of strings "-1"; of truth values as objects."""
    if not rejected.any():
        return winners
    text = winners.dtype.kind == "U"
    wide = np.result_type(winners.dtype, "U2") if text else np.dtype(object) if winners.dtype == bool else winners.dtype
    found = winners.astype(wide)
    found[rejected] = str(UNLABELED) if text else UNLABELED
    return found


def blend_of(
    ensemble: Ensemble,
    model: SentenceModel,
    rows: TextRows,
    ids: npt.NDArray[np.int64],
    heldout: npt.NDArray[np.int64] | None,
    class_weights: npt.NDArray[np.float64] | None,
) -> Blend:
    """Weights of both: by labels that were held out from the network and, for this, from an ensemble; else the usual.

    Args:
        ensemble: of all labels.
        model: the network.
        rows: n sentences or pairs.
        ids: the place of each row's class, -1 where there is none, (n,).
        heldout: rows whose labels the network did not learn, if there are any.
        class_weights: see `Ensemble.fit`.
    """
    usual = _OF_WORDS if learns_words_alone(model.config.settings) else _OF_CODES
    if heldout is None:
        some = [rows[i] for i in range(0, len(rows), 1 + len(rows) // _ENOUGH)]
        return learn_blend(ensemble.logits(some), log_probs(model, some), usual=usual)
    rest = ids.copy()
    rest[heldout] = -1
    apart = Ensemble.fit(rows, rest, int(ids.max()) + 1, class_weights=class_weights)
    some = [rows[i] for i in heldout]
    return learn_blend(apart.logits(some), log_probs(model, some), ids[heldout], usual)


def content_of(parts: ClassifierParts) -> dict[str, bytes]:
    """Name and content of each file.

    Raises:
        UserError: the folder for temporary files cannot be written.
    """
    files: dict[str, bytes] = {}
    if parts.model is not None:
        model = parts.model
        with scratch() as place:
            write_model(place, model.network, model.tokenizer, model.config, info=model.info)
            files |= {name: (place / name).read_bytes() for name in FILES if (place / name).is_file()}
    if parts.ensemble is not None:
        more = {"classes": [str(name) for name in parts.classes], "label_type": type_of(parts.classes)}
        files |= to_files(parts.ensemble, more | ({"blend": list(parts.blend)} if parts.blend else {}))
    return files


def write_classifier(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder that is new or empty, and that appears at once: whole, or not at all.

    Raises:
        UserError: it holds something or cannot be written, or a name is none of `CLASSIFIER_FILES`.
    """
    for name in files:
        if name not in CLASSIFIER_FILES:
            raise UserError(f"the pickle holds a file {name!r}; expected {', '.join(CLASSIFIER_FILES)}")
    with new_folder(folder) as aside:
        for name, content in files.items():
            (aside / name).parent.mkdir(parents=True, exist_ok=True)
            (aside / name).write_bytes(content)


def read_classifier(folder: Path, device: str) -> ClassifierParts:
    """Read the files that `content_of` gave.

    Args:
        folder: that holds them.
        device: of the network: auto, cpu or cuda.

    Raises:
        UserError: a file is missing or not what it should be.
    """
    model = None
    if (folder / "config.json").is_file():
        model = SentenceModel.of(read_model(folder))
        device = "auto" if device == "cuda" and not torch.cuda.is_available() else device
        model.network.to(find_device(device)).eval()
        if not (folder / SETTINGS).is_file():
            return ClassifierParts(classes_named(model.labels, model.network.spec.label_type), model=model)
    values = read_ensemble_settings(folder)
    names, label_type, blend = (values.get(name) for name in ("classes", "label_type", "blend"))
    try:
        if not isinstance(names, list) or len(set(names)) < 2 or label_type not in LABEL_TYPES:
            raise ValueError("classes")
        classes, weights = classes_named(names, label_type), None
        if model is not None:
            weights = Blend(*map(float, blend or ()))
            if len(blend or ()) != 2 or not np.isfinite(weights).all():
                raise ValueError("blend")
    except (ValueError, TypeError):
        raise UserError(
            f"{folder / SETTINGS} holds no classes, or no blend of ensemble and network; restore the saved classifier"
        ) from None
    return ClassifierParts(classes, from_files(folder, len(names)), model, weights)
