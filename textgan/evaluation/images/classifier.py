"""Our own classifier of a data set's images: the judge of samples where ImageNet's network would know nothing.

Trained once for each data set and kept in the cache. Scores depend on it: its accuracy on test images and the hash of
its weights belong to every number that it gives.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from textgan.data.cache import build_once, cache_folder
from textgan.data.images import ImageData, ImageSet
from textgan.errors import UserError
from textgan.evaluation.arrays import ArrayOrTensor, pieces, seeded_generator, to_tensor
from textgan.weights import read_weights

_ROWS = 500
_JUDGED = 10_000  # images that accuracy, and the scale of features, are measured on
_VERSION = 2  # goes up when the network or its training changes, so that no old weights are taken for new ones
_WEIGHTS, _FACTS = "weights.safetensors", "classifier.json"


@dataclass(frozen=True)
class ReferenceClassifierConfig:
    """How the classifier is made.

    Args:
        steps: most updates.
        epochs: most passes over the train images: few images need fewer updates.
        batch_size: images in an update.
        lr: highest learning rate of AdamW: it rises to it over the first 30 % of the steps, then falls to 0.
        dropout: share of features dropped in training.
        feature_dim: F, size of the last hidden layer.
        seed: of weights and batches.
    """

    steps: int = 1400
    epochs: int = 40
    batch_size: int = 128
    lr: float = 4e-3
    dropout: float = 0.3
    feature_dim: int = 128
    seed: int = 0


class ClassifierOutput(NamedTuple):
    """What the classifier says of N images.

    Args:
        logits: unnormalized log-probabilities, (N, K).
        features: the last hidden layer, after its ReLU, of mean square 1 on train images, (N, F).
    """

    logits: np.ndarray
    features: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The most probable class of each, (N,), int64."""
        return self.logits.argmax(axis=1)


