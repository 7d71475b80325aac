"""What README and docs say of the package and of each other is so."""

import re

import pytest

from tests.pages import PAGES, ROOT, blocks
from textgan.recipes import MODELS, PRESETS


@pytest.mark.parametrize("page", PAGES)
def test_code_is_between_fences_that_say_the_language(page):
    assert {block.language for block in blocks(page)} <= {"sh", "console", "python", "text"}
    outside = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"^\n {4,}\S.*$", outside, re.MULTILINE) == []


@pytest.mark.parametrize("page", [*PAGES, "docs/log.md"])
def test_links_lead_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), (page, target)
        if anchor:
            titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]
            assert anchor in slugs, (page, target)


def test_the_table_of_models_is_that_of_the_package():
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|", (ROOT / "README.md").read_text(), re.MULTILINE)
    table = {name: {"text": text.strip(), "images": images.strip()} for name, text, images in rows}
    assert table == {
        name: {m: "yes" if m in config.defaults else "" for m in ("text", "images")} for name, config in MODELS.items()
    }


def test_the_tree_of_the_package_exists():
    tree = next(block.text for block in blocks("docs/architecture.md") if block.text.startswith("textgan/\n"))
    inside = re.findall(r"^  (\S+)", tree, re.MULTILINE)
    assert [name for name in inside if not (ROOT / "textgan" / name).exists()] == []
    packages = {f"{p.parent.name}/" for p in (ROOT / "textgan").glob("*/__init__.py")}
    assert packages <= set(inside)


def test_presets_that_pages_name_exist():
    known = {name for presets in PRESETS.values() for name in presets}
    named = {n for page in PAGES for n in re.findall(r"--preset ([\w-]+)", (ROOT / page).read_text(encoding="utf-8"))}
    assert named <= known


NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def test_numbers_of_the_tables_are_those_of_the_log():
    """In per cent or as a share: so none can be changed in one of the two alone."""

    def numbers(text: str) -> set[float]:
        return {float(n.replace(",", "")) for n in NUMBER.findall(text)}

    log = numbers((ROOT / "docs" / "log.md").read_text(encoding="utf-8"))
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) > 100
    for row in rows:
        text = re.sub(r"`[^`]*`|\b[0-9a-f]{7}\b|\[[^]]*\]\([^)]*\)", "", row)
        missing = [n for n in numbers(text) if not {n, -n, round(n / 100, 6)} & log]
        assert missing == [], row
