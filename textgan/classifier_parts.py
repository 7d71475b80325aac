"""What a sentence classifier is made of: an ensemble, a network, or both; how they predict, and their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import softmax  # type: ignore[import-untyped]

from textgan.data.in_memory import UNLABELED, classes_named, plain_labels, type_of
from textgan.data.types import LABEL_TYPES
from textgan.device import find_device
from textgan.ensemble import SETTINGS
from textgan.ensemble.combiner import Blend, learn_blend
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.explanation import Explanation, explain_by_occlusion, explain_exactly
from textgan.ensemble.features import TextRows
from textgan.ensemble.saving import NUMBERS, from_files, read_ensemble_settings, to_files
from textgan.errors import UserError
from textgan.files import is_empty, scratch
from textgan.sampling import SentenceModel
from textgan.training.checkpoint import FILES, read_model, write_model

CLASSIFIER_FILES = (*FILES, SETTINGS, NUMBERS)
"""All that a classifier may be saved in."""


_ENOUGH = 1_000  # texts whose logits show how large logits are


EFFORTS = ("fast", "network", "thorough")
"""See `SentenceClassifier`."""


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


def effort_of(effort: str | None, given: bool) -> str:
    """One of `EFFORTS`.

    Args:
        effort: one of them; none: fast, or network where settings of the network are given.
        given: whether such settings are.

    Raises:
        UserError: it is none of them, or fast with settings of the network.
    """
    effort = ("network" if given else "fast") if effort is None else effort
    if effort not in EFFORTS:
        raise UserError(f"effort is {effort!r}; expected one of {', '.join(EFFORTS)}")
    if effort == "fast" and given:
        raise UserError(
            "effort is fast, but model, rounds, start or settings are given, which are the network's; expected effort "
            "network or thorough, or none of these"
        )
    return effort


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
    if heldout is None:
        some = [rows[i] for i in range(0, len(rows), 1 + len(rows) // _ENOUGH)]
        return learn_blend(ensemble.logits(some), log_probs(model, some))
    rest = ids.copy()
    rest[heldout] = -1
    apart = Ensemble.fit(rows, rest, int(ids.max()) + 1, class_weights=class_weights)
    some = [rows[i] for i in heldout]
    return learn_blend(apart.logits(some), log_probs(model, some), ids[heldout])


def class_weights_of(
    class_weight: Mapping[Any, float] | str | None, classes: npt.NDArray[Any], ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64] | None:
    """Weights of an example of each class, (K,); none: 1.

    Args:
        class_weight: class -> weight, or "balanced": number of examples / (K times that of the class).
        classes: K.
        ids: the place of each row's class, -1 where there is none, (n,).

    Raises:
        UserError: it is neither, or names another class.
    """
    if class_weight is None:
        return None
    names = classes.tolist()
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise UserError(f"class_weight is {class_weight!r}; expected balanced, or a weight of each class")
        counts = np.bincount(ids[ids >= 0], minlength=len(names))
        return counts.sum() / (len(names) * counts)
    strange = [name for name in class_weight if name not in names]
    weights = np.array([float(class_weight.get(name, 1.0)) for name in names])
    if strange or not (weights > 0).all() or not np.isfinite(weights).all():
        raise UserError(f"class_weight is {class_weight!r}; expected a weight above 0 of classes among {names}")
    return weights


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
    """Write files into a folder that is new or empty.

    Raises:
        UserError: it holds something, or a name is none of `CLASSIFIER_FILES`.
    """
    for name in files:
        if name not in CLASSIFIER_FILES:
            raise UserError(f"the pickle holds a file {name!r}; expected {', '.join(CLASSIFIER_FILES)}")
    if folder.exists() and not (folder.is_dir() and is_empty(folder)):
        raise UserError(f"{folder} is there already; expected a new or empty folder")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


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
