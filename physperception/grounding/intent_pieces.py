"""Words of a prompt as the numbers of word pieces that the classifier of intents reads (WordPiece, as BERT's)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

PADDING, UNKNOWN, START, END = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
MOST_PIECES = 256
_SPLIT = re.compile(r"[a-z0-9]+|[^a-z0-9]")
_LONG = 5
_OFTEN_MISSPELT = frozenset(
    "hidden visible occluded obscured covered concealed complete completely entire entirely whole partially "
    "partly portion portions region section outline shape behind under beneath underneath without including include "
    "included exclude excluding ignore ignoring imagine pretend reconstruct segment silhouette extent exposed amodal "
    "modal everything nothing though although through only just even unseen invisible unobstructed blocked blocks "
    "blocking covers covering hides hiding showing shown rest missing contour boundary object the that what which "
    "where would there still actually really part parts full don't can't you we see with from".split()
)


class WordPieces:
    """Spells words with pieces of a vocabulary, the longest first.

    Args:
        pieces: PADDING first, UNKNOWN, START and END somewhere; those that continue a word begin with "##".

    Raises:
        ValueError: PADDING is not first, or another of the four is missing.
    """

    def __init__(self, pieces: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        if not {PADDING, UNKNOWN, START, END} <= set(pieces) or pieces[0] != PADDING:
            raise ValueError(f"pieces must begin with {PADDING} and hold {UNKNOWN}, {START} and {END}")
        self.pieces = tuple(pieces)
        self._spell = lru_cache(maxsize=50_000)(self._spell_word)

    def spell(self, words: Sequence[str]) -> tuple[list[int], list[int]]:
        """Numbers of the pieces from START to END, at most `MOST_PIECES`, and for each the place of its word, or -1.

        Of longer prompts the middle is left out.

        Args:
            words: of `split_words`.
        """
        numbers: list[int] = []
        places: list[int] = []
        for place, word in enumerate(words):
            found = self._spell(word)
            numbers += found
            places += [place] * len(found)
        most = MOST_PIECES - 2
        if len(numbers) > most:
            numbers = numbers[: most // 2] + numbers[-(most // 2) :]
            places = places[: most // 2] + places[-(most // 2) :]
        return [self._numbers[START], *numbers, self._numbers[END]], [-1, *places, -1]

    def _spell_word(self, word: str) -> list[int]:
        if word not in self._numbers:
            word = next((other for other in _one_off(word) if other in _OFTEN_MISSPELT), word)
        return [number for part in _SPLIT.findall(word) for number in self._spell_part(part)]

    def _spell_part(self, part: str) -> list[int]:
        numbers: list[int] = []
        start = 0
        while start < len(part):
            before = "##" if start else ""
            end = next((end for end in range(len(part), start, -1) if before + part[start:end] in self._numbers), 0)
            if not end:
                return [self._numbers[UNKNOWN]]
            numbers.append(self._numbers[before + part[start:end]])
            start = end
        return numbers


def _one_off(word: str) -> Iterable[str]:
    """Words with two neighbouring letters exchanged and, for longer ones, one letter less, more, or another."""
    letters = "aeioutnrsldhcmpfgbvwykxjqz"
    for place in range(len(word) - 1):
        yield word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if len(word) < _LONG:
        return
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
    for place in range(len(word) + 1):
        for letter in letters:
            yield word[:place] + letter + word[place:]
    for place in range(len(word)):
        for letter in letters:
            yield word[:place] + letter + word[place + 1 :]
