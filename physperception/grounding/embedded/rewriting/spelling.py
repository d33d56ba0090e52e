"""Spelling, contractions, politeness, and requests around the phrase that says what is meant."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import Rule


def corrections() -> list[Rule]:
    """ "The cup, no sorry, the mug": what was said before is taken back."""
    taken_back = (
        r"(?:no|nope|sorry|wait|oops|hang on|hold on|er|erm|uh|um|rather|scratch that|correction|actually|make that|"
        r"i meant|i mean|not that(?: one)?|my mistake)"
    )
    sure = r"(?:no|nope|wait|oops|sorry|scratch that|correction|make that|i meant|my mistake|or rather)"
    return [
        (
            rf"^.*?[,.;] ?(?:{taken_back},? ){{0,3}}{sure},? (?:{taken_back},? ){{0,3}}"
            r"(?=(?:the|a|an|that|my|this) [a-z])",
            "",
        ),
    ]


def tools() -> list[Rule]:
    """ "I need to drive in a nail, what do I use?" asks for something to drive in a nail."""
    asks = r"(?:what|which one|which thing|which of these|which) (?:do|can|should|could|would|shall) (?:i|we|you|one)"
    return [(rf"^(.*?)[,.;?]? (?:so )?{asks} (?:use|take|need|grab|reach for|pick)\b(?: for (?:that|it|this))?\W*$",
             r"what could i use for \1")]  # fmt: skip


SPELLING: list[Rule] = [
    (r"[-\u2010-\u2015]", " "),
    (r"\bcolor", "colour"),
    (r"(?:\.{2,}|\u2026)\s*", ", "),
    (r"\b(what|which|who|where|how)'(?:d|ll|ve|re)\b", r"\1 would"),
    *corrections(),
    *tools(),
    (r"\bcan't\b|\bcannot\b|\bcan not\b", "could not"),
    (r"\bcan be\b", "could be"),
    (r"\b(?:don't|do not|without) (?:complet|guess|fill|add|includ|imagin|infer|extend)[a-z]*(?: in)?\b", "show"),
    (r"\+", " and "),
    (r"\bnot (?:only|just|merely|solely)\b", " "),
    (r"\bbut also\b", " and "),
    (r"\b(?:bounding|amodal|modal) box(?:es)?\b", "mask"),
    (r"\bhow (?:far|big|large|long|much|wide|tall|high)\b", " "),
    (r"\bsee through (?=whatever|what|anything|everything|the things)", ""),
    (
        r"^[^:=]{0,50}\b(?:things?|objects?|items?|query|target|search|wanted|task|command|job|pieces?|goal|"
        r"order|request|input)\s*[:=](?= ?\w+ \w+)",
        "",
    ),
    (
        r"\band (?:then )?(?:box|mark|outline|show|segment|give|hand|bring|mask|trace|draw|stop|tell|take|put|"
        r"carry)\b (?:all of |me )?(?:it|that|them|there)\b[^,.;:?!]*",
        "",
    ),
    (
        r"\b(?:continues|extends|goes on|reaches on|carries on|goes) (?:behind|under|underneath|beneath|below|"
        r"past)\b[^,.;:?!]*?(?=,|[.;:?!]|$| and\b)",
        "",
    ),
    (
        r",? (?:at|in|of|with|having) (?:any|a|some|every) colour (?:but|except|other than|besides|save|apart "
        r"from|different from|that is not|that isn't|which is not|which isn't)(?: for)?\b",
        " not",
    ),
    (r"\b(?:in|of|with|having) (?:the|a|an) (?:colour|shade|tone|hue)(?: of)?\b(?= [a-z])", ""),
    (
        r"\bwhose (?:colour|shade|tone|hue)(?: is| looks| would be)?(?: (?:i'd|i|one|you'd|you|we'd|we|"
        r"people)(?: would| could)? (?:call|describe as|name|say is))?\b",
        "that is ",
    ),
    (r", ?right\?", " . "),
    (r",? ?\b(?:ok|okay|yes|would you|will you|could you|please|thanks|won't you|do you see it|see it)\?", " . "),
    (
        r"(^|[,.;:!?] ?|\b(?:and|that|which|you|i|we|please|who|where|what|how|it|they|robot|one|so|then) )can "
        r"(?=[a-z])",
        r"\1could ",
    ),
    (r"\bgray", "grey"),
    (r"\bfarther", "further"),
    (r"\bfarthest", "furthest"),
    (r"\bcenter", "centre"),
    (r"(?:#|\bno\. ?|\bnr\.? ?)(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\b", r"number \1"),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"\b(\d+) ?x (?=[a-z])", r"\1 "),
    (r"\b(?:with (?:the )?)?(?:id|index) (?:number )?(?=\d)", "number "),
    (r"\bleft ?most\b", "leftmost"),
    (r"\bright ?most\b", "rightmost"),
    (r"\b(top|bottom|upper|lower|front|rear|back) ?most\b", r"\1most"),
    (r"\b(left|right) ?wards?\b(?! of)", r"\1"),
    (r"\b(left|right) hand\b", r"\1"),
]
