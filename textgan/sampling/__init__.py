"""What a trained model is for: sample, encode, decode, reconstruct, interpolate; and how it is shared."""

from pathlib import Path

from textgan.sampling.base import Codes, TrainedModel, at_rest, read_saved
from textgan.sampling.images import ImageModel
from textgan.sampling.text import ROWS, SentenceModel, batch_of, class_probabilities

__all__ = [
    "ROWS",
    "Codes",
    "ImageModel",
    "SentenceModel",
    "TrainedModel",
    "at_rest",
    "batch_of",
    "class_probabilities",
    "load",
]


def load(path: str | Path, device: str = "auto") -> SentenceModel | ImageModel:
    """The model of a run folder, of a folder written by `save_pretrained`, or of the Hugging Face hub.

    Raises:
        UserError: nothing loadable there.
    """
    saved = read_saved(path, device)
    return ImageModel.of(saved) if saved.tokenizer is None else SentenceModel.of(saved)
