"""What a trained model is for: sample, encode, decode, reconstruct, interpolate; and how it is shared."""

from pathlib import Path

from textgan.sampling.base import Codes, TrainedModel, read_saved
from textgan.sampling.images import ImageModel
from textgan.sampling.inference import INFERENCE_BATCH_SIZE, inference
from textgan.sampling.lines import batch_of, class_probabilities
from textgan.sampling.text import SentenceModel

__all__ = [
    "INFERENCE_BATCH_SIZE",
    "Codes",
    "ImageModel",
    "SentenceModel",
    "TrainedModel",
    "batch_of",
    "class_probabilities",
    "inference",
    "load",
]


def load(path: str | Path, device: str = "auto") -> SentenceModel | ImageModel:
    """The model of a run folder, of a folder written by `save_pretrained`, of the box, or of the Hugging Face hub.

    >>> import textgan
    >>> len(textgan.load("scenes").labels)  # the kinds of activity of the sentences
    10

    Args:
        path: folder of a run or of a saved model; `scenes`, or another name that `textgan models` lists, for a model
            that comes with textgan (a folder of that name that holds a model goes first, `box:scenes` is never a
            folder); or owner/name on the hub.
        device: auto, cpu or cuda.

    Raises:
        UserError: nothing loadable there.
    """
    saved = read_saved(path, device)
    return ImageModel.of(saved) if saved.tokenizer is None else SentenceModel.of(saved)
