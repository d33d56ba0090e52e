"""Many ways to say one thing made one, before the words are read: sides, ranks, counting, comparing, being hidden.

Rules go by what small words mean together ("counting", "from", a side), not by sentences; each rewrites to a phrase of
`phrase_tables/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from physperception.grounding.embedded.rewriting import comparing, counting, hiding, neighbours, sides
from physperception.grounding.embedded.rewriting.spelling import SPELLING


def normalise(text: str) -> str:
    """Lower-case text rewritten to fewer forms; whatever no rule knows stays."""
    for pattern, replacement in _rules():
        text = pattern.sub(replacement, text)
    return re.sub(r"\s+", " ", text).strip()


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]:
    """In the order of use: later rules read what earlier ones wrote."""
    groups = (
        SPELLING,
        sides.whole_picture(),
        sides.sides(),
        sides.nearness(),
        comparing.comparisons(),
        comparing.extremes(),
        comparing.sizes(),
        counting.counting(),
        neighbours.between(),
        hiding.hiding_others(),
        hiding.hidden_by_others(),
        neighbours.neighbours(),
        hiding.views(),
        hiding.by_something(),
        hiding.how_much(),
    )
    return tuple((re.compile(pattern), replacement) for group in groups for pattern, replacement in group)
