"""What is left out of all ("everything but the box"), and numbers: how many, which in a row, which by its id."""

from __future__ import annotations

import pytest

from physperception.grounding.embedded import EmbeddedGrounder
from physperception.grounding.embedded.lexer import lex
from physperception.grounding.embedded.numerals import MOST_NUMBER
from physperception.grounding.embedded.parser import parse
from physperception.grounding.embedded.rewriting.excepting import all_but, excepting
from physperception.scene import GroundingStatus, MaskKind
from tests.unit.grounding_scenes import THREE_CUPS, Figure, paint

FOUND, NOT_THERE, AMBIGUOUS = GroundingStatus.FOUND, GroundingStatus.NOT_THERE, GroundingStatus.AMBIGUOUS
TABLE = THREE_CUPS[:6]
CUPS = {"redcup", "bluecup", "greencup"}
OTHERS = {"ball", "book", "box"}
ALL = CUPS | OTHERS
ROW = tuple(Figure(f"c{at}", "cup", "red", (10 + 28 * at, 60, 30 + 28 * at, 100)) for at in range(11))
NUMBERED = (
    *(Figure(str(11 - at), "cup", "red", figure.box) for at, figure in enumerate(ROW)),
    Figure("12", "box", "white", (100, 150, 150, 200)),
)
"""Eleven cups in a row whose ids count from the right, and box 12."""


@pytest.fixture(scope="module")
def ask():
    """Status and ids of a command on painted figures."""
    grounder, painted = EmbeddedGrounder(), {}

    def ask(figures, command):
        scene = painted.setdefault(figures, paint(figures))
        answer = grounder.ground(*scene, command, MaskKind.VISIBLE)
        return answer.status, [item.instance_id for item in answer.objects], answer.reason

    return ask


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("everything but the box", ALL - {"box"}),
        ("pick up everything but the box", ALL - {"box"}),
        ("everything, but the box", ALL - {"box"}),
        ("everything but not the box", ALL - {"box"}),
        ("everything but the red cup", ALL - {"redcup"}),
        ("everything but cups", OTHERS),
        ("everything but the leftmost cup", ALL - {"redcup"}),
        ("all things but the ball", ALL - {"ball"}),
        ("any object but the cups", OTHERS),
        ("anything but the box", ALL - {"box"}),
        ("all but the ball", ALL - {"ball"}),
        ("grab all of the objects but the book please", ALL - {"book"}),
        ("everything save the box", ALL - {"box"}),
        ("everything with the exception of the box", ALL - {"box"}),
        ("everything minus the box", ALL - {"box"}),
        ("everything except the box and the ball", ALL - {"box", "ball"}),
        ("everything but the box, the ball and the cups", {"book"}),
        ("everything but the box. Put them away", ALL - {"box"}),
        ("every cup but the red one", CUPS - {"redcup"}),
        ("every cup but red ones", CUPS - {"redcup"}),
        ("all of the cups but the red one", CUPS - {"redcup"}),
        ("all cups except the red one and the blue one", {"greencup"}),
        ("all cups except the red one and the ball", {"bluecup", "greencup", "ball"}),
        ("everything on the left but the red cup", {"ball", "bluecup"}),
        ("not the red cup and not the green cup but the blue one", {"bluecup"}),
        ("the whole book but the box too", {"book", "box"}),
        ("all of the book but the hidden part", {"book"}),
        ("nothing but the red cup", {"redcup"}),
    ],
)
def test_what_is_left_out_of_all(ask, command, wanted):
    status, ids, reason = ask(TABLE, command)
    assert (status, set(ids)) == (FOUND, wanted), reason


def test_other_uses_of_but_stay():
    for text in ("the red cup but the big one", "everything but what is hidden", "first all cups and save the box"):
        assert excepting(all_but(text)) == text


