"""The grammar of scenes: one function per phrase, with agreement as an argument.

    sentence  ->  subject  predicate  "."              a man is playing soccer in the park .
               |  subject  participial phrase  "."     two girls in red shirts singing on stage .
               |  "there is"  subject  phrase  "."     there is an old woman reading a book .
               |  place  ","  subject  verb phrase "." in a kitchen , a woman is making soup .

`who`, the kind of subject, runs through all of it: it chooses "is" or "are", "plays" or "play", "his", "her", "its" or
"their", and whether a thing that each has for himself is "a hat" or "hats". Slots name the parts of the meaning, and
`pairs` rewrites them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain

from textgan.scenes import activities, lexicon, morphology
from textgan.scenes.activities import Activity
from textgan.scenes.grammar import Choice, Node, choose, in_slot, maybe, seq, silent_label
from textgan.scenes.lexicon import Places, entries
from textgan.scenes.phrases import CATEGORIES, SUBJECTS, Who, inflect, phrase, place_phrase, steep, zipf

REPERTOIRE = {
    f"{activity.verbs}: {activity.objects}": activity
    for activity in (*chain.from_iterable(activities.ACTIVITIES.values()), *activities.ANIMAL_ACTIVITIES)
}
"""All activities by the keys that they have in the slot `activity`."""


EVERYWHERE = " | ".join(
    dict.fromkeys(
        spot
        for places in (lexicon.ANYWHERE, *(a.places for a in REPERTOIRE.values()))
        for text in places
        if text
        for spot in entries(text)
        if spot.startswith(("in ", "on ", "at ", "near ", "outside"))
    )
)
"""All places where one can be: people do most things where they fit, and now and then elsewhere."""


# Subjects ---------------------------------------------------------------------------------------------------------


@cache
def subject(who: Who, nouns: str = "", definite: bool = True) -> Node:
    """Who it is about: an old man in a hat; two girls; a boy and his dog."""
    nouns = nouns or lexicon.NOUNS[who.name]
    if not who.plural:
        determiner = {"a": (87, "a"), "the": (13 if definite else 0, "the")}
        return seq(in_slot("quantity", choose(determiner)), noun_phrase(who, nouns))
    counted = seq(in_slot("quantity", quantity(definite)), noun_phrase(who, nouns))
    if not who.human:
        return counted
    return in_slot("together", choose({"": (85, counted), "and": (15 if definite else 0, two_people(who))}))


@cache
def noun_phrase(who: Who, nouns: str) -> Node:
    """The noun with what surrounds it."""
    noun = steep(nouns, morphology.plural if who.plural else str)
    appearance = in_slot("look", maybe(0.3, zipf(lexicon.LOOKS[who.name])))
    dress = in_slot("clothes", maybe(0.27, clothes(who))) if who.human else ""
    return seq(appearance, in_slot("noun", noun), dress)


def quantity(definite: bool) -> Choice:
    """Two, a group of, the, or nothing; "there are" takes neither the definite nor a group, which is singular there."""
    counted = steep(lexicon.QUANTITIES if definite else lexicon.QUANTITIES_OF_MANY)
    return choose({"counted": (85, counted), "": (8, ""), "the": (7 if definite else 0, "the")})


def two_people(who: Who) -> Node:
    """Two people joined by and: a man and a woman; a girl and her mother."""
    members = ("man", "woman") if who.age == "adult" else ("boy", "girl")
    return in_slot("pair", choose({first.name: (1, couple(first)) for first in SUBJECTS if first.name in members}))


def couple(first: Who) -> Node:
    """One of a pair, and the other."""
    relative = seq(first.possessive, relatives(first))
    stranger = {"man": "woman", "woman": "man", "boy": "girl", "girl": "boy"}[first.name]
    appearance = maybe(0.2, zipf(lexicon.LOOKS[first.name]))
    return seq(
        "a", appearance, first.name, "and", choose({"relative": (1, relative), "stranger": (1, seq("a", stranger))})
    )


def clothes(who: Who) -> Node:
    """In a red shirt; wearing a hat; with long hair."""

    def by_sex(table: Mapping[str, str]) -> str:
        return table["man" if who.pronoun == "he" else "woman" if who.pronoun == "she" else "other"]

    def worn(text: str, paint: float = 0.75) -> Node:
        mark, _, noun = text.rpartition("*")
        garment = morphology.plural(noun) if mark and who.plural else noun
        color = maybe(paint, in_slot("color", zipf(lexicon.COLORS))) if paint else ""
        return seq("a" if mark and not who.plural else "", color, garment)

    grown = lexicon.FEATURES["other"] if who.age == "child" else by_sex(lexicon.FEATURES)
    features = zipf(grown, lambda text: worn(text, paint=0))
    garments, accessories = zipf(by_sex(lexicon.GARMENTS), worn), zipf(lexicon.ACCESSORIES, worn)
    return choose(
        {
            "in": (50, seq("in", garments)),
            "wearing": (25, seq("wearing", choose({"on": (1, garments), "with": (1, accessories)}))),
            "with": (20 if who.age == "adult" else 8, seq("with", features)),
        }
    )


# Predicates -------------------------------------------------------------------------------------------------------


def act(activity: Activity, who: Who, form: str) -> Node:
    """Verb and object: playing a guitar; plays a guitar; play a guitar."""
    verb = zipf(activity.verbs, lambda entry: inflect(entry, form, who))
    return seq(in_slot("verb", verb), in_slot("object", zipf(activity.objects, lambda entry: phrase(entry, who))))


def verb_phrase(activity: Activity, who: Who, finite: bool) -> Node:
    """Is playing, plays, is about to play; without the auxiliary where there is no finite verb."""
    be = who.be if finite else ""
    soon = seq(be, zipf(lexicon.SOON), act(activity, who, "base"))
    now = {"is": (84, seq(be, act(activity, who, "ing"))), "simple": (finite * 10, act(activity, who, "finite"))}
    return in_slot(
        "aspect", choose({"now": (94, choose(now)), "soon": (6 if who.human and activity.awake else 0, soon)})
    )


def place(places: Places, loose: bool = True) -> Choice:
    """Somewhere fitting, inside or outside as often as the lexicon knows of places there; now and then anywhere."""
    spots = {"inside": places.inside, "outside": places.outside}
    known = {side: (len(entries(text)), zipf(text, place_phrase)) for side, text in spots.items() if text}
    share = sum(weight for weight, _ in known.values()) * 0.15 / 0.85
    return choose(known | ({"anywhere": (share, any_place())} if loose else {}))


@cache
def any_place() -> Choice:
    """Any place at all; one node, that the automaton may hold it once."""
    return zipf(EVERYWHERE, place_phrase)


def action(activity: Activity, who: Who, finite: bool) -> Node:
    """What is done, and where: is playing in the park; is sitting on a bench reading a book."""
    elsewhere = activity.places != lexicon.NOWHERE
    where = in_slot("place", maybe(0.5, place(activity.places))) if elsewhere else ""
    plain = seq(verb_phrase(activity, who, finite), where)
    seat = in_slot("seat", place(lexicon.SEATS, loose=False))
    seated = seq(who.be if finite else "", seat, maybe(0.5, "and"), act(activity, who, "ing"))
    return in_slot("posture", choose({"": (85, plain), "seated": (15 if activity.seated and who.human else 0, seated)}))


def extra(activity: Activity, who: Who) -> Node:
    """With whom, when, and what goes on meanwhile."""
    conscious = activity.awake and who.human
    company = ("with", who.possessive, relatives(who)) if who.human else ()
    options = {
        "with": (35 if conscious and "his friend" not in activity.objects else 0, seq(*company)),
        "when": (30, zipf(lexicon.TIMES)),
        "others": (20, seq(choose({"while": (2, "while"), "as": (1, "as")}), others_watching(who))),
        "meanwhile": (25 if conscious else 0, besides(who)),
    }
    return in_slot("extra", maybe(0.25, choose(options)))


def relatives(who: Who) -> Choice:
    """Friend, wife, mother; friends, children."""
    return zipf(lexicon.FAMILY[who.name], morphology.plural if who.plural else str)


def others_watching(who: Who) -> Node:
    """Others watching: his friends watch; a dog watches."""

    def watch(entry: str) -> Node:
        return seq(phrase(entry, who), "watches" if entry.startswith("a ") else "watch")

    return zipf(lexicon.ONLOOKERS if who.human else "people | a man | a woman | a child | a girl | a boy", watch)


def besides(who: Who) -> Node:
    """What the subject does besides: while smiling; as she smiles; while they look around."""
    many = who._replace(plural=who.pronoun == "they")

    def verb(form: str) -> Choice:
        return zipf(lexicon.MEANWHILE, lambda entry: seq(inflect(entry.split()[0], form, many), rest(entry)))

    def rest(entry: str) -> Node:
        return place_phrase(entry.partition(" ")[2])

    clause = seq(choose({"while": (1, "while"), "as": (2, "as")}), who.pronoun, verb("finite"))
    return choose({"participle": (1, seq("while", verb("ing"))), "clause": (1, clause)})


# Sentences --------------------------------------------------------------------------------------------------------


def fits(activity: Activity, who: Who) -> bool:
    """Whether such a subject does such things."""
    return not who.human or activity.ages in ("all", who.age)


def by_activity(who: Who, categories: Iterable[str], say: Callable[[Activity], Node | None]) -> Node:
    """The label and `say(activity)` for one activity of one of the kinds, out of those of which it says something."""

    def of_category(category: str) -> Node:
        done = activities.ACTIVITIES[category] if who.human else activities.ANIMAL_ACTIVITIES
        said = {key: say(a) for key, a in REPERTOIRE.items() if a in done and fits(a, who)}
        weighed = {key: (REPERTOIRE[key].weight, part) for key, part in said.items() if part}
        return seq(silent_label(category), in_slot("activity", choose(weighed)))

    return in_slot(
        "category", choose({category: (CATEGORIES[category], of_category(category)) for category in categories})
    )


def categories_of(who: Who) -> tuple[str, ...]:
    """The kinds of activity of such a subject."""
    return tuple(CATEGORIES) if who.human else ("animals",)


@cache
def predicate(who: Who, finite: bool, categories: tuple[str, ...]) -> Node:
    """All that follows the subject."""
    return by_activity(who, categories, lambda activity: seq(action(activity, who, finite), extra(activity, who)))


def fronted(who: Who) -> Node:
    """The place first: in the park , a boy is flying a kite."""

    def say(activity: Activity) -> Node | None:
        if activity.places == lexicon.NOWHERE:
            return None
        where = in_slot("place", choose({"yes": (1, place(activity.places, loose=False))}))
        return seq(where, ",", subject(who), verb_phrase(activity, who, finite=True))

    return by_activity(who, categories_of(who), say)


def professional(who: Who) -> Node:
    """A subject known by what it does: a chef is making soup."""

    def say(category: str, nouns: str) -> Node:
        return seq(subject(who, nouns), predicate(who, True, (category,)))

    return in_slot(
        "profession", choose({k: (CATEGORIES[k], say(k, nouns)) for k, nouns in lexicon.PROFESSIONS.items()})
    )


def forms(who: Who) -> Node:
    """The shapes that a sentence about `who` may take."""
    captioned = predicate(who, False, categories_of(who))
    options = {
        "plain": (64, seq(subject(who), predicate(who, True, categories_of(who)))),
        "caption": (13, seq(subject(who), captioned)),
        "there": (9, seq("there", who.be, subject(who, definite=False), captioned)),
        "fronted": (7, fronted(who)),
    }
    if who.name in ("person", "adults"):
        options["professional"] = (8 if who.plural else 60, professional(who))
    return in_slot("form", choose(options))


@cache
def sentence() -> Node:
    """The start of the grammar."""
    return seq(in_slot("who", choose({who.name: (weight, forms(who)) for who, weight in SUBJECTS.items()})), ".")
