"""What a trained model is for: sample, encode, decode, reconstruct, interpolate; and how it is shared.

Written once against encode / decode / prior, so every model of sentences has all of it.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.checkpoint import last_checkpoint, read_model, replaced_at_once, write_model
from textgan.config import Decoding
from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.data.tokenizer import Tokenizer
from textgan.data.types import Sentences
from textgan.device import find_device
from textgan.errors import UserError, reason_of
from textgan.game import Game, Randomness
from textgan.model_card import model_card
from textgan.recipes import RunConfig

Codes = npt.NDArray[np.float32]
ROWS = 256
SHEET = 4096
"""Codes drawn and sentences written at a time: memory is flat for any number of samples."""


@contextmanager
def at_rest(game: Game, seed: int = 0) -> Iterator[Game]:
    """The model as a user sees it: evaluation mode, no gradients, float32, randomness from `seed` in one process."""
    if seed < 0:
        raise UserError(f"seed is {seed}; expected 0 or more")
    training, randomness = game.training, game.random
    game.random = Randomness(seed)
    game.eval()
    try:
        with torch.inference_mode(), torch.autocast(game.device.type, enabled=False):
            yield game
    finally:
        game.random = randomness
        game.train(training)


class SentenceModel:
    """Sentences <-> points of a continuous space.

    >>> model = textgan.load("runs/arae-scenes")
    >>> model.interpolate("a man is sleeping .", "two dogs are running in the park .", steps=5)

    Args:
        game: the trained model.
        tokenizer: its tokenizer.
        config: how it was trained.
    """

    def __init__(self, game: Game, tokenizer: Tokenizer, config: RunConfig) -> None:
        self.game, self.tokenizer, self.config = game, tokenizer, config
        self.max_length = config.data.max_length

    @property
    def code_dim(self) -> int:
        """D, the size of a code."""
        return self.game.code_dim

    def sample(
        self, n: int = 1, seed: int = 0, temperature: float = 0.0, decoding: Decoding | None = None
    ) -> list[str]:
        """New sentences: codes drawn from the prior, decoded.

        Args:
            n: how many.
            seed: the same seed gives the same sentences.
            temperature: 0 decodes each code greedily; the codes differ, so the sentences do.
            decoding: top-k, top-p, beam search; replaces `temperature`.

        Raises:
            UserError: a negative n, or a decoding that contradicts itself.
        """
        decoding = decoding or Decoding(temperature=temperature)
        return [self.tokenizer.decode(ids) for ids in self.sample_ids(n, seed, decoding)]

    def sample_ids(self, n: int, seed: int = 0, decoding: Decoding = Decoding()) -> list[list[int]]:
        """As `sample`, but the token ids of each sentence, without begin and end.

        Raises:
            UserError: a negative n.
        """
        if n < 0:
            raise UserError(f"n is {n}; expected 0 or more sentences")
        written: list[list[int]] = []
        with at_rest(self.game, seed) as game:
            for start in range(0, n, SHEET):
                tokens = game.decode(game.prior(min(SHEET, n - start)), decoding)
                written += [row[: row.index(EOS)] for row in tokens.tolist()]
        return written

    def encode(self, sentences: Sequence[str]) -> Codes:
        """Codes of sentences, float32, (N, D). A sentence longer than those of the training is cut to max_length."""
        if isinstance(sentences, str):
            raise UserError("encode got one string; expected a list of sentences: write [sentence]")
        codes = np.empty((len(sentences), self.code_dim), dtype=np.float32)
        rows = [self.tokenizer.encode(s)[: self.max_length] for s in sentences]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))  # near-equal lengths side by side: less padding
        with at_rest(self.game) as game:
            for start in range(0, len(order), ROWS):
                chunk = order[start : start + ROWS]
                codes[chunk] = game.encode(batch_of([rows[i] for i in chunk]).to(game.device)).float().cpu().numpy()
        return codes

    def decode(self, codes: npt.ArrayLike | Tensor, seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """Sentences of codes (N, D).

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
        with at_rest(self.game, seed) as game:
            return self.to_text(game.decode(z.to(game.device), decoding)) if len(z) else []

    def reconstruct(self, sentences: Sequence[str], seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """Sentences encoded and decoded again."""
        return self.decode(self.encode(sentences), seed, decoding)

    def interpolate(self, a: str, b: str, steps: int = 7, seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """`steps` sentences on the straight line from the code of a to the code of b, both ends included.

        Raises:
            UserError: fewer than two steps.
        """
        if steps < 2:
            raise UserError(f"steps is {steps}; expected 2 or more: the ends are counted")
        first, last = self.encode([a, b])
        share = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
        return self.decode((1 - share) * first + share * last, seed, decoding)

    def unknown_words(self, sentence: str) -> int:
        """Tokens of a sentence that the vocabulary does not hold."""
        return sum(token == UNK for token in self.tokenizer.encode(sentence))

    def to_text(self, tokens: Tensor) -> list[str]:
        """Token ids (B, T) as sentences."""
        return [self.tokenizer.decode(row) for row in tokens.tolist()]

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config.json, model.safetensors, tokenizer/ and a model card README.md into a new folder.

        Raises:
            UserError: the folder is there and not empty.
        """
        folder = Path(folder)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} exists and is not empty; expected a new folder")
        if folder.exists():
            folder.rmdir()
        config = _without_place(self.config)
        with replaced_at_once(folder) as aside:
            write_model(aside, self.game, self.tokenizer, config)
            (aside / "README.md").write_text(model_card(self, config), encoding="utf-8")

    @classmethod
    def from_pretrained(cls, name: str | Path, device: str = "auto", revision: str | None = None) -> "SentenceModel":
        """The model in a folder that `save_pretrained` wrote, in a run folder, or on the Hugging Face hub.

        Args:
            name: folder, or owner/name on the hub.
            device: auto, cpu or cuda.
            revision: of a model on the hub.

        Raises:
            UserError: nothing loadable there.
        """
        place = _find(name, revision)
        try:
            saved = read_model(place)
        except UserError:
            newer = last_checkpoint(Path(name))
            if newer in (None, place):
                raise
            saved = read_model(newer)  # a run that is being trained replaced its checkpoint in between
        saved.game.to(find_device(device))
        saved.game.eval()
        return cls(saved.game, saved.tokenizer, saved.config)


def _without_place(config: RunConfig) -> RunConfig:
    """The settings without the folders that lead to the corpus, which are nobody's business."""
    data = config.data.data
    name = Path(data).name if Path(data).is_absolute() else data
    return dataclasses.replace(config, data=dataclasses.replace(config.data, data=name))


def batch_of(rows: Sequence[Sequence[int]]) -> Sentences:
    """Token ids without specials as a batch."""
    width = max(map(len, rows), default=0) + 2
    tokens = torch.tensor([[BOS, *row, EOS] + [PAD] * (width - 2 - len(row)) for row in rows])
    lengths = torch.tensor([len(row) + 1 for row in rows])
    return Sentences(tokens, lengths, float(lengths.sum()))


def load(path: str | Path, device: str = "auto") -> SentenceModel:
    """The model of a run folder, of a folder written by `save_pretrained`, or of the Hugging Face hub.

    Raises:
        UserError: nothing loadable there.
    """
    return SentenceModel.from_pretrained(path, device)


def _find(name: str | Path, revision: str | None) -> Path:
    folder = Path(name)
    if (folder / "config.json").exists():
        return folder
    if folder.exists():
        checkpoint = last_checkpoint(folder)
        if checkpoint is None:
            raise UserError(f"{folder} holds no model yet; expected a run with a checkpoint, or a saved model")
        return checkpoint
    parts = str(name).split("/")
    if len(parts) != 2 or parts[0] in ("", ".", "..", "runs"):
        raise UserError(
            f"{name} not found; expected a run folder, a saved model, or owner/name on the Hugging Face hub"
        )
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(str(name), revision=revision))
    except Exception as error:  # the hub's client raises its own, its transport's and the system's errors
        raise UserError(
            f"{name} is no folder here, and the Hugging Face hub did not give it ({reason_of(error)})"
        ) from error
