"""Configurations come back from dictionaries, files and flags as they were, and refuse what they do not know."""

import dataclasses
from typing import Any

import pytest
import yaml

from textgan.cli.train import read_arguments
from textgan.config import descriptions, difference, field_types, flatten, from_dict, to_dict
from textgan.data.config import DataConfig
from textgan.errors import UserError
from textgan.recipes import MODELS, PRESETS, ARAEConfig, RunConfig, recipe, to_run_config
from textgan.settings import MAY_CHANGE, Decoding, OptimizerConfig, TrainConfig
from textgan.training.run_folder import as_yaml

RECIPES = [(model, preset) for model in MODELS for preset in (None, *PRESETS.get(model, {}))]
PARTS = [DataConfig, TrainConfig, Decoding, OptimizerConfig, *MODELS.values()]

each_recipe = pytest.mark.parametrize(("model", "preset"), RECIPES)
each_part = pytest.mark.parametrize("part", PARTS)


def config_of(*arguments: object) -> RunConfig:
    return read_arguments(["arae", *map(str, arguments)])[0]


def flags_of(config: Any, prefix: str = "") -> set[str]:
    """Names of the flags of a configuration, nested ones with a dot."""
    return {name for name, _ in flatten(to_dict(config), prefix)}


@each_part
def test_defaults_come_back_from_their_dictionary(part):
    assert from_dict(part, to_dict(part())) == part()


@each_recipe
def test_recipes_come_back_from_their_dictionary(model, preset):
    config = recipe(model, preset)
    assert to_run_config(to_dict(config)) == config


@each_recipe
def test_recipes_come_back_from_json_values(model, preset):
    config = recipe(model, preset)
    assert to_run_config(yaml.safe_load(yaml.safe_dump(to_dict(config)))) == config


@each_recipe
def test_the_file_of_a_run_gives_the_same_run(tmp_path, model, preset):
    config = recipe(model, preset)
    (tmp_path / "config.yaml").write_text(as_yaml(config))
    assert read_arguments([model, "--config", str(tmp_path / "config.yaml")])[0] == config


def test_the_file_of_a_run_of_flags_gives_the_same_run(tmp_path):
    config = config_of("--generator-dims=[7, 8]", "--autoencoder-optimizer.lr=1e-5", "--critic-optimizer.clip-norm=2",
                       "--minutes=1.5", "--data=a: 'b' # c.txt", "--lowercase=true",
                       "--gan-batch-size=null")  # fmt: skip
    assert config.settings.generator_dims == (7, 8)
    assert config.settings.gan_batch_size is None
    assert config.settings.autoencoder_optimizer == dataclasses.replace(ARAEConfig().autoencoder_optimizer, lr=1e-5)
    assert config.data.data == "a: 'b' # c.txt"
    (tmp_path / "config.yaml").write_text(as_yaml(config))
    assert config_of("--config", tmp_path / "config.yaml") == config


