"""The words: who there is, what they do, with what, and where.

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
TABLE = Places(
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

# What they do -----------------------------------------------------------------------------------------------------


class Activity(NamedTuple):
    """Verbs with the objects that fit all of them, and with the places where this is done.

    Args:
        verbs: base forms; words after the first are particles ("listen to").
        objects: what follows; an empty entry is nothing.
        places: where.
        weight: how common, within its kind.
        ages: who does this: "all", "adult" or "child".
        seated: whether one may sit or stand somewhere while doing it.
        awake: whether one notices what happens meanwhile.
    """

    verbs: str
    objects: str
    places: Places
    weight: float = 4
    ages: str = "all"
    seated: bool = False
    awake: bool = True


ACTIVITIES: dict[str, tuple[Activity, ...]] = {
    "sport": (
        Activity(
            "play",
            "soccer | basketball | tennis | football | baseball | volleyball | hockey"
            " | golf | rugby | frisbee | cricket",
            FIELD,
            weight=10,
        ),
        Activity("throw | kick | catch | hit", "~ ball | ~ soccer ball | ~ football | ~ tennis ball", FIELD, 5),
        Activity("ride", "~ *bike | ~ *bicycle | ~ *skateboard | ~ *scooter | ~ *unicycle", TRACK, 7),
        Activity("run | jog | race", "", TRACK, 5),
        Activity("swim | dive", "", WATER, 5),
        Activity("surf", "", Places("", "in the ocean | at the beach | near ~ beach"), 2),
        Activity("ski | snowboard", "", SLOPE, 3),
        Activity("climb", "^ wall | ^ rock | ^ mountain | ^ cliff | ^ rope", NOWHERE, 3),
        Activity("do | practice", "yoga | karate | gymnastics | tricks", FIELD, 3),
        Activity("exercise | stretch | work out", "", FIELD, 2),
    ),
    "music": (
        Activity(
            "play",
            "~ *guitar | the drums | the piano | ~ *violin | music | ~ *trumpet | ~ *flute | ~ *saxophone"
            " | ~ *accordion | ~ *cello | ~ *ukulele",
            STAGE,
            weight=10,
            seated=True,
        ),
        Activity("sing", " | ~ song | into ~ *microphone | loudly", STAGE, 5, seated=True),
        Activity("dance", " | to the music | with his friends | in circles", STAGE, 5),
        Activity("perform", "^ song | ^ dance | for ^ crowd | music", STAGE, 4),
    ),
    "food": (
        Activity(
            "eat",
            "~ *sandwich | food | pizza | lunch | ice cream | dinner | ~ *apple | ~ *hot dog | ~ *burger | noodles"
            " | breakfast | ~ *banana | ~ *cookie",
            TABLE,
            weight=9,
            seated=True,
        ),
        Activity("drink | sip", "coffee | water | tea | juice | ~ *soda | milk", TABLE, 4, seated=True),
        Activity("drink", "beer | wine", TABLE, 2, "adult", seated=True),
        Activity("cook | make | prepare", "food | dinner | ~ meal | soup | breakfast | pasta | pancakes", KITCHEN, 6),
        Activity("bake | decorate", "~ cake | cookies | cupcakes", KITCHEN, 2),
        Activity("cut | chop | wash", "vegetables | fruit | carrots | onions | potatoes", KITCHEN, 3, "adult"),
        Activity("grill", "meat | burgers | fish | corn", KITCHEN, 2, "adult"),
    ),
    "work": (
        Activity("fix | repair", "~ car | ~ roof | ~ bike | ~ fence | ~ computer | ~ engine", SITE, 5, "adult"),
        Activity("clean | wash", "~ window | ~ car | the floor | the dishes", NOWHERE, 4),
        Activity("sweep", "the floor | the street | leaves", NOWHERE, 2),
        Activity("carry | lift | move", "boxes | ~ *ladder | ~ table | wood | bricks | bags", SITE, 4, "adult"),
        Activity("build | paint", "~ house | ~ wall | ~ fence | ~ shed", SITE, 4, "adult"),
        Activity("dig", "^ hole | in the dirt", NOWHERE, 2),
        Activity("work on | type on", "~ *computer | ~ *laptop", OFFICE, 4, "adult"),
        Activity("sell", "fruit | flowers | vegetables | food | newspapers | clothes", MARKET, 4, "adult"),
        Activity("rake | water", "the grass | ~ garden", NOWHERE, 2),
        Activity("do | finish", "homework | his work", OFFICE, 3, "child"),
    ),
    "play": (
        Activity(
            "play with", "~ toy | bubbles | blocks | ~ balloon | sand | ~ doll | toy trucks", PLAYGROUND, 6, "child"
        ),
        Activity("play", "~ game | cards | chess | ~ video game | ~ board game | tag", PLAYGROUND, 6),
        Activity("fly", "~ *kite | ~ toy plane", Places("", "in ~ park | at the beach | in ~ field | on ~ hill"), 3),
        Activity("build", "~ sandcastle | ~ snowman | ~ fort", Places("", "outside | in ~ yard"), 3),
        Activity("jump", "on ~ trampoline | into ~ pool | rope | in the leaves | off ~ dock", NOWHERE, 5),
        Activity("slide", "down ~ slide | down ~ hill", NOWHERE, 3, "child"),
        Activity("swing", "on ~ *swing | on ~ rope", NOWHERE, 3, "child"),
        Activity("splash | play", "in ~ fountain | in the water | in ~ puddle | in the mud", NOWHERE, 4),
    ),
    "rest": (
        Activity("sleep | rest | nap", "", BED, 6, awake=False),
        Activity("lie", "on ~ couch | on ~ bed | on the grass | on ~ beach | on ~ blanket", NOWHERE, 4, awake=False),
        Activity(
            "sit",
            "on ~ bench | on ~ couch | in ~ *chair | on the grass | on ~ rock | on the steps | at ~ table | ",
            NOWHERE,
            7,
        ),
        Activity("stand", "on ~ street corner | by ~ window | in line | near ~ fence", NOWHERE, 3),
        Activity("read", "~ *book | ~ *newspaper | ~ *magazine", BED, 5, seated=True),
        Activity("watch", "television | ^ movie | the sunset | ^ game | ^ parade", NOWHERE, 5),
        Activity("relax", "", BED, 3),
        Activity("listen to", "music | the radio | ^ band | ^ concert", NOWHERE, 3),
    ),
    "travel": (
        Activity(
            "walk",
            "down ~ street | along the beach | down ~ road | across ~ bridge | on ~ sidewalk | through ~ park"
            " | in the rain | past ~ store | up ~ hill | down the stairs",
            NOWHERE,
            weight=10,
        ),
        Activity("drive", "~ car | ~ truck | ~ bus | ~ tractor | ~ van", ROAD, 4, "adult"),
        Activity("ride", "~ *motorcycle", ROAD, 3, "adult"),
        Activity("ride", "^ bus | ^ train | the subway | ^ boat", NOWHERE, 4),
        Activity("wait for", "^ bus | ^ train | ^ taxi", STATION, 4),
        Activity("cross", "^ street | ^ road | ^ bridge | ^ river", NOWHERE, 4),
        Activity("hike", "in the mountains | up ~ trail | through ~ forest | in the desert", NOWHERE, 3),
        Activity("paddle | row", "~ boat | ~ canoe | ~ kayak", Places("", "on ~ lake | down ~ river"), 3),
        Activity("pull | carry", "~ *suitcase | his luggage", STATION, 2, "adult"),
        Activity("push", "~ stroller | ~ cart | ~ *bike", Places("", "down ~ street | on ~ sidewalk"), 3, "adult"),
    ),
    "animals": (
        Activity("walk", "~ *dog | his dogs | ~ puppy", Places("", "in ~ park | down ~ street | on the beach"), 6),
        Activity("ride", "~ *horse | ~ *camel | ~ elephant | ~ *pony", Places("", "on ~ beach | in ~ field"), 5),
        Activity("feed", "ducks | birds | ~ horse | ~ goat | pigeons | ~ cow | chickens", FARM, 5),
        Activity("pet | hold | hug", "~ dog | ~ cat | ~ rabbit | ~ puppy | ~ kitten | ~ lamb", ANYWHERE, 5),
        Activity("wash | brush", "~ dog | ~ horse | ~ pony", FARM, 2),
        Activity("chase", "^ dog | pigeons | chickens | ^ butterfly", FARM, 2, "child"),
        Activity("play with", "~ dog | ~ puppy | ~ cat", ANYWHERE, 4),
    ),
    "talk": (
        Activity("talk", "on ~ *phone | on ~ *cell phone", ANYWHERE, 6, seated=True),
        Activity(
            "talk to | speak to", "his friend | ~ woman | ~ man | ~ crowd | his friends", ANYWHERE, 8, seated=True
        ),
        Activity("chat | laugh", "with his friend | with his friends | with ~ stranger", ANYWHERE, 5, seated=True),
        Activity("tell", "~ story | ~ joke | jokes", ANYWHERE, 2),
        Activity("give", "^ speech | ^ presentation", OFFICE, 2, "adult"),
        Activity("wave at | smile at | point at", "^ crowd | the camera | his friends | ^ photographer", ANYWHERE, 4),
        Activity("hug | kiss", "his mother | his friend | ~ baby", ANYWHERE, 3),
    ),
    "art": (
        Activity("paint | draw", "~ picture | ~ portrait | ~ flower | ~ tree", STUDIO, 6, seated=True),
        Activity("paint", "~ mural | graffiti", Places("", "on ~ wall | on ~ building"), 2),
        Activity("take", "^ picture | pictures | ^ photo | photographs", ANYWHERE, 6),
        Activity(
            "photograph", "^ bird | ^ bridge | ^ flower | ^ mountain | ^ sunset | ^ building", NOWHERE, 3, "adult"
        ),
        Activity("look at | admire", "^ painting | ^ statue | ^ sculpture | some art", MUSEUM, 4),
        Activity("carve | make", "~ sculpture | ~ wooden statue | ~ mask", STUDIO, 2, "adult"),
        Activity("knit | sew", "~ scarf | ~ blanket | ~ sweater", STUDIO, 2, "adult", seated=True),
        Activity("write", "~ letter | ~ poem | in ~ *notebook", STUDIO, 3, seated=True),
        Activity("pose for", "^ picture | ^ photo | ^ portrait", ANYWHERE, 4),
    ),
}

ANIMAL_ACTIVITIES = (
    Activity("run | walk | play | jump", "", WILD, 9),
    Activity(
        "run | walk",
        "through ~ field | through the snow | along the beach | down ~ hill | across ~ street",
        NOWHERE,
        weight=6,
    ),
    Activity("sleep | rest | lie", "", WILD, 5, awake=False),
    Activity("sit | stand", "", WILD, 6),
    Activity("eat", "grass | food | from ~ bowl | leaves", WILD, 4),
    Activity("drink", "water | from ~ stream | from ~ bowl", NOWHERE, 3),
    Activity("chase", "~ ball | ~ rabbit | ~ bird | ~ squirrel", WILD, 4),
    Activity("jump over", "^ fence | ^ log | ^ puddle | ^ hurdle", NOWHERE, 4),
    Activity("play with", "~ ball | ~ toy | ~ stick | his owner", WILD, 5),
    Activity("carry", "~ stick | ~ toy | ~ bone", WILD, 3),
    Activity("look at", "the camera | ^ bird | ^ man | ^ child", NOWHERE, 3),
)

# What goes on besides -----------------------------------------------------------------------------------------------

SOON = "getting ready to | about to | trying to | starting to"

TIMES = "on a sunny day | at night | in the morning | on a cold day | in the evening | at sunset | in the afternoon"

ONLOOKERS = "people | others | his friends | a crowd | a man | a woman | a dog | a child"

MEANWHILE = "smile | laugh | look at the camera | look around | smile at ~ man | look at ~ woman"
