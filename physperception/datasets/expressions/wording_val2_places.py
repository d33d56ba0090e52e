"""Places, relations, ranks and ordinals of val2."""

from __future__ import annotations

from physperception.datasets.expressions.wording import Names

_SIDE = (
    "on the {side}-hand side", "on the {side} hand", "in the {side}-hand part of the image", "over on the {side}",
    "over to the {side}", "towards the {side} of the image", "at {side}", "{side} side", "in the {side} of the frame",
    "located on the {side} side of the image", "to our {side}", "to my {side}", "at the {side} side of the photo",
    "off to the {side}", "on the table's {side} side", "I see on the {side}", "you can find on the {side}",
    "from the {side} side", "(on the {side})", "{side}-hand {n}", "{side} {n}", "{side}-side {n}",
)  # fmt: skip
PLACES: Names = {name: tuple(form.replace("{side}", name) for form in _SIDE) for name in ("left", "right")}

_ASIDE = (
    "on the {side} of {a}", "at the {side} side of {a}", "at the {side}-hand side of {a}", "{side}wards of {a}",
    "further {side} than {a}", "that you see to the {side} of {a}", "which sits {side} of {a}", "{side} from {a}",
    "with {a} to its {other}", "that has {a} on its {other}", "that {a} is to the {other} of",
    "{a} has on its {side}", "whose {other} neighbor is {a}", "positioned to the {side} of {a}",
    "that is the {side} neighbour of {a}", "(it's {side} of {a})", "for which {a} lies to the {other}",
    "placed {side} with respect to {a}", "located {side} of {a}", "{side} side of {a}",
)  # fmt: skip


def _aside(side: str, other: str) -> tuple[str, ...]:
    return tuple(form.replace("{side}", side).replace("{other}", other) for form in _ASIDE)


RELATIONS: Names = {
    "left_of": _aside("left", "right"),
    "right_of": _aside("right", "left"),
    "behind": (
        "on the back side of {a}", "in back of {a}", "tucked behind {a}", "peeking out from behind {a}",
        "which {a} stands in front of", "with {a} in front of it", "that has {a} in front", "to the rear of {a}",
        "{a} is in front of", "hiding behind {a}", "sitting behind {a}", "right behind {a}",
        "that you find behind {a}", "back behind {a}", "which is located behind {a}", "placed at the rear of {a}",
        "partly behind {a}", "poking out behind {a}", "that's at the back of {a}", "(behind {a})",
    ),
    "in_front_of": (
        "before {a}", "with {a} behind it", "that has {a} behind it", "{a} is behind", "that {a} is standing behind",
        "placed in front of {a}", "right in front of {a}", "sitting in front of {a}",
        "which is located in front of {a}", "with {a} at its back", "at the front of {a}",
        "nearer to us than {a} and before it", "to the front of {a}", "positioned before {a}",
        "that stands before {a}", "which has {a} at its back", "(in front of {a})",
    ),
    "on": (
        "that is resting on {a}", "sitting on {a}", "that sits on top of {a}", "atop {a}", "placed on {a}",
        "standing on {a}", "lying on {a}", "which {a} carries", "that {a} supports", "carried by {a}",
        "being supported by {a}", "up on {a}", "stacked on {a}", "with {a} underneath", "with {a} right below it",
        "that somebody put on {a}", "upon {a}", "which rests upon {a}", "that is set on {a}",
        "that has {a} as its support", "on the top of {a}",
    ),
    "in": (
        "lying in {a}", "that's in {a}", "within {a}", "contained in {a}", "that sits inside {a}", "that {a} holds",
        "{a} has in it", "from inside {a}", "placed into {a}", "which somebody put in {a}", "that is sitting in {a}",
        "that {a} contains", "which rests in {a}", "in the inside of {a}", "that was put into {a}", "out of {a}",
    ),
    "under": (
        "just beneath {a}", "directly underneath {a}", "that {a} sits on", "{a} rests on", "supporting {a}",
        "carrying {a}", "that bears {a}", "with {a} on it", "with {a} on top", "that has {a} on top of it",
        "holding up {a}", "on which {a} rests", "that is below {a} and carries it", "on which you find {a}",
        "that {a} was put on", "{a} is lying on", "upon which {a} stands", "that serves {a} as a base",
        "right underneath {a}",
    ),
    "next_to": (
        "standing beside {a}", "by {a}", "that's right by {a}", "immediately neighboring {a}", "alongside {a}",
        "close by {a}", "neighbouring {a}", "right next to {a}", "at the side of {a}", "nearby {a}",
        "that neighbors {a}", "just beside {a}", "in the immediate vicinity of {a}", "that has {a} right beside it",
        "that's just by {a}", "with {a} beside it", "directly adjacent to {a}", "which is a neighbour of {a}",
        "that stands side by side with {a}", "hard by {a}",
    ),
    "between": (
        "right in between {a} and {b}", "in the middle of {a} and {b}", "having {a} on one side and {b} on the other",
        "flanked by {a} and {b}", "in the gap between {a} and {b}", "located between {a} and {b}",
        "somewhere between {a} and {b}", "you see between {b} and {a}", "lying between {b} and {a}",
        "that has {a} on one side and {b} on the other", "that {a} and {b} flank", "which separates {a} from {b}",
        "in the space from {a} to {b}", "with {a} and {b} on either side", "surrounded by {a} and {b}",
        "on the line from {a} to {b}", "which stands amid {a} and {b}", "(between {a} and {b})",
    ),
    "hidden_by": (
        "partially covered by {a}", "{a} is partly covering", "{a} partly blocks", "partly blocked by {a}",
        "partially obscured by {a}", "in part concealed by {a}", "that {a} gets in the way of",
        "that {a} is blocking", "whose view is blocked by {a}", "that can't be seen entirely because of {a}",
        "screened by {a}", "part of which {a} hides", "which {a} partially occludes",
        "that {a} keeps me from seeing fully", "partially masked by {a}", "that is being obscured by {a}",
        "that {a} covers in part", "that {a} covers a bit of", "for which {a} is the occluder",
        "that {a} conceals a part of",
    ),
    "hides": (
        "covering part of {a}", "blocking {a}", "obstructing the view of {a}", "that obscures {a}",
        "that covers {a} partly", "that partly hides {a}", "concealing part of {a}", "that's in the way of {a}",
        "which blocks the view of {a}", "because of which {a} is not fully visible", "occluding {a}", "obscuring {a}",
        "that gets in the way of seeing {a}", "that {a} is partially hidden by", "that {a} is partly covered by",
        "which makes {a} hard to see fully", "keeping part of {a} out of sight", "that partially covers up {a}",
        "that stops me from seeing all of {a}", "by which {a} is occluded",
    ),
}  # fmt: skip

