"""From characters to words with meanings: normalises, mends single wrong letters, and finds the longest phrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from physperception.errors import ModelUnavailable
from physperception.grounding.embedded.lexicon import Meaning, Role, known_words, nearest_phrases, phrases
from physperception.grounding.embedded.numerals import numeral
from physperception.grounding.embedded.speech import ADJECTIVE, ADVERB, UNKNOWN, VERB, word_class
from physperception.grounding.embedded.vocabulary import compound_nouns, known_nouns, singular
from physperception.grounding.words import word_vectors

MOST_CHARACTERS = 2000
MOST_WORDS = 160
SHORTEST_TO_MEND, LONGEST_TO_MEND = 4, 24

_WORD = re.compile(r"[a-z0-9']+|[,;:.?!&()]")
BEFORE_NOUN = (Role.DETERMINER, Role.ATTRIBUTE, Role.ORDINAL, Role.COUNT, Role.WORD, Role.SUPERLATIVE)
"""What a noun can follow at once."""
_ROLES = {ADVERB: Role.HEDGE, VERB: Role.VERB, ADJECTIVE: Role.WORD}


@dataclass(frozen=True)
class Token:
    """A word or phrase as it stands in the command and what it means; `start` and `end` count words."""

    text: str
    meaning: Meaning

    @property
    def role(self) -> Role:
        return self.meaning.role


@dataclass(frozen=True)
class Lexed:
    """The tokens of a command, the words that were mended, and whether its end was cut off."""

    tokens: tuple[Token, ...]
    corrected: tuple[tuple[str, str], ...]
    cut: bool


def lex(command: str, names: frozenset[str] = frozenset()) -> Lexed:
    """Tokens of the first 160 words; anything that is no letter, digit or punctuation mark counts as a space.

    Args:
        command: any text.
        names: lower-case names of things that are sure to be nouns.
    """
    found = words(command)
    cut = len(found) > MOST_WORDS or len(command) > MOST_CHARACTERS
    mended, corrected = _mend(found[:MOST_WORDS], frozenset(word for name in names for word in name.split()))
    return Lexed(tuple(_tokens(mended, names)), tuple(corrected), cut)


def words(text: str) -> list[str]:
    """Lower-case words and punctuation marks of the first 2,000 characters, without accents and hyphens."""
    plain = unicodedata.normalize("NFKD", text[:MOST_CHARACTERS]).replace("\u2019", "'").lower()
    found = _WORD.findall(plain.encode("ascii", "ignore").decode())
    return [word for part in found for word in _parts(part)]


def _parts(word: str) -> list[str]:
    """A word without quotes around it, and without an ending such as 's."""
    bare = word.strip("'")
    if bare.endswith("'s") and bare not in known_words():
        bare = bare[:-2]
    return [bare] if bare else []


def _tokens(found: Sequence[str], names: frozenset[str]) -> list[Token]:
    table, nearest = phrases(), nearest_phrases()
    longest = max(len(phrase) for phrase in table)
    out: list[Token] = []
    at = 0
    while at < len(found):
        for length in range(min(longest, len(found) - at), 0, -1):
            phrase = tuple(found[at : at + length])
            meaning = table.get(phrase)
            if phrase in nearest and (meaning is None or length > 1):
                meaning = Meaning(Role.NEAREST, descending=nearest[phrase])
            if meaning is not None:
                break
        else:
            length, meaning = 0, Meaning(_ROLES.get(word_class(found[at]), Role.NOUN))
        number = numeral(found, at)
        if number is not None and number[0] >= length:
            length, meaning = number
        length = max(length, 1)
        if found[at] in ("can", "cans") and out and out[-1].role in BEFORE_NOUN:
            length, meaning = 1, Meaning(Role.NOUN)
        named = _compound(found, at, names)
        if named > length:
            length, meaning = named, Meaning(Role.NOUN)
        out.append(Token(" ".join(found[at : at + length]), meaning))
        at += length
    return out


def _compound(found: Sequence[str], at: int, names: frozenset[str]) -> int:
    """How many words from there on are the name of one thing, such as "tin can"; 0 for none."""
    listed = compound_nouns()
    lengths = [n for n in (2, 3, 4) if tuple(found[at : at + n]) in listed]
    lengths += [n for n in (2, 3, 4) if " ".join(found[at : at + n]) in names and at + n <= len(found)]
    return max(lengths, default=0)


def _mend(found: Sequence[str], names: frozenset[str]) -> tuple[list[str], list[tuple[str, str]]]:
    out, corrected = [], []
    for word in found:
        better = word if word in names else _nearest_word(word)
        if better != word:
            corrected.append((word, better))
        out.append(better)
    return out, corrected


@lru_cache(maxsize=4096)
def _nearest_word(word: str) -> str:
    """The known word that differs by one letter (wrong, missing, too many, or two swapped); else the word itself.

    Words that are known, too short or have digits stay. Of several, the first of the alphabet that begins with the
    same letter is taken.
    """
    known = _known()
    if (
        not SHORTEST_TO_MEND <= len(word) <= LONGEST_TO_MEND
        or not word.isalpha()
        or word in known
        or singular(word) in known
    ):
        return word
    if _is_common(word) or word_class(word) != UNKNOWN:
        return word
    close = sorted(other for other in _edits(word) if other in _content() and len(other) >= SHORTEST_TO_MEND)
    same = [other for other in close if other[0] == word[0]] or close
    return same[0] if same else word


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return known_words() | known_nouns()


@lru_cache(maxsize=1)
def _content() -> frozenset[str]:
    """Words worth mending to: those that say what or where something is."""
    roles = (Role.ATTRIBUTE, Role.RELATION, Role.SUPERLATIVE, Role.ORDINAL, Role.PLACE, Role.DIRECTION)
    said = {word for phrase, meaning in phrases().items() if meaning.role in roles for word in phrase}
    return frozenset(said) | known_nouns()


def _is_common(word: str) -> bool:
    """Whether the word is one piece of the word vectors' vocabulary; False where they are missing."""
    try:
        return len(word_vectors().piece_ids(word)) == 1
    except ModelUnavailable:
        return False


def _edits(word: str) -> set[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    halves = [(word[:cut], word[cut:]) for cut in range(len(word) + 1)]
    removed = {a + b[1:] for a, b in halves if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    changed = {a + letter + b[1:] for a, b in halves if b for letter in letters}
    added = {a + letter + b for a, b in halves for letter in letters}
    return removed | swapped | changed | added
