"""Objects with given masks: only what stirs is measured, from just before on, until it rests or is gone."""

import numpy as np
import pytest

from physperception.errors import InvalidImage
from physperception.physics import given
from physperception.physics.given import GivenThings, masks_of
from physperception.scene import Box, Instance, Mask, Scene

IMAGE = np.zeros((48, 64, 3), dtype=np.uint8)
RATE_HZ = 30
SQUARE = np.ones((6, 6), dtype=np.bool_)


def things(most=16):
    """Squares that rest, and one that moves from the tenth image to the 25th and is gone from the 60th on."""
    for index in range(80):
        masks = {f"still-{number}": Mask(5 + 3 * number, 30, SQUARE) for number in range(most - 1)}
        if index < 60:
            masks["mover"] = Mask(5 + 2 * min(max(index - 10, 0), 15), 10, SQUARE)
        yield index / RATE_HZ, masks


def everything(*_):
    return True


@pytest.mark.parametrize("most", [1, 16])
def test_the_number_of_measurements_does_not_grow_with_things_at_rest(most, monkeypatch):
    calls, update = [], given.StreamMeasurer.update
    monkeypatch.setattr(given.StreamMeasurer, "update", lambda *args: calls.append(args[2]) or update(*args))
    watched, states = GivenThings(("rigid", "liquid"), 6.0, 0.5, 0.0), {}
    for stamp, masks in things(most):
        assert set(watched.update(IMAGE, stamp, masks)) <= {"mover"}

        def note(name, last_s, moving, stamp=stamp):
            states[round(stamp * RATE_HZ)] = (name, last_s, moving)
            return False

        assert not list(watched.tracks("rigid", note))
    (track,) = watched.tracks("rigid", everything)
    assert len(calls) == 2 * len(track)
    assert track.object_id == "mover"
    assert 5 / RATE_HZ - 1e-9 <= track.stamps_s[0] < 11 / RATE_HZ
    assert 24 / RATE_HZ < track.stamps_s[-1] < 42 / RATE_HZ
    assert states[20] == ("mover", 20 / RATE_HZ, True)
    assert states[45] == ("mover", track.stamps_s[-1], False)


def test_what_stirs_again_goes_on_in_its_track_and_what_is_gone_is_forgotten():
    watched = GivenThings(("rigid",), 3.0, 0.2, 0.0)
    for index in range(90):
        x = 5 + 2 * min(index, 10) + 2 * min(max(index - 40, 0), 10)
        watched.update(IMAGE, index / RATE_HZ, {"cup": Mask(x, 10, SQUARE)})
    (track,) = watched.tracks("rigid", everything)
    assert {0.0, 42 / RATE_HZ} < set(track.stamps_s)
    assert 30 / RATE_HZ not in track.stamps_s
    for index in range(90, 200):
        watched.update(IMAGE, index / RATE_HZ, {})
    assert list(watched.tracks("rigid", everything)) == []


def test_growth_counts_as_motion_and_the_longest_unmoved_of_too_many_goes(monkeypatch):
    monkeypatch.setattr(given, "MOST_THINGS", 2)
    watched = GivenThings(("liquid",), 6.0, 0.5, 0.0)
    for index in range(40):
        size = 4 + index % 10
        grown = Mask(10 - size // 2, 20 - size // 2, np.ones((size, size), dtype=np.bool_))
        watched.update(IMAGE, index / RATE_HZ, {f"pool-{index // 10}": grown})
    assert [track.object_id for track in watched.tracks("liquid", everything)] == ["pool-2", "pool-3"]


def test_masks_outside_the_image_are_left_out_and_those_of_another_image_refused():
    near, far = Mask(-3, 10, SQUARE), Mask(90, 10, SQUARE)
    items = [
        Instance(id=name, class_id="thing", score=1.0, visible_box=Box(0, 0, 9, 9), visible_mask=mask)
        for name, mask in (("near", near), ("far", far))
    ]
    found = masks_of(Scene(width=64, height=48, instances=tuple(items)), IMAGE)
    assert {name: mask.area for name, mask in found.items()} == {"near": 18}
    with pytest.raises(InvalidImage, match="64 x 47 image but it is 64 x 48"):
        masks_of(Scene(width=64, height=47), IMAGE)