_END = (
    "the very {side}most {n}", "the {n} on the far {side}", "the {side}most one of the {ns}",
    "the most {side}ward {n}", "the {n} that lies furthest {side}", "the extreme {side} {n}",
    "the {n} at the {side} end", "the far {side} {n}", "the {n} with nothing of its kind further {side}",
    "that {n} way over on the far {side}", "the {side}most of the {ns}",
    "the {n} nearest to the {side} edge of the picture", "{side}most {n}", "the {n} closest to the {side} border",
    "the {n} standing furthest to the {side}", "the one furthest {side} among the {ns}",
    "the furthest {side} of the {ns}",
)  # fmt: skip
_COUNTED = (
    "{n} no. {number} from the {side}", "the {n} in {ordinal} place from the {side}",
    "the {ordinal} of the {ns} from the {side}", "the {ordinal} {n} if you count from the {side}",
    "{side} to {other} the {ordinal} {n}", "{ordinal} {n} from {side}",
    "the {n} that comes {ordinal} from the {side}", "number {number} among the {ns} going {side} to {other}",
    "the {ordinal} {n} when counted from {side} to {other}", "the {ordinal} {n} in from the {side}",
    "{ordinal} from {side} of the {ns}", "the {ordinal} one of the {ns}, starting at the {side}",
    "the {ordinal} {n} starting from the {side}", "#{digits} of the {ns} from the {side}",
    "the {ordinal} {n} reading from the {side}", "the {nth} {n} from the {side}", "{nth} {n} from {side}",
    "{n} #{digits} from the {side}", "the {nth} of the {ns}, from the {side}",
    "the {n} which is {nth} from the {side}",
)  # fmt: skip


def _end(side: str) -> tuple[str, ...]:
    return tuple(form.replace("{side}", side) for form in _END)


def _counted(side: str, other: str) -> tuple[str, ...]:
    return tuple(form.replace("{side}", side).replace("{other}", other) for form in _COUNTED)


