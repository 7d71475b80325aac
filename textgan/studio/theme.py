"""How the page looks: fonts of the system, ink on paper, one color for what can be clicked; light and dark."""

from pathlib import Path
from typing import TYPE_CHECKING

from textgan.pictures.small_plots import PLOT_STYLE

if TYPE_CHECKING:
    import gradio as gr

_STYLES = ("studio.css", "runs.css")
_SCRIPTS = ("studio.js", "images.js")

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace")

_COLORS = {
    "body_background_fill": ("#fbfaf7", "#15171b"),
    "body_text_color": ("#1d1f23", "#e7e5df"),
    "body_text_color_subdued": ("#62666e", "#a0a4ab"),
    "background_fill_primary": ("#ffffff", "#1b1e23"),
    "background_fill_secondary": ("#f4f3ee", "#20242a"),
    "block_background_fill": ("#ffffff", "#1b1e23"),
    "block_border_color": ("#e3e1da", "#30353d"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("#4a4e55", "#b6b9bf"),
    "block_title_text_color": ("#4a4e55", "#b6b9bf"),
    "block_info_text_color": ("#62666e", "#a0a4ab"),
    "border_color_primary": ("#e3e1da", "#30353d"),
    "border_color_accent": ("#0d6b5e", "#5fc4b1"),
    "color_accent_soft": ("#e3f0ed", "#1d3531"),
    "link_text_color": ("#0d6b5e", "#5fc4b1"),
    "input_background_fill": ("#ffffff", "#16181c"),
    "input_border_color": ("#cfcdc5", "#3a4049"),
    "input_border_color_focus": ("#0d6b5e", "#5fc4b1"),
    "input_placeholder_color": ("#8b8f96", "#747a83"),
    "button_primary_background_fill": ("#0d6b5e", "#5fc4b1"),
    "button_primary_background_fill_hover": ("#0a574c", "#7ad3c2"),
    "button_primary_border_color": ("#0d6b5e", "#5fc4b1"),
    "button_primary_text_color": ("#ffffff", "#0f1513"),
    "button_secondary_background_fill": ("#ffffff", "#23272e"),
    "button_secondary_background_fill_hover": ("#f0eee8", "#2c3138"),
    "button_secondary_border_color": ("#cfcdc5", "#3a4049"),
    "button_secondary_text_color": ("#1d1f23", "#e7e5df"),
    "slider_color": ("#0d6b5e", "#5fc4b1"),
    "checkbox_background_color_selected": ("#0d6b5e", "#5fc4b1"),
    "checkbox_border_color_selected": ("#0d6b5e", "#5fc4b1"),
    "checkbox_label_background_fill": ("#ffffff", "#1b1e23"),
    "checkbox_label_background_fill_selected": ("#e3f0ed", "#1d3531"),
    "checkbox_label_text_color_selected": ("#1d1f23", "#e7e5df"),
    "checkbox_label_border_color": ("#cfcdc5", "#3a4049"),
    "error_background_fill": ("#fdf1ef", "#3a1f1c"),
    "error_text_color": ("#8c2b1d", "#f3b6ab"),
    "error_border_color": ("#e7b9b1", "#6b342b"),
}
"""Names of Gradio's theme: in light, in dark."""

_SHAPES = {
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_padding": "0px",
    "block_radius": "8px",
    "block_title_text_weight": "500",
    "block_label_text_weight": "500",
    "input_radius": "8px",
    "input_border_width": "1px",
    "input_shadow": "none",
    "button_large_radius": "8px",
    "button_small_radius": "8px",
    "button_medium_radius": "8px",
    "button_primary_shadow": "none",
    "button_secondary_shadow": "none",
    "button_large_text_weight": "500",
    "layout_gap": "16px",
    "form_gap_width": "0px",
    "container_radius": "8px",
}


def style_text() -> str:
    """The style of the page."""
    files = [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _STYLES]
    return "\n".join([PLOT_STYLE, *files])


def script_text() -> str:
    """What the page does by itself."""
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in _SCRIPTS)


def studio_theme() -> "gr.themes.Base":
    """The theme: nothing in it is loaded from elsewhere."""
    import gradio as gr

    theme = gr.themes.Base(
        primary_hue="teal", secondary_hue="teal", neutral_hue="stone", font=list(_SANS), font_mono=list(_MONO)
    )
    light = {name: pair[0] for name, pair in _COLORS.items()}
    dark = {f"{name}_dark": pair[1] for name, pair in _COLORS.items()}
    shapes = {"color_accent": "#0d6b5e", **_SHAPES, "block_border_width_dark": "0px"}
    return theme.set(**light, **dark, **shapes)
