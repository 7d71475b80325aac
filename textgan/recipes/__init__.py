"""The hyper-parameters of every model, and the published recipes.

Kept apart from the models because flags and `--help` are made of them and must not wait for torch. Configurations know
nothing of the models, which `textgan.models.build` makes of them.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from textgan.config import TrainConfig, from_dict
from textgan.data.config import DataConfig, ImageConfig
from textgan.errors import UserError
from textgan.recipes.arae import ARAE_PRESETS, ARAE_TRANSFER_PRESETS, ARAEConfig, ARAETransferConfig
from textgan.recipes.autoencoders import (
    AUTOENCODER_PRESETS,
    AAEConfig,
    ACAIConfig,
    AEConfig,
    DAAEConfig,
    DenoisingAEConfig,
    DropoutAEConfig,
    VAEConfig,
    VQVAEConfig,
)
from textgan.recipes.gans import GAN_PRESETS, AGEConfig, ALIConfig, AlphaGANConfig, DCGANConfig, WGANGPConfig
from textgan.recipes.language import LMConfig
from textgan.recipes.preset import Kind, Preset

__all__ = ["DATA", "MODELS", "PRESETS", "ARAEConfig", "AnyDataConfig", "Kind", "ModelConfig", "Preset", "RunConfig"]

AnyDataConfig = DataConfig | ImageConfig
DATA: dict[Kind, type[AnyDataConfig]] = {"text": DataConfig, "images": ImageConfig}


class ModelConfig(Protocol):
    """What the configuration of every model has."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    reads: ClassVar[Mapping[Kind, Preset]]
    """The kinds of data that the model learns, the usual first, and what differs from the defaults there."""

    def check_spec(self, spec: Any) -> None:
        """Refuse data of a shape that the model cannot learn.

        Raises:
            UserError: says what fits.
        """
        ...


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
    kind = (kind_of_settings(data) if isinstance(data, Mapping) else None) or default_kind(settings)
    return RunConfig(
        values["model"],
        from_dict(settings, values.get("settings", {})),
        from_dict(DATA[kind], data),
        from_dict(TrainConfig, values.get("training", {})),
    )


def kind_of_settings(names: Iterable[str]) -> Kind | None:
    """The kind of data that settings of these names are of; None where they could be of either."""
    for kind, config in DATA.items():
        others = {f.name for other in DATA.values() if other is not config for f in dataclasses.fields(other)}
        if any(f.name in names and f.name not in others for f in dataclasses.fields(config)):
            return kind
    return None


def default_kind(config: type[ModelConfig]) -> Kind:
    """The kind of data that a model reads unless told otherwise."""
    return next(iter(config.reads))


def recipe(model: str, preset: str | None = None, kind: Kind | None = None) -> RunConfig:
    """The default configuration of a model, or a published one.

    Args:
        model: name in MODELS.
        preset: name in PRESETS[model].
        kind: of the data; default: what the preset is for, or what the model reads first.

    Raises:
        UserError: no such model or preset, or a model that does not read this kind of data.
    """
    settings = _known(model)
    known = PRESETS.get(model, {})
    if preset is not None and preset not in known:
        none = "; it has none" if not known else f"; expected one of {', '.join(known)}"
        raise UserError(f"preset {preset!r} of {model} is not known{none}")
    published = known[preset] if preset else Preset()
    kind = kind or published.kind or default_kind(settings)
    if kind not in settings.reads:
        raise UserError(f"{model} does not read {kind}; expected {' or '.join(settings.reads)}")
    if preset and kind != (published.kind or default_kind(settings)):
        raise UserError(f"preset {preset!r} of {model} is not for {kind}; choose other data")
    usual = settings.reads[kind]
    return RunConfig(
        model,
        dataclasses.replace(settings(), **{**usual.model, **published.model}),
        dataclasses.replace(DATA[kind](), **{**usual.data, **published.data}),
        dataclasses.replace(TrainConfig(), **{**usual.training, **published.training}),
    )


def _known(model: Any) -> type[ModelConfig]:
    if not isinstance(model, str) or model not in MODELS:
        raise UserError(f"model {model!r} is not known; expected one of {', '.join(MODELS)}")
    return MODELS[model]
