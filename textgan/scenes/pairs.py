"""Entailment, neutral and contradiction by construction: say the same meaning again, changed on purpose.

A premise is derived, and the decisions in its slots are its meaning. A hypothesis is a new derivation, in any form,
that obeys part of them:

- entailment: some details are left out, or the subject is called by a wider word (man: person);
- neutral: moreover something is added of which the premise says nothing;
- contradiction: moreover something is changed into what cannot be true as well: another sex, number, color or side of
  the door, or an activity that leaves no hand free for the first.

All three leave out details and widen the subject, at rates that make hypotheses about equally long, so the hypothesis
alone tells less of the label than it does in corpora that people wrote. As is usual for captions, both sentences are
about one and the same subject, and who is awake and busy is not at something else. A premise that gives no occasion for
the change is drawn anew.
"""

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from textgan.scenes import activities, rules
from textgan.scenes.grammar import Meaning, derive
from textgan.scenes.lexicon import COLORS, entries
from textgan.scenes.morphology import spell

RandomStream = Iterator[float]
Change = Callable[[Meaning, RandomStream], Meaning | None]

DETAILS = ("look", "clothes", "place", "extra")
"""Slots that a sentence can do without."""

CORE = ("who", "together", "pair", "noun", "quantity", "color", "category", "activity", "verb", "object")
"""Slots that a hypothesis keeps as they are unless they are changed on purpose."""

WIDER = {"man": "person", "woman": "person", "boy": "child", "girl": "child"}
NARROWER = {"person": ("man", "woman"), "child": ("boy", "girl")}
OTHER_SEX = {"man": "woman", "woman": "man", "boy": "girl", "girl": "boy"}
MANY = {"man": "adults", "woman": "adults", "person": "adults", "boy": "children", "girl": "children",
        "child": "children", "animal": "animals"}  # fmt: skip
UNCOUNTED = ("", "some", "several", "many", "a few", "a group of")
NUMERALS = ("two", "three", "four", "five")

INDOORS = frozenset(
    entries(
        "in ~ room | in ~ living room | in ~ house | in ~ kitchen | in ~ restaurant | in ~ cafe | in ~ gym"
        " | in ~ church | in ~ bar | in ~ club | in ~ garage | in ~ workshop | in ~ factory | in ~ warehouse"
        " | in ~ store | in ~ shop | in ~ bed | on ~ couch | in ~ barn | in ~ classroom | in ~ museum | in ~ gallery"
        " | in ~ indoor pool"
    )
)
"""Places that are surely under a roof; not "at a party"."""

OUTDOORS = frozenset(
    entries(
        "outside | in ~ park | on ~ street | on ~ sidewalk | at the beach | in ~ yard | on ~ field | on the grass"
        " | in ~ lake | in the ocean | in ~ river | in ~ field | in the snow | on the beach | in ~ backyard"
        " | in the sand | on ~ track | along the beach | on ~ path | under ~ tree | in ~ garden"
        " | in ~ forest | at ~ festival"
    )
)
"""Places that are surely in the open; not "in the city"."""

BUSY = ("sport", "music", "food", "work", "art")
"""Categories of activity of which nobody does two at once, but for the activities whose verbs begin like these:"""
SIDELINES = tuple(
    entries("look at | pose | take | drink | exercise | sing | dance | perform | cut | grill | clean | carry")
)
ASLEEP = "sleep | rest | nap: "


def make(label: str, source: RandomStream, max_tokens: int) -> tuple[str, str, str]:
    """A premise, a hypothesis of the given label, and that label.

    Args:
        label: entailment, neutral or contradiction.
        source: numbers in [0, 1), as many as are needed.
        max_tokens: longest sentence.
    """
    while True:
        premise = derive(rules.sentence(), source)
        if premise and len(premise.words) <= max_tokens:
            share, changes = CHANGES[label]
            hypothesis = _restate(premise.meaning, share, changes[int(next(source) * len(changes))], source)
            if hypothesis and len(hypothesis) <= max_tokens and hypothesis != premise.words:
                return spell(premise.words), spell(hypothesis), label


