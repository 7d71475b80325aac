"""How much a sentence classifier does: the names of its efforts, and what each leaves out, said rather than dropped."""

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from tqdm.auto import tqdm

from textgan.errors import UserError

logger = logging.getLogger("textgan")

EFFORTS = ("fast", "balanced", "thorough", "network")
"""See `SentenceClassifier`."""

_OF_CODES, _OF_NETWORK = ("model", "start", "settings"), ("model", "start", "settings", "rounds")
_DROPPED = ("batch_size", "tokenizer", "lowercase", "vocab_size", "max_length")
_WORDS_ALONE = {
    "embedding_dim": 16,
    "hidden_dim": 16,
    "classifier": {"schedule": "only", "code_view": False, "word_views": 2, "trains_encoder": False},
}


def effort_of(parameters: Mapping[str, Any], usual: Mapping[str, Any]) -> str:
    """One of `EFFORTS`: what is asked for, or fast, or network where settings of a network are given.

    Args:
        parameters: of `SentenceClassifier`, by name.
        usual: what they are where nobody says.

    Raises:
        UserError: it is none of them, or settings are given of a part that it does not have.
    """
    given = [name for name in _OF_NETWORK if parameters[name] != usual[name]]
    effort = parameters["effort"] or ("network" if given else "fast")
    if effort not in EFFORTS:
        raise UserError(f"effort is {effort!r}; expected one of {', '.join(EFFORTS)}")
    refused = {"fast": _OF_NETWORK, "balanced": _OF_CODES}.get(effort, ())
    if strange := [name for name in given if name in refused]:
        raise UserError(
            f"effort is {effort}, but {', '.join(strange)} given, for a network of codes; expected effort network or "
            "thorough, or none of these"
        )
    if effort == "network" and parameters["class_weight"] is not None:
        raise UserError("class_weight is given, which the ensemble has; expected effort fast, balanced or thorough")
    if effort == "fast" and (dropped := [name for name in _DROPPED if parameters[name] != usual[name]]):
        logger.warning("effort is fast, which reads texts whole and in lower case: no %s", ", ".join(dropped))
    return effort


def of_network(parameters: Mapping[str, Any], effort: str) -> dict[str, Any]:
    """The parameters of the network that an effort has: balanced learns vectors of words, and no codes."""
    if effort != "balanced":
        return dict(parameters)
    return {**parameters, "model": "ae", "settings": _WORDS_ALONE}


@contextmanager
def said(verbose: bool, what: str) -> Iterator[None]:
    """Say on stderr what is going on in the block, and then how many seconds it took."""
    began = time.perf_counter()
    if verbose:
        tqdm.write(f"{what} ...", file=sys.stderr)
    yield
    if verbose:
        tqdm.write(f"{what}: {time.perf_counter() - began:.1f} s", file=sys.stderr)


def class_weights_of(
    class_weight: Mapping[Any, float] | str | None, classes: npt.NDArray[Any], ids: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64] | None:
    """Weights of an example of each class, (K,); none: 1.

    Args:
        class_weight: class -> weight, or "balanced": number of examples / (K times that of the class).
        classes: K.
        ids: the place of each row's class, -1 where there is none, (n,).

    Raises:
        UserError: it is neither, or names another class.
    """
    if class_weight is None:
        return None
    names = classes.tolist()
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise UserError(f"class_weight is {class_weight!r}; expected balanced, or a weight of each class")
        counts = np.bincount(ids[ids >= 0], minlength=len(names))
        return counts.sum() / (len(names) * counts)
    given = class_weight if isinstance(class_weight, Mapping) else {}
    values = [given.get(name, 1.0) for name in names]
    fair = all(isinstance(value, Real) and 0 < value < np.inf for value in values)
    if not fair or not isinstance(class_weight, Mapping) or any(name not in names for name in given):
        raise UserError(f"class_weight is {class_weight!r}; expected a weight above 0 of classes among {names}")
    return np.array(values, dtype=np.float64)
