"""Words about masks in a command ("even its hidden part", "the complete outline of"), taken out before parsing.

Which mask they wish for is decided by `physperception.grounding.intent`; here they would only be in the way of what the
command refers to.
"""

from __future__ import annotations

import re
from functools import lru_cache

from physperception.grounding.embedded.lexicon import Role, phrases
from physperception.grounding.embedded.query import AttributeKind
from physperception.grounding.embedded.rewriting.excepting import all_but, excepting
from physperception.grounding.embedded.speech import is_thing, word_class
from physperception.grounding.embedded.vocabulary import is_listed, singular

_PART = r"(?:parts?|portions?|bits?|areas?|regions?|sections?|pixels?|side|half|rest|surface)"
_HIDDEN = r"(?:hidden|occluded|invisible|covered|obscured|unseen|concealed|blocked|amodal|missing|not visible)"
_SEEN = r"(?:visible|modal|unoccluded|seen|exposed|uncovered|shown|unhidden)"
_FORM = (
    r"(?:shape|form|outline|extent|mask|silhouette|contour|body|object|boundary|boundaries|segmentation|region|area|"
    r"figure|bounding box|box|footprint|geometry|size)"
)
_ALL = r"(?:whole|complete|entire|full|total|amodal|completed|true|actual|modal|intact)"
_EVEN = r"(?:even|including|include|also|plus|together with|along with|with|and|as well as|not just|not only|but also)"
_THAT = r"(?:that|which|what)"

