"""ACAI and the models that it and ARAE are compared with: autoencoders on the same networks, and a language model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from textgan.config import ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, check
from textgan.errors import UserError
from textgan.recipes.base import Modality, Preset
from textgan.recipes.sentences import SHARE, SentenceConfig
from textgan.settings import OptimizerConfig

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec, TextSpec

_ADAM = OptimizerConfig(lr=7e-4, clip_norm=1.0, warmup_rounds=200, decay_from=0.5)


def _usual(**text: Any) -> dict[Modality, Preset]:
    """What differs for images, and as given for sentences, from the defaults."""
    return {
        "images": Preset(model={"autoencoder_optimizer": _ADAM}, training={"batch_size": 32}),
        "text": Preset(model=text),
    }


MOST_DIMENSIONS = 4096
"""Of a code: the covariance of codes is held."""


@dataclass(frozen=True)
class AutoencoderConfig(SentenceConfig):
    """The networks of ACAI's paper for images, those of `SentenceConfig` for sentences; all models here share them.

    Args:
        depth: of images, channels of the first scale; each next scale has twice as many.
        code_width: of images, width and height of the code's map: the image is halved until it is this small.
        code_channels: of images, channels of the code's map; D = code_channels * width * height of the map.
        input_noise: standard deviation of the noise on images that the encoder is shown in training.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _usual()

    depth: int = 16
    code_width: int = 2
    code_channels: int = 16
    input_noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        check(self, depth=POSITIVE, code_width=POSITIVE, code_channels=POSITIVE, input_noise=NOT_NEGATIVE)

    def check_spec(self, spec: "TextSpec | ImageSpec") -> None:
        """Refuse data that the networks cannot read.

        Raises:
            UserError: points, or codes too large for the moments of a Gaussian.
        """
        from textgan.data.types import TextSpec

        if isinstance(spec, TextSpec):
            size = self.code_dim or self.hidden_dim
            if size > MOST_DIMENSIONS:
                raise UserError(f"codes of {size:,} dimensions; expected {MOST_DIMENSIONS:,} or fewer: lower code_dim")
            return
        if not spec.is_image:
            raise UserError(
                f"data of shape {spec.shape} for convolutions; expected images (C, H, W): choose other data"
            )
        dimensions = self.code_channels * min(self.code_width, *spec.shape[1:]) ** 2
        if dimensions > MOST_DIMENSIONS:
            raise UserError(
                f"code_width {self.code_width}, code_channels {self.code_channels}: codes of about {dimensions:,} "
                f"dimensions; expected {MOST_DIMENSIONS:,} or fewer: choose smaller ones"
            )


@dataclass(frozen=True)
class ACAIConfig(AutoencoderConfig):
    """ACAI (Berthelot et al. 2019): an autoencoder whose interpolations a critic cannot tell from data.

    Args:
        interpolation_weight: lambda, of the critic's squared answer in the autoencoder's loss.
        blend: gamma, share of the data in the blend of data and reconstruction that the critic learns to answer 0 to;
            of sentences, the share of real ones among the reconstructions.
        critic_sees: of sentences, what was decoded, through the decoder's states; or the codes.
        critic_dims: hidden layers of the critic of sentences or codes.
        critic_optimizer: optimizer of the critic.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _usual(interpolation_weight=0.1)

    interpolation_weight: float = 0.5
    blend: float = 0.2
    critic_sees: Literal["decoded", "codes"] = "decoded"
    critic_dims: tuple[int, ...] = (300, 300)
    critic_optimizer: OptimizerConfig = _ADAM

    def __post_init__(self) -> None:
        """Refuse what cannot be mixed."""
        super().__post_init__()
        check(
            self,
            interpolation_weight=NOT_NEGATIVE,
            critic_dims=(lambda sizes: sizes and min(sizes) >= 1, "one size or more, of 1 or more"),
            blend=(lambda share: 0 <= share <= 1, "a share from 0 to 1"),
        )


@dataclass(frozen=True)
class AEConfig(AutoencoderConfig):
    """A plain autoencoder, the baseline of both papers.

    Args:
        code_dropout: share of the code's values that are dropped in training, the others scaled up.
    """

    code_dropout: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, code_dropout=SHARE)


@dataclass(frozen=True)
class DropoutAEConfig(AEConfig):
    """An autoencoder with dropout on its codes."""

    code_dropout: float = 0.5


@dataclass(frozen=True)
class DenoisingAEConfig(AEConfig):
    """A denoising autoencoder (Vincent et al. 2008): the input is noisy, or lacks words; what is wanted does not."""

    input_noise: float = 1.0
    word_deletion: float = 0.3


@dataclass(frozen=True)
class VAEConfig(AutoencoderConfig):
    """A variational autoencoder (Kingma and Welling 2014) with a Bernoulli likelihood of pixels, or of sentences.

    Args:
        kl_weight: beta, of the divergence from the prior.
        kl_warmup_rounds: rounds in which kl_weight rises from 0, linearly (Bowman et al. 2016).
        free_bits: nats per dimension below which the divergence is not lowered further (Kingma et al. 2016).
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _usual(code_dim=64, kl_warmup_rounds=1000, free_bits=0.1)

    kl_weight: float = 1.0
    kl_warmup_rounds: int = 0
    free_bits: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, kl_weight=NOT_NEGATIVE, kl_warmup_rounds=NOT_NEGATIVE, free_bits=NOT_NEGATIVE)


