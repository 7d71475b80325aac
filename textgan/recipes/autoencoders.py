"""Autoencoders of images: ACAI and the models it is compared with, on the same networks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textgan.config import ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, OptimizerConfig, check
from textgan.errors import UserError
from textgan.recipes.preset import Kind, Preset

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec
    from textgan.game import Game

_USUAL: dict[Kind, Preset] = {"images": Preset(training={"batch_size": 32})}
MOST_DIMENSIONS = 4096
"""Of a code: the covariance of codes is held."""

_ADAM = OptimizerConfig(lr=7e-4, clip_norm=1.0, warmup_rounds=200, decay_from=0.5)


@dataclass(frozen=True)
class ConvConfig:
    """The networks of ACAI's paper, which all models here share.

    Args:
        depth: channels of the first scale; each next scale has twice as many.
        code_width: width and height of the code's map: the image is halved until it is this small.
        code_channels: channels of the code's map; D = code_channels * width * height of the map.
        autoencoder: optimizer of encoder and decoder.
    """

    reads: ClassVar[Mapping[Kind, Preset]] = _USUAL

    depth: int = 16
    code_width: int = 2
    code_channels: int = 16
    autoencoder: OptimizerConfig = _ADAM

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        check(self, depth=POSITIVE, code_width=POSITIVE, code_channels=POSITIVE)

    def fits(self, spec: "ImageSpec") -> None:
        """Refuse data that the networks cannot read.

        Raises:
            UserError: points, or codes too large for the moments of a Gaussian.
        """
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
class ACAIConfig(ConvConfig):
    """ACAI (Berthelot et al. 2019): an autoencoder whose interpolations a critic cannot tell from data.

    Args:
        interpolation_weight: lambda, of the critic's squared answer in the autoencoder's loss.
        blend: gamma, share of the data in the blend of data and reconstruction that the critic learns to answer 0 to.
        critic: optimizer of the critic.
    """

    interpolation_weight: float = 0.5
    blend: float = 0.2
    critic: OptimizerConfig = _ADAM

    def __post_init__(self) -> None:
        """Refuse what cannot be mixed."""
        super().__post_init__()
        check(
            self,
            interpolation_weight=NOT_NEGATIVE,
            blend=(lambda share: 0 <= share <= 1, "a share from 0 to 1"),
        )

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images of this shape."""
        from textgan.models.acai import ACAI

        self.fits(spec)
        return ACAI(self, spec)


@dataclass(frozen=True)
class AEConfig(ConvConfig):
    """A plain autoencoder, the baseline of ACAI's paper.

    Args:
        code_dropout: share of the code's values that are dropped in training, the others scaled up.
        input_noise: standard deviation of the noise on the input in training.
    """

    code_dropout: float = 0.0
    input_noise: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(
            self,
            code_dropout=(lambda share: 0 <= share < 1, "a share from 0 to below 1"),
            input_noise=NOT_NEGATIVE,
        )

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images of this shape."""
        from textgan.models.ae import AE

        self.fits(spec)
        return AE(self, spec)


@dataclass(frozen=True)
class DropoutAEConfig(AEConfig):
    """An autoencoder with dropout on its codes."""

    code_dropout: float = 0.5


@dataclass(frozen=True)
class DenoisingAEConfig(AEConfig):
    """A denoising autoencoder (Vincent et al. 2008): the input is noisy, what is wanted is not."""

    input_noise: float = 1.0


@dataclass(frozen=True)
class VAEConfig(ConvConfig):
    """A variational autoencoder (Kingma and Welling 2014) with a Bernoulli likelihood of pixels.

    Args:
        kl_weight: beta, of the divergence from the prior.
    """

    kl_weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, kl_weight=NOT_NEGATIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images of this shape."""
        from textgan.models.vae import VAE

        self.fits(spec)
        return VAE(self, spec)


@dataclass(frozen=True)
class AAEConfig(ConvConfig):
    """An adversarial autoencoder (Makhzani et al. 2016): a discriminator pulls codes to N(0, I).

    Args:
        adversarial_weight: of the discriminator's judgement in the autoencoder's loss.
        discriminator_dims: hidden layers of the discriminator of codes.
        discriminator: its optimizer.
    """

    adversarial_weight: float = 0.05
    discriminator_dims: tuple[int, ...] = (100, 100)
    discriminator: OptimizerConfig = OptimizerConfig(lr=2e-4, clip_norm=1.0, decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        super().__post_init__()
        check(self, adversarial_weight=NOT_NEGATIVE, discriminator_dims=ALL_POSITIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images of this shape."""
        from textgan.models.aae import AAE

        self.fits(spec)
        return AAE(self, spec)


@dataclass(frozen=True)
class VQVAEConfig(ConvConfig):
    """An autoencoder with discrete codes (van den Oord et al. 2017), as in ACAI's paper.

    Args:
        latents: vectors that stand for an image, each one of the codebook.
        codebook_size: vectors in the codebook.
        codebook_decay: of the moving averages that the codebook follows.
        commitment_weight: beta, of the distance of the encoder's vectors from the codebook.
        free_rounds: rounds at first in which codes are not replaced; the codebook begins where they are then. Without
            them all images fall onto one vector.
    """

    latents: int = 10
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
            codebook_size=POSITIVE,
            commitment_weight=NOT_NEGATIVE,
            free_rounds=NOT_NEGATIVE,
            codebook_decay=(lambda decay: 0 <= decay < 1, "a decay from 0 to below 1"),
        )

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images of this shape."""
        from textgan.models.vqvae import VQVAE

        self.fits(spec)
        return VQVAE(self, spec)


_PAPER = OptimizerConfig(lr=1e-4)


def _lines(**settings: Any) -> Preset:
    """The lines benchmark as it was published: 262,144 steps of 64."""
    model = {"autoencoder": _PAPER, "code_width": 2, "code_channels": 16} | settings
    return Preset(model=model, data={"data": "lines"}, training={"batch_size": 64, "rounds": 262_144})


def _digits(**settings: Any) -> Preset:
    """MNIST with codes of 32 dimensions as it was published; --data names its folder."""
    model = {"autoencoder": _PAPER, "code_width": 4, "code_channels": 2} | settings
    return Preset(model=model, training={"batch_size": 64, "rounds": 262_144})


def _both(name: str, **settings: Any) -> dict[str, Preset]:
    return {f"{name}-lines": _lines(**settings), f"{name}-mnist": _digits(**settings)}


_VQ: dict[str, Any] = {"commitment_weight": 10.0, "free_rounds": 0}

AUTOENCODER_PRESETS: dict[str, dict[str, Preset]] = {
    "acai": _both("acai", critic=_PAPER),
    "ae": _both("ae"),
    "dropout_ae": _both("dropout-ae"),
    "denoising_ae": _both("denoising-ae"),
    "vae": _both("vae"),
    "aae": _both("aae", adversarial_weight=1.0, discriminator=_PAPER),
    "vqvae": {"vqvae-lines": _lines(code_width=4, **_VQ), "vqvae-mnist": _digits(**_VQ)},
}
"""The released settings of ACAI's paper."""
