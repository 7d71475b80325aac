"""The words: who there is, in what clothes, and where; `activities` has what they do.

Lists run from the most to the least frequent, with " | " between the entries. Phrases are written for a man, and the
grammar says them of anyone:

    his     the possessive that agrees with the subject: his, her, its, their
    ~       an article: a or the, and first in an object also the possessive
    ^       an article: a or the, of what nobody owns
    *       what each person has for himself: a man eats "a sandwich", two men eat "sandwiches"
"""

from typing import NamedTuple


def entries(text: str) -> list[str]:
    """Cut a list at its bars."""
    return [entry.strip() for entry in text.split("|")] if text else [""]


# People and animals -----------------------------------------------------------------------------------------------

NOUNS = {
    "man": "man | guy | father | gentleman | businessman | grandfather | cowboy",
    "woman": "woman | lady | mother | businesswoman | grandmother",
    "person": "person | worker | student | teenager | tourist",
    "boy": "boy | schoolboy",
    "girl": "girl | schoolgirl",
    "child": "child | kid | toddler",
    "adults": "person | man | woman | friend | worker | guy | student | lady | tourist | teenager",
    "children": "child | boy | girl | kid | toddler",
    "animal": "dog | cat | horse | bird | puppy | cow | animal | elephant | monkey | goat | kitten | bear",
    "animals": "dog | horse | bird | cat | cow | animal | puppy | sheep | duck | elephant | goat | monkey",
}

LOOKS = {
    "man": "young | old | tall | bearded | elderly | cheerful | happy | older | handsome",
    "woman": "young | old | cheerful | blond | elderly | tall | happy | beautiful | older",
    "person": "young | old | cheerful | tall | happy | elderly",
    "boy": "young | little | small | blond | cheerful | happy",
    "girl": "little | young | small | blond | cheerful | happy | cute",
    "child": "young | small | little | happy | cheerful | cute | blond",
    "adults": "young | old | older | elderly | happy | cheerful",
    "children": "young | little | small | happy | cheerful",
    "animal": "brown | black | white | big | small | large | gray | wet | spotted | little",
    "animals": "brown | white | black | small | large | big | wet | gray | wild",
}

QUANTITIES_OF_MANY = "two | three | some | several | four | many | five | a few"
QUANTITIES = "two | three | a group of | some | several | four | a couple of | many | five | a few"

PROFESSIONS = {
    "sport": "player | athlete | coach",
    "music": "musician | singer | performer | street musician",
    "food": "chef | cook | customer",
    "work": "construction worker | farmer | mechanic | carpenter | firefighter | police officer | soldier",
    "travel": "traveler | tourist | hiker | visitor",
    "talk": "speaker | teacher | reporter | politician | doctor",
    "art": "artist | photographer | art student | tourist",
    "animals": "farmer | trainer | zookeeper",
}

FAMILY = {
    "man": "friend | wife | son | daughter | dog | brother | girlfriend | grandson",
    "woman": "friend | daughter | husband | son | dog | sister | boyfriend | baby",
    "person": "friend | dog | family | brother",
    "boy": "friend | father | mother | brother | sister | dog | grandfather",
    "girl": "friend | mother | father | sister | brother | dog | grandmother",
    "child": "friend | mother | father | dog | family",
    "adults": "friend | child | dog | family",
    "children": "mother | parent | father | teacher | friend | dog",
}

# Clothes ----------------------------------------------------------------------------------------------------------

COLORS = "red | blue | white | black | green | yellow | pink | orange | gray | brown | purple | tan"

GARMENTS = {
    "man": "~ *shirt | ~ *jacket | ~ *suit | jeans | ~ *coat | shorts | ~ *sweater | ~ *uniform | ~ *vest",
    "woman": "~ *dress | ~ *shirt | ~ *jacket | ~ *coat | ~ *skirt | jeans | ~ *top | ~ *sweater | ~ *bikini",
    "other": "~ *shirt | ~ *jacket | ~ *coat | jeans | ~ *sweater | shorts | ~ *uniform | ~ *costume",
}

ACCESSORIES = (
    "~ *hat | sunglasses | ~ *helmet | glasses | ~ *cap | ~ *backpack | gloves | headphones | ~ *scarf | boots"
)

