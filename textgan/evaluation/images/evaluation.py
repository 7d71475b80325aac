"""What the metrics of a model of images share: real images, samples, codes, predictions; each made once."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from textgan.data.config import ImageConfig
from textgan.data.images import ImageData, ImageSet, open_images
from textgan.errors import UserError
from textgan.evaluation.images.classifier import ReferenceClassifier, open_reference_classifier
from textgan.evaluation.images.features import LabeledCodes
from textgan.evaluation.images.validation import encodable_images
from textgan.evaluation.measurements import spread
from textgan.pictures import Pixels
from textgan.sampling import ImageModel

MOST_CLASSES = 100
"""Of stacked digits there are 1,000, of which many have no image."""

_TRAIN_PER_HELDOUT = 6
"""Train images for each held-out one, as MNIST has them."""

_VALUES = 1 << 27
"""Most values of features that are held at a time, 0.5 GB."""

Subset = Literal["train", "heldout", "tuning", "testing"]


class RealImages(NamedTuple):
    """Real images, (N, *shape), and their labels, -1 where there is none, (N,)."""

    x: Pixels
    labels: np.ndarray


class ClassifiedImages(NamedTuple):
    """Predictions of the classifier for N images; each channel of stacked digits is an image, else C is 1.

    Args:
        logits: (C * N, K), channel after channel.
        features: side by side, (N, C * F).
        channel_labels: (N, C).
    """

    logits: np.ndarray
    features: np.ndarray
    channel_labels: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """The class of each image, or of each channel of each, (C * N,)."""
        return self.channel_labels.T.ravel()


@dataclass(frozen=True)
class ImageEvaluation:
    """A model, the data it is compared with, and sample sizes.

    Args:
        model: the model.
        data: real images.
        split: of the held-out images, valid or test.
        n: samples.
        limit: most held-out images; of train six times as many.
        seed: of the samples.
        critic_steps: updates of each independent critic.
    """

    model: ImageModel
    data: ImageData
    split: str
    n: int
    limit: int
    seed: int
    critic_steps: int

    def __post_init__(self) -> None:
        """Refuse a split that is not there."""
        if self._split is None:
            raise UserError(f"{self.data.name} has no {self.split} split; expected one, or --split valid")

    @property
    def labeled(self) -> bool:
        """Whether there are classes, known and few enough, that mean something: those of lines are tenths of a turn."""
        few = 2 <= self.data.spec.classes <= MOST_CLASSES and self.data.name != "lines"
        return few and all((real.labels >= 0).any() for real in (self.train, self.heldout))

    @property
    def stacked(self) -> bool:
        """Whether images are three digits, one in each channel."""
        return self._config.color_digits

    @property
    def classifiable(self) -> bool:
        """Whether a classifier can predict the class of a sample."""
        return self.data.spec.is_image and (self.labeled or self.stacked)

    @cached_property
    def heldout(self) -> RealImages:
        """Held-out images."""
        assert self._split is not None
        return RealImages(*encodable_images(self.model, self._split, self.limit))

    @cached_property
    def train(self) -> RealImages:
        """Train images of the data: those that the model was trained on, unless this is other data."""
        return RealImages(*encodable_images(self.model, self.data.train, _TRAIN_PER_HELDOUT * self.limit))

    @cached_property
    def tuning(self) -> RealImages:
        """Held-out images to tune or train a metric on: those of valid if the split is test, else every other one."""
        if self.split == "test":
            return RealImages(*encodable_images(self.model, self.data.valid, self.limit))
        return RealImages(self.heldout.x[::2], self.heldout.labels[::2])

    @cached_property
    def testing(self) -> RealImages:
        """Held-out images that are none of `tuning`."""
        return self.heldout if self.split == "test" else RealImages(self.heldout.x[1::2], self.heldout.labels[1::2])

    @cached_property
    def samples(self) -> Pixels:
        """Samples as the data has pixels, (n, *shape)."""
        return self.model.discrete(self.model.sample(self.n, self.seed))

    def more_samples(self, n: int, key: int) -> Pixels:
        """n samples that are none of `samples`."""
        return self.model.discrete(self.model.sample(n, self.seed + 1_000_003 * key))

    def codes(self, part: Subset) -> LabeledCodes:
        """Codes of the images whose label is known."""
        x, labels = getattr(self, part)
        return LabeledCodes(self.model.encode(x[labels >= 0], labels[labels >= 0]), labels[labels >= 0])

    def features(self, part: Subset) -> LabeledCodes:
        """As `codes`, but what the model gives to classifiers; of wide features fewer images."""
        x, labels = getattr(self, part)
        known = np.flatnonzero(labels >= 0)
        width = self.model.features(x[known[:1]], labels[known[:1]]).shape[1]
        known = known[spread(len(known), _VALUES // width)]
        return LabeledCodes(self.model.features(x[known], labels[known]), labels[known])

    @cached_property
    def classifier(self) -> ReferenceClassifier:
        """The classifier of the data, or of the digits that are stacked, made with all labels."""
        device = str(self.model.network.device)
        if not self.stacked and self._config.labeled is None:
            return open_reference_classifier(self.data, device=device)
        single = dataclasses.replace(self._config, data=self.data.name, color_digits=False, labeled=None)
        return open_reference_classifier(open_images(single), device=device)

    def classify(self, x: Pixels) -> ClassifiedImages:
        """Predictions for images (N, C, H, W)."""
        parts = self.classifier.by_channel(x) if self.stacked else (self.classifier(x),)
        return ClassifiedImages(
            np.concatenate([p.logits for p in parts]),
            np.concatenate([p.features for p in parts], axis=1),
            np.stack([p.labels for p in parts], axis=1),
        )

    @cached_property
    def classified_samples(self) -> ClassifiedImages:
        """Predictions for `samples`."""
        return self.classify(self.samples)

    @cached_property
    def classified_heldout(self) -> ClassifiedImages:
        """Predictions for `heldout`."""
        return self.classify(self.heldout.x)

    def notes(self) -> dict[str, str]:
        """What all metrics depend on."""
        binary = " (the likelier of black and white)" if self.data.spec.binary else ""
        return {
            "samples": f"{self.n:,}{binary}",
            "seed": str(self.seed),
            "real_images": f"{len(self.heldout.x):,} {self.split}",
            "fingerprint": self.data.fingerprint,
        }

    @property
    def _config(self) -> ImageConfig:
        assert isinstance(self.model.config.data, ImageConfig)
        return self.model.config.data

    @property
    def _split(self) -> ImageSet | None:
        return self.data.test if self.split == "test" else self.data.valid
