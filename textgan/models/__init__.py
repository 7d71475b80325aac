"""The models, one file a paper: wiring, the five methods (of sentences a sixth, `logits`), the losses.

Names and settings are in `textgan.recipes`; here is the one place where a configuration becomes its model.
"""

from collections.abc import Callable
from typing import Any

from textgan.capabilities import as_conditional
from textgan.data.types import ImageSpec, TextSpec
from textgan.game import Game
from textgan.models.aae import AAE
from textgan.models.acai import ACAI
from textgan.models.ae import AE
from textgan.models.age import AGE
from textgan.models.ali import make_ali
from textgan.models.alphagan import AlphaGAN
from textgan.models.arae import ARAE
from textgan.models.arae_transfer import ARAETransfer
from textgan.models.dcgan import DCGAN
from textgan.models.lm import LM
from textgan.models.vae import VAE
from textgan.models.vqvae import VQVAE
from textgan.models.wgan_gp import WGANGP
from textgan.models.with_classifier import WithClassifier
from textgan.recipes import MODELS, ModelConfig
from textgan.recipes.sentences import SentenceConfig

CLASSES: dict[str, Callable[[Any, Any], Game]] = {
    "arae": ARAE,
    "arae_transfer": ARAETransfer,
    "lm": LM,
    "acai": ACAI,
    "ae": AE,
    "dropout_ae": AE,
    "denoising_ae": AE,
    "vae": VAE,
    "aae": AAE,
    "daae": AAE,
    "vqvae": VQVAE,
    "ali": make_ali,
    "alphagan": AlphaGAN,
    "dcgan": DCGAN,
    "wgan_gp": WGANGP,
    "age": AGE,
}
"""What makes each model of its configuration and the shape of the data: its class, or a function that chooses one.

The names are those of `textgan.recipes.MODELS`.
"""


def build(config: ModelConfig, spec: TextSpec | ImageSpec) -> Game:
    """The model for data of this shape, with a classifier on its codes where the labels of sentences are to be learned.

    Args:
        config: settings of the model, one of `textgan.recipes.MODELS`.
        spec: of the data.

    Raises:
        UserError: data that the model cannot learn.
    """
    config.check_spec(spec)
    model = CLASSES[next(name for name, of in MODELS.items() if of is type(config))](config, spec)
    if not (isinstance(spec, TextSpec) and spec.labels) or as_conditional(model) is not None:
        return model
    assert isinstance(config, SentenceConfig), "what learns sentences is configured so"
    return WithClassifier(model, config.classifier)
