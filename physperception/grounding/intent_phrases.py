"""Phrases in which "whole", "full", "complete" and their like say nothing about a mask, or may say nothing.

Applied before the classifier, so that it need not know them. First, phrases of another sense are made plain: "whole
wheat" becomes "wheat", "the complete set of spoons" "the set of spoons". Then, where "full" or "whole" stands before
something that can be filled or cut, the word is taken out, and two readers differ unless other words decide.
"""

from __future__ import annotations

import re

_WHOLE = r"(?:whole|entire|complete|full|total)"
_GROUPS = (
    "sets? collections? series trilogy rows? queue stacks? piles? heaps? bunch batch flock herd gang crew squad crowd "
    "orchestra choir audience staff family team class group gathering assortment kits? works encyclopedia menu "
    "alphabet line-?up fleet swarm gallery ensemble department league neighbou?rhood "
    "(?:deck|pack|packet|rack|range)s?.of"
)
_TIMES_AND_PLACES = (
    "day morning afternoon evening night week weekend month year hour minute time life while trip shift summer winter "
    "scene image picture photo photograph view room kitchen flat apartment office shop store warehouse workshop "
    "workspace world town street city"
)
_INGREDIENTS = (
    "wheat grains? meal milk oats? rye spelt barley beans? foods? nuts? almonds? walnuts? cashews? cloves? "
    "peppercorns? cumin spices? olives? tomatoes corn leaf leaves eggs? flour cream yogh?urt kernels? seeds?"
)
_OTHERS = (
    "moon stop price cost sum amount name address title version recipe text story truth list report english breakfast "
    "strangers? mess wreck beginners? beginner's chaos disaster idiots? idiot's waste surprise eclipse throttle speed "
    "marks budget point"
)
_CLOTHES = "outfit uniform costume gear armou?r dress suit attire kit equipment camouflage"
_CONTENTS = (
    "bottle glass mug cup jug bowl jar can box bag bucket basket crate pot tin sack tray carton tank barrel plate "
    "pitcher drawer"
)
_FILLED = (
    r"(?:bottle|glass|mug|cup|jug|bowl|jar|can|box|bag|bucket|basket|crate|pot|tin|sack|tray|carton|tank|barrel|"
    r"pitcher|container|bin|drawer|fridge|sink|suitcase|backpack|rucksack|shelf|thermos|flask|kettle|ashtray|trolley|"
    r"cart|wheelbarrow|pint|canister|dispenser|dishwasher|hamper|purse|wallet|vase|trash can|one)s?"
)
_CUT = (
    r"(?:pizza|cake|melon|watermelon|loaf|pie|cheese|chicken|turkey|apple|orange|sandwich|bread|pineapple|fruit|ham|"
    r"baguette|cabbage|pumpkin|salmon|roast|tart|quiche|fish|lemon|onion|cucumber|coconut|burger|pear|banana|lasagna|"
    r"lasagne|cheesecake|brownie|avocado|lettuce|garlic|chocolate bar|sausage|potato|carrot|pepper|mango|grapefruit)s?"
)
_ABOUT_MASKS = (
    "hidden occluded obscured covered concealed reconstructed restored completed uncovered unobstructed unoccluded "
    "exposed revealed blocked masked outlined segmented included"
)


def _words(text: str) -> str:
    return "(?:" + "|".join(text.split()) + ")"


_PLAIN = (
    (
        re.compile(
            r"\b(labell?ed|called|titled|named|marked|reads|says|saying|entitled) (?:\"[^\"]*\"|'[^']*'|“[^”]*”)"
        ),
        r"\1 so",
    ),
    (re.compile(rf"\b{_WHOLE}(?: |-)(?={_words(_INGREDIENTS)}\b)"), ""),
    (re.compile(r"\bwhole(?=meal|wheat|grain|sale|some)"), ""),
    (re.compile(rf"\b{_WHOLE} (?=(?:[a-z]+ )?{_words(_GROUPS)}\b)"), ""),
    (re.compile(rf"\b{_WHOLE} (?={_words(_TIMES_AND_PLACES)}\b)"), ""),
    (re.compile(rf"\b{_WHOLE}[ -](?={_words(_OTHERS)}\b)"), ""),
    (
        re.compile(
            rf"\b((?:wearing|wears|dressed in|in) (?:(?:an?|the|his|her|their|its) )?){_WHOLE} "
            rf"(?=(?:[a-z]+ )?{_words(_CLOTHES)}\b)"
        ),
        r"\1",
    ),
    (re.compile(rf"\bfull (?={_words(_CONTENTS)}s? (?:of|with) )"), ""),
    (re.compile(r"\bfull-(?=length|size|face|fat|time|screen|colou?r)"), ""),
    (re.compile(r"\b(?:half[ -])?full of\b"), "with"),
    (re.compile(r"\b(?:half|nearly|almost)[ -](?:full|empty|eaten|finished|open|read|built|peeled)\b"), "used"),
    (
        re.compile(
            rf"(?<!not )\b(?:completely|entirely|fully|totally|wholly) (?!{_words(_ABOUT_MASKS)}\b)"
            r"(?=[a-z]+ed\b|empty\b|dry\b|wet\b|open\b|red\b|black\b|white\b|green\b|blue\b|new\b|broken\b|flat\b|made\b)"
        ),
        "",
    ),
)
_OPEN = (
    re.compile(rf"\bfull (?=(?:(?!bounding)[a-z]+ )?{_FILLED}(?![a-z'-]))(?![a-z]+ (?:of|shape|outline)\b)"),
    re.compile(rf"\b(?:whole|entire) (?=(?:[a-z]+ )?{_CUT}(?![a-z'-]))"),
)


def plain(text: str) -> str:
    """The text in lower case without words that only seem to speak of wholes, such as "whole" in "whole wheat"."""
    text = " ".join(text.lower().split())
    for pattern, instead in _PLAIN:
        text = pattern.sub(instead, text)
    return text


def without_open_words(text: str) -> tuple[str, str]:
    """A text of `plain` without "full" before what can be filled and "whole" before what can be cut, and what went.

    The second is "" where nothing is so, else the word and the one after it.
    """
    for pattern in _OPEN:
        found = pattern.search(text)
        if found:
            rest = pattern.sub("", text)
            return rest, " ".join(text[found.start() :].split()[:2]).rstrip(".,;:?!")
    return text, ""
