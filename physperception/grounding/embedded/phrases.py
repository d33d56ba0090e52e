"""Reads noun phrases: what stands before the noun, the noun, and what follows it."""

from __future__ import annotations

from enum import Enum, auto

from physperception.grounding.embedded.draft import Draft
from physperception.grounding.embedded.lexer import Token
from physperception.grounding.embedded.lexicon import Meaning, Role
from physperception.grounding.embedded.names import is_supported
from physperception.grounding.embedded.nouns import OF_IT, SKIPPED
from physperception.grounding.embedded.prepositions import INVERSE, MOST_NESTED, PrepositionReader
from physperception.grounding.embedded.query import Relation

_LIKE = ("like", "likes", "resembles", "resembling")
_INDEFINITE = ("a", "an", "some", "any")
_OUTSIDE = (Role.COMMA, Role.EXCEPT, Role.AND)
_MORE = ("and", "&", "or", "nor", ",")
_UNREAD = (Role.FILLER, Role.VERB, Role.WORD)
_LEFT_OUT = (Role.DETERMINER, Role.NOUN, Role.PRONOUN, Role.ATTRIBUTE, Role.COUNT)
_PREPOSITIONS = (Role.RELATION, Role.IN, Role.WITH, Role.WITHOUT, Role.OF, Role.NEAREST)
_CLAUSE_STARTS = (Role.VERB, Role.DETERMINER, Role.ATTRIBUTE, Role.SUPERLATIVE, Role.NOUN, Role.WORD, Role.ORDINAL)


class Join(Enum):
    """How a noun phrase follows the one before it."""

    AND = auto()
    DEFINITE = auto()
    LIKE = auto()
    COMMA = auto()


