"""A Hugging Face Space that shows a model: scenes, or what the variable TEXTGAN_MODEL names."""

import os

from textgan.studio.app import build_page, start, wait
from textgan.studio.studio import StudioContext

page = build_page(StudioContext.open(os.environ.get("TEXTGAN_MODEL", "scenes"), "cpu"))

if __name__ == "__main__":
    start(page, "0.0.0.0", int(os.environ.get("PORT", "7860")))
    wait()
