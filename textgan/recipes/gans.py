"""GANs with an encoder: settings and recipes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textgan.config import ABOVE_ZERO, ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, OptimizerConfig, check
from textgan.errors import UserError
from textgan.recipes.preset import Kind, Preset

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec
    from textgan.game import Game

_USUAL: dict[Kind, Preset] = {"images": Preset(training={"batch_size": 64})}
_SHARE = (lambda share: 0 <= share < 1, "a share from 0 to below 1")


@dataclass(frozen=True)
class DCGANNetworks:
    """The networks that all GANs here share.

    Args:
        code_dim: D; none: 32 for images, for points as many as they have values.
        channels: of the layers of convolutions, each of which halves the image; the decoder's are the same, backwards.
        encoder_dims: hidden layers of an encoder of points.
        decoder_dims: hidden layers of a decoder of points.
        discriminator_dims: hidden layers of a discriminator of points.
        maxout_pieces: linear maps of a maxout layer in a discriminator of points; 1: leaky ReLU.
        norm: normalization in encoder and decoder.
        discriminator_norm: normalization in the discriminator of images, its first layer aside.
        discrete: what a discriminator sees of binary pixels that the decoder made: their probabilities, or pixels
            drawn with them, whose gradient goes straight through to the probabilities.
        init_std: weights are drawn from N(0, init_std^2); none: from N(0, 2 / fan_in).
        average: decay of the moving average of encoder and decoder that is used after training; 0: none.
    """

    reads: ClassVar[Mapping[Kind, Preset]] = _USUAL

    code_dim: int | None = None
    channels: tuple[int, ...] = (32, 64, 128)
    encoder_dims: tuple[int, ...] = (400, 400)
    decoder_dims: tuple[int, ...] = (400, 400, 400, 400)
    discriminator_dims: tuple[int, ...] = (200, 200, 200)
    maxout_pieces: int = 5
    norm: Literal["none", "batch", "layer"] = "batch"
    discriminator_norm: Literal["none", "batch", "layer"] = "batch"
    discrete: Literal["probabilities", "straight_through"] = "probabilities"
    init_std: float | None = 0.02
    average: float = 0.999

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        dims = ("channels", "encoder_dims", "decoder_dims", "discriminator_dims")
        check(self, **dict.fromkeys(dims, ALL_POSITIVE))
        check(self, channels=(lambda widths: len(widths) > 0, "one layer or more"))
        check(self, code_dim=POSITIVE, maxout_pieces=POSITIVE, init_std=ABOVE_ZERO, average=_SHARE)

    def fits(self, spec: "ImageSpec") -> None:
        """Refuse data that the networks cannot read.

        Raises:
            UserError: images that cannot be halved as often as there are layers.
        """
        side = min(spec.shape[1:], default=0)
        if spec.is_image and (side >> len(self.channels) == 0 or any(size % 2 for size in spec.shape[1:])):
            raise UserError(
                f"images of {spec.shape[1]} x {spec.shape[2]} do not go through {len(self.channels)} layers that halve "
                f"them; expected even sizes of {1 << len(self.channels)} or more: set image_size, or fewer channels"
            )


@dataclass(frozen=True)
class ALIConfig(DCGANNetworks):
    """ALI (Dumoulin et al. 2017): a discriminator of pairs of data and code.

    Args:
        code_dims: layers of the discriminator of images that see the code alone.
        joint_dims: hidden layers of the discriminator of images that see image and code.
        dropout: chance that an input of a layer of the discriminator is dropped in training.
        min_log_sigma: lower bound of the logarithm of the encoder's standard deviation.
        max_log_sigma: upper bound of it.
        conditional: encoder, decoder and discriminator see the label; a code is (z, one-hot label).
        label_dim: size of the embedding of a label.
        semi_supervised: the discriminator tells the K classes of real pairs apart, and generated ones as class K + 1;
            images without a label count as of any class.
        label_weight: weight of the log-likelihood of labels in the discriminator's loss.
        discriminator: optimizer of the discriminator.
        generator: optimizer of encoder and decoder, which are one player.
    """

    code_dims: tuple[int, ...] = (256, 256)
    joint_dims: tuple[int, ...] = (512, 512)
    dropout: float = 0.2
    min_log_sigma: float = -8.0
    max_log_sigma: float = 2.0
    conditional: bool = False
    label_dim: int = 16
    semi_supervised: bool = False
    label_weight: float = 1.0
    discriminator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))
    generator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, code_dims=ALL_POSITIVE, joint_dims=ALL_POSITIVE, label_dim=POSITIVE)
        check(self, dropout=_SHARE, label_weight=NOT_NEGATIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images or points of this shape.

        Raises:
            UserError: labels are asked for and the data have none.
        """
        from textgan.models.ali import ALI

        self.fits(spec)
        for name in ("conditional", "semi_supervised"):
            if getattr(self, name) and spec.classes == 0:
                raise UserError(f"{name} needs labels, and the data have none; expected labelled data")
        return ALI(self, spec)