RANKS: Names = {
    "leftmost": _end("left"),
    "rightmost": _end("right"),
    "topmost": (
        "the very highest {n} in the frame", "the {n} highest up in the picture",
        "the {n} nearest to the top of the picture", "the {n} at the very top of the image",
        "the top-most {n} in the photo", "the uppermost of the {ns}",
        "the {n} closest to the upper edge of the frame", "the {n} that is higher in the picture than the rest",
        "the one of the {ns} that is furthest up in the image", "the {n} furthest up in the photo",
    ),
    "lowest": (
        "the very lowest {n} in the frame", "the {n} lowest down in the picture",
        "the {n} nearest to the bottom of the picture", "the {n} at the very bottom of the image",
        "the bottom-most {n} in the photo", "the lowermost of the {ns}",
        "the {n} closest to the lower edge of the frame", "the {n} that is lower in the picture than the rest",
        "the one of the {ns} that is furthest down in the image", "the {n} furthest down in the photo",
    ),
    "largest": (
        "the biggest of the {ns}", "the largest of all the {ns}", "the {n} that is bigger than all the others",
        "the {n} with the largest size", "the most sizeable {n}", "biggest {n}", "the {n} of the greatest size",
        "the largest one of the {ns}", "the {n} that takes up the most room", "the very biggest {n}",
        "the hugest {n}", "whichever of the {ns} is the biggest", "the {n} which beats the others in size",
        "the {n} of the biggest size",
    ),
    "smallest": (
        "the smallest of the {ns}", "the most minuscule {n}", "the teeniest {n}",
        "the {n} that is smaller than all the others", "the least big {n}", "smallest {n}",
        "the {n} with the smallest size", "the {n} of the least size", "whichever of the {ns} is the smallest",
        "the tiniest of all the {ns}", "the {n} taking up the least room", "the most tiny {n}",
        "the smallest one among the {ns}",
    ),
    "tallest": (
        "the tallest of the {ns}", "the {n} with the greatest height", "the {n} that stands tallest", "tallest {n}",
        "the {n} that is taller than all the others", "whichever of the {ns} is tallest",
        "the {n} of greatest height", "the very tallest {n}", "the most tall {n}", "the tallest one among the {ns}",
    ),
    "nearest": (
        "the closest {n}", "the {n} closest to me", "the {n} nearest the camera", "the frontmost {n}", "nearest {n}",
        "the {n} right at the front", "the closest of the {ns}", "the front-most of the {ns}", "the foremost {n}",
        "the {n} which is the least far away", "the {n} with the shortest distance to the camera",
        "whichever of the {ns} is closest", "the {n} nearest to whoever is looking",
        "the {n} least distant from the robot",
    ),
    "farthest": (
        "the furthest {n}", "the {n} that is furthest off", "the {n} at the very back", "the rearmost {n}",
        "the most distant {n}", "the furthest of the {ns} from us", "the {n} furthest from me", "the hindmost {n}",
        "the backmost {n}", "whichever of the {ns} is farthest away",
        "the {n} with the greatest distance to the camera", "the most remote of the {ns}",
        "the {n} that is the farthest from the viewer",
    ),
}  # fmt: skip

TURNS: Names = {
    "leftmost": _counted("left", "right"),
    "rightmost": _counted("right", "left"),
    "largest": (
        "the {ordinal}-largest of the {ns}", "the {ordinal} biggest of the {ns}",
        "the {n} that ranks {ordinal} in size", "number {number} of the {ns} in order of size, biggest first",
        "the {ordinal}-biggest {n}", "the {n} that comes {ordinal} by size",
        "the {ordinal} in size of the {ns}, from big to small", "the {n} in {ordinal} place for size",
        "{ordinal} largest {n}", "the {nth} largest {n}", "{nth} biggest {n}", "#{digits} of the {ns} by size",
    ),
    "tallest": (
        "the {ordinal}-tallest of the {ns}", "the {ordinal} tallest of all the {ns}",
        "the {n} that ranks {ordinal} in height", "number {number} of the {ns} in order of height, tallest first",
        "the {ordinal}-tallest {n}", "the {n} that comes {ordinal} by height", "{ordinal} tallest {n}",
        "the {nth} tallest {n}", "{nth} tallest of the {ns}", "#{digits} of the {ns} by height",
        "the {n} in {ordinal} place for height",
    ),
    "nearest": (
        "the {ordinal}-closest of the {ns}", "the {ordinal} {n} from the front",
        "the {n} that is {ordinal} nearest to the camera", "the {ordinal}-nearest {n}",
        "number {number} of the {ns} by distance, nearest first", "the {ordinal} of the {ns} counting from the front",
        "{ordinal} closest {n}", "the {nth} closest {n}", "{nth} nearest of the {ns}",
        "the {n} in {ordinal} place from the front", "#{digits} of the {ns} from front to back",
        "the {n} that comes {ordinal} in distance from the camera",
    ),
}  # fmt: skip
