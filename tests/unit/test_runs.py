"""Tables and page of a run."""

from __future__ import annotations

import math

import numpy as np
import pytest

from physperception.evaluation.runs import NodeRun, SeenFrame, object_table, speed_table, write_run_page
from physperception.scene import Box, Instance, Mask, Scene


def scene(*objects, stamp_ns=0):
    """Objects as (id, class, score, occluder ids)."""
    instances = tuple(
        Instance(
            id=name,
            class_id=kind,
            score=score,
            visible_box=Box(0, 0, 4, 4),
            visible_mask=Mask(0, 0, np.ones((4, 4), dtype=np.bool_)),
            occluder_ids=occluders,
        )
        for name, kind, score, occluders in objects
    )
    return Scene(width=8, height=6, instances=instances, stamp_ns=stamp_ns)


def test_objects_are_counted_over_frames_and_apart_by_place():
    scenes = [
        scene(("cup-1", "cup", 0.5, ()), ("box-1", "box", 0.9, ())),
        scene(("cup-1", "cup", 0.7, ("box-1",)), ("box-1", "box", 0.8, ())),
        scene(("cup-1", "bowl", 0.6, ())),
    ]
    table = object_table(scenes, ["desk", "desk", "shelf"])
    assert table.rows == [
        ("cup-1", "cup", "desk", 0.7, 2, "box-1 x1"),
        ("box-1", "box", "desk", 0.9, 2, ""),
        ("cup-1", "bowl", "shelf", 0.6, 1, ""),
    ]


def test_a_scene_without_place_is_misuse():
    with pytest.raises(ValueError, match="argument"):
        object_table([scene()], [])


def test_speed_by_node():
    times = [float(value) for value in range(1, 101)]
    nodes = [NodeRun("detector", {"processed": 100, "dropped": 7}, times, times), NodeRun("overlay", {})]
    detector, overlay = speed_table(nodes, 20.0).rows
    assert detector == ("detector", 100, 7, 0, 5.0, "50 / 95 / 99", "50 / 95 / 99")
    assert overlay == ("overlay", 0, 0, 0, 0.0, "-", "-")


def test_the_rate_of_no_time_is_not_known():
    assert math.isnan(speed_table([NodeRun("detector", {"processed": 1})], 0.0).rows[0][4])


def test_the_page_shows_input_and_overlay_with_words_for_both(tmp_path):
    image = np.zeros((6, 8, 3), dtype=np.uint8)
    found = scene(("cup-1", "cup", 0.5, ("box-1",)), ("box-1", "box", 0.9, ()))
    frames = [SeenFrame("desk, 0.1 s", image, image, found), SeenFrame("desk, 0.2 s", image, image, scene())]
    write_run_page(tmp_path / "index.html", "t", "s", {"Model": "m-1"}, frames, [object_table([found], ["desk"])])
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert text.count("<img ") == 4
    assert 'alt="desk, 0.1 s with cup-1 hidden by box-1, box-1 marked"' in text
    assert "desk, 0.2 s: nothing found" in text
    assert "m-1" in text
