"""The same functions by HTTP: POST /gradio_api/run/NAME with {"data": [arguments]}, see docs/studio.md."""

import math
from collections.abc import Callable
from typing import Any

from textgan.capabilities import as_conditional
from textgan.errors import UserError
from textgan.sampling.text import SentenceModel
from textgan.studio.classify import classifier_of, classify_rows
from textgan.studio.edit import MOST_EDITED, edit_sentences, transfer_sentences
from textgan.studio.gradient import MOST_GRADIENT_STEPS, gradient
from textgan.studio.map import decode_points, draw_map
from textgan.studio.studio import StudioContext, typed, typed_seed
from textgan.studio.write import WriteSettings, write_sentences

Json = dict[str, Any]

_MOST_PLACES = 100


def endpoints(studio: StudioContext) -> dict[str, Callable[..., Any]]:
    """Name -> function of what the model can serve; arguments and results are JSON values."""
    found: dict[str, Callable[..., Any]] = {}
    model = studio.model
    if isinstance(model, SentenceModel):
        found |= _of_samples(model)
        if model.code_dim:
            found |= _of_codes(studio, model)
    if (parts := classifier_of(studio)) is not None:

        def classify(sentences: list[str | list[str]]) -> list[Json]:
            """The likeliest label of each sentence, or pair, and its probability."""
            rows = [tuple(row) if isinstance(row, list) else (row,) for row in _list(sentences, "sentences")]
            labels = classify_rows(parts, [tuple(typed(text, "a sentence") for text in row) for row in rows])
            return [{"label": label, "probability": share} for label, share in labels]

        found["classify"] = classify
    return found


def _of_samples(model: SentenceModel) -> dict[str, Callable[..., Any]]:
    def write(
        n: int = 8, seed: int = 0, temperature: float | None = None, contains: str = "", avoid: str = ""
    ) -> list[str]:
        """New sentences; words wanted and unwanted have commas between."""
        usual = model.network.sampling_temperature if temperature is None else _number(temperature, "temperature")
        wanted, unwanted = _text(contains, "words wanted"), _text(avoid, "words unwanted")
        settings = WriteSettings(_count(n, "n"), usual, seed=typed_seed(seed), contains=wanted, avoid=unwanted)
        return write_sentences(model, settings)

    return {"write": write}


def _of_codes(studio: StudioContext, model: SentenceModel) -> dict[str, Callable[..., Any]]:
    def gradient_between(first: str, last: str, steps: int = 7, smooth: bool = True, seed: int = 0) -> list[Json]:
        """The lines between two sentences, with the fluency of each and the words changed from the line before."""
        count = _count(steps, "steps")
        if not 2 <= count <= MOST_GRADIENT_STEPS:
            raise UserError(f"steps is {count}; expected 2 to {MOST_GRADIENT_STEPS}")
        return [step._asdict() for step in gradient(model, first, last, count, smooth, typed_seed(seed))]

    def points(places: list[list[float]], n: int = 400, seed: int = 0) -> list[str]:
        """The sentences at places of the map of n real sentences and n samples."""
        wanted = [[_number(x, "a place") for x in _list(place, "a place")] for place in _list(places, "places")]
        if not 0 < len(wanted) <= _MOST_PLACES or any(len(place) != 2 for place in wanted):
            raise UserError(f"{len(wanted)} places; expected 1 to {_MOST_PLACES} pairs of numbers")
        return decode_points(studio, draw_map(studio, _count(n, "n"), seed=typed_seed(seed)), wanted)

    def edit(sentences: list[str], add: str = "", subtract: str = "", scale: float = 1.0, seed: int = 0) -> list[str]:
        """Sentences moved by what sentences with some words have in common."""
        parts = _text(add, "what is added"), _text(subtract, "what is taken away")
        return edit_sentences(studio, _few(sentences), *parts, _number(scale, "scale"), seed=typed_seed(seed))

    def transfer(sentences: list[str], to: str, guidance: float | None = None, seed: int = 0) -> list[str]:
        """Sentences with another attribute."""
        strength = None if guidance is None else _number(guidance, "guidance")
        return transfer_sentences(studio, _few(sentences), _text(to, "the attribute"), strength, typed_seed(seed))

    found: dict[str, Callable[..., Any]] = {"gradient": gradient_between, "points": points, "edit": edit}
    return found | ({"transfer": transfer} if as_conditional(model.network) is not None else {})


def _few(sentences: list[str]) -> list[str]:
    if not 0 < len(_list(sentences, "sentences")) <= MOST_EDITED:
        raise UserError(f"{len(sentences)} sentences; expected 1 to {MOST_EDITED}")
    return [typed(text, "a sentence") for text in sentences]


def _list(value: list[Any], what: str) -> list[Any]:
    """A list of a request; Gradio does not look at what the JSON holds.

    Raises:
        UserError: it is none.
    """
    if not isinstance(value, list):
        raise UserError(f"{what}: {value!r:.100}; expected a list")
    return value


def _text(value: str, what: str) -> str:
    if not isinstance(value, str):
        raise UserError(f"{what}: {value!r:.100}; expected a text")
    return value


def _number(value: float, what: str) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{what}: {value!r:.100}; expected a number")
    return value


def _count(value: float, what: str) -> int:
    if _number(value, what) != int(value):
        raise UserError(f"{what} is {value}; expected a whole number")
    return int(value)


def add_api(studio: StudioContext) -> None:
    """Add the endpoints to the page that is being made."""
    import gradio as gr

    from textgan.studio.page import answering

    for name, function in endpoints(studio).items():
        gr.api(answering(studio, function, page=False), api_name=name, queue=False)