_OWN = r"(?:belongs? to it|is (?:its|part of it)|are (?:its|part of it)|counts?)"
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:^|[,;.] ?)(?:i mean |and )?(?:the |any |its |also |even )*{_PART}(?: (?:that|which) "
        rf"(?:is|are|lies?|goes?))? (?:behind|under|underneath|beneath|below|inside|in|covered by|hidden by)\b"
        rf"[^.;:?!]*?\b(?:too|as well|also|included|incl|{_OWN})(?: too| as well| also)?(?= ?(?:$|[,.;:?!]))",
        r"\b(?:incl\.?|including|even|also|plus|and) where\b[^,.;:?!]*",
        r"[,;.] ?(?:the|that|a|an|my) [^,.;:?!]*?(?:'s| is| are|s) in the way\b[^,.;:?!]*",
        r",? ?\b(?:with |the |a )?(?:\w+ ){0,2}\w+ (?:in front|on top|over it|in the way|covering it) or (?:not|no)\b",
        rf"\b(?:in (?:its|their) entirety|full (?:width|length|height|size)|"
        rf"(?:seen|visible) and (?:unseen|hidden|invisible)(?! {_PART}))\b",
        rf"\b(?:both )?(?:the |its |their )?{_SEEN} and (?:the |its )?{_HIDDEN} (?:{_PART}|areas?)(?: of)?\b",
        rf"\b(?:both )?(?:the |its )?{_HIDDEN} and (?:the |its )?{_SEEN} {_PART}(?: of)?\b",
        rf"\b{_EVEN} (?:the |its |their |any |all |all the |all its )?(?:{_PART} )?{_THAT} (?:is|are|lies|"
        rf"you can ?not see|you can't see|cannot be seen|can't be seen|i can't see|isn't visible)(?: {_HIDDEN})?\b"
        r"(?: from view| from sight)?",
        rf"\b{_EVEN} (?:the |its |their |any |all |all the |all of its |of )?{_HIDDEN} {_PART}(?: of it)?\b",
        rf"\b{_EVEN} (?:the |its |their |any )?{_PART} (?:of it )?(?:{_THAT} (?:is|are|lies|goes) )?(?:{_HIDDEN} )?"
        r"(?:behind|under|underneath|beneath|below|by|inside) (?:(?:the|a|my|that|other) )?(?:\w+ ){0,2}?\w+"
        r"(?= ?(?:$|[,.;:?!]))",
        rf"\b{_EVEN} (?:the |its |their )?{_PART} (?:{_THAT} (?:is|are) )?{_HIDDEN}(?: from view)?\b",
        rf"\b(?:only|just|solely|nothing but)? ?(?:the |its )?{_SEEN} {_PART}(?: only)?(?: of)?\b",
        rf"\b(?:the |its |their )?{_HIDDEN} {_PART}(?: too| as well| included| also)?(?: of)?\b",
        rf"\b(?:the |its |their )?(?:{_ALL} )+{_FORM}(?: and {_FORM})?(?: of)?\b",
        rf"\b(?:the |its )?{_ALL} (?:of )?(?=the\b|a\b|my\b|that\b|this\b)",
        rf"\b(?:only |just )?(?:the )?(?!side|half|surface|area|region|section){_PART} of (?=(?:the|a|my|that|this)\b)",
        r"\b(?:only |just )?what(?:ever)? (?:is|you can see|can be seen|i can see|we can see)(?: visible)? of\b",
        rf"\b(?:only |just )?(?:the )?{_PART} (?:that )?(?:you|i|we|the camera) (?:can )?sees?\b",
        r"\b(?:only |just )?what (?:you|i|we|the camera) (?:can )?sees?\b",
        r"\b(?:as if|as though|like) (?:nothing|it|there|they|no)\b[^,.;:?!]{0,60}",
        r"\b(?:even )?(?:if|though|where|although) (?:it|they|part of it|parts of it|some of it)\b[^,.;:?!]{0,50}",
        rf"\b(?:in its entirety|in full|from end to end|from edge to edge|"
        rf"{_HIDDEN} {_PART} included|all of it|amodally)\b",
        r"\b(?:amodal|modal) (?=\w)",
        rf"\b(?:whether )?(?:{_SEEN}|{_HIDDEN}) or (?:not|{_SEEN}|{_HIDDEN}|otherwise)\b",
    )
)
_BOXING = re.compile(
    r"(^|[,.;:!?] )(?:please |now |just )*(?:box|mask|frame)(?: up| in)? (?=(?:the|a|my|that|this|its|all|both)\b)"
)
_ASPECT = (
    r"(?:outlines?|contours?|masks?|silhouettes?|segmentation|extents?|shapes?|forms?|body|pixels|regions?|areas?|"
    r"parts?|portions?|"
    r"pieces?|bits?|sections?|boundar(?:y|ies)|footprint|figure|entirety|totality|whole|rest|remainder|halves|half|"
    r"geometry|volume|bulk|bounding box|polygon|perimeter|fragments?|stretch|share)"
)
_BEFORE_NOUN = r"(?=(?:the|an?|my|that|this|these|those|both|all|every|each|whatever|your|our|everything|any)\b)"
_WORD_OF_WISH = (
    rf"(?:{_ALL}|{_HIDDEN}|{_SEEN}|[a-z]+ly|and|or|not|as well as|its|own|in|view|outer|still|now|other|remaining|real)"
)
_ASPECTS = (
    re.compile(
        r",? ?\b(?:occlusions?|occluded|hidden|covered|visible|seen) or (?:not|un[a-z]+|in[a-z]+|covered|"
        r"hidden)\b"
    ),
    re.compile(rf"\b(?:the )?(?:whole|entirety|all|totality|every (?:bit|part|inch|pixel|piece)) of {_BEFORE_NOUN}"),
    re.compile(
        rf"\b(?:(?:just|only|merely|solely|nothing but|as|not) ){{0,3}}(?:the |an? |its )?(?:{_WORD_OF_WISH} "
        rf"){{0,5}}{_ASPECT}(?:,? (?:and|or) (?:the )?"
        rf"(?:{_WORD_OF_WISH} ){{0,5}}{_ASPECT})?(?: (?:that |which |you |we |i |one |can |is |are |could |may |be "
        rf"){{0,5}}(?:{_HIDDEN}|{_SEEN}|see|shows?))?"
        rf" (?:of|for|around|belonging to) {_BEFORE_NOUN}"
    ),
    re.compile(
        r"\b(?:just |only |merely |exactly ){0,3}(?:what|whatever|however much|how much|as much|so much|everything|"
        r"all|anything|the little|the bit)\b"
        r"[^,.;:?!]{0,50}?\b(?:sees?|seen|visible|shows?|showing|there is|exposed|in view|remains?|exists?|show|"
        r"uncovered|sight|eyes?)"
        rf"(?: to (?:us|me|you|the camera))? of {_BEFORE_NOUN}"
    ),
    re.compile(
        rf"'s (?:{_WORD_OF_WISH} ){{0,5}}(?:{_ASPECT})(?: and (?:{_WORD_OF_WISH} ){{0,5}}(?:{_ASPECT}))*(?=$| "
        rf"?[,.;:?!]| and| with| even| as| that| which)"
    ),
)
_CLAUSE = re.compile(
    r"([,.;:!?()]+|\b(?=(?:and|but|even|including|include|includes|plus|also|with|whether|regardless|though|"
    r"although|despite|notwithstanding|as if|"
    r"as though|as well as|together with|along with|no matter|not just|not only|not merely|rather than just|"
    r"imagin\w+|pretend\w*|ignor\w+|"
    r"assum\w+|in spite of|irrespective|counting in|down to|wherever|where|so that|such that|as it would|like it "
    r"would|however|until)\b))"
)
_ALWAYS = re.compile(
    r"\b(?:even|whether|regardless|though|although|despite|notwithstanding|as if|as though|no matter|imagin\w+|"
    r"pretend\w*|ignor\w+|"
    r"assum\w+|in spite of|irrespective|as it would|like it would)\b[^,.;:?!]*?(?=[,.;:?!]|$| and (?:then "
    r")?(?:outline|show|mark|box|segment|give|trace|draw|take)\b)"
)
_MORE_OF_IT = re.compile(
    r"\b(?:and|with|plus|also|together with|along with|as well as|including|includ\w+|but|not just|not only|not "
    r"merely|down to)"
    rf" (?:also |even |only )?(?:(?:(?:the|its|all|any|every|whatever|what|that|those|{_WORD_OF_WISH}) ){{1,6}}"
    r"(?:outline|contour|extent|pixels|regions?|areas?|parts?|portions?|bits?|sections?|rest|remainder|half|sides?|"
    r"fragments?)|"
    r"what|whatever|everything|parts|bits|portions|sections)"
    r"\b[^,.;:?!]*"
)
_LITTLE = frozenset("a an the and or of it its to me i you please is are with both all one thing as well".split())
_WISH_WORDS = _LITTLE | frozenset(
    """hidden occluded visible invisible covered unseen seen concealed obscured hides hide hiding covers cover covering
    occludes occluding blocked blocks part parts portion portions bit bits piece pieces section sections whole
    complete completed completely entire entirely full fully total totally rest remainder shape form outline
    outlines extent mask silhouette contour area region pixels boundary body show mark draw trace segment
    highlight include included including want need give get fill infer guess imagine reconstruct estimate
    predict recover what where whether even too also not just only something anything else behind front in view
    sight from camera could see sees cannot can't my eyes your them their they for be been if though would were
    was there no matter how much many way any every everything that which by other things stuff objects object
    does doesn't don't may might must should do actually really underneath under beneath beyond out on at past
    present lies lie stays extend extends continue continues goes reach ones others amodal modal then so plus
    regardless despite although these this those otherwise missing exactly truly inside sides side back rear far
    true real actual size up down through sticking peeking""".split()
) - frozenset(("one", "thing"))
_OF_ALL = re.compile(rf"\b(the|a|my|that|this|its) {_ALL} (?=[a-z])")
_SPACES = re.compile(r"\s+")
_CORE = frozenset(
    """hidden occluded visible invisible covered unseen seen concealed obscured
    part parts portion portions bit bits
    piece pieces section sections whole complete completed completely entire entirely entirety full fully
    total totally rest
    remainder shape
    outline extent mask silhouette contour hides hide covers cover blocks block occludes see pixels amodal modal
    shows showing
    uncovered unoccluded exposed obstructed blocked everything whatever missing sight view""".split()
)
_STATE = re.compile(
    r"(?:(?:is|are|it|partly|partially|half|mostly|fully|completely|entirely|wholly|not|only|in|part|full) )*"
    r"(?:hidden|occluded|visible|covered|concealed|obscured|blocked|seen|exposed|view|sight)(?: (?:in part|in full|"
    r"partly|fully))?"
)


