"""What is known of a trained model besides its weights and settings, as config.json holds it. No torch here."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from textgan.errors import UserError, reason_of
from textgan.files import read_file

_MOST = 1 << 53  # below it a float is exact
_MOST_CONFIG = 1 << 26  # bytes
_LANGUAGE = re.compile(r"[A-Za-z]{2,20}(-[A-Za-z0-9]{1,20})*")
_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")
_LONGEST_NAME = 200


FORMAT = 3
"""Of config.json: 1 had other names of settings, 2 other names of the weights of a model with a classifier. What
`ModelInfo` holds may be missing: it is then not known."""


def read_config(folder: Path) -> dict[str, Any]:
    """What the config.json of a saved model holds, its settings not yet compared with anything.

    Raises:
        UserError: it is missing, no JSON, or of another format.
    """
    path = folder / "config.json"
    content = read_file(path, "a folder that textgan saved a model in", _MOST_CONFIG)
    try:
        values: dict[str, Any] = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not JSON ({reason_of(error)}); expected a configuration that textgan wrote"
        ) from error
    if not isinstance(values, dict):
        raise UserError(f"{path} is no JSON object; expected a configuration that textgan wrote")
    if values.pop("format", 1) != FORMAT:
        raise UserError(f"{path} is of another version of textgan; expected format {FORMAT}: train the model anew")
    return values


class Measurements(NamedTuple):
    """What was measured of a model at a round.

    Args:
        round: after which it was measured.
        metrics: measurement -> value.
        real: measurement -> the same of real data, where it says something.
        by: of the best model the measurement that it is the best by, lower is better; "" of others.
    """

    round: int
    metrics: Mapping[str, float]
    real: Mapping[str, float] = {}
    by: str = ""

    @staticmethod
    def of(number: int, metrics: Mapping[str, Any], real: Mapping[str, Any] = {}, by: str = "") -> "Measurements":
        """After round `number`, without what is no finite number."""
        return Measurements(number, finite_numbers(metrics), finite_numbers(real), by)


class ModelInfo(NamedTuple):
    """What is known of a trained model.

    Args:
        rounds: trained; 0: not known.
        seconds: trained, over all starts of the run; 0: not known.
        examples: sentences or images in the train split; 0: not known.
        label_counts: label -> number of the train examples that have it, hidden labels aside.
        validation: the last look at validation data.
        best: the look of the best model of the run.
        evaluation: the last `textgan evaluate` of the run, on its own data.
        name: what whoever shares the model calls it.
        license: its licence, as the Hugging Face hub names licences: apache-2.0, cc-by-4.0.
        languages: ISO 639 codes of the language of its sentences.
    """

    rounds: int = 0
    seconds: float = 0.0
    examples: int = 0
    label_counts: Mapping[str, int] = {}
    validation: Measurements | None = None
    best: Measurements | None = None
    evaluation: Measurements | None = None
    name: str | None = None
    license: str | None = None
    languages: tuple[str, ...] = ()

    @property
    def measured(self) -> Measurements | None:
        """What a person is shown: the evaluation if there was one, else the last validation."""
        return self.evaluation or self.validation

    @property
    def label_shares(self) -> dict[str, float]:
        """Label -> its share of the examples that have one."""
        total = sum(self.label_counts.values())
        return {name: count / total for name, count in self.label_counts.items()} if total else {}

    def shared_as(self, name: str | None, license: str | None, language: str | Sequence[str] | None) -> "ModelInfo":
        """With what only its owner knows; None: as it is.

        Raises:
            UserError: a name of several lines, a licence or a language that the hub cannot know.
        """
        given = (language,) if isinstance(language, str) else language
        changed = self._replace(
            name=self.name if name is None else name,
            license=self.license if license is None else license,
            languages=self.languages if given is None else tuple(given),
        )
        _check_names(changed)
        return changed

    def resumed(self, earlier: "ModelInfo") -> "ModelInfo":
        """With what earlier starts of the run measured."""
        return self._replace(validation=earlier.validation, best=earlier.best)

    def to_dict(self) -> dict[str, Any]:
        """As config.json holds it."""
        parts = {"validation": self.validation, "best": self.best, "evaluation": self.evaluation}
        trained = {"rounds": self.rounds, "seconds": round(self.seconds, 2), "examples": self.examples}
        return {
            "name": self.name,
            "license": self.license,
            "languages": list(self.languages),
            "trained": trained | {"labels": dict(self.label_counts)},
            "metrics": {name: part._asdict() for name, part in parts.items() if part is not None},
        }

    @staticmethod
    def of(values: Mapping[str, Any]) -> "ModelInfo":
        """What a config.json holds; of an older one, which has nothing of it, nothing is known.

        Raises:
            UserError: names what is not as expected.
        """
        trained, metrics = (_part(values, name) for name in ("trained", "metrics"))
        languages = values.get("languages", [])
        if not isinstance(languages, list):
            raise UserError(f"languages are {languages!r}; expected a list of ISO 639 codes")
        validation, best, evaluation = (_measurements(metrics, name) for name in ("validation", "best", "evaluation"))
        found = ModelInfo(
            _count(trained, "rounds"),
            _seconds(trained),
            _count(trained, "examples"),
            {str(name): _count(_part(trained, "labels"), name) for name in _part(trained, "labels")},
            validation,
            best,
            evaluation,
            values.get("name"),
            values.get("license"),
            tuple(languages),
        )
        _check_names(found)
        return found


def finite_numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among values, those that are not finite left out."""
    return {
        str(name): value
        for name, value in values.items()
        if (type(value) is float and math.isfinite(value)) or (type(value) is int and abs(value) < _MOST)
    }


def _check_names(info: ModelInfo) -> None:
    name, license_ = info.name, info.license
    if name is not None and (
        not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable()
    ):
        raise UserError(f"name is {name!r}; expected a line of at most {_LONGEST_NAME} characters")
    if license_ is not None and not (isinstance(license_, str) and _LICENSE.fullmatch(license_)):
        raise UserError(f"license is {license_!r}; expected a name of the hub's such as apache-2.0, mit or cc-by-4.0")
    for language in info.languages:
        if not (isinstance(language, str) and _LANGUAGE.fullmatch(language)):
            raise UserError(f"language is {language!r}; expected an ISO 639 code such as en or de")


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = values.get(name, {})
    if not isinstance(part, dict):
        raise UserError(f"{name} is {part!r}; expected names and values")
    return part


def _count(values: Mapping[str, Any], name: str) -> int:
    value = values.get(name, 0)
    if type(value) is not int or not 0 <= value < _MOST:
        raise UserError(f"{name} is {value!r}; expected a whole number of 0 or more")
    return value


def _seconds(trained: Mapping[str, Any]) -> float:
    value = trained.get("seconds", 0.0)
    if type(value) not in (int, float) or not 0 <= value < _MOST:
        raise UserError(f"seconds are {value!r}; expected a number of 0 or more")
    return float(value)


def _measurements(metrics: Mapping[str, Any], name: str) -> Measurements | None:
    if name not in metrics:
        return None
    part = _part(metrics, name)
    by = part.get("by", "")
    if not isinstance(by, str):
        raise UserError(f"by is {by!r}; expected the name of a measurement")
    return Measurements.of(_count(part, "round"), _part(part, "metrics"), _part(part, "real"), by)
