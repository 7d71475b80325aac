"""The settings of a run by topic, as `textgan train MODEL --help-all` shows them."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from textgan.config import descriptions, field_types

FIRST_FLAGS = (
    *("--data", "--out", "--minutes", "--rounds", "--preset", "--text-column", "--labels", "--binarize"),
    *("--batch-size", "--seed", "--device", "--config", "--dry-run"),
)
"""Flags of `textgan train` that people use first."""

_DATA = {
    "data": (
        *("data", "text_column", "second_column", "valid_fraction", "streaming"),
        *("binarize", "color_digits", "image_size", "image_seed", "image_column", "image_label_column"),
    ),
    "labels": ("labels", "labeled", "labeled_fraction", "label_seed", "unlabeled"),
    "words": ("tokenizer", "lowercase", "vocab_size", "min_count", "max_length", "long_sentences"),
}

_TRAINING = {
    "length of the run": ("batch_size", "rounds", "minutes", "seed", "patience"),
    "machine": ("device", "precision", "threads"),
    "log and checkpoints": (
        *("log_every", "evaluate_every", "sample_every", "save_every", "save_minutes", "tensorboard"),
    ),
}

_NETWORKS = {
    "encoder and decoder": (
        *("code_dim", "norm", "average", "init_std", "slope", "min_log_sigma", "max_log_sigma"),
        *("codebook_size", "codebook_decay", "latents", "gather_dim", "free_rounds", "attribute_dim", "recognizer_dim"),
    ),
    "encoder and decoder of sentences": (
        *("autoencoder", "embedding_dim", "hidden_dim", "layers", "heads", "reverse_input", "softmax_cutoffs"),
    ),
    "encoder and decoder of images": (
        *("image_dims", "image_decoder_dims", "depth", "code_width", "code_channels", "channels"),
    ),
    "encoder and decoder of points": ("encoder_dims", "decoder_dims", "point_norm", "maxout_pieces"),
    "noise in training": (
        *("word_deletion", "word_dropout", "state_dropout", "code_noise", "code_noise_anneal", "code_dropout"),
        *("input_noise", "image_noise", "dropout", "dropout_of"),
    ),
    "generator": (
        *("noise_dim", "generator_dims", "generator_norm", "generator_residual", "generator_average"),
        *("unit_generator", "tanh_generator"),
    ),
    "critic": (
        *("critic_dims", "critic_norm", "critic_input", "scale_codes", "penalty_weight", "penalty_slope"),
        *("weight_clip", "blend"),
    ),
    "discriminator and adversary": (
        *("discriminator_dims", "discriminator_norm", "discriminator_slope", "code_discriminator_dims"),
        *("code_dims", "joint_dims", "discrete", "adversary_dims"),
    ),
}

_GAME = {
    "weights of the losses": (
        *("kl_weight", "kl_warmup_rounds", "free_bits", "commitment_weight", "adversarial_weight"),
        *("interpolation_weight", "attribute_weight", "reconstruction_weight", "image_weight", "code_weight"),
        *("real_weight", "ratio"),
    ),
    "the encoder against the critic": (
        *("encoder_turn", "encoder_weight", "match_gradients", "encoder_batch_size", "code_gain"),
    ),
    "turns of the adversarial game": (
        *("gan_batch_size", "gan_every", "gan_schedule", "gan_init", "critic_steps", "generator_steps"),
        *("adversary_steps", "code_queue", "encoder_until"),
    ),
    "labels of images": ("conditional", "semi_supervised", "label_dim", "label_weight"),
}

RUN_TOPICS = (*_DATA, *_TRAINING)
"""Topics that all models share."""

TOPICS: dict[str, tuple[str, ...]] = _DATA | _TRAINING | _NETWORKS | _GAME
"""Topics and their settings, of all models; settings that are of several parts have a topic of their name."""

OTHERS = "more settings of the model"
"""The topic of settings that `TOPICS` has no place for, such as those of a model of your own."""


def by_topic(configs: Iterable[Any]) -> Iterator[tuple[str, Any, str]]:
    """Every setting of some configurations, in the order of the topics: topic, configuration, name of the field."""
    topic_of = {name: topic for topic, names in TOPICS.items() for name in names}
    topics: dict[str, list[tuple[Any, str]]] = {topic: [] for topic in (*TOPICS, OTHERS)}
    for config in configs:
        texts, hints = descriptions(type(config)), field_types(type(config))
        for field in dataclasses.fields(config):
            if dataclasses.is_dataclass(hints[field.name]):
                topic = texts.get(field.name, field.name).partition(".")[0]
            else:
                topic = topic_of.get(field.name, OTHERS)
            topics.setdefault(topic, []).append((config, field.name))
    for topic, settings in topics.items():
        order = {name: place for place, name in enumerate(TOPICS.get(topic, ()))}
        for config, name in sorted(settings, key=lambda setting: order.get(setting[1], 0)):
            yield topic, config, name