def without_wishes(text: str) -> str:
    """The text in lower case with phrases about whole, visible and hidden parts left out.

    "partially hidden" and "behind the box" stay: they say where the thing is, not what of it is wanted.
    """
    out = _SPACES.sub(" ", text.lower().replace("\u2019", "'"))
    out = _BOXING.sub(r"\1show ", all_but(out))
    for wish in (*_ASPECTS, *_WISHES):
        out = _cut(wish, out)
    out = _cut(_ALWAYS, out)
    out = _cut(_MORE_OF_IT, out)
    return _SPACES.sub(" ", _OF_ALL.sub(r"\1 ", _without_clauses(excepting(out)))).strip()


def _cut(wish: re.Pattern[str], text: str) -> str:
    """The text without a wish, unless nothing would be left that says what is meant."""
    left = wish.sub(lambda found: found[0] if _names_more(found[0]) else " ", text)
    return left if left == text or _says_which(left) else text


def _says_which(text: str) -> bool:
    return any(word in ("thing", "object", "one", "item") or _is_content(word) for word in re.findall("[a-z']+", text))


def _without_clauses(text: str) -> str:
    """Leave out clauses that speak of nothing but what is to be shown, unless all do."""
    parts = _CLAUSE.split(text)
    kept = [part for part in parts if not _is_wish(part)]
    return "".join(kept) if any(re.search("[a-z]", part) for part in kept) else text


