"""Models of images: sample, encode, decode, reconstruct, interpolate.

Images are float32 arrays (N, C, H, W) from -1 (black) to 1 (white); points are (N, D), unbounded.
"""

from typing import final

import numpy as np
import numpy.typing as npt
import torch

from textgan.checkpoint import Saved
from textgan.data.types import Images, ImageSpec
from textgan.errors import UserError
from textgan.game import Game
from textgan.model_card import image_model_card
from textgan.recipes import RunConfig
from textgan.sampling.base import Codes, TrainedModel, at_rest, line

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

    def card(self, config: RunConfig) -> str:
        """See `TrainedModel.card`."""
        return image_model_card(self, config)

    def sample(self, n: int = 1, seed: int = 0) -> Pixels:
        """New images: codes drawn from the prior, decoded to mean pixels; see `discrete`.

        Args:
            n: how many.
            seed: the same seed gives the same images.

        Raises:
            UserError: a negative n.
        """
        if n < 0:
            raise UserError(f"n is {n}; expected 0 or more images")
        drawn = [np.empty((0, *self.spec.shape), np.float32)]
        with at_rest(self.game, seed) as game:
            for start in range(0, n, ROWS):
                x = game.decode(game.prior(min(ROWS, n - start)))
                drawn.append(x.float().cpu().numpy())
        return np.concatenate(drawn)

    def discrete(self, x: Pixels) -> Pixels:
        """Mean pixels as pixels of the data: of binary images the likelier of -1 and 1; others as they are."""
        return np.where(x > 0, 1, -1).astype(np.float32) if self.spec.binary else x

    def encode(self, x: npt.ArrayLike) -> Codes:
        """Codes of images (N, C, H, W): float32, (N, D).

        Raises:
            UserError: images of another shape.
        """
        return self._codes(x, self.code_dim, features=False)

    def features(self, x: npt.ArrayLike) -> Codes:
        """What a classifier is given of images: float32, (N, F); the code, unless the model's paper says otherwise."""
        return self._codes(x, None, features=True)

    def decode(self, codes: npt.ArrayLike, seed: int = 0) -> Pixels:
        """Mean pixels of codes (N, D): float32, (N, C, H, W).

        Raises:
            UserError: codes of another shape, or not finite.
        """
        z = self.checked_codes(codes)
        images = [np.empty((0, *self.spec.shape), np.float32)]
        with at_rest(self.game, seed) as game:
            images += [game.decode(part.to(game.device)).float().cpu().numpy() for part in z.split(ROWS) if len(part)]
        return np.concatenate(images)

    def reconstruct(self, x: npt.ArrayLike) -> Pixels:
        """Images encoded and decoded again."""
        return self.decode(self.encode(x))

    def interpolate(self, a: npt.ArrayLike, b: npt.ArrayLike, steps: int = 8, path: str | None = None) -> Pixels:
        """`steps` images on the way from the code of a to the code of b, both (C, H, W), ends included.

        Args:
            a: first image.
            b: last image.
            steps: images on the way.
            path: linear or slerp; default: the model's own.

        Raises:
            UserError: fewer than two steps, another path, or images of another shape.
        """
        first, last = (self.encode(np.asarray(end, np.float32)[None])[0] for end in (a, b))
        return self.decode(line(first, last, steps, path or self.game.path))

    def _codes(self, x: npt.ArrayLike, width: int | None, features: bool) -> Codes:
        pixels = torch.as_tensor(np.asarray(x, np.float32))
        if tuple(pixels.shape[1:]) != self.spec.shape:
            raise UserError(
                f"images have shape {tuple(pixels.shape)}; expected (N, {', '.join(map(str, self.spec.shape))})"
            )
        codes = []
        with at_rest(self.game) as game:
            read = game.features if features else game.encode
            for part in pixels.split(ROWS):
                batch = Images(part, torch.full((len(part),), -1)).to(game.device)
                codes.append(read(batch).float().cpu().numpy())
        return np.concatenate(codes) if len(pixels) else np.empty((0, width or 0), np.float32)