@dataclass(frozen=True)
class AAEConfig(AutoencoderConfig):
    """An adversarial autoencoder (Makhzani et al. 2016): a discriminator pulls codes to N(0, I).

    Args:
        adversarial_weight: of the discriminator's judgement in the autoencoder's loss.
        discriminator_dims: hidden layers of the discriminator of codes.
        discriminator_optimizer: its optimizer.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _usual(code_dim=64, adversarial_weight=0.5)

    adversarial_weight: float = 0.05
    discriminator_dims: tuple[int, ...] = (100, 100)
    discriminator_optimizer: OptimizerConfig = OptimizerConfig(lr=2e-4, clip_norm=1.0, decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        check(self, adversarial_weight=NOT_NEGATIVE, discriminator_dims=ALL_POSITIVE)


@dataclass(frozen=True)
class DAAEConfig(AAEConfig):
    """A denoising adversarial autoencoder (Shen et al. 2020, arXiv 1905.12777): near sentences get near codes."""

    input_noise: float = 1.0
    word_deletion: float = 0.3


@dataclass(frozen=True)
class VQVAEConfig(AutoencoderConfig):
    """An autoencoder with discrete codes (van den Oord et al. 2017), as in ACAI's paper.

    Args:
        latents: vectors that stand for an image, each one of the codebook.
        gather_dim: hidden layer between the vectors and the decoder.
        codebook_size: vectors in the codebook.
        codebook_decay: of the moving averages that the codebook follows.
        commitment_weight: beta, of the distance of the encoder's vectors from the codebook.
        free_rounds: rounds at first in which codes are not replaced; the codebook begins where they are then. Without
            them all images fall onto one vector.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = {"images": _usual()["images"]}

    latents: int = 10
    gather_dim: int = 512
    codebook_size: int = 2**14
    codebook_decay: float = 0.999
    commitment_weight: float = 0.25
    free_rounds: int = 1000

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        check(
            self,
            latents=POSITIVE,
            gather_dim=POSITIVE,
            codebook_size=POSITIVE,
            commitment_weight=NOT_NEGATIVE,
            free_rounds=NOT_NEGATIVE,
            codebook_decay=(lambda decay: 0 <= decay < 1, "a decay from 0 to below 1"),
        )


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


_PAPER = OptimizerConfig(lr=1e-4)


def _lines(**settings: Any) -> Preset:
    """The lines benchmark as it was published: 262,144 steps of 64."""
    model = {"autoencoder_optimizer": _PAPER, "code_width": 2, "code_channels": 16} | settings
    return Preset(model=model, data={"data": "lines"}, training={"batch_size": 64, "rounds": 262_144})


def _digits(**settings: Any) -> Preset:
    """MNIST with codes of 32 dimensions as it was published; --data names its folder."""
    model = {"autoencoder_optimizer": _PAPER, "code_width": 4, "code_channels": 2} | settings
    return Preset(model=model, training={"batch_size": 64, "rounds": 262_144})


def _both(name: str, **settings: Any) -> dict[str, Preset]:
    return {f"{name}-lines": _lines(**settings), f"{name}-mnist": _digits(**settings)}


_VQ: dict[str, Any] = {"commitment_weight": 10.0, "free_rounds": 0}

AUTOENCODER_PRESETS: dict[str, dict[str, Preset]] = {
    "acai": _both("acai", critic_optimizer=_PAPER),
    "ae": _both("ae"),
    "dropout_ae": _both("dropout-ae"),
    "denoising_ae": _both("denoising-ae"),
    "vae": _both("vae"),
    "aae": _both("aae", adversarial_weight=1.0, discriminator_optimizer=_PAPER),
    "vqvae": {"vqvae-lines": _lines(code_width=4, **_VQ), "vqvae-mnist": _digits(**_VQ)},
}
"""The released settings of ACAI's paper."""
