"""The tab Gradient: what lies between two sentences, step by step."""

import time
from collections.abc import Sequence
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from textgan.capabilities import has_logits
from textgan.sampling.edit_distance import word_edit_distances
from textgan.sampling.lines import encode_lines, line_nll
from textgan.sampling.text import SentenceModel
from textgan.studio.drawings import curve_svg
from textgan.studio.marks import csv_text, data_of, mark_new
from textgan.studio.studio import StudioContext, Tab, needs_codes, typed, typed_seed

MOST_GRADIENT_STEPS = 25
_SMOOTH, _STRAIGHT = "Smooth", "Straight"
_SLOW = 0.25  # seconds of a smooth gradient from which on a straight one is drawn first
_EXAMPLES = (
    ("a woman is playing a flute .", "two boys are flying kites at the beach ."),
    ("a young man is walking his dog in the park .", "two women in red shirts are singing on stage ."),
    ("a girl is sleeping .", "an old man in a black coat is cooking soup ."),
)
"""Of the model in the box."""


class GradientStep(NamedTuple):
    """A line of a gradient.

    Args:
        text: the sentence.
        fluency: how likely the model finds a word of it, the end's included: exp(-nll), from 0 to 1; NaN: not known.
        changed: words changed from the line before.
    """

    text: str
    fluency: float
    changed: int


def gradient(
    model: SentenceModel, first: str, last: str, steps: int = 7, smooth: bool = True, seed: int = 0
) -> list[GradientStep]:
    """The lines between two sentences, both ends included, and what can be said of each.

    Raises:
        UserError: see `SentenceModel.interpolate`, and `typed`.
    """
    ends = typed(first, "the first sentence"), typed(last, "the last sentence")
    texts = model.interpolate(*ends, steps=steps, seed=seed, smooth=smooth and has_logits(model.network))
    return describe_steps(model, texts)


def describe_steps(model: SentenceModel, texts: Sequence[str]) -> list[GradientStep]:
    """Lines with what can be said of each."""
    changed = [0, *word_edit_distances(texts[:-1], texts[1:]).tolist()]
    fluency = np.full(len(texts), np.nan)
    if has_logits(model.network):
        lines = [model.tokenizer.encode(text)[: model.max_length] for text in texts]
        fluency = np.exp(-line_nll(model.network, lines, encode_lines(model.network, lines)))
    return [GradientStep(*row) for row in zip(texts, fluency.tolist(), changed, strict=True)]


def gradient_csv(steps: Sequence[GradientStep]) -> str:
    """The lines as a table: step, sentence, fluency, changed."""
    rows = ((i, s.text, f"{s.fluency:.4f}", s.changed) for i, s in enumerate(steps, 1))
    return csv_text(["step", "sentence", "fluency", "changed"], rows)


def gradient_html(steps: Sequence[GradientStep], name: str = "gradient") -> str:
    """The lines as a list, of which one stands large above a slider, with curves below.

    Args:
        steps: two or more lines.
        name: of the file that is saved.
    """
    marked = [escape(steps[0].text), *(mark_new(a.text, b.text) for a, b in pairwise(steps))]
    lines = "".join(
        f'<li data-step="{i}"><button type="button"><span class="tg-number">{i + 1}</span>'
        f'<span class="tg-sentence">{text}</span></button></li>'
        for i, text in enumerate(marked)
    )
    known = [step.fluency for step in steps if np.isfinite(step.fluency)]
    curves = [curve_svg([step.changed for step in steps], "Words changed from the line before", bars=True)]
    if len(known) == len(steps):
        curves.insert(
            0, curve_svg([100 * f for f in known], "Fluency: how likely the model finds a word, on average", " %")
        )
    middle = len(steps) // 2
    last = len(steps) - 1
    return (
        f'<div class="tg-walk" data-text="{data_of([s.text for s in steps])}" '
        f'data-csv="{data_of([gradient_csv(steps)])}" data-file="{name}" data-at="{middle}">'
        f'<p class="tg-large" aria-live="polite">{escape(steps[middle].text)}</p>'
        f'<input type="range" min="0" max="{last}" value="{middle}" step="1" aria-label="Step of the gradient">'
        f'<ol class="tg-lines">{lines}</ol>'
        f'<div class="tg-curves">{"".join(curves)}</div>'
        '<p class="tg-tools"><button type="button" data-copy>Copy as text</button>'
        '<button type="button" data-save>Download CSV</button></p></div>'
    )


def example_pairs(studio: StudioContext) -> list[tuple[str, str]]:
    """Pairs of sentences to begin with: those of the box, or samples of the model."""
    model = studio.sentences
    if model.config.data.data == "scenes":
        return list(_EXAMPLES)
    samples = [text for text in dict.fromkeys(model.sample(24, seed=studio.seed)) if text.strip()]
    return list(zip(samples[:6:2], samples[1:6:2], strict=False))


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer, answer_then, introduce

    examples = example_pairs(studio)
    first, last = examples[0] if examples else ("", "")
    introduce("Every line is a point on the way from one sentence to the other. The words that changed are marked.")

    took = [0.0]  # seconds of the last smooth gradient

    def draw(a: str, b: str, way: str, steps: int, seed: int) -> str:
        begun = time.perf_counter()
        written = gradient_html(gradient(studio.sentences, a, b, int(steps), way == _SMOOTH, typed_seed(seed)))
        if way == _SMOOTH:
            took[0] = time.perf_counter() - begun
        return written

    def draw_at_once(a: str, b: str, way: str, steps: int, seed: int) -> tuple[str, bool]:
        if way == _SMOOTH and took[0] > _SLOW:
            return f'<div class="tg-waiting">{draw(a, b, _STRAIGHT, steps, seed)}</div>', True
        return draw(a, b, way, steps, seed), False

    def draw_smooth(a: str, b: str, way: str, steps: int, seed: int, waits: bool) -> Any:
        if not waits:
            return gr.skip()
        with studio.lock:
            return draw(a, b, way, steps, seed)

    beginning = draw(first, last, _SMOOTH, 7, studio.seed) if examples else ""
    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=2, min_width=280):
            a = gr.Textbox(first, label="From", max_lines=3, elem_id="gradient-from")
            b = gr.Textbox(last, label="To", max_lines=3, elem_id="gradient-to")
            way = gr.Radio([_SMOOTH, _STRAIGHT], value=_SMOOTH, label="Path")
            steps = gr.Slider(2, MOST_GRADIENT_STEPS, 7, step=1, label="Lines")
            go = gr.Button("Draw the gradient", variant="primary", elem_id="gradient-go")
            with gr.Column(elem_classes="tg-tries"):
                tries = [gr.Button(f"{x} → {y}", size="sm", elem_classes="tg-try") for x, y in examples[1:]]
            with gr.Accordion("More", open=False):
                seed = gr.Number(studio.seed, label="Seed", precision=0, minimum=0)
        with gr.Column(scale=3, min_width=320):
            out = gr.HTML(beginning, elem_id="gradient", padding=False)
    inputs = [a, b, way, steps, seed]
    waits = gr.State(False)
    both = (draw_at_once, inputs, [out, waits]), (draw_smooth, [*inputs, waits], out)
    for event in (go.click, a.submit, b.submit, way.change, steps.release, seed.submit):
        answer_then(studio, event, *both)
    for button, pair in zip(tries, examples[1:], strict=True):
        chosen = answer(studio, button.click, lambda pair=pair: pair, [], [a, b])
        answer_then(studio, chosen.success, *both)


GRADIENT_TAB = Tab("Gradient", _build, needs_codes)