@each_part
def test_an_unknown_setting_is_named(part):
    with pytest.raises(UserError, match="'color'") as error:
        from_dict(part, {"color": 1})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("part", "values", "name"),
    [
        (TrainConfig, {"batch_size": "64"}, "batch_size"),
        (TrainConfig, {"batch_size": 64.0}, "batch_size"),
        (TrainConfig, {"batch_size": True}, "batch_size"),
        (TrainConfig, {"batch_size": None}, "batch_size"),
        (TrainConfig, {"tensorboard": 1}, "tensorboard"),
        (TrainConfig, {"minutes": "long"}, "minutes"),
        (TrainConfig, {"minutes": False}, "minutes"),
        (TrainConfig, {"device": "tpu"}, "device"),
        (TrainConfig, {"device": ["cpu"]}, "device"),
        (DataConfig, {"data": 3}, "data"),
        (DataConfig, {"tokenizer": "letters"}, "tokenizer"),
        (ARAEConfig, {"generator_dims": [300, "x"]}, "generator_dims"),
        (ARAEConfig, {"generator_dims": 300}, "generator_dims"),
        (ARAEConfig, {"generator_dims": "300"}, "generator_dims"),
        (ARAEConfig, {"generator_dims": None}, "generator_dims"),
        (ARAEConfig, {"autoencoder": "gru"}, "autoencoder"),
        (ARAEConfig, {"autoencoder_optimizer": {"lr": "fast"}}, "lr"),
        (OptimizerConfig, {"betas": [0.9]}, "betas"),
        (OptimizerConfig, {"betas": [0.9, 0.99, 0.999]}, "betas"),
        (OptimizerConfig, {"betas": 0.9}, "betas"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_named(part, values, name):
    with pytest.raises(UserError, match=rf"\b{name}\b") as error:
        from_dict(part, values)
    assert "\n" not in str(error.value)


def test_whole_numbers_are_numbers():
    lr = from_dict(OptimizerConfig, {"lr": 1}).lr
    assert lr == 1.0
    assert type(lr) is float


@pytest.mark.parametrize(
    "values",
    [
        {"model": "nvae"},
        {"model": None},
        {},
        {"model": "arae", "settings": {"color": 1}},
        {"model": "arae", "data": {"color": 1}},
        {"model": "arae", "training": {"rounds": "many"}},
        {"model": "arae", "settings": [1]},
        {"model": "arae", "data": None},
        {"model": ["arae"]},
    ],
    ids=str,
)
def test_a_file_that_is_no_run_is_refused_in_a_line(values):
    with pytest.raises(UserError) as error:
        to_run_config(values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"log_every": 0}, "log_every is 0"),
        ({"evaluate_every": -1}, "evaluate_every is -1"),
        ({"sample_every": 0}, "sample_every is 0"),
        ({"save_every": 0}, "save_every is 0"),
        ({"rounds": -1}, "rounds is -1"),
        ({"minutes": 0.0}, "minutes is 0.0"),
        ({"seed": -1}, "seed is -1"),
        ({"threads": -1}, "threads is -1"),
    ],
)
def test_training_that_cannot_be_is_refused(settings, part):
    with pytest.raises(UserError, match=part):
        TrainConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden_dim": 0},
        {"embedding_dim": -1},
        {"noise_dim": 0},
        {"generator_dims": (16, 0)},
        {"critic_dims": (-1,)},
        {"critic_steps": 0},
        {"gan_batch_size": 0},
        {"encoder_batch_size": 0},
        {"penalty_slope": 0.0},
        {"code_noise": -0.1},
        {"generator_average": 1.5},
    ],
    ids=str,
)
def test_a_model_that_cannot_be_is_refused(settings):
    (name,) = settings
    with pytest.raises(UserError, match=f"{name} is "):
        ARAEConfig(**settings)


@pytest.mark.parametrize(
    "settings",
    [{"lr": -1.0}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}, {"clip_norm": 0.0}, {"decay_from": -0.5}],
    ids=str,
)
def test_an_optimizer_that_cannot_be_is_refused(settings):
    (name,) = settings
    with pytest.raises(UserError, match=f"{name} is "):
        OptimizerConfig(**settings)


def test_a_run_ends_at_its_rounds_its_minutes_or_the_default():
    assert TrainConfig(rounds=7, minutes=1.0).last_round == 7
    assert TrainConfig(minutes=1.0).last_round == float("inf")
    assert TrainConfig().last_round == 20_000


def test_learning_rates_fall_to_zero_in_the_last_share():
    falling = OptimizerConfig(lr=2.0, decay_from=0.5)
    assert [falling.rate(number, 100) for number in (0, 50, 75, 100, 200)] == [2.0, 2.0, 1.0, 0.0, 0.0]


def test_learning_rates_rise_in_the_first_rounds():
    rising = OptimizerConfig(lr=2.0, warmup_rounds=4)
    assert [rising.rate(number, 100) for number in (0, 1, 3, 4, 99)] == [0.5, 1.0, 2.0, 2.0, 2.0]


