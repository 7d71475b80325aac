"""Recipes of ARAE: those that its authors published, and a small one for a slow processor."""

from textgan.recipes.base import Preset
from textgan.settings import OptimizerConfig

_PUBLISHED = {
    "reverse_input": False,
    "generator_dims": (300, 300),
    "generator_norm": "batch",
    "generator_residual": False,
    "generator_average": 0.0,
    "critic_norm": "batch",
    "unit_generator": False,
    "scale_codes": False,
    "gan_batch_size": None,
    "encoder_batch_size": None,
    "critic_steps": 5,
    "gan_init": "normal",
    "match_gradients": False,
    "encoder_turn": "separate",
    "code_queue": 0,
    "gan_every": 1,
    "softmax_cutoffs": (),
}
_SNLI = {"tokenizer": "word", "vocab_size": 11_000, "max_length": 15, "lowercase": True}
_SGD = OptimizerConfig("sgd", lr=1.0, clip_norm=1.0)
_GENTLE = OptimizerConfig(lr=1e-4, betas=(0.5, 0.999))

_OF_2018 = _PUBLISHED | {
    "code_noise_anneal": 0.9995,
    "autoencoder_optimizer": _SGD,
    "encoder_optimizer": _SGD,
    "critic_optimizer": _GENTLE,
    "generator_optimizer": _GENTLE,
}

ARAE_PRESETS: dict[str, Preset] = {
    # For minutes of a slow processor: smaller networks and batches, so that there are rounds enough to learn from;
    # Muon, whose steps cost little at these sizes and teach the autoencoder more; more noise than the default: in
    # so short a run the generator is less exact, and noise keeps what lies near a code readable. One thread: at these
    # sizes more gain nothing.
    "arae-small": Preset(
        model={
            "embedding_dim": 128,
            "hidden_dim": 128,
            "generator_dims": (256, 256, 256),
            "critic_dims": (256, 256),
            "code_noise": 0.16,
            "autoencoder_optimizer": OptimizerConfig("muon", lr=4e-3, clip_norm=1.0, warmup_rounds=200, decay_from=0.3),
        },
        training={"batch_size": 64, "threads": 1},
        modality="text",
    ),
    # For samples like real text: codes that say less of a sentence, by more noise and an encoder that stops early, and
    # more rounds for the decoder in the same time; reconstructions and edits are worse than by default.
    "arae-samples": Preset(
        model={"code_noise": 0.2, "state_dropout": 0.3, "encoder_until": 0.2, "gan_every": 4}, modality="text"
    ),
    # The authors' SNLI settings of 2018: gradient penalty through a batch mean (slope = batch size), BatchNorm
    # in generator and critic, 15 epochs of 655,000 sentences.
    "arae-2018": Preset(
        model=_OF_2018 | {"code_noise": 0.05, "penalty_weight": 1.0, "penalty_slope": 64.0, "encoder_weight": 0.1},
        data=_SNLI,
        training={"batch_size": 64, "rounds": 153_600},
    ),
    # Their settings of 2018 for the One Billion Word benchmark. They have 15 epochs of batches of 128, however many
    # sentences of at most 20 words there are: --rounds.
    "arae-1bword-2018": Preset(
        model=_OF_2018
        | {
            "embedding_dim": 500,
            "hidden_dim": 500,
            "generator_dims": (500, 500),
            "critic_dims": (500, 500),
            "code_noise": 0.1,
            "penalty_weight": 10.0,
            "penalty_slope": 128.0,
            "encoder_weight": 1.0,
        },
        data={"tokenizer": "word", "vocab_size": 30_000, "max_length": 20, "lowercase": True},
        training={"batch_size": 128},
    ),
    # The authors' settings of 2017: weight clipping, gradient-norm matching, more GAN turns after epochs 1, 3, 5.
    "arae-2017": Preset(
        model=_PUBLISHED
        | {
            "code_noise": 0.2,
            "code_noise_anneal": 0.995,
            "weight_clip": 0.01,
            "match_gradients": True,
            "encoder_weight": 0.01,
            "encoder_turn": "critic",
            "gan_schedule": (10_240, 30_720, 51_200),
            "autoencoder_optimizer": _SGD,
            "encoder_optimizer": _SGD,
            "critic_optimizer": OptimizerConfig(lr=1e-5, betas=(0.9, 0.999)),
            "generator_optimizer": OptimizerConfig(lr=5e-5, betas=(0.9, 0.999)),
        },
        data=_SNLI | {"lowercase": False, "max_length": 30},
        training={"batch_size": 64, "rounds": 153_600},
    ),
    # The authors' binarized MNIST (bmnist/main.lua): weight clipping, critic and then encoder ten times a round, one
    # Adam for both losses of the encoder, all networks MLPs.
    "arae-bmnist": Preset(
        modality="images",
        model=_PUBLISHED
        | {
            "hidden_dim": 100,
            "noise_dim": 32,
            "image_dims": (800, 400),
            "image_decoder_dims": (400, 800, 1000),
            "generator_dims": (64, 100, 150),
            "tanh_generator": True,
            "critic_dims": (100, 60, 20),
            "critic_steps": 10,
            "encoder_turn": "after_critic",
            "code_noise": 0.4,
            "code_noise_anneal": 0.99,
            "weight_clip": 0.05,
            # Theirs is 0.2 beside nats per pixel of 28 x 28; here reconstruction is nats per image.
            "encoder_weight": 0.2 * 28 * 28,
            "autoencoder_optimizer": OptimizerConfig(lr=5e-4),
            "critic_optimizer": OptimizerConfig(lr=5e-5),
            "generator_optimizer": OptimizerConfig(lr=5e-4),
        },
        data={"binarize": "threshold"},
        training={"batch_size": 100, "rounds": 10_000},
    ),
}

ARAE_TRANSFER_PRESETS: dict[str, Preset] = {
    # The authors' Yelp settings of 2018, with 64 sentences of either label a round; 25 epochs of the 177,218 of the
    # rarer one. Sentences were written without guidance: --guidance 0.
    "arae-yelp-2018": Preset(
        model=_OF_2018
        | {
            "embedding_dim": 128,
            "hidden_dim": 128,
            "noise_dim": 32,
            "generator_dims": (128, 128),
            "critic_dims": (128, 128),
            "gan_batch_size": 64,
            "encoder_batch_size": 64,
            "code_noise": 0.1,
            "code_gain": 1.0,
            "penalty_weight": 0.1,
            "penalty_slope": 64.0,
            "encoder_weight": 0.01,
            "attribute_weight": 1.0,
            "adversary_dims": (128, 128),
            "adversary_optimizer": _GENTLE,
        },
        data={"tokenizer": "word", "vocab_size": 30_000, "max_length": 25, "lowercase": True},
        training={"batch_size": 128, "rounds": 69_200},
    ),
}
