"""What is left out of all: "everything but the box", "every cup save the red one" are rewritten to "except"."""

from __future__ import annotations

import re

_BUT = r"(?:but|besides|save|minus|barring|not including|excluding|except)(?: for| not)?"
_THE = r"(?:the|an?|that|this|these|those|my|your|our|his|her|its|their|both|all|any|every|each)\b"
_ANYTHING = (
    r"(?:everything|anything|all|any|(?:all|every|any|each)(?: of)?(?: (?:the|these|those|my|our|your))?(?: other)? "
    r"(?:things?|objects?|items?))"
)
_SPEAKS_OF_MASKS = (
    r"(?:also|even|just|only|what|whatever|where|with|without|includ\w+|it|i|you|we|they|then|please|hidden|invisible|"
    r"covered|occluded|unseen|obscured|concealed|gone|one)\b"
)
_ALL_OF = re.compile(rf"\ball of (?=(?:the|these|those|my|your) [a-z' ]{{1,60}}?,? {_BUT} {_THE})")
_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"\bwith the exceptions? of\b", "except"),
        (rf"\b{_ANYTHING},? (?:{_BUT}|bar) (?={_THE})", "everything except "),
        (rf"\b{_ANYTHING} {_BUT} (?!{_SPEAKS_OF_MASKS})(?=[a-z])", "everything except "),
        (
            rf"\b((?:every|everything|any|anything|all|each)(?: (?!(?:and|but|or|then|while)\b)[a-z']+){{1,6}}),? "
            rf"{_BUT} (?={_THE}|(?:[a-z]+ ){{1,2}}ones?\b|[a-z]+ (?:number )?#?\d)",
            r"\1 except ",
        ),
    )
)


def all_but(text: str) -> str:
    """Lower-case text with "all of the cups but" as "all the cups but", so that "all of" is not taken for a wish."""
    return _ALL_OF.sub("all ", text)


def excepting(text: str) -> str:
    """Lower-case text in which all but something is "everything except" it; other uses of "but" stay."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