def test_learning_rates_stay_by_default_and_in_a_run_without_end():
    assert {OptimizerConfig(lr=2.0).rate(number, 100) for number in (0, 90, 100)} == {2.0}
    assert OptimizerConfig(lr=2.0, decay_from=0.1).rate(10**6, float("inf")) == 2.0


def test_differences_are_told_with_both_values():
    old = {"a": 1, "b": {"c": 2, "d": [1, 2]}, "e": None, "gone": 0}
    new = {"a": 1, "b": {"c": 3, "d": [1, 2]}, "e": 5, "new": False}
    assert difference(old, new) == ["b.c: 2 -> 3", "e: None -> 5", "gone: 0 -> (absent)", "new: (absent) -> False"]
    assert difference(old, old) == []


def test_a_setting_that_becomes_none_is_a_difference():
    assert difference({"a": None}, {}) == ["a: None -> (absent)"]


@each_part
def test_every_setting_is_described(part):
    texts = descriptions(part)
    assert set(texts) == {field.name for field in dataclasses.fields(part)}
    assert all(len(text) > 3 for text in texts.values())


@pytest.mark.parametrize("model", MODELS)
def test_no_two_parts_of_a_run_share_a_flag(model):
    parts = [flags_of(DataConfig()), flags_of(TrainConfig()), flags_of(MODELS[model]())]
    others = {"help", "model", "out", "preset", "config", "dry_run"}
    assert len(set().union(*parts, others)) == sum(map(len, parts)) + len(others)


def test_what_a_resumed_run_may_change_are_settings_of_training():
    assert {field.name for field in dataclasses.fields(TrainConfig)} > MAY_CHANGE


@pytest.mark.parametrize("part", PARTS)
def test_every_setting_has_a_type_that_files_can_hold(part):
    for name, hint in field_types(part).items():
        from_dict(part, {name: to_dict(part())[name]})
        assert hint is not Any


def test_flags_replace_the_defaults():
    config = config_of("--rounds=5", "--hidden-dim=16", "--embedding-dim=16", "--max-length=9")
    assert (config.training.rounds, config.settings.hidden_dim, config.data.max_length) == (5, 16, 9)
    assert dataclasses.replace(config.training, rounds=None) == TrainConfig()


def test_a_flag_wins_over_a_file_which_wins_over_a_preset(tmp_path):
    file = tmp_path / "some.yaml"
    file.write_text("critic_steps: 2\nbatch_size: 32\nautoencoder_optimizer:\n  lr: 0.25\n")
    config = config_of("--preset=arae-2018", "--config", file, "--batch-size=16")
    published = recipe("arae", "arae-2018")
    assert config.training.batch_size == 16
    assert config.settings.critic_steps == 2
    assert config.settings.autoencoder_optimizer == dataclasses.replace(
        published.settings.autoencoder_optimizer, lr=0.25
    )
    assert config.settings.critic_optimizer == published.settings.critic_optimizer
    assert config.data == published.data


def test_a_flag_before_the_file_wins_too(tmp_path):
    file = tmp_path / "some.yaml"
    file.write_text("batch_size: 32\n")
    assert config_of("--batch-size=16", "--config", file).training.batch_size == 16


@pytest.mark.parametrize("written", [["--preset", "arae-2017"], ["--preset=arae-2017"]])
def test_a_preset_is_found_wherever_it_stands(written):
    assert config_of("--rounds=5", *written).settings == recipe("arae", "arae-2017").settings


def test_an_unknown_preset_is_refused():
    with pytest.raises(UserError, match=r"preset 'arae-1999'.*arae-2017"):
        recipe("arae", "arae-1999")


def test_an_unknown_model_is_refused():
    with pytest.raises(UserError, match=r"model 'nvae'.*arae"):
        recipe("nvae")


@pytest.mark.parametrize(
    ("data", "folder"),
    [("scenes", "arae-scenes"), ("some/snli.jsonl.gz", "arae-snli"), ("hf:owner/name", "arae-name")],
)
def test_a_run_is_named_after_model_and_data(data, folder):
    assert read_arguments(["arae", "--data", data])[1].name == folder
