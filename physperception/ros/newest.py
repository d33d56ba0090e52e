"""The newest image with its objects, for a node that looks only when it is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from physperception.errors import InvalidImage
from physperception.ros.conversions.scene import scene_from_message, time_to_ns
from physperception.ros.frames import Frame
from physperception.scene import Scene

POLL_S = 0.05
BACKWARD_JUMP_S = 0.5
NANOSECONDS = 1e9


@dataclass(frozen=True, eq=False)
class View:
    """An image, the message with its objects where there are any, and what is amiss between them ("" for nothing)."""

    frame: Frame
    objects: Any
    note: str = ""


class NewestView:
    """Keeps the newest frames and objects; a thread can wait for those that belong together.

    Args:
        held: frames kept until their objects come; they must cover the latency of what finds the objects.
    """

    def __init__(self, held: int) -> None:
        self._held = held
        self._condition = threading.Condition()
        self._frames: dict[int, Frame] = {}
        self._objects: Any = None
        self._pair: tuple[Frame, Any] | None = None
        self._converted: tuple[View, Scene] | None = None

    def put_frame(self, frame: Frame) -> None:
        """Take a frame; one much older than the newest means that time went back, and all before it is forgotten."""
        with self._condition:
            if frame.stamp_ns < max(self._frames, default=0) - BACKWARD_JUMP_S * NANOSECONDS:
                self._forget()
            self._frames[frame.stamp_ns] = frame
            while len(self._frames) > self._held:
                del self._frames[min(self._frames)]
            self._match()

    def put_objects(self, message: Any) -> None:
        """Take a PerceivedObjectArray."""
        with self._condition:
            self._objects = message
            self._match()

    def clear(self) -> None:
        """Forget everything, as when inputs were closed."""
        with self._condition:
            self._forget()

    def wait(
        self,
        *,
        with_objects: bool,
        needs_objects: bool,
        usable: Callable[[int], str],
        wait_s: float,
        objects_wait_s: float,
        given_up: threading.Event,
    ) -> View | str:
        """The newest image with its objects, or why there is none.

        An image no older than the newest one now, with objects of the same stamp, is taken as soon as it is there.
        After `objects_wait_s` the newest image that has objects will do, and after `wait_s` an image and objects that
        do not belong together; the note says so.

        Args:
            with_objects: whether objects are received at all.
            needs_objects: whether an image without objects is of no use.
            usable: why an image with this stamp in nanoseconds can't be used; "" when it can.
            wait_s: for an image and its objects.
            objects_wait_s: for objects of the newest image, where an earlier one has them.
            given_up: ends the wait.
        """
        started_s = time.monotonic()
        with self._condition:
            since_ns = max(self._frames, default=None)
            while True:
                waited_s = time.monotonic() - started_s
                over, patient = waited_s >= wait_s, waited_s < objects_wait_s
                view = self._choose(with_objects, needs_objects, since_ns, patient, over)
                problem = self._missing(with_objects, wait_s) if view is None else usable(view.frame.stamp_ns)
                if view is not None and not problem:
                    return view
                if over or given_up.is_set():
                    return problem
                self._condition.wait(POLL_S)

    def scene(self, view: View) -> Scene:
        """The objects of a view under the image's stamp, the same value for the same view; none of an image alone.

        Raises:
            InvalidImage: the image or the objects can't be used.
        """
        known = self._converted
        if known is None or known[0].frame is not view.frame or known[0].objects is not view.objects:
            known = self._converted = (view, _scene(view))
        return known[1]

    def _forget(self) -> None:
        self._frames, self._objects, self._pair = {}, None, None

    def _match(self) -> None:
        """Pair the newest objects with their image, when both are there; wakes those who wait."""
        if self._objects is not None:
            stamp_ns = time_to_ns(self._objects.header.stamp)
            frame = self._frames.get(stamp_ns)
            if frame is not None:
                self._pair = (frame, self._objects)
                self._frames = {stamp: item for stamp, item in self._frames.items() if stamp >= stamp_ns}
        self._condition.notify_all()

    def _choose(
        self, with_objects: bool, needs_objects: bool, since_ns: int | None, patient: bool, over: bool
    ) -> View | None:
        """What can be taken now; `since_ns` is the stamp of the image that was newest at first, None without one."""
        newest = self._frames[max(self._frames)] if self._frames else None
        if newest is None:
            return None
        if not with_objects:
            return View(newest, None)
        if self._pair is not None:
            frame, objects = self._pair
            late_s = 0.0 if since_ns is None else (since_ns - frame.stamp_ns) / NANOSECONDS
            if late_s <= 0:
                return View(frame, objects)
            note = f"objects of the newest image were not there in time; this one is {late_s:.2f} s older"
            return None if patient and not over else View(frame, objects, note)
        if not over:
            return None
        if self._objects is not None:
            apart_s = abs(newest.stamp_ns - time_to_ns(self._objects.header.stamp)) / NANOSECONDS
            return View(newest, self._objects, f"image and objects are {apart_s:.2f} s apart")
        return None if needs_objects else View(newest, None, "no objects came with the image")

    def _missing(self, with_objects: bool, wait_s: float) -> str:
        if not self._frames:
            return f"no image came within {wait_s:g} s"
        return f"no objects came with the images within {wait_s:g} s" if with_objects else ""


def _scene(view: View) -> Scene:
    stamp_ns, frame_id = view.frame.stamp_ns, view.frame.header.frame_id
    height, width = view.frame.image.shape[:2]
    if view.objects is None:
        return Scene(width=width, height=height, stamp_ns=stamp_ns, frame_id=frame_id)
    try:
        scene = scene_from_message(view.objects)
    except ValueError as error:
        raise InvalidImage(f"the objects can't be used: {error}") from error
    if (scene.width, scene.height) != (width, height):
        raise InvalidImage(f"the objects are of an image of {scene.width} x {scene.height}, not {width} x {height}")
    return replace(scene, stamp_ns=stamp_ns, frame_id=frame_id)
