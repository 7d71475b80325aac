"""From codes to tokens: greedy, temperature, top-k, top-p, beam search and guidance over any decoder that steps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from textgan.data.specials import BOS, EOS, PAD, UNK
from textgan.settings import Decoding

State = tuple[Tensor, ...]
ROWS = 256
"""Sentences written side by side: more gains nothing, and the logits of 256 still fit the cache (1,700 sentences/s)."""

_COLDEST, _HOTTEST = 1e-30, 1e30
"""Temperatures as good as 0 and as infinity, by which logits of float32 can be divided."""


class Stepper(Protocol):
    """A decoder made ready to write token by token. State tensors have one row a sentence."""

    def start(self, z: Tensor) -> State:
        """State before the first token, from codes (B, D)."""
        ...

    def step(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Read one token a row, (B,); return logits (B, V) and the next state."""
        ...


@runtime_checkable
class GreedyStepper(Stepper, Protocol):
    """One that finds the likeliest token in less time than all logits take."""

    def likeliest(self, state: State, tokens: Tensor, banned: Sequence[int]) -> tuple[Tensor, State]:
        """Read one token a row, (B,); return the likeliest next one that is not banned, (B,), and the next state."""
        ...


class Guided:
    """A decoder whose words are those that codes speak for and other codes do not.

    Its logits are l + weight * (l - l_other); its codes are both side by side, (B, 2D).

    Args:
        stepper: the decoder.
        weight: of the difference; 0 leaves it out.
    """

    def __init__(self, stepper: Stepper, weight: float) -> None:
        self.stepper, self.weight = stepper, weight

    def start(self, z: Tensor) -> State:
        """States of both before the first token."""
        mine, other = z.chunk(2, dim=1)
        return *self.stepper.start(mine), *self.stepper.start(other)

    def step(self, state: State, tokens: Tensor) -> tuple[Tensor, State]:
        """Both read one token a row, (B,); return logits (B, V) and the next states."""
        half = len(state) // 2
        mine, first = self.stepper.step(state[:half], tokens)
        other, second = self.stepper.step(state[half:], tokens)
        return torch.lerp(other, mine, 1 + self.weight), (*first, *second)


FREE, UNENDED = -1, -2
"""In a plan: any token; any but the end."""


@dataclass(frozen=True)
class PlannedDecoding(Decoding):
    """How sentences are read off codes, some of whose tokens are given.

    Args:
        plan: token ids wanted of each sentence at each place, the end token's too, or FREE, or UNENDED, (B, T); places
            after the last are free.
        banned: token ids that may not be chosen; a plan may hold them.
    """

    plan: Tensor | None = None
    banned: tuple[int, ...] = ()


