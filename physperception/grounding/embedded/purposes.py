"""What things are good for: "what could I drink from?" asks for cups, mugs, bottles, though it names none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

_PURPOSES = """
box: store keep pack ship parcel gift present wrap move contain deliver post moving mail
carton: milk juice cereal pour drink breakfast fridge grocery packaging
book: read reading page chapter story learn study author written words library write novel bedtime bookmark shelf cover
can: drink soda beer soup preserved conserve recycle opener food fizzy thirsty thirst
bottle: drink pour water wine juice cap cork thirsty thirst liquid neck shampoo screw refill sip hydrate
cup: drink drinking sip tea coffee thirsty thirst water beverage liquid swallow
mug: drink drinking sip tea coffee cocoa thirsty thirst hot beverage handle chocolate liquid
bowl: soup cereal salad eat serve mix batter fruit porridge stew dough noodles muesli
plate: eat serve dinner meal food sandwich cake lunch flat dine pizza steak
ball: bounce throw kick catch play roll game sport juggle toss tennis goal hit dribble
fruit: eat edible hungry hunger snack healthy raw vitamin vitamins sweet juice peel bite ripe food grow grew tree taste
block: build stack play construct toy tower child children castle kids
tool: repair fix hammer screw nail bolt tighten toolbox workshop mechanic stir work loosen mend drive hardware
tube: roll pipe hollow flow cardboard look through channel
cable: plug charge connect electricity power tie wire socket current tangle electrical outlet device phone bend flexible
tray: carry serve several waiter hold many breakfast bake transport
bag: carry shopping groceries shop soft pack market stuff travel belongings
pan: fry cook egg eggs stove pancake pancakes bacon cooking kitchen heat omelette sear hob saute sizzle
jug: pour pouring water milk juice serve spout lemonade wine refill fill flowers vase
ring: wear finger jewelry jewellery hoop toss peg round hole propose marry
star: decorate christmas shine sky night tree points pointed top astronomy ornament twinkle
funnel: pour liquid narrow fill bottle oil spill spilling transfer guide opening neck
wedge: door open slope ramp split prop keep stop tilt hold incline doorstop
dumbbell: exercise train muscle muscles gym lift heavy workout weight weights strong strength arms biceps fitness
letter: spell word alphabet read name write character sign abc
clamp: squeeze hold together fasten grip fix press glue attach grips two secure tighten woodwork
stool: sit sitting seat rest tired feet stand reach furniture climb perch
"""

_MARKERS = frozenset(
    "could can would might should will may do has have to for used use useful suitable good belongs helps lets".split()
)
_ASKING = frozenset("what which something anything whatever someone".split())
_NEUTRAL = frozenset(
    """a an the i you we me us my your it its this that these those one thing things object objects item items what
    which something anything whatever to for from with in on of at by if when while as and or be is are was were
    am been do does did can could would should might may will shall must have has had use uses used using usable
    good suitable fit made meant help helps helped make makes best useful serve want need let please here there
    way order so some any not get put take find show select segment mark grab pick give point out up into
    be-used designed belongs belong typically usually normally often supposed intended try trying like feel
    feeling someone people person i'd i'm""".split()
)


def categories_for(words: Sequence[str]) -> tuple[str, ...]:
    """Kinds of things that serve the purpose some words speak of, best ones only; empty when no word is known.

    Words count the more, the fewer kinds they speak for and the earlier they stand in the kind's line.
    """
    weights: dict[str, float] = {}
    for word in {stem(word) for word in words if word not in _NEUTRAL}:
        kinds = _by_word().get(word, {})
        for kind, weight in kinds.items():
            weights[kind] = weights.get(kind, 0.0) + weight / (1 + 0.2 * len(kinds))
    best = max(weights.values(), default=0.0)
    return tuple(kind for kind, weight in weights.items() if weight >= 0.75 * best)


def asks_for_purpose(words: Sequence[str]) -> bool:
    """Whether the words ask "what", "which object", "something to" and say what it does or is used for."""
    at = next((index for index, word in enumerate(words[:8]) if word in _ASKING), None)
    return at is not None and bool(_MARKERS & set(words[at + 1 : at + 8]))


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
