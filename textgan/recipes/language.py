"""The language model that sentence models are compared with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textgan.errors import UserError
from textgan.recipes.preset import Kind, Preset
from textgan.recipes.sentences import SentenceConfig

if TYPE_CHECKING:
    from textgan.data.types import TextSpec
    from textgan.game import Game


@dataclass(frozen=True)
class LMConfig(SentenceConfig):
    """A language model trained by maximum likelihood (Mikolov et al. 2010): the decoder without a code."""

    reads: ClassVar[Mapping[Kind, Preset]] = {"text": Preset()}

    state_dropout: float = 0.3

    def build(self, spec: "TextSpec") -> "Game":
        """The model for sentences of this shape."""
        from textgan.models.lm import LM

        if spec.labels:
            raise UserError("lm has no codes that a classifier could read; leave --labels out, or choose another model")
        return LM(self, spec)
