"""What every trained model can do: codes in and out, saved and loaded."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.data.modality import BUILT_IN_TEXT
from textgan.data.tokenizer import Tokenizer
from textgan.device import find_device
from textgan.errors import UserError
from textgan.files import expanded, scratch
from textgan.game import Game
from textgan.places import find_model
from textgan.recipes import RunConfig
from textgan.sampling.inference import inference
from textgan.sampling.sharing import check_repository, upload, write_folder
from textgan.training.checkpoint import Saved, read_model
from textgan.training.model_info import ModelInfo, with_evaluation
from textgan.training.run_folder import last_checkpoint

_MOST_STEPS = 10**6
MOST = 10**8
"""Samples at once; their memory is that of the results."""

Codes = npt.NDArray[np.float32]


class TrainedModel(ABC):
    """Data <-> points of a continuous space.

    Args:
        network: the trained model, an `nn.Module`.
        config: how it was trained.
        tokenizer: of sentences; None for images.
        info: what else is known of it, such as how long it was trained and what was measured.
    """

    def __init__(
        self, network: Game, config: RunConfig, tokenizer: Tokenizer | None = None, info: ModelInfo = ModelInfo()
    ) -> None:
        self.network, self.config, self.info = network, config, info
        self._tokenizer = tokenizer

    def __repr__(self) -> str:
        config, size = self.config, sum(p.numel() for p in self.network.parameters())
        about = [f"{size:,} parameters", f"codes of {self.code_dim}", *self._about()]
        return f"<{type(self).__name__} {config.model} of {config.data.data}: {', '.join(about)}>"

    @abstractmethod
    def _about(self) -> list[str]:
        """What is worth knowing of a model besides its size, a few words each."""

    @property
    def code_dim(self) -> int:
        """D, the size of a code."""
        return self.network.code_dim

    @classmethod
    @abstractmethod
    def of(cls, saved: Saved) -> Self:
        """The model that was read from disk.

        Raises:
            UserError: it makes something else.
        """

    @abstractmethod
    def card(self, place: str, config: RunConfig, dtype: str = "float32") -> str:
        """The README.md that goes with the model when it is shared.

        Args:
            place: by which `textgan.load` will find it.
            config: how it was trained, without folders.
            dtype: how its weights are stored.
        """

    def checked_codes(self, codes: npt.ArrayLike | Tensor) -> Tensor:
        """Codes from a user as a tensor (N, D).

        Raises:
            UserError: codes of another shape, or not finite.
        """
        try:
            z = torch.as_tensor(codes if isinstance(codes, Tensor) else np.asarray(codes, np.float32)).float()
        except (TypeError, ValueError) as error:
            raise UserError(f"codes are no array of numbers ({error}); expected (N, {self.code_dim})") from error
        if z.ndim != 2 or z.shape[1] != self.code_dim:
            raise UserError(f"codes have shape {tuple(z.shape)}; expected (N, {self.code_dim})")
        if not z.isfinite().all():
            raise UserError("codes hold values that are not finite; expected numbers")
        return z

    def prior_codes(self, n: int, seed: int = 0) -> Codes:
        """n codes drawn from the prior, (n, D).

        Raises:
            UserError: a negative n, or one without end.
        """
        check_number(n)
        with inference(self.network, seed) as game:
            return game.prior(n).float().cpu().numpy()

    def between(self, first: Codes, last: Codes, steps: int, path: str | None = None) -> Codes:
        """`steps` codes on the way from first to last, both (D,), ends included: (steps, D).

        The one definition of interpolation: of sentences and images, in sampling, evaluation and pictures.

        Args:
            first: where it begins.
            last: where it ends.
            steps: codes on the way.
            path: linear or slerp, see `line`, which refuses others; default: the model's own, `Game.path`.
        """
        return line(first, last, steps, self.network.path if path is None else path, self.network.classes)

    def save_pretrained(
        self,
        folder: str | Path,
        dtype: str = "float32",
        *,
        name: str | None = None,
        license: str | None = None,
        language: str | Sequence[str] | None = None,
    ) -> None:
        """Write config.json, model.safetensors, for sentences tokenizer/, and a model card README.md to a new folder.

        Args:
            folder: new, or empty.
            dtype: how weights are stored: float32, float16 (half the size) or int8 (a quarter, see `textgan.weights`).
                What is read back computes in float32, and differs a little from this model where it was compact.
            name: title of the model card; default: the model's and the data's.
            license: of these weights, as the Hugging Face hub names licences, such as apache-2.0 or cc-by-4.0.
            language: of the sentences, an ISO 639 code such as en, or several; the built-in corpora's is known.

        Raises:
            UserError: the folder is there and not empty, or cannot be written; no such dtype; or a licence or language
                that the hub cannot know.
        """
        folder = expanded(folder)
        write_folder(type(self), self._shared_as(name, license, language), folder, None, dtype)

    def push_to_hub(
        self,
        repo: str,
        *,
        private: bool | None = None,
        token: str | None = None,
        commit_message: str | None = None,
        dtype: str = "float32",
        name: str | None = None,
        license: str | None = None,
        language: str | Sequence[str] | None = None,
    ) -> str:
        """Save the model to the Hugging Face hub, as `save_pretrained` does to a folder; `textgan.load(repo)` loads it.

        Args:
            repo: owner/name; made if it is not there, else a new commit replaces its files.
            private: whether a new repository is private; default: as its owner's settings say.
            token: of a user who may write there; default: that of `hf auth login`, or of HF_TOKEN.
            commit_message: default: the model's name.
            dtype: see `save_pretrained`, as for name, license and language.
            name: title of the model card.
            license: of these weights.
            language: of the sentences.

        Returns:
            Its address.

        Raises:
            UserError: no such name, no token, no network, a repository of others; or see `save_pretrained`.
        """
        check_repository(repo)
        saved = self._shared_as(name, license, language)
        with scratch() as place:
            write_folder(type(self), saved, place / "model", repo, dtype)
            return upload(place / "model", repo, private, token, commit_message or f"{self.config.model} of textgan")

    def _shared_as(self, name: str | None, license: str | None, language: str | Sequence[str] | None) -> Saved:
        known = self.config.data.data in BUILT_IN_TEXT and not self.info.languages
        info = self.info.shared_as(name, license, "en" if known and language is None else language)
        return Saved(self.network, self._tokenizer, self.config, "", info)

    @classmethod
    def from_pretrained(cls, name: str | Path, device: str = "auto", revision: str | None = None) -> Self:
        """The model in a folder that `save_pretrained` wrote, in a run folder, in the box, or on the Hugging Face hub.

        Args:
            name: folder, a model that comes with textgan such as scenes, or owner/name on the hub; see `find_model`.
            device: auto, cpu or cuda.
            revision: of a model on the hub.

        Raises:
            UserError: nothing loadable there.
        """
        return cls.of(read_saved(name, device, revision))


def read_saved(name: str | Path, device: str = "auto", revision: str | None = None) -> Saved:
    """The newest model of that name, on its device; see `TrainedModel.from_pretrained`."""
    place = find_model(name, revision)
    try:
        saved = read_model(place)
    except UserError:
        newer = last_checkpoint(expanded(name))
        if newer in (None, place):
            raise
        saved = read_model(newer)  # a run that is being trained replaced its checkpoint in between
    saved.game.to(find_device(device))
    saved.game.eval()
    return saved._replace(info=with_evaluation(saved.info, place, saved.config.data.data))


def check_number(n: int) -> None:
    """Refuse numbers of samples that nobody could make.

    Raises:
        UserError: a negative one, or one without end.
    """
    if not 0 <= n <= MOST:
        raise UserError(f"n is {n}; expected 0 to {MOST:,}")


def check_steps(steps: int, most: int = _MOST_STEPS) -> None:
    """Refuse a way of fewer than two points, or without end.

    Raises:
        UserError: it is one.
    """
    if not 2 <= steps <= most:
        raise UserError(f"steps is {steps}; expected 2 to {most:,}: the ends are counted")


def line(
    first: npt.NDArray[np.float32], last: npt.NDArray[np.float32], steps: int, path: str = "linear", classes: int = 0
) -> Codes:
    """`steps` codes from first to last, both (D,), ends included: (steps, D).

    Args:
        first: where it begins.
        last: where it ends.
        steps: codes on the way.
        path: linear, or slerp: along the great circle, the norm changing evenly (White 2016, arXiv 1609.04468).
        classes: values at the end of a code that are a one-hot label: they change evenly on either path.

    Raises:
        UserError: fewer than two steps, steps without end, or another path.
    """
    check_steps(steps)
    share = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    straight: Codes = (1 - share) * first + share * last
    if path == "linear":
        return straight
    if path != "slerp":
        raise UserError(f"path is {path!r}; expected linear or slerp")
    dim = len(first) - classes
    lengths = np.maximum(np.linalg.norm([first[:dim], last[:dim]], axis=1), 1e-12)
    a, b = first[:dim] / lengths[0], last[:dim] / lengths[1]
    angle = np.arccos(np.clip(a @ b, -1, 1))
    if np.sin(angle) < 1e-4:  # parallel, or opposite: no great circle is nearer than another
        return straight
    direction = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
    straight[:, :dim] = ((1 - share) * lengths[0] + share * lengths[1]) * direction
    return straight
