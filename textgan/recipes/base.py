"""What every model's configuration has, and what differs from its defaults in a recipe."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

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


class ModelConfig(Protocol):
    """What the configuration of every model has."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    defaults: ClassVar[Mapping[Modality, Preset]]
    """The modalities that the model learns, the usual first, and what differs from the defaults there."""

    def check_spec(self, spec: Any) -> None:
        """Refuse data of a shape that the model cannot learn.

        Raises:
            UserError: says what fits.
        """
        ...
