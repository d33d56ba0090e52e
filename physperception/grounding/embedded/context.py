"""What words mean where they stand: nouns that are also verbs, and the request around what is meant."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from physperception.grounding.embedded.lexer import BEFORE_NOUN, Token
from physperception.grounding.embedded.lexicon import Meaning, Role
from physperception.grounding.embedded.names import is_supported
from physperception.grounding.embedded.query import Attribute, AttributeKind, RelationKind
from physperception.grounding.embedded.speech import is_thing, may_be_verb
from physperception.grounding.embedded.verbs import plain_verbs
from physperception.grounding.embedded.vocabulary import is_listed, singular

_TOOLS = frozenset(
    """arm arms gripper hand hands finger fingers claw camera cameras eye eyes gaze look attention focus cursor
    pointer laser robot manipulator effector mind sight view path way trajectory""".split()
)
"""What a request moves: "put your gripper on"."""
_MARKS = frozenset(
    """outline contour mask polygon box rectangle frame circle ring border line crosshair marker highlighter label tag
    overlay""".split()
)
"""What a request draws: "draw a circle around"."""
_SAYS_WHICH = (Role.ATTRIBUTE, Role.SUPERLATIVE, Role.ORDINAL, Role.NEAREST, Role.PLACE, Role.DIRECTION)
_ASKED = (Role.DETERMINER, Role.COUNT)
_TOWARDS = ("to", "at", "for", "over to", "down to", "onto", "upon")
_TELLING = frozenset(RelationKind) - {RelationKind.ON, RelationKind.IN, RelationKind.NEAR, RelationKind.ABOVE}
"""Relations that requests don't begin with: "zero in on", "go over to"."""
_REASONS = ("since", "as", "if", "because", "when", "while", "so", "now", "before", "after")
_OPENING = (Role.RELATION, Role.NEAREST, Role.PLACE, Role.DIRECTION, Role.IN)
_BEFORE_VERB = (Role.FILLER, Role.COMMA, Role.AND, Role.HEDGE)
_LINKS = (Role.RELATION, Role.IN, Role.OF, Role.WITH)


def in_context(tokens: Sequence[Token], names: frozenset[str]) -> list[Token]:
    """The tokens with nouns made of verbs that can only be nouns there.

    Args:
        tokens: of a command.
        names: lower-case names of things that are sure to be nouns.
    """
    out = list(tokens)
    for at, (before, token) in enumerate(pairwise(tokens), start=1):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if before.role not in BEFORE_NOUN:
            if token.text in plain_verbs() and _ends_compound(before, token, after, names):
                out[at] = Token(token.text, Meaning(Role.NOUN))
            names_it = before.text == "that" and after is not None and after.role is Role.NOUN
            if not (names_it and token.text in plain_verbs()):
                continue
        if " " in token.text:
            continue
        if after is not None and after.role is Role.NOUN:
            if token.role in (Role.RELATION, Role.VERB, Role.FILLER) and token.text not in ("of", "can"):
                out[at] = Token(token.text, Meaning(Role.WORD))
        elif _may_be_noun(token, names):
            out[at] = Token(token.text, Meaning(Role.NOUN))
    for at, (before, token) in enumerate(pairwise(out), start=1):
        if token.text == "orange" and before.role in (Role.BE, Role.HEDGE, Role.NOT, Role.THAT):
            out[at] = Token(token.text, Meaning(Role.ATTRIBUTE, (Attribute(AttributeKind.COLOR, "orange"),)))
    for at, token in enumerate(out):
        earlier = out[at - 1].role if at else Role.FILLER
        after = out[at + 1] if at + 1 < len(out) else None
        if token.role is Role.RELATION and token.text in plain_verbs() and earlier in _BEFORE_VERB:
            is_noun = singular(token.text) in names and (after is None or after.role in (Role.COMMA, Role.AND))
            out[at] = Token(token.text, Meaning(Role.NOUN if is_noun else Role.FILLER))
    if not any(token.role in (Role.NOUN, Role.PRONOUN) for token in out):
        for at, token in enumerate(out):
            if singular(token.text) in names:
                out[at] = Token(token.text, Meaning(Role.NOUN))
    for at, (before, token) in enumerate(pairwise(out), start=1):
        if before.role is Role.NOUN and _is_shade(before, token, names) and _goes_on(out, at + 1):
            out[at - 1] = Token(before.text, Meaning(Role.WORD))
    if len(out) == 1 and singular(out[0].text) in names:
        out[0] = Token(out[0].text, Meaning(Role.NOUN))
    return out


