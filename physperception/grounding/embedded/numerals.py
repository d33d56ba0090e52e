"""Numbers as they are said: "7", "twenty one", "13th", and "number three", which names rather than counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from physperception.grounding.embedded.lexicon import Meaning, Role, phrases

MOST_NUMBER = 10**6
"""Larger numbers count as this one."""
_DIGITS = re.compile(r"(\d+)(st|nd|rd|th)?")
_TENS = range(20, 100, 10)
_ONLY_COUNT = ("both", "dozen")
_UNITS = frozenset(
    """ml cl dl l litre litres liter liters gallon gallons oz ounce ounces mg g gram grams kg kilo kilos lb lbs pound
    pounds mm cm m millimetre millimetres millimeter millimeters centimetre centimetres centimeter centimeters metre
    metres meter meters inch inches foot feet ft yard yards degree degrees deg percent seconds minute minutes hour
    hours times pixel pixels watt watts volt volts euro euros dollar dollars cents year years o'clock am pm""".split()
)


def numeral(found: Sequence[str], at: int) -> tuple[int, Meaning] | None:
    """How many words from there on are a number, and what it means; None where there is none.

    A number of units ("500 ml", "2 times") is a word like others: it counts no things.
    """
    named = found[at] == "number"
    read = _number(found, at + named, named)
    if read is None or (named and read[1].role is not Role.COUNT):
        return None
    length, meaning = read
    if named:
        return length + 1, replace(meaning, role=Role.ORDINAL)
    if meaning.role is Role.COUNT and " ".join(found[at + length : at + length + 1]) in _UNITS:
        return length, Meaning(Role.WORD)
    return length, meaning


def in_words(number: int) -> str:
    """A number for a sentence."""
    return str(number) if number < MOST_NUMBER else f"{MOST_NUMBER} or more"


def _number(found: Sequence[str], at: int, named: bool) -> tuple[int, Meaning] | None:
    first = _single(found, at, named)
    if first is None:
        return None
    second = _single(found, at + 1, True) if first.number in _TENS and not found[at].isdigit() else None
    if second is None or not 0 < second.number < 10 or found[at + 1][0].isdigit():
        return 1, first
    number = first.number + second.number
    return 2, replace(second, number=number, label=str(number) if second.label else "")


def _single(found: Sequence[str], at: int, one: bool) -> Meaning | None:
    """The number one word says; "one" is a number only where `one` allows it, elsewhere it stands for a thing."""
    if at >= len(found):
        return None
    word = found[at]
    if one and word == "one":
        return Meaning(Role.COUNT, number=1, label="1")
    if digits := _DIGITS.fullmatch(word):
        label = digits[1].lstrip("0") or "0"
        ranks = digits[2] is not None
        return Meaning(
            Role.ORDINAL if ranks else Role.COUNT,
            number=min(int(digits[1]), MOST_NUMBER),
            label="" if ranks and label != "0" else label,
        )
    meaning = phrases().get((word,))
    if meaning is None or meaning.role not in (Role.COUNT, Role.ORDINAL) or meaning.number < 0:
        return None
    counts = meaning.role is Role.COUNT and word not in _ONLY_COUNT
    return replace(meaning, label=str(meaning.number)) if counts or not meaning.number else meaning
