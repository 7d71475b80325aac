"""What the second text of a pair says that the first does not: its new words, beside the nearest of the first."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from textgan.ensemble.softmax_regression import Doubles

_MOST = 6  # counts are told apart up to it
_STEPS = 5  # of similarity between 0 and 1


def aligned_units(
    first: Sequence[str], second: Sequence[str], places: Mapping[str, int], vectors: Doubles
) -> list[str]:
    """Units of a pair of texts, after the lexical features of Bowman et al. 2015 (arXiv 1508.05326, section 3.2).

    man>woman: "woman" is new, and of the words of the first text "man" is most like it; >woman: it is new; ~3: how like
    the two are; words and pairs of words that are new, and their numbers.

    Args:
        first: words of the first text.
        second: words of the second text.
        places: of words in `vectors`.
        vectors: of norm 1, (S, D).
    """
    there = set(first)
    known = [word for word in dict.fromkeys(first) if word in places]
    of_first = vectors[[places[word] for word in known]]
    found: list[str] = []
    new = [word for word in second if word not in there]
    for word in new:
        found.append(f">{word}")
        if known and word in places:
            likeness = of_first @ vectors[places[word]]
            best = int(np.argmax(likeness))
            found += [f"{known[best]}>{word}", f"~{int(max(likeness[best], 0) * _STEPS)}"]
    pairs = set(pairwise(first))
    new_pairs = [pair for pair in pairwise(second) if pair not in pairs]
    found += [f"{a} {b}" for a, b in new_pairs]
    sizes = {"new": len(new), "old": len(second) - len(new), "pairs": len(new_pairs), "length": len(second) // 2}
    return found + [f"# {name} {min(size, _MOST)}" for name, size in sizes.items()]
