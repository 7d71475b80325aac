"""Lines that a smooth path may go through, made of other lines by small edits; the model then says how likely they are.

Edits are of whole words. A line is a tuple of words here, and a word the tuple of its tokens, see `Spelling`.
"""

import dataclasses
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
import torch

from textgan.data.specials import UNK
from textgan.decoding import FREE, PlannedDecoding
from textgan.game import Game
from textgan.sampling.base import Codes
from textgan.sampling.inference import inference
from textgan.sampling.lines import TokenIds, batch_of, decode_lines, encode_lines
from textgan.sampling.spelling import LineWords, flattened
from textgan.settings import Decoding

_Word = TypeVar("_Word", bound=Hashable)

_LONGEST_CUT = 8  # words of the part that a shortened line lacks


def alignment(a: tuple[_Word, ...], b: tuple[_Word, ...]) -> list[tuple[tuple[_Word, ...], tuple[_Word, ...]]]:
    """The fewest edits from a to b: a word kept or replaced is ((x,), (y,)), deleted ((x,), ()), new ((), (y,))."""
    costs = np.zeros((len(a) + 1, len(b) + 1), dtype=np.int64)
    costs[:, 0], costs[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            replaced = costs[i - 1, j - 1] + (a[i - 1] != b[j - 1])
            costs[i, j] = min(replaced, costs[i - 1, j] + 1, costs[i, j - 1] + 1)
    edits, i, j = list[tuple[tuple[_Word, ...], tuple[_Word, ...]]](), len(a), len(b)
    while i or j:
        if i and j and costs[i, j] == costs[i - 1, j - 1] + (a[i - 1] != b[j - 1]):
            i, j = i - 1, j - 1
            edits.append((a[i : i + 1], b[j : j + 1]))
        elif i and costs[i, j] == costs[i - 1, j] + 1:
            i -= 1
            edits.append((a[i : i + 1], ()))
        else:
            j -= 1
            edits.append(((), b[j : j + 1]))
    return edits[::-1]


def mixtures(a: LineWords, b: LineWords, n: int, rng: np.random.Generator) -> list[LineWords]:
    """Lines that hold some of the edits that make a of b: each on its own, or those of the beginning, or of the end.

    Args:
        a: a line.
        b: another.
        n: how many are drawn; of those that come twice one is kept.
        rng: of the drawing.
    """
    edits = alignment(a, b)
    changes = [k for k, (old, new) in enumerate(edits) if old != new]
    found: dict[LineWords, None] = {}
    for _ in range(n):
        share, way = rng.random(), rng.integers(3)
        number = round(share * len(changes))
        if way == 0:
            taken = {k for k in changes if rng.random() < share}
        else:
            taken = set(changes[:number] if way == 1 else changes[len(changes) - number :])
        line = tuple(word for k, (old, new) in enumerate(edits) for word in (new if k in taken else old))
        if line:
            found[line] = None
    return list(found)


def shortened(line: LineWords) -> list[LineWords]:
    """The line without one part, each of up to 8 words and less than all."""
    n = len(line)
    parts = ((i, i + k) for k in range(1, min(_LONGEST_CUT, n - 1) + 1) for i in range(n - k + 1))
    return list(dict.fromkeys(line[:i] + line[j:] for i, j in parts))


def crossed(a: LineWords, b: LineWords) -> list[LineWords]:
    """Beginnings of one of two lines with ends of the other, where a word is the same in both."""
    places = [(i, j) for i, word in enumerate(a) for j, other in enumerate(b) if word == other]
    lines = [line for i, j in places for line in (a[:i] + b[j:], b[:j] + a[i:])]
    return [line for line in dict.fromkeys(lines) if line not in (a, b)]


def exchanged(game: Game, lines: Sequence[LineWords], n: int) -> list[LineWords]:
    """Lines with one word, if it is one token, exchanged for one of the n that the model finds likeliest there.

    Args:
        game: the model; it is given the line's code and the words before.
        lines: none of them empty.
        n: words for each place.
    """
    found: list[LineWords] = []
    for line, choices in zip(lines, _likely_tokens(game, lines, n), strict=True):
        place = 0
        for i, word in enumerate(line):
            if len(word) == 1:
                found += [(*line[:i], (new,), *line[i + 1 :]) for new in choices[place] if new != word[0]]
            place += len(word)
    return found


def known_words(game: Game, line: LineWords) -> LineWords:
    """The line with the model's likeliest tokens in place of those that its vocabulary does not hold."""
    tokens = flattened(line)
    if UNK not in tokens:
        return line
    likely, place, found = _likely_tokens(game, [line], 1)[0], 0, list[TokenIds]()
    for word in line:
        places = range(place, place + len(word))
        found.append(tuple(likely[i][0] if tokens[i] == UNK else tokens[i] for i in places))
        place += len(word)
    return tuple(found)


def _likely_tokens(game: Game, lines: Sequence[LineWords], n: int) -> list[list[list[int]]]:
    """The n likeliest at each place of each line, given its code and the tokens before."""
    if not lines:
        return []
    tokens = [flattened(line) for line in lines]
    batch = batch_of(tokens).to(game.device)
    with inference(game):
        logits = game.logits(torch.from_numpy(encode_lines(game, tokens)).to(game.device), batch)
        logits[:, : UNK + 1] = -torch.inf
        likely = logits.topk(min(n, logits.shape[1]), dim=1).indices.cpu()
    return [rows.tolist() for rows in likely.split(batch.lengths.tolist())]


def continued(
    game: Game, beginnings: Sequence[TokenIds], codes: Codes, decoding: Decoding, seed: int
) -> list[TokenIds]:
    """Each beginning of a line as the model goes on from it, given each of the codes (N, D)."""
    if not beginnings:
        return []
    plan = torch.full((len(beginnings), max(map(len, beginnings))), FREE)
    for row, beginning in zip(plan, beginnings, strict=True):
        row[: len(beginning)] = torch.tensor(beginning)
    settings = {field.name: getattr(decoding, field.name) for field in dataclasses.fields(Decoding)}
    plan = plan.repeat(len(codes), 1).to(game.device)
    planned = PlannedDecoding(**settings | {"beam_size": 1}, plan=plan)
    return decode_lines(game, np.repeat(codes, len(beginnings), axis=0), planned, seed)
