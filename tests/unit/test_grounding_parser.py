"""Commands to typed queries, written down compactly, and what the parser does with nonsense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.grounding.embedded.colors import TERMS, color_shares, named
from physperception.grounding.embedded.lexer import MOST_CHARACTERS, MOST_WORDS, lex
from physperception.grounding.embedded.lexicon import Role, phrases
from physperception.grounding.embedded.names import similarity
from physperception.grounding.embedded.parser import MOST_TARGETS, parse
from physperception.grounding.embedded.purposes import known_kinds, serves
from physperception.grounding.embedded.query import Query
from physperception.grounding.embedded.wishes import without_wishes


def show(query: Query) -> str:
    """A query in one line: nouns, attributes (! negated), rankings, relations, number, exclusions."""
    parts = ["/".join(query.categories) or "*"]
    parts += [("!" if a.negated else "") + a.value for a in query.attributes]
    for ranking in query.rankings:
        anchor = f"({show(ranking.anchor)})" if ranking.anchor else ""
        parts.append(f"{ranking.measure.name}{'+' if ranking.descending else '-'}{ranking.rank}{anchor}")
    for relation in query.relations:
        anchors = " & ".join(show(anchor) for anchor in relation.anchors)
        parts.append(f"{'!' if relation.negated else ''}{relation.kind.name}({anchors})")
    parts += [f"x{query.count}"] if query.count != 1 else []
    parts += [f"FOR({' '.join(query.purpose)})"] if query.purpose else []
    parts += [f"BUT({show(other)})" for other in query.excluded]
    return " ".join(parts)


SENTENCES = [
    ("the red cup", "cup red"),
    ("please pick up the small blue box", "box small blue"),
    ("the second red box from the left, even the hidden part", "box red RIGHT-2"),
    ("the cup closest to the camera", "cup NEAR+1"),
    ("the mug nearest to the green ball", "mug CLOSE_TO+1(ball green)"),
    ("the farthest ball from the cup", "ball CLOSE_TO-1(cup)"),
    ("the can to the right of the red book behind the bottle", "can RIGHT_OF(book red BEHIND(bottle))"),
    ("the cup beside the box and behind the book", "cup NEAR(box) BEHIND(book)"),
    ("the object between the cup and the bowl", "* BETWEEN(cup & bowl)"),
    ("the ball between the two boxes", "ball BETWEEN(box x2)"),
    ("the can between the first can from the left and the bowl", "can BETWEEN(can RIGHT-1 & bowl)"),
    ("the one the mug hides", "* HIDDEN_BY(mug)"),
    ("the book that hides the blue can", "book HIDES(can blue)"),
    ("the book which the cup is standing on", "book UNDER(cup)"),
    ("the box with a cup on it", "box UNDER(cup)"),
    ("the black object that the first bottle from the right hides", "* black HIDDEN_BY(bottle RIGHT+1)"),
    ("the plate that the book at the left hides", "plate HIDDEN_BY(book left)"),
    ("both cups", "cup x2"),
    ("all the red objects", "* red x-1"),
    ("all of the red cup", "cup red"),
    ("everything behind the box", "* BEHIND(box) x-1"),
    ("the first two cups from the left", "cup RIGHT-1 x2"),
    ("the leftmost of the three boxes", "box RIGHT-1"),
    ("the second largest can", "can SIZE+2"),
    ("the last bottle on the left", "bottle RIGHT+-1"),
    ("last but one on the right", "* RIGHT--2"),
    ("something behind the cup and the bag, like a pipe", "pipe BEHIND(cup & bag)"),
    ("the cup, no sorry, the red mug", "mug red"),
    ("the left cup... wait, I mean the green ball", "ball green"),
    ("a small red one, all alone to the right of the bottle", "* small red RIGHT_OF(bottle)"),
    ("something round, pale, egg or fruit or something", "egg/fruit round light"),
    ("the whole bottle, the bits behind the box and the cup too", "bottle"),
    ("the green ball incl. where the red cup goes across it", "ball green"),
    ("the white thing the blue block is standing on top of", "* white UNDER(block blue)"),
    ("I have to knock in a nail, what should I use?", "* FOR(knock nail)"),
    ("is there anything here I could drink out of?", "* FOR(drink)"),
    ("the cup that is not red", "cup !red"),
    ("the box that is not behind the bottle", "box !BEHIND(bottle)"),
    ("not the red cup but the blue one", "cup blue BUT(cup red)"),
    ("any mug other than the striped one", "mug BUT(* striped)"),
    ("neither the cup nor the mug", "* BUT(cup) BUT(mug)"),
    ("the mug without stripes", "mug !striped"),
    ("the red or blue ball", "ball red/blue"),
    ("the mug or cup on the right", "mug/cup right"),
    ("the partially hidden bottle", "bottle hidden"),
    ("the building block, which is partly hidden", "building block hidden"),
    ("the cup with nothing in front of it", "cup visible"),
    ("I want the carton that's occluded the most", "carton HIDDEN+1"),
    ("the object in the top left corner", "* top left"),
    ("the orange ball", "ball orange"),
    ("the orange one", "* orange"),
    ("orange", "orange"),
    ("cup red big", "cup red big"),
    ("the can you can see behind the box", "can BEHIND(box)"),
    ("There are two cups. Take the left one.", "cup RIGHT-1"),
    ("What has pages? I want the complete object, occluded parts too.", "* FOR(pages)"),
    ("give me something to sit on", "* FOR(sit)"),
    ("box the entire object: the tool behind the fruit, occluded part too", "tool BEHIND(fruit)"),
    ("only what you can see of the whole mug", "mug"),
    ("where is the mug thats next to teh blu plate", "mug NEAR(plate blue)"),
]


@pytest.mark.parametrize(("command", "wanted"), SENTENCES)
def test_sentences(command, wanted):
    assert [show(query) for query in parse(command).targets] == [wanted]


def test_several_targets():
    assert [show(q) for q in parse("the red and the blue cup").targets] == ["cup red", "cup blue"]
    assert [show(q) for q in parse("the red cup, the ball and the blue one").targets] == [
        "cup red",
        "ball",
        "ball blue",
    ]
    assert len(parse("the cup and " * 30).targets) <= MOST_TARGETS


def test_another_reading_gives_relations_to_the_target():
    parsed = parse("the can right of the book behind the bottle")
    assert [show(q) for reading in parsed.readings for q in reading] == ["can RIGHT_OF(book) BEHIND(bottle)"]


def test_unknown_words_and_corrections_are_told():
    assert parse("the bottle of water").unknown == ("water",)
    assert parse("the bootle").corrected == (("bootle", "bottle"),)
    assert parse("the wheat box").corrected == ()
    assert not parse("").targets
    assert not parse("🙂 ?!").targets


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("the whole mug", "the mug"),
        ("the visible part of the bowl", "the bowl"),
        ("find the tray and complete what is hidden", "find the tray"),
        ("the full extent of the fruit, visible or not", "the fruit,"),
        ("the partly hidden cup", "the partly hidden cup"),
        ("the cup behind the box", "the cup behind the box"),
        ("the hidden object", "the hidden object"),
    ],
)
def test_wishes_about_masks_are_left_out(text, left):
    assert without_wishes(text).strip(" ,") == left.strip(" ,")


def best_kinds(*words):
    scores = {kind: serves(words, kind) for kind in known_kinds()}
    return {kind for kind, score in scores.items() if score >= 0.75 * max(scores.values()) > 0}


def test_purposes():
    assert {"cup", "mug"} <= best_kinds("drink") <= {"cup", "mug", "can", "bottle", "jug"}
    assert best_kinds("nothing", "known") == set()
    assert serves(("fry", "egg"), "skillet") > serves(("fry", "egg"), "bottle")
    assert serves(("cutting", "blade"), "knife") > serves(("cutting", "blade"), "ball")


def test_categories_by_synonym_kind_and_vector():
    assert similarity("cups", "cup") == 1.0
    assert similarity("tin", "can") > 0.7
    assert similarity("container", "jug") == 1.0
    assert similarity("coffee mug", "mug") >= 0.8
    assert similarity("banana", "bottle") < 0.3
    assert similarity("sofa", "couch") > similarity("sofa", "bottle")


@pytest.mark.parametrize(
    ("rgb", "term"),
    [
        ((200, 30, 30), "red"), ((110, 15, 15), "red"), ((240, 140, 30), "orange"), ((230, 210, 40), "yellow"),
        ((40, 140, 50), "green"), ((30, 60, 200), "blue"), ((110, 40, 150), "purple"), ((250, 170, 190), "pink"),
        ((120, 75, 40), "brown"), ((12, 12, 14), "black"), ((140, 140, 140), "grey"), ((240, 240, 240), "white"),
    ],
)  # fmt: skip
def test_colour_names(rgb, term):
    shares = color_shares(np.full((20, 3), rgb, dtype=np.uint8))
    assert abs(float(shares.sum()) - 1) < 1e-4
    assert TERMS[int(shares.argmax())] == term
    assert named(shares, term) > 0.5


def test_every_phrase_has_a_meaning_of_its_role():
    for phrase, meaning in phrases().items():
        assert phrase
        assert all(word == word.lower() for word in phrase)
        assert (meaning.relation is not None) == (meaning.role is Role.RELATION)
        assert (meaning.measure is not None) == (meaning.role in (Role.SUPERLATIVE, Role.DIRECTION))


def test_only_the_first_words_count():
    assert lex("cup " * 5000).cut
    assert len(lex("cup " * 5000).tokens) <= MOST_WORDS


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_parses(text):
    parsed = parse(text)
    assert len(parsed.targets) <= MOST_TARGETS
    assert all(isinstance(query, Query) for target in parsed.targets for query in target.walk())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(sorted({word for phrase in phrases() for word in phrase})), max_size=80))
def test_any_known_words_parse(words):
    parse(" ".join(words))


@pytest.mark.parametrize("piece", ["the cup left of ", "that the box ", "and even the hidden ", "(", "x", "aa bb cc "])
def test_work_is_bounded_as_only_the_beginning_counts(piece):
    text = (piece * 1_000_000)[:1_000_000]
    assert parse(text) == parse(text[: 2 * MOST_CHARACTERS])