def _restate(premise: Meaning, share: float, change: Change, source: RandomStream) -> list[str] | None:
    """The premise's meaning with fewer details and with the change; None where that cannot be said."""
    changed = change(premise, source)
    if changed is None:
        return None
    wider = _wider(premise) if next(source) < 0.35 else {}
    hypothesis = derive(rules.sentence(), source, _kept(premise, share, source) | wider | changed)
    if hypothesis is None or not all(_obeys(hypothesis.meaning, slot, order) for slot, order in changed.items()):
        return None
    return hypothesis.words


def _obeys(meaning: Meaning, slot: str, order: tuple[str, ...]) -> bool:
    # A slot that the sentence does not have is as good as an empty one.
    return meaning.get(slot, ("",))[: len(order)] == order


def _kept(premise: Meaning, share: float, source: RandomStream) -> Meaning:
    """The core of the meaning, a share of the details, and a form that can say them."""
    kept: Meaning = {slot: premise[slot] for slot in CORE if slot in premise}
    for slot in DETAILS:
        kept[slot] = premise[slot] if _says(premise, slot) and next(source) < share else ("",)
    seated = premise.get("posture") == ("seated",) and next(source) < share
    kept |= {"posture": ("seated",), "seat": premise["seat"]} if seated else {"posture": ("",)}
    # Only what is meant counts: "is playing" or "plays", "a man" or "the man".
    kept["aspect"] = premise["aspect"] if premise.get("aspect", ("now",))[0] == "soon" else ("now",)
    kept["form"] = (("plain", "plain", "caption", "there")[int(next(source) * 4)],)
    if premise["who"][0] in MANY:
        kept.pop("quantity", None)
    elif premise.get("quantity") == ("the",):
        kept["quantity"] = ("",)
    if premise["form"] == ("professional",):
        kept |= {"form": ("professional",), "profession": premise["profession"]}
    return kept


def _says(premise: Meaning, slot: str) -> bool:
    return premise.get(slot, ("",)) != ("",)


# Changes: decisions for the hypothesis, or None where the premise gives no occasion --------------------------


def _wider(premise: Meaning) -> Meaning:
    """A wider word for the subject: man: person; a boy and a girl: two children."""
    (who,) = premise["who"]
    if "pair" in premise and premise["together"] == ("and",):
        noun = "person" if who == "adults" else "child"
        return {"together": ("",), "quantity": ("counted", "two"), "noun": (noun,)}
    wider: Meaning = {"who": (WIDER.get(who, who),)}
    if premise["form"] == ("professional",):
        wider |= {"form": ("plain",)}
    noun = {"adults": "person", "children": "child", "animals": "animal"}.get(who, WIDER.get(who, who))
    return wider | {"noun": (noun,)}


def _dropped(premise: Meaning, source: RandomStream) -> Meaning | None:
    """Leave out a detail that is there, so that something is lost for sure."""
    said = [slot for slot in DETAILS if _says(premise, slot)]
    return {_pick(said, source): ("",)} if said else None


def _widened(premise: Meaning, source: RandomStream) -> Meaning | None:
    """Call the subject by a wider word that is a different one."""
    wider = _wider(premise)
    return wider if any(premise.get(slot) != value for slot, value in wider.items()) else None


def _added(premise: Meaning, source: RandomStream) -> Meaning | None:
    """A detail that the premise does not give."""
    missing = [slot for slot in DETAILS if not _says(premise, slot) and not (slot == "place" and "seat" in premise)]
    return {_pick(missing, source): ("yes",)} if missing else None


def _narrowed(premise: Meaning, source: RandomStream) -> Meaning | None:
    """Call a person a man or a woman; count several people."""
    (who,), noun = premise["who"], premise.get("noun", ("",))[0]
    if premise.get("quantity", ("",))[-1] in UNCOUNTED and who not in MANY:
        return {"quantity": ("counted", _pick(NUMERALS, source))}
    if noun not in NARROWER:
        return None
    narrow = _pick(NARROWER[noun], source)
    return {"noun": (narrow,), "who": (narrow if who == noun else who,)}


