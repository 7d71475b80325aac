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
        image_dims: hidden layers of the encoder of images.
        image_decoder_dims: those of the decoder of images; none: the encoder's, backwards.
        noise_dim: N, size of the generator's input.
        generator_dims: hidden layers of the generator.
        critic_dims: hidden layers of the critic.
        generator_norm: normalization in the generator.
        generator_residual: skips around the generator's hidden layers of equal size.
        generator_average: decay of the moving average of the generator that samples are drawn with; 0: none.
        critic_norm: normalization in the critic; batch couples the samples that the penalty takes one by one.
        unit_generator: divide generated codes by their norm, as the encoder does with its own.
        tanh_generator: generated codes go through tanh.
        code_noise: standard deviation per dimension of the noise on codes in the reconstruction turn.
        code_noise_anneal: factor on code_noise every 100 rounds.
        code_gain: the decoder sees codes, and their noise, times this. About 5, the norm of codes that are not brought
            to norm 1, makes the encoder learn sooner what a classifier can use; for samples it is all one.
        gan_batch_size: rows of a move of critic or generator; none: the run's batch size.
        encoder_batch_size: rows of the encoder's adversarial turn, where it has its own; none: the run's batch size.
        critic_steps: moves of the critic in a round.
        penalty_weight: weight of the critic's gradient penalty.
        scale_codes: the critic sees codes times sqrt(D), which have variance 1 in each dimension.
        penalty_slope: norm to which the penalty drives the critic's gradient, per sample. The authors' code penalizes
            the gradient of a batch mean, which drives the slope of each sample to the batch size.
        weight_clip: clamp the critic's weights to plus or minus this before each of its moves (WGAN), in place of the
            penalty.
        encoder_weight: weight of the encoder's adversarial loss.
        match_gradients: scale the gradient that the critic sends to the codes to the norm of the reconstruction's in
            the last round, times encoder_weight (2017).
        encoder_turn: where the encoder descends its adversarial loss: within the reconstruction turn, as a term of its
            loss; in a turn of its own (2018); within each critic move, on the same batch (2017); or after each critic
            move, on the same batch, with the optimizer of the autoencoder and so its moments (bmnist).
        code_queue: codes of the last reconstructions that are kept, of which the critic's real batches are drawn; 0:
            sentences are drawn and encoded anew for the critic.
        gan_every: critic and generator move in every n-th round; the decoder, which learns slowest, gets the time.
        gan_schedule: rounds at which the number of GAN turns in a round grows by one (2017).
        gan_init: weights of generator and critic: fan_in is PyTorch's way; normal draws from N(0, 0.02).
        encoder_optimizer: optimizer of the encoder in its adversarial turn, where it has its own; with Adam, which
            takes any scale out, encoder_weight then has no effect.
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
    encoder_turn: Literal["reconstruction", "own", "critic", "after_critic"] = "reconstruction"
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
        check(self, generator_average=(lambda decay: 0 <= decay < 1, "a decay from 0 to below 1"))


@dataclass(frozen=True)
class ARAETransferConfig(ARAEConfig):
    """ARAE with an attribute, the label of a sentence, that can be exchanged (Zhao et al. 2018, section 5.4).

    Its noise is less than ARAE's and its codes are fed larger, so that a sentence keeps its words; with ARAE's values
    it has the label and nothing else of the source. For the same reason the attribute is hidden with a tenth of
    the paper's weight, and guided to in writing, see `Decoding`.

    Args:
        attribute_dim: size of the attribute's embedding, which the decoder sees at every step.
        attribute_weight: weight of hiding the attribute from the adversary against reconstruction in nats per token.
        adversary_dims: hidden layers of the adversary.
        adversary_steps: moves of the adversary in a round.
        adversary_optimizer: optimizer of the adversary.
        recognizer_dim: size of the word embeddings by whose mean an attribute is recognized where it is not given.
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
