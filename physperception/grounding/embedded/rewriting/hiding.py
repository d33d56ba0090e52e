"""What hides what, and how much of a thing is seen: "nothing hides it" is "fully visible"."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import OWNER, PHRASE, Rule
from physperception.grounding.embedded.verbs import Forms, hiding

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


def hiding_others() -> list[Rule]:
    """ "Keeps us from seeing the cup" is "hides the cup"."""
    hides = "|".join(form for found in hiding() for form in (found.third, found.ing))
    return [
        (
            r"\b(?:keep|stop|prevent|hinder|block|bar)(?:s|p?p?ing)? (?:me|us|you|the camera|one|the viewer) from "
            r"(?:fully |entirely )?seeing(?: all of| the whole of| all| much of| the rest of)?\b",
            "hides",
        ),
        (
            rf"\b(?:keep|put|plac|hold)(?:s|ing|es)? (?:a |some )?(?:parts? of |half of |some of )?{PHRASE} out of "
            rf"(?:sight|view)\b",
            r"hiding \1",
        ),
        (rf"\bmak(?:es|ing) {PHRASE} (?:hard|difficult|impossible|harder) to see\b", r"hiding \1"),
        (
            rf"\b(?:because|on account) of which {PHRASE} (?:is|can) (?:not|only|partly|partially)[^,.;:?!]{{0,30}}",
            r"that hides \1",
        ),
        (
            rf"\b({hides}) (?:(?:a|some|one|the) )?(?:small |large |good |lower |upper |whole )?(?:part|bit|half|"
            rf"portion|piece|corner|side|most|some|all|view)s? of\b",
            r"\1",
        ),
    ]


def hidden_by_others() -> list[Rule]:
    """ "Part of which the cup hides", "not fully seen because of the cup"."""
    hides = "|".join(form for found in hiding() for form in (found.third, found.ing))
    hidden = "|".join(past for found in hiding() for past in found.past)
    return [
        (
            rf"\bfor which {PHRASE} (?:is|acts as|serves as|plays) the (?:occluder|cover|blocker|obstruction|"
            rf"obstacle|screen)\b",
            r"hidden by \1",
        ),
        (
            rf"\b(?:by|behind) which {PHRASE} (?:is|gets|lies|stands)(?: partly| partially| half| in part)? "
            rf"(?:{hidden})\b",
            r"that hides \1",
        ),
        (
            rf"\b(?:a |some |one )?(?:part|half|bit|piece|portion|corner|side)s? of (?:which|it) {PHRASE} "
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
    ]


def views() -> list[Rule]:
    """ "In the view of the cup" is "hiding the cup"."""
    return [
        (
            r"\b(?:in|blocking|obstructing|hindering|spoiling) (?:the view of|the line of sight to|the sight of|our "
            r"view of|your view of|my view of)\b",
            "hiding",
        ),
        (rf"\bblock(?:s|ing) {OWNER} view\b", r"hiding \1"),
    ]


def by_something() -> list[Rule]:
    """Hidden by something or by nothing, which is not named."""
    hidden = _hidden()
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
    ]  # fmt: skip


def how_much() -> list[Rule]:
    """Seen or hidden in part or in full, with nothing said of what hides it."""
    hidden = _hidden()
    return [
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


def _hidden() -> str:
    participles = "|".join(past for found in hiding() for past in found.past)
    return (
        rf"(?:{participles}|blocked|out of (?:view|sight)|invisible|unseen|lost|cut off|tucked away|in hiding|"
        rf"not visible|covered up)"
    )
