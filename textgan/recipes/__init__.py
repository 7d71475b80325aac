"""The hyper-parameters of every model, and the published recipes.

Kept apart from the models because flags and `--help` are made of them and must not wait for torch. Configurations know
nothing of the models, which `textgan.models.build` makes of them.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from textgan.config import from_dict
from textgan.data.config import DataConfig, ImageConfig
from textgan.errors import UserError, did_you_mean
from textgan.recipes.arae import ARAEConfig, ARAETransferConfig
from textgan.recipes.arae_presets import ARAE_PRESETS, ARAE_TRANSFER_PRESETS
from textgan.recipes.autoencoders import (
    AUTOENCODER_PRESETS,
    AAEConfig,
    ACAIConfig,
    AEConfig,
    DAAEConfig,
    DenoisingAEConfig,
    DropoutAEConfig,
    LMConfig,
    VAEConfig,
    VQVAEConfig,
)
from textgan.recipes.base import Modality, ModelConfig, Preset
from textgan.recipes.gan_presets import GAN_PRESETS
from textgan.recipes.gans import AGEConfig, ALIConfig, AlphaGANConfig, DCGANConfig, WGANGPConfig
from textgan.settings import TrainConfig

__all__ = ["MODELS", "PRESETS", "ARAEConfig", "AnyDataConfig", "Modality", "ModelConfig", "Preset", "RunConfig"]

AnyDataConfig = DataConfig | ImageConfig
DATA_CONFIGS: dict[Modality, type[AnyDataConfig]] = {"text": DataConfig, "images": ImageConfig}


MODELS: dict[str, type[ModelConfig]] = {
    "arae": ARAEConfig,
    "arae_transfer": ARAETransferConfig,
    "lm": LMConfig,
    "acai": ACAIConfig,
    "ae": AEConfig,
    "dropout_ae": DropoutAEConfig,
    "denoising_ae": DenoisingAEConfig,
    "vae": VAEConfig,
    "aae": AAEConfig,
    "daae": DAAEConfig,
    "vqvae": VQVAEConfig,
    "ali": ALIConfig,
    "alphagan": AlphaGANConfig,
    "dcgan": DCGANConfig,
    "wgan_gp": WGANGPConfig,
    "age": AGEConfig,
}

PRESETS: dict[str, dict[str, Preset]] = {
    "arae": ARAE_PRESETS,
    "arae_transfer": ARAE_TRANSFER_PRESETS,
    **AUTOENCODER_PRESETS,
    **GAN_PRESETS,
}


@dataclass(frozen=True)
class RunConfig:
    """Everything that a run is made of.

    Args:
        model: name in MODELS.
        settings: the model's configuration.
        data: the sentences, or the images.
        training: the trainer.
    """

    model: str
    settings: ModelConfig
    data: AnyDataConfig = field(default_factory=DataConfig)
    training: TrainConfig = field(default_factory=TrainConfig)


def to_run_config(values: Mapping[str, Any]) -> RunConfig:
    """The configuration of a run from the nested dictionaries of its file.

    Raises:
        UserError: an unknown model or setting, or a value of the wrong type.
    """
    settings = _known(values.get("model"))
    data = values.get("data", {})
    modality = (modality_of_settings(data) if isinstance(data, Mapping) else None) or default_modality(settings)
    return RunConfig(
        values["model"],
        from_dict(settings, values.get("settings", {})),
        from_dict(DATA_CONFIGS[modality], data),
        from_dict(TrainConfig, values.get("training", {})),
    )


def modality_of_settings(names: Iterable[str]) -> Modality | None:
    """The modality that settings of these names are of; None where they could be of either."""
    for modality, config in DATA_CONFIGS.items():
        others = {f.name for other in DATA_CONFIGS.values() if other is not config for f in dataclasses.fields(other)}
        if any(f.name in names and f.name not in others for f in dataclasses.fields(config)):
            return modality
    return None


def default_modality(config: type[ModelConfig]) -> Modality:
    """The first modality that a model learns."""
    return next(iter(config.defaults))


def recipe(model: str, preset: str | None = None, modality: Modality | None = None) -> RunConfig:
    """The default configuration of a model, or a published one.

    Args:
        model: name in MODELS.
        preset: name in PRESETS[model].
        modality: of the data; default: that of the preset, else the model's first.

    Raises:
        UserError: no such model or preset, or a model that does not learn this modality.
    """
    settings = _known(model)
    known = PRESETS.get(model, {})
    if preset is not None and preset not in known:
        none = "; it has none" if not known else f"; expected one of {', '.join(known)}"
        raise UserError(f"preset {preset!r} of {model} is not known{none}")
    published = known[preset] if preset else Preset()
    modality = modality or published.modality or default_modality(settings)
    if modality not in settings.defaults:
        raise UserError(f"{model} does not read {modality}; expected {' or '.join(settings.defaults)}")
    if preset and modality != (published.modality or default_modality(settings)):
        raise UserError(f"preset {preset!r} of {model} is not for {modality}; choose other data")
    usual = settings.defaults[modality]
    return RunConfig(
        model,
        dataclasses.replace(settings(), **{**usual.model, **published.model}),
        dataclasses.replace(DATA_CONFIGS[modality](), **{**usual.data, **published.data}),
        dataclasses.replace(TrainConfig(), **{**usual.training, **published.training}),
    )


def _known(model: Any) -> type[ModelConfig]:
    if not isinstance(model, str) or model not in MODELS:
        near = did_you_mean(model, MODELS) if isinstance(model, str) else ""
        raise UserError(f"model {model!r} is not known{near}; expected one of {', '.join(MODELS)}")
    return MODELS[model]
