"""Models of sentences: sample, encode, decode, reconstruct, interpolate.

Written once against encode / decode / prior, so every model of sentences has all of it.
"""

import dataclasses
from collections.abc import Sequence
from typing import final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from textgan.capabilities import as_conditional
from textgan.data.in_memory import tokenize_rows
from textgan.data.specials import EOS, UNK
from textgan.data.tokenizer import Tokenizer
from textgan.errors import UserError
from textgan.game import Game
from textgan.recipes import RunConfig
from textgan.recipes.sentences import learns_words_alone
from textgan.sampling.base import Codes, TrainedModel, check_number
from textgan.sampling.cards import sentence_card
from textgan.sampling.constraints import ConstrainedSampler, Constraints
from textgan.sampling.inference import inference
from textgan.sampling.lines import class_probabilities, decode_lines, encode_lines
from textgan.sampling.noise import way
from textgan.sampling.phrases import as_phrases
from textgan.sampling.smooth import WAY_POINTS, PathSearch, check_smooth
from textgan.settings import Decoding
from textgan.training.checkpoint import Saved
from textgan.training.model_info import ModelInfo

Texts = Sequence[str] | Sequence[tuple[str, ...]]
"""Sentences, or pairs of them."""

CHUNK_SIZE = 4096
"""Sentences sampled at a time, so that any number of samples needs the same memory."""


