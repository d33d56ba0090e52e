"""What things are good for: "what could I drink from?" asks for cups, mugs, bottles, though it names none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.names import similarity
from physperception.grounding.embedded.vocabulary import singular
from physperception.grounding.wordnet import wordnet

_PURPOSES = """
box: store keep pack ship parcel gift present wrap move contain deliver post moving mail storage parcel
carton: milk juice cereal pour drink breakfast fridge grocery packaging milk
book: read reading page chapter story learn study author written words library write novel bedtime bookmark shelf
book: cover publish printed publisher leaf flip page-turner chapters literature turn plot bookworm
can: drink soda beer soup preserved conserve recycle opener food fizzy thirsty thirst canned tinned
bottle: drink pour water wine juice cap cork thirsty thirst liquid neck shampoo screw refill sip hydrate cork cap
cup: drink drinking sip tea coffee thirsty thirst water beverage liquid swallow cappuccino espresso
mug: drink drinking sip tea coffee cocoa thirsty thirst hot beverage handle chocolate liquid coffee tea sip
bowl: soup cereal salad eat serve mix batter fruit porridge stew dough noodles muesli soup
plate: eat serve dinner meal food sandwich cake lunch flat dine pizza steak meal
ball: bounce throw kick catch play roll game sport juggle toss tennis goal hit dribble hoop rebound bowl score rolls
ball: bounces dog net
fruit: eat edible hungry hunger snack healthy raw vitamin vitamins sweet juice peel bite ripe food grow grew tree
fruit: taste fly juicy apple pie smoothie fresh ripen seeds orchard
block: build stack play construct toy tower child children castle kids construction stack
tool: repair fix hammer screw nail bolt tighten toolbox workshop mechanic stir work loosen mend drive hardware
tool: handyman carpenter plumber bolts wood builder craftsman nails
tube: roll pipe hollow flow cardboard look through channel
cable: plug charge connect electricity power tie wire socket current tangle electrical outlet device phone bend
cable: flexible electric
tray: carry serve several waiter hold many breakfast bake transport waiter
bag: carry shopping groceries shop soft pack market stuff travel belongings groceries
pan: fry cook egg eggs stove pancake pancakes bacon cooking kitchen heat omelette sear hob saute sizzle frying brown
pan: cooker chef
jug: pour pouring water milk juice serve spout lemonade wine refill fill flowers vase decant lemonade serve
ring: wear finger jewelry jewellery hoop toss peg round hole propose marry
star: decorate christmas shine sky night tree points pointed top astronomy ornament twinkle
funnel: pour liquid narrow fill bottle oil spill spilling transfer guide opening neck decant narrow neck
wedge: door open slope ramp split prop keep stop tilt hold incline doorstop doorstop
dumbbell: exercise train muscle muscles gym lift heavy workout weight weights strong strength arms biceps fitness
dumbbell: bodybuilder athlete
letter: spell word alphabet read name write character sign abc spelling
clamp: squeeze hold together fasten grip fix press glue attach grips two secure tighten woodwork grip squeeze
stool: sit sitting seat rest tired feet stand reach furniture climb perch sit seat perch rest
"""

DEFINED = 0.35
"""What a word of the definition counts, beside at most 1 of one in the table."""
LIKE_ENOUGH = 0.7
_NEUTRAL = frozenset(
    """a an the i you we me us my your it its this that these those one thing things object objects item items what
    which something anything whatever to for from with in on of at by if when while as and or be is are was were
    am been do does did can could would should might may will shall must have has had use uses used using usable
    good suitable fit made meant help helps helped make makes best useful serve want need let please here there
    way order so some any not get put take find show select segment mark grab pick give point out up into
    be-used designed belongs belong typically usually normally often supposed intended try trying like feel
    feeling someone people person i'd i'm first most would please find out let know like which who whom did does how
    there's
    visible hidden part whole amodal modal box mask mark it's into onto away over down off all everything still about
    just
    go going come hand bring give something's game piece kind sort type bit ones mine yours else whose they them he
    she her his
    happens happen been having make made makes look looks looking""".split()
)
_NEUTRAL_STEMS = frozenset(
    "object thing small large long usually used made especially hav use mad consist having something with from".split()
)


def purpose_of(words: Sequence[str]) -> tuple[str, ...]:
    """The words that tell what something is for, of words that ask for it."""
    return tuple(dict.fromkeys(word for word in words if word not in _NEUTRAL and word.isalpha()))


@lru_cache(maxsize=4096)
def serves(words: tuple[str, ...], category: str) -> float:
    """How much some words of a purpose speak for a category, 0 for not at all.

    By the table, where words count the more, the fewer kinds they speak for and the earlier they stand in the kind's
    line; and by words that stand in the category's definition.
    """
    table = 0.0
    for word in {stem(word) for word in words}:
        kinds = _by_word().get(word, {})
        fitting = [weight * _is_kind(category, kind) for kind, weight in kinds.items()]
        table += max(fitting, default=0.0) / (1 + 0.2 * len(kinds))
    return table + DEFINED * len(_defining(category) & {stem(word) for word in words})


@lru_cache(maxsize=4096)
def _is_kind(category: str, kind: str) -> float:
    likeness = similarity(category, kind)
    return likeness if likeness >= LIKE_ENOUGH else 0.0


@lru_cache(maxsize=1024)
def _defining(category: str) -> frozenset[str]:
    """Stems of the words of a category's definitions."""
    try:
        texts = wordnet().definitions(singular(category.replace("_", " ").lower()))
    except ModelUnavailable:
        return frozenset()
    return frozenset(stem(word) for text in texts[:2] for word in re.findall("[a-z]{3,}", text)) - _NEUTRAL_STEMS


def known_kinds() -> tuple[str, ...]:
    """The kinds of the table."""
    return tuple(dict.fromkeys(line.partition(":")[0] for line in _PURPOSES.strip().splitlines()))


def stem(word: str) -> str:
    """A word without its commonest endings, so that "drinking" and "drinks" are "drink"."""
    for ending in ("ing", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if ending in ("ing", "ed") and len(word) > 3 and word[-1] == word[-2]:
                word = word[:-1]
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@lru_cache(maxsize=1)
def _by_word() -> Mapping[str, Mapping[str, float]]:
    """For each stem the kinds it speaks for, with weights that fall along the line."""
    found: dict[str, dict[str, float]] = {}
    for line in _PURPOSES.strip().splitlines():
        kind, _, words = line.partition(": ")
        for place, word in enumerate(words.split()):
            kinds = found.setdefault(stem(word), {})
            kinds[kind] = max(kinds.get(kind, 0.0), 1 / (1 + 0.12 * place))
    return found
