"""What kind of thing is to be said next, drawn before it is known whether an image has it.

Drawing first and searching afterwards keeps the set from drifting to what is easiest to be true, such as bare names.
"""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from physperception.datasets.expressions.categories import PURPOSES
from physperception.datasets.expressions.query import RANKS, RELATIONS
from physperception.datasets.expressions.records import ExpressionKind

COUNTED_RANKS = ("leftmost", "rightmost", "largest", "tallest", "nearest")
NAMED_EXTRAS = (*("none",) * 9, *("colour",) * 5, *("place",) * 2, *("hidden",) * 2, "negation", "pattern")
UNNAMED_EXTRAS = (*("colour",) * 4, *("place",) * 3, *("hidden",) * 2, "pattern")
ABSENT_EXTRAS = (*("category",) * 7, *("colour",) * 6, *("relation",) * 4, *("number",) * 3)


@dataclass(frozen=True)
class Plan:
    """What to look for.

    Attributes:
        form: "plain", "relation", "rank", "number", "absent", "count", "pair" or "purpose".
        category: whether the object is called by its category, not "thing".
        extra: what goes with the form: an attribute, the relation, the rank, why it is absent, the purpose.
        hidden: whether a target must be partly hidden.
    """

    form: str
    category: bool
    extra: str
    hidden: bool = False


def draw_plan(kind: ExpressionKind, category_share: float, rng: Generator) -> Plan:
    """A plan for an expression of a kind."""
    forms, hidden = {
        ExpressionKind.VANILLA: (("plain",), 0.0),
        ExpressionKind.AMODAL: (("plain", "plain", "relation", "rank"), 0.7),
        ExpressionKind.R2SM: (("purpose", "purpose", "plain", "plain", "relation"), 1.0),
        ExpressionKind.COMPLEX_PROMPT: (("relation",), 0.0),
        ExpressionKind.NOT_THERE: (("absent",), 0.0),
        ExpressionKind.MULTIPLE: (("count", "count", "pair"), 0.0),
        ExpressionKind.SUPERLATIVE: (("rank",), 0.0),
        ExpressionKind.ORDINAL: (("number",), 0.0),
    }[kind]
    form = forms[int(rng.integers(len(forms)))]
    category = bool(rng.random() < category_share)
    extras = {
        "plain": NAMED_EXTRAS if category else UNNAMED_EXTRAS,
        "relation": RELATIONS,
        "rank": RANKS,
        "number": COUNTED_RANKS,
        "absent": ABSENT_EXTRAS,
        "count": ("none", "none", "colour", "place") if category else ("colour", "colour", "place"),
        "pair": ("none",),
        "purpose": tuple(PURPOSES),
    }[form]
    must_hide = form != "purpose" and bool(rng.random() < hidden)
    return Plan(form, category, extras[int(rng.integers(len(extras)))], must_hide)