class PhraseReader(PrepositionReader):
    """Reads whole noun phrases of one sentence, with relations and further nouns nested in them."""

    def joins(self, start: int) -> Join:
        """How the phrase that begins here is joined to the one that ended at a token."""
        between = self._tokens[start : self.position]
        if any(token.text.split()[-1] in _LIKE for token in between[-3:] if token.role is Role.FILLER):
            return Join.LIKE
        if any(token.role in (Role.AND, Role.OR) for token in between):
            return Join.AND
        named = any(token.role is Role.DETERMINER and token.text not in _INDEFINITE for token in between)
        return Join.DEFINITE if named else Join.COMMA

    def skip_to_next(self) -> bool:
        """Step over "and" or a comma to the next target; False when there is none."""
        while not self.at_end and self._peek().role in (Role.AND, Role.COMMA, Role.OR, *SKIPPED):
            if self._peek().text in OF_IT:
                break
            self.advance()
        return not self.at_end

    def noun_phrase(self, depth: int = 0) -> Draft:
        """One noun phrase with all that belongs to it; empty when none begins here."""
        draft = Draft()
        self._before_noun(draft, depth)
        self._noun(draft)
        if not (depth and self._flat):
            self._after_noun(draft, depth)
        return draft

    def _after_noun(self, draft: Draft, depth: int) -> None:
        negated = False
        while not self.at_end and not self._ends_here(draft, depth):
            token, role = self._peek(), self._peek().role
            if role in _CLAUSE_STARTS and draft.categories and not depth and self._clause(draft, depth):
                continue
            if role in (*SKIPPED, Role.THAT, Role.THAN):
                if self._clause(draft, depth) or self._distance(draft, depth) or self._apposition(draft, depth):
                    continue
            elif role is Role.EXCEPT or (role is Role.NOT and self._excludes()):
                self._except(draft, depth)
                continue
            elif role is Role.NOT:
                negated = True
            elif role in _PREPOSITIONS:
                if not self._preposition(draft, depth, negated):
                    return
                negated = False
                continue
            elif role is Role.ORDINAL and token.meaning.label and self._peek(-1).role in _UNREAD:
                self.unknown.append(token.text)
            elif self._property(draft, token, negated):
                negated = negated and role not in (Role.ATTRIBUTE, Role.PLACE)
            elif role is Role.COUNT:
                self._late_count(draft, token)
            elif role in (Role.NOUN, Role.PRONOUN):
                self._late_noun(draft)
                continue
            elif role in (Role.VERB, Role.WORD):
                self.unknown.append(token.text)
            self.advance()

    def _except(self, draft: Draft, depth: int) -> None:
        """ "Except the box and the ball": what follows "and" is left out too where it is of the same things."""
        several = self._peek().role is Role.EXCEPT
        self.advance()
        draft.excluded.append(self._anchor(depth))
        while several and not depth:
            start, unknown = self.position, len(self.unknown)
            while self._peek().text in _MORE:
                self.advance()
            if self.position == start or self._peek().role not in _LEFT_OUT:
                self.position = start
                return
            other = self._anchor(depth)
            if other.is_empty or not set(other.categories) <= set(draft.categories or other.categories):
                self.position = start
                del self.unknown[unknown:]
                return
            draft.excluded.append(other)

    def _late_count(self, draft: Draft, token: Token) -> None:
        """A number after other words: of "cups" how many, of "the cup" one that may name it, of neither in "to 4"."""
        if token.meaning.label and self._peek(-1).role in _UNREAD:
            self.unknown.append(token.text)
        elif token.meaning.label and not draft.plural:
            draft.numbers.append(token.meaning.label)
        else:
            draft.count = draft.count or token.meaning.number

    def _ends_here(self, draft: Draft, depth: int) -> bool:
        """Whether what comes now is not about this noun any more."""
        role = self._peek().role
        if depth and (self._belongs_outside(draft, role) or self._head_follows(role)):
            return True
        return role in (Role.COMMA, Role.AND, Role.OR) and self._starts_target(1)

    def _head_follows(self, role: Role) -> bool:
        """ "Behind the box stands a mug": the anchor ends where the noun of the outer phrase is still to come."""
        if not self._head_to_come or role not in (Role.FILLER, Role.BE, Role.COMMA, Role.VERB, Role.THAT):
            return False
        links = (Role.FILLER, Role.BE, Role.COMMA, Role.HEDGE, Role.VERB, Role.THAT)
        return self._peek(self._ahead(0, links)).role in (Role.DETERMINER, Role.COUNT)

    def _belongs_outside(self, draft: Draft, role: Role) -> bool:
        """Whether a nested phrase ends here, so that what follows is about the target again."""
        if role is Role.DIRECTION:
            return not draft.ordinal
        return role in _OUTSIDE or (role is Role.NOT and self._excludes())

    def _starts_target(self, ahead: int) -> bool:
        """Whether a new noun phrase begins there, and not more about this one."""
        token = self._peek(ahead)
        if token.role in (Role.DETERMINER, Role.COUNT, Role.NOUN, Role.PRONOUN, Role.ORDINAL):
            return True
        if token.role in (Role.FILLER, Role.AND, Role.HEDGE):
            return self._starts_target(ahead + 1)
        if token.role is Role.THAT and token.text == "that" and self._peek(ahead + 1).role is not Role.DETERMINER:
            return self._starts_target(ahead + 1)
        if token.role in (Role.ATTRIBUTE, Role.SUPERLATIVE):
            following = self._peek(self._ahead(ahead + 1, (Role.ATTRIBUTE, Role.HEDGE, Role.AND, Role.FILLER)))
            return following.role in (Role.NOUN, Role.PRONOUN)
        return False

    def _excludes(self) -> bool:
        """ "Not the red one", "isn't a cup", but not "not red", "not behind the box"."""
        following = self._peek(self._ahead(1, (Role.FILLER, Role.HEDGE, Role.BE)))
        return following.role in (Role.DETERMINER, Role.NOUN, Role.PRONOUN)

    def _apposition(self, draft: Draft, depth: int) -> bool:
        """A further noun phrase without a known link to the noun: its thing is passed over, "the one" belongs to it."""
        if self._peek().role is not Role.DETERMINER or not draft.categories or depth >= MOST_NESTED:
            return False
        self.advance()
        if self._peek().role not in (Role.NOUN, Role.ATTRIBUTE, Role.PRONOUN, Role.SUPERLATIVE, Role.ORDINAL):
            return False
        start = self.position
        inner = self.noun_phrase(depth + 1)
        if self._is_better_head(draft, Token(" ".join(inner.categories[:1]), Meaning(Role.NOUN))):
            self.unknown += draft.categories
            draft.categories = []
            draft.merge(inner)
            draft.ordinal, draft.plural, draft.count = inner.ordinal, inner.plural, inner.count
        elif self.position == start or inner.categories:
            self.unknown += inner.categories
        else:
            draft.merge(inner)
        return True

    def _late_noun(self, draft: Draft) -> None:
        """A noun after other words: the head if there is none yet ("the one on the left, a red mug"), else unknown."""
        token = self._peek()
        strange = draft.pronoun and bool(self._names) and not is_supported(token.text, self._names)
        if (draft.categories and not self._is_better_head(draft, token)) or (strange and token.role is Role.NOUN):
            self.unknown.append(self._peek().text)
            self.advance()
            if self._is_name(0):
                self.unknown.append(self._peek().text)
                self.advance()
        else:
            self.unknown += draft.categories
            draft.categories = []
            self._noun(draft)

    def _is_better_head(self, draft: Draft, token: Token) -> bool:
        """Whether a later noun is in the scene while the first is not, and nothing was said of that one."""
        told = draft.attributes or draft.relations or draft.rankings or draft.ordinal
        if not self._names or told or any(is_supported(name, self._names) for name in draft.categories):
            return False
        return token.role is Role.NOUN and is_supported(token.text, self._names)

    def _clause(self, draft: Draft, depth: int) -> bool:
        """ "(That) the mug hides", "which the book lies on": a noun, then a relation with nothing after it."""
        ahead = self._ahead(0, (Role.THAT, Role.FILLER, Role.COMMA))
        bare = self._peek().role in (Role.THAT, *_CLAUSE_STARTS)
        starts = _CLAUSE_STARTS if bare else (Role.DETERMINER,)
        if self._peek(ahead).role not in starts or not draft.has_head or depth >= MOST_NESTED:
            return False
        start, unknown = self.position, len(self.unknown)
        self.position += ahead
        inner = Draft()
        self._before_noun(inner, depth + 1)
        self._noun(inner)
        self._short_tail(inner, depth)
        self.position += self._ahead(0, (Role.BE, Role.HEDGE, Role.FILLER, Role.VERB))
        relation, following = self._peek().meaning.relation, self._peek(1)
        closed = following.role in (
            Role.WITH,
            Role.COMMA,
            Role.AND,
            Role.OR,
            Role.THAT,
            Role.PLACE,
            Role.FILLER,
            Role.HEDGE,
            Role.VERB,
        )
        if inner.has_head and relation is not None and closed:
            self.advance()
            draft.relations.append(Relation(INVERSE.get(relation, relation), (inner.query(),)))
            return True
        self.position = start
        del self.unknown[unknown:]
        return False
