"""The tab Map: codes of real sentences and of samples in a plane; what lies between them is decoded on a click."""

import importlib.util
import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from textgan.errors import UserError
from textgan.sampling.arithmetic import on_sphere
from textgan.sampling.maps import CodeMap, MapPoints, lay_out, sampled_codes
from textgan.sampling.text import SentenceModel
from textgan.studio.gradient import GradientStep, describe_steps, gradient_html
from textgan.studio.marks import note
from textgan.studio.studio import StudioContext, Tab, needs_codes, typed_seed

MOST_ON_MAP = 2_000
"""Real sentences, and as many samples."""

_PATH_STEPS = 9
_MOST_PLACES = 500  # points of a path that the pointer drew
_MOST_LABELS = 12  # colors


def draw_map(studio: StudioContext, n: int = 400, method: str = "pca", seed: int = 0) -> CodeMap:
    """The map of n real sentences, where there are any here, and of n samples; made once for the same arguments.

    Raises:
        UserError: see `lay_out`; n that is too small or too large.
    """
    if not 3 <= n <= MOST_ON_MAP:
        raise UserError(f"{n} sentences; expected 3 to {MOST_ON_MAP:,}")
    model = studio.sentences

    def make() -> CodeMap:
        sentences, labels = studio.first_texts(n)
        codes = sampled_codes(model, n, seed)
        texts = [*sentences, *model.decode(codes, seed)]
        label_of_each = [*labels, *_predicted(model, texts[len(sentences) :])]
        return lay_out(model.encode(sentences), codes, texts, label_of_each, method, seed)

    return studio.once(("map", n, method, seed), make)


def decode_points(studio: StudioContext, found: CodeMap, points: MapPoints | Sequence[Sequence[float]]) -> list[str]:
    """The sentences at places of a map (M, 2)."""
    model = studio.sentences
    return model.decode(on_sphere(model.network, found.codes_at(points)))


def map_gradient(studio: StudioContext, found: CodeMap, points: Sequence[Sequence[float]]) -> list[GradientStep]:
    """The lines at even distances on a path through a map.

    Raises:
        UserError: fewer than two points, or too many.
    """
    if len(points) > _MOST_PLACES:
        raise UserError(f"a path of {len(points)} points; expected at most {_MOST_PLACES}")
    model = studio.sentences
    return describe_steps(model, model.decode(on_sphere(model.network, found.codes_along(points, _PATH_STEPS))))


def found_at(studio: StudioContext, found: CodeMap, points: Sequence[Sequence[float]]) -> str:
    """What the page shows of a click, or of a path: the sentence there, or a gradient."""
    if len(points) > 1:
        return gradient_html(map_gradient(studio, found, points), "map")
    (text,) = decode_points(studio, found, points)
    (row,) = found.nearest(points)
    where = "real sentence" if found.real[row] else "sample"
    return (
        f'<p class="tg-large">{escape(text)}</p>'
        f'<p class="tg-aside">The nearest {where}: <span class="tg-sentence">{escape(found.texts[row])}</span></p>'
    )


def spread_line(found: CodeMap) -> str:
    """How the cloud of the samples compares with that of the real sentences, in a line."""
    shares = found.plane.shares
    share = f"The plane holds {100 * float(shares.sum()):.0f} % of the variance of the codes. " if shares.any() else ""
    if not found.real.any() or found.real.all():
        return f"{share}The sentences of the training are not here, so these are samples alone."
    real, made = (float(np.sqrt(found.points[rows].var(axis=0).sum())) for rows in (found.real, ~found.real))
    ratio = made / max(real, 1e-12)
    says = "as wide as" if 0.8 <= ratio <= 1.25 else f"{ratio:.2f} times as wide as"
    return f"{share}The cloud of the samples is {says} that of the real sentences."


def map_html(found: CodeMap) -> str:
    """The map as an element that the page's script draws."""
    names = [name for name in dict.fromkeys(found.labels) if name]
    ranked = sorted(names, key=lambda name: (-found.labels.count(name), name))[:_MOST_LABELS]
    order = {name: i for i, name in enumerate(sorted(ranked))}
    values: dict[str, Any] = {
        "x": [round(float(x), 4) for x in found.points[:, 0]],
        "y": [round(float(y), 4) for y in found.points[:, 1]],
        "real": found.real.astype(int).tolist(),
        "texts": found.texts,
        "label": [order.get(name, -1) for name in found.labels],
        "names": list(order),
    }
    data = escape(json.dumps(values, ensure_ascii=False), quote=True)
    return (
        f'<div class="tg-map" data-map="{data}"><div class="tg-legend"></div>'
        '<div class="tg-field"><canvas tabindex="0" role="application" aria-label="Map of sentences. Arrow keys move, '
        'Enter decodes the point, Space adds it to a path, Escape clears."></canvas>'
        '<div class="tg-tip" hidden></div></div>'
        f'<p class="tg-aside" aria-live="polite">{escape(spread_line(found))}</p></div>'
    )


def _predicted(model: SentenceModel, texts: Sequence[str]) -> list[str]:
    """The labels that a model which learned them gives its samples; "" of one that did not."""
    if not model.labels or model.network.spec.pairs:
        return [""] * len(texts)
    return model.classify(texts)


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer, introduce

    introduce(
        "Each point is a sentence, near others that the model finds alike. Click between points to read what is there; "
        "drag to draw a path."
    )
    methods = ["pca", "umap"] if importlib.util.find_spec("umap") else ["pca"]
    names = {"pca": "Principal components", "umap": "UMAP"}

    def draw(n: float, method: str, seed: float) -> str:
        return map_html(draw_map(studio, int(n), method, typed_seed(seed)))

    def read(n: float, method: str, seed: float, event: gr.EventData) -> str:
        points = [[float(x), float(y)] for x, y in event.points]
        return found_at(studio, draw_map(studio, int(n), method, typed_seed(seed)), points)

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=3, min_width=320):
            board = gr.HTML(
                elem_id="map", js_on_load="element.tgTrigger = (points) => trigger('click', { points });", padding=False
            )
        with gr.Column(scale=2, min_width=280):
            out = gr.HTML(note("Click a place on the map."), elem_id="map-out", padding=False)
            with gr.Accordion("What is on the map", open=False):
                n = gr.Slider(50, MOST_ON_MAP, 400, step=50, label="Real sentences, and as many samples")
                choices = [(names[m], m) for m in methods]
                method = gr.Radio(choices, value="pca", label="Layout", visible=len(methods) > 1)
                seed = gr.Number(studio.seed, label="Seed of the samples", precision=0, minimum=0)
    inputs = [n, method, seed]
    for event in (n.release, method.change, seed.submit):
        answer(studio, event, draw, inputs, board)
    answer(studio, board.click, read, inputs, out)
    studio.when_opened.append((draw, inputs, board))


MAP_TAB = Tab("Map", _build, needs_codes)
