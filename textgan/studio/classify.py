"""The tab Classify: labels of sentences, how sure they are, and the words that speak for them."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from textgan.classifier_parts import ClassifierParts
from textgan.data.config import DataConfig
from textgan.data.in_memory import classes_named
from textgan.data.readers import read_records
from textgan.errors import UserError
from textgan.sampling.text import SentenceModel
from textgan.studio.drawings import share_bars
from textgan.studio.marks import csv_text, data_of, note
from textgan.studio.studio import StudioContext, Tab, typed

MOST_CLASSIFIED = 2_000
"""Sentences of an uploaded file."""

_BARS, _WORDS, _ROWS = 12, 8, 200
_EXAMPLES = (
    "a woman is playing a flute on stage .",
    "two dogs are running in the park .",
    "an old man is cooking soup in a kitchen .",
)


class Verdict(NamedTuple):
    """What a classifier says of a sentence.

    Args:
        shares: probability of each label, the likeliest first.
        words: of the sentence, each with what it adds to the logit of the likeliest label.
    """

    shares: list[tuple[str, float]]
    words: list[tuple[str, float]]


def classifier_of(studio: StudioContext) -> ClassifierParts | None:
    """What predicts labels; none of a model that learned none."""
    if studio.classifier is not None:
        return studio.classifier
    model = studio.model
    if not isinstance(model, SentenceModel) or not model.labels:
        return None
    return ClassifierParts(classes_named(model.labels, model.network.spec.label_type), model=model)


def classify_sentence(parts: ClassifierParts, row: Sequence[str]) -> Verdict:
    """The probabilities of the labels of a sentence, or of a pair, and what its words say.

    Args:
        parts: the classifier.
        row: one sentence, or two of a classifier of pairs.

    Raises:
        UserError: another number of them, or an empty one.
    """
    texts = tuple(typed(text, "the sentence") for text in row)
    if len(texts) != parts.sides:
        raise UserError(f"{len(texts)} sentences; expected {parts.sides}")
    names = [str(name) for name in parts.classes]
    (probabilities,) = parts.probabilities([texts])
    order = np.argsort(-probabilities, kind="stable")
    (explanation,) = parts.explain([texts])
    added = explanation.contributions[:, order[0]].tolist()
    shares = [(names[i], float(probabilities[i])) for i in order]
    return Verdict(shares, list(zip(explanation.words, added, strict=True)))


def classify_rows(parts: ClassifierParts, rows: Sequence[tuple[str, ...]]) -> list[tuple[str, float]]:
    """The likeliest label of each row and its probability.

    Raises:
        UserError: no rows, too many, or rows of another number of sentences.
    """
    if not rows or len(rows) > MOST_CLASSIFIED:
        raise UserError(f"{len(rows)} sentences; expected 1 to {MOST_CLASSIFIED:,}")
    if any(len(row) != parts.sides for row in rows):
        what = "pairs of sentences" if parts.sides == 2 else "sentences"
        raise UserError(f"rows of another number of sentences; expected {what}, as in training")
    probabilities = parts.probabilities(list(rows))
    best = probabilities.argmax(axis=1)
    return [(str(parts.classes[k]), float(p[k])) for k, p in zip(best, probabilities, strict=True)]


def rows_of_file(path: str, column: str = "") -> list[tuple[str, ...]]:
    """The sentences of an uploaded file, or the pairs.

    Args:
        path: .txt, .jsonl, .csv or .tsv, as `textgan classify` reads.
        column: of a table; "": the usual names.

    Raises:
        UserError: see `read_records`, or more than `MOST_CLASSIFIED`.
    """
    config = DataConfig(text_column=column.strip() or None)
    rows: list[tuple[str, ...]] = []
    try:
        for record in read_records(Path(path), config):
            rows.append(record.texts)
            if len(rows) > MOST_CLASSIFIED:
                raise UserError(f"the file holds more sentences; expected at most {MOST_CLASSIFIED:,}")
    except UserError as error:
        raise UserError(str(error).replace(path, Path(path).name)) from error
    return rows


def verdict_html(verdict: Verdict) -> str:
    """Probabilities as bars, the sentence with its words shaded, and the words that speak for the label."""
    label, share = verdict.shares[0]
    rest = len(verdict.shares) - _BARS
    more = f'<p class="tg-aside">and {rest} others</p>' if rest > 0 else ""
    strongest = max((abs(added) for _, added in verdict.words), default=0.0) or 1.0
    shaded = " ".join(_shaded(word, added, strongest) for word, added in verdict.words)
    speaking = sorted((pair for pair in verdict.words if pair[1] > 0), key=lambda pair: -pair[1])[:_WORDS]
    listed = "".join(f"<li><b>{escape(w)}</b> {added:+.2f}</li>" for w, added in speaking) or "<li>none</li>"
    return (
        f'<p class="tg-large"><span>{escape(label)}</span><small>{100 * share:.0f} % sure</small></p>'
        f"{share_bars(verdict.shares[:_BARS])}{more}"
        f'<h3 class="tg-sub">Words that speak for it</h3><p class="tg-sentence tg-shaded">{shaded}</p>'
        f'<ul class="tg-words">{listed}</ul>'
        '<p class="tg-aside">The numbers are what a word adds to the logit of the label.</p>'
    )


def _shaded(word: str, added: float, strongest: float) -> str:
    share = max(added, 0) / strongest
    return f'<span class="tg-shade" style="--tg-share:{share:.2f}" title="{added:+.2f}">{escape(word)}</span>'


def table_html(rows: Sequence[tuple[str, ...]], labels: Sequence[tuple[str, float]]) -> str:
    """Labels of many sentences as a table, of which the first are shown and all are saved."""
    head = ["label", "probability", *(f"sentence{i + 1}" for i in range(len(rows[0])))]
    saved = csv_text(head, ((label, f"{p:.4f}", *row) for (label, p), row in zip(labels, rows, strict=True)))
    listed = "".join(
        f'<li><p class="tg-sentence">{escape(" / ".join(row))}</p>'
        f'<p class="tg-near"><b>{escape(label)}</b> {100 * p:.0f} %</p></li>'
        for row, (label, p) in list(zip(rows, labels, strict=True))[:_ROWS]
    )
    counts = [(name, sum(label == name for label, _ in labels)) for name in dict.fromkeys(name for name, _ in labels)]
    ranked = sorted(counts, key=lambda pair: -pair[1])[:_BARS]
    rest = f" The first {_ROWS} are listed." if len(rows) > _ROWS else ""
    return (
        f'<div data-text="{data_of([label for label, _ in labels])}" data-csv="{data_of([saved])}" '
        f'data-file="labels">{share_bars([(name, count / len(rows)) for name, count in ranked])}'
        f'<p class="tg-aside">{len(rows):,} sentences.{rest}</p>'
        '<p class="tg-tools"><button type="button" data-copy>Copy the labels</button>'
        f'<button type="button" data-save>Download CSV</button></p><ul class="tg-rows">{listed}</ul></div>'
    )


def _build(studio: StudioContext) -> None:
    import gradio as gr

    from textgan.studio.page import answer, introduce

    parts = classifier_of(studio)
    assert parts is not None
    names = ", ".join(str(name) for name in parts.classes[:_BARS])
    introduce(f"Which label has a sentence, how sure is the model, and which words speak for it? It learned {names}.")
    examples = _example_rows(studio, parts.sides)

    def of_text(*texts: str) -> str:
        return verdict_html(classify_sentence(parts, texts))

    def of_file(path: str | None, column: str) -> Any:
        if path is None:
            return gr.skip()
        rows = rows_of_file(path, column or "")
        return table_html(rows, classify_rows(parts, rows))

    with gr.Row(elem_classes="tg-split"):
        with gr.Column(scale=2, min_width=280):
            titles = ["Sentence"] if parts.sides == 1 else ["First sentence", "Second sentence"]
            fields = [
                gr.Textbox(examples[0][i] if examples else "", label=title, max_lines=4, elem_id=f"classify-{i + 1}")
                for i, title in enumerate(titles)
            ]
            go = gr.Button("Classify", variant="primary", elem_id="classify-go")
            with gr.Column(elem_classes="tg-tries"):
                tries = [gr.Button(row[0], size="sm", elem_classes="tg-try") for row in examples[1:]]
            with gr.Accordion("A file of sentences", open=False):
                types = [".txt", ".csv", ".tsv", ".jsonl"]
                file = gr.File(label="One sentence a line, or a table", file_types=types, height=120)
                column = gr.Textbox(label="Column of the sentences", placeholder="text", max_lines=1)
        with gr.Column(scale=3, min_width=320):
            out = gr.HTML(note("Type a sentence, or upload a file."), elem_id="classify", padding=False)
    for event in (go.click, *(field.submit for field in fields)):
        answer(studio, event, of_text, fields, out)
    for button, row in zip(tries, examples[1:], strict=True):
        chosen = answer(studio, button.click, lambda row=row: row[0], [], fields[0])
        answer(studio, chosen.success, of_text, fields, out)
    for event in (file.upload, column.submit):
        answer(studio, event, of_file, [file, column], out)


def _example_rows(studio: StudioContext, sides: int) -> list[tuple[str, ...]]:
    model = studio.model
    if not isinstance(model, SentenceModel) or sides == 2:
        return []
    if model.config.data.data == "scenes":
        return [(text,) for text in _EXAMPLES]
    samples = [text for text in dict.fromkeys(model.sample(6, studio.seed)) if text.strip()]
    return [(text,) for text in samples[:3]]


def _refusal(studio: StudioContext) -> str:
    if classifier_of(studio) is not None:
        return ""
    return "it learned no labels" if isinstance(studio.model, SentenceModel) else "needs a model of sentences"


CLASSIFY_TAB = Tab("Classify", _build, _refusal)
