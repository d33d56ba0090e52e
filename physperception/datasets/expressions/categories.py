"""What a category's name may also be used for, so that no expression depends on whether a mug is a cup."""

from __future__ import annotations

from collections.abc import Mapping

from physperception.datasets.expressions.verdicts import Verdict

DISPUTED: Mapping[str, frozenset[str]] = {
    "box": frozenset({"carton", "block", "tray", "book", "wedge"}),
    "carton": frozenset({"box", "block", "book"}),
    "book": frozenset({"box", "carton", "tray"}),
    "can": frozenset({"tube", "cup", "mug", "bottle", "jug"}),
    "bottle": frozenset({"can", "jug", "dumbbell"}),
    "cup": frozenset({"mug", "bowl", "can", "tube", "funnel", "jug"}),
    "mug": frozenset({"cup", "jug", "can"}),
    "bowl": frozenset({"cup", "plate", "pan", "funnel", "tray"}),
    "plate": frozenset({"bowl", "tray", "pan"}),
    "ball": frozenset({"fruit"}),
    "fruit": frozenset({"ball", "bag"}),
    "block": frozenset({"box", "carton", "letter", "wedge", "star"}),
    "tool": frozenset({"cable", "clamp", "dumbbell", "letter"}),
    "tube": frozenset({"can", "cup", "ring"}),
    "cable": frozenset({"tool", "ring"}),
    "tray": frozenset({"box", "plate", "bowl", "stool", "book"}),
    "bag": frozenset({"fruit"}),
    "pan": frozenset({"bowl", "plate"}),
    "jug": frozenset({"bottle", "mug", "cup", "can", "funnel"}),
    "ring": frozenset({"clamp", "tube", "cable"}),
    "star": frozenset({"block", "wedge"}),
    "funnel": frozenset({"cup", "bowl", "jug"}),
    "wedge": frozenset({"block", "box", "star"}),
    "dumbbell": frozenset({"tool", "bottle"}),
    "letter": frozenset({"block", "tool", "clamp"}),
    "clamp": frozenset({"ring", "letter", "tool"}),
    "stool": frozenset({"tray"}),
}
"""For each category those that a person could take for it."""

PURPOSES: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "drink": (frozenset({"cup", "mug"}), frozenset({"bottle", "can", "bowl", "jug", "carton", "tube", "funnel"})),
    "read": (frozenset({"book"}), frozenset({"letter", "carton", "box", "can"})),
    "eat": (frozenset({"fruit"}), frozenset({"ball", "bag", "can", "carton", "box", "bowl", "plate", "tray"})),
    "play": (frozenset({"ball"}), frozenset({"fruit", "block", "ring", "star", "letter", "dumbbell", "tube"})),
    "repair": (frozenset({"tool"}), frozenset({"clamp", "cable", "dumbbell", "funnel"})),
    "fry": (frozenset({"pan"}), frozenset({"bowl", "plate", "tray"})),
    "pour": (frozenset({"jug"}), frozenset({"bottle", "cup", "mug", "funnel", "can", "carton", "pan"})),
    "train": (frozenset({"dumbbell"}), frozenset({"ball", "ring"})),
    "fill": (frozenset({"funnel"}), frozenset({"jug", "cup", "bottle", "pan", "bowl"})),
    "sit": (frozenset({"stool"}), frozenset({"box", "tray", "block"})),
}
"""For each purpose the categories that surely serve it, and those that perhaps do."""


def category_verdict(noun: str | None, category: str) -> Verdict:
    """Whether an object of a category is a `noun`: None for any object, a category, or a purpose as "@drink"."""
    if noun is None:
        return Verdict.YES
    if noun.startswith("@"):
        surely, perhaps = PURPOSES[noun[1:]]
    else:
        surely, perhaps = frozenset({noun}), DISPUTED[noun]
    return Verdict.YES if category in surely else Verdict.PERHAPS if category in perhaps else Verdict.NO
