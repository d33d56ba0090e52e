"""Commands that want one object whole and another as seen, by the embedded grounder."""

import pytest

from physperception.grounding.clauses import MOST_CLAUSES
from physperception.grounding.embedded import EmbeddedGrounder
from physperception.grounding.intent import Intent, Target
from physperception.scene import GroundingStatus, MaskKind
from tests.unit.grounding_scenes import Figure, paint

TABLE = (
    Figure("redcup", "cup", "red", (20, 60, 50, 100)),
    Figure("bluecup", "cup", "blue", (120, 60, 150, 100)),
    Figure("book", "book", "brown", (170, 150, 240, 200)),
    Figure("box", "box", "white", (200, 120, 250, 170)),
)
IMAGE, SCENE = paint(TABLE)
VISIBLE, AMODAL = MaskKind.VISIBLE, MaskKind.AMODAL


@pytest.fixture
def ask(monkeypatch):
    """Asks a command of clauses, of which each wants the kind given with it."""
    grounder = EmbeddedGrounder()

    def ask(*clauses, kind=None):
        command = " and ".join(text for text, _ in clauses)
        targets, start = [], 0
        for text, wanted in clauses:
            targets.append(Target(text=text, kind=wanted, start=start, end=start + len(text)))
            start += len(text) + len(" and ")
        intent = Intent(kind=None, ambiguous=False, probability=0.5, reason="two kinds", targets=tuple(targets))
        monkeypatch.setattr("physperception.grounding.intent.decide", lambda command: intent)
        return grounder.ground(IMAGE, SCENE, command, kind)

    return ask


def test_each_clause_has_its_object_and_its_kind_in_the_order_of_the_words(ask):
    for clauses in ([("the book", AMODAL), ("the box", VISIBLE)], [("the box", VISIBLE), ("the book", AMODAL)]):
        found = ask(*clauses)
        assert found.status is GroundingStatus.FOUND
        assert (found.command, found.mask_kind_reason) == (" and ".join(text for text, _ in clauses), "two kinds")
        assert [item.instance_id for item in found.objects] == [text.removeprefix("the ") for text, _ in clauses]
        assert [found.kind_of(item) for item in found.objects] == [kind for _, kind in clauses]
        by_id = {item.instance_id: item for item in found.objects}
        assert by_id["book"].mask == SCENE.instance("book").amodal_mask != SCENE.instance("book").visible_mask
        assert by_id["box"].mask == SCENE.instance("box").visible_mask
        assert all(f'"{text}": ' in found.reason for text, _ in clauses)


def test_one_object_can_be_wanted_whole_and_as_seen(ask):
    found = ask(("the book", AMODAL), ("the brown thing", VISIBLE))
    assert [item.mask for item in found.objects] == [
        SCENE.instance("book").amodal_mask,
        SCENE.instance("book").visible_mask,
    ]


@pytest.mark.parametrize(
    ("failing", "status", "candidates"),
    [
        ("the teapot", GroundingStatus.NOT_THERE, []),
        ("the cup", GroundingStatus.AMBIGUOUS, ["book", "redcup", "bluecup"]),
        ("please", GroundingStatus.REFUSED, []),
    ],
)
def test_a_clause_that_fails_is_told_and_the_command_fails_with_it(ask, failing, status, candidates):
    found = ask(("the book", AMODAL), (failing, VISIBLE))
    assert (found.status, [item.instance_id for item in found.objects]) == (status, candidates)
    assert found.reason.startswith(f'"{failing}" is {status.value.replace("_", " ").lower()}: ')
    assert '"the book"' not in found.reason


def test_the_worst_of_several_failures_is_the_answer_and_all_are_told(ask):
    found = ask(("the cup", AMODAL), ("the teapot", VISIBLE), ("the box", VISIBLE))
    assert found.status is GroundingStatus.NOT_THERE
    assert '"the cup" is ambiguous' in found.reason
    assert '"the teapot" is not there' in found.reason


def test_a_kind_given_by_the_caller_holds_for_the_whole_command(ask):
    found = ask(("the book", AMODAL), ("the box", VISIBLE), kind=VISIBLE)
    assert [found.kind_of(item) for item in found.objects] == [VISIBLE, VISIBLE]
    assert found.mask_kind_reason == "asked for by the caller"


def test_too_many_clauses_are_cut_and_told(ask):
    found = ask(*[("the book", AMODAL), ("the box", VISIBLE)] * MOST_CLAUSES)
    assert len(found.objects) == MOST_CLAUSES
    assert f"{MOST_CLAUSES} more clauses were left out" in found.mask_kind_reason
