"""The page: its tabs, its server."""

import os
import time
from html import escape
from typing import TYPE_CHECKING

from textgan.studio.gradient import GRADIENT_TAB
from textgan.studio.studio import StudioContext, Tab
from textgan.studio.theme import SCRIPT, STYLE, studio_theme

if TYPE_CHECKING:
    import gradio as gr

TABS: tuple[Tab, ...] = (GRADIENT_TAB,)
"""In the order of the page."""

MOST_UPLOADED = 2 << 20
"""Bytes of an uploaded file."""

_WAITING = 64
"""Requests that may wait; later ones are refused."""


def build_page(studio: StudioContext) -> "gr.Blocks":
    """The page of a model; what it cannot serve is left out, and a line says why."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    import gradio as gr

    refusals = {tab.title: tab.refusal(studio) for tab in TABS}
    with gr.Blocks(analytics_enabled=False, title=f"textgan studio: {studio.name}") as page:
        gr.HTML(_header(studio))
        with gr.Tabs():
            for tab in TABS:
                if not refusals[tab.title]:
                    with gr.Tab(tab.title, id=tab.title.lower()):
                        tab.build(studio)
        left_out = "; ".join(f"{title} ({why})" for title, why in refusals.items() if why)
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
        css=STYLE.read_text(encoding="utf-8"),
        head=f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>",
    )
    return str(address)


def wait() -> None:
    """Wait until Ctrl-C."""
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return


def _header(studio: StudioContext) -> str:
    return f'<header class="tg-header"><h1>{escape(studio.name)}</h1><p>{escape(studio.heading)}</p></header>'
