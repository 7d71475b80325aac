"""Adversarial autoencoders for sentences and other discrete data.

>>> import textgan
>>> model = textgan.load("scenes")  # comes with textgan; or a run folder, such as "runs/mine"
>>> len(model.sample(3, seed=0))
3
"""

import importlib
from typing import TYPE_CHECKING, Any

from textgan.errors import UserError
from textgan.settings import Decoding
from textgan.version import __version__

if TYPE_CHECKING:
    from textgan.cross_validation import LabeledKFold, labeled_scorer
    from textgan.estimator import SentenceClassifier
    from textgan.experiment import train
    from textgan.sampling import ImageModel, SentenceModel, load
    from textgan.training.callbacks import Callback

__all__ = [
    "Callback",
    "Decoding",
    "ImageModel",
    "LabeledKFold",
    "SentenceClassifier",
    "SentenceModel",
    "UserError",
    "__version__",
    "labeled_scorer",
    "load",
    "train",
]

_MODULES = {
    "Callback": "training.callbacks",
    "ImageModel": "sampling",
    "LabeledKFold": "cross_validation",
    "SentenceClassifier": "estimator",
    "SentenceModel": "sampling",
    "labeled_scorer": "cross_validation",
    "load": "sampling",
    "train": "experiment",
}


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for: `textgan --help` must not wait for it."""
    if name in _MODULES:
        return getattr(importlib.import_module(f"textgan.{_MODULES[name]}"), name)
    raise AttributeError(f"module 'textgan' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What `textgan.` and Tab show."""
    return sorted(__all__)
