"""Settings of GANs with an encoder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from textgan.config import ABOVE_ZERO, ALL_POSITIVE, NOT_NEGATIVE, POSITIVE, check
from textgan.errors import UserError
from textgan.recipes.base import Modality, Preset
from textgan.settings import OptimizerConfig

if TYPE_CHECKING:
    from textgan.data.types import ImageSpec

_USUAL: dict[Modality, Preset] = {"images": Preset(training={"batch_size": 64})}
_SHARE = (lambda share: 0 <= share < 1, "a share from 0 to below 1")


@dataclass(frozen=True)
class GANConfig:
    """The networks that all GANs here share.

    Args:
        code_dim: D; none: 32 for images, for points as many as they have values.
        channels: of the layers of convolutions, each of which halves the image; the decoder's are the same, backwards.
        encoder_dims: hidden layers of an encoder of points.
        decoder_dims: hidden layers of a decoder of points.
        discriminator_dims: hidden layers of a discriminator of points.
        maxout_pieces: linear maps of a maxout layer in a discriminator of points; 1: leaky ReLU.
        norm: normalization in encoder and decoder of images.
        point_norm: the same of points; the noise of batch's moments there is wider than a mode of the mixture.
        discriminator_norm: normalization in the discriminator of images, its first layer aside.
        discrete: what a discriminator sees of binary pixels that the decoder made: their probabilities, or pixels
            drawn with them, whose gradient goes straight through to the probabilities.
        init_std: weights are drawn from N(0, init_std^2), biases are 0; none: weights from N(0, 2 / fan_in).
        average: decay of the moving average of encoder and decoder that is used after training; 0: none.
    """

    defaults: ClassVar[Mapping[Modality, Preset]] = _USUAL

    code_dim: int | None = None
    channels: tuple[int, ...] = (32, 64, 128)
    encoder_dims: tuple[int, ...] = (256, 256)
    decoder_dims: tuple[int, ...] = (256, 256, 256)
    discriminator_dims: tuple[int, ...] = (256, 256, 256)
    maxout_pieces: int = 1
    norm: Literal["none", "batch", "layer"] = "batch"
    point_norm: Literal["none", "batch", "layer"] = "none"
    discriminator_norm: Literal["none", "batch", "layer"] = "none"
    discrete: Literal["probabilities", "straight_through"] = "straight_through"
    init_std: float | None = None
    average: float = 0.999

    def __post_init__(self) -> None:
        """Refuse what no network can be."""
        dims = ("channels", "encoder_dims", "decoder_dims", "discriminator_dims")
        check(self, **dict.fromkeys(dims, ALL_POSITIVE))
        check(self, channels=(lambda widths: len(widths) > 0, "one layer or more"))
        check(self, code_dim=POSITIVE, maxout_pieces=POSITIVE, init_std=ABOVE_ZERO, average=_SHARE)

    def check_spec(self, spec: "ImageSpec") -> None:
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
class ALIConfig(GANConfig):
    """ALI (Dumoulin et al. 2017): a discriminator of pairs of data and code.

    Args:
        image_noise: standard deviation of the Gaussian noise on all images that the discriminator sees, real ones too:
            without it grey pixels among black and white ones give generated images away at once.
        code_dims: layers of the discriminator of images that see the code alone.
        joint_dims: hidden layers of the discriminator of images that see image and code.
        slope: of images, of the leaky ReLU in encoder and decoder below zero; 0 is ReLU.
        discriminator_slope: of the leaky ReLU in the discriminator below zero.
        dropout: of images, chance that an input of a layer of the discriminator is dropped in training.
        dropout_of: what is dropped of feature maps: whole ones, or single values, which takes longer.
        min_log_sigma: lower bound of the logarithm of the encoder's standard deviation.
        max_log_sigma: upper bound of it.
        conditional: encoder, decoder and discriminator see the label; a code is (z, one-hot label). The model learns
            from the images with labels alone.
        label_dim: size of the embedding of a label.
        semi_supervised: the discriminator tells the K classes of real pairs apart, and generated ones as class K + 1;
            images without a label count as of any class. Not together with conditional, whose codes hold the answer.
        label_weight: weight of the log-likelihood of labels in the discriminator's loss.
        discriminator_optimizer: optimizer of the discriminator.
        generator_optimizer: optimizer of encoder and decoder, which are one player.
    """

    norm: Literal["none", "batch", "layer"] = "layer"
    image_noise: float = 1.0
    code_dims: tuple[int, ...] = (256, 256)
    joint_dims: tuple[int, ...] = (512, 512)
    slope: float = 0.0
    discriminator_slope: float = 0.2
    dropout: float = 0.2
    dropout_of: Literal["maps", "values"] = "maps"
    min_log_sigma: float = -8.0
    max_log_sigma: float = 2.0
    conditional: bool = False
    label_dim: int = 16
    semi_supervised: bool = False
    label_weight: float = 1.0
    discriminator_optimizer: OptimizerConfig = OptimizerConfig(lr=5e-4, betas=(0.5, 0.999), decay_from=0.3)
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.3)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, code_dims=ALL_POSITIVE, joint_dims=ALL_POSITIVE, label_dim=POSITIVE)
        if self.conditional and self.semi_supervised:
            raise UserError("conditional codes hold the label that semi_supervised is to learn; expected one of them")
        check(self, slope=_SHARE, discriminator_slope=_SHARE)
        check(self, dropout=_SHARE, image_noise=NOT_NEGATIVE, label_weight=NOT_NEGATIVE)

    def check_spec(self, spec: "ImageSpec") -> None:
        """Refuse data that the model cannot learn.

        Raises:
            UserError: images of a size that the networks cannot read, or labels are asked for and the data have none.
        """
        super().check_spec(spec)
        for name in ("conditional", "semi_supervised"):
            if getattr(self, name) and spec.classes == 0:
                raise UserError(f"{name} needs labels, and the data have none; expected labeled data")


@dataclass(frozen=True)
class AlphaGANConfig(GANConfig):
    """alpha-GAN (Rosca et al. 2017): an autoencoder and a GAN, with discriminators of data and of codes.

    Args:
        image_noise: standard deviation of the Gaussian noise on all images that the discriminator sees, real ones too:
            without it grey pixels among black and white ones give generated images away at once.
        code_discriminator_dims: hidden layers of the discriminator of codes.
        reconstruction_weight: lambda, of the mean absolute error of pixels in [-1, 1].
        real_weight: of data in the discriminator's loss, against two kinds of fakes of weight 1.
        ratio: what encoder and generator descend: logit is the density ratio -log D/(1-D); non_saturating is -log D.
        generator_steps: moves of encoder and of generator in a round.
        encoder_optimizer: optimizer of the encoder.
        generator_optimizer: optimizer of the generator.
        discriminator_optimizer: optimizer of the discriminator of data.
        code_discriminator_optimizer: optimizer of the discriminator of codes.
    """

    image_noise: float = 0.5
    code_discriminator_dims: tuple[int, ...] = (750, 750)
    reconstruction_weight: float = 10.0
    real_weight: float = 2.0
    ratio: Literal["logit", "non_saturating"] = "logit"
    generator_steps: int = 2
    encoder_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.5)
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.5)
    discriminator_optimizer: OptimizerConfig = OptimizerConfig(lr=5e-4, betas=(0.5, 0.999), decay_from=0.5)
    code_discriminator_optimizer: OptimizerConfig = OptimizerConfig(lr=3e-4, betas=(0.5, 0.999), decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, image_noise=NOT_NEGATIVE, code_discriminator_dims=ALL_POSITIVE, generator_steps=POSITIVE)
        check(self, reconstruction_weight=NOT_NEGATIVE, real_weight=NOT_NEGATIVE)


@dataclass(frozen=True)
class DCGANConfig(GANConfig):
    """DCGAN (Radford et al. 2016), with an encoder that is learned afterwards from generated images.

    Args:
        image_noise: standard deviation of the Gaussian noise on all images that the discriminator sees, real ones too:
            without it grey pixels among black and white ones give generated images away at once.
        discriminator_optimizer: optimizer of the discriminator.
        generator_optimizer: optimizer of the generator.
        encoder_optimizer: optimizer of the encoder, which finds the code of a generated image; the generator does not
            feel it.
    """

    image_noise: float = 1.0
    discriminator_optimizer: OptimizerConfig = OptimizerConfig(lr=5e-4, betas=(0.5, 0.999), decay_from=0.5)
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.5)
    encoder_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, image_noise=NOT_NEGATIVE)


@dataclass(frozen=True)
class WGANGPConfig(GANConfig):
    """WGAN with gradient penalty (Gulrajani et al. 2017), with an encoder that is learned from generated images.

    Args:
        critic_steps: moves of the critic in a round.
        penalty_weight: weight of the penalty on the critic's slope.
        critic_optimizer: optimizer of the critic.
        generator_optimizer: optimizer of the generator.
        encoder_optimizer: optimizer of the encoder, which finds the code of a generated image; the generator does not
            feel it.
    """

    discrete: Literal["probabilities", "straight_through"] = "probabilities"
    critic_steps: int = 3
    penalty_weight: float = 10.0
    critic_optimizer: OptimizerConfig = OptimizerConfig(lr=5e-4, betas=(0.5, 0.9), decay_from=0.5)
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.9), decay_from=0.5)
    encoder_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, critic_steps=POSITIVE, penalty_weight=NOT_NEGATIVE)


@dataclass(frozen=True)
class AGEConfig(GANConfig):
    """Adversarial generator-encoder networks (Ulyanov et al. 2018): a game between the two, without discriminator.

    Args:
        generator_steps: moves of the generator in a round.
        image_weight: mu, of the mean absolute error of reconstructed pixels, in the encoder's loss.
        code_weight: lambda, of the mean squared error of reconstructed codes, in the generator's loss.
        encoder_optimizer: optimizer of the encoder.
        generator_optimizer: optimizer of the generator.
    """

    norm: Literal["none", "batch", "layer"] = "layer"
    discrete: Literal["probabilities", "straight_through"] = "probabilities"
    generator_steps: int = 2
    image_weight: float = 10.0
    code_weight: float = 16.0
    encoder_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.5)
    generator_optimizer: OptimizerConfig = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.5)

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        super().__post_init__()
        check(self, generator_steps=POSITIVE, image_weight=NOT_NEGATIVE, code_weight=NOT_NEGATIVE)
