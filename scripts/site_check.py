"""Check the built site: every link leads somewhere, and no page asks for anything from elsewhere.

    .venv/bin/python scripts/site_check.py build/site

Links within the site are followed, anchors too. Links to elsewhere are only read: they must be https and name a host.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {
    "img": "src",
    "script": "src",
    "link": "href",
    "source": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
}
_LOADED_RELS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "preconnect", "dns-prefetch", "manifest"}
_IN_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)")


class _Page(HTMLParser):
    """Anchors, links and what is loaded, of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read a tag."""
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif values.get(_LOADS.get(tag, "")) and (tag != "link" or _LOADED_RELS & set(values.get("rel", "").split())):
            self.loaded.append(values[_LOADS[tag]])
        self.loaded += _IN_STYLES.findall(values.get("style", ""))


def complaints(site: Path) -> Iterator[str]:
    """What is wrong with a site, a line each."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"{site} holds no page; run make docs"
    for path, page in pages.items():
        name = path.relative_to(site)
        for link in page.links:
            yield from (f"{name}: {link}: {fault}" for fault in _faults_of(link, path, site, pages))
        for source in page.loaded:
            address = urlsplit(source)
            if address.scheme != "data" and (address.scheme or address.netloc):
                yield f"{name} loads {source} from elsewhere"
            elif not address.scheme and name.name != "404.html" and not _target(address.path, path, site).is_file():
                yield f"{name} loads {source}, which is not there"
    for style in sorted(site.rglob("*.css")):
        for source in _IN_STYLES.findall(style.read_text(encoding="utf-8")):
            yield f"{style.relative_to(site)} loads {source} from elsewhere"


def _faults_of(link: str, page: Path, site: Path, pages: dict[Path, _Page]) -> Iterator[str]:
    """What is wrong with a link."""
    address = urlsplit(link)
    if address.scheme or address.netloc:
        if address.scheme not in ("https", "mailto") or not (address.netloc or address.path):
            yield "expected https and a host"
        return
    if page.name == "404.html":  # served under any address, with absolute links
        return
    target = _target(address.path, page, site) if address.path else page
    if not target.is_file():
        yield "leads nowhere"
    elif address.fragment and target in pages and unquote(address.fragment) not in pages[target].anchors:
        yield "there is no such anchor"


def _target(path: str, page: Path, site: Path) -> Path:
    start = site if path.startswith("/") else page.parent
    found = (start / unquote(path).lstrip("/")).resolve()
    return found / "index.html" if found.is_dir() else found


def main() -> int:
    """Print what is wrong; 1 if anything is."""
    site = Path(sys.argv[1] if sys.argv[1:] else "build/site").resolve()
    found = list(complaints(site))
    print(
        "\n".join(found) or f"{len(list(site.rglob('*.html')))} pages: links, anchors and what they load are in order"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
