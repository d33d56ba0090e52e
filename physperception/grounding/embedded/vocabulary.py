"""Nouns for things on tables: which names mean the same, and which include others.

The tables only sharpen what word vectors say (`physperception.grounding.words`); a noun that is in none of them is
compared by its vector.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_SYNONYMS = """
box: cube, crate, package, parcel, case, container box, cardboard box, chest
carton: milk carton, cereal box, juice carton, milk box, juice box, packet, package, pack, box, tetra pak, packaging
book: notebook, novel, textbook, paperback, hardback, hardcover, volume, magazine, booklet, tome
can: tin, tin can, soda can, beer can, soup can, drink can, canister, cylinder, pop can, food can
bottle: flask, water bottle, wine bottle, flagon, vial, plastic bottle, glass bottle
cup: beaker, tumbler, drinking cup, drinking glass, glass, goblet, mug, teacup, paper cup
mug: coffee mug, coffee cup, tea mug, cup, tankard, stein, cup with a handle, teacup, tea cup
bowl: dish, basin, soup bowl, salad bowl, cereal bowl, saucer
plate: dish, saucer, dinner plate, platter, disc, disk
ball: sphere, orb, globe, sports ball, marble, football, tennis ball, toy ball
fruit: apple, pear, orange, lemon, lime, peach, plum, egg, mango, avocado, tomato, kiwi, vegetable, potato, melon
block: brick, cube, toy brick, building block, l shape, t shape, toy block, cross, polycube, lego
tool: hammer, screwdriver, wrench, spanner, spoon, utensil, instrument, hand tool, implement, ladle
tube: pipe, hollow cylinder, ring, roll, cylinder, napkin ring, sleeve, paper roll, cardboard roll, kitchen roll
cable: cord, wire, lead, rope, string, hose, power cord, charger, flex, chain, lace
tray: tub, shallow box, serving tray, baking tray, pallet, open box, drawer
bag: sack, pouch, purse, handbag, backpack, cushion, pillow, beanbag, packet, shopping bag
pan: frying pan, skillet, saucepan, pot, saute pan, frypan, wok
jug: pitcher, ewer, carafe, vase, jar, water jug, milk jug, decanter
ring: hoop, torus, donut, doughnut, circle, loop, annulus, bracelet, round band
star: star shape, asterisk, starfish, star shaped block, cog
funnel: cone, hopper, filler, horn
wedge: ramp, prism, triangle, triangular block, doorstop, cheese wedge, door stop, roof shape
dumbbell: barbell, weight, hand weight, dumb bell, bar bell
letter: character, letter shape, alphabet letter, capital letter, initial, letter block
clamp: clip, c clamp, vise, vice, bracket, g clamp, horseshoe, staple, c shape
stool: small table, little table, footstool, bench, seat, chair, toy stool, small stool
"""

_GROUPS = """
container: box, carton, can, bottle, cup, mug, bowl, tray, bag, jug, pan
receptacle: box, carton, can, bottle, cup, mug, bowl, tray, bag, jug, pan
vessel: cup, mug, bowl, bottle, jug, pan, can
tableware: cup, mug, bowl, plate
crockery: cup, mug, bowl, plate, jug
dishes: cup, mug, bowl, plate
dish: bowl, plate
drinkware: cup, mug
cookware: pan
kitchenware: pan, jug, bowl, plate, cup, mug, funnel
toy: ball, block, star, letter
cuboid: box, carton, block, book
food: fruit
snack: fruit
drink: bottle, can, carton, cup, mug
beverage: bottle, can, carton
reading material: book
furniture: stool
packaging: box, carton, bag
cutlery: tool
weight: dumbbell
shape: star, ring, letter, wedge, block, ball
cylinder: can, tube, cup, mug, bottle
stick: tool, tube
rod: tool, tube
pot: pan, cup, bowl, jug
jar: jug, bottle, can, cup
"""


@lru_cache(maxsize=1)
def synonyms() -> Mapping[str, frozenset[str]]:
    """Names that mean about the same as a name, both ways round; the key is among them."""
    found: dict[str, set[str]] = {}
    for head, names in _rows(_SYNONYMS):
        for name in names:
            found.setdefault(head, {head}).add(name)
            found.setdefault(name, {name}).add(head)
    return {name: frozenset(others) for name, others in found.items()}


@lru_cache(maxsize=1)
def groups() -> Mapping[str, frozenset[str]]:
    """Kinds that include others: "container" has boxes, cans, ..."""
    return {head: frozenset(names) for head, names in _rows(_GROUPS)}


def is_listed(noun: str) -> bool:
    """Whether a name, in the singular, is in the tables."""
    return noun in synonyms() or noun in groups()


@lru_cache(maxsize=1)
def known_nouns() -> frozenset[str]:
    """All single words of the tables."""
    names = [name for table in (synonyms(), groups()) for name in table]
    return frozenset(word for name in names for word in name.split())


@lru_cache(maxsize=1)
def compound_nouns() -> frozenset[tuple[str, ...]]:
    """Names of several words, and their plurals: ("tin", "can"), ("tin", "cans"), ..."""
    found = {tuple(name.split()) for table in (synonyms(), groups()) for name in table if " " in name}
    return frozenset(found | {(*name[:-1], plural) for name in found for plural in (name[-1] + "s", name[-1] + "es")})


@lru_cache(maxsize=4096)
def singular(noun: str) -> str:
    """The singular of a regular English plural; a word that is none comes back as it is."""
    if noun in _KEPT or len(noun) < 4 or not noun.endswith("s") or noun.endswith(("ss", "us", "is")):
        return noun
    if noun[:-1] in _IN_IE:
        return noun[:-1]
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("xes", "ches", "shes", "sses", "zes")):
        return noun[:-2]
    if noun == "knives":
        return "knife"
    return noun[:-1]


_KEPT = frozenset(("scissors", "pliers", "glasses", "tongs", "lens", "gas", "cutlery", "stairs", "yes"))
_IN_IE = frozenset("baggie cookie pie tie brownie smoothie movie thingie die hoodie".split())


def _rows(table: str) -> list[tuple[str, tuple[str, ...]]]:
    rows = []
    for line in table.strip().splitlines():
        head, _, names = line.partition(": ")
        rows.append((head, tuple(names.split(", "))))
    return rows
