"""What fills the slots of the templates: {noun}, {np}, {occ}, {where}, {need} ... A slot may hold slots itself."""

from __future__ import annotations

from collections.abc import Mapping


def _split(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())


def _before(words: str, silent: int) -> tuple[str, ...]:
    """What may stand before a verb, with its space, and nothing as often as `silent` says."""
    return (*(f"{word} " for word in _split(words)), *[""] * silent)


NOUNS = _split(
    "mug, cup, glass, bottle, plate, bowl, kettle, teapot, pan, pot, spoon, fork, knife, tray, jar, can, tin, carton, "
    "box, cereal box, milk carton, basket, bag, backpack, suitcase, book, notebook, magazine, newspaper, pen, pencil, "
    "marker, stapler, scissors, tape, remote, phone, laptop, monitor, keyboard, mouse, speaker, headphones, camera, "
    "lamp, candle, vase, plant, flower pot, clock, mirror, picture, pillow, cushion, blanket, towel, curtain, rug, "
    "sofa, armchair, chair, stool, table, desk, shelf, cabinet, drawer, door, bench, bed, wardrobe, ladder, hammer, "
    "screwdriver, wrench, pliers, drill, saw, bolt, nut, pipe, valve, bucket, broom, mop, sponge, brush, toothbrush, "
    "soap, ball, football, racket, skateboard, surfboard, bicycle, motorbike, car, van, truck, bus, train, boat, cat, "
    "dog, horse, cow, sheep, bird, elephant, teddy bear, doll, toy car, puzzle piece, block, cube, sphere, cylinder, "
    "apple, orange, banana, pear, melon, carrot, potato, tomato, loaf, sandwich, cake, pizza, bun, cheese, egg, "
    "packet, pouch, parcel, crate, pallet, barrel, man, woman, child, boy, girl, person, cyclist, player, hat, coat, "
    "shirt, shoe, glove, umbrella, tie, guitar, piano, violin, sign, traffic light, fence, tree, bush, rock, tent, "
    "kite, wheel, helmet, toaster, microwave, fridge, oven, picture frame, "
    "building block, toy block, wooden block, piece of fruit, piece of paper, piece of cake, lid, cover, "
    "bottle opener, end table, place mat, box of nails, pack of cards, set of keys, coffee machine, storage container"
)
UNSEEN_NOUNS = _split(
    "thermos, mixing bowl, saucer, ladle, grater, tea towel, tissue box, calculator, tablet, router, extension cord, "
    "torch, spirit level, clamp, chisel, paint tin, watering can, shovel, wheelbarrow, scooter, tractor, rabbit, "
    "parrot, goat, giraffe, waiter, nurse, skier, scarf, sandal, belt, trumpet, drum, easel, globe, chessboard, dice, "
    "jigsaw, cucumber, pineapple, lettuce, croissant, muffin, yoghurt, shampoo bottle, detergent, bin, crib, high "
    "chair, statue"
)
PLURALS = _split(
    "mugs, cups, glasses, bottles, plates, bowls, pans, spoons, forks, boxes, cartons, bags, books, laptops, phones, "
    "lamps, cushions, chairs, tables, hammers, bolts, balls, bicycles, cars, cats, dogs, horses, toys, apples, "
    "oranges, cakes, packets, crates, people, players, hats, shoes, guitars, signs, drinking vessels, pieces of "
    "furniture, plastic bags, individuals, electronic devices, tools, vegetables, containers, vehicles, animals"
)
ADJECTIVES = _split(
    "red, blue, green, yellow, black, white, grey, brown, orange, purple, pink, silver, dark, pale, big, small, "
    "large, tiny, tall, short, wide, thin, round, square, flat, striped, spotted, plain, shiny, wooden, metal, "
    "plastic, glass, ceramic, leather, old, new, dirty, clean, broken, open, closed, empty, folded, tricoloured, "
    "patterned, left, right, upper, lower, first, second, third, leftmost, rightmost, nearest, farthest, biggest, "
    "smallest"
)
PLACES = _split(
    "on the left, on the right, in the middle, at the back, in front, in the corner, on the table, on the floor, on "
    "the shelf, in the foreground, in the background, next to {occ}, beside {occ}, near {occ}, behind {occ}, in front "
    "of {occ}, under {occ}, below {occ}, on top of {occ}, between {occ} and {occ}, to the left of {occ}, to the right "
    "of {occ}, inside {occ}, against the wall, at the edge of the table, close to the camera, underneath {occ}, "
    "leaning on {occ}"
)
NEEDS = _split(
    "drink from, sit on, cut bread with, write with, keep the rain off, eat soup with, carry water in, sweep the "
    "floor with, tighten a screw with, hang a picture with, light the room with, call somebody with, tell the time "
    "from, ride to work on, pour tea from, dry my hands with, put flowers in, protect my head with, pack my clothes "
    "in, play music on, read at night, boil water in, fry an egg in, feed a baby with, cover a sleeping child with, "
    "hold papers together with, wash dishes with"
)
SOLIDS = _split(
    "plate, spoon, fork, knife, book, pen, stapler, scissors, remote, phone, laptop, monitor, keyboard, lamp, plant, "
    "clock, pillow, cushion, blanket, towel, curtain, rug, sofa, armchair, chair, stool, table, desk, shelf, door, "
    "bench, bed, ladder, hammer, screwdriver, wrench, drill, saw, pipe, broom, brush, ball, racket, surfboard, "
    "bicycle, motorbike, car, van, truck, boat, cat, dog, horse, cow, elephant, doll, toy car, cube, cylinder, "
    "pallet, man, woman, person, cyclist, coat, shirt, umbrella, guitar, piano, sign, fence, tree, rock, tent, kite, "
    "wheel, toaster, microwave, mug, kettle, teapot, vase"
)
OCCLUDED = ("hidden", "occluded", "obscured", "covered", "concealed", "blocked", "obstructed")
SLOTS: Mapping[str, tuple[str, ...]] = {
    "noun": NOUNS,
    "plural": PLURALS,
    "adj": ADJECTIVES,
    "where": PLACES,
    "need": NEEDS,
    "np": _split(
        "the {noun}, the {noun}, the {adj} {noun}, the {adj} {noun}, that {noun}, the {noun} {where}, my {noun}, "
        "this {adj} {noun}, the {adj} {noun} {where}"
    ),
    "bare": _split("{noun}, {adj} {noun}, the {noun}, the {adj} {noun}"),
    "occ": _split("the {noun}, the {adj} {noun}, that {noun}, the {noun}, the other {noun}"),
    "many": _split(
        "the {plural}, all {plural}, all the {plural}, the {adj} {plural}, both {plural}, these {plural}, every "
        "{noun}, each {noun}, the two {plural}, the {noun} and the {noun}"
    ),
    "verb": _split(
        "segment, mark, show, show me, highlight, outline, find, locate, give me, mask, select, point out, "
        "identify, get, pick, trace, detect, return, label, draw"
    ),
    "lead": _before(
        "please, can you, could you, could you please, I want you to, I'd like you to, now, hey robot, kindly, go and, "
        "would you, you should",
        silent=3,
    ),
    "want": _split("I want, I need, I'd like, give me, show me, we need, let me have, I am looking for, return"),
    "hid": (*OCCLUDED, *OCCLUDED, "invisible", "unseen"),
    "partly": _split("partially, partly, half, mostly, somewhat, largely, slightly, heavily, to a large part"),
    "part": _split(
        "part, parts, part, portion, portions, section, region, area, areas, bit, bits, half, side, piece, end, "
        "remainder"
    ),
    "whole": _split("whole, entire, complete, full, whole, entire, complete"),
    "entire": _split("whole, entire, complete"),
    "thing": _split("entire {noun}, complete {noun}, whole {solid}, full {solid}, entire {adj} {noun}"),
    "solid": SOLIDS,
    "shape": _split(
        "shape, outline, form, extent, silhouette, contour, body, area, object, thing, figure, region, boundary, "
        "geometry, surface, mask, structure, profile"
    ),
    "vis": _split("visible, visible, exposed, unobstructed, unoccluded, uncovered, showing"),
    "blocks": _split(
        "blocks, hides, covers, occludes, obscures, conceals, overlaps, is in front of, lies on, stands before, "
        "obstructs, sits on"
    ),
    "blocked_by": _split(
        "hidden by, covered by, blocked by, behind, under, occluded by, obscured by, hidden behind, concealed by, "
        "tucked under, lost behind, beneath"
    ),
}
UNSEEN_SLOTS: Mapping[str, tuple[str, ...]] = {
    **SLOTS,
    "noun": (*UNSEEN_NOUNS, *UNSEEN_NOUNS, *NOUNS),
    "lead": _before("mind if you, let's, try to, be so good as to, quickly, next, ok so", silent=2),
    "want": _split("what I'm after is, hand over, bring up, we'd love, display, produce"),
}
