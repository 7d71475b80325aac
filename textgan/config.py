"""Frozen dataclasses <-> command-line flags <-> YAML and JSON.

A configuration is a frozen dataclass whose `Args:` docstring describes its fields; the flags, their help and the
files all come from it, so that nothing is written twice. Nothing here imports torch: `--help` must be instant.
"""

import ast
import dataclasses
import inspect
import math
import re
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from textgan.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from argparse import _ArgumentGroup

    from jsonargparse import ArgumentParser

C = TypeVar("C")


def check(config: Any, **rules: tuple[Callable[[Any], bool], str]) -> None:
    """Refuse values that cannot be: field -> (whether a value is good, what is expected).

    Raises:
        UserError: names the first field that breaks its rule.
    """
    for name, (good, expected) in rules.items():
        value = getattr(config, name)
        if not good(value):
            raise UserError(f"{name} is {value}; expected {expected}")


_LARGEST = (1 << 63) - 1
"""Whole numbers beyond it are none that torch knows."""

_MOST_THREADS = 1024
"""More threads than a process may have end it."""

POSITIVE = (lambda value: value is None or value >= 1, "1 or more")
NOT_NEGATIVE = (lambda value: value is None or 0 <= value < math.inf, "0 or more")
ABOVE_ZERO = (lambda value: value is None or 0 < value < math.inf, "more than 0")
SEED = (lambda value: 0 <= value <= _LARGEST, "0 or more, below 2^63")
THREADS = (lambda value: 0 <= value <= _MOST_THREADS, f"0 (all cores of the process) to {_MOST_THREADS:,}")
ALL_POSITIVE = (lambda values: all(value >= 1 for value in values), "sizes of 1 or more")


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


def to_dict(config: Any) -> dict[str, Any]:
    """A configuration as nested dictionaries of JSON values, tuples as lists."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {k: plain(v) for k, v in value.items()}
        return [plain(v) for v in value] if isinstance(value, tuple | list) else value

    return {k: plain(v) for k, v in dataclasses.asdict(config).items()}


def from_dict(cls: type[C], values: Mapping[str, Any]) -> C:
    """The configuration that `to_dict` wrote.

    Raises:
        UserError: a key that `cls` does not have, or a value of another type.
    """
    if not isinstance(values, Mapping):
        raise UserError(f"settings of {cls.__name__} are {values!r}; expected names and values")
    hints = field_types(cls)
    unknown = sorted(set(map(str, values)) - set(hints))
    if unknown:
        what = f"unknown setting {unknown[0]!r} of {cls.__name__}{did_you_mean(unknown[0], hints)}"
        raise UserError(f"{what}; expected one of {', '.join(hints)}")
    return cls(**{name: _typed(value, hints[name], name) for name, value in values.items()})


def field_types(cls: type) -> dict[str, Any]:
    """Field -> its type, in order."""
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


def _typed(value: Any, hint: Any, name: str) -> Any:
    if type(value).__module__ == "numpy":  # numbers and lists as grids of parameters hold them
        value = value.tolist()
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise UserError(f"setting {name} is {value!r}; expected names and values of {type_words(hint)}")
        return from_dict(typing.cast(type, hint), value)
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        options = typing.get_args(hint)
        if value is None and type(None) in options:
            return None
        return _typed(value, next(o for o in options if o is not type(None)), name)
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        endless = inner[-1] is Ellipsis
        if not isinstance(value, list | tuple) or not (endless or len(value) == len(inner)):
            raise UserError(
                f"setting {name} is {value!r}; expected a list of {'' if endless else f'{len(inner)} '}values"
            )
        return tuple(_typed(v, inner[0], name) for v in value)
    if typing.get_origin(hint) is Literal:
        fits = value in typing.get_args(hint)
    elif hint is float:
        fits, value = isinstance(value, int | float) and not isinstance(value, bool), value
    else:
        fits = isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    if fits and type(value) is int and abs(value) > _LARGEST:
        raise UserError(f"setting {name} is beyond {_LARGEST:,}; expected a smaller number")
    if not fits:
        raise UserError(f"setting {name} is {value!r}; expected {type_words(hint)}")
    try:
        return float(value) if hint is float else value
    except OverflowError:
        raise UserError(f"setting {name} is beyond all numbers; expected a smaller one") from None


def type_words(hint: Any) -> str:
    """What a value of this type is, in words: "a number, or null"."""
    if typing.get_origin(hint) is Literal:
        return "one of " + ", ".join(map(str, typing.get_args(hint)))
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        parts = [type_words(option) for option in typing.get_args(hint) if option is not type(None)]
        return ", or ".join([*parts, *(["null"] if type(None) in typing.get_args(hint) else [])])
    if typing.get_origin(hint) is tuple:
        inner = typing.get_args(hint)
        count, some = "" if inner[-1] is Ellipsis else f"{len(inner)} ", "[100,100]" if inner[0] is int else "[0.5,0.9]"
        return f"a list of {count}values, each {type_words(inner[0])}, such as {some}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "text", None: "another value"}
    return words[hint] if hint in words else str(getattr(hint, "__name__", hint))


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested dictionaries as (dotted name, value) pairs."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings with some of them changed."""
    return {**values} | {
        name: merged(values[name], value)
        if isinstance(value, Mapping) and isinstance(values.get(name), Mapping)
        else value
        for name, value in changes.items()
    }


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed between two nested dictionaries, a line a setting: "lr: 0.001 -> 0.01"."""
    before, after = dict(flatten(old)), dict(flatten(new))
    names = [*before, *(n for n in after if n not in before)]
    absent = object()
    return [
        f"{name}: {before.get(name, '(absent)')} -> {after.get(name, '(absent)')}"
        for name in names
        if before.get(name, absent) != after.get(name, absent)
    ]


def descriptions(cls: type) -> dict[str, str]:
    """Field -> its text in the `Args:` section of the docstring of the class, or of one that it extends."""
    texts: dict[str, str] = {}
    for part in reversed(cls.__mro__):
        _, _, section = _docstring(part).partition("Args:\n")
        found = re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", section, flags=re.MULTILINE)
        texts |= {name: " ".join(text.split()) for name, text in found}
    return texts


def _has_docstrings() -> bool:
    return sys.flags.optimize < 2


def _docstring(cls: type) -> str:
    """The docstring of a class; where Python dropped it (-OO), that of its source, if this is at hand."""
    if _has_docstrings() or cls is object:
        return inspect.cleandoc(cls.__doc__ or "")
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    except (OSError, TypeError, SyntaxError):
        return ""
    return ast.get_docstring(typing.cast(ast.ClassDef, tree.body[0])) or ""


def add_flags(
    parser: "ArgumentParser | _ArgumentGroup", config: Any, prefix: str = "", but: Collection[str] = ()
) -> None:
    """Add a flag for each field of a configuration instance, but some; its values are the defaults."""
    texts = descriptions(type(config))
    hints = field_types(type(config))
    for field in dataclasses.fields(config):
        if field.name in but:
            continue
        value, hint = getattr(config, field.name), hints[field.name]
        if dataclasses.is_dataclass(hint):
            add_flags(parser, value, f"{prefix}{field.name}.")
            continue
        flag = f"--{prefix}{field.name}".replace("_", "-")
        text = texts.get(field.name, "").replace("%", "%%")
        parser.add_argument(flag, type=hint, default=value, help=text)
