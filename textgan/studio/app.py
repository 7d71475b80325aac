"""The page: its tabs, its server."""

import os
import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from textgan.errors import UserError
from textgan.studio.api import add_api
from textgan.studio.classify import CLASSIFY_TAB
from textgan.studio.edit import EDIT_TAB
from textgan.studio.gradient import GRADIENT_TAB
from textgan.studio.images import IMAGES_TAB
from textgan.studio.map import MAP_TAB
from textgan.studio.page import answer_once
from textgan.studio.studio import StudioContext, Tab
from textgan.studio.theme import script_text, studio_theme, style_text
from textgan.studio.training import TRAINING_TAB
from textgan.studio.write import WRITE_TAB

if TYPE_CHECKING:
    import gradio as gr

TABS: tuple[Tab, ...] = (GRADIENT_TAB, MAP_TAB, WRITE_TAB, EDIT_TAB, CLASSIFY_TAB, TRAINING_TAB, IMAGES_TAB)
"""In the order of the page."""

MOST_UPLOADED = 2 << 20
"""Bytes of an uploaded file."""

_UPLOADS_KEPT = (600, 600)
"""Seconds between two looks for old uploads, and how old they may be."""

_WAITING = 64
"""Requests that may wait; later ones are refused."""


def build_page(studio: StudioContext) -> "gr.Blocks":
    """The page of a model; what it cannot serve is left out, and a line says why.

    Raises:
        UserError: nothing is left.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import gradio as gr

    refusals = {tab.title: tab.refusal(studio) for tab in TABS}
    served = [tab for tab in TABS if not refusals[tab.title]]
    left_out = "; ".join(f"{title} ({why})" for title, why in refusals.items() if why)
    if not served:
        raise UserError(f"the studio has nothing to show of {studio.name}: {left_out}; textgan plot draws any model")
    with gr.Blocks(
        analytics_enabled=False, title=f"textgan studio: {studio.name}", fill_width=True, delete_cache=_UPLOADS_KEPT
    ) as page:
        add_api(studio)  # first: whoever comes later with the same name gets another
        gr.HTML(_header(studio, served), padding=False)
        for tab in served:
            with gr.Column(elem_id=f"panel-{tab.title.lower()}", elem_classes="tg-panel"):
                opened = gr.Button(elem_id=f"open-{tab.title.lower()}", elem_classes="tg-hidden")
                tab.build(studio)
            for function, inputs, output in studio.when_opened:
                answer_once(studio, opened.click, function, inputs, output)
            studio.when_opened.clear()
        if left_out:
            gr.HTML(f'<p class="tg-left-out">Not for this model: {escape(left_out)}.</p>')
    page.queue(max_size=_WAITING, default_concurrency_limit=1)
    return page


def start(page: "gr.Blocks", host: str = "127.0.0.1", port: int = 7860) -> str:
    """Serve the page without waiting, until `page.close()`.

    Returns:
        Its address.
    """
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        show_error=True,
        max_file_size=MOST_UPLOADED,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=studio_theme(),
        css=style_text() + _PANELS,
        head=f"<script>{script_text()}</script>",
    )
    page.server.config.timeout_graceful_shutdown = 1  # an open page would be waited for
    return str(address)


def wait() -> None:
    """Wait until Ctrl-C."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return


def _header(studio: StudioContext, tabs: Sequence[Tab]) -> str:
    """Name and description of the model, and the tabs, which the page's script opens."""
    buttons = "".join(
        f'<button type="button" role="tab" id="tab-{name}" data-tab="{name}" aria-controls="panel-{name}" '
        f'aria-selected="{str(not i).lower()}" tabindex="{-1 if i else 0}">{escape(tab.title)}</button>'
        for i, (tab, name) in enumerate((tab, tab.title.lower()) for tab in tabs)
    )
    return (
        f'<header class="tg-header"><p>textgan studio</p><h1>{escape(studio.name)}</h1>'
        f'<p>{escape(studio.heading)}</p></header><div class="tg-tabs" role="tablist">{buttons}</div>'
    )


_PANELS = "".join(f'\nhtml[data-tab="{t.title.lower()}"] #panel-{t.title.lower()} {{ display: flex; }}' for t in TABS)
"""A tab is open where the page says so; the first one at the beginning."""
