"""Sides of the picture, and nearness to the camera: "over to the left hand side" is "on the left"."""

from __future__ import annotations

from physperception.grounding.embedded.rewriting.rules import LEFT, SIDE, Rule

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
_WHO = (
    r"(?:camera|viewer|lens|observer|us|me|you|robot|photographer|onlooker|beholder|eye|whoever (?:is "
    r")?(?:looking|watching|looks|sees it|sees))"
)
_TO_CAMERA = rf"(?:(?:the |our |your |my )?{_WHO}|where (?:we|you|i) (?:are|stand|am))(?:'s position)?"


def whole_picture() -> list[Rule]:
    """Where the whole picture is meant, it need not be said."""
    whole = rf"(?:the|this|that|our|your|my) (?:whole |entire |camera's |camera )?{_FRAME}"
    return [(rf" (?:of|in|within|from|across|on) {whole}\b(?!'|'s| [a-z]+ (?:is|stands|lies)\b)", "")]


def sides() -> list[Rule]:
    """Sides of the picture."""
    return [
        (rf"\b({SIDE}|upper|lower|leftmost|rightmost|topmost|uppermost|lowermost) {_PART}\b", r"\1"),
        (
            rf"\b(?:nearest|closest|furthest over|next|adjacent)(?: to| towards?)? (?:the |our |your )({LEFT}|top|"
            rf"bottom)(?: hand)?(?: {_PART})?\b(?! of)",
            r"\1most",
        ),
        (
            rf"\b(?:at|on|by) (?:the |our |your )({LEFT})(?: hand)? (?:end|extreme|limit|border)\b(?! of the "
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
            rf"extreme |outer |utter |absolute )({LEFT})\b(?! of)",
            r"\1most",
        ),
        (rf"\b(?:very|far|extreme|utter|absolute|outermost) ({LEFT})(?:most)?\b(?! of)", r"\1most"),
        (
            rf"\b(?:towards?|off to|over on|over to|off on|along|by|near|at) (?:the |your |our |my |its "
            rf")?({LEFT})\b(?! of| than)",
            r"on the \1",
        ),
        (rf"\bin (?:the |your |our |my )({LEFT})\b(?! of)", r"on the \1"),
        (rf"\b(?:on|to|at) (?:your|our|my) ({LEFT})\b", r"on the \1"),
        (r"\b(?:up|down) (?:at|in|on|by|near) (?:the )?(top|bottom)\b", r"at the \1"),
        (r"\b(?:towards?|near) the (front|back|rear|top|bottom|centre|middle)\b(?! of)", r"at the \1"),
    ]


def nearness() -> list[Rule]:
    """ "Closest to the robot", "furthest back"."""
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
