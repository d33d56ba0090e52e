"""The last motion of a track: where it begins, and whether it is over."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring import Kind
from physperception.physics.observations import Track

LEAST_MOTION_PX = 1.5
SHARE_OF_SIZE = 0.03
LEAD_S = 0.3
CLEAR = 8.0
SHARE_OF_WIDEST = 0.2


@dataclass(frozen=True)
class Motion:
    """One motion of one thing.

    Attributes:
        track: its observations, with some of the rest before; of what bounces, without its last and least bounces,
            which are lost in the noise and only make it harder to tell flights from impacts.
        start_s, end_s: when the thing began to move, and until when it is known to have moved lately.
        ended: whether it rests or is gone.
    """

    track: Track
    start_s: float
    end_s: float
    ended: bool


def last_motion(track: Track, kind: Kind, now_s: float, settle_s: float) -> Motion | None:
    """The last motion in a track, None where the thing never moved.

    A thing moves where its place, or the size of a liquid, changed within the last `settle_s` by more than masks
    tremble, by their covariance. What rests as long as that begins a new motion when it moves again.

    Args:
        track: of one thing.
        kind: liquids grow, all others change their place.
        now_s: stamp of the newest image.
        settle_s: rest that ends a motion.
    """
    if len(track) < 2:
        return None
    stamps = track.stamps_s
    sizes = np.sqrt(np.maximum(track.areas_px, 0.0))
    values = sizes[:, None] if kind == "liquid" else track.centers
    limit = max(LEAST_MOTION_PX, SHARE_OF_SIZE * float(np.median(sizes)), CLEAR * _noise_px(track))
    spans = _spans(stamps, values, settle_s)
    moving = spans > limit
    if not moving.any():
        return None
    last = int(np.flatnonzero(moving)[-1])
    resting = np.flatnonzero(~moving[:last])
    first = int(resting[-1]) + 1 if len(resting) and kind != "liquid" else int(np.flatnonzero(moving)[0])
    start, end = float(stamps[first]), float(stamps[last])
    until = end
    if kind == "rigid":
        wide = np.flatnonzero(spans[first : last + 1] > SHARE_OF_WIDEST * spans[first : last + 1].max())
        until = float(stamps[first + wide[-1]])
    kept = tuple(seen for seen in track.observations if start - LEAD_S <= seen.stamp_s <= until)
    ended = last < len(stamps) - 1 or now_s - float(stamps[-1]) >= settle_s
    return Motion(Track(track.object_id, kept), start, end, ended)


def _noise_px(track: Track) -> float:
    return math.sqrt(float(np.median([np.trace(seen.covariance) for seen in track.observations])) / 2)


def _spans(stamps: NDArray[np.float64], values: NDArray[np.float64], settle_s: float) -> NDArray[np.float64]:
    """By how much values [N, K] changed within the last `settle_s`: float64 [N]."""
    begins = np.searchsorted(stamps, stamps - settle_s)
    spans = [float(np.hypot.reduce(np.ptp(values[a : b + 1], axis=0))) for b, a in enumerate(begins)]
    return np.array(spans)