@final
class SentenceModel(TrainedModel):
    """Sentences <-> points of a continuous space.

    >>> import textgan
    >>> model = textgan.load("scenes")
    >>> model.interpolate("a man is sleeping .", "two dogs are running in the park .", steps=5)[0]
    'a man is sleeping .'

    Args:
        network: the trained model, an `nn.Module`.
        tokenizer: its tokenizer.
        config: how it was trained.
        info: what else is known of it.
    """

    def __init__(self, network: Game, tokenizer: Tokenizer, config: RunConfig, info: ModelInfo = ModelInfo()) -> None:
        super().__init__(network, config, tokenizer, info)
        self.tokenizer = tokenizer
        self.max_length: int = network.spec.max_length

    @classmethod
    def of(cls, saved: Saved) -> "SentenceModel":
        """See `TrainedModel.of`."""
        if saved.tokenizer is None:
            raise UserError("this is a model of images; load it with textgan.load or ImageModel.from_pretrained")
        return cls(saved.game, saved.tokenizer, saved.config, saved.info)

    def _about(self) -> list[str]:
        sizes = [f"{self.tokenizer.vocab_size:,} tokens", f"at most {self.max_length} in a sentence"]
        return sizes + ([f"labels {', '.join(self.labels[:10])}"] if self.labels else [])

    def card(self, place: str, config: RunConfig, dtype: str = "float32") -> str:
        """See `TrainedModel.card`."""
        return sentence_card(self, place, config, dtype)

    def sample(
        self,
        n: int = 1,
        seed: int = 0,
        temperature: float | None = None,
        decoding: Decoding | None = None,
        *,
        label: str | None = None,
        contains: Sequence[str] = (),
        avoid: Sequence[str] = (),
        prefix: str = "",
        length: tuple[int, int] | None = None,
        best_of: int = 1,
        unique: bool = False,
    ) -> list[str]:
        """New sentences: codes drawn from the prior, decoded.

        >>> import textgan
        >>> model = textgan.load("scenes")
        >>> ["dog" in sentence.split() for sentence in model.sample(2, contains=["dog"], length=(4, 12))]
        [True, True]

        Args:
            n: how many.
            seed: the same seed gives the same sentences.
            temperature: 0 decodes each code greedily: the codes differ, so the sentences do. None: the model's usual,
                `game.sampling_temperature`, which validation chose during training.
            decoding: top-k, top-p, beam search; replaces `temperature`.
            label: class of the sentences, for a model that learned labels.
            contains: words or phrases that every sentence contains.
            avoid: words or phrases that no sentence contains.
            prefix: how every sentence begins.
            length: fewest and most tokens.
            best_of: sentences sampled for each code, of which one is kept, see `textgan.sampling.ranking`.
            unique: no sentence twice. Where no more are found there are fewer, with a warning.

        Raises:
            UserError: a negative n; a decoding that contradicts itself; constraints that cannot be satisfied, see
                `textgan.sampling.constraints`.
        """
        decoding = decoding or Decoding(temperature=temperature)
        constraints = Constraints(label, as_phrases("contains", contains), as_phrases("avoid", avoid), prefix, length)
        if not (constraints or unique or best_of != 1):
            return [self.tokenizer.decode(ids) for ids in self.sample_ids(n, seed, decoding)]
        self._need_attribute(decoding)
        check_number(n)
        decoding = decoding.settled(self.network.sampling_temperature)
        return ConstrainedSampler(self, constraints, best_of, decoding, seed).draw(n, unique)

    def sample_ids(self, n: int, seed: int = 0, decoding: Decoding = Decoding()) -> list[list[int]]:
        """As `sample`, but the token ids of each sentence, without begin and end.

        Raises:
            UserError: a negative n, or guidance of a model without attributes.
        """
        self._need_attribute(decoding)
        decoding = decoding.settled(self.network.sampling_temperature)
        check_number(n)
        written: list[list[int]] = []
        with inference(self.network, seed) as game:
            for start in range(0, n, CHUNK_SIZE):
                tokens = game.decode(game.prior(min(CHUNK_SIZE, n - start)), decoding)
                written += [row[: row.index(EOS)] for row in tokens.tolist()]
        return written

    def encode(self, sentences: Sequence[str]) -> Codes:
        """Codes of sentences, float32, (N, D). A sentence longer than those of the training is cut to max_length."""
        self._need_codes()
        if isinstance(sentences, str):
            raise UserError("encode got one string; expected a list of sentences: write [sentence]")
        return encode_lines(self.network, self._lines(sentences))

    def decode(self, codes: npt.ArrayLike | Tensor, seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """Sentences of codes (N, D).

        Raises:
            UserError: codes of another shape, or not finite, or guidance of a model without attributes.
        """
        self._need_codes()
        self._need_attribute(decoding)
        z = self.checked_codes(codes)
        with inference(self.network, seed) as game:
            return self.to_text(game.decode(z.to(game.device), decoding)) if len(z) else []

    def reconstruct(self, sentences: Sequence[str], seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """Sentences encoded and decoded again."""
        self._need_attribute(decoding)
        return self.decode(self.encode(sentences), seed, decoding)

    def interpolate(
        self,
        a: str | None = None,
        b: str | None = None,
        steps: int = 7,
        seed: int = 0,
        decoding: Decoding = Decoding(),
        path: str | None = None,
        space: str = "codes",
        smooth: bool = False,
        reconstruct_ends: bool = False,
    ) -> list[str]:
        """`steps` sentences on the way from a to b, both ends included.

        >>> import textgan
        >>> textgan.load("scenes").interpolate("a man is sleeping .", "a woman is running .", smooth=True)[-1]
        'a woman is running .'

        Args:
            a: first sentence; with neither a nor b both are drawn, as samples are.
            b: last sentence.
            steps: sentences on the way.
            seed: of what is drawn.
            decoding: how they are read off the codes.
            path: linear or slerp; default: the model's own, see `between`.
            space: the way is one of codes; or, of ARAE, of its generator's noise, as in its paper: then of a and b the
                noise is searched whose codes are nearest, and the ends are what these say. Default path: linear.
            smooth: choose, among many sentences along the way, lines that change little and read well, see
                `textgan.sampling.smooth`; the ends are the sentences given.
            reconstruct_ends: with smooth, the ends are the reconstructions of the sentences given.

        Raises:
            UserError: fewer than two steps, one sentence without the other, another path or space.
        """
        self._need_codes()
        if (a is None) != (b is None):
            raise UserError("interpolate got one sentence; expected two, or none, so that both are drawn")
        if reconstruct_ends and not smooth:
            raise UserError("reconstruct_ends needs smooth; the ends of a straight path are always reconstructed")
        ends = None if a is None or b is None else self.encode([a, b])
        if not smooth:
            return self.decode(way(self, ends, steps, path, space, seed), seed, decoding)
        self._need_attribute(decoding)
        check_smooth(self.network, steps)
        points = way(self, ends, WAY_POINTS, path, space, seed)
        given = [] if a is None or b is None or reconstruct_ends else [a, b]
        first, last = self._lines(given) if given else decode_lines(self.network, points[[0, -1]], decoding, seed)
        lines = PathSearch(self.network, first, last, points, decoding, seed, self.tokenizer).path(steps)
        ends_as_given = {tuple(last): given[1], tuple(first): given[0]} if given else {}
        texts = [ends_as_given.get(line, self.tokenizer.decode(list(line))) for line in lines]
        return [*texts[:-1], *given[1:]] if given else texts

    def transfer(self, sentences: Sequence[str], to: str, seed: int = 0, decoding: Decoding = Decoding()) -> list[str]:
        """Sentences that say the same with another attribute, as of Yelp's the other sentiment.

        Args:
            sentences: to rewrite.
            to: the attribute wanted, one of `labels`.
            seed: of the drawing, with a temperature above 0.
            decoding: how they are read off the codes; more guidance gives more of the attribute and less of the source:
                0.8 is usual, 0 is the paper's.

        Raises:
            UserError: the model exchanges no attributes, or not this one.
        """
        conditional = as_conditional(self.network)
        if conditional is None or not self.labels:
            raise UserError(f"{self.config.model} exchanges no attributes; expected a model arae_transfer")
        if to not in self.labels:
            raise UserError(f"attribute {to!r} is not known; expected one of {', '.join(self.labels)}")
        if decoding.guidance is None:
            decoding = dataclasses.replace(decoding, guidance=self.network.guidance)
        z = torch.from_numpy(self.encode(sentences))
        return self.decode(conditional.with_attribute(z, self.labels.index(to)), seed, decoding)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes that the model predicts; none if it learned no labels."""
        return tuple(self.network.spec.labels)

    def classify(self, sentences: Texts) -> list[str]:
        """The likeliest label of each sentence, or of each pair where it learned labels of pairs.

        Raises:
            UserError: see `probabilities`.
        """
        return [self.labels[k] for k in self.probabilities(sentences).argmax(1)] if len(sentences) else []

    def probabilities(self, sentences: Texts) -> npt.NDArray[np.float64]:
        """Probabilities of the labels of sentences or pairs, (N, K), in the order of `labels`.

        A sentence longer than those of the training is cut to max_length.

        Raises:
            UserError: the model learned no labels, or pairs are given for sentences or the other way.
        """
        if not self.labels:
            raise UserError(f"this {self.config.model} learned no labels; expected one trained with --labels")
        wanted = 2 if self.network.spec.pairs else 1
        rows = [(row,) if isinstance(row, str) else tuple(row) for row in sentences]
        if isinstance(sentences, str) or any(len(row) != wanted for row in rows):
            raise UserError(
                f"expected a list of {'pairs of sentences' if wanted == 2 else 'sentences'}, as in training"
            )
        file = tokenize_rows(rows, self.tokenizer, self.max_length)
        return class_probabilities(self.network, file, np.arange(len(rows)) * wanted)

    def _need_text(self) -> None:
        if self.labels and learns_words_alone(self.config.settings):
            raise UserError("this model learned labels from words, and nothing of sentences; expected one with codes")

    def _need_codes(self) -> None:
        self._need_text()
        if self.code_dim == 0:
            raise UserError(f"{self.config.model} has no codes, only sentences; expected a model that encodes them")

    def _need_attribute(self, decoding: Decoding) -> None:
        self._need_text()
        if decoding.guidance and as_conditional(self.network) is None:
            reason = f"{self.config.model}'s decoder is conditioned on no attribute"
            raise UserError(f"guidance is {decoding.guidance:g}, but {reason}; leave it out")

    def _lines(self, sentences: Sequence[str]) -> list[list[int]]:
        """Token ids of sentences, those of a sentence longer than those of the training cut."""
        return [self.tokenizer.encode(sentence)[: self.max_length] for sentence in sentences]

    def count_words(self, sentence: str) -> tuple[int, int]:
        """Tokens of a sentence, and how many of them the vocabulary does not hold."""
        tokens = self.tokenizer.encode(sentence)
        return len(tokens), tokens.count(UNK)

    def to_text(self, tokens: Tensor) -> list[str]:
        """Token ids (B, T) as sentences."""
        return [self.tokenizer.decode(row) for row in tokens.tolist()]