@torch.no_grad()
def generate(stepper: Stepper, z: Tensor, decoding: Decoding, max_length: int, uniform: Tensor) -> Tensor:
    """Write a sentence for each code.

    Args:
        stepper: the decoder.
        z: codes, (B, D).
        decoding: how tokens are chosen.
        max_length: most tokens, the end token not counted; a sentence that has not ended by then is ended.
        uniform: the randomness, one number in [0, 1) for each token, (B, max_length + 1); greedy leaves it unused.

    Returns:
        Token ids, (B, max_length + 1), each row ended by </s> and filled with <pad>.

    Raises:
        ValueError: a beam with a plan.
    """
    if decoding.beam_size > 1 and isinstance(decoding, PlannedDecoding):
        raise ValueError("a plan is for sentences that are drawn, or chosen greedily; expected beam_size 1")
    out = torch.full((len(z), max_length + 1), PAD, dtype=torch.long, device=z.device)
    # Hypotheses of a beam lie side by side too.
    for rows in torch.arange(len(z), device=z.device).split(max(1, ROWS // decoding.beam_size)):
        if decoding.beam_size > 1:
            out[rows] = _beam(stepper, z[rows], decoding, max_length)
        else:
            write = _write if z.device.type == "cpu" else write_unseen
            write(stepper, z[rows], decoding, uniform[rows], out, rows)
    return out


def write_unseen(stepper: Stepper, z: Tensor, decoding: Decoding, uniform: Tensor, out: Tensor, rows: Tensor) -> None:
    """Fill `out[rows]` with what `_write` would, all tokens of all rows, whether sentences have ended or not.

    To know that, the host would have to wait for the device at each token; a GPU writes 256 rows as fast as one.
    """
    state = stepper.start(z)
    tokens = torch.full((len(z),), BOS, dtype=torch.long, device=z.device)
    ended = torch.zeros_like(tokens, dtype=torch.bool)
    last = out.shape[1] - 1
    for position in range(last):
        logits, state = stepper.step(state, tokens)
        tokens = _next(logits, decoding, uniform[:, position], rows, position).masked_fill(ended, PAD)
        out[rows, position] = tokens
        ended = ended | (tokens == EOS)
    out[rows, last] = torch.where(ended, PAD, EOS)


def _write(stepper: Stepper, z: Tensor, decoding: Decoding, uniform: Tensor, out: Tensor, rows: Tensor) -> None:
    """Fill `out[rows]`, token by token; finished sentences are dropped from the batch at once."""
    state = stepper.start(z)
    tokens = torch.full((len(z),), BOS, dtype=torch.long, device=z.device)
    last = out.shape[1] - 1
    greedy = stepper if _is_greedy(decoding) and isinstance(stepper, GreedyStepper) else None
    banned = _banned(decoding)
    for position in range(last):
        if greedy is not None:
            tokens, state = greedy.likeliest(state, tokens, banned)
            tokens = _planned(tokens, decoding, rows, position)
        else:
            logits, state = stepper.step(state, tokens)
            tokens = _next(logits, decoding, uniform[:, position], rows, position)
        out[rows, position] = tokens
        going = (tokens != EOS).nonzero().squeeze(1)
        if len(going) == 0:
            return
        if len(going) < len(tokens):
            tokens, rows, uniform = tokens[going], rows[going], uniform[going]
            state = tuple(s[going] for s in state)
    out[rows, last] = EOS


def _next(logits: Tensor, decoding: Decoding, uniform: Tensor, rows: Tensor, position: int) -> Tensor:
    """The next token of each row, (B,), as the plan for these rows wants it, where there is one."""
    logits, plan = _permitted(logits, decoding), _plan(decoding)
    if plan is not None and position < plan.shape[1]:
        logits[:, EOS] = logits[:, EOS].masked_fill(plan[rows, position] == UNENDED, -math.inf)
    return _planned(_choose(logits, decoding, uniform), decoding, rows, position)


def _planned(tokens: Tensor, decoding: Decoding, rows: Tensor, position: int) -> Tensor:
    """Those that the plan of these rows wants, in the place of those chosen, (B,)."""
    plan = _plan(decoding)
    if plan is None or position >= plan.shape[1]:
        return tokens
    wanted = plan[rows, position]
    return torch.where(wanted >= 0, wanted, tokens)


def _plan(decoding: Decoding) -> Tensor | None:
    return decoding.plan if isinstance(decoding, PlannedDecoding) else None


def _permitted(logits: Tensor, decoding: Decoding) -> Tensor:
    """Logits with the tokens that no sentence holds ruled out: one by one, as a list would be copied to the device."""
    for token in _banned(decoding):
        logits[:, token] = -math.inf
    return logits


def _banned(decoding: Decoding) -> list[int]:
    """Tokens that no sentence holds."""
    unknown = [] if decoding.allow_unknown else [UNK]
    return [PAD, BOS, *unknown, *(decoding.banned if isinstance(decoding, PlannedDecoding) else ())]


def _is_greedy(decoding: Decoding) -> bool:
    """Whether the likeliest token is taken, and the end may come anywhere."""
    plan = _plan(decoding)
    return (not decoding.temperature or decoding.top_k == 1) and (plan is None or not bool((plan == UNENDED).any()))


def _choose(logits: Tensor, decoding: Decoding, uniform: Tensor) -> Tensor:
    """The next token of each row, (B,)."""
    if not decoding.temperature or decoding.top_k == 1:
        return logits.argmax(dim=1)
    logits = logits / min(max(decoding.temperature, _COLDEST), _HOTTEST)
    if decoding.top_k and decoding.top_k < logits.shape[1]:
        values, tokens = logits.topk(decoding.top_k, dim=1)
        return tokens.gather(1, inverse_cdf(_nucleus(values.softmax(1), decoding.top_p), uniform)[:, None]).squeeze(1)
    if decoding.top_p < 1:
        values, tokens = logits.sort(dim=1, descending=True)
        return tokens.gather(1, inverse_cdf(_nucleus(values.softmax(1), decoding.top_p), uniform)[:, None]).squeeze(1)
    return inverse_cdf(logits.softmax(dim=1), uniform)


def _nucleus(probabilities: Tensor, top_p: float) -> Tensor:
    """Descending probabilities (B, V) with all but the fewest that reach `top_p` set to zero (Holtzman et al. 2020)."""
    if top_p >= 1:
        return probabilities
    before = probabilities.cumsum(1) - probabilities
    return probabilities.masked_fill(before >= top_p, 0)


def inverse_cdf(weights: Tensor, uniform: Tensor, block: int = 128) -> Tensor:
    """Draw one index a row with probability proportional to its weight, from one uniform number a row.

    Two levels, block sums and then inside the block: 24 times as fast as torch.multinomial at V = 11,004.

    Args:
        weights: not negative, (B, V).
        uniform: in [0, 1), (B,).
        block: size of a block.

    Returns:
        Indices, (B,).
    """
    b, v = weights.shape
    blocks = torch.nn.functional.pad(weights, (0, -v % block)).view(b, -1, block)
    outer = blocks.sum(2).cumsum(1)
    target = uniform[:, None] * outer[:, -1:]
    chosen = (outer <= target).sum(1).clamp_max(outer.shape[1] - 1)
    before = torch.cat([outer.new_zeros(b, 1), outer], dim=1).gather(1, chosen[:, None])
    inner = blocks[torch.arange(b, device=weights.device), chosen].cumsum(1)
    index = chosen * block + (inner <= target - before).sum(1).clamp_max(block - 1)
    index = index.clamp_max(v - 1)
    # A sum rounded at the edge of a block may point at a weight of zero, which must never be sampled.
    impossible = weights.gather(1, index[:, None]).squeeze(1) <= 0
    return torch.where(impossible, weights.argmax(1), index)


def _beam(stepper: Stepper, z: Tensor, decoding: Decoding, max_length: int) -> Tensor:
    """The likeliest of `beam_size` hypotheses for each code, by its log-probability, the end token's included."""
    b, k = len(z), decoding.beam_size
    state = tuple(s.repeat_interleave(k, dim=0) for s in stepper.start(z))
    scores = torch.full((b, k), -math.inf, device=z.device)
    scores[:, 0] = 0  # all hypotheses are alike at first: let one of them be continued
    tokens = torch.full((b * k,), BOS, dtype=torch.long, device=z.device)
    written = torch.full((b, k, max_length + 1), PAD, dtype=torch.long, device=z.device)
    first = torch.arange(b, device=z.device)[:, None] * k  # row of each code's first hypothesis
    for position in range(max_length + 1):
        logits, state = stepper.step(state, tokens)
        steps = _permitted(logits, decoding).log_softmax(1)
        if position == max_length:  # only the end token may come now
            steps = torch.full_like(steps, -math.inf).index_copy(1, tokens.new_tensor([EOS]), steps[:, EOS : EOS + 1])
        ended = (tokens == EOS) | (tokens == PAD)
        steps[ended] = -math.inf
        steps[ended, PAD] = 0  # a finished hypothesis keeps its score
        v = steps.shape[1]
        # The k best of all k * V continuations of a code: which hypothesis each continues, and with which token.
        scores, index = (scores[:, :, None] + steps.view(b, k, v)).view(b, k * v).topk(k, dim=1)
        parent, tokens = first + index // v, (index % v).view(-1)
        state = tuple(s[parent.view(-1)] for s in state)
        written = written.view(b * k, -1)[parent.view(-1)].view(b, k, -1)
        written[:, :, position] = tokens.view(b, k)
        if bool(((tokens == EOS) | (tokens == PAD)).all()):
            break
    return written[:, 0]  # topk sorts: the first is the best