def _ends_compound(before: Token, token: Token, after: Token | None, names: frozenset[str]) -> bool:
    """ "Play block": a noun that is also a verb, where no object of the verb follows."""
    starts = (Role.DETERMINER, Role.ATTRIBUTE, Role.NOUN, Role.PRONOUN, Role.SUPERLATIVE)
    named = is_supported(token.text, names) and before.role in (Role.NOUN, Role.VERB, Role.WORD)
    return named and (after is None or after.role not in starts)


def _is_shade(before: Token, token: Token, names: frozenset[str]) -> bool:
    """ "Grass green", "zebra striped": a noun that says which green."""
    kinds = (AttributeKind.COLOR, AttributeKind.TEXTURE)
    named = any(attribute.kind in kinds for attribute in token.meaning.attributes)
    return (
        token.role is Role.ATTRIBUTE and named and not is_supported(before.text, names) and not is_listed(before.text)
    )


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """Whether a noun follows there after attributes."""
    while at < len(tokens) and tokens[at].role in (Role.ATTRIBUTE, Role.WORD, Role.FILLER):
        at += 1
    return at < len(tokens) and tokens[at].role in (Role.NOUN, Role.PRONOUN)


def without_request(tokens: Sequence[Token], names: frozenset[str]) -> Sequence[Token]:
    """The tokens from where they say what is meant: without "could you point your camera at"."""
    tokens = _without_reason(tokens, names)
    start = next((at for at, token in enumerate(tokens) if token.role in _ASKED), 0)
    if start and tokens[start - 1].meaning.relation in _TELLING:
        return tokens
    if next((t.role for t in tokens if t.role not in (Role.FILLER, Role.COMMA, Role.HEDGE)), None) in _OPENING:
        return tokens
    if any(token.role in (*_SAYS_WHICH, Role.NOT, Role.EXCEPT) or _names(token, names) for token in tokens[:start]):
        return tokens
    moved = _after_tool(tokens, start, names) if start or tokens else 0
    return tokens[moved or start :]


def _without_reason(tokens: Sequence[Token], names: frozenset[str]) -> Sequence[Token]:
    """Leave out a clause such as "since you are closest," when it names nothing."""
    if not tokens or tokens[0].text not in _REASONS:
        return tokens
    end = next((at for at, token in enumerate(tokens) if token.role is Role.COMMA), 0)
    return tokens if any(_names(token, names) for token in tokens[:end]) else tokens[end:]


def _after_tool(tokens: Sequence[Token], start: int, names: frozenset[str]) -> int:
    """Where the phrase after "your gripper on" begins; 0 where no tool is moved."""
    for at in range(start, min(start + 6, len(tokens))):
        token = tokens[at]
        if (
            at
            and _is_tool(tokens[at - 1], token, names)
            and any(t.role in (Role.FILLER, Role.VERB) for t in tokens[:start])
        ):
            following = at + 1
            while following < len(tokens) and tokens[following].role in (*_LINKS, Role.FILLER, Role.HEDGE, Role.VERB):
                following += 1
            linked = any(t.role in _LINKS or t.text in _TOWARDS for t in tokens[at + 1 : following])
            return following if linked and following < len(tokens) else 0
    return 0


def _is_tool(before: Token, token: Token, names: frozenset[str]) -> bool:
    word = singular(token.text.split()[-1])
    return word not in names and (word in _TOOLS or (word in _MARKS and before.text in ("a", "an")))


def _may_be_noun(token: Token, names: frozenset[str]) -> bool:
    if " " in token.text or token.role not in (Role.FILLER, Role.VERB, Role.RELATION, Role.HEDGE, Role.WORD):
        return False
    if singular(token.text) in names:
        return True
    return is_listed(singular(token.text)) or (token.role in (Role.RELATION, Role.VERB) and is_thing(token.text))


def _names(token: Token, names: frozenset[str]) -> bool:
    """Whether a token is a noun that could be what is meant."""
    if token.role is Role.PRONOUN:
        return token.text not in ("it", "them")
    last = singular(token.text.split()[-1])
    if token.role is not Role.NOUN or (last in _TOOLS and last not in names):
        return False
    if token.text in names or last in names or is_listed(last):
        return True
    return is_thing(last) and (is_supported(token.text, names) or not may_be_verb(last))