@pytest.mark.parametrize(
    ("command", "count"),
    [
        ("7 cups", 7),
        ("nine cups", 9),
        ("pick up ten cups", 10),
        ("the 7 leftmost cups", 7),
        ("two of the 11 cups", 2),
        ("cups, 3 of them", 3),
        ("all 11 cups", 11),
    ],
)
def test_that_many(ask, command, count):
    status, ids, _ = ask(ROW, command)
    assert (status, len(ids)) == (FOUND, count)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("12 cups", "12"),
        ("a dozen cups", "12"),
        ("twenty cups", "20"),
        ("twenty-one cups", "21"),
        ("the first 20 cups from the left", "20"),
        ("1,000 cups", "1000"),
        (f"{10**30} cups", f"{MOST_NUMBER} or more"),
        ("9" * 1900 + " cups", f"{MOST_NUMBER} or more"),
    ],
)
def test_more_than_there_are_is_told(ask, command, said):
    status, ids, reason = ask(ROW, command)
    assert (status, len(ids)) == (FOUND, 11)
    assert f"{said} were asked for, but only 11 fit" in reason


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("the 11th cup from the left", "c10"),
        ("the ninth cup from the right", "c2"),
        ("the eleventh cup from the left", "c10"),
        ("number three from the left", "c2"),
        ("the cup number 3 from the right", "c8"),
        ("number eleven from the left", "c10"),
        ("position 4 from the left", "c3"),
    ],
)
def test_which_in_a_row(ask, command, wanted):
    assert ask(ROW, command)[:2] == (FOUND, [wanted])


@pytest.mark.parametrize(
    "rank", ["12th", "13th", "thirteenth", "21st", "twenty-first", "20000th", f"{10**30}th", "9" * 1900 + "th"]
)
def test_a_rank_beyond_all_is_not_there(ask, rank):
    status, ids, reason = ask(ROW, f"the {rank} cup from the left")
    assert (status, ids) == (NOT_THERE, [])
    assert "but only 11 fit" in reason


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("cup 3", ["3"]),
        ("the cup 3, please", ["3"]),
        ("cup three", ["3"]),
        ("cup #3", ["3"]),
        ("cup no. 3", ["3"]),
        ("cup number 3", ["3"]),
        ("object 3", ["3"]),
        ("number 3", ["3"]),
        ("the object with id 3", ["3"]),
        ("cup 03", ["3"]),
        ("object 12", ["12"]),
        ("cups 3 and 4", ["3", "4"]),
        ("cup 3 and box 12", ["3", "12"]),
        ("every cup but cup 9", ["1", "2", "3", "4", "5", "6", "7", "8", "10", "11"]),
    ],
)
def test_a_number_after_a_noun_is_an_id(ask, command, wanted):
    status, ids, reason = ask(NUMBERED, command)
    assert (status, sorted(ids, key=int)) == (FOUND, wanted), reason


def test_ids_with_a_name_before_the_number(ask):
    figures = tuple(Figure(f"cup_{at}", "cup", "red", figure.box) for at, figure in enumerate(ROW))
    assert ask(figures, "cup 3")[:2] == (FOUND, ["cup_3"])


@pytest.mark.parametrize(
    "command", ["cup 3", "the cup 3", "number 3", "cups 3 and 4", f"cup {10**30}", "0 cups", "cup 0"]
)
def test_a_number_that_is_no_id_is_not_guessed(ask, command):
    status, ids, reason = ask(ROW, command)
    assert (status, len(ids)) == (AMBIGUOUS, 11)
    assert "that fits has the id" in reason
    assert len(reason) < 300


@pytest.mark.parametrize(
    "command",
    ["box 3", "the box below cup 13", "every cup but cup 13", "everything but cup 12", "the 0th cup from the left"],
)
def test_a_number_that_leaves_nothing_open_is_not_there(ask, command):
    status, ids, reason = ask(NUMBERED, command)
    assert (status, ids) == (NOT_THERE, [])
    assert "that fits has the id" in reason


@pytest.mark.parametrize(
    ("command", "unread"),
    [("pick up the box 2 times", "2"), ("take the box to station four", "four"), ("turn the box 90 degrees", "90")],
)
def test_numbers_of_other_things_are_passed_over(ask, command, unread):
    status, ids, reason = ask(NUMBERED, command)
    assert (status, ids) == (FOUND, ["12"])
    assert f"passed over unknown words: {unread}" in reason


def test_numbers_of_what_is_not_seen_do_not_matter(ask):
    assert ask(TABLE, "put the ball in bin 2")[:2] == (FOUND, ["ball"])


def test_one_of_several_is_one(ask):
    assert [query.count for query in parse("one of the three cups").targets] == [1]
    assert [query.count for query in parse("each one of the two cups").targets] == [2]
    assert ask(ROW, "one of the three cups")[0] is AMBIGUOUS


@pytest.mark.parametrize(
    ("text", "number"), [("thirty", 30), ("ninety nine", 99), ("007", 7), ("twenty second", 22), ("number one", 1)]
)
def test_numbers_are_one_token(text, number):
    (token,) = lex(text).tokens
    assert (token.text, token.meaning.number) == (text, number)