@dataclass(frozen=True)
class AlphaGANConfig(DCGANNetworks):
    """alpha-GAN (Rosca et al. 2017): an autoencoder and a GAN, with discriminators of data and of codes.

    Args:
        code_discriminator_dims: hidden layers of the discriminator of codes.
        reconstruction_weight: lambda, of the mean absolute error of pixels in [-1, 1].
        real_weight: of data in the discriminator's loss, against two kinds of fakes of weight 1.
        ratio: what encoder and generator descend: logit is the density ratio -log D/(1-D); non_saturating is -log D.
        generator_steps: moves of encoder and of generator in a round.
        encoder: optimizer of the encoder.
        generator: optimizer of the generator.
        discriminator: optimizer of the discriminator of data.
        code_discriminator: optimizer of the discriminator of codes.
    """

    code_discriminator_dims: tuple[int, ...] = (750, 750)
    reconstruction_weight: float = 10.0
    real_weight: float = 2.0
    ratio: Literal["logit", "non_saturating"] = "logit"
    generator_steps: int = 2
    encoder: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))
    generator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))
    discriminator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))
    code_discriminator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.9))

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, code_discriminator_dims=ALL_POSITIVE, generator_steps=POSITIVE)
        check(self, reconstruction_weight=NOT_NEGATIVE, real_weight=NOT_NEGATIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images or points of this shape."""
        from textgan.models.alphagan import AlphaGAN

        self.fits(spec)
        return AlphaGAN(self, spec)


@dataclass(frozen=True)
class DCGANConfig(DCGANNetworks):
    """DCGAN (Radford et al. 2016), with an encoder that is learned afterwards from generated images.

    Args:
        discriminator: optimizer of the discriminator.
        generator: optimizer of the generator.
        encoder: optimizer of the encoder, which finds the code of a generated image; the generator does not feel it.
    """

    discriminator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))
    generator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))
    encoder: OptimizerConfig = OptimizerConfig(lr=1e-3)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images or points of this shape."""
        from textgan.models.dcgan import DCGAN

        self.fits(spec)
        return DCGAN(self, spec)


@dataclass(frozen=True)
class WGANGPConfig(DCGANNetworks):
    """WGAN with gradient penalty (Gulrajani et al. 2017), with an encoder that is learned from generated images.

    Args:
        critic_steps: moves of the critic in a round.
        penalty_weight: weight of the penalty on the critic's slope.
        critic: optimizer of the critic.
        generator: optimizer of the generator.
        encoder: optimizer of the encoder, which finds the code of a generated image; the generator does not feel it.
    """

    discriminator_norm: Literal["none", "batch", "layer"] = "none"
    critic_steps: int = 5
    penalty_weight: float = 10.0
    critic: OptimizerConfig = OptimizerConfig(lr=1e-4, betas=(0.5, 0.9))
    generator: OptimizerConfig = OptimizerConfig(lr=1e-4, betas=(0.5, 0.9))
    encoder: OptimizerConfig = OptimizerConfig(lr=1e-3)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, critic_steps=POSITIVE, penalty_weight=NOT_NEGATIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images or points of this shape."""
        from textgan.models.wgan_gp import WGANGP

        self.fits(spec)
        return WGANGP(self, spec)


@dataclass(frozen=True)
class AGEConfig(DCGANNetworks):
    """Adversarial generator-encoder networks (Ulyanov et al. 2018): a game between the two, without discriminator.

    Args:
        generator_steps: moves of the generator in a round.
        image_weight: mu, of the mean absolute error of reconstructed pixels, in the encoder's loss.
        code_weight: lambda, of the mean squared error of reconstructed codes, in the generator's loss.
        encoder: optimizer of the encoder.
        generator: optimizer of the generator.
    """

    generator_steps: int = 2
    image_weight: float = 10.0
    code_weight: float = 16.0
    encoder: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))
    generator: OptimizerConfig = OptimizerConfig(lr=2e-4, betas=(0.5, 0.999))

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, generator_steps=POSITIVE, image_weight=NOT_NEGATIVE, code_weight=NOT_NEGATIVE)

    def build(self, spec: "ImageSpec") -> "Game":
        """The model for images or points of this shape."""
        from textgan.models.age import AGE

        self.fits(spec)
        return AGE(self, spec)


GAN_PRESETS: dict[str, dict[str, Preset]] = {}
