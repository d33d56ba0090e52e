"""Comparisons with all others and other ways to say a superlative: "no other is bigger" is "biggest"."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import LEFT, Rule

_ANY = (
    r"(?:any|all|every|each|everything|anything|the rest|the others|others|its rivals|any of|all of|every one of|"
    r"whatever)"
)


def comparisons() -> list[Rule]:
    """ "Bigger than any other", "no other is bigger", "more to the left than the rest"."""
    than = rf"than (?:{_ANY})(?: of)?(?: the| its| these| those)?(?: other)?s?(?: [a-z]+)?(?: there is| here)?"
    ends = r"(big|small|larg|tall|short|wid|narrow|broad|thin|high|low|near|clos|great|dark|light|bright|pal|tini|long)"
    none = (
        r"(?:no other|none of the other|none of the|no) ?(?:[a-z]+ )?(?:is |are |being |stands |lies |comes |"
        r"gets |sits )?"
    )
    return [
        (
            rf"\b(?:more|further|lies further|most) (?:over )?(?:to |towards? |on )?(?:the )?({LEFT}) {than}\b",
            r"\1most",
        ),
        (rf"\b(?:further) (?:away|back|off) {than}\b", "furthest"),
        (rf"\b(?:more|further) (?:in |to(?:wards?)? )?(?:the )?(?:front|forward) {than}\b", "nearest"),
        (rf"\bfurther (?:up) {than}\b", "topmost"),
        (rf"\bfurther (?:down) {than}\b", "lowest"),
        (rf"\b{ends}ger {than}\b", r"\1gest"),
        (rf"\b{ends}ner {than}\b", r"\1nest"),
        (rf"\b{ends}er {than}\b", r"\1est"),
        (r"\bclosest to (the|a|my) ([^,.;]{1,50}?) than (?:any|all|every|each)[^,.;]*", r"closest to \1 \2"),
        (rf"\bwith {none}(?:further |more )?(?:to |on )?(?:the |its )?({LEFT})(?: of it| of that)?\b", r"\1most"),
        (
            rf"\b(?:with |having |that has |which has )?(?:nothing|no other [a-z]+)(?: else)?(?: lying| standing| "
            rf"being)? (?:of its kind |like it |of that kind )?(?:further |more )?(?:to |on )?(?:its |the "
            rf")?({LEFT})\b",
            r"\1most",
        ),
        (rf"\b(?:than which )?{none}{ends}ger\b", r"\1gest"),
        (rf"\b(?:than which )?{none}{ends}er\b(?: than it)?", r"\1est"),
    ]


def extremes() -> list[Rule]:
    """ "Furthest over to the left", "at the very top"."""
    most = r"(?:furthest|most|outermost|extreme|utmost)"
    return [
        (
            rf"\b{most}(?: over| out| away| off| along)?(?: to| towards?| on| at)?(?: the| your| our)? "
            rf"({LEFT})(?:most)?\b",
            r"\1most",
        ),
        (rf"\b({LEFT})most of all\b", r"\1most"),
        (r"\b(?:furthest|most)(?: to| towards?| at)?(?: the)? (?:top|up|upwards?|above)\b", "topmost"),
        (r"\bhighest(?: up| placed| of all)?\b(?! in)", "highest"),
        (r"\b(?:furthest|most)(?: to| towards?| at)?(?: the)? (?:bottom|down|downwards?|below)\b", "lowest"),
        (r"\b(?:at|on|to) the very (top|bottom|front|back|rear)\b(?! of the)", r"\1most"),
        (r"\b(?:very|extreme) (top|bottom|front|back|rear)\b", r"\1most"),
        (r"\brear most\b", "rearmost"),
        (r"\bof all\b(?= ?(?:$|[,.;:?!]))", ""),
        (r"\b(?:among|amongst|of) (?:them|these|those)(?: all)?\b", ""),
    ]


def sizes() -> list[Rule]:
    """ "Taking up the most room", "second in size"."""
    large = r"(?:most|greatest|largest|biggest|highest|maximum|maximal|max|utmost)"
    small = r"(?:least|smallest|lowest|fewest|minimum|minimal|min|tiniest)"
    size = (
        r"(?:area|size|surface|extent|volume|space|room|pixels|dimensions|bulk|mass|number of pixels|amount of "
        r"space|footprint)"
    )
    takes = (
        r"(?:takes? up|taking up|occup(?:ies|ying|y)|fill(?:s|ing)?|cover(?:s|ing)?|has|have|having|with|of|"
        r"showing|claims?)"
    )
    return [
        (rf"\b{takes} (?:the |by far the )?{large} {size}\b", "largest"),
        (rf"\b{takes} (?:the |by far the )?{small} {size}\b", "smallest"),
        (rf"\b{takes} (?:the )?{large} height\b", "tallest"),
        (rf"\b{takes} (?:the )?{small} height\b", "shortest"),
        (rf"\b{takes} (?:the )?{large} (?:width|breadth|length)\b", "widest"),
        (rf"\b{takes} (?:the )?{small} (?:width|breadth)\b", "narrowest"),
        (
            r"\b(?:rises?|reach(?:es|ing)?|tower(?:s|ing)?|stand(?:s|ing)?|extend(?:s|ing)?) (?:up )?(?:the "
            r")?(?:highest|tallest)\b",
            "tallest",
        ),
        (
            r"\b(largest|biggest|smallest|greatest|tallest|shortest|widest|highest|lowest) (?:in|by|of) (?:size|"
            r"area|extent|height|stature|width|volume|bulk)\b",
            r"\1",
        ),
        (
            r"\b(first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|5th)(?: in| by| in order of| in terms of| "
            r"when ordered by| when sorted by| in line by) (?:size|area|bulk|volume)\b",
            r"\1 largest",
        ),
        (
            r"\b(first|second|third|fourth|fifth|sixth|1st|2nd|3rd|4th|5th)(?: in| by| in order of| in terms of| "
            r"when ordered by| when sorted by) height\b",
            r"\1 tallest",
        ),
        (
            r"\b(first|second|third|fourth|fifth|sixth) (?:most|in terms of being) (large|big|tall|near|close)\b",
            r"\1 \2est",
        ),
        (r"\b(?:largeest)\b", "largest"),
        (r"\b(?:bigest)\b", "biggest"),
        (r"\b(?:closeest)\b", "closest"),
        (r"\bmost (large|tall|near|small|short)\b", r"\1est"),
        (r"\blargeest\b", "largest"),
        (
            r"\b(?:next to|runner up to the|one after the|right after the) (largest|biggest|tallest|nearest|closest)\b",
            r"second \1",
        ),
    ]
