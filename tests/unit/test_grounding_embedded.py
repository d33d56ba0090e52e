"""The embedded grounder on painted scenes, with commands as people would say them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physperception.grounding.embedded import EmbeddedGrounder
from physperception.scene import Box, Grounding, GroundingStatus, Instance, Mask, MaskKind, Scene
from tests.unit.grounding_scenes import THREE_CUPS, Figure, paint

FOUND, NOT_THERE, AMBIGUOUS, REFUSED = (
    GroundingStatus.FOUND,
    GroundingStatus.NOT_THERE,
    GroundingStatus.AMBIGUOUS,
    GroundingStatus.REFUSED,
)
ONE = [
    ("the ball", "ball"),
    ("red cup", "redcup"),
    ("please pick up the blue cup", "bluecup"),
    ("Could you kindly hand me the green mug over there?", "greencup"),
    ("the cup on the left", "redcup"),
    ("leftmost cup", "redcup"),
    ("the second cup from the left", "bluecup"),
    ("the 2nd cup from the right", "bluecup"),
    ("the third cup, counting from the right", "redcup"),
    ("the last cup from the left", "greencup"),
    ("the middle cup", "bluecup"),
    ("the biggest cup", "greencup"),
    ("largest of the cups", "greencup"),
    ("the tallest thing", "bottle"),
    ("the cup that is neither red nor blue", "greencup"),
    ("the cup between the red cup and the green one", "bluecup"),
    ("cup closest to the bottle", "greencup"),
    ("the cup farthest from the bottle", "redcup"),
    ("the one the box hides", "book"),
    ("the thing hidden by the box", "book"),
    ("whatever is hiding the book", "box"),
    ("the partly hidden object", "book"),
    ("the box in front of the book", "box"),
    ("the book behind the box", "book"),
    ("the thing below the red cup, left of the book", "ball"),
    ("find teh yelow ball", "ball"),
    ("the botle", "bottle"),
    ("not the red cup and not the green cup but the blue one", "bluecup"),
    ("something to read", "book"),
    ("what could I throw?", "ball"),
    ("the round one", "ball"),
    ("the beaker to the right of the blue cup", "greencup"),
    ("There are three cups. I want the one in the middle.", "bluecup"),
    ("the whole book, even the part behind the box", "book"),
    ("I need the full outline of the brown thing", "book"),
    ("the cup with nothing on its left", "redcup"),
    ("the darkest object", "bottle"),
]
MANY = [
    ("all cups", {"redcup", "bluecup", "greencup"}),
    ("the three cups", {"redcup", "bluecup", "greencup"}),
    ("every cup except the red one", {"bluecup", "greencup"}),
    ("the red cup and the ball", {"redcup", "ball"}),
    ("the first two cups from the left", {"redcup", "bluecup"}),
    ("the red and the blue cup", {"redcup", "bluecup"}),
    ("the two leftmost cups", {"redcup", "bluecup"}),
]
NOWHERE = [
    "the teapot",
    "the orange cup",
    "the second bottle from the left",
    "the cup on top of the book",
    "the ball behind the bottle",
    "the purple thing",
    "the fourth cup from the left",
    "the cup hidden by the ball",
    "the striped banana",
]


@pytest.fixture(scope="module")
def grounder() -> EmbeddedGrounder:
    return EmbeddedGrounder()


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, Scene]:
    return paint(THREE_CUPS)


def ids(answer: Grounding) -> list[str]:
    return [item.instance_id for item in answer.objects]


@pytest.mark.parametrize(("command", "wanted"), ONE)
def test_one_object(grounder, table, command, wanted):
    answer = grounder.ground(*table, command, MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (FOUND, [wanted]), answer.reason


@pytest.mark.parametrize(("command", "wanted"), MANY)
def test_several_objects(grounder, table, command, wanted):
    answer = grounder.ground(*table, command, MaskKind.VISIBLE)
    assert answer.status is FOUND, answer.reason
    assert set(ids(answer)) == wanted


@pytest.mark.parametrize("command", NOWHERE)
def test_what_is_not_there_is_said_with_a_reason(grounder, table, command):
    answer = grounder.ground(*table, command, MaskKind.VISIBLE)
    assert answer.status is NOT_THERE, ids(answer)
    assert answer.reason


def test_ambiguous_names_the_candidates(grounder, table):
    answer = grounder.ground(*table, "the cup", MaskKind.VISIBLE)
    assert answer.status is AMBIGUOUS
    assert set(ids(answer)) == {"redcup", "bluecup", "greencup"}
    assert "3" in answer.reason


def test_the_reason_names_what_fits_and_what_does_not(grounder, table):
    answer = grounder.ground(*table, "the orange cup", MaskKind.VISIBLE)
    assert "orange" in answer.reason
    assert "cup" in answer.reason


def test_the_mask_is_of_the_kind_asked_for(grounder, table):
    scene = table[1]
    book = scene.instance("book")
    whole = grounder.ground(*table, "the book", MaskKind.AMODAL).objects[0]
    seen = grounder.ground(*table, "the book", MaskKind.VISIBLE).objects[0]
    assert whole.mask == book.amodal_mask
    assert whole.box == book.amodal_box
    assert seen.mask == book.visible_mask


def test_the_words_choose_the_kind(grounder, table):
    hidden = grounder.ground(*table, "the book, including the part hidden behind the box")
    plain = grounder.ground(*table, "the book")
    assert (hidden.mask_kind, plain.mask_kind) == (MaskKind.AMODAL, MaskKind.VISIBLE)
    assert hidden.mask_kind_reason


def test_a_missing_whole_mask_is_said(grounder):
    mask = Mask(5, 5, np.ones((10, 10), dtype=np.bool_))
    cup = Instance(id="a", class_id="cup", score=1.0, visible_box=Box(5, 5, 15, 15), visible_mask=mask)
    answer = grounder.ground(None, Scene(width=40, height=40, instances=(cup,)), "the cup", MaskKind.AMODAL)
    assert answer.status is FOUND
    assert answer.objects[0].mask == mask
    assert "not known" in answer.reason


def test_lookalikes_and_a_relation(grounder):
    figures = [
        Figure("a", "can", "red", (20, 100, 45, 150)),
        Figure("b", "can", "red", (130, 100, 155, 150)),
        Figure("c", "can", "red", (240, 100, 265, 150)),
        Figure("ball", "ball", "blue", (160, 125, 185, 150), round=True),
    ]
    scene = paint(figures)
    for command, wanted in (
        ("the red can next to the blue ball", "b"),
        ("the can right of the ball", "c"),
        ("the leftmost red can", "a"),
        ("the can that is not beside the ball and is on the right", "c"),
        ("the second can from the right", "b"),
    ):
        assert ids(grounder.ground(*scene, command, MaskKind.VISIBLE)) == [wanted], command


def test_support(grounder):
    figures = [
        Figure("low", "book", "brown", (40, 150, 140, 180)),
        Figure("free", "cup", "red", (220, 140, 250, 180)),
        Figure("up", "cup", "red", (75, 115, 105, 160)),
    ]
    scene = paint(figures)
    assert ids(grounder.ground(*scene, "the cup standing on the book", MaskKind.VISIBLE)) == ["up"]
    assert ids(grounder.ground(*scene, "the thing under the cup", MaskKind.VISIBLE)) == ["low"]
    assert ids(grounder.ground(*scene, "the cup that is not on the book", MaskKind.VISIBLE)) == ["free"]
    assert ids(grounder.ground(*scene, "the book with a cup on it", MaskKind.VISIBLE)) == ["low"]


def test_unnamed_objects_are_told_by_the_rest(grounder):
    figures = [Figure(f.id, "object", f.color, f.box, f.round) for f in THREE_CUPS]
    scene = paint(figures)
    assert ids(grounder.ground(*scene, "the yellow thing", MaskKind.VISIBLE)) == ["ball"]
    assert ids(grounder.ground(*scene, "the leftmost object", MaskKind.VISIBLE)) == ["redcup"]


def test_without_an_image_places_still_decide(grounder, table):
    assert ids(grounder.ground(None, table[1], "the second cup from the left", MaskKind.VISIBLE)) == ["bluecup"]


def test_an_empty_scene_and_empty_words(grounder):
    empty = Scene(width=10, height=10)
    assert grounder.ground(None, empty, "the cup", MaskKind.VISIBLE).status is NOT_THERE
    for command in ("", "   ", "?!", "\x00\x07", "🙂🙂", "the the the"):
        answer = grounder.ground(None, empty, command, MaskKind.VISIBLE)
        assert answer.status in (REFUSED, NOT_THERE)
        assert answer.reason


def test_an_image_of_another_size_is_not_used(grounder, table):
    wrong = np.zeros((7, 9, 3), dtype=np.uint8)
    assert ids(grounder.ground(wrong, table[1], "the ball", MaskKind.VISIBLE)) == ["ball"]


WORDS = """
the cup red ball not left of behind between and all two second from to that hides hidden by nearest largest
with on which box other than , . is one in mug partially whole striped or except neither nor visible it 3rd
middle both than
""".split()


@pytest.mark.parametrize("command", ["red red or red", "the red and blue or green cup"])
def test_a_choice_of_colours_beside_another_colour(grounder, table, command):
    _check(grounder.ground(*table, command, MaskKind.VISIBLE), command)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_order_of_words_gives_a_valid_answer(command):
    _check(EmbeddedGrounder().ground(*paint(THREE_CUPS[:4]), command, MaskKind.AMODAL), command)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_a_valid_answer(command):
    _check(EmbeddedGrounder().ground(*paint(THREE_CUPS[:2]), command, MaskKind.AMODAL), command)


@pytest.mark.parametrize(
    "command",
    [
        "the cup left of " * 700,
        "the cup that the box " * 600,
        "not " * 2500,
        "the red and " * 900,
        "(" * 10_000,
        "a" * 10_000,
        "the largest of the " * 600,
        "hidden part and even " * 600,
        "between the cup and " * 600,
    ],
    ids=lambda text: text[:18],
)
@pytest.mark.timeout(30)
def test_ten_thousand_characters_are_answered(grounder, table, command):
    _check(grounder.ground(*table, command, MaskKind.VISIBLE), command)


def _check(answer: Grounding, command: str) -> None:
    assert answer.command == command
    assert answer.reason or answer.status is FOUND
    if answer.status in (NOT_THERE, REFUSED):
        assert not answer.objects


def test_a_noun_that_nobody_knows_leaves_it_to_the_other_words_with_doubt(grounder, table):
    known = grounder.ground(*table, "the red thing", MaskKind.VISIBLE)
    answer = grounder.ground(*table, "the red frobnicator", MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (FOUND, ["redcup"])
    assert answer.objects[0].score < 0.6 * known.objects[0].score
    assert "what a frobnicator is, is not known" in answer.reason
    assert "is a frobnicator" not in answer.reason
    alone = grounder.ground(*table, "the frobnicator", MaskKind.VISIBLE)
    assert alone.status is AMBIGUOUS
    assert 'what "frobnicator" names is not known' in alone.reason


@pytest.mark.parametrize("command", ["giraffe", "the giraffe", "the yellow zebra", "find the penguin next to the ball"])
def test_an_animal_that_the_scene_has_none_of_is_not_there(grounder, table, command):
    answer = grounder.ground(*table, command, MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (NOT_THERE, [])
    assert "nothing in the scene is a" in answer.reason


def test_a_landmark_that_is_not_seen_is_told(grounder, table):
    answer = grounder.ground(*table, "the book left of the dishwasher", MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (FOUND, ["book"])
    assert "nothing that it could be left of a dishwasher is seen" in answer.reason


def test_words_used_loosely_find_the_nearest_with_doubt(grounder):
    figures = [
        Figure("low", "book", "brown", (40, 150, 140, 190)),
        Figure("middle", "box", "white", (60, 110, 120, 165)),
        Figure("up", "cup", "red", (75, 80, 105, 120)),
        Figure("other", "cup", "blue", (230, 140, 260, 180)),
    ]
    scene = paint(figures)
    answer = grounder.ground(*scene, "the cup on the book", MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (FOUND, ["up"])
    assert "nothing is quite a cup on a book, the nearest is told" in answer.reason
    assert answer.objects[0].score < 0.6
    assert grounder.ground(*scene, "the blue cup on the book", MaskKind.VISIBLE).status is NOT_THERE


def test_of_objects_that_fit_alike_the_one_with_most_of_the_colour_is_meant(grounder):
    figures = [
        Figure("plain", "can", "red", (20, 100, 60, 160)),
        Figure("lidded", "can", "red", (200, 100, 240, 160)),
    ]
    image, scene = paint(figures)
    assert grounder.ground(image, scene, "the red can", MaskKind.VISIBLE).status is AMBIGUOUS
    image = image.copy()
    image[130:160, 200:240] = (20, 20, 20)
    answer = grounder.ground(image, scene, "the red can", MaskKind.VISIBLE)
    assert (answer.status, ids(answer)) == (FOUND, ["plain"])


def test_a_purpose_is_read_where_objects_have_no_names(grounder):
    figures = [
        Figure("a", "object", "red", (20, 60, 60, 100), round=True),
        Figure("b", "can", "blue", (120, 60, 150, 100)),
    ]
    for command in ("what would bounce when I drop it?", "something that I could throw"):
        answer = grounder.ground(*paint(figures), command, MaskKind.VISIBLE)
        assert (answer.status, ids(answer)) == (FOUND, ["a"]), answer.reason
