"""Words and phrases that agree with the subject of their sentence."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

from textgan.scenes import morphology
from textgan.scenes.grammar import Choice, Node, choose, seq
from textgan.scenes.lexicon import entries


class Who(NamedTuple):
    """What the rest of the sentence must know of its subject."""

    name: str
    plural: bool
    pronoun: str
    possessive: str
    age: str

    @property
    def be(self) -> str:
        """Is or are."""
        return "are" if self.plural else "is"

    @property
    def human(self) -> bool:
        """A person or persons."""
        return self.age != "animal"


SUBJECTS = {
    Who("man", False, "he", "his", "adult"): 24,
    Who("woman", False, "she", "her", "adult"): 19,
    Who("person", False, "they", "their", "adult"): 6,
    Who("boy", False, "he", "his", "child"): 9,
    Who("girl", False, "she", "her", "child"): 8,
    Who("child", False, "they", "their", "child"): 4,
    Who("adults", True, "they", "their", "adult"): 17,
    Who("children", True, "they", "their", "child"): 6,
    Who("animal", False, "it", "its", "animal"): 6,
    Who("animals", True, "they", "their", "animal"): 3,
}

CATEGORIES = {
    "sport": 16, "music": 9, "food": 10, "work": 10, "play": 9,
    "rest": 9, "travel": 11, "animals": 6, "talk": 9, "art": 8,
}  # fmt: skip
"""Categories of activity, which are the labels, and how common each is with people."""


def zipf(listed: str, say: Callable[[str], Node | str] = lambda entry: entry) -> Choice:
    """One entry of a list from frequent to rare, by the Zipf-Mandelbrot law: weight 1 / (rank + 2.7)."""
    return choose({entry: (1 / (rank + 2.7), say(entry)) for rank, entry in enumerate(entries(listed), start=1)})


def steep(listed: str, say: Callable[[str], Node | str] = lambda entry: entry) -> Choice:
    """One entry of a list whose first entries prevail, as man and woman do: weight 1 / rank ** 1.5."""
    return choose({entry: (1 / (rank * sqrt(rank)), say(entry)) for rank, entry in enumerate(entries(listed), start=1)})


def article(who: Who | None = None) -> Choice:
    """A or the; also, where a person is given who may own it, his."""
    articles: dict[str, tuple[float, Node | str]] = {"a": (70, "a"), "the": (18, "the")}
    return choose(articles | ({"own": (15, who.possessive)} if who and who.human else {}))


def each_his(noun: str, who: Who) -> Node:
    """What each has for himself: a chair, his chair; chairs, their chairs, or a chair that they share."""
    if who.plural:
        several = morphology.plural(noun)
        return choose({"": (70, several), "own": (17, seq(who.possessive, several)), "one": (13, seq("a", noun))})
    return seq(choose({"a": (80, "a"), "own": (20, who.possessive)}), noun)


def phrase(text: str, who: Who) -> Node:
    """A phrase of the lexicon, said of `who`; its marks are explained there."""
    before, mark, noun = text.partition("~ *")
    if mark:
        return seq(phrase(before, who), each_his(noun, who))
    marks: dict[str, Node | str] = {
        "~": article(who if text.startswith("~") else None),
        "^": article(),
        "his": who.possessive,
    }
    parts: list[Node | str] = [marks.get(word, word) for word in text.split()]
    return seq(*parts)


def place_phrase(text: str) -> Node:
    """A phrase of the lexicon that nobody owns."""
    return seq(*(article() if word == "~" else word for word in text.split()))


def inflect(verb: str, form: str, who: Who) -> str:
    """A verb with its particles as "ing", "finite" (he plays, they play) or "base"."""
    head, *particles = verb.split()
    if form == "ing":
        head = morphology.participle(head)
    elif form == "finite" and not who.plural:
        head = morphology.third_person(head)
    return " ".join([head, *particles])
