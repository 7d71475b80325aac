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
"""Largest size of a code, of which a covariance matrix is kept."""


@dataclass(frozen=True)
class AutoencoderConfig(SentenceConfig):
    """The networks of ACAI's paper for images, those of `SentenceConfig` for sentences; all models here share them.

    Args:
        depth: channels of the convolutions at full size (images); doubled each time the image is halved.
        code_width: width and height of the feature map that is the code (images); images are halved until they have it.
        code_channels: channels of that map (images); a code has D = code_channels * height * width values.
        input_noise: standard deviation of the Gaussian noise added to the encoder's input in training (images).
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
        """Refuse data that does not fit the networks.

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
    """ACAI (Berthelot et al. 2019): an autoencoder whose interpolations a critic cannot distinguish from data.

    Args:
        interpolation_weight: lambda, weight of the critic's squared output for interpolations in the autoencoder's
            loss.
        blend: gamma. Images: share of the data in the mixtures of data and reconstruction for which the critic learns
            to return 0. Sentences: share of real sentences among the reconstructions.
        critic_input: input of the critic of sentences: the decoder's states for decoded sentences, or the codes.
        critic_dims: hidden layer sizes of the critic of sentences.
        critic_optimizer: optimizer of the critic.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _usual(interpolation_weight=0.1)

    interpolation_weight: float = 0.5
    blend: float = 0.2
    critic_input: Literal["decoded", "codes"] = "decoded"
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
        code_dropout: dropout probability of the values of a code in training.
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
    """A denoising autoencoder (Vincent et al. 2008): its input is noisy images, or sentences without some words."""

    input_noise: float = 1.0
    word_deletion: float = 0.3


@dataclass(frozen=True)
class VAEConfig(AutoencoderConfig):
    """A variational autoencoder (Kingma and Welling 2014) with a Bernoulli likelihood of pixels, or of sentences.

    Args:
        kl_weight: beta, weight of the KL divergence from the prior.
        kl_warmup_rounds: rounds over which kl_weight rises linearly from 0 (Bowman et al. 2016).
        free_bits: nats per dimension below which the KL divergence is not penalized (Kingma et al. 2016).
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
        adversarial_weight: weight of the adversarial loss of codes in the autoencoder's loss.
        discriminator_dims: hidden layer sizes of the discriminator of codes.
        discriminator_optimizer: optimizer of the discriminator.
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
        latents: number of discrete latent vectors per image.
        gather_dim: size of the hidden layer between the quantized vectors and the decoder.
        codebook_size: number of vectors in the codebook.
        codebook_decay: decay of the moving averages by which the codebook is updated.
        commitment_weight: beta, weight of the squared distance of the encoder's vectors from their codebook vectors.
        free_rounds: rounds at the start without quantization, after which the codebook is initialized with the
            encoder's vectors; without them the codebook collapses to one vector.
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
