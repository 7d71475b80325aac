"""Models of images: sample, encode, decode, reconstruct, interpolate.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white); points are (N, D), unbounded.
"""

from collections.abc import Callable
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.capabilities import as_classifier, as_conditional
from textgan.data.types import Images, ImageSpec
from textgan.errors import UserError
from textgan.game import Game
from textgan.recipes import RunConfig
from textgan.sampling.base import Codes, TrainedModel, check_number
from textgan.sampling.cards import image_card
from textgan.sampling.inference import INFERENCE_BATCH_SIZE, inference
from textgan.sampling.noise import way
from textgan.training.checkpoint import Saved
from textgan.training.model_info import ModelInfo

ImageArray = npt.NDArray[np.float32]


@final
class ImageModel(TrainedModel):
    """Images <-> points of a continuous space.

    >>> import numpy, textgan
    >>> images = numpy.random.default_rng(0).integers(0, 256, (40, 16, 16), numpy.uint8)  # or a folder, MNIST, ...
    >>> model = textgan.train("ae", data=images, rounds=2, depth=4)
    >>> a, b = model.sample(2, seed=0)
    >>> model.interpolate(a, b, steps=8).shape
    (8, 1, 16, 16)

    Args:
        game: the trained model.
        config: how it was trained.
        info: what else is known of it.
    """

    def __init__(self, game: Game, config: RunConfig, info: ModelInfo = ModelInfo()) -> None:
        super().__init__(game, config, info=info)
        self.spec: ImageSpec = game.spec

    @classmethod
    def of(cls, saved: Saved) -> "ImageModel":
        """See `TrainedModel.of`."""
        if saved.tokenizer is not None:
            raise UserError("this is a model of sentences; load it with textgan.load or SentenceModel.from_pretrained")
        return cls(saved.game, saved.config, saved.info)

    def _about(self) -> list[str]:
        what = "images" if self.spec.is_image else "points"
        classes = [f"{self.spec.classes} classes"] if self.spec.classes else []
        return [f"{what} of {' x '.join(map(str, self.spec.shape))}", *classes]

    def card(self, place: str, config: RunConfig, dtype: str = "float32") -> str:
        """See `TrainedModel.card`."""
        return image_card(self, place, config, dtype)

    def sample(self, n: int = 1, seed: int = 0, label: int | None = None) -> ImageArray:
        """New images: codes drawn from the prior, decoded to mean pixels; see `discrete`.

        Args:
            n: how many.
            seed: the same seed gives the same images.
            label: the class wanted, of a conditional model; default: each with the same chance.

        Raises:
            UserError: a negative n, or a label that the model does not know.
        """
        check_number(n)
        self.check_label(label)
        conditional = as_conditional(self.game)
        with inference(self.game, seed) as game:
            if label is None or conditional is None:
                return self._decoded(game.prior(n))
            return self._decoded(conditional.prior_of(torch.full((n,), label, device=game.device)))

    def check_label(self, label: int | None) -> None:
        """Refuse a class that somebody asks for and the model does not know.

        Raises:
            UserError: it is another than those of a conditional model; of other models, it is any.
        """
        conditional = as_conditional(self.game) is not None
        if label is not None and not (conditional and 0 <= label < self.spec.classes):
            known = f"0 to {self.spec.classes - 1}" if conditional else "none: the model is not conditional"
            raise UserError(f"label is {label}; expected {known}")

    def discrete(self, x: ImageArray) -> ImageArray:
        """Mean pixels as pixels of the data: of binary images the likelier of -1 and 1; others as they are."""
        return np.where(x > 0, 1, -1).astype(np.float32) if self.spec.binary else x

    def encode(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> Codes:
        """Codes of images (N, C, H, W): float32, (N, D).

        Args:
            x: images.
            labels: their classes, (N,), or one class for all; a conditional model needs them, others do not see them.

        Raises:
            UserError: images of another shape, or labels that are missing or are no classes of the model.
        """
        return self._read(self.game.encode, x, labels, self.code_dim)

    def features(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> Codes:
        """What a classifier is given of images: float32, (N, F); the code, unless the model's paper says otherwise.

        Raises:
            UserError: see `encode`.
        """
        return self._read(self.game.features, x, labels)

    def classify(self, x: npt.ArrayLike) -> Codes:
        """Logits of the classes of images by the classifier in the model: float32, (N, K).

        Raises:
            UserError: images of another shape, or a model that does not classify.
        """
        classifier = as_classifier(self.game)
        if classifier is None:
            raise UserError(
                f"{self.config.model} does not classify; expected a model that does, such as ali --semi-supervised"
            )
        return self._read(classifier.classify, x, None, self.spec.classes)

    def decode(self, codes: npt.ArrayLike, seed: int = 0) -> ImageArray:
        """Mean pixels of codes (N, D): float32, (N, C, H, W).

        Raises:
            UserError: codes of another shape, or not finite.
        """
        z = self.checked_codes(codes)
        with inference(self.game, seed):
            return self._decoded(z.to(self.game.device))

    def reconstruct(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> ImageArray:
        """Images encoded and decoded again.

        Raises:
            UserError: see `encode`.
        """
        return self.decode(self.encode(x, labels))

    def interpolate(
        self,
        a: npt.ArrayLike,
        b: npt.ArrayLike,
        steps: int = 8,
        path: str | None = None,
        labels: npt.ArrayLike | None = None,
        space: str = "codes",
        seed: int = 0,
    ) -> ImageArray:
        """`steps` images on the way from the code of a to the code of b, both (C, H, W), ends included.

        Args:
            a: first image.
            b: last image.
            steps: images on the way.
            path: linear or slerp; default: the model's own.
            labels: of a conditional model, the classes of a and of b, or one for both; on the way they are mixed.
            space: codes; or, of ARAE, noise, see `SentenceModel.interpolate`.
            seed: of the search for noise.

        Raises:
            UserError: fewer than two steps, another path or space, or images or labels that `encode` does not take.
        """
        classes = self._labels(labels, 2).numpy()
        pairs = zip((a, b), classes, strict=True)
        ends = np.concatenate([self.encode(np.asarray(end, np.float32)[None], label) for end, label in pairs])
        return self.decode(way(self, ends, steps, path, space, seed))

    def _decoded(self, z: Tensor) -> ImageArray:
        images = [np.empty((0, *self.spec.shape), np.float32)]
        images += [self.game.decode(part).float().cpu().numpy() for part in z.split(INFERENCE_BATCH_SIZE) if len(part)]
        return np.concatenate(images)

    def _read(
        self, read: Callable[[Images], Tensor], x: npt.ArrayLike, labels: npt.ArrayLike | None, width: int = 0
    ) -> Codes:
        pixels = torch.as_tensor(np.asarray(x, np.float32))
        if tuple(pixels.shape[1:]) != self.spec.shape:
            raise UserError(
                f"images have shape {tuple(pixels.shape)}; expected (N, {', '.join(map(str, self.spec.shape))})"
            )
        known = self._labels(labels, len(pixels))
        codes = [np.empty((0, width), np.float32)] if width else []
        with inference(self.game) as game:
            for part, of_part in zip(
                pixels.split(INFERENCE_BATCH_SIZE), known.split(INFERENCE_BATCH_SIZE), strict=True
            ):
                batch = Images(part, of_part).to(game.device)
                codes += [read(batch).float().cpu().numpy()] if len(part) else []
        return np.concatenate(codes) if codes else np.empty((0, 0), np.float32)

    def _labels(self, labels: npt.ArrayLike | None, n: int) -> Tensor:
        """The classes of n images, -1 where they are not known, (n,).

        Raises:
            UserError: there are not as many, or a conditional model needs some that are not there.
        """
        given = np.asarray(-1 if labels is None else labels)
        if given.dtype.kind not in "iu" or given.shape not in ((), (n,)):
            raise UserError(f"labels are {given.dtype} of shape {given.shape}; expected {n:,} integers, or one for all")
        known = np.broadcast_to(given, n).astype(np.int64)
        strange = known[(known < 0) | (known >= self.spec.classes)]
        if as_conditional(self.game) is not None and len(strange):
            came = f"label {strange[0]}" if strange[0] != -1 else f"{len(strange):,} of {n:,} images without a label"
            raise UserError(
                f"{came}, and the model is conditional: it encodes an image with its class; expected classes from 0 to "
                f"{self.spec.classes - 1}: labels= in Python, --label or an .npz of x and y for commands"
            )
        return torch.from_numpy(known)
