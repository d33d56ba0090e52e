"""The newest image with its objects: what is taken, what is waited for, and what is said where they do not fit."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from physperception.errors import InvalidImage
from physperception.ros.conversions.scene import scene_to_message
from physperception.ros.newest import NewestView, View
from physperception.scene import Instance, Mask, Scene
from tests.ros.probe import header

SECOND = 10**9
PIXELS = np.ones((3, 4), np.bool_)


def frame(stamp, size=(48, 64)):
    return SimpleNamespace(stamp_ns=stamp, header=header(stamp), image=np.zeros((*size, 3), np.uint8))


def objects(stamp):
    mask = Mask(1, 1, PIXELS)
    item = Instance(id="cup-1", class_id="cup", score=0.5, visible_box=mask.extent, visible_mask=mask)
    return scene_to_message(Scene(width=64, height=48, instances=(item,), stamp_ns=stamp, frame_id="other"))


def wait(view, **changes):
    options = {"with_objects": True, "needs_objects": True, "wait_s": 0.0, "objects_wait_s": 0.0}
    options |= {"usable": lambda stamp: "", "given_up": threading.Event()} | changes
    return view.wait(**options)


@pytest.mark.parametrize("frame_first", [True, False])
def test_image_and_objects_of_one_stamp_are_a_pair_in_whatever_order_they_come(frame_first):
    view = NewestView(5)
    puts = [lambda: view.put_frame(frame(SECOND)), lambda: view.put_objects(objects(SECOND))]
    for put in puts if frame_first else reversed(puts):
        put()
    found = wait(view)
    assert (found.frame.stamp_ns, found.note) == (SECOND, "")
    scene = view.scene(found)
    assert (scene.stamp_ns, scene.frame_id, scene.instances[0].id) == (SECOND, "camera", "cup-1")
    assert view.scene(wait(view)) is scene


def test_nothing_gives_a_reason_in_time():
    assert wait(NewestView(5), wait_s=0.1) == "no image came within 0.1 s"
    view = NewestView(5)
    view.put_frame(frame(SECOND))
    assert wait(view) == "no objects came with the images within 0 s"
    alone = wait(view, needs_objects=False)
    assert (alone.objects, alone.note, view.scene(alone).instances) == (None, "no objects came with the image", ())
    assert wait(view, with_objects=False).note == ""


def test_objects_of_the_newest_image_are_waited_for():
    view = NewestView(5)
    view.put_frame(frame(SECOND))
    view.put_objects(objects(SECOND))
    view.put_frame(frame(2 * SECOND))
    timer = threading.Timer(0.1, lambda: view.put_objects(objects(2 * SECOND)))
    timer.start()
    found = wait(view, wait_s=30.0, objects_wait_s=30.0)
    timer.join()
    assert (found.frame.stamp_ns, found.note) == (2 * SECOND, "")


def test_an_earlier_pair_will_do_and_is_told():
    view = NewestView(5)
    view.put_frame(frame(SECOND))
    view.put_objects(objects(SECOND))
    view.put_frame(frame(3 * SECOND))
    found = wait(view, wait_s=30.0, objects_wait_s=0.1)
    assert found.frame.stamp_ns == SECOND
    assert "2.00 s older" in found.note


def test_an_earlier_pair_will_do_when_the_whole_wait_is_shorter_than_that_for_objects():
    view = NewestView(5)
    view.put_frame(frame(SECOND))
    view.put_objects(objects(SECOND))
    view.put_frame(frame(2 * SECOND))
    for wait_s in (0.0, 0.1):
        assert wait(view, wait_s=wait_s, objects_wait_s=0.5).frame.stamp_ns == SECOND


def test_a_newer_image_during_the_wait_is_no_reason_to_complain():
    view = NewestView(5)

    def arrive():
        view.put_frame(frame(SECOND))
        view.put_objects(objects(SECOND))
        view.put_frame(frame(2 * SECOND))

    timer = threading.Timer(0.1, arrive)
    timer.start()
    found = wait(view, wait_s=30.0, objects_wait_s=30.0)
    timer.join()
    assert (found.frame.stamp_ns, found.note) == (SECOND, "")


def test_objects_of_another_image_are_the_last_resort():
    view = NewestView(5)
    view.put_objects(objects(SECOND))
    view.put_frame(frame(2 * SECOND))
    found = wait(view, wait_s=0.1)
    assert found.note == "image and objects are 1.00 s apart"
    assert view.scene(found).stamp_ns == 2 * SECOND


def test_time_that_goes_back_makes_all_before_forgotten():
    view = NewestView(5)
    view.put_frame(frame(100 * SECOND))
    view.put_objects(objects(100 * SECOND))
    view.put_frame(frame(SECOND))
    assert wait(view) == "no objects came with the images within 0 s"
    view.put_objects(objects(SECOND))
    assert wait(view).frame.stamp_ns == SECOND
    view.clear()
    assert "no image" in wait(view)


def test_frames_held_are_bounded_and_the_wait_can_be_given_up():
    view = NewestView(3)
    for number in range(1, 10):
        view.put_frame(frame(number * SECOND))
    view.put_objects(objects(6 * SECOND))
    assert "apart" in wait(view).note
    view.put_objects(objects(7 * SECOND))
    assert wait(view).frame.stamp_ns == 7 * SECOND
    given_up = threading.Event()
    given_up.set()
    started = time.monotonic()
    assert wait(NewestView(3), wait_s=60.0, given_up=given_up)
    assert time.monotonic() - started < 10


def test_images_that_are_not_usable_are_waited_past():
    view = NewestView(5)
    view.put_frame(frame(SECOND))
    view.put_objects(objects(SECOND))
    assert wait(view, usable=lambda stamp: "too old", wait_s=0.1) == "too old"


def test_objects_of_an_image_of_another_size_are_refused():
    view = NewestView(5)
    with pytest.raises(InvalidImage, match="of an image of 64 x 48, not 32 x 24"):
        view.scene(View(frame(SECOND, (24, 32)), objects(SECOND)))
