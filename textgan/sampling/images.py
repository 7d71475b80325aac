"""Models of images: sample, encode, decode, reconstruct, interpolate.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white); points are (N, D), unbounded.
"""

from collections.abc import Callable
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.checkpoint import Saved
from textgan.data.types import Images, ImageSpec
from textgan.errors import UserError
from textgan.game import Game
from textgan.model_card import image_model_card
from textgan.recipes import RunConfig
from textgan.sampling.base import Codes, TrainedModel, at_rest
from textgan.sampling.noise import way

Pixels = npt.NDArray[np.float32]
ROWS = 256


@final
class ImageModel(TrainedModel):
    """Images <-> points of a continuous space.

    >>> model = textgan.load("runs/acai-mnist")
    >>> model.interpolate(first, last, steps=8)

    Args:
        game: the trained model.
        config: how it was trained.
    """

    def __init__(self, game: Game, config: RunConfig) -> None:
        super().__init__(game, config)
        self.spec: ImageSpec = game.spec

    @classmethod
    def of(cls, saved: Saved) -> "ImageModel":
        """See `TrainedModel.of`."""
        if saved.tokenizer is not None:
            raise UserError("this is a model of sentences; load it with textgan.load or SentenceModel.from_pretrained")
        return cls(saved.game, saved.config)

    def card(self, config: RunConfig, dtype: str = "float32") -> str:
        """See `TrainedModel.card`."""
        return image_model_card(self, config, dtype)

    def sample(self, n: int = 1, seed: int = 0, label: int | None = None) -> Pixels:
        """New images: codes drawn from the prior, decoded to mean pixels; see `discrete`.

        Args:
            n: how many.
            seed: the same seed gives the same images.
            label: the class wanted, of a conditional model; default: each with the same chance.

        Raises:
            UserError: a negative n, or a label that the model does not know.
        """
        if n < 0:
            raise UserError(f"n is {n}; expected 0 or more images")
        if label is not None and not (self.game.conditional and 0 <= label < self.spec.classes):
            known = f"0 to {self.spec.classes - 1}" if self.game.conditional else "none: the model is not conditional"
            raise UserError(f"label is {label}; expected {known}")
        with at_rest(self.game, seed) as game:
            if label is None:
                return self._decoded(game.prior(n))
            return self._decoded(game.prior_of(torch.full((n,), label, device=game.device)))

    def discrete(self, x: Pixels) -> Pixels:
        """Mean pixels as pixels of the data: of binary images the likelier of -1 and 1; others as they are."""
        return np.where(x > 0, 1, -1).astype(np.float32) if self.spec.binary else x

    def encode(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> Codes:
        """Codes of images (N, C, H, W): float32, (N, D).

        Args:
            x: images.
            labels: their classes, for a conditional model, (N,); default: not known.

        Raises:
            UserError: images of another shape.
        """
        return self._read(self.game.encode, x, labels, self.code_dim)

    def features(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> Codes:
        """What a classifier is given of images: float32, (N, F); the code, unless the model's paper says otherwise."""
        return self._read(self.game.features, x, labels)

    def classify(self, x: npt.ArrayLike) -> Codes:
        """Logits of the classes of images by the model's own classifier: float32, (N, K).

        Raises:
            UserError: images of another shape, or a model that does not classify.
        """
        if not self.game.classifies:
            raise UserError(
                f"{self.config.model} does not classify; expected one that was made to: ali --semi-supervised"
            )
        return self._read(self.game.classify, x, None, self.spec.classes)

    def decode(self, codes: npt.ArrayLike, seed: int = 0) -> Pixels:
        """Mean pixels of codes (N, D): float32, (N, C, H, W).

        Raises:
            UserError: codes of another shape, or not finite.
        """
        z = self.checked_codes(codes)
        with at_rest(self.game, seed):
            return self._decoded(z.to(self.game.device))

    def reconstruct(self, x: npt.ArrayLike, labels: npt.ArrayLike | None = None) -> Pixels:
        """Images encoded and decoded again."""
        return self.decode(self.encode(x, labels))

    def interpolate(
        self,
        a: npt.ArrayLike,
        b: npt.ArrayLike,
        steps: int = 8,
        path: str | None = None,
        space: str = "codes",
        seed: int = 0,
    ) -> Pixels:
        """`steps` images on the way from the code of a to the code of b, both (C, H, W), ends included.

        Args:
            a: first image.
            b: last image.
            steps: images on the way.
            path: linear or slerp; default: the model's own.
            space: codes; or, of ARAE, noise, see `SentenceModel.interpolate`.
            seed: of the search for noise.

        Raises:
            UserError: fewer than two steps, another path or space, or images of another shape.
        """
        ends = np.concatenate([self.encode(np.asarray(end, np.float32)[None]) for end in (a, b)])
        return self.decode(way(self, ends, steps, path, space, seed))

    def _decoded(self, z: Tensor) -> Pixels:
        images = [np.empty((0, *self.spec.shape), np.float32)]
        images += [self.game.decode(part).float().cpu().numpy() for part in z.split(ROWS) if len(part)]
        return np.concatenate(images)

    def _read(
        self, read: Callable[[Images], Tensor], x: npt.ArrayLike, labels: npt.ArrayLike | None, width: int = 0
    ) -> Codes:
        pixels = torch.as_tensor(np.asarray(x, np.float32))
        if tuple(pixels.shape[1:]) != self.spec.shape:
            raise UserError(
                f"images have shape {tuple(pixels.shape)}; expected (N, {', '.join(map(str, self.spec.shape))})"
            )
        known = torch.full((len(pixels),), -1) if labels is None else torch.as_tensor(np.asarray(labels, np.int64))
        codes = [np.empty((0, width), np.float32)] if width else []
        with at_rest(self.game) as game:
            for part, of_part in zip(pixels.split(ROWS), known.split(ROWS), strict=True):
                batch = Images(part, of_part).to(game.device)
                codes += [read(batch).float().cpu().numpy()] if len(part) else []
        return np.concatenate(codes) if codes else np.empty((0, 0), np.float32)
