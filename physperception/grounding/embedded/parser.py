"""English referring expressions to typed queries, by recursive descent over words with meanings.

Every word is read once for each reading of the sentence, and nesting is bounded, so the time grows linearly with the
length. What is not understood is passed over and reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from physperception.grounding.embedded.context import in_context, without_request
from physperception.grounding.embedded.draft import Draft
from physperception.grounding.embedded.lexer import MOST_CHARACTERS, Token, lex
from physperception.grounding.embedded.lexicon import Role
from physperception.grounding.embedded.names import is_supported
from physperception.grounding.embedded.normalise import normalise
from physperception.grounding.embedded.phrases import Join, PhraseReader
from physperception.grounding.embedded.purposes import known_kinds, purpose_of, serves
from physperception.grounding.embedded.query import AttributeKind, Parsed, Query, RelationKind
from physperception.grounding.embedded.wishes import without_wishes

MOST_TARGETS = 8
_REQUESTS = frozenset(
    "pick grab grasp take lift get fetch bring hand give pass move push find locate detect point show segment select "
    "choose mark highlight outline identify touch where want need".split()
)


def parse(command: str, names: frozenset[str] = frozenset(), others: bool = False) -> Parsed:
    """What a command refers to.

    Args:
        command: any text; only the first 160 words count.
        names: lower-case names of things that are sure to be nouns, such as the categories of a scene.
        others: there may be things of other kinds too, since not all of the scene are named.

    Returns:
        A query for each target ("the red cup and the blue box" has two), none when no word was understood.
    """
    lexed = lex(normalise(without_wishes(command[:MOST_CHARACTERS])), names)
    tokens = in_context(lexed.tokens, names)
    first = _read(tokens, names, others, flat=False)
    other = _read(tokens, names, others, flat=True)
    return Parsed(
        targets=first[0],
        readings=() if other[0] == first[0] or _cues(other[0]) < _cues(first[0]) else (other[0],),
        unknown=tuple(dict.fromkeys(first[1])) + (("...",) if lexed.cut else ()),
        corrected=lexed.corrected,
    )


def _cues(targets: Sequence[Query]) -> int:
    """How many things are said."""
    parts = [
        (q.categories, q.attributes, q.rankings, q.relations, q.excluded, q.numbers) for t in targets for q in t.walk()
    ]
    return sum(len(part) for query in parts for part in query)


def _read(
    tokens: Sequence[Token], names: frozenset[str], others: bool, flat: bool
) -> tuple[tuple[Query, ...], list[str]]:
    """Targets of one reading and the words that were passed over."""
    sentences = [sentence for sentence in _sentences(tokens) if sentence]
    asking = [sentence for sentence in sentences if _asks(sentence)]
    said: list[tuple[tuple[Token, ...], list[Query]]] = []
    unknown: list[str] = []
    named: tuple[str, ...] = ()
    for sentence in sentences:
        found = _targets(sentence, names, others, flat, unknown)
        found = [query if query.categories else _about(query, named) for query in found]
        named = next((query.categories for query in found if query.categories), named)
        said.append((sentence, found))
        if any(query.purpose for query in found):
            break
    wanted = [query for sentence, found in said if sentence in asking for query in found if not query.is_empty]
    named_all = [query for _, found in said for query in found]
    targets = wanted or [query for query in named_all if not query.is_empty] or named_all
    return tuple(dict.fromkeys(_present(targets, names)))[:MOST_TARGETS], unknown


def _present(targets: list[Query], names: frozenset[str]) -> list[Query]:
    """The targets without those that name nothing in the scene, when there are others: "the box, chef"."""
    if not names or len(targets) < 2:
        return targets
    likely = [query for query in targets if not query.categories or _is_there(query, names)]
    return likely or targets


def _is_there(query: Query, names: frozenset[str]) -> bool:
    return any(is_supported(noun, names) for noun in query.categories)


def _about(query: Query, categories: tuple[str, ...]) -> Query:
    """ "There are two cups. Take the left one.": what is said of "one" is said of cups."""
    return query if query.is_empty else replace(query, categories=categories)


def _sentences(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    out: list[list[Token]] = [[]]
    for token in tokens:
        if token.text in (".", "!", "?", ";"):
            out.append([])
        else:
            out[-1].append(token)
    return [tuple(sentence) for sentence in out]


def _asks(sentence: tuple[Token, ...]) -> bool:
    return any(token.role is Role.FILLER and _REQUESTS & set(token.text.split()) for token in sentence)


def _targets(
    tokens: tuple[Token, ...], names: frozenset[str], others: bool, flat: bool, unknown: list[str]
) -> list[Query]:
    purpose = _purpose(tokens, names, others)
    if purpose is not None:
        return [purpose]
    reader = PhraseReader(without_request(tokens, names), flat, names)
    drafts: list[Draft] = []
    before_start = 0
    while not reader.at_end and len(drafts) < MOST_TARGETS:
        before = reader.position
        joined = reader.joins(before_start)
        draft = reader.noun_phrase()
        if drafts and joined is Join.COMMA and drafts[-1].plural and draft.counts_them:
            drafts[-1].count = draft.count
        elif draft.says_something and not (drafts and _adds(drafts[-1], draft, joined, names)):
            drafts.append(draft)
        before_start = reader.position
        if not reader.skip_to_next():
            break
        if reader.position == before:
            reader.advance()
    unknown += reader.unknown
    drafts = [draft for draft in drafts if not draft.of_it] or drafts
    _share_heads(drafts)
    return [draft.query() for draft in drafts]


def _adds(first: Draft, more: Draft, joined: Join, names: frozenset[str]) -> bool:
    """Add what only says more of the thing before it: "a round thing, pale, like an egg"; False for another target."""
    if joined is Join.AND or first.plural or more.plural or first.excluded:
        return False
    likely = [name for name in more.categories if not names or is_supported(name, names)]
    if joined is Join.LIKE:
        first.categories = first.categories or likely
    elif joined is Join.DEFINITE or (more.categories and first.categories) or (more.pronoun and first.has_head):
        return False
    else:
        first.categories = first.categories or more.categories
    more.categories = []
    first.merge(more)
    return True


def _share_heads(drafts: list[Draft]) -> None:
    """In "the red and the blue cup" the first has no noun of its own: it is the second's.

    "Not the red cup but the blue one" has one target, which takes over what is excluded.
    """
    for draft, after in pairwise(drafts):
        if draft.excluded and not (draft.has_head or draft.attributes or draft.relations or draft.rankings):
            after.excluded += draft.excluded
            if not after.categories:
                after.categories = list(draft.excluded[0].categories)
            drafts.remove(draft)
    if len(drafts) > 1 and drafts[0].count == len(drafts) and not drafts[0].plural:
        drafts[0].count = 0
    for draft, after in list(zip(reversed(drafts[:-1]), reversed(drafts[1:]))):
        if not draft.categories and not draft.pronoun and after.categories:
            draft.categories = list(after.categories)
            if draft.relations and not (after.attributes or after.relations or after.rankings or after.ordinal):
                drafts.remove(after)
    for before, draft in pairwise(drafts):
        told = bool(draft.attributes) and not (draft.rankings or draft.relations)
        if not draft.categories and before.categories and ((draft.pronoun_one and told) or not draft.pronoun):
            draft.categories = list(before.categories)


def _purpose(tokens: Sequence[Token], names: frozenset[str], others: bool) -> Query | None:
    """ "Something to drink from", "what has pages?": what it is for; None where something else is asked."""
    skipped = (Role.FILLER, Role.VERB, Role.HEDGE, Role.BE, Role.COMMA, Role.NOT, Role.DETERMINER, Role.WORD, Role.OF)
    start = next((at for at, token in enumerate(tokens) if token.role not in skipped), len(tokens))
    if start == len(tokens) or not _asks_what(tokens[start], tokens[start + 1 :]):
        return None
    rest = tokens[start + 1 :]
    if any(token.role in _SPATIAL or _is_told(token, rest[at + 1 :]) for at, token in enumerate(rest)):
        return None
    if _names_definite(tokens, names):
        return None
    words = purpose_of([word for token in tokens[start:] for word in token.text.split()])
    kinds = names | frozenset(known_kinds()) if others or not names else names
    return Query(purpose=words) if any(serves(words, kind) > 0 for kind in kinds) else None


def _asks_what(token: Token, after: Sequence[Token]) -> bool:
    if token.role is Role.THAT:
        return token.text in ("what", "which", "who")
    skipped = ("that", "which", "here", "there", "around", "else", "over here", "over there", "on the table")
    told = [other for other in after if other.text not in skipped and other.role not in (Role.WORD, Role.HEDGE)]
    following = told[0].text.split()[0] if told else ""
    return token.role is Role.PRONOUN and following in _FOR


def _is_told(token: Token, after: Sequence[Token]) -> bool:
    """Whether a token says where or of what look something is."""
    if any(attribute.kind in _LOOKS for attribute in token.meaning.attributes):
        return True
    following = next((other.role for other in after if other.role is not Role.FILLER), None)
    return token.meaning.relation in _TELLING and following in _NAMING


def _names_definite(tokens: Sequence[Token], names: frozenset[str]) -> bool:
    """Whether something of the scene is named as one that is known: "the cup", not "a cup"."""
    definite = False
    for token in tokens:
        if token.role is Role.DETERMINER:
            definite = token.text not in ("a", "an", "some", "any")
        elif token.role is Role.NOUN and definite and is_supported(token.text, names):
            return True
    return False


_SPATIAL = (Role.SUPERLATIVE, Role.ORDINAL, Role.PLACE, Role.DIRECTION, Role.NEAREST, Role.EXCEPT)
_NAMING = (Role.DETERMINER, Role.NOUN, Role.PRONOUN, Role.ATTRIBUTE)
_LOOKS = (AttributeKind.COLOR, AttributeKind.OCCLUSION, AttributeKind.TEXTURE)
_FOR = frozenset(
    "to for i you we one could can would that's used useful suitable good with is may might a people".split()
)
_TELLING = (
    RelationKind.LEFT_OF, RelationKind.RIGHT_OF, RelationKind.BEHIND, RelationKind.IN_FRONT_OF, RelationKind.HIDES,
    RelationKind.HIDDEN_BY, RelationKind.BETWEEN, RelationKind.NEAR, RelationKind.UNDER, RelationKind.BELOW,
)  # fmt: skip
