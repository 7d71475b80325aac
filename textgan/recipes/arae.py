"""Settings of ARAE, and of ARAE with an attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textgan.config import ABOVE_ZERO, ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, check
from textgan.errors import UserError
from textgan.recipes.base import Modality, Preset
from textgan.recipes.sentences import SentenceConfig
from textgan.settings import OptimizerConfig

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec, TextSpec


@dataclass(frozen=True)
class ARAEConfig(SentenceConfig):
    """ARAE on sentences or images (Zhao et al. 2018); the defaults are the recipe that docs/results.md measures.

    Args:
        image_dims: hidden layer sizes of the image encoder.
        image_decoder_dims: hidden layer sizes of the image decoder. Null: image_dims reversed.
        noise_dim: N, size of the generator's input.
        generator_dims: hidden layer sizes of the generator.
        critic_dims: hidden layer sizes of the critic.
        generator_norm: normalization in the generator.
        generator_residual: residual connections around the generator's hidden layers of equal size.
        generator_average: decay of the exponential moving average of the generator, which is used for sampling; 0: no
            average.
        critic_norm: normalization in the critic. With batch, the gradient penalty of a sample depends on the others.
        unit_generator: normalize generated codes to norm 1, as the encoder normalizes encoded ones.
        tanh_generator: tanh as the last layer of the generator.
        code_noise: standard deviation, per dimension, of the Gaussian noise added to codes before they are decoded in
            the reconstruction turn.
        code_noise_anneal: factor by which code_noise is multiplied every 100 rounds.
        code_gain: factor on codes, noise included, at the input of the decoder. With 5 or so the encoder learns sooner
            what a classifier can use; samples are no better or worse.
        gan_batch_size: batch size of critic and generator. Null: batch_size.
        encoder_batch_size: batch size of the encoder's adversarial turn if encoder_turn is separate. Null: batch_size.
        critic_steps: optimizer steps of the critic in a round.
        penalty_weight: weight of the critic's gradient penalty.
        scale_codes: multiply codes by sqrt(D) at the input of the critic, so that they have variance 1 per dimension.
        penalty_slope: target of the gradient penalty, the norm of the critic's gradient per sample. The authors' code
            penalizes the gradient of the batch mean, which is the same as a target equal to the batch size.
        weight_clip: clamp the critic's weights to [-weight_clip, weight_clip] before each step (WGAN), in place of the
            gradient penalty. Null: gradient penalty.
        encoder_weight: weight of the encoder's adversarial loss.
        match_gradients: rescale the critic's gradient with respect to codes to the norm of the reconstruction's
            gradient in the last round, times encoder_weight (2017).
        encoder_turn: how the encoder is trained against the critic. reconstruction: as a term of the reconstruction
            loss. separate: in another turn (2018). critic: in the same step as the critic, on its batch (2017).
            after_critic: after each step of the critic, on its batch, with the optimizer state of the autoencoder
            (binarized MNIST).
        encoder_until: share of the run, of its rounds or its minutes, after which the encoder no longer learns: codes
            stand still, decoder, critic and generator go on learning, and a round is cheaper. 1: it always learns. With
            labels the classifier of codes trains it on.
        code_queue: size of a queue of the codes of the last reconstructions, from which the critic's real codes are
            sampled. 0: sentences are sampled and encoded anew for the critic.
        gan_every: train critic and generator in every n-th round only, which leaves more time for the decoder.
        gan_schedule: rounds at which the number of critic and generator turns per round grows by one (2017).
        gan_init: initial weights of generator and critic: fan_in is PyTorch's default, normal is N(0, 0.02^2).
        encoder_optimizer: optimizer of the encoder against the critic if encoder_turn is separate. Adam is invariant to
            the scale of the loss, so that encoder_weight then has no effect.
        critic_optimizer: optimizer of the critic.
        generator_optimizer: optimizer of the generator.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = {
        "text": Preset(),
        "images": Preset(
            model={
                "hidden_dim": 32,
                "noise_dim": 32,
                "generator_dims": (256, 256, 256),
                "critic_dims": (256, 256),
                "gan_every": 1,
                "gan_batch_size": 128,
            },
            data={"binarize": "threshold"},
        ),
    }

    image_dims: tuple[int, ...] = (800, 400)
    image_decoder_dims: tuple[int, ...] | None = None
    noise_dim: int = 100
    generator_dims: tuple[int, ...] = (512, 512, 512)
    critic_dims: tuple[int, ...] = (300, 300)
    generator_norm: Literal["none", "batch", "layer"] = "layer"
    generator_residual: bool = True
    generator_average: float = 0.999
    critic_norm: Literal["none", "batch", "layer"] = "none"
    unit_generator: bool = True
    tanh_generator: bool = False
    scale_codes: bool = True
    code_noise: float = 0.1
    code_noise_anneal: float = 1.0
    code_gain: float = 1.0
    gan_batch_size: int | None = 64
    encoder_batch_size: int | None = 64
    critic_steps: int = 3
    penalty_weight: float = 10.0
    penalty_slope: float = 1.0
    weight_clip: float | None = None
    encoder_weight: float = 0.1
    match_gradients: bool = True
    encoder_turn: Literal["reconstruction", "separate", "critic", "after_critic"] = "reconstruction"
    encoder_until: float = 1.0
    code_queue: int = 4096
    gan_every: int = 2
    gan_schedule: tuple[int, ...] = ()
    gan_init: Literal["fan_in", "normal"] = "fan_in"
    encoder_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-4, betas=(0.5, 0.999), decay_from=0.3)
    critic_optimizer: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        sizes = ("noise_dim", "critic_steps", "gan_every", "gan_batch_size", "encoder_batch_size")
        check(self, **dict.fromkeys(sizes, POSITIVE))
        check(self, generator_dims=ALL_POSITIVE, critic_dims=ALL_POSITIVE, image_dims=ALL_POSITIVE)
        check(self, image_decoder_dims=(lambda dims: dims is None or min(dims, default=1) >= 1, ALL_POSITIVE[1]))
        check(self, code_gain=ABOVE_ZERO)
        check(
            self,
            code_noise=NOT_NEGATIVE,
            code_queue=NOT_NEGATIVE,
            encoder_weight=NOT_NEGATIVE,
            penalty_slope=ABOVE_ZERO,
            weight_clip=ABOVE_ZERO,
        )
        check(self, encoder_until=(lambda share: 0 < share <= 1, "a share above 0 and at most 1"))
        check(self, generator_average=(lambda decay: 0 <= decay < 1, "a decay from 0 to below 1"))


