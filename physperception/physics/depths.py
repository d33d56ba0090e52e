"""How far away the things of a stream were, from a depth camera."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from physperception.physics.observations import Observation, Track

MOST_DEPTHS = 4096
LONGEST_S = 0.02


class DepthMemory:
    """The last 4096 depths of things by id and time."""

    def __init__(self) -> None:
        self._depths: deque[tuple[str, float, float]] = deque(maxlen=MOST_DEPTHS)

    def add(self, seen: Mapping[str, Observation], stamp_s: float, depth_m: NDArray[np.float32]) -> None:
        """Note the depth of everything seen in an image.

        Args:
            seen: by id.
            stamp_s: of the image.
            depth_m: float32 [H, W], metres along the optical axis, NaN unknown.
        """
        self._depths.extend((name, stamp_s, _depth(item, depth_m)) for name, item in seen.items())

    def given_to(self, track: Track) -> Track:
        """The track with the depths of its own images, where there are some."""
        depths = [(stamp, depth) for name, stamp, depth in self._depths if name == track.object_id]
        if not depths:
            return track
        stamps, values = np.array(depths).T
        told = []
        for seen in track.observations:
            index = int(np.argmin(np.abs(stamps - seen.stamp_s)))
            near = abs(float(stamps[index]) - seen.stamp_s) <= LONGEST_S
            told.append(replace(seen, depth_m=float(values[index])) if near else seen)
        return Track(track.object_id, tuple(told))


def _depth(seen: Observation, depth_m: NDArray[np.float32]) -> float:
    """Median depth of the middle half of a thing's box, metres; NaN where there is none."""
    box = seen.box
    across, down = box.width / 4, box.height / 4
    left, right = max(round(box.x1 + across), 0), round(box.x2 - across)
    top, bottom = max(round(box.y1 + down), 0), round(box.y2 - down)
    values = depth_m[top : max(bottom, top + 1), left : max(right, left + 1)]
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else math.nan
