"""Settings that belong to no single model: how a player learns, how a run is trained, how codes become sentences.

Nothing here imports torch: flags and `--help` are made of it.
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

from textgan.config import ABOVE_ZERO, NOT_NEGATIVE, POSITIVE, SEED, THREADS, check
from textgan.errors import UserError


@dataclass(frozen=True)
class OptimizerConfig:
    """How a player moves.

    Args:
        name: adam; sgd without momentum; or, for encoders and decoders of sentences, muon, which moves matrices by
            orthogonal steps and all else as adam does.
        lr: learning rate.
        betas: decay rates of Adam's two moments; the first is Muon's momentum.
        clip_norm: the gradient's global norm is cut to this; none: it is not.
        warmup_rounds: rounds in which the learning rate rises, linearly, to lr.
        warmup_share: of a run that is short they are no more than this share.
        decay_from: share of the run after which the learning rate falls, linearly, to zero at its end; 1: it stays.
    """

    name: Literal["adam", "sgd", "muon"] = "adam"
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    clip_norm: float | None = None
    warmup_rounds: int = 0
    warmup_share: float = 0.1
    decay_from: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no optimizer can do."""
        check(
            self,
            lr=NOT_NEGATIVE,
            betas=(lambda pair: len(pair) == 2 and all(0 <= b < 1 for b in pair), "two numbers from 0 to below 1"),
            clip_norm=ABOVE_ZERO,
            warmup_rounds=NOT_NEGATIVE,
            warmup_share=(lambda share: 0 < share <= 1, "a share above 0 and at most 1"),
            decay_from=(lambda share: 0 <= share <= 1, "a share from 0 to 1"),
        )

    def rate(self, number: int, length: float) -> float:
        """The learning rate of round `number` of `length`; a pure function, so that a resumed run has the same."""
        warmup = min(self.warmup_rounds, self.warmup_share * length)
        warm = min(1.0, (number + 1) / warmup) if warmup else 1.0
        progress = number / length
        stays = self.decay_from == 1 or progress <= self.decay_from
        decay = 1.0 if stays else max(0.0, (1 - progress) / (1 - self.decay_from))
        return self.lr * warm * decay


