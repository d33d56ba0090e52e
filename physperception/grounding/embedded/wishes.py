"""Words about masks in a command ("even its hidden part", "the complete outline of"), taken out before parsing.

Which mask they wish for is decided by `physperception.grounding.intent`; here they would only be in the way of what the
command refers to.
"""

from __future__ import annotations

import re

_PART = r"(?:parts?|portions?|bits?|areas?|regions?|sections?|pixels?|side|half|rest|surface|pieces?)"
_HIDDEN = r"(?:hidden|occluded|invisible|covered|obscured|unseen|concealed|blocked|amodal|missing|not visible)"
_SEEN = r"(?:visible|modal|unoccluded|seen|exposed|uncovered|shown|unhidden)"
_FORM = (
    r"(?:shape|form|outline|extent|mask|silhouette|contour|body|object|boundary|boundaries|segmentation|region|area|"
    r"figure|bounding box|box|footprint|geometry|size)"
)
_ALL = r"(?:whole|complete|entire|full|total|amodal|completed|true|actual|modal|unoccluded|intact)"
_EVEN = r"(?:even|including|include|also|plus|together with|along with|with|and|as well as|not just|not only|but also)"
_THAT = r"(?:that|which|what)"

_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:both )?(?:the |its |their )?{_SEEN} and (?:the |its )?{_HIDDEN} (?:{_PART}|areas?)(?: of)?\b",
        rf"\b(?:both )?(?:the |its )?{_HIDDEN} and (?:the |its )?{_SEEN} {_PART}(?: of)?\b",
        rf"\b{_EVEN} (?:the |its |their |any |all |all the |all its )?(?:{_PART} )?{_THAT} (?:is|are|lies|"
        rf"you can ?not see|you can't see|cannot be seen|can't be seen|i can't see|isn't visible)(?: {_HIDDEN})?\b"
        r"(?: from view| from sight)?",
        rf"\b{_EVEN} (?:the |its |their |any |all |all the |all of its |of )?{_HIDDEN} {_PART}(?: of it)?\b",
        rf"\b{_EVEN} (?:the |its |their )?{_PART} (?:{_THAT} (?:is|are) )?{_HIDDEN}(?: from view)?\b",
        rf"\b(?:only|just|solely|nothing but)? ?(?:the |its )?{_SEEN} {_PART}(?: only)?(?: of)?\b",
        rf"\b(?:the |its |their )?{_HIDDEN} {_PART}(?: too| as well| included| also)?(?: of)?\b",
        rf"\b(?:the |its |their )?(?:{_ALL} )+{_FORM}(?: and {_FORM})?(?: of)?\b",
        rf"\b(?:the |its )?{_ALL} (?:of )?(?=the\b|a\b|my\b|that\b|this\b)",
        rf"\b(?:only |just )?(?:the )?{_PART} of (?=(?:the|a|my|that|this)\b)",
        r"\b(?:only |just )?what(?:ever)? (?:is|you can see|can be seen|i can see|we can see)(?: visible)? of\b",
        rf"\b(?:only |just )?(?:the )?{_PART} (?:that )?(?:you|i|we|the camera) (?:can )?sees?\b",
        r"\b(?:only |just )?what (?:you|i|we|the camera) (?:can )?sees?\b",
        r"\b(?:as if|as though|like) (?:nothing|it|there|they|no)\b[^,.;:?!]{0,60}",
        r"\b(?:even )?(?:if|though|where|although) (?:it|they|part of it|parts of it|some of it)\b[^,.;:?!]{0,50}",
        rf"\b(?:in its entirety|in full|from end to end|from edge to edge|"
        rf"{_HIDDEN} {_PART} included|all of it|amodally)\b",
        r"\b(?:amodal|modal) (?=\w)",
    )
)
_OF_ALL = re.compile(rf"\b(the|a|my|that|this|its) {_ALL} (?=[a-z])")
_SPACES = re.compile(r"\s+")


def without_wishes(text: str) -> str:
    """The text in lower case with phrases about whole, visible and hidden parts left out.

    "partially hidden" and "behind the box" stay: they say where the thing is, not what of it is wanted.
    """
    out = _SPACES.sub(" ", text.lower())
    for wish in _WISHES:
        out = wish.sub(" ", out)
    return _SPACES.sub(" ", _OF_ALL.sub(r"\1 ", out)).strip()
