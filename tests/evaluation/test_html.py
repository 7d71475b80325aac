"""The report as a browser reads it: whole, alone, and without anything of the data taken for markup."""

import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from textgan.errors import UserError
from textgan.evaluation.measurements import Report
from textgan.evaluation.report.html import (
    Curve,
    Curves,
    MetricTable,
    Notes,
    Section,
    SentenceList,
    SentencePaths,
    write_report,
)

NASTY = '</li><script>alert("1 & 2")</script> $x_1^2$ it\'s --> <!--'
VOID = {"meta", "br", "path", "use"}


class Page(HTMLParser):
    """Tags opened and closed, attributes, and text by the tag around it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        if data.strip():
            self.text.setdefault(self.open[-1], []).append(data.strip())

    def values(self, name: str) -> list[str]:
        return [value or "" for key, value in self.attributes if key == name]


def written(tmp_path: Path, *sections: Section, title: str = "A report") -> str:
    write_report(tmp_path / "report.html", title, sections)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def everything(text: str = "words") -> list[Section]:
    report = Report({text: 0.123456, "b": 12345.6}, {text: 7.0}, {text: text})
    curve = Curve(text, [(10.0, 200.0), (20.0, 150.0)], [text, "0.5"])
    return [
        MetricTable(text, report, {text: text}),
        Curves(text, [curve, curve], text, text, logarithmic=True, caption=text),
        Curves(text, [curve], text, text, joined=False),
        SentenceList(text, [text, ""], text),
        SentencePaths(text, [[text, "other words", text, ""]], text),
        Notes(text, {text: text}),
    ]


def test_every_tag_is_closed_and_ids_are_of_one_thing(tmp_path):
    page = Page(written(tmp_path, *everything()))
    assert page.open == []
    ids = page.values("id")
    assert len(ids) == len(set(ids)) > 6
    links = [value for name in ("href", "xlink:href") for value in page.values(name)]
    assert {link.removeprefix("#") for link in links} <= set(ids)
    assert set(re.findall(r"url\(#(.*?)\)", str(page.attributes))) <= set(ids)


def test_nothing_of_the_data_becomes_markup(tmp_path):
    plain, nasty = (Page(written(tmp_path, *everything(text), title=text)) for text in ("words", NASTY))
    assert nasty.open == []
    assert {"script", "style"} & set(nasty.tags) == {"style"}
    assert nasty.text["h1"] == nasty.text["title"] == [NASTY]
    assert set(nasty.text["h2"]) == {NASTY}
    assert nasty.text["li"][0] == NASTY
    assert nasty.text["th"][-2] == nasty.text["dd"][0] == NASTY
    assert NASTY in nasty.text["text"], "labels of a plot, dollars and all"
    assert {name for name, _ in nasty.attributes} == {name for name, _ in plain.attributes}


def test_the_page_loads_nothing(tmp_path):
    text = written(tmp_path, *everything())
    page = Page(text)
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(page.tags)
    assert all(link.startswith("#") for link in page.values("href") + page.values("xlink:href"))
    assert page.values("src") == []
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    assert "default-src 'none'; style-src 'unsafe-inline'" in page.values("content")


def test_the_same_sections_give_the_same_bytes(tmp_path):
    assert written(tmp_path, *everything()) == written(tmp_path, *everything())


def test_numbers_are_readable(tmp_path):
    metrics = {"a": 0.0123456, "b": 98765.4, "c": 3.0, "d": -1.5, "e": math.nan, "f": math.inf, "g": 1e-7}
    page = Page(written(tmp_path, MetricTable("t", Report(metrics, {}, {}))))
    assert page.text["td"] == ["0.01235", "98,765", "3", "−1.5", "–", "∞", "1e-07"]
    assert page.text["th"] == ["metric", "model", *"abcdefg"], "no column for what no metric has"


def test_real_values_and_explanations_stand_beside_their_metric(tmp_path):
    report = Report({"unique": 0.5, "bleu": 20.0}, {"unique": 0.9, "unheard_of": 1.0}, {"seed": "0"})
    page = Page(written(tmp_path, MetricTable("t", report, {"bleu": "overlap"})))
    assert page.text["th"] == ["metric", "model", "real", "meaning", "unique", "bleu"]
    assert page.text["td"] == ["0.5", "0.9", "20", "overlap"]
    assert (page.text["dt"], page.text["dd"]) == (["seed"], ["0"])


def test_words_that_come_are_marked_and_words_that_go_are_struck(tmp_path):
    path = ["a man sleeps .", "a dog sleeps .", "a dog sleeps", "a dog sleeps", ""]
    text = written(tmp_path, SentencePaths("t", [path]))
    items = re.findall("<li>(.*)</li>", text)
    assert items == [
        "a man sleeps .",
        "a <mark>dog</mark> sleeps .",
        "a dog sleeps <del>.</del>",
        "a dog sleeps",
        '<span class="none">(empty)</span> <del>a dog sleeps</del>',
    ]


def test_points_that_cannot_be_drawn_are_counted(tmp_path):
    curve = Curve("c", [(1, 2), (0, 1), (math.inf, 3), (2, math.nan)], ["kept", "zero", "far", "none"])
    page = Page(written(tmp_path, Curves("t", [curve], "x", "y", logarithmic=True)))
    assert page.text["span"] == ["c", "points left out (not finite): 3"]
    assert "kept" in page.text["text"]
    assert not {"zero", "far", "none"} & set(page.text["text"])
    linear = Page(written(tmp_path, Curves("t", [curve], "x", "y")))
    assert "points left out (not finite): 2" in linear.text["span"]


def test_plots_have_the_color_of_the_text_around_them(tmp_path):
    text = written(tmp_path, *everything())
    assert "currentColor" in text
    assert "#010203" not in text


def test_sections_without_content_say_so(tmp_path):
    empty = [
        MetricTable("a", Report({}, {}, {})),
        SentenceList("b", []),
        SentencePaths("c", []),
        SentencePaths("d", [[]]),
        Notes("e", {}),
    ]
    page = Page(written(tmp_path, *empty, Curves("f", [], "x", "y"), Curves("g", [Curve("n", [])], "x", "y", True)))
    assert page.open == []
    assert page.text["p"] == ["none"] * 4
    assert "svg" in page.tags
    assert Page(written(tmp_path)).text["h1"] == ["A report"]


def test_half_characters_do_not_stop_the_report(tmp_path):
    assert "a ? b" in written(tmp_path, SentenceList("t", ["a \ud800 b"]))


def test_a_report_that_cannot_be_written_is_one_clear_error(tmp_path):
    with pytest.raises(UserError, match="expected a file in an existing folder"):
        write_report(tmp_path / "nowhere" / "report.html", "t", [])
