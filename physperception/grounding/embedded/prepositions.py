"""Reads what follows a preposition: "behind the box", "closest to the cup", "of tea", "with a cup on top"."""

from __future__ import annotations

from abc import abstractmethod

from physperception.grounding.embedded.draft import Draft
from physperception.grounding.embedded.lexicon import Role
from physperception.grounding.embedded.names import is_supported
from physperception.grounding.embedded.nouns import HAVING, SKIPPED, NounReader, negate
from physperception.grounding.embedded.query import (
    Attribute,
    AttributeKind,
    Measure,
    Query,
    Ranking,
    Relation,
    RelationKind,
)

MOST_NESTED = 5
_INVERSE = {
    RelationKind.LEFT_OF: RelationKind.RIGHT_OF,
    RelationKind.ABOVE: RelationKind.BELOW,
    RelationKind.IN_FRONT_OF: RelationKind.BEHIND,
    RelationKind.ON: RelationKind.UNDER,
    RelationKind.IN: RelationKind.CONTAINS,
    RelationKind.HIDES: RelationKind.HIDDEN_BY,
    RelationKind.LARGER_THAN: RelationKind.SMALLER_THAN,
    RelationKind.TALLER_THAN: RelationKind.SHORTER_THAN,
    RelationKind.NEARER_THAN: RelationKind.FARTHER_THAN,
}
INVERSE = _INVERSE | {after: before for before, after in _INVERSE.items()}
_IGNORED_NOUNS = frozenset(
    "table tabletop desk surface handle side edge part top time job task camera view left right".split()
)
_OF_SEVERAL = (RelationKind.BEHIND, RelationKind.HIDDEN_BY, RelationKind.IN_FRONT_OF, RelationKind.NEAR)
_TOLD = (Role.SUPERLATIVE, Role.ATTRIBUTE, Role.PLACE)
_WHICH = ("which", "whom", "what", "that which")
_ASPECTS = frozenset(
    """outline contour mask silhouette segmentation extent shape form body pixel region area part portion piece section
    boundary footprint entirety totality rest remainder half geometry volume bulk perimeter fragment
    surface view corner face""".split()
)
_AROUND = {
    "in front": RelationKind.IN_FRONT_OF,
    "behind it": RelationKind.BEHIND,
    "at the back": RelationKind.BEHIND,
    "in the back": RelationKind.BEHIND,
    "on top": RelationKind.ON,
    "at the top": RelationKind.ON,
    "nearby": RelationKind.NEAR,
    "on the left": RelationKind.LEFT_OF,
    "to the left": RelationKind.LEFT_OF,
    "on the right": RelationKind.RIGHT_OF,
    "to the right": RelationKind.RIGHT_OF,
}
"""What a place says of the noun before it in "with a cup on top"."""


