"""Adversarial autoencoders for sentences and other discrete data.

>>> model = textgan.load("scenes")  # comes with textgan; or a run folder, such as "runs/arae-scenes"
>>> model.sample(3, seed=0)
"""

from typing import TYPE_CHECKING, Any

from textgan.config import Decoding
from textgan.errors import UserError

if TYPE_CHECKING:
    from textgan.classifier import SentenceClassifier
    from textgan.sampling import ImageModel, SentenceModel, load

__version__ = "0.1.0"
__all__ = ["Decoding", "ImageModel", "SentenceClassifier", "SentenceModel", "UserError", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Import what needs torch only when it is asked for: `textgan --help` must not wait for it."""
    if name in ("load", "SentenceModel", "ImageModel"):
        from textgan import sampling

        return getattr(sampling, name)
    if name == "SentenceClassifier":
        from textgan.classifier import SentenceClassifier

        return SentenceClassifier
    raise AttributeError(f"module 'textgan' has no attribute {name!r}")
