"""The classifier that any model of sentences may have on its codes."""

from dataclasses import dataclass
from typing import Literal

from textgan.config import ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, check
from textgan.errors import UserError
from textgan.settings import OptimizerConfig

SHARE = (lambda share: 0 <= share < 1, "a share from 0 to below 1")


@dataclass(frozen=True)
class ClassifierConfig:
    """A classifier on codes, trained together with the model; used if the data has labels and --labels asks for them.

    Args:
        hidden_dims: hidden layer sizes of the classifier. Its input is the code z, or for pairs of codes (u, v) the
            concatenation [u; v; |u - v|; u * v].
        word_dim: size of the word vectors of a second classifier (linear; an MLP for pairs), whose input is the sum of
            the vectors of a sentence's words; the probabilities of both are averaged. 0: only the one on codes.
        word_views: 1: in these vectors frequent words are small; 2: a third classifier has vectors in which they are
            not, for labels that hang on words such as what and who.
        code_view: whether there is the classifier on codes; false leaves those on vectors of words.
        dropout: dropout rate of the input of each layer.
        word_deletion: fraction of the words deleted at random from labeled sentences in training.
        batch_size: labeled examples in a batch.
        steps: optimizer steps on labeled batches per round.
        schedule: joint: after pretrain_rounds, each round trains the model, then the classifier. after: after
            pretrain_rounds, only the classifier is trained (Dai and Le 2015). only: only the classifier is trained,
            from the start; with word_dim 0 and unlabeled_batch_size 0 this is the supervised baseline.
        pretrain_rounds: rounds at the start in which only the model is trained, without labels.
        unlabeled_batch_size: unlabeled sentences in a batch of consistency training (FixMatch, Sohn et al. 2020), one
            optimizer step per round: a confident prediction for the whole sentence is the target for the sentence with
            words deleted. 0: none. Not for pairs.
        consistency_deletion: fraction of the words deleted at random in consistency training.
        confidence_threshold: probability above which a prediction counts as confident.
        distribution_alignment: in consistency training, rescale predictions so that over a batch the classes are as
            frequent as among the labels (Berthelot et al. 2020). Turn it off if the labeled examples do not have the
            class frequencies of the data.
        trains_encoder: whether the loss of the classifier also trains the encoder; false trains the classifier alone.
        optimizer: optimizer of the classifier, and of the encoder in the classifier's steps.
    """

    hidden_dims: tuple[int, ...] = (300,)
    word_dim: int = 100
    word_views: Literal[1, 2] = 1
    code_view: bool = True
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
    trains_encoder: bool = True
    optimizer: OptimizerConfig = OptimizerConfig(lr=3e-3, clip_norm=1.0, decay_from=0.3)

    def __post_init__(self) -> None:
        """Refuse what no classifier can be."""
        check(self, hidden_dims=ALL_POSITIVE, batch_size=POSITIVE, steps=POSITIVE, pretrain_rounds=NOT_NEGATIVE)
        check(self, unlabeled_batch_size=NOT_NEGATIVE, word_dim=NOT_NEGATIVE)
        shares = ("dropout", "word_deletion", "consistency_deletion", "confidence_threshold")
        check(self, **dict.fromkeys(shares, SHARE))
        if not self.code_view and not self.word_dim:
            raise UserError("code_view is false and word_dim 0, so that nothing is left to classify by; expected one")