class PrepositionReader(NounReader):
    """Reads prepositional phrases of one sentence into the draft of the noun they belong to."""

    _head_to_come = False

    def _preposition(self, draft: Draft, depth: int, negated: bool) -> bool:
        role = self._peek().role
        if role is Role.RELATION:
            return self._relation(draft, depth, negated)
        if role is Role.NEAREST:
            return self._nearest(draft, depth)
        if role is Role.OF:
            if not self._distance(draft, depth):
                self._of(draft, depth)
            return True
        if role is Role.IN and self._peek(1).role is not Role.ATTRIBUTE:
            return self._relation(draft, depth, negated, RelationKind.IN)
        if self._peek().text in HAVING and not draft.has_head:
            self.advance()
            return True
        self.advance()
        return self._with(draft, depth, negated != (role is Role.WITHOUT))

    def _relation(self, draft: Draft, depth: int, negated: bool, kind: RelationKind | None = None) -> bool:
        kind = kind or self._peek().meaning.relation
        self.advance()
        if kind is None or depth >= MOST_NESTED:
            return True
        if self._peek().text in _WHICH and draft.has_head and self._clause_after(draft, depth, kind):
            return True
        head_to_come = self._head_to_come
        self._head_to_come = not draft.has_head and not depth
        indefinite = self._indefinite()
        anchors = [self._anchor(depth)]
        self._head_to_come = head_to_come
        both = kind in _OF_SEVERAL and draft.pronoun and not draft.plural and not depth and self._last_of_several()
        if self._peek().role is Role.AND and (kind is RelationKind.BETWEEN or both):
            self.advance()
            anchors.append(self._anchor(depth))
        anchors = [anchor for anchor in anchors if not anchor.is_empty]
        if anchors:
            draft.relations.append(Relation(kind, tuple(anchors), negated))
        elif kind in (RelationKind.HIDDEN_BY, RelationKind.BEHIND) and indefinite == "some":
            draft.attributes.append(Attribute(AttributeKind.OCCLUSION, "hidden", negated))
        elif kind in (RelationKind.BEHIND, RelationKind.IN_FRONT_OF) and not indefinite:
            draft.attributes.append(Attribute(AttributeKind.PLACE, "back" if kind is RelationKind.BEHIND else "front"))
        return True

    def _last_of_several(self) -> bool:
        """ "Something behind the cup and the bag": one more plain thing, and nothing more of it."""
        after = self._ahead(1, (Role.DETERMINER, Role.ATTRIBUTE))
        ends = self._peek(after + 1).role is Role.COMMA
        return after > 1 and self._peek(after).role is Role.NOUN and ends

    def _indefinite(self) -> str:
        """ "some" where "something", "another object" follows, "all" for "whatever", "everything", "" for neither."""
        token = self._peek(self._ahead(0, (*SKIPPED, Role.THAT, Role.COUNT)))
        if token.text in ("whatever", "everything", "all") or self._peek().role in (Role.THAT, Role.COUNT):
            return "all"
        return "some" if token.role is Role.PRONOUN else ""

    def _clause_after(self, draft: Draft, depth: int, kind: RelationKind) -> bool:
        """ "On which the cup stands", after its preposition."""
        start = self.position
        self.advance()
        inner = Draft()
        self._before_noun(inner, depth + 1)
        self._noun(inner)
        if not inner.has_head:
            self.position = start
            return False
        self.position += self._ahead(0, (Role.BE, Role.HEDGE, Role.FILLER, Role.VERB))
        draft.relations.append(Relation(INVERSE.get(kind, kind), (inner.query(),)))
        return True

    def _anchor(self, depth: int) -> Query:
        before = self.position
        query = self.noun_phrase(depth + 1).query()
        if self.position == before and not self.at_end and self._peek().role is Role.COMMA:
            self.advance()
        return Query() if query.categories and query.categories[0] in _IGNORED_NOUNS else query

    def _nearest(self, draft: Draft, depth: int) -> bool:
        """ "Closest to the box", "nearest the camera", and plain "closest"."""
        token = self._peek()
        self.advance()
        following = self._peek(self._ahead(0, (Role.DETERMINER, Role.FILLER)))
        has_anchor = following.role in (Role.NOUN, Role.ATTRIBUTE, Role.PRONOUN, Role.SUPERLATIVE)
        plain = token.text in ("nearest", "closest")
        if following.role is Role.CAMERA or not has_anchor or (plain and not draft.has_head):
            draft.order(Measure.NEAR, token.meaning.descending)
            return True
        if depth >= MOST_NESTED:
            return True
        anchor = self._anchor(depth)
        draft.rankings.append(Ranking(Measure.CLOSE_TO, token.meaning.descending, draft.take_rank(), anchor))
        return True

    def _distance(self, draft: Draft, depth: int) -> bool:
        """ "The farthest ball from the cup": the superlative came before the noun."""
        if self._peek().text not in ("from", "to") or not draft.rankings or depth >= MOST_NESTED:
            return False
        last = draft.rankings[-1]
        if last.measure is not Measure.NEAR or self._peek(1).role not in (Role.DETERMINER, Role.NOUN):
            return False
        self.advance()
        draft.rankings[-1] = Ranking(Measure.CLOSE_TO, last.descending, last.rank, self._anchor(depth))
        return True

    def _of(self, draft: Draft, depth: int) -> None:
        """ "The largest of the red cups", "a bottle of water", "one of them"."""
        self.advance()
        if depth >= MOST_NESTED:
            return
        if self._is_aspect(draft):
            draft.categories, draft.attributes = [], []
        if draft.categories:
            inner = Draft()
            self._before_noun(inner, depth + 1)
            self._noun(inner)
            self.unknown += inner.categories
            draft.attributes += inner.attributes
        else:
            draft.merge(self.noun_phrase(depth + 1))

    def _is_aspect(self, draft: Draft) -> bool:
        """Whether the noun is only a form or part of what follows "of"."""
        heads = {name.split()[-1] for name in draft.categories}
        return bool(heads) and heads <= _ASPECTS and not any(is_supported(head, self._names) for head in heads)

    def _with(self, draft: Draft, depth: int, negated: bool) -> bool:
        """ "With blue stripes", "in red", "without a label", "with a cup on it"."""
        start = self.position
        inner = Draft()
        self._before_noun(inner, depth + 1)
        self._noun(inner)
        before = self.position
        self._short_tail(inner, depth)
        links = (Role.BE, Role.THAT, Role.HEDGE, Role.VERB, Role.FILLER)
        if self._peek(self._ahead(0, links)).role is not Role.RELATION and self.position != before:
            self.position = before
        here = self._ahead(0, links)
        relation = self._peek(here).meaning.relation or _AROUND.get(self._peek(here).text)
        if inner.has_head and relation is not None:
            self.position += here + 1
            while not self.at_end and self._peek().text in ("it", "them"):
                self.advance()
            draft.relations.append(Relation(INVERSE.get(relation, relation), (inner.query(),), negated))
            return True
        if inner.categories == ["orange"]:
            inner.attributes.append(Attribute(AttributeKind.COLOR, "orange"))
        self.unknown += [name for name in inner.categories if name not in (*_IGNORED_NOUNS, "orange")]
        draft.attributes += [negate(a, negated) for a in inner.attributes]
        return self.position > start or not self.at_end

    def _short_tail(self, draft: Draft, depth: int) -> None:
        """What may stand between the noun of a clause and its verb: a place, a rank, "of tea", "with stripes"."""
        while not self.at_end:
            token = self._peek()
            following = self._peek(self._ahead(0, (Role.THAT, Role.BE, Role.FILLER, Role.HEDGE)))
            if token.role is Role.DIRECTION and token.meaning.measure is not None:
                draft.count_from(token.meaning.measure, token.meaning.descending)
            elif token.role is Role.PLACE:
                draft.attributes += token.meaning.attributes
            elif token.role is Role.OF:
                self._of(draft, depth + 1)
                continue
            elif token.role in (Role.WITH, Role.IN) and following.role is not Role.DETERMINER:
                self.advance()
                inner = Draft()
                self._before_noun(inner, depth + 1)
                self._noun(inner)
                draft.attributes += inner.attributes
                continue
            elif token.role in (Role.THAT, Role.SUPERLATIVE, Role.ATTRIBUTE) and following.role in _TOLD:
                self.position += self._ahead(0, (Role.THAT, Role.BE, Role.FILLER, Role.HEDGE))
                self._before_noun(draft, depth + 1)
                continue
            else:
                return
            self.advance()

    @abstractmethod
    def noun_phrase(self, depth: int = 0) -> Draft:
        """Read one noun phrase with all that belongs to it."""
