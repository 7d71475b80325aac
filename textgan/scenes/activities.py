"""What the people and animals of scenes do, with what, and where; the marks in phrases are those of `lexicon`."""

from typing import NamedTuple

from textgan.scenes.lexicon import (
    ANYWHERE,
    BED,
    DINING,
    FARM,
    FIELD,
    KITCHEN,
    MARKET,
    MUSEUM,
    NOWHERE,
    OFFICE,
    PLAYGROUND,
    ROAD,
    SITE,
    SLOPE,
    STAGE,
    STATION,
    STUDIO,
    TRACK,
    WATER,
    WILD,
    Places,
)


class Activity(NamedTuple):
    """Verbs with the objects that fit all of them, and with the places where this is done.

    Args:
        verbs: base forms; words after the first are particles ("listen to").
        objects: what follows; an empty entry is nothing.
        places: where.
        weight: how common, within its category.
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
            DINING,
            weight=9,
            seated=True,
        ),
        Activity("drink | sip", "coffee | water | tea | juice | ~ *soda | milk", DINING, 4, seated=True),
        Activity("drink", "beer | wine", DINING, 2, "adult", seated=True),
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