@dataclass(frozen=True)
class ARAETransferConfig(ARAEConfig):
    """ARAE with an attribute, the label of a sentence, that can be exchanged (Zhao et al. 2018, section 5.4).

    Its code noise is less than ARAE's and its code gain larger, so that a sentence keeps its words; with ARAE's values
    the result has the wanted label and nothing else of the source. For the same reason the attribute is removed from
    the code with a tenth of the paper's weight, and decoding is guided to it, see `Decoding`.

    Args:
        attribute_dim: size of the attribute's embedding, an input of the decoder at every step.
        attribute_weight: weight of the adversarial loss that removes the attribute from the code; the reconstruction
            loss, in nats per token, has weight 1.
        adversary_dims: hidden layer sizes of the adversary, which predicts the attribute from the code.
        adversary_steps: optimizer steps of the adversary in a round.
        adversary_optimizer: optimizer of the adversary.
        recognizer_dim: size of the word embeddings of the recognizer, a bag-of-words classifier that predicts the
            attribute of sentences that come without one.
        recognizer_optimizer: optimizer of the recognizer.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = {"text": Preset(data={"labels": "label"})}

    code_noise: float = 0.02
    code_gain: float = 5.0
    gan_batch_size: int | None = 128
    attribute_dim: int = 64
    attribute_weight: float = 0.1
    adversary_dims: tuple[int, ...] = (300, 300)
    adversary_steps: int = 1
    adversary_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3)
    recognizer_dim: int = 32
    recognizer_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-2)

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        check(self, **dict.fromkeys(("attribute_dim", "adversary_steps", "recognizer_dim"), POSITIVE))
        check(self, attribute_weight=NOT_NEGATIVE, adversary_dims=ALL_POSITIVE)

    def check_spec(self, spec: "TextSpec | ImageSpec") -> None:
        """Refuse data that the model cannot learn.

        Raises:
            UserError: the sentences have no labels, or the labels are of pairs.
        """
        from textgan.data.types import TextSpec

        if not isinstance(spec, TextSpec) or len(spec.labels) < 2 or spec.pairs:
            raise UserError("arae_transfer exchanges the label of a sentence; expected sentences with labels: --labels")
