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
    """Encoder and decoder of sentences, and their regularization.

    Args:
        autoencoder: architecture of encoder and decoder of sentences: one-layer LSTMs or Transformers.
        embedding_dim: size of the word embeddings; encoder and decoder have one table each.
        hidden_dim: size of the hidden states; for ARAE on images, size of the code.
        code_dim: size of the code of a sentence, a linear map of the encoder's last hidden state. Null: no map, the
            code is that state, of size hidden_dim.
        layers: layers of a Transformer encoder and of a Transformer decoder.
        heads: attention heads of a Transformer; hidden_dim must be a multiple.
        reverse_input: feed the words to an LSTM encoder from last to first (Sutskever et al. 2014).
        word_deletion: fraction of the words deleted at random from the encoder's input in training; the decoder still
            reconstructs the whole sentence (Shen et al. 2020).
        word_dropout: fraction of the decoder's input words replaced by <unk> in training (Bowman et al. 2016).
        state_dropout: dropout rate of the decoder's last hidden states, with one mask per sentence.
        softmax_cutoffs: word ids, in order of frequency, at which the clusters of an adaptive softmax begin (Grave et
            al. 2017). An empty list: a full softmax. Null: cutoffs at 1,000, 4,000, 16,000 ... for vocabularies of
            4,000 words or more, else a full softmax.
        autoencoder_optimizer: optimizer of encoder and decoder, if they are LSTMs.
        transformer_optimizer: optimizer of encoder and decoder, if they are Transformers.
        classifier: classifier of sentences, if labels are to be learned.
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


def learns_words_alone(settings: object) -> bool:
    """Whether a classifier of words is all that settings train, and nothing that writes sentences."""
    if not isinstance(settings, SentenceConfig):
        return False
    return settings.classifier.schedule == "only" and not settings.classifier.code_view
