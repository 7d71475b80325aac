"""The tab Edit: sentence arithmetic, and another attribute, such as the other sentiment."""

import dataclasses
from collections.abc import Sequence
from html import escape
from typing import Any

from textgan.capabilities import as_conditional
from textgan.errors import UserError
from textgan.sampling.arithmetic import attribute_vector, shifted
from textgan.sampling.search import Samples, Walk, search
from textgan.settings import Decoding
from textgan.studio.marks import data_of, mark_gone, mark_new, note
from textgan.studio.studio import StudioContext, Tab, needs_codes, typed, typed_seed

MOST_EDITED = 20
"""Sentences at a time."""

_SAMPLES = 2_000  # in which words are looked for
_SHIFT, _SEARCH = "Shift once", "Search until the word is there"


def lines_typed(text: str | None, what: str) -> list[str]:
    """The lines of a text field that are not empty.

    Raises:
        UserError: there is none, there are more than `MOST_EDITED`, or one is too long.
    """
    lines = [line for line in (text or "").splitlines() if line.strip()]
    if not lines:
        raise UserError(f"{what} is empty; expected a sentence a line")
    if len(lines) > MOST_EDITED:
        raise UserError(f"{what} has {len(lines)} lines; expected at most {MOST_EDITED}")
    return [typed(line, what) for line in lines]


def edit_sentences(
    studio: StudioContext,
    sentences: Sequence[str],
    add: str = "",
    subtract: str = "",
    scale: float = 1.0,
    searching: bool = False,
    seed: int = 0,
) -> list[str]:
    """Sentences moved by what others have in common.

    Args:
        studio: its model.
        sentences: to edit.
        add: words with commas between, whose meaning is added; or sentences, one a line.
        subtract: the same, taken away.
        scale: how far.
        searching: whether to go on until an added word is there, see `textgan.sampling.search`.
        seed: of the samples in which words are looked for.

    Raises:
        UserError: neither add nor subtract, a word that the model does not write, or sentences for a search.
    """
    model, wanted, unwanted = studio.sentences, _parts(add), _parts(subtract)
    if not wanted and not unwanted:
        raise UserError("nothing to add and nothing to take away; expected a word in one of the two fields")
    if searching and (not wanted or not all(map(_is_word, wanted + unwanted))):
        raise UserError("a search needs words to add, one or several with commas between")
    needs_samples = searching or any(map(_is_word, wanted + unwanted))
    samples = _samples(studio, seed) if needs_samples else None
    if searching and samples is not None:
        return search(samples, sentences, wanted, unwanted, Walk(scale), seed).sentences
    found, missed = (_expanded(samples, part) for part in (wanted, unwanted))
    vector = attribute_vector(model, found, missed, seed)
    return model.decode(shifted(model, model.encode(sentences), vector, scale), seed)


def transfer_sentences(
    studio: StudioContext, sentences: Sequence[str], to: str, guidance: float | None = None, seed: int = 0
) -> list[str]:
    """Sentences with another attribute; see `SentenceModel.transfer`."""
    decoding = dataclasses.replace(Decoding(), guidance=guidance)
    return studio.sentences.transfer(sentences, to, seed, decoding)


def edits_html(before: Sequence[str], after: Sequence[str]) -> str:
    """Sources and results side by side, what changed marked in both."""
    rows = "".join(
        f'<li><p class="tg-sentence">{mark_gone(a, b)}</p><p class="tg-sentence">{mark_new(a, b)}</p></li>'
        for a, b in zip(before, after, strict=True)
    )
    table = "\n".join(["before\tafter", *("\t".join(pair) for pair in zip(before, after, strict=True))])
    same = sum(a == b for a, b in zip(before, after, strict=True))
    says = f"{same} of {len(before)} stayed as they were: move further." if same else ""
    return (
        f'<div data-text="{data_of(after)}" data-csv="{data_of([table])}" data-file="edits" data-type="tsv">'
        f'<ul class="tg-rows tg-pairs"><li class="tg-head"><p>Before</p><p>After</p></li>{rows}</ul>'
        f'<p class="tg-aside">{escape(says)}</p>'
        '<p class="tg-tools"><button type="button" data-copy>Copy as text</button>'
        '<button type="button" data-save>Download TSV</button></p></div>'
    )


def _samples(studio: StudioContext, seed: int) -> Samples:
    return studio.once(("samples", seed), lambda: Samples(studio.sentences, _SAMPLES, seed))


