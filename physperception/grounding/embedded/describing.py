"""Why an object was chosen, or why none was, one sentence a reason."""

from __future__ import annotations

from physperception.grounding.embedded.numerals import in_words
from physperception.grounding.embedded.query import ALL, Attribute, Measure, Query, Ranking, Relation, RelationKind
from physperception.grounding.embedded.scoring import QueryScorer

_WORDS = {
    RelationKind.LEFT_OF: "left of", RelationKind.RIGHT_OF: "right of", RelationKind.ABOVE: "above",
    RelationKind.BELOW: "below", RelationKind.NEAR: "near", RelationKind.FAR_FROM: "far from",
    RelationKind.BETWEEN: "between", RelationKind.IN_FRONT_OF: "in front of", RelationKind.BEHIND: "behind",
    RelationKind.ON: "on", RelationKind.UNDER: "under", RelationKind.IN: "in", RelationKind.CONTAINS: "around",
    RelationKind.HIDES: "hiding", RelationKind.HIDDEN_BY: "hidden by", RelationKind.TOUCHING: "touching",
    RelationKind.LARGER_THAN: "larger than", RelationKind.SMALLER_THAN: "smaller than",
    RelationKind.TALLER_THAN: "taller than", RelationKind.SHORTER_THAN: "shorter than",
    RelationKind.NEARER_THAN: "nearer than", RelationKind.FARTHER_THAN: "farther than",
    RelationKind.SAME_COLOR_AS: "of the same colour as", RelationKind.SAME_KIND_AS: "of the same kind as",
}  # fmt: skip
_ENDS = {
    Measure.RIGHT: ("rightmost", "leftmost"), Measure.DOWN: ("lowest", "highest"),
    Measure.NEAR: ("nearest", "farthest"), Measure.SIZE: ("largest", "smallest"),
    Measure.HEIGHT: ("tallest", "shortest"), Measure.WIDTH: ("widest", "narrowest"),
    Measure.LIGHTNESS: ("lightest", "darkest"), Measure.HIDDEN: ("most hidden", "least hidden"),
    Measure.CENTRAL: ("most central", "most central"), Measure.CLOSE_TO: ("closest", "farthest"),
}  # fmt: skip
DOUBT = 0.3
MOST_DIGITS = 20


def evidence(scorer: QueryScorer, query: Query, index: int) -> tuple[str, ...]:
    """Sentences on what the object was chosen by, and what speaks against it."""
    instance = scorer.measures.scene.instances[index]
    who = f"{instance.class_id} {instance.id}"
    out = []
    for said, scores in scorer.factors(query):
        if said == query.categories and scorer.is_unknown(query.categories):
            out.append(f"what {_said(said)} is, is not known, and {who} only fits best what else is said")
        elif isinstance(said, Relation) and any(map(scorer.is_elsewhere, said.anchors)):
            out.append(f"nothing that it could be {_relation(said)} is seen")
        else:
            fits = "is" if scores[index] >= 0.5 else "may be"
            out.append(f"{who} {fits} {_said(said)} ({scores[index]:.2f})")
    out += [f"{who} is {_rank(ranking)} of what fits" for ranking in query.rankings]
    return tuple(out) or (f"{who} is all there is",)


def doubts(scorer: QueryScorer, query: Query) -> tuple[str, ...]:
    """Sentences on why nothing fits: the first thing said that no object fits, given what was said before it."""
    left = None
    for said, scores in scorer.factors(query):
        after = scores if left is None else left * scores
        if float(after.max()) < DOUBT:
            if left is None:
                return (f"nothing in the scene is {_said(said)}",)
            best = scorer.measures.scene.instances[int(left.argmax())]
            return (f"{best.class_id} {best.id} fits the words before, but nothing that does is {_said(said)}",)
        left = after
    fitting = int((scorer.fit(query) >= DOUBT).sum())
    for ranking in query.rankings:
        if abs(ranking.rank) > fitting:
            return (f"number {in_words(abs(ranking.rank))} of what fits was asked for, but only {fitting} fit",)
    return (f"nothing in the scene is {describe(query)}",)


def describe(query: Query) -> str:
    """A query in words."""
    noun = " or ".join(query.categories) or "object"
    if query.numbers:
        noun += f" number {' and '.join(map(short, query.numbers))}"
    before = [_attribute(attribute) for attribute in query.attributes]
    ranks = [_rank(ranking) for ranking in query.rankings]
    after = [_relation(relation) for relation in query.relations]
    after += [f"other than {describe(other)}" for other in query.excluded]
    after += [f"for {' '.join(query.purpose)}"] if query.purpose else []
    return " ".join([_number(query), *ranks, *before, noun, *after])


def _number(query: Query) -> str:
    if query.count == ALL:
        return "all"
    return in_words(query.count) if query.count > 1 else "a" if not query.rankings else "the"


def short(number: str) -> str:
    """Digits for a sentence."""
    return number if len(number) <= MOST_DIGITS else number[:MOST_DIGITS] + "..."


def _said(said: object) -> str:
    if isinstance(said, Attribute):
        return _attribute(said)
    if isinstance(said, Relation):
        return _relation(said)
    if isinstance(said, Query):
        return f"other than {describe(said)}"
    return f"{_article(said[0])} {' or '.join(said)}" if isinstance(said, tuple) else str(said)


def _article(noun: str) -> str:
    return "an" if noun[:1] in tuple("aeiou") else "a"


def _attribute(attribute: Attribute) -> str:
    value = {"hidden": "partly hidden", "mostly": "mostly hidden", "visible": "fully visible"}.get(attribute.value)
    return ("not " if attribute.negated else "") + (value or attribute.value.replace("/", " or "))


def _relation(relation: Relation) -> str:
    anchors = " and ".join(describe(anchor) for anchor in relation.anchors)
    return f"{'not ' if relation.negated else ''}{_WORDS[relation.kind]} {anchors}"


def _rank(ranking: Ranking) -> str:
    end = _ENDS[ranking.measure][0 if ranking.descending else 1]
    number = {1: "", 2: "second ", 3: "third ", -1: "last from the "}.get(
        ranking.rank, f"number {in_words(ranking.rank)} from the "
    )
    anchor = "" if ranking.anchor is None else f" to {describe(ranking.anchor)}"
    return f"the {number}{end}{anchor}"