def _is_wish(clause: str) -> bool:
    words = re.findall("[a-z']+", re.sub(r"\b(i|you|we|one|camera) can\b", r"\1 could", clause))
    if not words or re.search(r"\d", clause) or words[0] in ("which", "that", "who") or set(words) <= _LITTLE:
        return False
    if _STATE.fullmatch(" ".join(words)):
        return False
    if set(words) <= _WISH_WORDS or " ".join(words) in ("mark it", "show it", "outline it"):
        return True
    said = set(words)
    return bool(said & _CORE) and not any(_is_content(word) for word in words if word not in _WISH_WORDS)


def _names_more(clause: str) -> bool:
    """Whether the clause goes on to another thing asked for: "not the box but even the cup"."""
    found = re.match(r"even (?:the|a|that|my) (?:\w+ ){0,2}?(\w+)$", clause.strip())
    return found is not None and found[1] not in _WISH_WORDS and is_thing(found[1])


def _is_content(word: str) -> bool:
    """Whether a word says which thing is meant."""
    bare = word.removesuffix("'s")
    if bare in _content_words() or is_listed(singular(bare)) or word_class(bare) == "UNKNOWN":
        return (bare,) not in phrases() or bare in _content_words() or is_listed(singular(bare))
    return (bare,) not in phrases() and is_thing(bare) and word_class(bare) in ("NOUN", "UNKNOWN")


@lru_cache(maxsize=1)
def _content_words() -> frozenset[str]:
    roles = (Role.SUPERLATIVE, Role.ORDINAL, Role.DIRECTION, Role.PRONOUN)
    kinds = (AttributeKind.OCCLUSION, AttributeKind.SIZE)
    return frozenset(
        word
        for phrase, meaning in phrases().items()
        if meaning.role in roles or any(a.kind not in kinds for a in meaning.attributes)
        for word in phrase
        if len(phrase) == 1
    )