class ImageClassifier(nn.Module):
    """3 x 3 convolutions with ReLU, each halved by max pooling until 4 x 4 are left, a hidden layer, a linear layer.

    Args:
        shape: (C, H, W); over 32 pixels the first convolution has stride 2.
        classes: K.
        feature_dim: F.
        dropout: of the features.
    """

    scale: Tensor

    def __init__(self, shape: Sequence[int], classes: int, feature_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        channels, *side = shape
        layers: list[nn.Module] = []
        width, stride = 32, 2 if max(side) > 32 else 1
        while not layers or max(side) > 4:
            layers += [nn.Conv2d(channels, width, 3, stride, padding=1), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True)]
            side = [math.ceil(math.ceil(n / stride) / 2) for n in side]
            channels, width, stride = width, 64, 1
        self.hidden = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(channels * math.prod(side), feature_dim), nn.ReLU()
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(feature_dim, classes)
        self.register_buffer("scale", torch.ones(()))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B, C, H, W) -> logits (B, K), features over their scale (B, F)."""
        features = self.hidden(x)
        return self.output(self.dropout(features)), features / self.scale


class ReferenceClassifier(NamedTuple):
    """A trained classifier and what is known of it.

    Args:
        network: the classifier, in evaluation mode.
        accuracy: on `test_images` images that it was not trained on, in [0, 1].
        test_images: their number.
        sha256: of the file of weights.
    """

    network: ImageClassifier
    accuracy: float
    test_images: int
    sha256: str

    @torch.no_grad()
    def __call__(self, x: ArrayOrTensor) -> ClassifierOutput:
        """Predictions for images with pixels in [-1, 1], (N, C, H, W)."""
        device = next(self.network.parameters()).device
        parts = [self.network(part.to(device)) for part in pieces(to_tensor(x), _ROWS)]
        logits, features = (torch.cat(part).cpu().numpy() for part in zip(*parts, strict=True))
        return ClassifierOutput(logits, features)

    @property
    def classes(self) -> int:
        """K."""
        return self.network.output.out_features

    def by_channel(self, x: ArrayOrTensor) -> tuple[ClassifierOutput, ...]:
        """Predictions for each channel of stacked digits (N, C, H, W) by a judge of single ones: C of them.

        Side by side their features, (N, C * F), serve for Frechet and kernel distance of stacked digits.
        """
        images = to_tensor(x)
        return tuple(self(images[:, c : c + 1]) for c in range(images.shape[1]))

    def note(self) -> str:
        """The judge in words, for reports."""
        return f"accuracy {self.accuracy:.4f} on {self.test_images:,} images, weights sha256 {self.sha256[:16]}"


def open_reference_classifier(
    data: ImageData, config: ReferenceClassifierConfig = ReferenceClassifierConfig(), device: str = "cpu"
) -> ReferenceClassifier:
    """The classifier of a data set: from the cache, or trained (about a minute for 28 x 28 grey pixels on one core).

    Args:
        data: images with labels. It learns from train, where a label is known, and is tested on test, else on valid.
        config: how it is made.
        device: where it is trained and used.

    Raises:
        UserError: points, or images without labels; the cache cannot be written.
    """
    spec = data.spec
    if not spec.is_image or spec.classes < 2:
        raise UserError(f"{data.name} has no labeled images; expected such for scores by a classifier: leave them out")
    settings = {"version": _VERSION, "data": data.fingerprint, **asdict(config)}
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
    place = cache_folder() / "classifiers" / digest[:32]

    def complete(folder: Path) -> bool:
        try:
            _load(folder, data, config, "cpu")
        except (UserError, OSError, ValueError, KeyError, TypeError):  # not there, or spoilt: it is made again
            return False
        return True

    build_once(place, complete, lambda folder: _build(folder, data, config, device))
    return _load(place, data, config, device)


def _build(folder: Path, data: ImageData, config: ReferenceClassifierConfig, device: str) -> None:
    from safetensors.torch import save_file

    network = train_reference_classifier(data.train, data.spec.shape, data.spec.classes, config, device)
    held_out = (part.first(min(len(part), _JUDGED)) for part in (data.test, data.valid) if part is not None)
    images = next((images for images in held_out if (images.labels >= 0).any()), None)
    if images is None:
        raise UserError(f"{data.name} has no held-out labels to test a classifier on; leave scores by a classifier out")
    known = (images.labels >= 0).numpy()
    right = ReferenceClassifier(network, 0.0, 0, "")(images.x).labels[known] == images.labels.numpy()[known]
    facts = {"accuracy": float(right.mean()), "test_images": len(right), "data": data.name, **asdict(config)}
    save_file({k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}, folder / _WEIGHTS)
    (folder / _FACTS).write_text(json.dumps(facts, indent=1), encoding="utf-8")


def _load(folder: Path, data: ImageData, config: ReferenceClassifierConfig, device: str) -> ReferenceClassifier:
    network = ImageClassifier(data.spec.shape, data.spec.classes, config.feature_dim)
    read_weights(folder / _WEIGHTS, network)
    facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    sha256 = hashlib.sha256((folder / _WEIGHTS).read_bytes()).hexdigest()
    return ReferenceClassifier(network.to(device).eval(), facts["accuracy"], facts["test_images"], sha256)


def train_reference_classifier(
    train: ImageSet,
    shape: Sequence[int],
    classes: int,
    config: ReferenceClassifierConfig = ReferenceClassifierConfig(),
    device: str = "cpu",
) -> ImageClassifier:
    """A classifier trained on the images of a set whose label is known, in evaluation mode."""
    steps = max(1, min(config.steps, config.epochs * len(train) // config.batch_size))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = ImageClassifier(shape, classes, config.feature_dim, config.dropout).to(device)
        adam = torch.optim.AdamW(network.parameters(), lr=config.lr, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.OneCycleLR(adam, config.lr, steps)
        draw = seeded_generator(config.seed, 3)
        for step in range(steps):
            indices = torch.randint(len(train), (config.batch_size,), generator=draw).numpy()
            batch = train.batch(indices, step).to(torch.device(device))
            # Summed, so that a batch without any known label weighs nothing instead of being no number.
            loss = F.cross_entropy(network(batch.x)[0], batch.labels, ignore_index=-1, reduction="sum")
            adam.zero_grad()
            (loss / (batch.labels >= 0).sum().clamp_min(1)).backward()
            adam.step()
            schedule.step()
    network.eval()
    seen = train.first(min(len(train), _JUDGED)).x
    network.scale.fill_(float(np.sqrt(np.square(ReferenceClassifier(network, 0.0, 0, "")(seen).features).mean())))
    return network
