"""An ensemble as two files: ensemble.json, the units and settings, and ensemble.safetensors, the numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from textgan.ensemble import SETTINGS
from textgan.ensemble.ensemble import Ensemble
from textgan.ensemble.features import DENSE, FEATURE_NAMES, TextFeatures
from textgan.ensemble.softmax_regression import Doubles, SoftmaxRegression
from textgan.ensemble.text import Vocabulary
from textgan.errors import UserError, reason_of
from textgan.files import read_file

NUMBERS = "ensemble.safetensors"
_FORMAT = 1
_MOST = 1 << 31  # bytes


def to_files(ensemble: Ensemble, more: dict[str, Any]) -> dict[str, bytes]:
    """Content of the two files.

    Args:
        ensemble: the classifier.
        more: what else ensemble.json shall hold.
    """
    features = ensemble.features
    values = {"format": _FORMAT, "weights": ensemble.weights}
    values |= {"words": features.words.units, "chars": features.chars.units} | more
    values["aligned"] = None if features.aligned is None else features.aligned.units
    arrays = {"words.idf": features.words.idf, "chars.idf": features.chars.idf}
    arrays |= {"vectors": features.vectors, "share": features.share}
    arrays |= {} if features.aligned is None else {"aligned.idf": features.aligned.idf}
    arrays |= {f"centers.{name}": center for name, center in features.centers.items()}
    for name, model in ensemble.models.items():
        arrays |= {f"{name}.weights": model.weights, f"{name}.bias": model.bias}
    numbers = save({name: np.ascontiguousarray(x, dtype=np.float32) for name, x in arrays.items()})
    return {SETTINGS: (json.dumps(values) + "\n").encode(), NUMBERS: numbers}


def from_files(folder: Path, classes: int) -> Ensemble:
    """Read what `to_files` gave, from a folder.

    Args:
        folder: that holds both files.
        classes: K.

    Raises:
        UserError: a file is missing or not what it should be.
    """
    values = read_ensemble_settings(folder)
    path = folder / NUMBERS
    try:
        arrays = {name: x.astype(np.float64) for name, x in load(read_file(path, "a saved classifier", _MOST)).items()}
    except (SafetensorError, ValueError, TypeError) as error:
        raise UserError(f"{path} is no safetensors file ({reason_of(error)}); restore the saved classifier") from None
    try:
        return _checked(values, arrays, classes)
    except (KeyError, ValueError, TypeError) as error:
        reason = f"{reason_of(error)} is missing" if isinstance(error, KeyError) else reason_of(error)
        raise UserError(f"{path} does not fit {SETTINGS} ({reason}); restore the saved classifier") from None


def read_ensemble_settings(folder: Path) -> dict[str, Any]:
    """What ensemble.json holds.

    Raises:
        UserError: it is missing, no JSON, or of another format.
    """
    path = folder / SETTINGS
    try:
        values = json.loads(read_file(path, "a saved classifier", _MOST))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not JSON ({reason_of(error)}); restore the saved classifier") from None
    if not isinstance(values, dict) or values.get("format") != _FORMAT:
        raise UserError(
            f"{path} is of another version of textgan; expected format {_FORMAT}: train the classifier anew"
        )
    return values


def _checked(values: dict[str, Any], arrays: dict[str, Doubles], classes: int) -> Ensemble:
    """Raises ValueError, KeyError or TypeError where something does not fit."""
    words, chars = (_units(values[name]) for name in ("words", "chars"))
    aligned = None if values["aligned"] is None else _units(values["aligned"])
    single = sum(" " not in unit for unit in words)
    dim = arrays["vectors"].shape[-1]
    shapes = {"words.idf": (len(words),), "chars.idf": (len(chars),), "vectors": (single, dim), "share": (single,)}
    shapes |= {f"centers.{name}": (2, dim) for name in DENSE}
    shapes |= {} if aligned is None else {"aligned.idf": (len(aligned),)}
    for name in {key.rsplit(".", 1)[0] for key in arrays if key.endswith(".bias")}:
        if name not in FEATURE_NAMES:
            raise ValueError(f"a model of {name!r}")
        size = dim if name in DENSE else len(chars if name.endswith("chars") else words)
        size = single if name == "has_words" else size
        size = len(aligned or ()) if name == "aligned" else size * (1 if aligned is None else 4)
        shapes |= {f"{name}.weights": (size, classes), f"{name}.bias": (classes,)}
    for name, shape in shapes.items():
        if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} has shape {arrays[name].shape} or is not finite; expected {shape}")
    vocabularies = (Vocabulary(words, arrays["words.idf"]), Vocabulary(chars, arrays["chars.idf"]))
    centers = {name: arrays[f"centers.{name}"] for name in DENSE}
    more = None if aligned is None else Vocabulary(aligned, arrays["aligned.idf"])
    features = TextFeatures(*vocabularies, arrays["vectors"], arrays["share"], centers, more)
    models = {
        n: SoftmaxRegression(arrays[f"{n}.weights"], arrays[f"{n}.bias"])
        for n in FEATURE_NAMES
        if f"{n}.bias" in arrays
    }
    if not models:
        raise ValueError("no model")
    return Ensemble(features, models, {name: float(weight) for name, weight in values["weights"].items()})


def _units(values: Any) -> list[str]:
    if not isinstance(values, list) or not all(isinstance(unit, str) for unit in values):
        raise ValueError("units are no list of texts")
    if len(set(values)) < len(values):
        raise ValueError("a unit stands twice")
    return values
