"""Tracks of objects whose masks are given, each measured on its own and only while it moves."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.errors import InvalidImage
from physperception.physics.measuring import Kind, StreamMeasurer
from physperception.physics.measuring.frames import ImageArray
from physperception.physics.observations import Observation, Track
from physperception.scene import Mask, Scene

PRE_ROLL = 6
LEAST_STIR_PX = 1.0
MOST_THINGS = 64

Wanted = Callable[[str, float, bool], bool]
"""Whether a track is wanted, of an id, the stamp of its last measurement, and whether it still moves."""


class GivenThings:
    """Objects by id. One whose mask keeps place and size costs a few sums over its mask; one that stirs is measured,
    from the images just before that on, until it has kept still for `settle_s`.

    Args:
        kinds: what things are measured as.
        window_s: how long observations are kept.
        settle_s: rest that ends a motion.
        row_time_s: of a rolling shutter.

    Attributes:
        ended: whether something that moved was found at rest in the last image.
    """

    def __init__(self, kinds: Sequence[Kind], window_s: float, settle_s: float, row_time_s: float) -> None:
        self._kinds, self._window_s, self._settle_s, self._row_time_s = kinds, window_s, settle_s, row_time_s
        self._recent: deque[_Frame] = deque(maxlen=PRE_ROLL + 1)
        self._places: dict[str, deque[tuple[float, NDArray[np.float64]]]] = {}
        self._things: dict[str, _Thing] = {}
        self.ended = False

    def keep(self, image: ImageArray, stamp_s: float, masks: Mapping[str, Mask]) -> None:
        """Note an image in which nothing moves, in case something does in the next."""
        self._recent.append(_Frame(image.copy(), stamp_s, masks))

    def update(self, image: ImageArray, stamp_s: float, masks: Mapping[str, Mask]) -> dict[str, Observation]:
        """Measure what stirs in the next image.

        Args:
            image: uint8 RGB [H, W, 3].
            stamp_s: seconds, later than the last.
            masks: by id, none of them empty.

        Returns:
            What was measured, by id.
        """
        self.keep(image, stamp_s, masks)
        self.ended, seen = False, {}
        for name, mask in masks.items():
            if self._stirs(name, mask, stamp_s):
                seen[name] = self._measure(name)
            elif name in self._things and self._things[name].moving:
                self._things[name].moving, self.ended = False, True
        self._forget(stamp_s)
        return seen

    def tracks(self, kind: Kind, wanted: Wanted) -> Iterator[Track]:
        """What the window holds of the things that are wanted, measured one by one as they are asked for."""
        now_s = self._recent[-1].stamp_s if self._recent else -math.inf
        for name, thing in self._things.items():
            if wanted(name, thing.fed_s, thing.moving and now_s - thing.fed_s < self._settle_s):
                yield from thing.measurers[kind].tracks()

    def rests(self, name: str) -> bool:
        """Whether a thing that was measured has kept still for `settle_s`."""
        return name in self._things and not self._things[name].moving

    def _stirs(self, name: str, mask: Mask, stamp_s: float) -> bool:
        """Whether its place or size changed within the last `settle_s`."""
        places = self._places.setdefault(name, deque())
        places.append((stamp_s, _place(mask)))
        while places[0][0] < stamp_s - self._settle_s:
            places.popleft()
        across, down, size = np.ptp([place for _, place in places], axis=0)
        return bool(max(math.hypot(across, down), size) > LEAST_STIR_PX)

    def _measure(self, name: str) -> Observation:
        """Feed all images kept that its measurers have not seen."""
        thing = self._things.pop(name, None) or _Thing(
            {kind: StreamMeasurer(self._window_s, line_time_s=self._row_time_s, kind=kind) for kind in self._kinds}
        )
        self._things[name] = thing
        fed_s, thing.moving = thing.fed_s, True
        for frame in self._recent:
            if frame.stamp_s > fed_s and name in frame.masks:
                for measurer in thing.measurers.values():
                    update = measurer.update(frame.image, frame.stamp_s, {name: frame.masks[name]})
                thing.fed_s = frame.stamp_s
        return update.observations[name]

    def _forget(self, now_s: float) -> None:
        """Drop things not measured within the window, the longest of too many first, and places of what is gone."""
        for name in [name for name, thing in self._things.items() if thing.fed_s < now_s - self._window_s]:
            del self._things[name]
        while len(self._things) > MOST_THINGS:
            del self._things[next(iter(self._things))]
        for name in [name for name, places in self._places.items() if places[-1][0] < now_s - self._settle_s]:
            del self._places[name]


def masks_of(scene: Scene, image: ImageArray) -> dict[str, Mask]:
    """Visible masks by id, of those that have pixels in the image. Raises InvalidImage for one of another size."""
    height, width = image.shape[:2]
    if (scene.width, scene.height) != (width, height):
        raise InvalidImage(f"the objects are from a {scene.width} x {scene.height} image but it is {width} x {height}")
    inside = {item.id: item.visible_mask.clip(width, height) for item in scene.instances}
    return {name: mask for name, mask in inside.items() if mask.area}


@dataclass(frozen=True, eq=False)
class _Frame:
    image: ImageArray
    stamp_s: float
    masks: Mapping[str, Mask]


@dataclass
class _Thing:
    measurers: dict[Kind, StreamMeasurer]
    fed_s: float = -math.inf
    moving: bool = True


def _place(mask: Mask) -> NDArray[np.float64]:
    """Centre and square root of the area, pixels."""
    rows, columns = mask.data.sum(axis=1), mask.data.sum(axis=0)
    area = float(rows.sum())
    x, y = mask.x + columns @ np.arange(len(columns)) / area, mask.y + rows @ np.arange(len(rows)) / area
    return np.array([x, y, math.sqrt(area)])