@dataclass(frozen=True)
class TrainConfig:
    """How long, how fast and how a run is watched; nothing here belongs to one model.

    Args:
        batch_size: rows of a batch, over all ranks together.
        rounds: length of the run in rounds; none: 20,000, or no limit where minutes is given.
        minutes: wall-clock budget of training in minutes, over all starts of the run; with rounds too, the run ends
            at whichever comes first.
        seed: seed of parameters, batches and noise.
        device: auto takes a GPU where there is one.
        precision: auto is bf16 where the processor or GPU computes in it, else float32; so is bf16, said in one line.
        threads: threads of the CPU; 0 takes all cores this process may use, shared among the ranks of the machine.
        log_every: rounds between two lines of metrics.jsonl; none: 100, in a short run a hundredth of it.
        evaluate_every: rounds between two looks at the validation data; none: a tenth of the run, or more where minutes
            limit it and looks would take more than a tenth of them. The last round is always looked at.
        sample_every: rounds between two sheets of samples; none: the same.
        save_every: rounds between two checkpoints, besides those of save_minutes; none: these only.
        save_minutes: minutes between two checkpoints; the first comes within one.
        patience: looks at the validation data without a new best after which the run ends; none: it does not. Of
            sentences, best is where samples at the model's usual temperature are nearest to real text by forward and
            reverse perplexity (samples.cost), or where labels are learned the lowest share of errors; that model
            is kept in best/. Of images no measurement says which model is better: refused.
        tensorboard: write TensorBoard event files too (pip install "textgan[tensorboard]").
    """

    batch_size: int = 128
    rounds: int | None = None
    minutes: float | None = None
    seed: int = 0
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "bf16"] = "auto"
    threads: int = 0
    log_every: int | None = None
    evaluate_every: int | None = None
    sample_every: int | None = None
    save_every: int | None = None
    save_minutes: float = 2.0
    patience: int | None = None
    tensorboard: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be trained."""
        cadence = dict.fromkeys(("log_every", "evaluate_every", "sample_every", "save_every"), POSITIVE)
        check(self, batch_size=POSITIVE, **cadence)
        check(self, rounds=NOT_NEGATIVE, minutes=ABOVE_ZERO, seed=SEED, threads=THREADS)
        check(self, patience=POSITIVE, save_minutes=ABOVE_ZERO)

    @property
    def last_round(self) -> float:
        """The round at which the run ends, infinite where only minutes limit it."""
        if self.rounds is not None:
            return self.rounds
        return 20_000 if self.minutes is None else math.inf


MAY_CHANGE = frozenset(
    [
        "rounds",
        "minutes",
        "device",
        "threads",
        "log_every",
        "evaluate_every",
        "sample_every",
        "save_every",
        "save_minutes",
        "patience",
        "tensorboard",
    ]
)
"""Fields that a resumed run may change: they say how long and how it is watched, not what is learned."""


_WIDEST = 10_000  # beam
_MOST_GUIDANCE = 100
"""More is a mistake: the words that one attribute rules out would decide everything."""


@dataclass(frozen=True)
class Decoding:
    """How a sentence is read off a code.

    Args:
        temperature: 0 takes the likeliest token at each step (greedy); above 0 tokens are drawn from
            softmax(logits / temperature). None: of new sentences, whose codes are drawn from the prior, the model's
            usual, which the looks at validation data chose and `sample` tells; of given codes (reconstruct,
            interpolate, transfer, edit, decode) 0, since it is that sentence which is wanted.
        top_k: draw among the k likeliest tokens only; 0: among all.
        top_p: draw among the fewest likeliest tokens that together have this probability.
        beam_size: above 1, search for the likeliest sentence with this many hypotheses (needs temperature 0).
        allow_unknown: whether <unk> may be written.
        guidance: of a model whose decoder is told an attribute, weight of what this one says of each word beyond the
            other: logits + guidance * (logits - logits told the other), 0 to 100 (Ho and Salimans 2022, arXiv
            2207.12598, equation 6; between attributes, Liu et al. 2021, arXiv 2105.03023). Of more than two attributes
            the other is told as the mean of theirs. None: the model's usual where an attribute is exchanged, 0 else.
    """

    temperature: float | None = None
    top_k: int = 0
    top_p: float = 1.0
    beam_size: int = 1
    allow_unknown: bool = True
    guidance: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if not 0 <= (self.temperature or 0) < math.inf:
            raise UserError(f"temperature is {self.temperature}; expected 0 (greedy) or more")
        if self.top_k < 0:
            raise UserError(f"top_k is {self.top_k}; expected 0 (all tokens) or more")
        if not 0 < self.top_p <= 1:
            raise UserError(f"top_p is {self.top_p}; expected a probability above 0 and at most 1")
        if not 0 <= (self.guidance or 0) <= _MOST_GUIDANCE:
            raise UserError(f"guidance is {self.guidance}; expected 0 (none) to {_MOST_GUIDANCE}")
        if not 1 <= self.beam_size <= _WIDEST:
            raise UserError(f"beam_size is {self.beam_size}; expected 1 (no beam) to {_WIDEST:,}")
        if not self.temperature and (self.top_k > 1 or self.top_p < 1):
            raise UserError(
                f"top_k {self.top_k} and top_p {self.top_p} draw, but temperature 0 does not; set temperature"
            )
        if self.beam_size > 1 and self.temperature:
            raise UserError(f"beam_size {self.beam_size} searches and temperature {self.temperature} draws; choose one")

    def settled(self, usual: float) -> "Decoding":
        """With this temperature where none is given; a search for the likeliest sentence has none."""
        if self.temperature is not None:
            return self
        return dataclasses.replace(self, temperature=0.0 if self.beam_size > 1 else usual)
