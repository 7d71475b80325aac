"""What mkdocs asks while it builds the site: pages that have their one source elsewhere, and links between them.

README is the first page. The reference of the commands is made from their parsers, the notebooks from what they
printed when `scripts/site_notebooks.py` ran them. Links to files of the repository lead to the repository where
TEXTGAN_REPOSITORY says its address, and are plain text elsewhere.
"""

import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from site_commands import command_pages
from site_notebooks import EXECUTED, notebook_page, sources

ROOT = Path(__file__).resolve().parent.parent

ELSEWHERE = {
    "README.md": "index.md",
    "data/README.md": "data.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Files of the repository that are pages of the site."""

_RARELY_WANTED = ("log.md", "results.md", "changelog.md", "gradients.md")
"""Pages that a search finds last."""

_OF_REPOSITORY = ("docs/space/",)
"""Folders of docs/ that are no pages."""

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def on_config(config: Any) -> Any:
    """Put the commands into the navigation."""
    pages = [path for path, _ in command_pages()]
    section = next(part for part in config.nav if "Command line" in part)
    models = [path for path in pages if path.startswith("cli/train/")]
    section["Command line"] = [path for path in pages if path not in models] + [{"train, by model": models}]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages whose source is elsewhere."""
    for source, path in ELSEWHERE.items():
        text = linked((ROOT / source).read_text(encoding="utf-8"), source, path)
        files.append(File.generated(config, path, content=text))
    for path, text in command_pages():
        files.append(File.generated(config, path, content=text))
    for notebook in sources():
        executed = EXECUTED / f"{notebook.stem}.ipynb"
        if not executed.is_file():
            raise PluginError(f"{executed} not found; run make docs, or scripts/site_notebooks.py")
        for path, content in notebook_page(executed):
            files.append(File.generated(config, f"notebooks/{path}", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Mend the links of pages that are files in docs/."""
    path = page.file.src_uri
    if path == "index.md":
        page.meta["hide"] = ["navigation"]
    if path in _RARELY_WANTED:
        page.meta["search"] = {"boost": 0.2}
    if path in ELSEWHERE.values() or path.startswith(("cli/", "notebooks/")):
        return markdown
    return linked(markdown, f"docs/{path}", path)


def linked(text: str, source: str, path: str) -> str:
    """A page with links that lead where its files are on the site.

    Args:
        text: the page.
        source: its file in the repository.
        path: its place on the site.
    """
    blocks: list[str] = []

    def kept(block: re.Match[str]) -> str:
        blocks.append(block[0])
        return f"\0{len(blocks) - 1}\0"

    def moved(link: re.Match[str]) -> str:
        target, _, anchor = link[3].partition("#")
        if not target or re.match(r"\w+:", link[3]):
            return link[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        if file in ELSEWHERE or (file.startswith("docs/") and not file.startswith(_OF_REPOSITORY)):
            place = ELSEWHERE.get(file) or file.removeprefix("docs/")
            there = posixpath.relpath(place, posixpath.dirname(path) or ".")
            return f"{link[1]}[{link[2]}]({there}{'#' * bool(anchor)}{anchor})"
        repository = os.environ.get("TEXTGAN_REPOSITORY")
        return f"[{link[2]}]({repository}/blob/main/{file})" if repository else f"`{link[2]}`"

    text = _LINK.sub(moved, _FENCE.sub(kept, text))
    return re.sub(r"\0(\d+)\0", lambda mark: blocks[int(mark[1])], text)
