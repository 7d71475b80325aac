"""Published recipes of GANs on the networks here, whose size and kernels are our own; and our own for the mixture."""

from textgan.recipes.base import Preset
from textgan.settings import OptimizerConfig


def _adam(lr: float, *betas: float) -> OptimizerConfig:
    return OptimizerConfig(lr=lr, betas=(betas[0], betas[1]))


_MIXTURE_2016 = {
    "encoder_dims": (400, 400),
    "decoder_dims": (400, 400, 400, 400),
    "discriminator_dims": (200, 200, 200),
    "maxout_pieces": 5,
    "point_norm": "batch",
    "init_std": 0.02,
    "average": 0.0,
    # The authors' beta1 of 0.8 weighed the new gradient in Blocks until January 2017 (commit a31ef0b): 0.2 today.
    "discriminator_optimizer": _adam(1e-4, 0.2, 0.999),
    "generator_optimizer": _adam(1e-4, 0.2, 0.999),
}
_MIXTURE = OptimizerConfig(lr=1e-3, betas=(0.5, 0.999), decay_from=0.2)

GAN_PRESETS: dict[str, dict[str, Preset]] = {
    "ali": {
        # Our own settings for the 25 Gaussians: all modes in two minutes.
        "mixture": Preset(
            model={"discriminator_optimizer": _MIXTURE, "generator_optimizer": _MIXTURE},
            data={"data": "mixture"},
            training={"batch_size": 256, "rounds": 18_000},
        ),
        # The authors' for them: 200 epochs of 100,000 points.
        "ali-2016-mixture": Preset(
            model=_MIXTURE_2016, data={"data": "mixture"}, training={"batch_size": 100, "rounds": 200_000}
        ),
        # The authors' objective, rectifiers, dropout and optimizer for images (SVHN), on the networks here.
        "ali-2016": Preset(
            model={
                "norm": "batch",
                "discriminator_norm": "batch",
                "discrete": "probabilities",
                "image_noise": 0.0,
                "init_std": 0.01,
                "slope": 0.01,
                "discriminator_slope": 0.01,
                "dropout_of": "values",
                "average": 0.0,
                "discriminator_optimizer": _adam(1e-4, 0.5, 0.999),
                "generator_optimizer": _adam(1e-4, 0.5, 0.999),
            },
            training={"batch_size": 100},
        ),
    },
    "alphagan": {
        # The table of the paper, with the learning rates of its authors' sweep.
        "alphagan-2017": Preset(
            model={
                "discriminator_norm": "batch",
                "discrete": "probabilities",
                "image_noise": 0.0,
                "init_std": 0.02,
                "average": 0.0,
                "encoder_optimizer": _adam(2e-4, 0.5, 0.9),
                "generator_optimizer": _adam(2e-4, 0.5, 0.9),
                "discriminator_optimizer": _adam(2e-4, 0.5, 0.9),
                "code_discriminator_optimizer": _adam(2e-4, 0.5, 0.9),
            },
        ),
    },
    "dcgan": {
        "dcgan-2016": Preset(
            model={
                "code_dim": 100,
                "discriminator_norm": "batch",
                "discrete": "probabilities",
                "image_noise": 0.0,
                "init_std": 0.02,
                "average": 0.0,
                "discriminator_optimizer": _adam(2e-4, 0.5, 0.999),
                "generator_optimizer": _adam(2e-4, 0.5, 0.999),
            },
            training={"batch_size": 128},
        ),
    },
    "wgan_gp": {
        "wgan-gp-2017": Preset(
            model={
                "code_dim": 128,
                "critic_steps": 5,
                "average": 0.0,
                "critic_optimizer": _adam(1e-4, 0.5, 0.9),
                "generator_optimizer": _adam(1e-4, 0.5, 0.9),
            },
            training={"batch_size": 50},
        ),
    },
    "age": {
        "age-2018": Preset(
            model={
                "code_dim": 64,
                "norm": "batch",
                "init_std": 0.02,
                "average": 0.0,
                "encoder_optimizer": _adam(2e-4, 0.5, 0.999),
                "generator_optimizer": _adam(2e-4, 0.5, 0.999),
            },
        ),
    },
}
