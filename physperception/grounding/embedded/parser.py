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
from physperception.grounding.embedded.phrases import PhraseReader
from physperception.grounding.embedded.purposes import asks_for_purpose, categories_for
from physperception.grounding.embedded.query import Parsed, Query
from physperception.grounding.embedded.vocabulary import synonyms
from physperception.grounding.embedded.wishes import without_wishes

MOST_TARGETS = 8
_REQUESTS = frozenset(
    "pick grab grasp take lift get fetch bring hand give pass move push find locate detect point show segment select "
    "choose mark highlight outline identify touch where want need".split()
)


def parse(command: str, names: frozenset[str] = frozenset()) -> Parsed:
    """What a command refers to.

    Args:
        command: any text; only the first 160 words count.
        names: lower-case names of things that are sure to be nouns, such as the categories of a scene.

    Returns:
        A query for each target ("the red cup and the blue box" has two), none when no word was understood.
    """
    lexed = lex(normalise(without_wishes(command[:MOST_CHARACTERS])), names)
    tokens = in_context(lexed.tokens, names)
    first = _read(tokens, names, flat=False)
    other = _read(tokens, names, flat=True)
    return Parsed(
        targets=first[0],
        readings=() if other[0] == first[0] or not other[0] else (other[0],),
        unknown=tuple(dict.fromkeys(first[1])) + (("...",) if lexed.cut else ()),
        corrected=lexed.corrected,
    )


def _read(tokens: Sequence[Token], names: frozenset[str], flat: bool) -> tuple[tuple[Query, ...], list[str]]:
    """Targets of one reading and the words that were passed over."""
    sentences = [sentence for sentence in _sentences(tokens) if sentence]
    asking = [sentence for sentence in sentences if _asks(sentence)]
    said: list[tuple[tuple[Token, ...], list[Query]]] = []
    unknown: list[str] = []
    named: tuple[str, ...] = ()
    for sentence in sentences:
        found = _targets(sentence, names, flat, unknown)
        found = [query if query.categories else _about(query, named) for query in found]
        named = next((query.categories for query in found if query.categories), named)
        said.append((sentence, found))
        if any(query.purpose for query in found):
            break
    wanted = [query for sentence, found in said if sentence in asking for query in found if not query.is_empty]
    targets = wanted or [query for _, found in said for query in found]
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


def _targets(tokens: tuple[Token, ...], names: frozenset[str], flat: bool, unknown: list[str]) -> list[Query]:
    purpose = _purpose(tokens)
    if purpose is not None:
        return [purpose]
    reader = PhraseReader(without_request(tokens, names), flat, names)
    drafts: list[Draft] = []
    while not reader.at_end and len(drafts) < MOST_TARGETS:
        before = reader.position
        draft = reader.noun_phrase()
        if draft.says_something:
            drafts.append(draft)
        if not reader.skip_to_next():
            break
        if reader.position == before:
            reader.advance()
    unknown += reader.unknown
    _share_heads(drafts)
    return [draft.query() for draft in drafts]


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
    for draft, after in zip(reversed(drafts[:-1]), reversed(drafts[1:])):
        if not draft.categories and not draft.pronoun and after.categories:
            draft.categories = list(after.categories)
    for before, draft in pairwise(drafts):
        told = bool(draft.attributes) and not (draft.rankings or draft.relations)
        if not draft.categories and before.categories and ((draft.pronoun_one and told) or not draft.pronoun):
            draft.categories = list(before.categories)


def _purpose(tokens: tuple[Token, ...]) -> Query | None:
    """ "Something to drink from", "what has pages?": the kinds that serve; None where something else is asked."""
    words = [word for token in tokens for word in token.text.split()]
    named = any(a.role is Role.DETERMINER and b.text in synonyms() for a, b in pairwise(tokens))
    if named or not asks_for_purpose(words):
        return None
    kinds = categories_for(words)
    return Query(categories=kinds) if kinds else None