def _other_sex(premise: Meaning, source: RandomStream) -> Meaning | None:
    """A woman for a man, girls for boys."""
    (who,), noun = premise["who"], premise.get("noun", ("",))[0]
    other = OTHER_SEX.get(noun) or OTHER_SEX.get(who)
    return {"who": (OTHER_SEX.get(who, who),), "noun": (other,)} if other else None


def _other_number(premise: Meaning, source: RandomStream) -> Meaning | None:
    """Several for one, three for two."""
    (who,), quantity = premise["who"], premise.get("quantity", ("",))
    if who in MANY:
        return {"who": (MANY[who],), "together": ("",), "quantity": ("counted", _pick(NUMERALS[:2], source))}
    if quantity[-1] not in NUMERALS[:-1]:
        return None
    return {"quantity": ("counted", _pick(NUMERALS[NUMERALS.index(quantity[-1]) + 1 :], source))}


def _other_color(premise: Meaning, source: RandomStream) -> Meaning | None:
    """A blue shirt for a red one."""
    if "color" not in premise:
        return None
    others = [color for color in entries(COLORS) if color != premise["color"][0]]
    return {"clothes": premise["clothes"], "color": (others[int(len(others) * next(source) ** 2)],)}


def _other_side(premise: Meaning, source: RandomStream) -> Meaning | None:
    """In the open what was under a roof."""
    spot, places = premise.get("place", ("",)), rules.REPERTOIRE[premise["activity"][0]].places
    if len(spot) > 2 and spot[2] in INDOORS | OUTDOORS:
        side, known = ("outside", OUTDOORS) if spot[2] in INDOORS else ("inside", INDOORS)
        sure = [entry for entry in entries(getattr(places, side)) if entry in known]
        return {"place": ("yes", side, _pick(sure, source))} if sure else None
    return None


def _other_activity(premise: Meaning, source: RandomStream) -> Meaning | None:
    """Cooking for skiing; sleep for anything, and anything for sleep."""
    (who,), (category,), (doing,) = premise["who"], premise["category"], premise["activity"][:1]
    if who in ("animal", "animals"):
        return None
    if doing == ASLEEP:
        then = _activity(_pick(BUSY, source), source)
    elif category != "rest" and next(source) < 0.05:
        then = {"category": ("rest",), "activity": (ASLEEP,)}
    elif category in BUSY and not doing.startswith(SIDELINES):
        then = _activity(_pick([busy for busy in BUSY if busy != category], source), source)
        if then["activity"][0].startswith(SIDELINES):
            return None
    else:
        return None
    # A firefighter who sleeps is no firefighter's work: the trade gives way to "person".
    subject = _wider(premise) if premise["form"] == ("professional",) else {}
    anew: Meaning = {"verb": (), "object": (), "place": (), "extra": (), "posture": ("",), "aspect": ("now",)}
    return subject | anew | then


def _activity(category: str, source: RandomStream) -> Meaning:
    """One of a category, as often as the grammar has it."""
    done = activities.ACTIVITIES[category]
    ladder = list(accumulate(activity.weight for activity in done))
    chosen = done[bisect(ladder, next(source) * ladder[-1])]
    return {"category": (category,), "activity": (f"{chosen.verbs}: {chosen.objects}",)}


def _pick(options: Sequence[str], source: RandomStream) -> str:
    return options[int(next(source) * len(options))]


CHANGES: dict[str, tuple[float, tuple[Change, ...]]] = {
    "entailment": (0.9, (_dropped, _dropped, _widened)),
    "neutral": (0.4, (_added, _narrowed)),
    "contradiction": (0.75, (_other_sex, _other_number, _other_color, _other_side, _other_activity, _other_activity)),
}
"""For each label the share of other details kept, such that the three say about equally much, and the changes."""
