"""Many ways to say one thing made one, before the words are read: sides, ranks, counting, comparing, being hidden.

Rules go by what small words mean together ("counting", "from", a side), not by sentences; each rewrites to a phrase of
`phrase_tables.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from physperception.grounding.embedded.verbs import Forms, hiding

Rewrite = str | Callable[[re.Match[str]], str]
Rule = tuple[re.Pattern[str], Rewrite]

_FRAME = (
    r"(?:image|picture|photo|photograph|scene|frame|shot|view|canvas|screen|snapshot|table|tabletop|desk|counter|"
    r"worktop|surface|"
    r"workspace|lot|bunch|whole scene|whole image|camera view|field of view|visible area|line|row|stack|lineup)"
)
_PART = (
    r"(?:hand side|side|half|part|edge|end|border|margin|area|region|section|third|zone|portion|boundary|flank|"
    r"extreme|limit|"
    r"position|spot|place|hand)"
)
_SIDE = r"(?:left|right|top|bottom|front|back|rear)"
_LEFT = r"(?:left|right)"
_ANY = (
    r"(?:any|all|every|each|everything|anything|the rest|the others|others|its rivals|any of|all of|every one of|"
    r"whatever)"
)
_SEEN = (
    r"(?:visible|seen|in view|in sight|on view|on show|showing|exposed|shown|viewable|in the open|uncovered|"
    r"viewed|revealed)"
)
_PARTLY = (
    r"(?:partly|partially|half|in part|incompletely|somewhat|only partly|only partially|only in part|only half|only|"
    r"to some extent|"
    r"a bit|slightly|a little|just partly|just partially|some|semi|barely|not fully|not completely|not entirely|not "
    r"wholly)"
)
_FULLY = (
    r"(?:fully|completely|entirely|wholly|totally|perfectly|altogether|quite|all|in full|freely|clearly|plainly|whole)"
)
_ELSE = (
    r"(?:something|anything|another (?:thing|object|item|one)|other (?:things|objects|items|stuff)|some(?: other)? "
    r"(?:thing|object|item)|"
    r"others|an? (?:other )?(?:thing|object|item)|another|an obstacle|stuff)(?: else)?"
)
_NOTHING = (
    r"(?:nothing(?: else)?|no(?: other)? (?:thing|object|item|one|neighbour|obstacle)s?|none of the others|not a thing)"
)
_WHO = (
    r"(?:camera|viewer|lens|observer|us|me|you|robot|photographer|onlooker|beholder|eye|whoever (?:is "
    r")?(?:looking|watching|looks|sees it|sees))"
)
_TO_CAMERA = rf"(?:(?:the |our |your |my )?{_WHO}|where (?:we|you|i) (?:are|stand|am))(?:'s position)?"


def normalise(text: str) -> str:
    """Lower-case text rewritten to fewer forms; whatever no rule knows stays."""
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return re.sub(r"\s+", " ", text).strip()


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    groups = (
        _spelling(),
        _pictures(),
        _frames(),
        _camera(),
        _comparisons(),
        _extremes(),
        _sizes(),
        _counting(),
        _possessives(),
        _hidden(),
    )
    return tuple((re.compile(pattern), replacement) for group in groups for pattern, replacement in group)


def _spelling() -> list[tuple[str, Rewrite]]:
    return [
        (r"[-\u2010-\u2015]", " "),
        (r"\bcolor", "colour"),
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
        (r"\bleft ?most\b", "leftmost"),
        (r"\bright ?most\b", "rightmost"),
        (r"\b(top|bottom|upper|lower|front|rear|back) ?most\b", r"\1most"),
        (r"\b(left|right) ?wards?\b(?! of)", r"\1"),
        (r"\b(left|right) hand\b", r"\1"),
    ]


def _pictures() -> list[tuple[str, Rewrite]]:
    """Where the whole picture is meant, it need not be said."""
    whole = rf"(?:the|this|that|our|your|my) (?:whole |entire |camera's |camera )?{_FRAME}"
    return [(rf" (?:of|in|within|from|across|on) {whole}\b(?!'|'s| [a-z]+ (?:is|stands|lies)\b)", "")]


def _frames() -> list[tuple[str, Rewrite]]:
    """Sides of the picture."""
    return [
        (rf"\b({_SIDE}|upper|lower|leftmost|rightmost|topmost|uppermost|lowermost) {_PART}\b", r"\1"),
        (
            rf"\b(?:nearest|closest|furthest over|next|adjacent)(?: to| towards?)? (?:the |our |your )({_LEFT}|top|"
            rf"bottom)(?: hand)?(?: {_PART})?\b(?! of)",
            r"\1most",
        ),
        (
            rf"\b(?:at|on|by) (?:the |our |your )({_LEFT})(?: hand)? (?:end|extreme|limit|border)\b(?! of the "
            rf"(?!{_FRAME}))",
            r"\1most",
        ),
        (
            r"\b(?:on|at|to|from) the (?:back|rear|far|other|reverse|hidden) (?:side )?of (?=the|a|my|that|this|our|"
            r"your)",
            "behind ",
        ),
        (
            rf"\b(?:on|at|to) the (?:front|near) (?:side )?of (?=the|a|my|that|this|our|your)(?!the {_FRAME})",
            "in front of ",
        ),
        (r"\bin the (?:gap|space|area|middle|room|place|spot)(?: that is)? between\b", "between"),
        (
            rf"\b(?:at|on|in|to|towards?|over on|off to|over to|along|by|near) (?:the |your |our |my )(?:very |far |"
            rf"extreme |outer |utter |absolute )({_LEFT})\b(?! of)",
            r"\1most",
        ),
        (rf"\b(?:very|far|extreme|utter|absolute|outermost) ({_LEFT})(?:most)?\b(?! of)", r"\1most"),
        (
            rf"\b(?:towards?|off to|over on|over to|off on|along|by|near|at) (?:the |your |our |my |its "
            rf")?({_LEFT})\b(?! of| than)",
            r"on the \1",
        ),
        (rf"\bin (?:the |your |our |my )({_LEFT})\b(?! of)", r"on the \1"),
        (rf"\b(?:on|to|at) (?:your|our|my) ({_LEFT})\b", r"on the \1"),
        (r"\b(?:up|down) (?:at|in|on|by|near) (?:the )?(top|bottom)\b", r"at the \1"),
        (r"\b(?:towards?|near) the (front|back|rear|top|bottom|centre|middle)\b(?! of)", r"at the \1"),
    ]


def _camera() -> list[tuple[str, Rewrite]]:
    near = r"(?:nearest|closest|most near|least far|least distant|least remote)"
    far = r"(?:furthest|most distant|most remote|remotest|least near|least close)"
    return [
        (rf"\bfurther(?: away)? from {_TO_CAMERA} than\b", "further than"),
        (rf"\b(?:nearer|closer)(?: to)? {_TO_CAMERA} than\b", "nearer than"),
        (rf"\b{near}(?: up| by| in)?(?: to| from)? {_TO_CAMERA}(?: of| among)?\b", "nearest"),
        (rf"\b{far}(?: away| off| out| back)?(?: from| to)? {_TO_CAMERA}\b", "furthest"),
        (rf"\b(?:at|with) the (?:least|smallest|shortest) distance (?:from|to) {_TO_CAMERA}\b", "nearest"),
        (rf"\b(?:at|with) the (?:most|greatest|largest|longest) distance (?:from|to) {_TO_CAMERA}\b", "furthest"),
        (r"\b(?:at|with) the (?:least|smallest|shortest) distance (?:from|to)\b", "closest to"),
        (r"\b(?:at|with) the (?:most|greatest|largest|longest) distance (?:from|to)\b", "furthest from"),
        (
            r"\b(?:deepest|furthest|most)(?: in| into)? (?:to |towards? )?(?:the )?(?:back(?:ground)?|rear|distance|"
            r"depth)\b",
            "furthest",
        ),
        (r"\bfurthest (?:away|off|back|out)\b(?! from)", "furthest"),
        (r"\b(?:furthest|most) (?:to(?:wards?)? )?(?:the )?(?:front|foreground|forward|near)\b", "nearest"),
        (r"\bnearest (?:by|up|at hand)\b", "nearest"),
    ]


def _comparisons() -> list[tuple[str, Rewrite]]:
    """ "Bigger than any other", "no other is bigger", "more to the left than the rest"."""
    than = rf"than (?:{_ANY})(?: of)?(?: the| its| these| those)?(?: other)?s?(?: [a-z]+)?(?: there is| here)?"
    ends = r"(big|small|larg|tall|short|wid|narrow|broad|thin|high|low|near|clos|great|dark|light|bright|pal|tini|long)"
    none = (
        r"(?:no other|none of the other|none of the|no) ?(?:[a-z]+ )?(?:is |are |being |stands |lies |comes |"
        r"gets |sits )?"
    )
    return [
        (
            rf"\b(?:more|further|lies further|most) (?:over )?(?:to |towards? |on )?(?:the )?({_LEFT}) {than}\b",
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
        (rf"\bwith {none}(?:further |more )?(?:to |on )?(?:the |its )?({_LEFT})(?: of it| of that)?\b", r"\1most"),
        (
            rf"\b(?:with |having |that has |which has )?(?:nothing|no other [a-z]+)(?: else)?(?: lying| standing| "
            rf"being)? (?:of its kind |like it |of that kind )?(?:further |more )?(?:to |on )?(?:its |the "
            rf")?({_LEFT})\b",
            r"\1most",
        ),
        (rf"\b(?:than which )?{none}{ends}ger\b", r"\1gest"),
        (rf"\b(?:than which )?{none}{ends}er\b(?: than it)?", r"\1est"),
    ]


def _extremes() -> list[tuple[str, Rewrite]]:
    most = r"(?:furthest|most|outermost|extreme|utmost)"
    return [
        (
            rf"\b{most}(?: over| out| away| off| along)?(?: to| towards?| on| at)?(?: the| your| our)? "
            rf"({_LEFT})(?:most)?\b",
            r"\1most",
        ),
        (rf"\b({_LEFT})most of all\b", r"\1most"),
        (r"\b(?:furthest|most)(?: to| towards?| at)?(?: the)? (?:top|up|upwards?|above)\b", "topmost"),
        (r"\bhighest(?: up| placed| of all)?\b(?! in)", "highest"),
        (r"\b(?:furthest|most)(?: to| towards?| at)?(?: the)? (?:bottom|down|downwards?|below)\b", "lowest"),
        (r"\b(?:at|on|to) the very (top|bottom|front|back|rear)\b(?! of the)", r"\1most"),
        (r"\b(?:very|extreme) (top|bottom|front|back|rear)\b", r"\1most"),
        (r"\brear most\b", "rearmost"),
        (r"\bof all\b(?= ?(?:$|[,.;:?!]))", ""),
        (r"\b(?:among|amongst|of) (?:them|these|those)(?: all)?\b", ""),
    ]


def _sizes() -> list[tuple[str, Rewrite]]:
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


def _counting() -> list[tuple[str, Rewrite]]:
    verb = (
        r"(?:count(?:s|ing|ed)?|read(?:s|ing)?|scan(?:s|ning|ned)?|look(?:s|ing)?|go(?:es|ing)?|seen|viewed|"
        r"start(?:s|ing|ed)?|"
        r"begin(?:s|ning)?|number(?:ed|ing)?|mov(?:es?|ing)|work(?:s|ing)?|enumerat(?:ed|ing)|taken|order(?:ed|ing)|"
        r"sort(?:ed|ing)|"
        r"rank(?:ed|ing)|travel(?:s|ling)?|proceed(?:s|ing)?|advanc(?:es?|ing)|walk(?:s|ing)?|arranged|listed|come|"
        r"comes|coming)"
    )
    who = (
        r"(?:(?:when|if|as|while|once|where|in case) )?(?:(?:you|one|we|i|they) )?(?:(?:are|is|were) )?(?:(?:all|"
        r"they|them) )?"
    )
    start = r"(?:from|at|on|with|off from|in from|over from|along from|starting from|beginning at|beginning from)"
    side = rf"(?:the )?(?:far |very |extreme )?({_SIDE}|leftmost|rightmost)"
    word = r"(one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
    place = r"(?: places?| positions?| spots?| steps?| along| over| in){0,3}"
    nth = r"(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d+(?:st|nd|rd|th)|last)"
    return [
        (rf"\bin (?:the )?{nth} (?:place|position|spot|rank)\b", r"\1"),
        (r",? (?:the )?(?:tallest|largest|biggest|nearest|closest) (?:one )?(?:first|being first|coming first)\b", ""),
        (rf"[,(]? ?\b{who}{verb}(?: them| it| up| off| out| things| along| across| down)? {start} {side}(?: (?:on|"
         rf"end|side|onwards?))?(?: (?:to|towards?) (?:the )?{_SIDE})?\b\)?", r" from the \1"),
        (rf"[,(]? ?\b{who}{verb}(?: them| it| things)?(?: in order)? (?:from )?(left|right|front|back|top|bottom) "
         rf"to {_SIDE}\b\)?", r" from the \1"),
        (rf"\bin (?:a |the )?(?:order )?(left|right|front) to {_SIDE}(?: order)?\b", r"from the \1"),
        (rf"\bin (?:order )?from (?:the )?({_SIDE})\b", r"from the \1"),
        (rf"\bfrom (?:the )?({_LEFT})most(?: one| end)?\b", r"from the \1"),
        (rf"\b(?:as |being |at |is |ranked |comes |which is |that is )?(?:number|position|place|rank|no) {word}\b",
         r"\1th"),
        (rf"\b{word}{place} (?:in |over |along |away |on )?from (?:the )?({_LEFT})\b(?! of)", r"\1th from the \2"),
        *[(rf"\b{number}th\b", ordinal) for number, ordinal in _ORDINALS],
        (rf"\b{nth}(?: one| thing)?(?: in line| in order| along| in| over| across| place| position){{0,3}} (?:from|"
         rf"on|off|to) (?:the )?({_LEFT})\b(?! of)", r"\1 from the \2"),
        (rf"\b{nth} ({_LEFT})most\b", r"\1 from the \2"),
        (rf"\b({_LEFT})most (?:but one|but for one)\b", r"second from the \1"),
        (rf"\b{nth}(?: one)? from the ({_LEFT}) (?:side|end|edge|on|onwards?)\b", r"\1 from the \2"),
        (r"\bsecond to last\b", "penultimate"),
    ]  # fmt: skip


_OTHER = {"left": "right", "right": "left"}
_NUMBERS = "one two three four five six seven eight nine ten".split()
_NTH = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_ORDINALS = [*zip(_NUMBERS, _NTH), *((str(i + 1), nth) for i, nth in enumerate(_NTH))]


def _possessives() -> list[tuple[str, Rewrite]]:
    """ "The box's left", "its left neighbour", "the neighbour of the box"."""
    owner = r"((?:the|a|that|this|my) [^,.;:?!]{1,60}?)'s?"
    side = rf"(?:immediate |direct |very |own |near )?({_LEFT})(?: hand)?(?: side| flank| edge)?"
    phrase = r"((?:the |a |an |that |this |my |our |your )?[^,.;:?!]{1,60}?)"
    hides = "|".join(form for found in hiding() for form in (found.third, found.ing))
    hidden = "|".join(past for found in hiding() for past in found.past)
    return [
        (
            rf"\b(?:with|has|having|that has|which has|between) {phrase} (?:on|to|at) (?:one|the one|its one) "
            rf"side,? (?:and|but) {phrase} (?:on|to|at) (?:the other|its other|another)(?: side)?\b",
            r"between \1 and \2",
        ),
        (
            rf"\b(?:with|has|having|that has|which has) {phrase} and {phrase} (?:on|to|at) (?:either|both|each) "
            rf"(?:side|hand)s?(?: of it)?\b",
            r"between \1 and \2",
        ),
        (rf"\bin the (?:space|gap|area|room|stretch) (?:from|between) {phrase} (?:to|and) ", r"between \1 and "),
        (rf"\bseparat(?:es|ing) {phrase} from\b", r"between \1 and"),
        (
            r"\b(?:keep|stop|prevent|hinder|block|bar)(?:s|p?p?ing)? (?:me|us|you|the camera|one|the viewer) from "
            r"(?:fully |entirely )?seeing(?: all of| the whole of| all| much of| the rest of)?\b",
            "hides",
        ),
        (
            rf"\b(?:keep|put|plac|hold)(?:s|ing|es)? (?:a |some )?(?:parts? of |half of |some of )?{phrase} out of "
            rf"(?:sight|view)\b",
            r"hiding \1",
        ),
        (rf"\bmak(?:es|ing) {phrase} (?:hard|difficult|impossible|harder) to see\b", r"hiding \1"),
        (
            rf"\b(?:because|on account) of which {phrase} (?:is|can) (?:not|only|partly|partially)[^,.;:?!]{{0,30}}",
            r"that hides \1",
        ),
        (
            rf"\b({hides}) (?:(?:a|some|one|the) )?(?:small |large |good |lower |upper |whole )?(?:part|bit|half|"
            rf"portion|piece|corner|side|most|some|all|view)s? of\b",
            r"\1",
        ),
        (r"\b(?:at|on|to|in) its (?:back|rear)\b", "behind it"),
        (r"\b(?:at|on|to|in) its front\b", "in front of it"),
        (
            rf"\bfor which {phrase} (?:is|acts as|serves as|plays) the (?:occluder|cover|blocker|obstruction|"
            rf"obstacle|screen)\b",
            r"hidden by \1",
        ),
        (
            rf"\b(?:by|behind) which {phrase} (?:is|gets|lies|stands)(?: partly| partially| half| in part)? "
            rf"(?:{hidden})\b",
            r"that hides \1",
        ),
        (
            rf"\b(?:a |some |one )?(?:part|half|bit|piece|portion|corner|side)s? of (?:which|it) {phrase} "
            rf"((?:{hides}))\b",
            r"that \1 \2",
        ),
        (
            r"\b(?:could|can|may|is|be) ?(?:not|n't) (?:be )?(?:fully |entirely |completely |wholly )?(?:seen|"
            r"visible)(?: fully| entirely| completely| wholly| in full)? (?:because of|due to|thanks to|owing to|on "
            r"account of)\b",
            "hidden by",
        ),
        (r"\bpart(?:ly|ially) out of sight (?:because of|due to|thanks to|owing to|behind)\b", "hidden by"),
        (
            r"\b(left|right|behind|in front|above|below) (?:with respect to|relative to|as seen from|viewed from|"
            r"seen from|in relation to|compared (?:to|with)|from)(?= (?:the|a|that|this|our|my|your)\b)",
            r"\1 of",
        ),
        (r"\b(behind|above|below) of\b", r"\1"),
        (rf"\bwhose ({_LEFT}) (?:neighbou?r|side) (?:is|has|faces|touches) ", lambda found: f"{_OTHER[found[1]]} of "),
        (
            rf"\b(?:with|has|having|that has|which has) {phrase} (?:as|for) (?:its |the )?({_LEFT}) neighbou?r\b",
            lambda found: f"{_OTHER[found[2]]} of {found[1]}",
        ),
        (
            rf"\bfor which {phrase} (?:is|lies|stands|sits) (?:to |on |at )?(?:the |its )?({_LEFT})\b",
            lambda found: f"{_OTHER[found[2]]} of {found[1]}",
        ),
        (
            rf"\b(?:to|on|at|off) (?:its|their|his) (?:immediate |direct |very )?({_LEFT})(?: hand)?(?: side)?\b",
            r"to the \1 of it",
        ),
        (rf"\b(?:to|on|at|off|near|by|from|off to|over to|over on) {owner} {side}\b(?! neighb)", r"to the \2 of \1"),
        (rf"\b{owner} {side} neighbou?r\b", r"the thing next to and to the \2 of \1"),
        (
            rf"\b(?:{_LEFT}|direct|immediate|next door|close|closest|nearest)? ?neighbou?rs? (?:of|to)\b",
            "thing next to",
        ),
        (rf"\b{owner} (?:direct |immediate |next door |close )?neighbou?r\b", r"the thing next to \1"),
        (r"\b(?:as|is|being) (?:a |the )?neighbou?r to\b", "next to"),
        (rf"\bat {owner} side\b", r"next to \1"),
        (rf"\bin {owner} (?:vicinity|proximity|neighbou?rhood|surroundings)\b", r"near \1"),
        (
            r"\b(?:in|within|at) (?:the )?(?:close |direct |immediate )?(?:vicinity|proximity|neighbou?rhood|reach) "
            r"(?:of|to)\b",
            "near",
        ),
        (rf"\b(?:from )?behind {owner} back\b", r"behind \1"),
        (rf"\b(?:at|in|to) {owner} (?:back|rear)\b", r"behind \1"),
        (rf"\b(?:at|in|to) {owner} front\b", r"in front of \1"),
        (rf"\b(?:in|under|within) {owner} shadow\b", r"behind \1"),
        (
            r"\b(?:in|blocking|obstructing|hindering|spoiling) (?:the view of|the line of sight to|the sight of|our "
            r"view of|your view of|my view of)\b",
            "hiding",
        ),
        (rf"\bblock(?:s|ing) {owner} view\b", r"hiding \1"),
    ]


def _hidden() -> list[tuple[str, Rewrite]]:
    """How much is seen, without saying what hides it."""
    participles = "|".join(past for found in hiding() for past in found.past)
    hidden = (
        rf"(?:{participles}|blocked|out of (?:view|sight)|invisible|unseen|lost|cut off|tucked away|in hiding|"
        rf"not visible|covered up)"
    )
    hides = "|".join(form for found in hiding() for form in _active(found))
    adverbs = (
        r"(?:(?:is|are|partly|partially|in part|half|also|even|at all|directly|currently|really|a bit|a "
        r"little|slightly) ){0,4}"
    )
    blocked = (
        rf"(?:{hides}|is in front of|stands in front of|lies in front of|sits in front of|in front of|is in "
        rf"the way of|gets in the way of)"
    )
    by = rf"(?: from (?:view|sight|us))?(?: by| behind| beneath| under) {_ELSE}"
    return [
        (rf"\b(?:that|which|where|as)? ?{_NOTHING} {adverbs}(?:{blocked})(?: of)?(?: it| any of it| any part of "
         rf"it)?\b", " fully visible "),
        (rf"\b(?:that |which )?(?:does not|doesn't|isn't|is not|has not|not|never)(?: being)? ?(?:{hidden}) (?:by|"
         rf"behind) {_ELSE}\b", " fully visible "),
        (rf"\b(?:{hidden}) (?:by|behind) nothing(?: else| at all)?\b", " fully visible "),
        (rf"\bwith {_NOTHING} (?:standing |lying |sitting )?(?:before|in front of) it\b", " fully visible "),
        (r"\b(?:no|none|not any|without any|without a|with no) (?:part|bit|piece|portion|side)s?(?: of (?:it|which|"
         r"them|whom))? (?:is |are |being )?"
         rf"(?:{hidden}|missing)\b", " fully visible "),
        (rf"\b(?:whose|of which)? ?(?:every|each|all|the whole) (?:part|bit|piece|portion|side|inch)s?(?: of (?:it|"
         rf"which))? (?:is |are |can be )?{_SEEN}\b", " fully visible "),
        (rf"\b{_ELSE} {adverbs}(?:{blocked})(?: of)?(?: it| part of it| a part of it| some of it)?\b(?= ?(?:$|"
         rf"[,.;:?!]))", " partly hidden "),
        (rf"\b(?:{_PARTLY} )?(?:{hidden})(?: {_PARTLY})?{by}\b", " partly hidden "),
        (rf"\b(?:with )?{_ELSE} (?:standing |lying |sitting |being )?(?:before|in front of|in the way of) it\b",
         " partly hidden "),
        (rf"\b(?:of which|whose) (?:only )?(?:a |some |one )?(?:part|bit|piece|portion|side|half|rest)s? (?:of it "
         rf")?(?:is|are|remains?|stays?|lies?) ?(?:{hidden}|missing|{_SEEN})\b",
         " partly hidden "),
        (rf"\b(?:only |just )?(?:a |some |one )?(?:part|bit|piece|portion|half)s? of (?:which|it) (?:is|are|can be|"
         rf"remains?) (?:only )?(?:{hidden}|missing|{_SEEN})\b", " partly hidden "),
        (rf"\b(?:isn't|is not|not|never|aren't|can't be|cannot be|can not be|hardly|doesn't stand|does not stand) "
         rf"(?:{_FULLY}|wholly) (?:{_SEEN})\b", " partly hidden "),
        (rf"\b(?:{_PARTLY}) (?:{_SEEN})\b", " partly hidden "),
        (rf"\b(?:not|never|hardly|scarcely)(?: be)? (?:{_SEEN}|see) (?:it )?(?:{_FULLY}|in its entirety|as a "
         rf"whole)\b", " partly hidden "),
        (r"\b(?:only |just )?sees? (?:only |just )?(?:in part|partly|partially|half|a part|part|a bit|some)(?: "
         r"of)?(?: it)?\b", "see partly hidden "),
        (rf"\b(?:{_SEEN}) (?:only )?(?:in part|partly|partially|by half|incompletely)\b", " partly hidden "),
        (rf"\b(?:{_PARTLY}) (?:{hidden})(?! (?:by|behind|beneath|under|underneath|of|in back))\b", " partly hidden "),
        (rf"\b(?:{hidden}) (?:in part|partly|partially|by half|to some extent|in places|a bit|a little|"
         rf"somewhat)\b(?! by| behind)", " partly hidden "),
        (rf"\b(?:isn't|is not|not|never|aren't|un)(?: at all| in any way| even partly| partly| partially)? "
         rf"?(?:{hidden})(?: at all| in any way)?\b(?! by| behind| under| beneath)", " fully visible "),
        (rf"\b(?:{_FULLY}) (?:{_SEEN}|unobstructed|unobscured|unoccluded|uncovered|unhidden)\b", " fully visible "),
        (rf"\b(?:{_SEEN}) (?:{_FULLY}|in its entirety|as a whole|from end to end|all over)\b", " fully visible "),
        (r"\b(?:unobstructed|unobscured|unoccluded|unhidden|unconcealed|unscreened|unmasked)\b", " fully visible "),
    ]  # fmt: skip


def _active(found: Forms) -> tuple[str, ...]:
    return (found.third, found.ing, found.plain, *found.past)
