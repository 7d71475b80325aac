"""A recipe: what differs from the defaults."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Modality = Literal["text", "images"]


class Preset(NamedTuple):
    """What differs from the defaults: of a published recipe, or of a model on one modality.

    Args:
        model: settings of the model.
        data: settings of the data.
        training: settings of the trainer.
        modality: the data that a published recipe is for; none: what the model reads first.
    """

    model: Mapping[str, Any] = {}
    data: Mapping[str, Any] = {}
    training: Mapping[str, Any] = {}
    modality: Modality | None = None