FEATURES = {
    "man": "~ *beard | long hair | ~ *backpack | tattoos | gray hair | ~ *cane | ~ *camera | glasses",
    "woman": "long hair | ~ *purse | red hair | ~ *ponytail | curly hair | ~ *camera | glasses | tattoos",
    "other": "~ *backpack | red hair | curly hair | ~ *bag | blond hair | glasses",
}

# Places -----------------------------------------------------------------------------------------------------------


class Places(NamedTuple):
    """Where a kind of thing happens, under a roof and in the open."""

    inside: str = ""
    outside: str = ""


ANYWHERE = Places(
    "in ~ room | at home | in ~ building | at ~ party | in ~ living room | in ~ house",
    "outside | in ~ park | on ~ street | in the city | on ~ sidewalk | at the beach | in ~ yard"
    " | in front of ~ building",
)
FIELD = Places(
    "in ~ gym | at school | in ~ arena | in ~ stadium",
    "in ~ park | on ~ field | at the beach | in ~ yard | on ~ street | on the grass | on ~ court",
)
WATER = Places("in ~ indoor pool", "in ~ pool | in the ocean | in ~ lake | in ~ river | near the beach")
SLOPE = Places("", "on ~ mountain | down ~ hill | in the snow | down ~ slope")
TRACK = Places("in ~ gym", "in ~ park | on ~ track | along the beach | on ~ path | on ~ street | through ~ forest")
STAGE = Places(
    "on stage | at ~ concert | in ~ church | in ~ bar | at ~ party | in ~ club",
    "on ~ street | in ~ park | outside | on ~ sidewalk | at ~ festival",
)
DINING = Places(
    "at ~ table | in ~ restaurant | in ~ cafe | in ~ kitchen | at ~ party | in ~ bar",
    "outside | in ~ park | at ~ picnic | on ~ bench | on ~ sidewalk",
)
KITCHEN = Places("in ~ kitchen | in ~ restaurant | at home", "outside | in ~ backyard | at ~ campsite")
OFFICE = Places("in ~ office | at ~ desk | at home | in ~ library | in ~ classroom | in ~ cafe", "")
SITE = Places(
    "in ~ garage | in ~ workshop | in ~ factory | in ~ building | in ~ warehouse",
    "outside | at ~ construction site | on ~ street | in ~ yard | on ~ farm",
)
MARKET = Places("in ~ store | in ~ shop", "at ~ market | on ~ street | outside | on ~ sidewalk")
PLAYGROUND = Places(
    "in ~ living room | at school | at home | on the floor | in ~ classroom",
    "in ~ park | at ~ playground | in ~ backyard | at the beach | outside | in the sand | in the snow",
)
BED = Places(
    "on ~ couch | in ~ bed | on the floor | on ~ train | in ~ chair",
    "on ~ bench | on the grass | on ~ beach | under ~ tree | in ~ park | in ~ hammock | in the sun",
)
ROAD = Places("", "on ~ road | through the city | on ~ highway | in the country | on ~ dirt road")
STATION = Places("in ~ station | at ~ airport", "at ~ bus stop | on ~ platform | on ~ street corner")
FARM = Places("in ~ barn | in ~ stable", "on ~ farm | in ~ field | at ~ zoo | in ~ park | outside | on the beach")
STUDIO = Places(
    "in ~ studio | in ~ classroom | at home | at ~ table", "in ~ park | outside | on ~ street | in ~ garden"
)
MUSEUM = Places("in ~ museum | in ~ gallery", "outside | in ~ city | in ~ park")
WILD = Places(
    "in ~ barn | in ~ cage | on the floor",
    "in ~ field | on the grass | in the snow | on the beach | in ~ yard | in the water | near ~ fence | in ~ forest",
)
NOWHERE = Places()

SEATS = Places(
    "sitting on ~ couch | sitting at ~ table | sitting on the floor | sitting in ~ chair | standing by ~ window",
    "sitting on ~ bench | sitting on the grass | standing on ~ street corner | sitting on ~ rock | sitting outside",
)

# What goes on besides -----------------------------------------------------------------------------------------------

SOON = "getting ready to | about to | trying to | starting to"

TIMES = "on a sunny day | at night | in the morning | on a cold day | in the evening | at sunset | in the afternoon"

ONLOOKERS = "people | others | his friends | a crowd | a man | a woman | a dog | a child"

MEANWHILE = "smile | laugh | look at the camera | look around | smile at ~ man | look at ~ woman"
