"""The pages of README and docs, and the blocks of code in them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = [
    *("README.md", "CONTRIBUTING.md", "data/README.md"),
    *sorted(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md") if page.name != "log.md"),
]


class Block(NamedTuple):
    """A block of a page, between fences."""

    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The blocks of a page, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", (ROOT / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [Block(*block) for block in found]
