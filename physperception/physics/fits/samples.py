"""The usable part of a track as arrays: times from zero, positions, and whitening matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from physperception.physics.fits.statistics import Array, CannotTell, Subject
from physperception.physics.observations import Observation, Refusal, Track, View
from physperception.scene import Property

LEAST_VISIBLE = 0.5
FARTHEST_PX = 1e5
LATEST_STAMP_S = 9e9
DEVIATION_PX = (0.02, 100.0)
CLEAR_MOTION = 6.0


@dataclass(frozen=True)
class Samples:
    """N images of one object, outliers among them.

    Attributes:
        times: float64 [N], seconds since the first image of the track.
        points: float64 [N, 2], centroids in pixels.
        deviations: float64 [N, 2, 2], Cholesky factors of their covariances.
        whiten: float64 [N, 2, 2], inverses of those.
        areas, area_deviations: float64 [N], px^2.
        corners: float64 [N, 4, 2], NaN where unknown.
        depths: float64 [N], metres, NaN where unknown.
        sizes: float64 [N, 2], width and height of the boxes in pixels.
        lost: float64 [L], times at which the object was hidden or cut.
    """

    times: Array
    points: Array
    deviations: Array
    whiten: Array
    areas: Array
    area_deviations: Array
    corners: Array
    depths: Array
    sizes: Array
    lost: Array

    def __len__(self) -> int:
        return len(self.times)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Samples:
        """The images chosen; `lost` stays."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return Samples(**{name: value if name == "lost" else value[chosen] for name, value in values.items()})

    def whitened(self, differences: Array) -> Array:
        """Differences [N, 2] in pixels as standard deviations [N, 2]."""
        return np.einsum("nij,nj->ni", self.whiten, differences)

    @property
    def noise_px(self) -> float:
        """Median standard deviation of a coordinate, pixels."""
        variances = (self.deviations**2).sum(axis=2)
        return float(np.sqrt(np.median(variances)))


def subject_of(track: Track, view: View, prop: Property) -> Subject:
    """Whom and which images an estimate is about."""
    stamps = [seen.stamp_s for seen in track.observations if _is_stamp(seen.stamp_s)]
    first, last = (round(stamps[0] * 1e9), round(stamps[-1] * 1e9)) if stamps else (0, 0)
    return Subject(track.object_id, view.counterpart, prop, first, last)


def samples_of(track: Track, least: int, *, partly_hidden: float = LEAST_VISIBLE) -> Samples:
    """The images that show enough of the object.

    Args:
        least: number of images needed.
        partly_hidden: fraction in view from which an image counts; the centroid of a partly hidden object gets a
            covariance of half its hidden size.

    Raises:
        CannotTell: TOO_SHORT or OCCLUDED.
    """
    sound = [seen for seen in track.observations if _is_sound(seen)]
    if len(sound) < least:
        raise CannotTell(Refusal.TOO_SHORT, f"the object was seen in {len(sound)} images, {least} are needed")
    start = sound[0].stamp_s
    clear = [seen for seen in sound if seen.visible >= partly_hidden and not seen.cut]
    lost = np.array([seen.stamp_s - start for seen in sound if seen.visible < partly_hidden or seen.cut])
    if len(clear) < least or len(clear) < 0.4 * len(sound):
        cut = sum(seen.cut for seen in sound) > len(lost) / 2
        how = "cut by the image border" if cut else "hidden"
        raise CannotTell(Refusal.OCCLUDED, f"the object is {how} in {len(lost)} of {len(sound)} images")
    deviations = np.stack([np.linalg.cholesky(_covariance(seen)) for seen in clear])
    return Samples(
        times=np.array([seen.stamp_s - start for seen in clear]),
        points=np.array([(seen.x, seen.y) for seen in clear], dtype=np.float64),
        deviations=deviations,
        whiten=np.linalg.inv(deviations),
        areas=np.array([seen.area_px for seen in clear], dtype=np.float64),
        area_deviations=np.array([_positive(seen.area_std_px, 1.0) for seen in clear]),
        corners=np.stack([_corners(seen) for seen in clear]),
        depths=np.array([_positive(seen.depth_m, math.nan) for seen in clear]),
        sizes=np.array([(seen.box.width, seen.box.height) for seen in clear], dtype=np.float64),
        lost=lost,
    )


def check_moves(samples: Samples) -> None:
    """Refuse what stays where it is.

    Raises:
        CannotTell: NO_MOTION.
    """
    points = samples.points
    middles = np.median(np.stack((points[:-2], points[1:-1], points[2:])), axis=0)
    if np.hypot(*np.ptp(middles, axis=0)) < max(2.0, CLEAR_MOTION * samples.noise_px):
        raise CannotTell(Refusal.NO_MOTION, "the object does not move")


def unskewed(samples: Samples, row_time_s: float) -> Samples:
    """Samples with every corner where it was at its image's time, not when its own row was exposed.

    A rolling shutter sees the lower corners of a moving object later than its centroid, which shears and stretches it.
    """
    if not row_time_s or len(samples) < 3:
        return samples
    velocities = np.gradient(samples.points, samples.times, axis=0)
    late = (samples.corners[..., 1] - samples.points[:, None, 1]) * row_time_s
    return replace(samples, corners=samples.corners - late[..., None] * velocities[:, None])


def _is_stamp(stamp_s: float) -> bool:
    return math.isfinite(stamp_s) and abs(stamp_s) < LATEST_STAMP_S


def _is_sound(seen: Observation) -> bool:
    return _is_stamp(seen.stamp_s) and abs(seen.x) < FARTHEST_PX and abs(seen.y) < FARTHEST_PX


def _covariance(seen: Observation) -> Array:
    given = np.asarray(seen.covariance, dtype=np.float64)
    if given.shape != (2, 2) or not (np.isfinite(given).all() and np.abs(given).max() < 1e12):
        given = np.eye(2)
    values, vectors = np.linalg.eigh((given + given.T) / 2)
    values = np.clip(values, DEVIATION_PX[0] ** 2, DEVIATION_PX[1] ** 2)
    hidden = 0.5 * max(0.0, 0.97 - min(seen.visible, 1.0))
    sizes = np.minimum((seen.box.width, seen.box.height), 1e4)
    return np.asarray((vectors * values) @ vectors.T + np.diag((hidden * sizes) ** 2))


def _corners(seen: Observation) -> Array:
    given = np.full((4, 2), np.nan) if seen.corners is None else np.asarray(seen.corners, dtype=np.float64)
    usable = given.shape == (4, 2) and bool((np.abs(given) < FARTHEST_PX).all())
    return given if usable else np.full((4, 2), np.nan)


def _positive(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) and 0 < value < 1e9 else otherwise
