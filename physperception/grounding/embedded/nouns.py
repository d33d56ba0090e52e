"""Reads what stands before a noun, and the noun."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from physperception.grounding.embedded.draft import Draft
from physperception.grounding.embedded.lexer import Token
from physperception.grounding.embedded.lexicon import Meaning, Role
from physperception.grounding.embedded.query import Attribute, AttributeKind
from physperception.grounding.embedded.speech import ABSTRACT, word_class
from physperception.grounding.embedded.vocabulary import singular

MOST_CATEGORY_WORDS = 3
SKIPPED = (Role.DETERMINER, Role.FILLER, Role.HEDGE, Role.BE, Role.CAMERA)
OF_IT = ("its", "their")
HAVING = ("have", "has", "having", "got")
_COUNTED = (Role.NOUN, Role.PRONOUN, Role.ATTRIBUTE, Role.SUPERLATIVE, Role.OF, Role.WORD)
_ORDERING = (Role.DIRECTION, Role.SUPERLATIVE, Role.NEAREST, Role.PLACE)
_END = Token("", Meaning(Role.COMMA))
_MATERIAL_NOUNS = {"glass": "glass", "tin": "metal", "china": "ceramic", "card": "paper"}


class NounReader:
    """Goes through the tokens of one sentence.

    Args:
        tokens: of the sentence.
        flat: give every relation to the target instead of to the noun before it.
        names: names of things that are sure to be nouns.
    """

    def __init__(self, tokens: Sequence[Token], flat: bool = False, names: frozenset[str] = frozenset()) -> None:
        self._tokens = tokens
        self._names = names
        self._flat = flat
        self.position = 0
        self.unknown: list[str] = []

    @property
    def at_end(self) -> bool:
        return self.position >= len(self._tokens)

    def advance(self) -> None:
        self.position += 1

    def _peek(self, ahead: int = 0) -> Token:
        at = self.position + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def _ahead(self, start: int, skipped: tuple[Role, ...] = SKIPPED) -> int:
        """The first place from `start` ahead whose token is none of the skipped."""
        while self.position + start < len(self._tokens) and self._peek(start).role in skipped:
            start += 1
        return start

    def _before_noun(self, draft: Draft, depth: int) -> None:
        negated = False
        while not self.at_end:
            token = self._peek()
            role = token.role
            if role in (*SKIPPED, Role.THAT) or (role is Role.COMMA and self._is_open(draft, depth)):
                draft.of_it |= token.text in OF_IT
            elif role in (Role.VERB, Role.WORD):
                self.unknown.append(token.text)
            elif self._property(draft, token, negated):
                negated = negated and role not in (Role.ATTRIBUTE, Role.PLACE)
            elif role is Role.COUNT:
                self._count(draft, token)
            elif role is Role.NEAREST:
                if not self._nearest(draft, depth):
                    return
                continue
            elif role is Role.NOT and self._negates_attribute():
                negated = True
            elif role is Role.OF and not draft.has_head:
                self._of(draft, depth)
                return
            elif role is Role.WITH and token.text in HAVING and not draft.has_head and not draft.says_something:
                pass
            elif not (role in (Role.AND, Role.OR) and draft.attributes and self._attribute_follows()):
                return
            elif role is Role.OR:
                self._alternative(draft)
                continue
            self.advance()

    def _is_name(self, ahead: int) -> bool:
        """Whether there is a number that counts nothing after it, or "number 3" with nothing to count by."""
        token = self._peek(ahead)
        if token.role is Role.ORDINAL:
            after = self._tokens[self.position + ahead + 1 :]
            return bool(token.meaning.label) and not any(other.role in _ORDERING for other in after)
        return token.role is Role.COUNT and bool(token.meaning.label) and self._peek(ahead + 1).role not in _COUNTED

    def _property(self, draft: Draft, token: Token, negated: bool) -> bool:
        """Note an attribute, a place, a rank or a direction of counting; False where the token is none of them."""
        role, meaning = token.role, token.meaning
        if role is Role.ATTRIBUTE:
            draft.attributes += [negate(a, negated) for a in meaning.attributes]
        elif role is Role.PLACE:
            for attribute in meaning.attributes:
                draft.place(negate(attribute, negated))
        elif role is Role.DIRECTION and meaning.measure is not None:
            draft.count_from(meaning.measure, meaning.descending)
        elif role is Role.SUPERLATIVE and meaning.measure is not None:
            if not self._is_hedge_right(token):
                draft.order(meaning.measure, meaning.descending)
        elif role is Role.ORDINAL:
            draft.ordinal, draft.label = meaning.number, meaning.label
        else:
            return False
        return True

    def _is_open(self, draft: Draft, depth: int) -> bool:
        """Whether a comma here only divides what is said before the noun."""
        said = draft.attributes or draft.rankings or draft.direction or draft.ordinal
        return bool(said) and not draft.has_head and not depth

    def _negates_attribute(self) -> bool:
        return self._peek(self._ahead(1, (Role.HEDGE, Role.FILLER))).role in (Role.ATTRIBUTE, Role.PLACE)

    def _attribute_follows(self) -> bool:
        following = self._peek(self._ahead(1, (Role.HEDGE, Role.FILLER)))
        return following.role is Role.ATTRIBUTE

    def _alternative(self, draft: Draft) -> None:
        """ "Red or blue": one attribute with two values."""
        self.position += self._ahead(1, (Role.HEDGE, Role.FILLER))
        last, other = draft.attributes.pop(), self._peek().meaning.attributes[0]
        if last.kind is other.kind:
            other = Attribute(last.kind, f"{last.value}/{other.value}", last.negated)
        draft.attributes.append(other)
        self.advance()

    def _is_hedge_right(self, token: Token) -> bool:
        """ "Right behind the box"."""
        return token.text == "right" and self._peek(1).role is Role.RELATION

    def _noun(self, draft: Draft) -> None:
        words: list[str] = []
        generic, start = False, self.position
        while not self.at_end:
            token = self._peek()
            if token.role is Role.PRONOUN and words in ([], ["orange"]):
                draft.pronoun = True
                draft.pronoun_one = token.text in ("one", "ones", "other one")
                generic = not draft.pronoun_one
                draft.plural |= token.text in ("ones", "things", "objects", "items", "everything", "others", "them")
            elif token.role is Role.NOUN and generic and not words:
                break
            elif token.role is Role.NOUN:
                words.append(token.text)
            elif token.role is Role.ATTRIBUTE and words and self._peek(1).role is Role.NOUN:
                draft.attributes += token.meaning.attributes
            elif token.role is Role.OR and words and self._peek(self._ahead(1)).role is Role.NOUN:
                self._name(draft, words)
                words = []
                self.position += self._ahead(1) - 1
            else:
                break
            self.advance()
        self._name(draft, words)
        if self.position > start:
            self._numbers(draft)

    def _count(self, draft: Draft, token: Token) -> None:
        """A number before the noun: of "one of the three" the one, of "each one of the two" the two."""
        number = token.meaning.number
        if token.meaning.label == "0":
            draft.numbers.append("0")
        elif draft.count != 1 and not (draft.count and number == 1):
            draft.count = number

    def _numbers(self, draft: Draft) -> None:
        """ "Cup 3", "cups 3 and 4": numbers right after a noun name things and don't count them."""
        ahead = 0
        while self._is_name(ahead):
            draft.numbers.append(self._peek(ahead).meaning.label)
            self.position += ahead + 1
            ahead = 1 if self._peek().text in ("and", "&", ",") else 0

    def _name(self, draft: Draft, words: list[str]) -> None:
        """Turn the words of a compound noun into category and materials: "glass soda bottle"."""
        while len(words) > 1 and words[0] in _MATERIAL_NOUNS:
            draft.attributes.append(Attribute(AttributeKind.MATERIAL, _MATERIAL_NOUNS[words.pop(0)]))
        if "orange" in words and (len(words) > 1 or draft.pronoun):
            words.remove("orange")
            draft.attributes.append(Attribute(AttributeKind.COLOR, "orange"))
        while words and word_class(words[-1].split()[-1]) == ABSTRACT and words[-1] not in self._names:
            self.unknown.append(words.pop())
            draft.pronoun = True
        if not words:
            return
        self.unknown += words[:-MOST_CATEGORY_WORDS]
        head = singular(words[-1])
        draft.plural |= head != words[-1]
        draft.categories.append(" ".join((*words[-MOST_CATEGORY_WORDS:-1], head)))

    @abstractmethod
    def _nearest(self, draft: Draft, depth: int) -> bool:
        """Read "closest to the box"; False where the phrase can't go on."""

    @abstractmethod
    def _of(self, draft: Draft, depth: int) -> None:
        """Read "of the red cups"."""


def negate(attribute: Attribute, negated: bool) -> Attribute:
    """The attribute, turned round if `negated`."""
    return Attribute(attribute.kind, attribute.value, attribute.negated != negated)
