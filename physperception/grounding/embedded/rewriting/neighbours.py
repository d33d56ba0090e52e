"""Sides of other things: "the box's left", "its left neighbour", "with a cup on either side"."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import LEFT, OWNER, PHRASE, Rule

_OTHER = {"left": "right", "right": "left"}


def between() -> list[Rule]:
    """ "With a cup on either side" is "between"."""
    return [
        (
            rf"\b(?:with|has|having|that has|which has|between) {PHRASE} (?:on|to|at) (?:one|the one|its one) "
            rf"side,? (?:and|but) {PHRASE} (?:on|to|at) (?:the other|its other|another)(?: side)?\b",
            r"between \1 and \2",
        ),
        (
            rf"\b(?:with|has|having|that has|which has) {PHRASE} and {PHRASE} (?:on|to|at) (?:either|both|each) "
            rf"(?:side|hand)s?(?: of it)?\b",
            r"between \1 and \2",
        ),
        (rf"\bin the (?:space|gap|area|room|stretch) (?:from|between) {PHRASE} (?:to|and) ", r"between \1 and "),
        (rf"\bseparat(?:es|ing) {PHRASE} from\b", r"between \1 and"),
    ]


def neighbours() -> list[Rule]:
    """ "The box's left", "its left neighbour", "the neighbour of the box"."""
    side = rf"(?:immediate |direct |very |own |near )?({LEFT})(?: hand)?(?: side| flank| edge)?"
    return [
        (r"\b(?:at|on|to|in) its (?:back|rear)\b", "behind it"),
        (r"\b(?:at|on|to|in) its front\b", "in front of it"),
        (
            r"\b(left|right|behind|in front|above|below) (?:with respect to|relative to|as seen from|viewed from|"
            r"seen from|in relation to|compared (?:to|with)|from)(?= (?:the|a|that|this|our|my|your)\b)",
            r"\1 of",
        ),
        (r"\b(behind|above|below) of\b", r"\1"),
        (rf"\bwhose ({LEFT}) (?:neighbou?r|side) (?:is|has|faces|touches) ", lambda found: f"{_OTHER[found[1]]} of "),
        (
            rf"\b(?:with|has|having|that has|which has) {PHRASE} (?:as|for) (?:its |the )?({LEFT}) neighbou?r\b",
            lambda found: f"{_OTHER[found[2]]} of {found[1]}",
        ),
        (
            rf"\bfor which {PHRASE} (?:is|lies|stands|sits) (?:to |on |at )?(?:the |its )?({LEFT})\b",
            lambda found: f"{_OTHER[found[2]]} of {found[1]}",
        ),
        (
            rf"\b(?:to|on|at|off) (?:its|their|his) (?:immediate |direct |very )?({LEFT})(?: hand)?(?: side)?\b",
            r"to the \1 of it",
        ),
        (rf"\b(?:to|on|at|off|near|by|from|off to|over to|over on) {OWNER} {side}\b(?! neighb)", r"to the \2 of \1"),
        (rf"\b{OWNER} {side} neighbou?r\b", r"the thing next to and to the \2 of \1"),
        (
            rf"\b(?:{LEFT}|direct|immediate|next door|close|closest|nearest)? ?neighbou?rs? (?:of|to)\b",
            "thing next to",
        ),
        (rf"\b{OWNER} (?:direct |immediate |next door |close )?neighbou?r\b", r"the thing next to \1"),
        (r"\b(?:as|is|being) (?:a |the )?neighbou?r to\b", "next to"),
        (rf"\bat {OWNER} side\b", r"next to \1"),
        (rf"\bin {OWNER} (?:vicinity|proximity|neighbou?rhood|surroundings)\b", r"near \1"),
        (
            r"\b(?:in|within|at) (?:the )?(?:close |direct |immediate )?(?:vicinity|proximity|neighbou?rhood|reach) "
            r"(?:of|to)\b",
            "near",
        ),
        (rf"\b(?:from )?behind {OWNER} back\b", r"behind \1"),
        (rf"\b(?:at|in|to) {OWNER} (?:back|rear)\b", r"behind \1"),
        (rf"\b(?:at|in|to) {OWNER} front\b", r"in front of \1"),
        (rf"\b(?:in|under|within) {OWNER} shadow\b", r"behind \1"),
    ]
