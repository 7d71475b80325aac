"""What the site is made of is whole: `make docs` builds it."""

import importlib
import inspect
import re
import sys

import pytest

import textgan
from tests.pages import ROOT
from tests.test_help import PARSERS, names_of
from textgan.cli import COMMANDS
from textgan.recipes import MODELS

API = sorted((ROOT / "docs" / "api").glob("*.md"))
ENTRY = re.compile(r"^::: textgan\.([\w.]+)((?:\n    .*)*)", re.MULTILINE)


@pytest.fixture(scope="module", autouse=True)
def scripts_are_modules():
    sys.path.insert(0, str(ROOT / "scripts"))
    yield
    sys.path.remove(str(ROOT / "scripts"))


def named(path: str) -> object:
    """What a dotted name under textgan is."""
    found: object = textgan
    for n, part in enumerate(parts := path.split(".")):
        if not hasattr(found, part):
            importlib.import_module(".".join(["textgan", *parts[: n + 1]]))
        found = getattr(found, part)
    return found


def entries() -> dict[str, list[str] | None]:
    """What the reference has: dotted names, and members where they are chosen."""
    found: dict[str, list[str] | None] = {}
    for page in API:
        for path, options in ENTRY.findall(page.read_text(encoding="utf-8")):
            members = re.search(r"members: \[(.*)\]", options)
            found[path] = None if members is None else [m for m in members[1].split(", ") if m]
    return found


def test_the_reference_has_only_names_that_exist():
    for path, members in entries().items():
        assert named(path) is not None
        for member in members or []:
            assert hasattr(named(path), member), (path, member)


def test_the_reference_has_every_public_name():
    found = entries()
    assert set(textgan.__all__) - {"__version__"} - set(found) == set()
    for name in ("SentenceModel", "ImageModel", "SentenceClassifier"):
        cls = getattr(textgan, name)
        public = {n for n, _ in inspect.getmembers(cls) if n in vars(cls) and not n.startswith("_")}
        listed = set(found[name] or public) | {p.partition(".")[2] for p in found if p.startswith(f"{name}.")}
        inner = {"of", "card", "to_text", "sample_ids", "check_label"}  # what the package itself calls
        assert public - listed - inner == set(), name
    assert {f"{c.__module__}.{c.__name__}".removeprefix("textgan.") for c in MODELS.values()} <= set(found)


def test_every_flag_has_its_place_in_the_reference_of_commands():
    from site_commands import command_pages

    pages = dict(command_pages())
    assert {f"cli/{name}.md" for name in COMMANDS} | {f"cli/train/{model}.md" for model in MODELS} < set(pages)
    for flags in PARSERS.values():
        command, *model = flags.prog.split()[1:]
        text = pages[f"cli/{command}.md"] + (pages[f"cli/train/{model[0]}.md"] if model else "")
        listed = set(re.findall(r"`(--?[\w.-]+)[^`]*`", text))
        assert names_of(flags) - {"--help", "--help-all", "--quiet", "--verbose"} - listed == set(), flags.prog


GOOD = '<h1 id="top">A</h1><a href="b.html#there">b</a><a href="#top">up</a><a href="https://example.org/x">far</a>'


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ("", None),
        ('<a href="c.html">c</a>', "a.html: c.html: leads nowhere"),
        ('<a href="b.html#here">b</a>', "a.html: b.html#here: there is no such anchor"),
        ('<a href="http://example.org">x</a>', "a.html: http://example.org: expected https and a host"),
        ('<script src="https://cdn.example.org/x.js"></script>', "loads https://cdn.example.org/x.js from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example.org/x.css">', "loads //fonts.example.org/x.css from elsewhere"),
        ('<img src="none.png">', "loads none.png, which is not there"),
        ('<p style="background: url(https://example.org/x.png)">', "loads https://example.org/x.png from elsewhere"),
    ],
)
def test_faults_of_a_site_are_found(tmp_path, added, complaint):
    from site_check import complaints

    (tmp_path / "a.html").write_text(GOOD + added)
    (tmp_path / "b.html").write_text('<h2 id="there">B</h2>')
    found = list(complaints(tmp_path))
    assert found == [] if complaint is None else len(found) == 1 and complaint in found[0]


def test_styles_that_load_from_elsewhere_and_sites_without_pages_are_found(tmp_path):
    from site_check import complaints

    (tmp_path / "a.css").write_text('@import "https://fonts.example.org/x.css";')
    assert len(list(complaints(tmp_path))) == 2


def test_notebooks_are_in_the_navigation_and_say_what_they_are():
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    index = (ROOT / "docs" / "notebooks" / "index.md").read_text(encoding="utf-8")
    for source in sorted((ROOT / "docs" / "notebooks").glob("*.py")):
        text = source.read_text(encoding="utf-8")
        assert f"notebooks/{source.stem}.md" in site
        assert f"({source.stem}.md)" in index
        assert "# %% [markdown]\n# # " in text
        compile(text, str(source), "exec")


def test_every_page_of_docs_is_in_the_navigation():
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    nav = set(re.findall(r"^ +- (?:[\w ]+: )?([\w/]+\.md)$", site.partition("\nnav:")[2], re.MULTILINE))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not page.startswith("space/")} - nav == set()
