"""The tab Write: new sentences, each beside the training sentence that is nearest to it."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from textgan.errors import UserError
from textgan.sampling.text import SentenceModel
from textgan.settings import Decoding
from textgan.studio.marks import csv_text, data_of, mark_gone, mark_new, note
from textgan.studio.nearest import NearestSentences, Neighbor
from textgan.studio.studio import MOST_CHARACTERS, StudioContext, Tab, typed_seed

MOST_WRITTEN = 100
"""Samples at a time."""

_ANY = "any"


class WriteSettings(NamedTuple):
    """What is written, and how.

    Args:
        n: how many sentences.
        temperature: 0 takes the likeliest word each time.
        top_k: sample from so many words; 0: from all.
        top_p: sample from the words that together have this probability.
        beam_size: above 1, beam search; temperature 0 then.
        seed: of all that is drawn.
        contains: words or phrases with commas between that every sentence holds.
        avoid: the same that none holds.
        label: of the sentences; "any".
    """

    n: int = 8
    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    beam_size: int = 1
    seed: int = 0
    contains: str = ""
    avoid: str = ""
    label: str = _ANY

    def decoding(self) -> Decoding:
        """As a decoding; beam search and a temperature of 0 leave out what would draw.

        Raises:
            UserError: see `Decoding`.
        """
        return Decoding(self.temperature, self.top_k, self.top_p, self.beam_size)


def write_sentences(model: SentenceModel, settings: WriteSettings) -> list[str]:
    """New sentences; fewer than were asked for, where no more satisfy the wishes.

    Raises:
        UserError: see `SentenceModel.sample`, or more than `MOST_WRITTEN`.
    """
    if not 1 <= settings.n <= MOST_WRITTEN:
        raise UserError(f"{settings.n} sentences; expected 1 to {MOST_WRITTEN}")
    contains, avoid = _phrases(settings.contains), _phrases(settings.avoid)
    label = None if settings.label == _ANY else settings.label
    decoding = settings.decoding()
    return model.sample(settings.n, settings.seed, decoding=decoding, contains=contains, avoid=avoid, label=label)


def neighbors_of(studio: StudioContext, texts: Sequence[str]) -> list[Neighbor | None]:
    """The nearest training sentence of each; none where they are not here. The first time they are read."""
    sentences = studio.read_texts()
    index = studio.once(("nearest", len(sentences)), lambda: NearestSentences(sentences))
    return index.nearest(texts)


def samples_csv(texts: Sequence[str], neighbors: Sequence[Neighbor | None]) -> str:
    """Sentences as a table: sentence, nearest training sentence, words between the two."""
    rows = ((t, *(("", "") if near is None else near)) for t, near in zip(texts, neighbors, strict=True))
    return csv_text(["sentence", "nearest", "distance"], rows)


def samples_html(
    texts: Sequence[str], wanted: int, neighbors: Sequence[Neighbor | None] | None = None, compared: int = 0
) -> str:
    """Sentences as a list.

    Args:
        texts: the sentences.
        wanted: how many were asked for.
        neighbors: of each; None: they are still being looked for.
        compared: training sentences that were compared.
    """
    if not texts:
        return note("No sentence was found that satisfies the wishes; ask for fewer words.")
    nearest: Sequence[Neighbor | None] = [None] * len(texts) if neighbors is None else neighbors
    rows = "".join(_row(text, near, neighbors is None) for text, near in zip(texts, nearest, strict=True))
    short = "" if len(texts) >= wanted else f"Only {len(texts)} of {wanted} were found; ask for fewer words. "
    return (
        f'<div class="tg-written" data-text="{data_of(texts)}" data-csv="{data_of([samples_csv(texts, nearest)])}" '
        f'data-file="samples"><ul class="tg-rows">{rows}</ul>'
        f'<p class="tg-aside">{escape(short + _summary(nearest, neighbors is None, compared))}</p>'
        '<p class="tg-tools"><button type="button" data-copy>Copy as text</button>'
        '<button type="button" data-save>Download CSV</button></p></div>'
    )


def _row(text: str, near: Neighbor | None, waiting: bool) -> str:
    if near is None:
        aside = "…" if waiting else ""
        return f'<li><p class="tg-sentence">{escape(text) or "(nothing)"}</p><p class="tg-near">{aside}</p></li>'
    if near.distance == 0:
        aside = '<span class="tg-badge">copied</span> from the training'
        return f'<li><p class="tg-sentence">{escape(text)}</p><p class="tg-near">{aside}</p></li>'
    words = "word" if near.distance == 1 else "words"
    aside = f'{near.distance} {words} from <span class="tg-sentence">{mark_gone(near.sentence, text)}</span>'
    return f'<li><p class="tg-sentence">{mark_new(near.sentence, text)}</p><p class="tg-near">{aside}</p></li>'


def _summary(neighbors: Sequence[Neighbor | None], waiting: bool, compared: int) -> str:
    if waiting:
        return "Looking for the nearest training sentences …"
    known = [near for near in neighbors if near is not None]
    if not known:
        return "The training sentences are not here, so copies cannot be found: start with --data FILE."
    copies = sum(near.distance == 0 for near in known)
    return f"{copies} of {len(known)} stand word for word among {compared:,} training sentences."


def _phrases(text: str) -> list[str]:
    if len(text) > MOST_CHARACTERS:
        raise UserError(f"the words have {len(text):,} characters; expected at most {MOST_CHARACTERS:,}")
    return [part.strip() for part in text.split(",") if part.strip()]


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer, answer_then, introduce

    model = studio.sentences
    introduce("New sentences, each beside the training sentence that is nearest to it: is it copied?")

    def write(*values: Any) -> tuple[str, list[str], int]:
        settings = _settings(*values)
        texts = write_sentences(model, settings)
        return samples_html(texts, settings.n), texts, settings.n

    def compare(texts: list[str], wanted: int) -> str:
        neighbors = neighbors_of(studio, texts)
        return samples_html(texts, wanted, neighbors, len(studio.read_texts()))

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=2, min_width=280):
            n = gr.Slider(1, MOST_WRITTEN, 8, step=1, label="Sentences")
            contains = gr.Textbox(label="Words wanted", placeholder="dog, in the park", elem_id="write-contains")
            avoid = gr.Textbox(label="Words unwanted", placeholder="man, woman")
            labels = gr.Dropdown([_ANY, *model.labels], value=_ANY, label="Label", visible=_has_labels(model))
            temperature = gr.Slider(0, 2, model.network.sampling_temperature, step=0.05, label="Temperature")
            with gr.Accordion("More", open=False):
                top_k = gr.Slider(0, 100, 0, step=1, label="Top k: sample from so many words (0: all)")
                top_p = gr.Slider(0.05, 1, 1, step=0.05, label="Top p: sample from words of this probability")
                beams = gr.Slider(1, 20, 1, step=1, label="Beams: search with so many (temperature 0)")
            seed = gr.Number(studio.seed, label="Seed", precision=0, minimum=0, elem_id="write-seed")
            with gr.Row():
                go = gr.Button("Write", variant="primary", elem_id="write-go", min_width=80)
                more = gr.Button("Others", min_width=80)
        with gr.Column(scale=3, min_width=320):
            out = gr.HTML(note("Press Write."), elem_id="write", padding=False)
    texts, wanted = gr.State([]), gr.State(0)
    inputs = [n, temperature, top_k, top_p, beams, seed, contains, avoid, labels]
    first, second = (write, inputs, [out, texts, wanted]), (compare, [texts, wanted], out)
    for event in (go.click, contains.submit, avoid.submit, seed.submit):
        answer_then(studio, event, first, second)
    next_seed = answer(studio, more.click, lambda value: typed_seed(value) + 1, [seed], seed)
    answer_then(studio, next_seed.success, first, second)


def _settings(*values: Any) -> WriteSettings:
    n, temperature, top_k, top_p, beams, seed, contains, avoid, label = values
    return WriteSettings(
        int(n),
        float(temperature),
        int(top_k),
        float(top_p),
        int(beams),
        typed_seed(seed),
        contains or "",
        avoid or "",
        label,
    )


def _has_labels(model: SentenceModel) -> bool:
    return bool(model.labels) and not model.network.spec.pairs


def _refusal(studio: StudioContext) -> str:
    return "" if isinstance(studio.model, SentenceModel) else "needs a model of sentences"


WRITE_TAB = Tab("Write", _build, _refusal)
