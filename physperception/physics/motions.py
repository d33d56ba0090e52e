"""The last motion of a track: where it begins, and whether it is over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from physperception.physics.measuring import Kind
from physperception.physics.observations import Track

LEAST_MOTION_PX = 1.5
SHARE_OF_SIZE = 0.03
LEAD_S = 0.3


@dataclass(frozen=True)
class Motion:
    """One motion of one thing.

    Attributes:
        track: its observations, with some of the rest before and after.
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
    tremble. What rests as long as that begins a new motion when it moves again.

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
    limit = max(LEAST_MOTION_PX, SHARE_OF_SIZE * float(np.median(sizes)))
    moving = _moving(stamps, values, settle_s, limit)
    if not moving.any():
        return None
    last = int(np.flatnonzero(moving)[-1])
    resting = np.flatnonzero(~moving[:last])
    first = int(resting[-1]) + 1 if len(resting) and kind != "liquid" else int(np.flatnonzero(moving)[0])
    start, end = float(stamps[first]), float(stamps[last])
    kept = tuple(seen for seen in track.observations if start - LEAD_S <= seen.stamp_s <= end)
    ended = last < len(stamps) - 1 or now_s - float(stamps[-1]) >= settle_s
    return Motion(Track(track.object_id, kept), start, end, ended)


def _moving(
    stamps: NDArray[np.float64], values: NDArray[np.float64], settle_s: float, limit: float
) -> NDArray[np.bool_]:
    """Whether values [N, K] changed by more than the limit within the last `settle_s`: bool [N]."""
    begins = np.searchsorted(stamps, stamps - settle_s)
    spans = [float(np.hypot.reduce(np.ptp(values[a : b + 1], axis=0))) for b, a in enumerate(begins)]
    return np.array(spans) > limit
