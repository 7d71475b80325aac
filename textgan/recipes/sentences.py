"""The networks for sentences, which all models of them share."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textgan.config import POSITIVE, check
from textgan.errors import UserError
from textgan.recipes.classifier import SHARE, ClassifierConfig
from textgan.settings import OptimizerConfig

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec, TextSpec

_ADAM = OptimizerConfig(lr=4e-3, clip_norm=1.0, warmup_rounds=200, decay_from=0.3)
_GENTLE = OptimizerConfig(lr=1e-3, clip_norm=1.0, warmup_rounds=400, decay_from=0.3)


@dataclass(frozen=True)
class SentenceConfig:
    """Encoder and decoder of sentences, and what is kept from them in training.

    Args:
        autoencoder: networks for sentences: LSTMs of one layer, or Transformers.
        embedding_dim: E, size of a word embedding, in encoder and decoder each.
        hidden_dim: H, size of the hidden states; ARAE's D of images.
        code_dim: D, size of the code of a sentence, a linear map of the encoder's last state; none: that state itself.
        layers: of a Transformer.
        heads: of a Transformer's attention; they share H.
        reverse_input: the encoder reads from the last word to the first, where it is an LSTM.
        word_deletion: share of the words that the encoder is not shown in the reconstruction turn.
        word_dropout: share of the words that the decoder reads as <unk> in training (Bowman et al. 2016).
        state_dropout: share of the decoder's last hidden values that are dropped in training, the others scaled up.
        softmax_cutoffs: word ids, in order of frequency, at which the clusters of an adaptive softmax begin (Grave et
            al. 2017); an empty list is a full softmax; none: clusters at 1,000, 4,000, 16,000 ... where there are 4,000
            words or more.
        autoencoder_optimizer: optimizer of encoder and decoder.
        transformer_optimizer: the same, where they are Transformers.
        classifier: what tells the labels of sentences, where they are asked for.
    """

    autoencoder: Literal["lstm", "transformer"] = "lstm"
    embedding_dim: int = 300
    hidden_dim: int = 300
    code_dim: int | None = None
    layers: int = 2
    heads: int = 4
    reverse_input: bool = True
    word_deletion: float = 0.0
    word_dropout: float = 0.0
    state_dropout: float = 0.0
    softmax_cutoffs: tuple[int, ...] | None = None
    autoencoder_optimizer: OptimizerConfig = _ADAM
    transformer_optimizer: OptimizerConfig = _GENTLE
    classifier: ClassifierConfig = ClassifierConfig()

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        check(self, **dict.fromkeys(("embedding_dim", "hidden_dim", "code_dim", "layers", "heads"), POSITIVE))
        check(self, **dict.fromkeys(("word_deletion", "word_dropout", "state_dropout"), SHARE))
        if self.autoencoder == "transformer" and self.hidden_dim % self.heads:
            raise UserError(f"hidden_dim is {self.hidden_dim} for {self.heads} heads; expected a multiple")

    def check_spec(self, spec: "TextSpec | ImageSpec") -> None:
        """Refuse data that the model cannot learn: see `ModelConfig.check_spec`."""
