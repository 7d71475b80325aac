"""The language model that sentence models are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textgan.errors import UserError
from textgan.recipes.preset import Modality, Preset
from textgan.recipes.sentences import SentenceConfig

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec, TextSpec


@dataclass(frozen=True)
class LMConfig(SentenceConfig):
    """A language model trained by maximum likelihood (Mikolov et al. 2010): the decoder without a code."""

    defaults: ClassVar[Mapping[Modality, Preset]] = {"text": Preset()}

    state_dropout: float = 0.3

    def check_spec(self, spec: "TextSpec | ImageSpec") -> None:
        """Refuse data that the model cannot learn.

        Raises:
            UserError: labels are to be learned.
        """
        from textgan.data.types import TextSpec

        if isinstance(spec, TextSpec) and spec.labels:
            raise UserError("lm has no codes that a classifier could read; leave --labels out, or choose another model")
