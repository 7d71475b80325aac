"""How large a classifier of few labels is and how long it learns, where nobody says: as the amount of data asks."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_SMALL = {"embedding_dim": 128, "hidden_dim": 128, "generator_dims": (256, 256, 256), "critic_dims": (256, 256)}
_MANY = 50_000  # sentences from which on the model's own sizes are worth their time
_EPOCHS = 8
_FEWEST, _MOST = 400, 800  # rounds; fewer sentences are learned sooner, but not by fewer steps than Adam needs
_LONG = 24  # tokens of a mean sentence; of longer ones a batch has fewer


class Amount(NamedTuple):
    """What there is to learn from.

    Args:
        sentences: their number, two in a pair.
        mean_tokens: tokens of a sentence, the end token counted.
    """

    sentences: int
    mean_tokens: float

    @property
    def batch_size(self) -> int:
        """Rows of a batch: 64 of few sentences, 128 of many; halved where sentences are long, until it has no more
        tokens than as many of 24, but not below 16."""
        rows = usual = 64 if self.sentences < _MANY else 128
        while rows > 16 and rows * self.mean_tokens > usual * _LONG:
            rows //= 2
        return rows

    @property
    def rounds(self) -> int:
        """As many as eight epochs have in batches of 64, whatever `batch_size` is; at least 400, at most 800."""
        return min(_MOST, max(_FEWEST, _EPOCHS * self.sentences // 64))

    def settings(self, usual: Mapping[str, Any]) -> dict[str, Any]:
        """Settings of a model that differ from its usual ones: small networks for few sentences."""
        return {name: value for name, value in _SMALL.items() if name in usual} if self.sentences < _MANY else {}
