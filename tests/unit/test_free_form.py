"""The commands written by hand: whole, inside their images, with the boxes of the scenes where those are present."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from physperception.datasets.expressions import ExpressionKind, read_expressions
from physperception.datasets.expressions.generating import WORDINGS
from physperception.scene import Box, MaskKind

ROOT = Path(__file__).parents[2]
FREE_FORM = ROOT / "tests" / "data" / "grounding" / "free_form.jsonl"
SCENES = ROOT / "data" / "scenes" / "val" / "annotations.json"


def test_every_kind_is_there_and_boxes_are_inside():
    items = read_expressions(FREE_FORM)
    assert len(items) >= 150
    assert len({item.id for item in items}) == len({(item.image_id, item.text) for item in items}) == len(items)
    assert {item.kind for item in items} == set(ExpressionKind)
    assert {item.split for item in items} == {"free_form"}
    assert len({item.image_id for item in items}) <= 12
    for item in items:
        assert (len(item.targets) > 1) == (item.kind is ExpressionKind.MULTIPLE)
        for target in item.targets:
            for kind in (MaskKind.VISIBLE, MaskKind.AMODAL):
                box = target.box(kind)
                assert 0 <= box.x1 < box.x2 <= item.width
                assert 0 <= box.y1 < box.y2 <= item.height
            assert target.amodal_box.intersection(target.visible_box) == target.visible_box.area


def test_no_sentence_is_made_by_a_form_for_whole_objects():
    texts = [item.text for item in read_expressions(FREE_FORM)]
    forms = {form for wording in WORDINGS.values() for form in wording.amodal}
    ends = {tuple(form.split("{np}")) for form in forms if not form.startswith("{np}") and not form.endswith("{np}")}
    assert len(ends) > 20
    assert not [text for text in texts for before, after in ends if text.startswith(before) and text.endswith(after)]


@pytest.mark.skipif(not SCENES.exists(), reason="the scenes of val are not generated here")
def test_boxes_are_those_of_the_scenes():
    objects = {raw["id"]: raw for raw in json.loads(SCENES.read_text())["annotations"]}
    for item in read_expressions(FREE_FORM):
        for target in item.targets:
            raw = objects[target.id]
            x, y, width, height = raw["bbox"]
            assert raw["image_id"] == item.image_id
            assert target.visible_box == Box(x, y, x + width, y + height)
