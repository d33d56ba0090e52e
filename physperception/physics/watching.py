"""Tracks of what moves in a stream of images, at almost no cost while nothing does."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from physperception.physics.given import GivenThings, Wanted
from physperception.physics.measuring import CameraMoves, Kind, MotionGate, StreamMeasurer
from physperception.physics.measuring.background import SHAKE_PX, global_shift, half_grey
from physperception.physics.measuring.frames import ImageArray, check_image, check_stamp
from physperception.physics.measuring.segmenter import LARGE_PART
from physperception.physics.observations import Observation, Track
from physperception.scene import Mask

PRE_ROLL = 4
WARM_UP = 12
IDLE_STEP_S = 0.2
MOST_NAMES = 1024


class Watcher:
    """Measures a stream while something moves; while nothing does, it looks at a few thousand pixels an image.

    Ids of things it finds itself are never used twice, also after the camera moved; given ids are kept.

    Args:
        kinds: what things are measured as.
        window_s: how long observations are kept.
        settle_s: how long nothing moves before the scene is at rest.

    Attributes:
        resting: whether nothing has moved for `settle_s`.
        masked: whether the last image came with masks.
    """

    def __init__(self, kinds: Sequence[Kind], window_s: float, settle_s: float) -> None:
        self._kinds = tuple(dict.fromkeys(kinds))
        self._window_s = window_s
        self._settle_s = settle_s
        self._gate = MotionGate()
        self._numbers: dict[str, int] = {}
        self._previous: ImageArray | None = None
        self._moved_s = self._fed_s = -math.inf
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a jump in time; ids start anew."""
        self._numbers.clear()
        self._row_time_s = 0.0
        self._last_s: float | None = None
        self._size: tuple[int, int] | None = None
        self._strange: tuple[int, int] | None = None
        self.masked = False
        self._restart()

    def update(
        self, image: ImageArray, stamp_s: float, masks: Mapping[str, Mask] | None = None, row_time_s: float = 0.0
    ) -> dict[str, Observation]:
        """Take in the next image.

        Args:
            image: uint8 RGB [H, W, 3].
            stamp_s: seconds, later than the last.
            masks: of the objects by id, none of them empty; None finds what moves.
            row_time_s: of a rolling shutter.

        Returns:
            What was seen in this image, by id; empty while the scene rests.

        Raises:
            InvalidImage: an unusable image or stamp; one of another size, unless the one before had that size too.
            CameraMoves: the camera moves; all tracks are forgotten.
        """
        stamp_s = check_stamp(stamp_s, self._last_s)
        self._check_size(image)
        if (masks is not None, row_time_s) != (self.masked, self._row_time_s):
            self.masked, self._row_time_s = masks is not None, row_time_s
            self._restart()
        self._last_s = stamp_s
        if self._gate.update(image):
            self._moved_s = stamp_s
        self._count += 1
        self.resting = stamp_s - self._moved_s > self._settle_s
        frame = _Frame(image, stamp_s)
        if masks is not None:
            return self._measure_given(frame, masks)
        if not self.resting or self._count <= WARM_UP:
            return self._measure(frame)
        if stamp_s - self._fed_s > IDLE_STEP_S:
            self._measure(frame, with_waiting=False)
        else:
            self._waiting.append(_Frame(image.copy(), stamp_s))
        return {}

    @property
    def ended(self) -> bool:
        """Whether an object with a mask came to rest in the last image."""
        return self.masked and self._given.ended

    def rests(self, name: str) -> bool:
        """Whether nothing moves, or at least not this thing."""
        return self.resting or (self.masked and self._given.rests(name))

    def tracks(self, kind: Kind, wanted: Wanted) -> Iterator[Track]:
        """What the window holds of things that are wanted; things without masks are told to move always."""
        if self.masked:
            return self._given.tracks(kind, wanted)
        found = [Track(self._name(track.object_id), track.observations) for track in self._measurers[kind].tracks()]
        return (track for track in found if wanted(track.object_id, float(track.stamps_s[-1]), True))

    def _measure_given(self, frame: _Frame, masks: Mapping[str, Mask]) -> dict[str, Observation]:
        if self.resting:
            self._given.keep(frame.image, frame.stamp_s, masks)
            return {}
        self._refuse_camera_motion(frame)
        return self._given.update(frame.image, frame.stamp_s, masks)

    def _measure(self, frame: _Frame, with_waiting: bool = True) -> dict[str, Observation]:
        """Feed the measurers, first with the images just before the motion was noticed."""
        seen: dict[str, Observation] = {}
        early = [item for item in self._waiting if with_waiting and item.stamp_s > self._fed_s]
        for item in (*early, frame):
            for measurer in self._measurers.values():
                try:
                    seen = measurer.update(item.image, item.stamp_s).observations
                except CameraMoves:
                    self._restart()
                    raise
            self._fed_s = item.stamp_s
        self._waiting.clear()
        return {self._name(name): observation for name, observation in seen.items()}

    def _refuse_camera_motion(self, frame: _Frame) -> None:
        """The segmenter of the measurers checks this itself, but not where masks are given."""
        previous = self._previous
        self._previous = frame.image
        if previous is None or self._gate.level <= LARGE_PART:
            return
        shift = global_shift(half_grey(frame.image), half_grey(previous))
        if shift is not None and np.hypot(*shift) > SHAKE_PX:
            self._restart()
            raise CameraMoves(
                f"the camera moves (by {np.hypot(*shift):.1f} pixels an image); hold it still to measure motion"
            )

    def _check_size(self, image: ImageArray) -> None:
        """A single image of another size is refused; a second one means another resolution, and all starts anew."""
        size = check_image(image, None)
        if self._size is not None and size != self._size and size != self._strange:
            self._strange = size
            check_image(image, self._size)
        if size != self._size:
            self._size = size
            self._restart()
        self._strange = None

    def _name(self, found: str) -> str:
        """An id of its own that no earlier thing had: the measurers number from 1 after every restart."""
        name = self._names.pop(found, None)
        if name is None:
            prefix = found.rpartition("-")[0]
            self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
            name = f"{prefix}-{self._numbers[prefix]}"
        self._names[found] = name
        if len(self._names) > MOST_NAMES:
            del self._names[next(iter(self._names))]
        return name

    def _restart(self) -> None:
        self._gate.reset()
        self._measurers = {
            kind: StreamMeasurer(self._window_s, line_time_s=self._row_time_s, kind=kind) for kind in self._kinds
        }
        self._given = GivenThings(self._kinds, self._window_s, self._settle_s, self._row_time_s)
        self._names: dict[str, str] = {}
        self._waiting: deque[_Frame] = deque(maxlen=PRE_ROLL)
        self._previous = None
        self._moved_s = self._fed_s = -math.inf
        self._count = 0
        self.resting = True


@dataclass(frozen=True, eq=False)
class _Frame:
    image: ImageArray
    stamp_s: float