def _parts(text: str) -> list[str]:
    """Words with commas between, or sentences, one a line."""
    lines = [line.strip() for line in (text or "").splitlines() if line.strip()]
    if len(lines) == 1:
        lines = [part.strip() for part in lines[0].split(",") if part.strip()]
    if len(lines) > MOST_EDITED:
        raise UserError(f"{len(lines)} words or sentences; expected at most {MOST_EDITED}")
    return [typed(line, "what is added or taken away") for line in lines]


def _is_word(text: str) -> bool:
    return len(text.split()) == 1


def _expanded(samples: Samples | None, parts: list[str]) -> list[str]:
    """The samples that hold the words; of sentences these."""
    words = [part for part in parts if _is_word(part)]
    sentences = [part for part in parts if not _is_word(part)]
    return [*sentences, *(samples.with_words(words) if samples is not None and words else [])]


def _build(studio: StudioContext) -> None:
    from textgan.studio.page import introduce

    if as_conditional(studio.sentences.network) is not None and studio.sentences.labels:
        introduce("The same sentence with another attribute: what it says stays, how it says it changes.")
        _build_transfer(studio)
        return
    introduce(
        "Sentence arithmetic: add what sentences with one word have in common, and take away what others have. "
        "Changes are marked."
    )
    _build_arithmetic(studio)


def _examples(studio: StudioContext) -> tuple[str, str, str]:
    """Sentences, a word to add, a word to take away."""
    if studio.sentences.config.data.data == "scenes":
        return "a man is playing a guitar .\na boy is running in the park .\nan old man is sleeping .", "woman", "man"
    samples = [text for text in dict.fromkeys(studio.sentences.sample(6, studio.seed)) if text.strip()]
    return "\n".join(samples[:3]), "", ""


def _build_arithmetic(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer

    text, plus, minus = _examples(studio)

    def change(sentences: str, add: str, subtract: str, scale: float, method: str, seed: float) -> str:
        lines = lines_typed(sentences, "the sentences")
        return edits_html(
            lines, edit_sentences(studio, lines, add, subtract, float(scale), method == _SEARCH, typed_seed(seed))
        )

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=2, min_width=280):
            sentences = gr.Textbox(text, label="Sentences, one a line", lines=3, max_lines=8, elem_id="edit-text")
            add = gr.Textbox(plus, label="Add", placeholder="a word, or sentences, one a line", max_lines=6)
            subtract = gr.Textbox(minus, label="Take away", placeholder="a word, or sentences", max_lines=6)
            method = gr.Radio([_SHIFT, _SEARCH], value=_SHIFT, label="How")
            scale = gr.Slider(0, 3, 1, step=0.1, label="How far")
            seed = gr.Number(studio.seed, label="Seed", precision=0, minimum=0)
            go = gr.Button("Edit", variant="primary", elem_id="edit-go")
        with gr.Column(scale=3, min_width=320):
            out = gr.HTML(note("Press Edit."), elem_id="edit", padding=False)
    inputs: list[Any] = [sentences, add, subtract, scale, method, seed]
    for event in (go.click, add.submit, subtract.submit, scale.release, method.change, seed.submit):
        answer(studio, event, change, inputs, out)


def _build_transfer(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer

    model = studio.sentences
    text, _, _ = _examples(studio)

    def change(sentences: str, to: str, guidance: float, seed: float) -> str:
        lines = lines_typed(sentences, "the sentences")
        return edits_html(lines, transfer_sentences(studio, lines, to, float(guidance), typed_seed(seed)))

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=2, min_width=280):
            sentences = gr.Textbox(text, label="Sentences, one a line", lines=3, max_lines=8, elem_id="edit-text")
            to = gr.Radio(list(model.labels), value=model.labels[-1], label="Attribute wanted")
            usual = model.network.guidance
            guidance = gr.Slider(0, 3, usual, step=0.1, label="Guidance: more of the attribute, less of the source")
            seed = gr.Number(studio.seed, label="Seed", precision=0, minimum=0)
            go = gr.Button("Rewrite", variant="primary", elem_id="edit-go")
        with gr.Column(scale=3, min_width=320):
            out = gr.HTML(note("Press Rewrite."), elem_id="edit", padding=False)
    inputs: list[Any] = [sentences, to, guidance, seed]
    for event in (go.click, to.change, guidance.release, seed.submit):
        answer(studio, event, change, inputs, out)


EDIT_TAB = Tab("Edit", _build, needs_codes)
