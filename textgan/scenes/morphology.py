"""English word forms: the few regular rules, and the words of this grammar that break them."""

import re

_DOUBLED = ("chat", "chop", "cut", "dig", "hit", "hug", "jog", "knit", "nap", "pet", "run", "sip", "sit", "swim")
_PLURALS = {
    "man": "men", "woman": "women", "child": "children", "person": "people", "sheep": "sheep", "fish": "fish",
    "scarf": "scarves", "knife": "knives", "sandwich": "sandwiches",
    "businessman": "businessmen", "businesswoman": "businesswomen",
}  # fmt: skip

_CONSONANT_SOUND = ("uniform", "ukulele", "unicycle")
"""Words written with a vowel and spoken with a consonant."""

_A_BEFORE_VOWEL = re.compile(rf"(?<![^ ])a(?= (?!{'|'.join(_CONSONANT_SOUND)})[aeiou])")


def participle(verb: str) -> str:
    """play: playing; ride: riding; run: running; lie: lying."""
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + (verb[-1] if verb in _DOUBLED else "") + "ing"


def third_person(verb: str) -> str:
    """play: plays; watch: watches; carry: carries."""
    return verb[:-1] + "ies" if re.search("[^aeiou]y$", verb) else verb + _s(verb)


def plural(noun: str) -> str:
    """Of a noun or noun phrase, by its last word: red scarf: red scarves."""
    *modifiers, head = noun.split()
    if head in _PLURALS:
        head = _PLURALS[head]
    else:
        head = head[:-1] + "ies" if re.search("[^aeiou]y$", head) else head + _s(head)
    return " ".join([*modifiers, head])


def _s(stem: str) -> str:
    return "es" if re.search("(s|x|z|ch|sh|do|go)$", stem) else "s"


def spell(words: list[str]) -> str:
    """The words as a line of text, the article "a" said as "an" before a vowel sound.

    The rule looks only at the sound that follows, so it stands outside the grammar; `unspell` undoes it exactly.
    """
    return _A_BEFORE_VOWEL.sub("an", " ".join(words))


def unspell(text: str) -> list[str] | None:
    """The words of which `spell` made this text, or None where it would have made another."""
    words = ["a" if word == "an" else word for word in text.split(" ")]
    return words if spell(words) == text else None
