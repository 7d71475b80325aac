"""The classifier that any model of sentences may have on its codes."""

from dataclasses import dataclass
from typing import Literal

from textgan.config import ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, check
from textgan.settings import OptimizerConfig

SHARE = (lambda share: 0 <= share < 1, "a share from 0 to below 1")


@dataclass(frozen=True)
class ClassifierConfig:
    """A classifier on codes, and how it learns together with the model; used where the data's labels are asked for.

    Args:
        hidden_dims: hidden layers on the code; of pairs on [u; v; |u - v|; u * v].
        word_dim: size of the vectors of words that the classifier reads beside the code; 0: it reads the code alone.
        dropout: share of what each of its layers sees that is dropped in training.
        word_deletion: share of the words that encoder and classifier are not shown in the classifier's turn.
        batch_size: labeled examples in a move.
        steps: moves of the classifier in a round.
        schedule: joint: from pretrain_rounds on, in every round the model's turns, then the classifier's. after: then
            the classifier's alone (Dai and Le 2015). only: its turns alone from the start; with word_dim 0 and
            unlabeled_batch_size 0 the supervised baseline.
        pretrain_rounds: rounds in which the model alone learns, from sentences without labels.
        unlabeled_batch_size: sentences without labels in a second move of the classifier's turn, whose own sure answers
            it learns for the sentences without some of their words (Sohn et al. 2020); 0: none. Not for pairs.
        consistency_deletion: share of the words left out there.
        confidence_threshold: probability above which an answer is sure.
        distribution_alignment: whether these answers are first weighted so that the classes have the shares that they
            have among the labels (Berthelot et al. 2020); right only where the labeled examples are a fair sample.
        moves_encoder: whether the classifier's turns move the encoder; else only its own layers.
        optimizer: optimizer of the classifier, and in its turns of the encoder.
    """

    hidden_dims: tuple[int, ...] = (300,)
    word_dim: int = 100
    dropout: float = 0.3
    word_deletion: float = 0.3
    batch_size: int = 64
    steps: int = 1
    schedule: Literal["joint", "after", "only"] = "joint"
    pretrain_rounds: int = 0
    unlabeled_batch_size: int = 128
    consistency_deletion: float = 0.3
    confidence_threshold: float = 0.9
    distribution_alignment: bool = True
    moves_encoder: bool = True
    optimizer: OptimizerConfig = OptimizerConfig(lr=3e-3, clip_norm=1.0, decay_from=0.3)

    def __post_init__(self) -> None:
        """Refuse what no classifier can be."""
        check(self, hidden_dims=ALL_POSITIVE, batch_size=POSITIVE, steps=POSITIVE, pretrain_rounds=NOT_NEGATIVE)
        check(self, unlabeled_batch_size=NOT_NEGATIVE, word_dim=NOT_NEGATIVE)
        shares = ("dropout", "word_deletion", "consistency_deletion", "confidence_threshold")
        check(self, **dict.fromkeys(shares, SHARE))
