"""Tracks as the GRU regressor sees them: normalised, so that scale, view and frame rate matter little."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physperception.physics.fits.arcs import GRAVITY
from physperception.physics.fits.birdseye import birds_eye
from physperception.physics.fits.samples import Samples, check_moves, samples_of, unskewed
from physperception.physics.fits.segments import without_spikes
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.fits.viscosity import areas_on_plane
from physperception.physics.observations import Refusal, Track, View
from physperception.scene import Property

FEWEST_IMAGES = 5
MOST_STEPS = 40
FEATURES = 6
REST = 1.6
"""Of a block that came to rest, images up to so many times its time of sliding."""
SLID = 0.97
HIGH, LOW = 0.6, 0.3
MIRRORED = {Property.RESTITUTION: [3], Property.KINETIC_FRICTION: [3, 5], Property.VISCOSITY: []}
"""Columns of the input that change sign when the world is mirrored, which changes no value."""


@dataclass(frozen=True)
class GruInput:
    """What the network sees of a track, and what its answer is a multiple of.

    Attributes:
        steps: float32 [N, 6], one row an image, 5 to 40 of them.
        unit: the property's value where the network says 1.
    """

    steps: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    unit: float = 1.0


def gru_input(track: Track, view: View, property: Property) -> GruInput:
    """Normalise a track (thesis 5.4.1).

    Restitution: heights above the first contact over the height of the fall, as in the thesis, times over the time of
    the fall. Friction: places on the surface, seen from above, over g_normal T^2 / 2, T the time of sliding, and
    gravity along the surface over that into it. Viscosity: areas on the surface over V^(2/3), times over
    sqrt(V^(1/3) / g); the network then tells nu / (V^(1/3) sqrt(g V^(1/3))).

    Raises:
        CannotTell: fewer than 5 images, nothing moves, too much is hidden, or nothing gives metres where they are
            needed; with the code that the physical fits give.
    """
    samples = samples_of(track, FEWEST_IMAGES)
    if property is Property.VISCOSITY:
        return _viscosity(samples, view)
    check_moves(samples)
    return _restitution(samples, view) if property is Property.RESTITUTION else _friction(samples, view)


def _restitution(samples: Samples, view: View) -> GruInput:
    up = _up(samples, view)
    heights = samples.points @ up
    across = samples.points @ np.array([-up[1], up[0]])
    contact = first_contact(heights)
    fall = float(heights[: contact + 1].max() - heights[contact])
    if fall <= 0:
        raise CannotTell(Refusal.NO_MOTION, "the object does not fall")
    lasting = max(float(samples.times[contact] - samples.times[0]), float(np.median(np.diff(samples.times))))
    size = 0.5 * np.log(np.maximum(samples.areas, 1.0))
    return GruInput(
        _rows(
            samples.times / lasting,
            (heights - heights[contact]) / fall,
            (across - across[0]) / fall,
            5 * (size - np.median(size)),
            np.full(len(samples), size.mean() - math.log(fall)),
        )
    )


def first_contact(heights: Array) -> int:
    """The image [N heights, upwards] nearest to the first contact: the first low turning point after a high one.

    Low and high are of the range of heights; where nothing turns, the lowest image.
    """
    low, high = float(heights.min()), float(heights.max())
    shares = (heights - low) / max(high - low, 1e-9)
    fell = np.flatnonzero((shares[:-1] > LOW) & (shares[1:] <= LOW))
    began = np.flatnonzero(shares > HIGH)
    starts = [int(index) + 1 for index in fell if index >= began[0]]
    if not starts:
        return int(np.argmin(heights))
    place = starts[0]
    while place + 1 < len(shares) and shares[place + 1] < shares[place]:
        place += 1
    return place


def _friction(samples: Samples, view: View) -> GruInput:
    eye = birds_eye(unskewed(without_spikes(samples, np.zeros(2)), view.row_time_s), view)
    if len(eye.times) < FEWEST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, f"the object is placed on the surface in {len(eye.times)} images")
    places = eye.places - eye.places[0]
    way = np.median(places[-3:], axis=0)
    length = float(np.hypot(*way))
    if not length > 0:
        raise CannotTell(Refusal.NO_MOTION, "the object ends where it began")
    forward = way / length
    along, across = places @ forward, places @ np.array([-forward[1], forward[0]])
    times = eye.times - eye.times[0]
    lasting = float(times[min(int(np.argmax(along >= SLID * length)) + 1, len(times) - 1)])
    kept = times <= max(REST * lasting, float(times[FEWEST_IMAGES - 1]))
    scale = 0.5 * eye.normal_gravity * lasting**2
    if not (math.isfinite(scale) and scale > 0):
        raise CannotTell(Refusal.NO_PLANE, "the surface is upright or seen from below")
    slope = (
        float(eye.tangential @ forward) / eye.normal_gravity,
        float(eye.tangential @ np.array([-forward[1], forward[0]])) / eye.normal_gravity,
    )
    count = int(kept.sum())
    return GruInput(
        _rows(
            times[kept] / lasting,
            along[kept] / scale,
            across[kept] / scale,
            np.full(count, slope[0]),
            np.full(count, slope[1]),
        )
    )


def _viscosity(samples: Samples, view: View) -> GruInput:
    if view.volume_m3 is None:
        raise CannotTell(Refusal.NO_SCALE, "the volume of the liquid is unknown")
    if view.camera is None or view.plane is None:
        raise CannotTell(Refusal.NO_SCALE, "nothing gives metres: no plane with camera")
    areas, _ = areas_on_plane(samples, view.plane, view.camera, view.volume_m3)
    side = math.cbrt(view.volume_m3)
    clock = math.sqrt(side / GRAVITY)
    size = np.log(np.maximum(areas, 1e-12) / side**2)
    times = (samples.times - samples.times[0]) / clock
    span = float(times[-1])
    away = np.linalg.norm(samples.points - np.median(samples.points[-3:], axis=0), axis=1)
    return GruInput(
        _rows(
            times / span,
            size,
            size - size[-1],
            away / np.sqrt(np.maximum(samples.areas, 1.0)),
            np.full(len(times), math.log(span)),
        ),
        unit=side * math.sqrt(GRAVITY * side),
    )


def _rows(times: Array, *columns: Array) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Time, time since the row before, and the columns; of more than 40 images, every so many."""
    chosen = np.unique(np.linspace(0, len(times) - 1, min(len(times), MOST_STEPS)).round().astype(int))
    shown = times[chosen]
    since = np.diff(shown, prepend=shown[0])
    table = np.column_stack((shown, 10 * since, *(column[chosen] for column in columns[: FEATURES - 2])))
    return np.clip(np.nan_to_num(table), -50, 50).astype(np.float32)


def _up(samples: Samples, view: View) -> Array:
    """Unit vector in the image against gravity, where the object is; against the rows where gravity is unknown."""
    if view.gravity is None or view.camera is None:
        return np.array([0.0, -1.0])
    camera, (x, y, z) = view.camera, view.gravity
    column, row = np.median(samples.points, axis=0)
    down = np.array([x - z * (column - camera.cx) / camera.fx, y - z * (row - camera.cy) / camera.fy])
    length = float(np.hypot(*down))
    return -down / length if length > 0.1 else np.array([0.0, -1.0])
