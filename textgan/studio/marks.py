"""Sentences as HTML, with the words marked that are not in another sentence."""

import base64
import csv
import io
from collections.abc import Iterable, Sequence
from html import escape

from textgan.sampling.proposals import alignment

WordEdit = tuple[str, str]
"""A word before and after; "" where there is none."""


def word_edits(before: str, after: str) -> list[WordEdit]:
    """The fewest changes of words that make one sentence the other, in order."""
    ids: dict[str, int] = {}
    first, last = (tuple(ids.setdefault(word, len(ids)) for word in text.split()) for text in (before, after))
    words = list(ids)
    return [("".join(words[i] for i in old), "".join(words[i] for i in new)) for old, new in alignment(first, last)]


def mark_new(before: str, after: str) -> str:
    """The sentence `after` with the words marked that `before` lacks there, and a gap where words are gone
    and none came in their place."""
    parts: list[str] = []
    gone: list[str] = []
    for old, new in [*word_edits(before, after), ("", "")]:
        if old and not new:
            gone.append(old)
            continue
        if gone and old == new:
            parts.append(f'<i class="tg-gap" title="gone: {escape(" ".join(gone))}"></i>')
        gone = []
        if new:
            parts.append(escape(new) if old == new else f"<mark>{escape(new)}</mark>")
    return " ".join(parts)


def mark_gone(before: str, after: str) -> str:
    """The sentence `before` with the words marked that `after` lacks there."""
    edits = [(old, new) for old, new in word_edits(before, after) if old]
    return " ".join(escape(old) if old == new else f"<del>{escape(old)}</del>" for old, new in edits)


def data_of(lines: Sequence[str]) -> str:
    """Lines for an attribute of an element, from which the page copies or saves them."""
    return escape("\n".join(lines), quote=True)


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows below a head, as they are saved."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def note(text: str) -> str:
    """A line in place of a result, such as what to do first."""
    return f'<p class="tg-note">{escape(text)}</p>'


def picture_html(png: bytes, says: str) -> str:
    """A picture within the page, and below it what it is."""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    return (
        f'<figure class="tg-picture"><img alt="{escape(says)}" src="{source}"><figcaption>{escape(says)}</figcaption>'
        "</figure>"
    )
