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
    """The optimizer of a player.

    Args:
        name: adam; sgd (without momentum); or muon, for encoders and decoders of sentences: orthogonalized updates of
            matrices, Adam for all other parameters.
        lr: learning rate, after warm-up.
        betas: decay rates of Adam's two moments; the first is also Muon's momentum.
        clip_norm: largest global norm of the gradient; larger ones are scaled down to it. Null: no clipping.
        warmup_rounds: rounds over which the learning rate rises linearly to lr.
        warmup_share: largest share of the run that warm-up may take; it shortens warmup_rounds in short runs.
        decay_from: share of the run after which the learning rate falls linearly, to zero at the end; 1: no decay.
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
    """Length, speed and logging of a run, the same for every model.

    Args:
        batch_size: examples in a batch, over all processes together.
        rounds: length of the run in rounds (one pass through the turns of all players). Null: 20,000, or no limit if
            minutes is set.
        minutes: wall-clock budget of training in minutes, over all resumed starts of the run. If rounds is set too, the
            run ends at whichever comes first.
        seed: random seed of parameters, batches and noise.
        device: auto uses a GPU if there is one.
        precision: auto uses bf16 where the hardware supports it, else float32. With bf16 on other hardware a warning is
            printed and float32 is used, which is faster there.
        threads: CPU threads; 0 uses all cores available to this process, divided among the processes of the machine.
        log_every: rounds between two lines of metrics.jsonl. Null: 100, or a hundredth of a shorter run than 10,000.
        evaluate_every: rounds between two validations. Null: a tenth of the run; less often if the run is limited by
            minutes and validation would take more than a tenth of the time. There is always one at the end.
        sample_every: rounds between two writings of samples to samples/. Null: as evaluate_every if that is null.
        save_every: rounds between two checkpoints, in addition to those of save_minutes. Null: those only.
        save_minutes: minutes between two checkpoints; the first is written after at most half a minute.
        patience: validations without a new best after which the run stops early; null: no early stopping. The best
            model, kept in best/, has the lowest samples.cost (forward and reverse perplexity of its samples at the
            usual temperature), or with --labels the lowest classification error. Not available for images, for which no
            measurement says which of two models is better.
        tensorboard: also write TensorBoard event files (pip install "textgan[tensorboard]").
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
"""Settings that a resumed run may change: they are of its length, machine and logging, not of what is learned."""


_WIDEST = 10_000  # beam
_MOST_GUIDANCE = 100
"""Beyond it the words that one attribute rules out would decide everything."""


@dataclass(frozen=True)
class Decoding:
    """How a sentence is decoded from a code.

    Args:
        temperature: 0 takes the most likely token at each step (greedy); above 0, tokens are sampled from
            softmax(logits / temperature). Null: for new sentences the usual temperature of the model, which was chosen
            on validation data; for given sentences 0.
        top_k: sample from the k most likely tokens only; 0: from all.
        top_p: sample from the smallest set of most likely tokens that together have this probability.
        beam_size: above 1, beam search with this many hypotheses; needs temperature 0.
        allow_unknown: whether <unk> may be generated.
        guidance: classifier-free guidance of a decoder conditioned on an attribute, 0 to 100: logits + guidance *
            (logits - logits_other), where logits_other are conditioned on the other attribute, or on the mean of the
            others if there are several (Ho and Salimans 2022, arXiv 2207.12598, equation 6; between attributes, Liu et
            al. 2021, arXiv 2105.03023). Null: the usual value of the model for transfer, otherwise 0.
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
        """With this temperature where none is set; beam search always has 0."""
        if self.temperature is not None:
            return self
        return dataclasses.replace(self, temperature=0.0 if self.beam_size > 1 else usual)
