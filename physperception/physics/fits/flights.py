"""From samples to free flights, and the metric scale that a free flight gives."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from physperception.physics.fits.arcs import GRAVITY
from physperception.physics.fits.level import Level, level_view
from physperception.physics.fits.samples import Samples, samples_of
from physperception.physics.fits.segments import Segment, fall_in_image, segments_of, without_spikes
from physperception.physics.fits.statistics import Array, CannotTell
from physperception.physics.observations import Refusal, Track, View

LEAST_IMAGES = 6
LEVEL = math.cos(math.radians(3))


@dataclass(frozen=True)
class FallScale:
    """Scale at a falling object. `reason` says why there is none; the numbers are NaN then.

    Attributes:
        metres_per_px, std_dev: across the line of sight, at the object.
        reason: "CODE: sentence", or empty.
    """

    metres_per_px: float = math.nan
    std_dev: float = math.nan
    reason: str = ""


def fall_scale(track: Track, view: View) -> FallScale:
    """Metres per pixel from the longest free flight of a track: g = 9.81 m/s^2 over the acceleration in the image.

    With camera and gravity the foreshortening of an oblique view is taken out; without, the fall is believed to be seen
    from the side. Motion towards the camera is ignored.
    """
    try:
        samples = samples_of(track, LEAST_IMAGES)
        middle = samples.points.mean(axis=0)
        level = levelled(samples, view)
        samples = samples if level is None else level.samples
        samples, fall, segments = cut(samples, level is not None)
        flights = [part for part in segments if part.flight and part.last - part.first >= LEAST_IMAGES - 2]
        if not flights:
            raise CannotTell(Refusal.TOO_SHORT, "no free flight is long enough")
    except CannotTell as why:
        return FallScale(reason=str(why))
    longest = max(flights, key=lambda part: part.last - part.first)
    chosen = samples.take(slice(longest.first, longest.last + 1))
    times = chosen.times - chosen.times.mean()
    design = np.column_stack((np.ones_like(times), times, times**2 / 2))
    inverse = np.linalg.pinv(design)
    along = chosen.points @ (fall / np.linalg.norm(fall))
    seen = float(inverse[2] @ along)
    misfit = ((design @ inverse @ along - along) ** 2).sum() / max(len(along) - 3, 1)
    deviation = math.sqrt(max(float(misfit), chosen.noise_px**2)) * float(np.linalg.norm(inverse[2]))
    if seen < 2 * deviation:
        return FallScale(reason=f"{Refusal.TOO_SHORT.value}: the free flight is too short to measure its acceleration")
    scale = GRAVITY / seen * (1.0 if level is None or view.camera is None else level.nearer(middle, view.camera))
    return FallScale(scale, scale * deviation / seen)


def levelled(samples: Samples, view: View) -> Level | None:
    """Samples as a level camera sees them, where camera and gravity are known; a plane without gravity is level."""
    if view.camera is None:
        return None
    normal = None if view.plane is None else np.asarray(view.plane.normal, dtype=np.float64)
    if view.gravity is not None:
        gravity = np.asarray(view.gravity, dtype=np.float64) / math.hypot(*view.gravity)
    elif normal is not None:
        gravity = -normal
    else:
        return None
    steep = 1.0 if normal is None else -float(gravity @ normal)
    return level_view(samples, view.camera, gravity, normal if normal is not None and 0.5 < steep < LEVEL else -gravity)


def cut(samples: Samples, level: bool) -> tuple[Samples, Array, list[Segment]]:
    """Samples without spikes, the acceleration of fall in the image [2], and the segments."""
    direction, strength = fall_in_image(samples, np.array([0.0, 1.0]) if level else None)
    samples = without_spikes(samples, direction * strength)
    if len(samples) < LEAST_IMAGES:
        raise CannotTell(Refusal.TOO_SHORT, f"{len(samples)} images are left without outliers")
    along = samples.points @ direction
    return samples, direction * strength, segments_of(samples.times, along, strength, samples.noise_px)
